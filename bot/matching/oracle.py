"""The naive matcher: every watch against every word, no memo, no index. The definition of a match, used by tests, benches and /why."""

from __future__ import annotations

from bot.language.lemmas import Morphology
from bot.language.reading import Reading
from bot.matching.phrase import Phrase
from bot.matching.score import NO_CONTEXT, Scored, score_pattern, slot_view

EXCLUDED = 76.0
"""Score (without the context factor) from which an exclusion counts as present."""


def best_pattern(phrase: Phrase, reading: Reading, morphology: Morphology) -> tuple[int, Scored]:
    """The number of the phrase's best pattern and its score."""
    best = (0, Scored(-1.0, ()))
    for number, pattern in enumerate(phrase.patterns):
        scored = score_pattern(pattern, [slot_view(s, reading, morphology.stem) for s in pattern.slots], reading)
        if scored.score > best[1].score:
            best = (number, scored)
    return best


def excluded_by(phrase: Phrase, reading: Reading, morphology: Morphology) -> str | None:
    """The exclusion that the article holds, None when it holds none. All words of an exclusion must be near each other."""
    for text, pattern in zip(phrase.understanding.excluded, phrase.exclusions, strict=False):
        scored = score_pattern(pattern, [slot_view(s, reading, morphology.stem) for s in pattern.slots], reading)
        if scored.score >= (EXCLUDED if reading.context else EXCLUDED * NO_CONTEXT):
            return text
    return None
