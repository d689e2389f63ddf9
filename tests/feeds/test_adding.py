"""Rules 61 to 65: adding a feed, and what a fetch leaves behind."""

from __future__ import annotations

from random import Random

import pytest

from bot.feeds.discovery import find_feeds
from bot.feeds.fetcher import Fetcher
from bot.feeds.guard import to_url
from bot.feeds.health import entries_per_week, health, log_line
from bot.feeds.identity import Known, key_entries, sort_entries
from bot.feeds.links import canonical_feed_url
from bot.feeds.opml import FEEDS, write_opml
from bot.feeds.options import FetchSettings
from bot.feeds.results import Candidate, Checked, Outcome, member_word
from bot.feeds.schedule import decide_next
from bot.model.errors import FetchError
from bot.model.feeds import FeedKind, Validators
from tests.feeds.conftest import NOW, a_feed, ago, item, rss
from tests.feeds.test_entries import entry
from tests.standins.feed_server import FeedServer, Reply

PAGE = """<!doctype html><html><head><base href="https://news.example.org/base/">
<link rel="alternate" type="application/rss+xml" title="Commentaires" href="/comments/feed">
<link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" title=" Une  fois " href="atom.xml">
<link rel="alternate" type="application/rss+xml" href="atom.xml">
<link rel="alternate" type="application/rss+xml" href="http://127.0.0.1/feed"><link rel="alternate" type="application/rss+xml" href="javascript:x">
<link rel="alternate" type="application/rss+xml" href="https://u:p@news.example.org/feed">
<link rel="alternate" type="text/html" hreflang="uk" href="/uk/"><link rel="stylesheet" type="application/rss+xml" href="/s">
<link rel="alternate home" type="application/feed+json" href="//other.example.org/feed.json"></head><body>x</body></html>"""


def test_rule_62_a_page_names_its_feeds_and_comments_come_last() -> None:
    found = find_feeds(
        PAGE.encode(), "https://news.example.org/", '</h.xml>; rel="alternate"; type="application/rss+xml"; title="H"'
    )
    assert found == (
        Candidate("https://news.example.org/h.xml", "H"),
        Candidate("https://news.example.org/base/atom.xml", "Une fois"),
        Candidate("https://other.example.org/feed.json", ""),
        Candidate("https://news.example.org/comments/feed", "Commentaires"),
    )


def test_rule_62_at_most_five_and_none_is_guessed() -> None:
    many = "".join(f'<link rel=alternate type=application/rss+xml href="/{n}.xml">' for n in range(300))
    assert [c.url for c in find_feeds(many.encode(), "https://news.example.org/")] == [
        f"https://news.example.org/{n}.xml" for n in range(5)
    ]
    assert find_feeds(b"<html><body>no feed</body></html>", "https://news.example.org/") == ()


@pytest.mark.asyncio
async def test_rule_62_discovery_reads_the_page_behind_redirects_and_a_feed_is_its_own_answer(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/", Reply(302, headers={"Location": "/home"}))
    link = '<https://news.example.org/b.xml>; rel=alternate; type="application/rss+xml"'
    server.script("/home", Reply(200, PAGE.encode(), {"Content-Type": "text/html", "Link": link}))
    server.script("/feed.xml", Reply(200, rss(item())))
    found = await fetcher.discover(server.url("/"), operator=True)
    assert [c.url for c in found][:2] == ["https://news.example.org/b.xml", "https://news.example.org/base/atom.xml"]
    assert await fetcher.discover(server.url("/feed.xml#x"), operator=True) == (
        Candidate(server.url("/feed.xml"), "Fil"),
    )
    assert {r.target for r in server.log} == {"/", "/home", "/feed.xml"}, "no path is guessed"


@pytest.mark.asyncio
async def test_rule_62_no_more_than_512_kib_of_a_page_are_looked_at(fetcher: Fetcher, server: FeedServer) -> None:
    late = b"<html><head>" + b"<!-- -->" * (512 * 1024 // 8) + PAGE.encode()
    server.script("/", Reply(200, late))
    assert await fetcher.discover(server.url("/"), operator=True) == ()


@pytest.mark.asyncio
async def test_rule_61_and_63_discovery_is_closed_to_private_addresses_for_members(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/feed.xml", Reply(200, rss(item())))
    for url in (server.url("/feed.xml"), "http://127.0.0.1/", "http://printer.local/"):
        with pytest.raises(FetchError) as refused:
            await fetcher.discover(url)
        assert member_word(refused.value.reason) == "unreachable"
    assert server.log == []


@pytest.mark.asyncio
async def test_rule_63_refused_closed_unknown_and_private_read_the_same(server: FeedServer, fetcher: Fetcher) -> None:
    server.script("/reset.xml", Reply(raw=b""))
    words = set()
    for url, kind in (
        (server.url("/reset.xml"), FeedKind.DAILY),
        ("http://127.0.0.1:9/a.xml", FeedKind.MEMBER),
        ("http://10.0.0.1/a.xml", FeedKind.MEMBER),
        ("http://nowhere.invalid/a.xml", FeedKind.MEMBER),
    ):
        checked = await fetcher.check(a_feed(url, kind=kind))
        assert checked.reason is not None
        words.add(member_word(checked.reason))
    assert words == {"unreachable"}
    assert member_word("html_page") == "html_page"


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("HTTPS://News.Example.ORG:443/Feed?x=1#top", "https://news.example.org/Feed?x=1"),
        ("http://news.example.org", "http://news.example.org/"),
        ("http://news.example.org.:80/", "http://news.example.org/"),
        ("https://новини.укр/rss", "https://xn--b1amarcd.xn--j1amh/rss"),
        ("https://news.example.org/a%7Eb/?utm_source=x", "https://news.example.org/a%7Eb/?utm_source=x"),
    ],
)
def test_rule_64_one_spelling_of_an_address(spelling: str, canonical: str) -> None:
    assert canonical_feed_url(to_url(spelling)) == canonical
    assert canonical_feed_url(to_url(canonical)) == canonical


@pytest.mark.asyncio
async def test_rule_65_each_fetch_leaves_one_line(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, rss(item(1), item(2))), Reply(500))
    feed = a_feed(server.url("/a.xml"))
    checked = await fetcher.check(feed)
    plan = sort_entries(feed, Known.of([]), checked.entries, NOW, fetcher.settings)
    after = decide_next(feed, checked, NOW, Random(1), fetcher.settings, plan)
    line = log_line(feed, checked, plan, after)
    assert set(line) == {"feed", "url", "outcome", "status", "bytes", "ms", "entries", "new", "next", "reason"}
    assert (line["status"], line["entries"], line["new"], line["reason"]) == (200, 2, 2, None)
    assert line["bytes"] == checked.wire_bytes > 100
    assert str(line["next"]).startswith("2026-03-10T")
    failed = await fetcher.check(feed)
    assert log_line(feed, failed, None, feed)["reason"] == "status_500"


