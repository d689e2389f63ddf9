"""Vigie: a Discord lookout for the Ukraine peace track."""

__version__ = "0.1.0"
