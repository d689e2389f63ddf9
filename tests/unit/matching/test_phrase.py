"""What a watch's phrase is understood as."""

from __future__ import annotations

import pytest

from bot.language.lexicon import Lexicon
from bot.matching.phrase import MAX_SLOTS, PhraseError, PhraseParser, Understanding
from bot.model.errors import UsageError


@pytest.fixture(scope="module")
def parser(lexicon: Lexicon) -> PhraseParser:
    return PhraseParser(lexicon)


def slots(understanding: Understanding) -> list[str]:
    return [s.concepts[0] if s.concepts else s.typed for s in understanding.slots]


@pytest.mark.parametrize(
    ("phrase", "lang", "expected"),
    [
        ("sommet Poutine-Zelensky", "fr", ["SUMMIT", "PUTIN", "ZELENSKY"]),
        ("garanties de sécurité", "fr", ["SECURITY_GUARANTEES"]),
        ("GARANTIES DE SECURITE", "fr", ["SECURITY_GUARANTEES"]),
        ("troupes au sol", "fr", ["GROUND_TROOPS"]),
        ("otan", "fr", ["NATO"]),
        ("zelenski poutine", "fr", ["ZELENSKY", "PUTIN"]),
        ("acord cereales mer noire", "fr", ["agreement", "grain", "BLACK_SEA"]),
        ("pourparlers Ryiad", "fr", ["NEGOTIATIONS", "RIYADH"]),
        ("sommet Burgenstock", "fr", ["SUMMIT", "BURGENSTOCK"]),
        ("trêve de 30 jours", "fr", ["TRUCE", "30 jours"]),
        ("trêve du 9 mai", "fr", ["TRUCE", "9 mai"]),
        ("зустріч у Києві", "uk", ["MEETING", "KYIV"]),
        ("гарантії безпеки", None, ["SECURITY_GUARANTEES"]),
        ("security guarantees", None, ["SECURITY_GUARANTEES"]),
        ("Gefangenenaustausch", "de", ["exchange"]),
        ("accord minerais|\"terres rares\"", "fr", ["agreement", "minerals"]),
        ("accord minerais | terres rares", "fr", ["agreement", "minerals", "rares"]),
        ("Zelensky Zelensky", "fr", ["ZELENSKY"]),
        ("Trifouilly Zelensky", "fr", ["Trifouilly", "ZELENSKY"]),
    ],
)  # fmt: skip
def test_phrases_are_understood(parser: PhraseParser, phrase: str, lang: str | None, expected: list[str]) -> None:
    found = slots(parser.parse(phrase, lang=lang).understanding)
    assert [f for f in found if f in expected] == expected


def test_the_understanding_names_each_concept_in_each_language(parser: PhraseParser) -> None:
    slot = parser.parse("garanties de sécurité", lang="fr").understanding.slots[0]
    assert slot.typed == "garanties de sécurité"
    assert slot.names["uk"] == "гарантія безпеки"
    assert slot.names["de"] == "Sicherheitsgarantie"


def test_unknown_and_corrected_words_are_told(parser: PhraseParser) -> None:
    understanding = parser.parse("acord Trifouilly", lang="fr").understanding
    assert understanding.unknown == ("Trifouilly",)
    assert understanding.corrected == (("acord", "accord"),)
    assert set(understanding.warnings) == {"phrase.warning.unknown", "phrase.warning.corrected"}


def test_a_phrase_that_says_little_is_warned_of(parser: PhraseParser) -> None:
    assert parser.parse("sommet", lang="fr").understanding.warnings == ("phrase.warning.generic",)
    assert parser.parse("Ukraine", lang="fr").understanding.warnings == ("phrase.warning.subject",)


def test_exclusions_come_from_the_phrase_and_beside_it(parser: PhraseParser) -> None:
    parsed = parser.parse('Zelensky -Poutine -"mer Noire"', lang="fr", exclude=("Gaza",))
    assert parsed.understanding.excluded == ("Poutine", "mer Noire", "Gaza")
    assert len(parsed.exclusions) == 3
    assert slots(parsed.understanding) == ["ZELENSKY"]


def test_a_hyphen_inside_a_word_excludes_nothing(parser: PhraseParser) -> None:
    assert parser.parse("Poutine-Zelensky cessez-le-feu", lang="fr").exclusions == ()


@pytest.mark.parametrize(
    ("phrase", "key"),
    [
        ("", "phrase.error.empty"), ("   ", "phrase.error.empty"), ("\u200b", "phrase.error.empty"), ("de la", "phrase.error.stop_words"), ("à", "phrase.error.stop_words"),
        ("???", "phrase.error.stop_words"), ("-Poutine", "phrase.error.only_exclusions"), ('-"mer Noire" -Kiev', "phrase.error.only_exclusions"), ('""', "phrase.error.no_word"),
        ("x" * 500, "phrase.error.long"), (" ".join(f"mot{chr(97 + i)}" for i in range(MAX_SLOTS + 1)), "phrase.error.too_many"), ("|", "phrase.error.no_word"),
    ],
)  # fmt: skip
def test_phrases_that_cannot_be_watches(parser: PhraseParser, phrase: str, key: str) -> None:
    with pytest.raises(PhraseError) as caught:
        parser.parse(phrase, lang="fr")
    assert caught.value.key == key
    assert isinstance(caught.value, UsageError)
    assert str(caught.value)
