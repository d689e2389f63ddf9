"""Bodies that are attacks: each ends as an error within its limits, and the event loop lives on."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from bot.feeds.fetcher import Fetcher
from bot.feeds.results import Outcome
from tests.feeds.conftest import MakeFetcher, a_feed, item, rss
from tests.standins.feed_server import FeedServer, Reply

pytestmark = pytest.mark.asyncio


def _entity_bomb(size: int, times: int) -> bytes:
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * size}">]><rss version="2.0"><channel><item><title>'
        + "&a;" * times
        + "</title></item></channel></rss>"
    ).encode()


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]><rss version="2.0"><channel><title>&l9;</title></channel></rss>'.encode()


ERRORS = {
    "entities, nested": _laughs(),
    "entities, quadratic, 100 MB": _entity_bomb(50_000, 2000),
    "entities, quadratic, 1 GB": _entity_bomb(50_000, 20_000),
    "entities in UTF-16": _entity_bomb(50_000, 2000).decode().encode("utf-16"),
    "external entity": b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>',
    "20,000 attributes": rss("<item " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>"),
    "100,000 attributes": rss("<item " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "nested xml:base": rss('<x xml:base="a/">' * 20_000),
    "200,000 nested elements": b"<rss><channel>" + b"<a>" * 200_000,
    "newlines and no root": b"\n" * 2_000_000,
    "open comment": b"<!--" + b"-" * 2_000_000,
    "open declaration": b"<?xml " + b"a" * 2_000_000,
    "angle brackets": b"<" * 1_000_000,
    "NUL": b"\0" * 2_000_000,
    "JSON, nested": b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 1_000_000,
    "malformed, 4 MB": b"<rss><channel>" + b"<item><title>x & y</b></item>" * 150_000,
}
READABLE = {
    "newlines before the root": b"\n" * 100_000 + rss(item()),
    "newlines in a comment": b"<!--" + b"\n" * 100_000 + b"-->" + rss(item()).partition(b"?>")[2],
    "long author": rss(f"<item><title>x</title><author>{'a@a.' + 'a.' * 30_000}!</author></item>"),
    "long creator": rss(f"<item><title>x</title><dc:creator>{'a@' + 'a.' * 30_000}!</dc:creator></item>").replace(
        b"<rss ", b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
    ),
    "5 MB of small tags": rss(item(text="<![CDATA[" + "<b>x</b>" * 550_000 + "]]>")),
    "entries without end": rss("<item><title>x</title></item>" * 30_000),
    "1 MB of digits for a date": rss(item(date="1" * 1_000_000)),
    "ampersands": rss(item(text="<![CDATA[" + "&" * 1_000_000 + "]]>")),
}


async def _stall_s(stop: asyncio.Event) -> float:
    """The longest time the event loop did not get to this task."""
    worst = 0.0
    while not stop.is_set():
        before = time.monotonic()
        await asyncio.sleep(0.005)
        worst = max(worst, time.monotonic() - before - 0.005)
    return worst


@pytest.mark.parametrize("name", READABLE)
async def test_costly_but_readable_bodies_are_read(name: str, fetching: MakeFetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, READABLE[name], encoding="gzip"))
    async with fetching() as fetcher:
        started = time.monotonic()
        checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert (checked.outcome, checked.reason) == (Outcome.PARSED, None)
    assert checked.entries
    assert time.monotonic() - started < 10


async def test_rule_41_hostile_bodies_served_at_once_end_as_errors_and_the_loop_lives_on(
    fetching: MakeFetcher, server: FeedServer
) -> None:
    for number, body in enumerate(ERRORS.values()):
        server.script(f"/{number}.xml", Reply(200, body, encoding="gzip"))
    server.script("/good.xml", Reply(200, rss(item(), item(2))))
    stalls: list[float] = []
    # Other processes on the machine can only lengthen a stall: one quiet round in three proves that none of it is ours.
    while not stalls or (stalls[-1] > 0.1 and len(stalls) < 3):
        async with fetching(parsers=2, requests_per_host=16, requests_at_once=32) as fetcher:
            await fetcher.check(a_feed(server.url("/good.xml")))
            stop = asyncio.Event()
            watch = asyncio.create_task(_stall_s(stop))
            ended = await asyncio.gather(*(_check_hostile(fetcher, server, n) for n in range(len(ERRORS))))
            stop.set()
            stalls.append(await watch)
            after = await fetcher.check(a_feed(server.url("/good.xml")))
        assert max(took_s for _, took_s in ended) <= 10.0, dict(zip(ERRORS, ended, strict=True))
        assert len(after.entries) == 2
    assert stalls[-1] <= 0.1, stalls


async def _check_hostile(fetcher: Fetcher, server: FeedServer, number: int) -> tuple[str | None, float]:
    started = time.monotonic()
    checked = await fetcher.check(a_feed(server.url(f"/{number}.xml")))
    assert checked.outcome is Outcome.FAILED, list(ERRORS)[number]
    return checked.reason, round(time.monotonic() - started, 2)


async def test_the_memory_of_the_pool_stays_within_its_bound(fetching: MakeFetcher, server: FeedServer) -> None:
    """The heaviest readable bodies, one after the other: no child keeps more than its share, and a grown one is replaced."""
    server.script("/a.xml", Reply(200, READABLE["5 MB of small tags"], encoding="gzip"))
    server.script("/b.xml", Reply(200, READABLE["entries without end"], encoding="gzip"))
    async with fetching() as fetcher:
        for path in ("/a.xml", "/b.xml"):
            assert (await fetcher.check(a_feed(server.url(path)))).outcome is Outcome.PARSED
            assert all(0 < child.resident < fetcher.settings.parser_retire_bytes for child in fetcher._pool._children)


async def test_the_size_of_the_parent_does_not_count_as_the_childs(fetching: MakeFetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, rss(item())))
    ballast = bytearray(os.urandom(1024)) * (150 * 1024)
    async with fetching() as fetcher:
        await fetcher.check(a_feed(server.url("/a.xml")))
        (child,) = fetcher._pool._children
        assert child.resident < 64 * 1024 * 1024 < len(ballast)


async def test_a_child_that_keeps_much_is_replaced(fetching: MakeFetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, rss(item())))
    async with fetching(parser_retire_bytes=1024 * 1024) as fetcher:
        await fetcher.check(a_feed(server.url("/a.xml")))
        assert not fetcher._pool._children


async def test_external_entities_are_neither_read_nor_contacted(fetcher: Fetcher, server: FeedServer) -> None:
    dtd = f'<!DOCTYPE rss SYSTEM "{server.url("/evil.dtd")}">'
    body = rss(item(title="&ext;")).replace(b"\n<rss", f"\n{dtd}<rss".encode())
    await fetcher.parse_body(body)
    assert server.log == []
