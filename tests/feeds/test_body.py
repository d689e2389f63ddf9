"""Rules 36 to 43: reading and parsing bodies."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.feeds.fetcher import Fetcher
from bot.feeds.options import FetchSettings
from bot.feeds.parse import ParserPool
from bot.feeds.results import Outcome
from bot.model.errors import FetchError
from bot.model.feeds import Validators
from tests.feeds.conftest import NOW, MakeFetcher, a_feed, item, rss
from tests.standins.feed_server import FeedServer, Reply, br_bomb, gzip_bomb

pytestmark = pytest.mark.asyncio
BODY = rss(item())
MIB = 1024 * 1024


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b" " * (3 * MIB)),
        Reply(200, b" " * (3 * MIB), chunked=True),
        Reply(200, gzip_bomb(200 * MIB), {"Content-Encoding": "gzip"}),
        Reply(200, br_bomb(200 * MIB), {"Content-Encoding": "br"}),
        Reply(200, gzip_bomb(6 * MIB), {"Content-Encoding": "gzip"}, chunked=True),
    ],
    ids=["announced", "chunked", "gzip bomb", "br bomb", "just over"],
)
async def test_rule_36_wire_and_decoded_bytes_are_capped_while_streaming(
    reply: Reply, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", reply)
    started = time.process_time()
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert (checked.outcome, checked.reason) == (Outcome.FAILED, "too_large")
    assert time.process_time() - started < 1.0


async def test_rule_36_a_larger_content_length_is_refused_unread(fetching: MakeFetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, b"x" * (3 * MIB), drip_bytes=1000, drip_s=0.01))
    async with fetching() as fetcher:
        checked = await asyncio.wait_for(fetcher.check(a_feed(server.url("/a.xml"))), 5)
    assert checked.reason == "too_large"
    assert "announced" in checked.detail


async def test_rule_36_a_body_just_within_the_caps_is_read(fetcher: Fetcher, server: FeedServer) -> None:
    body = rss(item(text="a b " * 1_200_000))
    assert 4 * MIB < len(body) < 5 * MIB
    server.script("/a.xml", Reply(200, body, encoding="gzip"))
    assert len((await fetcher.check(a_feed(server.url("/a.xml")))).entries) == 1


@pytest.mark.parametrize(
    ("reply", "at_least_s"),
    [
        (Reply(200, BODY, wait_s=5), 0.3),
        (Reply(200, BODY, drip_bytes=200, drip_s=5), 0.3),
        (Reply(200, BODY, drip_bytes=1, drip_s=0.05), 0.8),
    ],
    ids=["no first byte", "stalls between reads", "trickles"],
)
async def test_rule_37_timeouts_between_reads_and_for_the_whole_exchange(
    reply: Reply, at_least_s: float, fetching: MakeFetcher, server: FeedServer
) -> None:
    server.script("/a.xml", reply)
    async with fetching(read_s=0.3, exchange_s=0.8) as fetcher:
        started = time.monotonic()
        checked = await fetcher.check(a_feed(server.url("/a.xml")))
        took_s = time.monotonic() - started
    assert checked.reason == "timeout"
    assert at_least_s * 0.9 <= took_s < 2


async def test_rule_37_the_whole_exchange_counts_its_redirects(fetching: MakeFetcher, server: FeedServer) -> None:
    for n in range(4):
        server.script(f"/{n}", Reply(302, headers={"Location": f"/{n + 1}"}, wait_s=0.25))
    async with fetching(exchange_s=0.6) as fetcher:
        assert (await fetcher.check(a_feed(server.url("/0")))).reason == "timeout"
    assert len(server.log) == 3


async def test_rule_37_connecting_has_a_limit_of_its_own() -> None:
    """A listening socket with a full backlog accepts nobody: connections to it hang."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        host, port = listener.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((host, port))
        settings = FetchSettings(allow_private=frozenset({(host, port)}), connect_s=0.4, host_gap_s=0)
        async with Fetcher(settings, SystemClock()) as fetcher:
            started = time.monotonic()
            checked = await fetcher.check(a_feed(f"http://{host}:{port}/a.xml"))
        for filler in fillers:
            filler.close()
    assert checked.reason == "timeout"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "kind", ["text/html", "", "application/octet-stream", "image/png", "text/plain; charset=utf-8", "x"]
)
async def test_rule_38_the_content_type_never_decides(kind: str, fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, BODY, {"Content-Type": kind}))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert (checked.outcome, len(checked.entries), checked.warning) == (Outcome.PARSED, 1, None)


@pytest.mark.parametrize("kind", ["text/html", "application/rss+xml"])
async def test_rule_38_a_page_is_an_error_and_starts_no_discovery(
    kind: str, fetcher: Fetcher, server: FeedServer
) -> None:
    page = (
        b'<!doctype html>\n<html><head><link rel="alternate" type="application/rss+xml" href="/real.xml"></head></html>'
    )
    server.script("/a.xml", Reply(200, page, {"Content-Type": kind}))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert (checked.outcome, checked.reason, len(server.log)) == (Outcome.FAILED, "html_page", 1)


