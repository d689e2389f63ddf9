"""What a person reads in the terminal."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.i18n import LANGUAGES, translator
from bot.model.content import Content, DigestItem, Face, NoticeContent
from bot.model.stories import Fact
from bot.model.watches import Destination, DestinationKind
from bot.terminal.sink import TerminalSink
from tests.unit.terminal.builders import NOW, alert, digest, face, hit, line, story

PLACE = Destination(id=5, kind=DestinationKind.TERMINAL, language="fr", timezone="Europe/Paris")


def shown(content: Content, *, language: str = "fr", terminal: bool = False) -> str:
    """What ``content`` prints, as bytes would arrive at a terminal of 80 columns (or a pipe)."""
    out = io.StringIO()
    console = Console(
        file=out, width=80, force_terminal=terminal, markup=False, emoji=False, highlight=False,
        color_system="standard" if terminal else None,
    )  # fmt: skip
    asyncio.run(TerminalSink(console, translator(language), "Europe/Paris").show(content))
    return out.getvalue()


def test_an_alert_says_watch_headline_summary_words_sources_times_and_address() -> None:
    about = story(line(1, "phare.example"), line(2, "ledger.example", lang="en"))
    text = shown(alert(of=face("Un sommet est proposé"), hits=(hit("sommet", 3),), about=about))
    for part in (
        "sommet Poutine-Zelensky", "Un sommet est proposé", "Ankara s'offre.", "sommet", "2 sources indépendantes",
        "phare.example [fr]", "ledger.example [en]", "https://phare.example/1", "08:00", "10:00",
    ):  # fmt: skip
        assert part in text, part


def test_times_are_on_the_clock_of_the_destination() -> None:
    out = io.StringIO()
    sink = TerminalSink(Console(file=out, width=80), translator("fr"))
    kyiv = Destination(id=5, kind=DestinationKind.TERMINAL, language="uk", timezone="Europe/Kyiv")
    asyncio.run(sink.post(kyiv, alert(), delivery_id=1, nonce="n"))
    assert "11:00" in out.getvalue()
    assert translator("uk")("terminal.alert") in out.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_message_can_be_shown_in_every_language(language: str) -> None:
    words = translator(language)
    facts = tuple(Fact(kind, "x", "vingt mille") for kind in ("number", "actor", "place", "date", "reversal"))
    assert words("terminal.update") in shown(alert(facts=facts), language=language)
    item = DigestItem(story(), face(), new=False, added=2)
    assert words("terminal.added", n=2) in shown(digest(item, part=2, parts=3), language=language)
    assert words("terminal.nothing") in shown(digest(), language=language)
    assert words("terminal.notice") in shown(NoticeContent("no.such.key"), language=language)


def test_state_media_are_named_and_not_counted() -> None:
    about = story(line(1, "phare.example"), line(2, "etat.example", kind="state-controlled"))
    text = shown(alert(about=about))
    assert "1 source indépendante" in text
    assert translator("fr")("terminal.state_media") in text


def test_a_sample_digest_says_that_it_is_invented() -> None:
    notice = translator("fr")("terminal.sample")
    assert notice in shown(digest(DigestItem(story(), face(), new=True), sample=True))
    assert notice not in shown(digest(DigestItem(story(), face(), new=True)))


def test_matched_words_are_marked_in_the_headline_of_a_terminal() -> None:
    text = shown(alert(of=face("Un sommet est proposé"), hits=(hit("sommet", 3),)), terminal=True)
    assert "\x1b[1;4msommet\x1b[0m" in text
    wrong_place = shown(alert(of=face("Un sommet est proposé"), hits=(hit("sommet", 4),)), terminal=True)
    assert "4msommet" not in wrong_place


def test_no_colour_and_no_escape_where_there_is_no_terminal() -> None:
    assert "\x1b" not in shown(alert(hits=(hit("sommet", 3),)))


def test_a_feed_cannot_colour_link_move_or_mark_up() -> None:
    bad = "\x1b[2J\x1b]8;;https://piege.example\x07[bold red]titre[/] :smile: \r\u202e"
    hostile = Face(1, bad, bad, "https://phare.example/\x1b[31m", "fr", True, original_title=bad + "!")
    about = story(line(1, "phare.example\x1b[31m", lang="fr"))
    text = shown(alert(of=hostile, about=about, facts=(Fact("number", bad, bad),)))
    assert "\x1b" not in text and "\r" not in text and "\u202e" not in text
    assert "[bold red]titre[/] :smile:" in text


def test_a_story_without_a_usable_link_or_title_is_still_shown() -> None:
    text = shown(alert(of=Face(1, "", "", "", None, True)))
    assert translator("fr")("terminal.no_title") in text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=1200), st.text(max_size=300))
def test_whatever_a_feed_says_lines_stay_within_80_columns_and_steer_nothing(
    title: str, summary: str, url: str
) -> None:
    text = shown(alert(of=Face(1, title, summary, url, "fr", True), hits=(hit(title[:3], 0),)))
    assert "\x1b" not in text
    assert all(cell_len(row) <= 80 for row in text.split("\n"))
    assert all(row == row.rstrip(" ") for row in text.split("\n"))


def test_what_was_printed_is_found_again_and_an_edit_is_named() -> None:
    out = io.StringIO()
    sink = TerminalSink(Console(file=out, width=80), translator("fr"))

    async def steps() -> None:
        assert await sink.find(PLACE, delivery_id=9, since=NOW - timedelta(hours=1)) is None
        receipt = await sink.post(PLACE, alert(), delivery_id=9, nonce="n")
        assert receipt.message_id == 9
        assert await sink.find(PLACE, delivery_id=9, since=NOW - timedelta(hours=1)) == receipt
        await sink.edit(PLACE, receipt, alert(), delivery_id=9)

    asyncio.run(steps())
    assert out.getvalue().count(translator("fr")("terminal.edited")) == 1


def test_a_long_summary_is_cut_at_a_word() -> None:
    text = shown(alert(of=face(summary="mot " * 300)))
    assert "mot…" in text
    assert text.count("mot") < 70
