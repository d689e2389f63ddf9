"""Typing mistakes in a watch: the lexicon's word that an unknown word was meant to be («acord» → accord, «Ryiad» → Riyad)."""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.lemmas import CYRILLIC, LATIN
from bot.language.lexicon import Lexicon
from bot.language.translit import is_cyrillic, skeleton

MIN_LETTERS = 4
MIN_LETTERS_ANY = 6
"""Among the words of all languages at once only longer words are put right: short ones have too many neighbours."""
LONG = 8
"""From this length on two edits are a typing mistake."""
MAX_MEMO = 20_000
_ALL_LATIN = "latin"
_ALL_CYRILLIC = "cyrillic"


class _Vocabulary:
    """Words by first letter and length, and by skeleton."""

    def __init__(self, words: dict[str, None]) -> None:
        self.buckets: dict[tuple[str, int], list[str]] = {}
        self.skeletons: dict[str, str] = {}
        for word in words:
            if len(word) >= MIN_LETTERS and word.isalpha():
                self.buckets.setdefault((word[0], len(word)), []).append(word)
                self.skeletons.setdefault(skeleton(word), word)

    def nearest(self, form: str, allowed: int) -> str | None:
        """The word with the same skeleton, else the one with the fewest edits, the nearest in length, the first in the alphabet."""
        same = self.skeletons.get(skeleton(form))
        if same is not None and same[0] == form[0]:
            return same
        choices = [
            w for n in range(len(form) - allowed, len(form) + allowed + 1) for w in self.buckets.get((form[0], n), ())
        ]
        if not choices:
            return None
        found = process.extract(form, choices, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        best = min(((distance, abs(len(word) - len(form)), word) for word, distance, _ in found), default=None)
        return best[2] if best is not None else None


class Speller:
    """Finds the nearest known word. Vocabularies are built on first use."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._vocabularies: dict[str, _Vocabulary] = {}
        self._memo: dict[tuple[str, str | None], str | None] = {}

    def correct(self, form: str, lang: str | None) -> str | None:
        """The known folded word that ``form`` is a likely mistyping of, or None.

        Same first letter; one edit (a transposition is one) from 4 letters, two from 8. Words of the phrase's own language come first,
        then names, then the words of all languages of the script (one edit, 6 letters).
        """
        if len(form) < MIN_LETTERS or not form.isalpha():
            return None
        key = (form, lang)
        if key not in self._memo:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            self._memo[key] = self._correct(form, lang)
        return self._memo[key]

    def _correct(self, form: str, lang: str | None) -> str | None:
        cyrillic = is_cyrillic(form)
        allowed = 1 if len(form) < LONG else 2
        if lang is not None and lang in (CYRILLIC if cyrillic else LATIN):
            found = self._vocabulary(lang).nearest(form, allowed)
            if found is not None:
                return found
        if not cyrillic:
            found = self._vocabulary("any").nearest(form, allowed)
            if found is not None:
                return found
        if len(form) < MIN_LETTERS_ANY:
            return None
        return self._vocabulary(_ALL_CYRILLIC if cyrillic else _ALL_LATIN).nearest(form, 1)

    def warm(self) -> None:
        """Builds all vocabularies (about a second): call it from a thread before an event loop needs them."""
        for name in (*LATIN, *CYRILLIC, "any", _ALL_LATIN, _ALL_CYRILLIC):
            self._vocabulary(name)

    def _vocabulary(self, name: str) -> _Vocabulary:
        vocabulary = self._vocabularies.get(name)
        if vocabulary is None:
            languages = {_ALL_LATIN: LATIN, _ALL_CYRILLIC: CYRILLIC}.get(name, (name,))
            words = dict.fromkeys(w for lang in languages for w in self.lexicon.vocabulary(lang))
            vocabulary = self._vocabularies[name] = _Vocabulary(words)
        return vocabulary
