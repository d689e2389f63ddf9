"""What is known about keys before the first article comes: how frequent each is, and of which kind.

Counts come from a table of facts (concept id, document frequency) measured on a corpus of headlines; kinds from the lexicon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.language.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Priors:
    """``counts``: in how many of ``documents`` articles a key stands; ``kinds``: a concept's kind (docs/lexicon.md)."""

    documents: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)


def load_priors(lexicon: Lexicon, path: Path | None = None) -> Priors:
    """Priors of a lexicon with the frequencies of ``path`` (``priors.tsv``); without a file, or where it is missing, kinds and weights alone.

    A line that cannot be read is passed over: frequencies sharpen the weights, nothing depends on them. Raises OSError when the file
    is there and cannot be read.
    """
    documents, counts = 0, {}
    if path is not None and path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _, number = line.partition("\t")
            if line.startswith("#") or not number.strip().isdigit():
                continue
            if key == "*":
                documents = int(number)
            else:
                counts[key] = int(number)
    kinds = {concept.id: concept.kind for concept in lexicon.concepts.values()}
    weights = {concept.id: concept.weight for concept in lexicon.concepts.values()}
    return Priors(documents, counts, kinds, weights)
