"""Why an article matched a watch, or why it did not: for /why, the rehearsal and the highlights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.lexicon import Lexicon
from bot.language.reading import Reading
from bot.matching.oracle import best_pattern, excluded_by
from bot.matching.phrase import PhraseParser, Understanding
from bot.matching.score import Scored
from bot.model.matches import Hit
from bot.model.watches import Strictness


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a watch stands to an article. ``found``/``missing`` are slot numbers of ``slots`` (what each was typed or taken as)."""

    matched: bool
    score: float
    threshold: float
    hits: tuple[Hit, ...]
    slots: tuple[str, ...]
    found: tuple[int, ...]
    missing: tuple[int, ...]
    in_context: bool
    """False: the article names nothing of the product's subject, which lowers its score."""
    excluded: str | None
    """The exclusion that the article holds."""
    other_language: bool
    """True when the watch does not want articles in this language."""
    understanding: Understanding


def hits_of(scored: Scored, reading: Reading) -> tuple[Hit, ...]:
    """The hits of a score with exact offsets: ``text`` is that slice of the field."""
    shown: list[Hit] = []
    for number, hit in enumerate(scored.hits):
        if hit is None:
            continue
        first, last = reading.tokens[hit.first], reading.tokens[hit.last]
        text = reading.text_of(first.field)[first.start : last.end]
        shown.append(
            Hit(number, hit.kind, hit.concept, first.field, first.start, last.end, text, round(hit.quality, 3))
        )
    return tuple(shown)


def explain(
    lexicon: Lexicon,
    phrase: str,
    reading: Reading,
    *,
    lang: str | None = None,
    strictness: Strictness = Strictness.NORMAL,
    exclude: Sequence[str] = (),
    languages: Sequence[str] = (),
    threshold: float | None = None,
    parser: PhraseParser | None = None,
) -> Explanation:
    """How a watch stands to an article, whether it matched or not. Raises PhraseError.

    Pass a ``parser`` to explain many watches: making one costs a vocabulary.
    """
    parsed = (parser or PhraseParser(lexicon)).parse(phrase, lang=lang, exclude=exclude)
    floor = strictness.threshold if threshold is None else threshold
    number, scored = best_pattern(parsed, reading, lexicon.morphology)
    excluded = excluded_by(parsed, reading, lexicon.morphology)
    other_language = bool(languages) and reading.lang not in languages
    slots = parsed.patterns[number].slots
    names = tuple(
        "|".join(
            dict.fromkeys(
                _name(a.kind, a.key, lexicon, parsed.understanding.lang) for a in s.atoms if a.quality >= 0.95
            )
        )
        for s in slots
    )
    return Explanation(
        matched=scored.score >= floor and excluded is None and not other_language,
        score=max(scored.score, 0.0),
        threshold=floor,
        hits=hits_of(scored, reading),
        slots=names,
        found=tuple(i for i, h in enumerate(scored.hits) if h is not None),
        missing=tuple(i for i, h in enumerate(scored.hits) if h is None),
        in_context=reading.context,
        excluded=excluded,
        other_language=other_language,
        understanding=parsed.understanding,
    )


def _name(kind: str, key: str, lexicon: Lexicon, lang: str | None) -> str:
    if kind != "concept":
        return key
    names = lexicon.concepts[key].names
    return names.get(lang or "fr") or names.get("any") or names.get("en") or key
