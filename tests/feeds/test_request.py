"""Rules 1 to 6: what is asked, seen from the server."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from bot.feeds.decoding import accept_encoding, make_decoder
from bot.feeds.fetcher import Fetcher
from bot.model.errors import FetchError
from tests.feeds.conftest import a_feed, item, known, rss
from tests.standins.feed_server import FeedServer, Reply

pytestmark = pytest.mark.asyncio


async def test_rule_01_only_get_and_one_request_for_simultaneous_checks(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, rss(item()), wait_s=0.1))
    feed = a_feed(server.url("/a.xml"))
    checks = await asyncio.gather(*(fetcher.check(feed) for _ in range(5)))
    assert [len(c.entries) for c in checks] == [1] * 5
    assert [r.method for r in server.log] == ["GET"]


async def test_rule_01_a_caller_that_gives_up_does_not_take_the_check_from_the_others(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(200, rss(item()), wait_s=0.2))
    first, second = (asyncio.create_task(fetcher.check(a_feed(server.url("/a.xml")))) for _ in range(2))
    await asyncio.sleep(0.05)
    first.cancel()
    assert len((await second).entries) == 1


@pytest.mark.parametrize("status", [200, 403])
async def test_rule_02_user_agent_names_us_and_stays_the_same_when_refused(
    status: int, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(status, rss(item())))
    for _ in range(2):
        await fetcher.check(a_feed(server.url("/a.xml")))
    agents = {r.get("User-Agent") for r in server.log}
    assert agents == {fetcher.settings.user_agent}
    (agent,) = agents
    assert agent is not None
    assert agent.startswith("Vigie/")
    assert agent.endswith("; robot)")
    assert "+https://" in agent
    assert not any(word in agent for word in ("Mozilla", "aiohttp", "Python"))


async def test_rule_03_accept_names_feed_types_and_ends_in_anything(fetcher: Fetcher, server: FeedServer) -> None:
    server.serve("/a.xml", rss(item()))
    await fetcher.check(a_feed(server.url("/a.xml")))
    accept = server.log[0].get("Accept") or ""
    for kind in ("application/rss+xml", "application/atom+xml", "application/feed+json"):
        assert kind in accept
    assert accept.endswith("*/*;q=0.1")


async def test_rule_04_accept_encoding_lists_what_is_decoded(fetcher: Fetcher, server: FeedServer) -> None:
    offered = accept_encoding().split(", ")
    assert offered[0] == "gzip"
    for name in offered:
        make_decoder(name)
    for name in {"br", "zstd", "deflate", "compress"} - set(offered):
        with pytest.raises(FetchError):
            make_decoder(name)
    for name in {"gzip", "br"} & set(offered):
        server.script(f"/{name}.xml", Reply(200, rss(item(), item(2)), encoding=name))
        checked = await fetcher.check(a_feed(server.url(f"/{name}.xml")))
        assert len(checked.entries) == 2
        assert checked.wire_bytes < checked.body_bytes
    assert server.log[0].all("Accept-Encoding") == [accept_encoding()]


async def test_rule_04_several_gzip_members_are_one_body(fetcher: Fetcher, server: FeedServer) -> None:
    body = rss(item(), item(2))
    halves = gzip.compress(body[:100]) + gzip.compress(body[100:])
    server.script("/a.xml", Reply(200, halves, {"Content-Encoding": "gzip"}))
    assert len((await fetcher.check(a_feed(server.url("/a.xml")))).entries) == 2


async def test_rule_05_no_header_tells_of_a_person_and_cookies_are_not_kept(
    fetcher: Fetcher, server: FeedServer
) -> None:
    body = rss(item())
    server.script("/a.xml", Reply(302, headers={"Location": "/b.xml", "Set-Cookie": "a=1; Path=/"}))
    server.script("/b.xml", Reply(200, body, {"Set-Cookie": "b=2; Path=/"}))
    for _ in range(2):
        await fetcher.check(a_feed(server.url("/a.xml")))
    assert len(server.log) == 4
    sent = {name.lower() for r in server.log for name, _ in r.headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize("target", ["/a.xml?x=1&x=2&B=%7e%2C+b", "/%E2%82%AC%20a;b=c", "/a.xml?", "/A//b/../c.xml"])
async def test_rule_06_the_address_is_asked_as_stored(target: str, fetcher: Fetcher, server: FeedServer) -> None:
    await fetcher.check(a_feed(server.url(target) + "#part", validators=known('"x"', "y")))
    (request,) = server.log
    assert request.target.rstrip("?") == target.rstrip("?")
    names = [name.lower() for name, _ in request.headers]
    assert len(names) == len(set(names))