def test_health_in_figures() -> None:
    feed = a_feed(
        last_success=ago(hours=2),
        failing_since=ago(hours=1),
        errors=3,
        last_error="timeout: x",
        first_fetched=ago(days=1),
    )
    found = health(feed, NOW)
    assert (found.working, found.silent_s, found.failing_s, found.errors) == (False, 7200, 3600, 3)
    assert health(a_feed(last_success=NOW), NOW).working


def test_the_rate_of_entries_is_counted_over_a_week_or_extrapolated() -> None:
    spread = [entry(n, published=ago(hours=n)) for n in range(24 * 10)]
    assert entries_per_week(spread, NOW) == 169
    assert entries_per_week(spread[:24], NOW) == pytest.approx(24 / 23 * 168, abs=1)
    assert entries_per_week([entry(n, published=None) for n in range(20)], NOW) == 140
    assert entries_per_week([], NOW) == 0
    assert entries_per_week([entry(1, published=ago(days=60))], NOW) == 0


def test_the_delay_is_measured_on_new_entries_after_the_first_fetch() -> None:
    settings = FetchSettings()
    listed = [entry(n, published=ago(minutes=10 * n)) for n in range(1, 4)]
    for first, wanted in ((None, None), (ago(days=1), 1200.0)):
        feed = a_feed(first_fetched=first)
        keyed = key_entries(listed)
        plan = sort_entries(feed, Known.of([]), keyed, NOW, settings)
        checked = Checked(Outcome.PARSED, feed.url, Validators(), entries=keyed)
        assert decide_next(feed, checked, NOW, Random(1), settings, plan).delay_s == wanted


# -- OPML


@pytest.mark.asyncio
async def test_an_opml_list_goes_out_and_comes_back(fetcher: Fetcher) -> None:
    feeds = [
        Candidate("https://news.example.org/a.xml?x=1&y=2", "Перемовини <i> \x00& «co»"),
        Candidate("https://b.example.org/", ""),
    ]
    assert await fetcher.read_opml(write_opml("Vigie", feeds)) == (
        Candidate("https://news.example.org/a.xml?x=1&y=2", "Перемовини <i> & «co»"),
        Candidate("https://b.example.org/", "https://b.example.org/"),
    )


@pytest.mark.asyncio
async def test_an_opml_list_of_a_reader_with_folders_gives_each_usable_feed_once(fetcher: Fetcher) -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8"?><!-- made by hand --><opml version="1.0"><head><title>x</title></head><body>
    <outline text="Ukraine"><outline type="rss" text="A" xmlUrl="https://a.example.org/f"/>
    <outline type="rss" text="A again" xmlUrl="https://a.example.org/f"/><outline type="rss" xmlUrl="http://192.168.0.1/f"/></outline>
    <outline type="rss" title="B" xmlUrl="http://b.example.org/f"/><outline text="empty"/></body></opml>"""
    found = await fetcher.read_opml(body)
    assert [(c.url, c.title) for c in found] == [("https://a.example.org/f", "A"), ("http://b.example.org/f", "B")]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_a_feed"),
        (b"https://news.example.org/list.opml", "not_a_feed"),
        (b"<rss/>", "not_a_list"),
        (b'<!DOCTYPE opml [<!ENTITY a "x">]><opml/>', "doctype"),
        (b"x" * (1024 * 1024 + 1), "too_large"),
        (write_opml("x", (Candidate(f"https://a.example.org/{n}") for n in range(FEEDS + 1))), "too_large"),
    ],
    ids=["empty", "an address", "a feed", "a document type", "too long", "too many"],
)
async def test_an_opml_list_that_is_none_is_an_error(body: bytes, reason: str, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError) as refused:
        await fetcher.read_opml(body)
    assert refused.value.reason == reason


@pytest.mark.asyncio
async def test_what_comes_before_a_break_in_an_opml_list_counts(fetcher: Fetcher) -> None:
    body = b'<opml><body><outline type="rss" text="A" xmlUrl="https://a.example.org/f"/><outline'
    assert await fetcher.read_opml(body) == (Candidate("https://a.example.org/f", "A"),)
