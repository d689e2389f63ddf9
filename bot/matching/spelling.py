"""Typing mistakes in a watch: the lexicon's word that an unknown word was meant to be («acord» → accord, «Ryiad» → Riyad)."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from bot.language.lemmas import CYRILLIC, LATIN
from bot.language.lexicon import Lexicon
from bot.language.translit import is_cyrillic, skeleton

MIN_LETTERS = 4


class Speller:
    """Finds the nearest known word. Vocabularies are built on first use, by first letter and length."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._buckets: dict[str, dict[tuple[str, int], list[str]]] = {}

    def correct(self, form: str, lang: str | None) -> str | None:
        """The known folded word that ``form`` is a likely mistyping of, or None.

        Same first letter; one edit (a transposition is one) from 4 letters, two from 8; words of the phrase's own language win over
        names of others. An equal skeleton (double letters, y for i) counts as half an edit.
        """
        if len(form) < MIN_LETTERS or not form.isalpha():
            return None
        allowed = 1.0 if len(form) < 8 else 2.0
        scripts = CYRILLIC if is_cyrillic(form) else LATIN
        tiers: list[tuple[str, ...]] = [(*scripts, "any")]
        if lang is not None and lang in scripts:
            tiers = [(lang,), ("any",), scripts]
        for tier in tiers:
            best: tuple[float, int, str] | None = None
            for language in tier:
                for word in self._near(form, language):
                    distance: float = OSA.distance(form, word, score_cutoff=int(allowed))
                    if skeleton(word) == skeleton(form):
                        distance = min(distance, 0.5)
                    candidate = (distance, abs(len(word) - len(form)), word)
                    if distance <= allowed and (best is None or candidate < best):
                        best = candidate
            if best is not None:
                return best[2]
        return None

    def _near(self, form: str, lang: str) -> list[str]:
        buckets = self._buckets.get(lang)
        if buckets is None:
            buckets = self._buckets[lang] = {}
            for word in self.lexicon.vocabulary(lang):
                if len(word) >= MIN_LETTERS and word.isalpha():
                    buckets.setdefault((word[0], len(word)), []).append(word)
        return [w for length in range(len(form) - 2, len(form) + 3) for w in buckets.get((form[0], length), ())]
