"""The nonce of a delivery: the same at every attempt, different for every delivery and destination."""

from __future__ import annotations

import hashlib

NONCE_LENGTH = 25
"""Discord accepts up to 25 characters (documentation, Create Message)."""


def nonce_of(delivery_id: int, destination_id: int) -> str:
    """Stable text of at most 25 characters. The destination is part of it because Discord compares nonces per author, not per channel."""
    digest = hashlib.sha256(f"{delivery_id}:{destination_id}".encode()).hexdigest()
    return f"v{digest[: NONCE_LENGTH - 1]}"
