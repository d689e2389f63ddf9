"""Near-identical dispatches: the same agency text in two outlets, a title changed or a sentence cut.

A text's sketch is the lowest hashes of its word pairs (bottom-k MinHash, Broder 1997): of two sketches the share of common hashes
estimates how much of the texts is common, and is exact for texts of up to `SIZE` pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

SIZE = 64
"""Hashes in a sketch."""
SHORTEST = 8
"""Word pairs below which a text is too short to be told from others of its kind («Address by the President»)."""
ALIKE = 0.5
"""Share of common word pairs from which two texts are copies."""


def sketch(stems: Sequence[str]) -> tuple[int, ...]:
    """The sketch of a text's content words, ascending."""
    pairs = {crc32(f"{a} {b}".encode()) for a, b in pairwise(stems)}
    return tuple(sorted(pairs)[:SIZE])


def alike(a: Sequence[int], b: Sequence[int]) -> float:
    """Estimated share (0-1) of word pairs common to two texts; 0 when one says too little to tell."""
    if min(len(a), len(b)) < SHORTEST:
        return 0.0
    first, second = set(a), set(b)
    lowest = sorted(first | second)[:SIZE]
    return sum(1 for h in lowest if h in first and h in second) / len(lowest)
