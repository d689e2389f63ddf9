"""Rules 7 to 16: conditional requests and what their answers change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bot.clock import SystemClock
from bot.feeds.fetcher import Fetcher
from bot.feeds.results import Outcome
from bot.feeds.schedule import decide_next, may_force
from tests.feeds.conftest import NOW, a_feed, item, known, rss
from tests.standins.feed_server import FeedServer, Reply

pytestmark = pytest.mark.asyncio
BODY = rss(item())


async def test_rule_07_a_304_changes_nothing_but_the_next_check_and_the_validators(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.serve("/a.xml", BODY, etag='"1"')
    feed = a_feed(server.url("/a.xml"), first_fetched=NOW, validators=known('"1"', body_hash="h"), entries_week=42)
    checked = await fetcher.check(feed)
    assert (checked.outcome, checked.status, checked.entries) == (Outcome.NOT_MODIFIED, 304, ())
    after = decide_next(feed, checked, NOW, Random(1), fetcher.settings)
    assert after.validators.body_hash == "h"
    assert after.next_check is not None
    assert after.next_check > NOW
    changed = {"next_check", "last_checked", "last_success", "validators"}
    assert replace(after, **{name: getattr(feed, name) for name in changed}) == feed


@pytest.mark.parametrize(
    "etag", ['"a"', 'W/"a"', "bare", '"with \\"quotes\\" "', '"é"', '""', "'odd'", '"a--gzip"', '"x,y"']
)
async def test_rule_08_an_etag_goes_back_byte_for_byte(etag: str, fetcher: Fetcher, server: FeedServer) -> None:
    server.serve("/a.xml", BODY, etag=etag)
    feed = a_feed(server.url("/a.xml"))
    first = await fetcher.check(feed)
    await fetcher.check(replace(feed, validators=first.validators))
    sent = server.log[1].get("If-None-Match")
    assert sent is not None
    assert sent.encode("latin-1").decode() == etag


@pytest.mark.parametrize(
    "date", ["Tue, 10 Mar 2026 12:00:00 GMT", "2026-03-10T12:00:00Z", "mardi 10 mars 2026", "Tue, 10 Mar 2026 12:00:00 +0100", "0"]
)  # fmt: skip
async def test_rule_09_last_modified_goes_back_as_an_opaque_string(
    date: str, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(200, BODY, {"Last-Modified": date, "Date": "Wed, 11 Mar 2026 00:00:00 GMT"}))
    feed = a_feed(server.url("/a.xml"))
    first = await fetcher.check(feed)
    await fetcher.check(replace(feed, validators=first.validators))
    assert server.log[1].get("If-Modified-Since") == date


async def test_rule_09_without_last_modified_nothing_is_invented(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, BODY, {"Date": "Wed, 11 Mar 2026 00:00:00 GMT"}))
    feed = a_feed(server.url("/a.xml"))
    first = await fetcher.check(feed)
    await fetcher.check(replace(feed, validators=first.validators))
    assert server.log[1].get("If-Modified-Since") is None
    assert server.log[1].get("If-None-Match") is None


async def test_rule_10_both_validators_go_back_and_only_to_the_address_that_gave_them(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(302, headers={"Location": "/b.xml"}), Reply(302, headers={"Location": "/c.xml"}))
    server.serve("/b.xml", BODY, etag='"b"', last_modified="Tue, 10 Mar 2026 12:00:00 GMT")
    server.serve("/c.xml", BODY, etag='"c"')
    feed = a_feed(server.url("/a.xml"))
    first = await fetcher.check(feed)
    assert first.validators.url == server.url("/b.xml")
    await fetcher.check(replace(feed, validators=first.validators))
    assert [r.get("If-None-Match") for r in server.log] == [None] * 4, "neither the first hop nor the other target"
    await fetcher.check(a_feed(server.url("/b.xml"), validators=first.validators))
    last = server.log[-1]
    assert (last.get("If-None-Match"), last.get("If-Modified-Since")) == ('"b"', "Tue, 10 Mar 2026 12:00:00 GMT")


async def test_rule_11_validators_of_a_304_replace_the_stored_ones(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(304, headers={"ETag": '"2"'}))
    checked = await fetcher.check(a_feed(server.url("/a.xml"), validators=known('"1"', "old", body_hash="h")))
    assert checked.outcome is Outcome.NOT_MODIFIED
    kept = checked.validators
    assert (kept.etag, kept.last_modified, kept.body_hash) == ('"2"', "old", "h")


async def test_rule_12_a_200_without_validators_clears_the_stored_ones(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, BODY))
    checked = await fetcher.check(a_feed(server.url("/a.xml"), validators=known('"1"', "old")))
    assert checked.outcome is Outcome.PARSED
    assert (checked.validators.etag, checked.validators.last_modified) == (None, None)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, BODY, {"ETag": '"2"'}, cut_at=100),
        Reply(200, b"<rss><channel><item><title>", {"ETag": '"2"'}),
        Reply(200, b"no feed at all", {"ETag": '"2"'}),
        Reply(200, BODY[:-60], {"ETag": '"2"'}),
    ],
    ids=["connection cut", "malformed", "no feed", "document breaks off after its items"],
)
async def test_rule_13_a_broken_body_keeps_the_old_validators(
    reply: Reply, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", reply)
    feed = a_feed(server.url("/a.xml"), validators=known('"1"', "old", body_hash="h"))
    checked = await fetcher.check(feed)
    assert checked.validators == feed.validators


async def test_rule_13_the_items_of_a_document_that_breaks_off_count(fetcher: Fetcher, server: FeedServer) -> None:
    whole = rss(*(item(n) for n in range(10)))
    server.script("/a.xml", Reply(200, whole[: whole.index(b"Titre 8")], {"ETag": '"2"'}))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert checked.outcome is Outcome.PARSED
    assert [e.guid for e in checked.entries][:8] == [f"guid-{n}" for n in range(8)]
    assert checked.validators.etag is None
    assert checked.warning is not None


async def test_rule_13_a_whole_document_with_a_flaw_gives_new_validators(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, rss(item(title="A & B")), {"ETag": '"2"'}))
    checked = await fetcher.check(a_feed(server.url("/a.xml"), validators=known('"1"')))
    assert (len(checked.entries), checked.validators.etag) == (1, '"2"')


async def test_rule_14_the_same_body_again_is_unchanged(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, BODY, {"ETag": '"1"'}), Reply(200, BODY, {"ETag": '"2"'}, encoding="gzip"))
    feed = a_feed(server.url("/a.xml"))
    first = await fetcher.check(feed)
    second = await fetcher.check(replace(feed, validators=first.validators))
    assert (second.outcome, second.entries, second.validators.etag) == (Outcome.UNCHANGED, (), '"2"')


async def test_rule_15_a_304_that_was_not_asked_for_is_an_error(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(304, headers={"ETag": '"1"'}))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert (checked.outcome, checked.reason) == (Outcome.FAILED, "unasked_304")
    assert checked.validators.etag is None


async def test_rule_16_a_check_on_demand_is_conditional_and_respects_the_floor(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.serve("/a.xml", BODY, etag='"1"')
    now = SystemClock().now()
    feed = a_feed(server.url("/a.xml"), validators=known('"1"'), last_checked=now - timedelta(seconds=200))
    soon = await fetcher.check(feed, forced=True)
    assert (soon.outcome, soon.asked, server.log) == (Outcome.TOO_SOON, False, [])
    assert decide_next(feed, soon, now, Random(1), fetcher.settings) == feed
    later = await fetcher.check(replace(feed, last_checked=now - timedelta(seconds=400)), forced=True)
    assert later.outcome is Outcome.NOT_MODIFIED
    waiting = replace(feed, last_checked=None, last_error="throttled: 429", next_check=now + timedelta(hours=2))
    assert not may_force(waiting, now, fetcher.settings)
