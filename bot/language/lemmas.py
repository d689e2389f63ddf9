"""Inflection: from a word of a text to its dictionary forms.

Ukrainian and Russian: pymorphy3 with its dictionaries (memory-mapped; 45 MB resident for both, 40 µs a new word). Latin scripts: ending
rules (`inflect`), Snowball as the fallback. simplemma was left out: its dictionaries for five languages take 790 MB.
"""

from __future__ import annotations

from functools import lru_cache

import pymorphy3
import Stemmer

from bot.language.inflect import base_forms, singulars

LANGUAGES = ("fr", "en", "uk", "ru", "de", "pl", "es", "it")
CYRILLIC = ("uk", "ru")
LATIN = ("fr", "en", "de", "es", "it", "pl")
_SNOWBALL = {
    "fr": "french", "en": "english", "ru": "russian", "de": "german", "es": "spanish", "it": "italian", "pl": "polish",
}  # fmt: skip
_MIN_PARSE = 0.05
"""Parses that the dictionary's own corpus finds rarer than this are dropped (ru; the uk dictionary has no counts)."""
_UK_ENDINGS = sorted(
    [
        "а",
        "я",
        "у",
        "ю",
        "і",
        "и",
        "ї",
        "е",
        "є",
        "о",
        "ий",
        "ій",
        "ого",
        "ому",
        "им",
        "ім",
        "их",
        "ими",
        "ої",
        "ою",
        "єю",
        "ею",
        "ом",
        "ем",
        "єм",
        "ами",
        "ями",
        "ах",
        "ях",
        "ів",
        "їв",
        "ам",
        "ям",
        "ові",
        "еві",
        "єві",
        "ість",
        "ості",
        "істю",
        "ська",
        "ський",
        "ського",
        "ському",
        "ським",
        "ської",
        "ською",
        "ські",
        "ських",
    ],
    key=len,
    reverse=True,
)


class Morphology:
    """Dictionary forms and stems of words. Analysers load on first use of their language and stay."""

    def __init__(self) -> None:
        self._analysers: dict[str, pymorphy3.MorphAnalyzer] = {}
        self._stemmers = {lang: Stemmer.Stemmer(name, 0) for lang, name in _SNOWBALL.items()}
        self.lemmas = lru_cache(maxsize=30_000)(self._lemmas)

    def _analyser(self, lang: str) -> pymorphy3.MorphAnalyzer:
        analyser = self._analysers.get(lang)
        if analyser is None:
            analyser = self._analysers[lang] = pymorphy3.MorphAnalyzer(lang=lang)
        return analyser

    def _lemmas(self, form: str, lang: str) -> tuple[str, ...]:
        """The dictionary forms a folded word may come from, itself first."""
        if lang not in CYRILLIC:
            return base_forms(form, lang)
        found: dict[str, None] = {form: None}
        for parse in self._analyser(lang).parse(form):
            if parse.score >= _MIN_PARSE or len(found) == 1:
                found[str(parse.normal_form).replace("ё", "е").replace("ґ", "г").replace("'", "").replace("’", "")] = (
                    None
                )
        return tuple(found)

    def listed(self, form: str, lang: str) -> tuple[str, ...]:
        """The keys under which a form of the lexicon is found: its dictionary forms, and the singular of a form listed in the plural."""
        if lang in CYRILLIC:
            return self.lemmas(form, lang)
        return singulars(form, lang)

    def stem(self, form: str, lang: str) -> str:
        """The stem of a folded word; the word itself where no stemmer knows the language."""
        if lang == "uk":
            for ending in _UK_ENDINGS:
                if form.endswith(ending) and len(form) - len(ending) >= 4:
                    return form[: -len(ending)]
            return form
        stemmer = self._stemmers.get(lang)
        return str(stemmer.stemWord(form)) if stemmer is not None else form
