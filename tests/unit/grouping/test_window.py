"""The story window: who joins whom, merges, copies, hands, and that a rebuilt window is the one that never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.grouping.window import Arrival, StoryWindow, WindowOptions
from tests.unit.grouping.news import ABU_DHABI, DAY, EVENTS, GENEVA, ODESA, Desk, arrival, priors

LANGUAGES = ("fr", "en", "uk", "ru", "de")
NEWS = [(event, lang) for event in range(len(EVENTS)) for lang in LANGUAGES]


def _told(chosen: Sequence[tuple[int, str]]) -> list[Arrival]:
    return [
        arrival(number, EVENTS[event][lang], lang, hours=number / 4)
        for number, (event, lang) in enumerate(chosen, start=1)
    ]


@given(st.permutations(NEWS))
@settings(max_examples=40, deadline=None)
def test_one_story_a_development_whatever_the_languages_and_their_order(chosen: list[tuple[int, str]]) -> None:
    desk = Desk()
    desk.place_all(_told(chosen))
    for event in range(len(EVENTS)):
        stories = {desk.window.story_of(n) for n, (e, _) in enumerate(chosen, start=1) if e == event}
        assert len(stories) == 1
    assert desk.window.stories == len(EVENTS)


def test_the_same_words_a_week_later_are_another_story() -> None:
    desk = Desk()
    first = desk.place(arrival(1, GENEVA["fr"], "fr"))
    later = desk.place(arrival(2, GENEVA["en"], "en", hours=24 * 7))
    assert later.opened
    assert later.story_id != first.story_id


def test_without_a_date_time_says_nothing() -> None:
    desk = Desk()
    first = desk.place(arrival(1, GENEVA["fr"], "fr", dated=False))
    assert desk.place(arrival(2, GENEVA["en"], "en", hours=24 * 7, dated=False)).story_id == first.story_id


def test_a_placement_says_why() -> None:
    desk = Desk()
    desk.place(arrival(1, GENEVA["fr"], "fr"))
    placement = desk.place(arrival(2, GENEVA["uk"], "uk", hours=1))
    assert not placement.opened
    assert "GENEVA «Женеві»" in placement.evidence
    assert 0.5 <= placement.similarity <= 1


def test_empty_features_open_a_story_of_their_own() -> None:
    desk = Desk()
    placements = desk.place_all([arrival(1, ("", ""), "fr"), arrival(2, ("", ""), "fr", hours=1)])
    assert [p.opened for p in placements] == [True, True]


def test_a_repeated_dispatch_is_a_copy_and_brings_no_fact() -> None:
    title = "Drones hit the grain port of Odesa overnight, governor says in first report"
    text = "Forty drones were launched at the southern port district and the terminal caught fire while crews fought through dawn"
    desk = Desk()
    desk.place(arrival(1, (title, text), "en"))
    copy = desk.place(arrival(2, (title, text + ", officials added."), "en", hours=1))
    assert copy.copy_of == 1
    assert copy.novelty == ()
    assert desk.place(arrival(3, (title, text), "en", hours=2)).copy_of == 1, "a copy of a copy names the original"


def test_the_same_form_filled_anew_by_one_outlet_is_no_copy() -> None:
    title = "Evening bulletin of the grain port of Odesa on ships, drones and fires"
    text = "Ships in the roads, drones seen over the harbour and the blaze in the terminal as of tonight, harbour master reports"
    desk = Desk()
    desk.place(arrival(1, (title, text), "en", family="port.example"))
    assert desk.place(arrival(2, (title, text), "en", hours=1, family="port.example")).copy_of is None


def test_two_stories_that_one_article_bridges_become_one() -> None:
    desk = Desk()
    first = desk.place(arrival(1, ("Witkoff in Geneva", "The envoy begins."), "en"))
    second = desk.place(arrival(2, ("Umerov: delegation ready", "Talks on a ceasefire."), "en"))
    assert first.story_id != second.story_id
    text = ("Witkoff and Umerov begin ceasefire talks in Geneva", "The envoy and the delegation begin.")
    placements = [desk.place(arrival(n, text, "en", hours=n / 10)) for n in range(3, 6)]
    merged = {m for p in placements for m in p.merged}
    assert merged, placements
    assert desk.window.story_of(1) == desk.window.story_of(2) == desk.window.story_of(5)
    assert merged.isdisjoint({desk.window.story_of(n) for n in range(1, 6)})
    assert any(e.startswith("bridge ") for p in placements for e in p.evidence)


def test_an_operators_split_holds() -> None:
    desk = Desk()
    desk.place_all(_told([(0, "fr"), (0, "en"), (0, "uk")]))
    story = desk.window.story_of(1)
    desk.window.pin(2, 77)
    for number, lang in ((4, "ru"), (5, "de")):
        placement = desk.place(arrival(number, GENEVA[lang], lang, hours=1))
        assert placement.merged == ()
    assert desk.window.story_of(2) == 77
    assert desk.window.story_of(1) == story


def test_expiry_lets_old_articles_go_and_ends_empty_stories() -> None:
    desk = Desk()
    desk.place_all([arrival(1, GENEVA["fr"], "fr"), arrival(2, ODESA["fr"], "fr", hours=80)])
    desk.window.expire(DAY + timedelta(hours=81))
    assert len(desk.window) == 1
    assert desk.window.stories == 1
    assert desk.window.story_of(1) is None
    assert desk.window.opened(1000) is None


def test_opened_and_topics_of_a_story() -> None:
    desk = Desk()
    placement = desk.place(arrival(1, GENEVA["fr"], "fr", hours=2))
    desk.place(arrival(2, GENEVA["en"], "en", hours=1))
    assert desk.window.opened(placement.story_id) == DAY + timedelta(hours=1)
    topics = desk.window.topics(placement.story_id)
    assert "GENEVA" in topics[:4]
    assert len(topics) <= 12
    assert desk.window.topics(1) == ()


def test_the_window_is_bounded() -> None:
    numbers = count(1)
    window = StoryWindow(WindowOptions(max_articles=5), priors())
    for number, (event, lang) in enumerate(NEWS, start=1):
        window.place(arrival(number, EVENTS[event][lang], lang), lambda: next(numbers))
    assert len(window) == 5


@given(st.lists(st.sampled_from(NEWS), min_size=1, max_size=25), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_rebuilt_window_decides_as_one_that_never_stopped(chosen: list[tuple[int, str]], data: st.DataObject) -> None:
    news = _told(chosen)
    stop = data.draw(st.integers(0, len(news)))
    aged = data.draw(st.booleans())
    desk = Desk()
    desk.place_all(news[:stop])
    rows = desk.rows
    if aged and stop:
        now = news[stop // 2].seen + timedelta(hours=72)
        desk.window.expire(now)
        rows = [row for row in rows if row.seen >= now - timedelta(hours=72)]
    rebuilt = StoryWindow(priors=priors())
    rebuilt.load(rows)
    numbers = count(1000 + len(news))
    for item in news[stop:]:
        fresh = next(numbers)
        assert desk.window.place(item, partial(int, fresh)) == rebuilt.place(item, partial(int, fresh))


@given(st.permutations(NEWS))
@settings(max_examples=20, deadline=None)
def test_forgetting_leaves_no_trace(chosen: list[tuple[int, str]]) -> None:
    news = _told(chosen)
    desk, plain = Desk(), Desk()
    for item in news[:10]:
        desk.place(item)
        plain.place(item)
    before = {n: desk.window.story_of(n) for n in range(1, 11)}
    extra = arrival(99, ("Red Cross in Geneva", "Nothing more."), "en", hours=1)
    if desk.place(extra).merged:
        return
    desk.window.forget(99)
    assert {n: desk.window.story_of(n) for n in range(1, 11)} == before
    numbers = count(5000)
    for item in news[10:]:
        fresh = next(numbers)
        assert desk.window.place(item, partial(int, fresh)) == plain.window.place(item, partial(int, fresh))


def test_an_article_placed_again_stands_once() -> None:
    desk = Desk()
    desk.place(arrival(1, GENEVA["fr"], "fr"))
    desk.place(arrival(2, ABU_DHABI["fr"], "fr"))
    again = arrival(1, ABU_DHABI["en"], "en", hours=1)
    placement = desk.window.place(again, lambda: pytest.fail("no new story is needed"))
    assert placement.story_id == desk.window.story_of(2)
    assert len(desk.window) == 2
    assert desk.window.stories == 1


def test_features_of_another_version_say_nothing() -> None:
    desk = Desk()
    desk.place(arrival(1, GENEVA["fr"], "fr"))
    window = StoryWindow(priors=priors())
    window.load([replace(desk.rows[0], features='{"v":0}'), replace(desk.rows[0], article_id=2, features="not json")])
    assert len(window) == 2
    assert window.story_of(1) == 1000
