"""Layouts keep Discord's limits whatever feeds and members write, and show what product.md section 6 asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import discord
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.discord_front.messages.alert import alert_view
from bot.discord_front.messages.controls import ID_LIMIT, control_id, deliveries_in, delivery_of
from bot.discord_front.messages.digest import digest_view
from bot.discord_front.messages.plain import notice_view, refused
from bot.discord_front.messages.stories import page_view, story_view, timeline_view
from bot.discord_front.render import mentions, post_name
from bot.i18n import LANGUAGES, translator
from bot.model.content import NoticeContent
from bot.model.matches import Hit
from bot.planning.digest import ITEMS_PER_PART
from tests.unit.discord_front.builders import NOW, alert, digest, face, fact, line, note, story

FRENCH = translator("fr")
HOSTILE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "@everyone @here <@1> <@&2> <#3> <t:1:R> </x:1>",
            "**gras** ~~barré~~ ||caché|| `code` ```ansi\n\u001b[31m",
            "[clic](https://evil.example) https://evil.example discord.gg/abc",
            "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324algo " * 40,
            "\u202egnirts desrever\u202c \u2066x\u2069",
            "a" * 5000,
            "*_`[]()" * 900,
            "👩‍🚀🇺🇦" * 400,
            "",
        ]
    ),
)
URLS = st.one_of(
    st.just("https://site.example/x"),
    st.just("https://site.example/" + "b" * 1900),
    st.just('https://site.example/)(>" ' * 20),
    st.just("javascript:alert(1)"),
    st.text(max_size=60),
)


def payload(view: discord.ui.LayoutView) -> Iterator[dict[str, Any]]:
    """Every component as it is sent, nested ones too."""

    def walk(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield component
        for inner in component.get("components", ()):
            yield from walk(inner)
        if "accessory" in component:
            yield from walk(component["accessory"])

    for top in view.to_components():
        yield from walk(top)


def text_of(view: discord.ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in payload(view) if part["type"] == 10)


def assert_within_limits(view: discord.ui.LayoutView) -> None:
    """Documentation, Component Reference: 40 components, 4,000 characters, unique custom ids of 1 to 100, labels 80, URLs 512."""
    parts = list(payload(view))
    assert len(parts) <= 40
    assert len(text_of(view)) <= 4000
    assert all(part["content"].strip() for part in parts if part["type"] == 10)
    ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    assert len(ids) == len(set(ids)) and all(1 <= len(one) <= 100 for one in ids)
    for part in parts:
        if part["type"] == 2:
            assert 1 <= len(part.get("label") or "x") <= 80
            assert len(part.get("url") or "") <= 512
        if part["type"] == 1:
            assert 1 <= len(part["components"]) <= 5


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=HOSTILE,
    summary=HOSTILE,
    source=HOSTILE,
    phrase=HOSTILE,
    url=URLS,
    count=st.integers(1, 30),
    update=st.booleans(),
)
def test_an_alert_keeps_the_limits(
    title: str, summary: str, source: str, phrase: str, url: str, count: int, update: bool
) -> None:
    lines = [line(n, title, summary=summary, source=source + str(n), url=url, lang="fr") for n in range(1, count + 1)]
    hits = (Hit(0, "word", None, "title", 0, 3, title[:3], 1.0),) if len(title) > 3 else ()
    content = alert(
        *lines,
        notes=tuple(note(phrase or "x", *hits, watch=n) for n in range(1, 6)),
        facts=(fact(title),) * 8 if update else (),
        earlier="https://discord.com/channels/1/2/3" if update else None,
        mention_role=9,
        followed=True,
        muted=True,
    )
    for language in LANGUAGES:
        view = alert_view(translator(language), content, delivery=2**63 - 1)
        assert_within_limits(view)
        assert 2**63 - 1 in deliveries_in(view.walk_children())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=HOSTILE, summary=HOSTILE, phrase=HOSTILE, url=URLS, groups=st.integers(1, ITEMS_PER_PART))
def test_a_full_digest_shows_every_story_within_the_limits(
    title: str, summary: str, phrase: str, url: str, groups: int
) -> None:
    items = [
        (
            story(line(n, f"{n}. {title}", summary=summary, url=url), number=n),
            face(line(n, f"{n}. {title}", summary=summary, url=url)),
        )
        for n in range(1, ITEMS_PER_PART + 1)
    ]
    content = digest(
        [(phrase, items[start::groups]) for start in range(groups)], late=True, catch_up=True, parts=3, part=2
    )
    for language in LANGUAGES:
        view = digest_view(translator(language), content, delivery=5)
        assert_within_limits(view)
        assert text_of(view).count("\n-# 🆕") == ITEMS_PER_PART, "a story is missing"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=HOSTILE, url=URLS, count=st.integers(1, 60))
def test_pages_stories_and_timelines_keep_the_limits(title: str, url: str, count: int) -> None:
    lines = [line(n, title, url=url) for n in range(1, count + 1)]
    one = story(*lines)
    assert_within_limits(story_view(FRENCH, one, face(lines[0])))
    assert_within_limits(page_view(FRENCH, "x", [(one, face(lines[0]))] * 10, 0, None))
    rows = [(date(2026, 1, 1) + timedelta(days=n), one, face(lines[0])) for n in range(count)]
    assert_within_limits(timeline_view(FRENCH, title or "x", rows, cut=True))


@settings(max_examples=40, deadline=None)
@given(value=HOSTILE)
def test_notices_and_refusals_show_what_was_typed_harmlessly(value: str) -> None:
    for view in (
        notice_view(FRENCH, NoticeContent("notice.feed_gone", (("feed", value),)), delivery=3),
        refused(FRENCH, "denied.timezone", {"timezone": value}),
    ):
        assert_within_limits(view)
        assert not re.search(r"(?<!\\)<[@#t/]", text_of(view))


def test_an_alert_says_everything_that_product_md_asks_for() -> None:
    title = "Sommet à Genève vendredi"
    lines = (
        line(1, title),
        line(2, "Summit in Geneva", lang="en", kind="agency"),
        line(3, "Саммит", lang="ru", kind="state-controlled", source="etat.example", family="etat"),
    )
    hit = Hit(0, "concept", "SUMMIT", "title", 0, 6, "Sommet", 1.0)
    view = alert_view(FRENCH, alert(*lines, notes=(note("sommet Genève", hit),)), delivery=1)
    shown = text_of(view)

    assert f"[**Sommet** à Genève vendredi]({lines[0].url})" in shown
    assert "Veille\u00a0: sommet Genève" in shown
    assert "🇫🇷 FR quotidien1.example (presse)" in shown
    assert "🇷🇺 RU etat.example (⚠️ **contrôlé par un État**)" in shown
    assert "2 médias indépendants" in shown, "state-controlled media do not count"
    assert f"<t:{int(NOW.timestamp())}:R>" in shown
    assert "Mots reconnus\u00a0: **Sommet**" in shown
    labels = [part["label"] for part in payload(view) if part["type"] == 2]
    assert labels == ["Pourquoi\u202f?", "Hors sujet", "Suivre", "Taire", "Lire"]


def test_the_original_headline_stands_beside_a_translated_one() -> None:
    content = alert(line(1, "Summit", lang="en"), face=face(line(1, "Sommet", lang="uk"), original="Саміт у Женеві"))
    assert "Titre original (🇺🇦 UK)\u00a0: Саміт у Женеві" in text_of(alert_view(FRENCH, content, delivery=1))


def test_an_update_says_what_is_new_and_where_the_first_message_is() -> None:
    content = alert(facts=(fact("30 jours"),), earlier="https://discord.com/channels/1/2/3")
    shown = text_of(alert_view(FRENCH, content, delivery=1))
    assert "Fait nouveau" in shown
    assert "nouveau chiffre\u00a0: 30 jours" in shown
    assert "https://discord.com/channels/1/2/3" in shown


def test_a_headline_that_looks_like_an_address_is_not_linked() -> None:
    bad = line(1, "Connectez-vous sur banque.com/login")
    shown = text_of(alert_view(FRENCH, alert(bad), delivery=1))
    assert bad.url not in shown


def test_only_the_watchs_role_may_be_mentioned() -> None:
    allowed = mentions(alert(mention_role=42)).to_dict()
    assert allowed["roles"] == [42] and allowed["parse"] == []
    assert mentions(alert()).to_dict()["parse"] == []


def test_a_forum_post_is_named_by_its_headline() -> None:
    assert post_name(FRENCH, alert(line(1, "x" * 300))) == "x" * 99 + "…"
    assert post_name(FRENCH, alert(line(1, "\u202e"))) == FRENCH("alert.no_title")


@pytest.mark.parametrize(
    ("custom_id", "delivery"),
    [
        ("vigie:why:12:3", 12),
        ("vigie:why:0:3", None),
        ("other:why:12", None),
        ("vigie:why", None),
        ("vigie:why:x", None),
    ],
)
def test_the_mark_is_read_from_a_control(custom_id: str, delivery: int | None) -> None:
    assert delivery_of(custom_id) == delivery


def test_the_longest_control_fits() -> None:
    biggest = 2**63 - 1
    assert len(control_id("no", biggest, biggest, biggest)) < ID_LIMIT