async def test_rule_39_bytes_and_header_decide_the_encoding_and_the_final_address_is_the_base(
    fetcher: Fetcher, server: FeedServer
) -> None:
    body = rss(item(title="Перемовини", link="../n/1")).decode().replace('encoding="UTF-8"', "")
    server.script("/a.xml", Reply(302, headers={"Location": "/dir/b.xml"}))
    server.script("/dir/b.xml", Reply(200, body.encode("koi8-r"), {"Content-Type": "text/xml; charset=koi8-r"}))
    (entry,) = (await fetcher.check(a_feed(server.url("/a.xml")))).entries
    assert (entry.title, entry.link) == ("Перемовини", server.url("/n/1"))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "windows-1251", "koi8-u", "utf-16", "utf-16-le", "iso-8859-5"]
)
async def test_rule_39_declared_encodings_are_read(encoding: str, fetcher: Fetcher) -> None:
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = rss(item(title="Гарантії безпеки" if "8859" not in encoding else "Гарант")).decode().replace("UTF-8", name)
    parsed = await fetcher.parse_body(
        b"\n" * (encoding == "utf-8") + text.encode(encoding), "https://news.example.org/"
    )
    assert parsed.entries[0].title.startswith("Гарант")


@pytest.mark.parametrize(
    "body", [b"/etc/passwd", b"https://news.example.org/feed.xml", b"file:///etc/passwd", b"C:\\boot.ini"]
)
async def test_rule_39_a_body_that_is_a_path_or_address_is_neither_opened_nor_fetched(
    body: bytes, fetcher: Fetcher, server: FeedServer
) -> None:
    server.serve("/secret.xml", BODY)
    for text in (body, server.url("/secret.xml").encode()):
        with pytest.raises(FetchError) as refused:
            await fetcher.parse_body(text)
        assert refused.value.reason == "not_a_feed"
    assert server.log == []


async def test_rule_40_malformed_with_entries_is_a_warning_without_a_failure_and_an_empty_feed_is_a_feed(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/warn.xml", Reply(200, rss(item(title="Trêve & paix"))))
    server.script("/fail.xml", Reply(200, rss("<oops>")))
    server.script("/empty.xml", Reply(200, rss()))
    warn = await fetcher.check(a_feed(server.url("/warn.xml")))
    assert (warn.outcome, len(warn.entries)) == (Outcome.PARSED, 1)
    assert warn.warning is not None
    fail = await fetcher.check(a_feed(server.url("/fail.xml")))
    assert (fail.outcome, fail.reason) == (Outcome.FAILED, "malformed")
    empty = await fetcher.check(a_feed(server.url("/empty.xml")))
    assert (empty.outcome, empty.entries, empty.warning) == (Outcome.PARSED, (), None)


async def test_rule_41_parsing_runs_in_a_child_with_limits_and_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "not-for-children")
    async with ParserPool(FetchSettings(parsers=1)) as pool:
        await pool.feed(BODY, "https://news.example.org/")
        (child,) = pool._children
        pid = child.process.pid
        assert pid != os.getpid()
        limits = {line[:26].strip(): line[26:].split() for line in _proc(pid, "limits").decode().splitlines()}
        assert limits["Max address space"][0] == str(256 * MIB)
        assert int(limits["Max cpu time"][0]) <= 10
        assert limits["Max file size"][0] == "0"
        assert b"not-for-children" not in _proc(pid, "environ")
    assert not Path(f"/proc/{pid}").exists()


def _proc(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except FileNotFoundError:
        pytest.skip("no /proc on this system")


async def test_rule_41_a_child_that_is_killed_is_replaced_and_fails_one_body_only() -> None:
    async with ParserPool(FetchSettings(parsers=1)) as pool:
        await pool.feed(BODY, "https://news.example.org/")
        (child,) = pool._children
        slow = rss("<item><title>x</title></item>" * 20000)
        task = asyncio.create_task(pool.feed(slow, "https://news.example.org/"))
        await asyncio.sleep(0.1)
        os.kill(child.process.pid, 9)
        with pytest.raises(FetchError) as died:
            await task
        assert died.value.reason == "parser_died"
        assert len((await pool.feed(BODY, "https://news.example.org/")).entries) == 1


async def test_rule_41_a_cancelled_parse_leaves_the_pool_usable() -> None:
    async with ParserPool(FetchSettings(parsers=1)) as pool:
        slow = rss("<item><title>x</title></item>" * 20000)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.feed(slow, "https://news.example.org/"), 0.3)
        assert len((await pool.feed(BODY, "https://news.example.org/")).entries) == 1


