"""What the shipped lexicon takes phrases for that members may type: a table that a person can read and extend (data/phrases.tsv)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.language.lexicon import Lexicon
from bot.matching.phrase import PhraseParser

TABLE = Path(__file__).parent / "data" / "phrases.tsv"


def table() -> list[tuple[str, str, str]]:
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        lang, phrase, concepts = line.split("\t")
        if lang != "lang":
            rows.append((lang, phrase, concepts))
    return rows


@pytest.fixture(scope="module")
def parser(shipped: Lexicon) -> PhraseParser:
    return PhraseParser(shipped)


@pytest.mark.parametrize(("lang", "phrase", "concepts"), table())
def test_the_shipped_lexicon_understands(parser: PhraseParser, lang: str, phrase: str, concepts: str) -> None:
    understood = parser.parse(phrase, lang=lang).understanding
    terms = [slot for slot in understood.slots if slot.concepts]
    assert understood.unknown == ()
    assert understood.corrected == ()
    taken = [
        wanted if wanted in slot.concepts else "|".join(slot.concepts)
        for slot, wanted in zip(terms, concepts.split(), strict=False)
    ]
    assert (taken, len(terms)) == (concepts.split(), len(concepts.split()))


def test_the_table_names_only_concepts_of_the_lexicon(shipped: Lexicon) -> None:
    assert len(table()) >= 240
    assert {c for _, _, concepts in table() for c in concepts.split()} <= set(shipped.concepts)
