"""What an article adds, which article speaks for a story, and what a copy is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.grouping.copies import alike, sketch
from bot.grouping.face import face_of
from bot.grouping.features import Features
from bot.model.stories import SourceLine, Story
from tests.unit.grouping.news import DAY, GENEVA, Desk, arrival, features

BASE = ("Talks between Ukraine and US open in Geneva", "Witkoff leads the delegation in Geneva.")


@pytest.mark.parametrize(
    ("lang", "title", "summary", "kind", "value", "words"),
    [
        ("en", "Geneva talks: Ukraine and US postpone", "Witkoff in Geneva.", "reversal", "postpone", "postpone"),
        ("fr", "Genève : l'Ukraine et les États-Unis reportent les pourparlers", "Witkoff à Genève.", "reversal", "postpone", "reportent"),
        ("uk", "Женева: Україна і США скасували переговори", "Віткофф у Женеві.", "reversal", "cancel", "скасували"),
        ("ru", "Женева: Украина и США подписали на переговорах", "Уиткофф в Женеве.", "reversal", "sign", "подписали"),
        ("de", "Genf: Gespräche der Ukraine mit den USA über 20 Milliarden Dollar", "Witkoff in Genf.", "number", "20000000000usd", "20 Milliarden Dollar"),
        ("en", "Geneva talks: $20 billion for Ukraine, US envoy says", "Witkoff in Geneva.", "number", "20000000000usd", "$20 billion"),
        ("fr", "Genève, pourparlers Ukraine–États-Unis : 30 % d'accord", "Witkoff à Genève.", "number", "30%", "30 %"),
        ("en", "Umerov joins Geneva talks of Ukraine and US", "Witkoff in Geneva.", "actor", "UMEROV", "Umerov"),
        ("en", "After Geneva, Ukraine and US talks go to Abu Dhabi", "Witkoff in Geneva.", "place", "ABU_DHABI", "Abu Dhabi"),
        ("en", "Geneva talks of Ukraine and US go on until 25 January", "Witkoff in Geneva.", "date", "01-25", "25 January"),
    ],
)  # fmt: skip
def test_a_new_fact_is_named_with_its_words(
    lang: str, title: str, summary: str, kind: str, value: str, words: str
) -> None:
    desk = Desk()
    desk.place(arrival(1, BASE, "en"))
    placement = desk.place(arrival(2, (title, summary), lang, hours=3))
    assert not placement.opened, placement
    found = {(fact.kind, fact.value): fact.words for fact in placement.novelty}
    assert found.get((kind, value)) == words, placement.novelty


@pytest.mark.parametrize("lang", ["fr", "uk", "ru", "de"])
def test_the_same_in_another_language_is_no_new_fact(lang: str) -> None:
    desk = Desk()
    desk.place(arrival(1, GENEVA["en"], "en"))
    assert desk.place(arrival(2, GENEVA[lang], lang, hours=1)).novelty == ()


def test_the_day_it_is_told_is_no_new_date() -> None:
    desk = Desk()
    desk.place(arrival(1, BASE, "en"))
    placement = desk.place(arrival(2, ("Geneva talks of Ukraine and US open on 22 January", BASE[1]), "en", hours=1))
    assert not [fact for fact in placement.novelty if fact.kind == "date"]


def test_facts_do_not_come_twice() -> None:
    desk = Desk()
    desk.place(arrival(1, BASE, "en"))
    text = ("Umerov joins Geneva talks of Ukraine and US", "Witkoff in Geneva.")
    assert desk.place(arrival(2, text, "en", hours=1)).novelty
    assert desk.place(arrival(3, text, "en", hours=2)).novelty == ()


def _line(number: int, lang: str | None, **changes: object) -> SourceLine:
    values: dict[str, object] = {
        "article_id": number,
        "title": f"A headline of usual length, number {number}",
        "summary": "Two lines.",
        "url": f"https://outlet{number}.example/a",
        "source": f"outlet{number}.example",
        "lang": lang,
        "kind": "national",
        "family": f"outlet{number}.example",
        "published": DAY + timedelta(hours=number),
        "seen": DAY + timedelta(hours=number),
    }
    return SourceLine(**{**values, **changes})  # type: ignore[arg-type] - the values are those of the fields


def _story(*lines: SourceLine) -> Story:
    return Story(1, DAY, DAY, lines)


def test_a_face_is_in_the_readers_language_where_there_is_one() -> None:
    face = face_of(_story(_line(1, "en"), _line(2, "fr"), _line(3, "fr")), "fr")
    assert (face.article_id, face.translated, face.original_title) == (2, True, None)


def test_a_face_is_the_original_where_there_is_none() -> None:
    face = face_of(_story(_line(1, "en"), _line(2, "ru")), "fr")
    assert (face.article_id, face.lang, face.translated) == (1, "en", False)
    assert face.original_title == face.title


@pytest.mark.parametrize(
    "worse",
    [
        {"kind": "state-controlled"},
        {"copy_of": 9},
        {"summary": " "},
        {"url": ""},
        {"title": "Live"},
        {"title": "x" * 300},
    ],
)
def test_a_better_article_speaks_for_the_story(worse: dict[str, object]) -> None:
    assert face_of(_story(_line(1, "fr", **worse), _line(2, "fr")), "fr").article_id == 2


def test_a_story_without_articles_has_no_face() -> None:
    with pytest.raises(ValueError, match="no article"):
        face_of(_story(), "fr")


def test_features_survive_the_store() -> None:
    before = features(*GENEVA["uk"], "uk")
    assert before.keys
    assert before.titled
    assert Features.from_json(before.to_json()) == before


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"v":1}', '{"v":1,"k":[],"w":{},"t":[],"c":[]}', "{"])
def test_features_that_cannot_be_read_say_nothing(text: str) -> None:
    assert Features.from_json(text) == Features({})


WORDS = st.lists(st.sampled_from([f"word{n}" for n in range(10)]), max_size=60)


@given(WORDS, WORDS)
def test_alikeness_is_a_share_and_the_same_both_ways(a: list[str], b: list[str]) -> None:
    first, second = sketch(a), sketch(b)
    assert 0 <= alike(first, second) == alike(second, first) <= 1


def test_alikeness_of_known_texts() -> None:
    text = [f"word{n}" for n in range(40)]
    assert alike(sketch(text), sketch(text)) == 1
    assert alike(sketch(text), sketch(text[:30])) == pytest.approx(29 / 39)
    assert alike(sketch(text), sketch([f"other{n}" for n in range(40)])) == 0
    assert alike(sketch(text[:6]), sketch(text[:6])) == 0, "too short to tell"
