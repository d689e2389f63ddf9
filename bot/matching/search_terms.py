"""What an article and a question have in common for the full-text search: folded words, sounds, and concepts as words of their own.

A concept ``SECURITY_GUARANTEES`` is the word ``c_security_guarantees``, so a French question finds a Ukrainian article.
"""

from __future__ import annotations

import re

from bot.language.reading import Reading
from bot.language.translit import fold, skeleton
from bot.matching.phrase import Atom, PhraseError, PhraseParser

MAX_TERMS = 400
"""Words of one article that are indexed."""


def terms_of(reading: Reading) -> str:
    """The article's words for the index, separated by blanks."""
    words: dict[str, None] = {}
    for mention in reading.mentions:
        words.setdefault(concept_term(mention.concept))
    for token in reading.tokens:
        if not token.stop:
            words.setdefault(_word(token.form))
            words.setdefault(_sound(token.skeleton))
    for number in reading.numbers:
        words.setdefault(_word(reading.tokens[number.first].form))
    return " ".join(list(words)[:MAX_TERMS]).strip()


def terms_for(parser: PhraseParser, text: str, lang: str | None = None) -> list[list[str]]:
    """The question as an AND of ORs over the index's words; [] for a text that asks for nothing (empty, only stop words)."""
    try:
        phrase = parser.parse(text, lang=lang)
    except PhraseError:
        return []
    slots = min((pattern.slots for pattern in phrase.patterns), key=len, default=())
    return [list(dict.fromkeys(term for atom in slot.atoms for term in _atom_terms(atom))) for slot in slots]


def concept_term(concept: str) -> str:
    """The index word of a concept id."""
    return "c_" + _word(concept.lower())


def _atom_terms(atom: Atom) -> list[str]:
    if atom.kind == "concept":
        return [concept_term(atom.key)]
    if atom.kind in {"word", "exact"}:
        return [term for part in atom.key.split() for term in (_word(fold(part)), _sound(skeleton(fold(part))))]
    return [_word(atom.key.lstrip("#"))]


def _sound(key: str) -> str:
    return f"k_{_word(key)}"


def _word(text: str) -> str:
    return re.sub(r"[^0-9a-zа-яёіїєґ_]+", "_", text.casefold()).strip("_")