async def test_rule_41_children_are_replaced_after_their_share_of_bodies() -> None:
    async with ParserPool(FetchSettings(parsers=1, parser_reuse=2)) as pool:
        pids = set()
        for _ in range(4):
            await pool.feed(BODY, "https://news.example.org/")
            pids |= {c.process.pid for c in pool._children}
        assert len(pids) == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(204),
        Reply(206, BODY, {"Content-Range": "bytes 0-9/10"}),
        Reply(226, BODY, {"IM": "feed"}),
        Reply(200, b""),
        Reply(200, b"", {"Content-Encoding": "gzip"}),
        Reply(200, b"", chunked=True),
        Reply(raw=b""),
        Reply(200, BODY, cut_at=50),
        Reply(200, BODY, cut_at=50, chunked=True),
        Reply(200, rss(*(item(n) for n in range(50))), cut_at=300, encoding="gzip", chunked=True),
        Reply(200, BODY, {"Content-Encoding": "gzip"}),
        Reply(200, BODY, {"Content-Encoding": "compress"}),
        Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 9000 + b"\r\n\r\n"),
        Reply(raw=b"not http at all\r\n\r\n"),
        Reply(500, BODY),
        Reply(404, BODY),
        Reply(100),
    ],
    ids=[
        "204", "206", "226", "empty", "empty gzip", "empty chunked", "reset", "short", "chunks break off", "gzip breaks off", "no gzip",
        "not offered", "long header", "no http", "500", "404", "informational",
    ],
)  # fmt: skip
async def test_rule_42_failures_change_nothing(reply: Reply, fetching: MakeFetcher, server: FeedServer) -> None:
    server.script("/a.xml", reply)
    old = Validators('"1"', "old", body_hash="h")
    async with fetching(read_s=1.0, exchange_s=2.0) as fetcher:
        checked = await fetcher.check(a_feed(server.url("/a.xml"), validators=old))
    assert checked.outcome is Outcome.FAILED
    assert checked.reason
    assert (checked.validators, checked.entries) == (old, ())


async def test_rule_43_only_the_newest_500_entries_count(fetcher: Fetcher) -> None:
    dates = [format_datetime(NOW - timedelta(minutes=n)) for n in range(700)]
    body = rss(*(item(n, date=dates[n], text="") for n in reversed(range(700))))
    parsed = await fetcher.parse_body(body)
    assert (len(parsed.entries), parsed.ignored) == (500, 200)
    assert {e.guid for e in parsed.entries} == {f"guid-{n}" for n in range(500)}


async def test_rule_43_fields_are_cut_and_a_long_guid_still_tells_entries_apart(fetcher: Fetcher) -> None:
    long = "a" * 5000
    body = rss(
        item(1, guid=long + "1", title="t" * 5000, text="x" * 50_000),
        item(2, guid=long + "2", link="https://news.example.org/" + long),
    )
    one, two = (await fetcher.parse_body(body)).entries
    assert (len(one.title), len(one.summary)) == (1000, 8000)
    assert one.guid != two.guid
    assert max(len(one.key), len(two.key)) <= 255
    assert two.link is None


async def test_control_characters_and_lone_surrogates_do_not_leave_the_child(fetcher: Fetcher) -> None:
    body = rss(item(title="a\x00b\x01c&#xD800;d &#x7;e <br>"))
    (entry,) = (await fetcher.parse_body(body)).entries
    entry.title.encode()
    assert entry.title.isprintable()
    assert entry.title.startswith("ab")


async def test_json_feed_is_read(fetcher: Fetcher) -> None:
    body = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "uk", "items": [
      {"id": 7, "url": "/a", "title": "5 < 6", "content_text": "x < y", "date_published": "2026-03-10T13:00:00+01:00", "authors": [{"name": "N"}]},
      {"id": "8", "external_url": "https://other.example.org/b", "content_html": "<p>x</p>", "date_published": "soon"}, 5]}"""
    parsed = await fetcher.parse_body(body, "https://news.example.org/feed.json")
    one, two = parsed.entries
    assert (parsed.title, parsed.language) == ("J", "uk")
    assert (one.key, one.link, one.title, one.summary) == ("7", "https://news.example.org/a", "5 &lt; 6", "x &lt; y")
    assert one.published == NOW.replace(hour=12, minute=0)
    assert (two.link, two.summary, two.published) == ("https://other.example.org/b", "<p>x</p>", None)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"{}", b'{"version": 5}', b'{"version": "https://jsonfeed.org/version/1"}', b"[" * 100_000, b'{"a":' * 100_000]
)  # fmt: skip
async def test_json_that_is_no_feed_is_an_error(body: bytes, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError):
        await fetcher.parse_body(body)


async def test_text_before_the_document_is_a_warning(fetcher: Fetcher) -> None:
    parsed = await fetcher.parse_body(b"\n\nWarning: include() failed in line 3\n" + BODY)
    assert (len(parsed.entries), parsed.warning) == (1, "text before the document")


async def test_an_old_public_doctype_is_no_obstacle(fetcher: Fetcher) -> None:
    head = b'<?xml version="1.0"?>\n<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
    assert len((await fetcher.parse_body(head + BODY.partition(b"?>")[2])).entries) == 1
