"""What people type: times back, weekdays, exclusions, languages; refusals of Discord; the picture."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.discord_front.commands.drafts import days_text, parse_days, parse_exclude, parse_since
from bot.discord_front.commands.trend import topics_of
from bot.discord_front.completion import parse_languages
from bot.discord_front.pages import Query
from bot.discord_front.syncing import same_commands
from bot.discord_front.trend import Labels, Panel, draw, languages_of
from bot.i18n import translator
from bot.services.members import Denied

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("7 jours", NOW - timedelta(days=7)),
        ("3", NOW - timedelta(days=3)),
        ("2 semaines", NOW - timedelta(days=14)),
        ("7 днів", NOW - timedelta(days=7)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_since(text: str | None, wanted: datetime | None) -> None:
    assert parse_since(text, NOW) == wanted


@pytest.mark.parametrize("text", ["hier", "0d", "9999w", "2026-13-01", "7 lunes"])
def test_since_refuses_in_words(text: str) -> None:
    with pytest.raises(Denied, match=r"denied\.since"):
        parse_since(text, NOW)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("lun-ven", (1, 2, 3, 4, 5)),
        ("mon, wed, sat", (1, 3, 6)),
        ("пн–пт", (1, 2, 3, 4, 5)),
        ("samedi dimanche", (6, 7)),
        ("ven - lun", (1, 5, 6, 7)),
        ("1,7", (1, 7)),
        ("tous les jours", (1, 2, 3, 4, 5, 6, 7)),
        (None, (1, 2, 3, 4, 5, 6, 7)),
    ],
)
def test_weekdays(text: str | None, days: tuple[int, ...]) -> None:
    assert parse_days(text) == days


def test_weekdays_refuse_and_are_said() -> None:
    with pytest.raises(Denied, match=r"denied\.days"):
        parse_days("brumaire")
    assert days_text(translator("fr"), (5, 1)) == "lun, ven"
    assert days_text(translator("uk"), range(1, 8)) == "щодня"


def test_exclusions_languages_and_topics() -> None:
    assert parse_exclude(" football, rugby ;football") == ("football", "rugby")
    assert parse_languages("fr, UK en") == ("fr", "uk", "en")
    with pytest.raises(Denied, match=r"denied\.languages"):
        parse_languages("klingon")
    assert topics_of("a, b ,a") == ["a", "b"]
    with pytest.raises(Denied, match=r"trend\.too_many"):
        topics_of("a,b,c,d,e")


def test_a_query_comes_back_from_its_button() -> None:
    query = Query("sommet", datetime(2026, 11, 1, tzinfo=UTC), "fr", "lemonde.fr")
    verb_and_rest = query.control("next", 15)
    assert len(verb_and_rest) <= 100
    assert Query.parse("sommet", verb_and_rest.removeprefix("vigie:next:0:")) == (query, 15)
    with pytest.raises(ValueError, match="unpack"):
        Query.parse("sommet", "forged")


def test_commands_are_compared_as_discord_answers_them() -> None:
    ours = [
        {
            "name": "a",
            "type": 1,
            "description": "x",
            "options": [],
            "contexts": [0, 1],
            "name_localizations": {"fr": "b"},
        }
    ]
    theirs = {
        "id": "1",
        "version": "2",
        "type": 1,
        "name": "a",
        "description": "x",
        "contexts": [1, 0],
        "name_localizations": {"fr": "b"},
        "nsfw": False,
    }
    assert same_commands(ours, [theirs])
    assert not same_commands(ours, [{**theirs, "description": "y"}])
    assert not same_commands(ours, [{**theirs, "options": [{"name": "z"}]}])
    assert not same_commands(ours, [])
    assert not same_commands([], [theirs])


def test_the_picture_is_small_and_takes_hostile_captions() -> None:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(14)]
    counts = {
        code: {day: n % 5 for n, day in enumerate(days)} for code in ("fr", "en", "uk", "ru", "de", "pl", "it", "es")
    }
    panels = [Panel("$x^{$ \\frac Київ", counts), Panel("vide", {})]
    labels = Labels("Articles", {"fr": "français"}, "autres", [f"{day:%d}" for day in days])

    png = draw(panels, days[0], days[-1], labels)

    assert png.startswith(b"\x89PNG")
    assert len(png) < 300_000
    assert languages_of(panels)[-1] == "" and len(languages_of(panels)) == 6
