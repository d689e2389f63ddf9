"""The stand-in itself: it must misbehave exactly as told, or the tests on it prove nothing."""

from __future__ import annotations

import asyncio
import gzip
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from multidict import CIMultiDictProxy
from yarl import URL

from tests.standins.feed_server import FeedServer, Reply, br_bomb, gzip_bomb

pytestmark = pytest.mark.asyncio


async def _get(url: str | URL, **headers: str) -> tuple[int, bytes, CIMultiDictProxy[str]]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(url, headers=headers, allow_redirects=False) as response,
    ):
        return response.status, await response.read(), response.headers


async def test_a_page_is_served_with_its_validators_and_answers_304_to_them() -> None:
    async with FeedServer() as server:
        server.serve("/a.xml", b"<rss/>", etag='W/"x"', last_modified="Thu, 01 Jan 2026 00:00:00 GMT")
        status, body, headers = await _get(server.url("/a.xml"))
        assert (status, body, headers["ETag"]) == (200, b"<rss/>", 'W/"x"')
        status, body, headers = await _get(server.url("/a.xml"), **{"If-None-Match": 'W/"x"'})
        assert (status, body) == (304, b"")
        assert (await _get(server.url("/a.xml"), **{"If-None-Match": '"x"'}))[0] == 200
        assert (await _get(server.url("/a.xml"), **{"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}))[0] == 304


async def test_a_script_is_played_in_order_and_its_last_reply_stays() -> None:
    async with FeedServer() as server:
        server.script(
            "/a", Reply(503, headers={"Retry-After": "7"}), Reply(301, headers={"Location": "/b"}), Reply(200, b"x")
        )
        assert [(await _get(server.url("/a")))[0] for _ in range(4)] == [503, 301, 200, 200]


async def test_a_cut_body_breaks_off_and_a_raw_reply_is_sent_as_it_is() -> None:
    async with FeedServer() as server:
        server.script("/cut", Reply(200, b"x" * 1000, cut_at=10))
        server.script("/raw", Reply(raw=b"HTTP/1.1 200 OK\r\nX-Odd: 1\r\nContent-Length: 2\r\n\r\nok"))
        with pytest.raises(aiohttp.ClientPayloadError):
            await _get(server.url("/cut"))
        status, body, headers = await _get(server.url("/raw"))
        assert (status, body, headers["X-Odd"]) == (200, b"ok", "1")


async def test_bodies_drip_and_are_encoded_as_told() -> None:
    async with FeedServer() as server:
        server.script("/slow", Reply(200, b"12345", drip_bytes=1, drip_s=0.05))
        server.script("/gzip", Reply(200, b"hello" * 100, encoding="gzip"))
        started = time.monotonic()
        assert (await _get(server.url("/slow")))[1] == b"12345"
        assert time.monotonic() - started >= 0.2
        _, body, headers = await _get(server.url("/gzip"))
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == b"hello" * 100


async def test_requests_are_kept_byte_for_byte() -> None:
    async with FeedServer() as server:
        await _get(URL(server.url("/x?a=%2C&b=1"), encoded=True), **{"X-Mine": "1"})
        (request,) = server.requests("/x")
        assert request.target == "/x?a=%2C&b=1"
        assert request.get("x-mine") == "1"
        assert server.requests("/y") == []


async def test_bombs_are_small_on_the_wire() -> None:
    assert len(gzip_bomb(20 * 1024 * 1024)) < 64 * 1024
    assert len(br_bomb(20 * 1024 * 1024)) < 64 * 1024
    assert len(gzip.decompress(gzip_bomb(1024 * 1024))) == 1024 * 1024


async def test_a_folder_is_served_as_it_is_at_each_moment(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<rss>1</rss>")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.standins.feed_server", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        address = (await asyncio.wait_for(process.stdout.readline(), 10)).decode().strip()
        status, body, headers = await _get(address + "a.xml")
        assert (status, body) == (200, b"<rss>1</rss>")
        assert (await _get(address + "a.xml", **{"If-None-Match": headers["ETag"]}))[0] == 304
        (tmp_path / "a.xml").write_bytes(b"<rss>2</rss>")
        assert (await _get(address + "a.xml", **{"If-None-Match": headers["ETag"]}))[1] == b"<rss>2</rss>"
        assert (await _get(address + "../pyproject.toml"))[0] == 404
    finally:
        process.terminate()
        await process.wait()
