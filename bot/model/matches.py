"""Matches: which words of an article made a watch fire."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """One word or term of the article that stands for one slot of the watch.

    ``start``/``end`` are code-point offsets into ``field`` (``title``, ``summary`` or ``body``), so ``text`` is exactly that slice.
    """

    slot: int
    kind: str
    """``concept`` or ``word``."""
    concept: str | None
    field: str
    start: int
    end: int
    text: str
    quality: float


@dataclass(frozen=True, slots=True)
class Match:
    """Article × watch with a score from 0 to 100 and the words that made it."""

    watch: Hashable
    article: Hashable
    score: float
    hits: tuple[Hit, ...]
