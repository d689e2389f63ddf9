"""Words of a text with their offsets in code points, their position and their sentence."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.language.stopwords import BY_LANGUAGE, STOP_WORDS
from bot.language.translit import fold, is_cyrillic, repair_script

MAX_WORD = 60
"""Characters of one word that are looked at; the German record in our captures is 38."""

_APOSTROPHES = "'’ʼ‘`´＇"
_LETTER = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*"
_WORD = re.compile(
    r"(?P<dotted>(?:[^\W\d_]\.){2,}(?![^\W\d_]))"  # U.S., С.Ш.А.
    r"|(?P<model>\b[^\W\d_]{1,2}-\d{1,4}\b)"  # F-16, G-20, С-300, Su-27
    r"|(?P<number>\d+(?:[.,\u00a0\u202f ]\d{3}(?!\d))*(?:[.,]\d+)?(?:[^\W\d_]{1,4}(?![^\W\d_]))?)"  # 30, 2.000, 1,6, 21H00, 50th
    rf"|(?P<word>{_LETTER}\d*(?:[{_APOSTROPHES}]{_LETTER})*)"
)
_SENTENCE_END = re.compile(
    r"[.!?…]+[\"»”’)\]]*(?=\s+[\"«“„(\[—–-]*\s*[A-ZÀ-ÖØ-ÞА-ЯЁЄІЇҐŁŚŻŹĆ0-9])|\s[|•]\s|[!?]\s+[—–-]\s|\s[—–]\s(?=[A-Z])"
)
_ELIDED = frozenset(
    [
        "l",
        "d",
        "j",
        "t",
        "m",
        "n",
        "s",
        "c",
        "qu",
        "jusqu",
        "lorsqu",
        "puisqu",
        "quelqu",
        "presqu",
        "dell",
        "all",
        "sull",
        "nell",
        "dall",
        "un",
    ]
)
SENTENCE_STEP = 2
FIELD_STEP = 5


class Word(NamedTuple):
    """A word of a field. ``start``/``end`` are code-point offsets: ``text == field_text[start:end]``."""

    form: str
    """Folded: no case, no accents, its own script."""
    start: int
    end: int
    text: str
    sentence: int
    """Number of the sentence in its field, from 0."""
    stop: bool
    """True for words that say nothing by themselves (articles, pronouns, auxiliaries) and for single letters."""


def split_words(text: str, limit: int, lang: str | None = None) -> list[Word]:
    """The words of the first ``limit`` characters of a clean text, stop words included and marked.

    Hyphens separate; French elisions (l', d', qu'), the English 's and Italian articulated prepositions (dell') fall away; the
    apostrophe inside a Cyrillic word joins (п'ятниця). Words longer than ``MAX_WORD`` are skipped. Stop words are those of ``lang``, where
    it is known (Polish «ten» is English for 10), else those of all languages.
    """
    if len(text) > limit:
        cut = text.rfind(" ", 0, limit)
        text = text[: cut if cut > limit - MAX_WORD else limit]
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    shouting = not any(c.islower() for c in text)
    words: list[Word] = []
    stops = BY_LANGUAGE.get(lang or "", STOP_WORDS)
    sentence = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        while sentence < len(ends) and start >= ends[sentence]:
            sentence += 1
        kind = match.lastgroup
        if kind == "word":
            _split_apostrophes(text, start, end, sentence, shouting, stops, words)
            continue
        if end - start > MAX_WORD:
            continue
        piece = text[start:end]
        if kind == "dotted":
            form = fold(piece.replace(".", ""))
        elif kind == "model":
            form = fold(repair_script(piece).replace("-", ""))
        else:
            form = piece.casefold()
        words.append(Word(form, start, end, piece, sentence, False))
    return words


def _split_apostrophes(
    text: str, start: int, end: int, sentence: int, shouting: bool, stops: frozenset[str], words: list[Word]
) -> None:
    piece = text[start:end]
    if any(a in piece for a in _APOSTROPHES) and not is_cyrillic(piece):
        parts = re.split(f"[{_APOSTROPHES}]", piece)
        at = start
        for i, part in enumerate(parts):
            stop = i < len(parts) - 1 and fold(part) in _ELIDED
            stop = stop or (i > 0 and i == len(parts) - 1 and fold(part) in ("s", "t", "re", "ve", "ll", "d", "m"))
            if not stop:
                _add(part, at, at + len(part), sentence, shouting, stops, words)
            at += len(part) + 1
        return
    _add(piece, start, end, sentence, shouting, stops, words)


def _add(
    piece: str, start: int, end: int, sentence: int, shouting: bool, stops: frozenset[str], words: list[Word]
) -> None:
    if not piece or len(piece) > MAX_WORD:
        return
    form = fold(repair_script(piece))
    if not form:
        return
    stop = len(form) == 1 or (form in stops and (shouting or not is_acronym(piece)))
    words.append(Word(form, start, end, piece, sentence, stop))


def is_acronym(text: str) -> bool:
    """True for two or more letters, all capitals: US, UN, WHO are names where us, un, who are stop words."""
    return len(text) > 1 and text.isupper()
