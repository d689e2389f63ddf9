"""A feed server on loopback for tests: real HTTP, with every misbehaviour a feed's server may show.

    async with FeedServer() as server:
        server.serve("/a.xml", body, etag='"1"')            # answers 304 to its own validators
        server.script("/b.xml", Reply(503), Reply(200, body))  # one reply a request, the last for ever
        ... server.url("/a.xml") ... server.requests("/a.xml")

``python -m tests.standins.feed_server FOLDER`` serves a folder as it is at each moment, and prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from types import TracebackType

import brotli
from aiohttp import web
from multidict import CIMultiDict

FEED_TYPE = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """One answer. Headers given here replace the server's own; an empty value leaves a header out."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    """``gzip`` or ``br``: the body is compressed and labelled."""
    wait_s: float = 0.0
    """Before the first byte."""
    drip_bytes: int | None = None
    """Send the body in pieces of this size…"""
    drip_s: float = 0.0
    """…with this pause between them."""
    cut_at: int | None = None
    """Announce the whole body, send this many bytes, drop the connection."""
    chunked: bool = False
    """Without a Content-Length."""
    raw: bytes | None = None
    """These very bytes in place of a response; then the connection is dropped."""


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    target: str
    """Path and query, byte for byte."""
    headers: tuple[tuple[str, str], ...]
    at: float
    """Monotonic seconds."""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)


@dataclass
class _Page:
    replies: list[tuple[Reply, bytes]]
    """Each with its body as it goes over the wire: compressed beforehand, so that serving does not stall the loop."""
    etag: str | None = None
    last_modified: str | None = None
    served: int = 0


class FeedServer:
    """The server; an async context manager. Unknown paths answer 404."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, folder: Path | None = None) -> None:
        self.host = host
        self.port = port
        self.log: list[Request] = []
        self.open_now: dict[str, int] = defaultdict(int)
        """Requests under way, by Host header."""
        self.most_open: dict[str, int] = defaultdict(int)
        self._pages: dict[str, _Page] = {}
        self._folder = folder
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> FeedServer:
        server = web.Server(self._answer)
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def pair(self) -> tuple[str, int]:
        """What ``FetchSettings.allow_private`` must hold for feeds of this server."""
        return self.host, self.port

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def serve(
        self,
        path: str,
        body: bytes,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        content_type: str = FEED_TYPE,
        **reply: object,
    ) -> None:
        """Serves ``body``; with validators, a request that repeats one of them gets a 304. Further fields as in Reply."""
        headers = {"Content-Type": content_type, **dict(reply.pop("headers", {}))}  # type: ignore[call-overload]
        self._pages[path] = _Page(_ready(Reply(200, body, headers, **reply)), etag, last_modified)  # type: ignore[arg-type]

    def script(self, path: str, *replies: Reply) -> None:
        """Serves the replies in turn, the last one for ever."""
        self._pages[path] = _Page(_ready(*replies))

    def requests(self, path: str | None = None) -> Sequence[Request]:
        """The requests so far, of one path (without its query) or of all."""
        return [r for r in self.log if path is None or r.target.partition("?")[0] == path]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.raw_headers)
        self.log.append(Request(request.method, request.raw_path, headers, time.monotonic()))
        self.open_now[request.host] += 1
        self.most_open[request.host] = max(self.most_open[request.host], self.open_now[request.host])
        try:
            return await self._reply(request)
        finally:
            self.open_now[request.host] -= 1

    async def _reply(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        page = self._pages.get(path) or self._from_folder(path)
        if page is None:
            return web.Response(status=404, text="no such page")
        reply, body = page.replies[min(page.served, len(page.replies) - 1)]
        page.served += 1
        validators = {k: v for k, v in (("ETag", page.etag), ("Last-Modified", page.last_modified)) if v is not None}
        asked = (request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since"))
        if (
            validators
            and reply.status == 200
            and (
                asked[0] == page.etag
                if asked[0] is not None
                else asked[1] is not None and asked[1] == page.last_modified
            )
        ):
            return web.Response(status=304, headers=validators)
        return await self._send(request, reply, body, validators)

    def _from_folder(self, path: str) -> _Page | None:
        if self._folder is None:
            return None
        file = (self._folder / path.lstrip("/")).resolve()
        if not file.is_relative_to(self._folder.resolve()) or not file.is_file():
            return None
        body = file.read_bytes()
        kind = "application/feed+json" if file.suffix == ".json" else FEED_TYPE
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        return _Page(
            _ready(Reply(200, body, {"Content-Type": kind})), etag, formatdate(file.stat().st_mtime, usegmt=True)
        )

    async def _send(
        self, request: web.BaseRequest, reply: Reply, body: bytes, validators: Mapping[str, str]
    ) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        await asyncio.sleep(reply.wait_s)
        if reply.raw is not None:
            transport.write(reply.raw)
            transport.close()
            return web.Response()
        headers = CIMultiDict(validators)
        if reply.encoding:
            headers["Content-Encoding"] = reply.encoding
        headers.update({name: value for name, value in reply.headers.items() if value})
        response = web.StreamResponse(status=reply.status, headers=headers)
        if not reply.chunked and reply.status not in (204, 304):
            response.content_length = len(body)
        for name, value in reply.headers.items():
            if not value:
                response.headers.pop(name, None)
        await response.prepare(request)
        whole = body if reply.cut_at is None else body[: reply.cut_at]
        step = reply.drip_bytes or len(whole) or 1
        for start in range(0, len(whole), step):
            await response.write(whole[start : start + step])
            if reply.drip_s:
                await asyncio.sleep(reply.drip_s)
        if reply.cut_at is not None:
            await asyncio.sleep(0.05)
            transport.close()
            return response
        await response.write_eof()
        return response


def _ready(*replies: Reply) -> list[tuple[Reply, bytes]]:
    return [(reply, compress(reply.body, reply.encoding)) for reply in replies]


def compress(body: bytes, encoding: str | None) -> bytes:
    """The body under a Content-Encoding; what is already compressed is to be passed with a header of its own."""
    if encoding == "gzip":
        return gzip.compress(body, 6, mtime=0)
    if encoding == "br":
        return bytes(brotli.compress(body, quality=5))
    return body


def gzip_bomb(size_bytes: int) -> bytes:
    """A gzip stream that decodes to ``size_bytes`` of blanks, made without holding them."""
    stream = zlib.compressobj(9, wbits=31)
    block = b" " * 1024 * 1024
    parts = [stream.compress(block) for _ in range(size_bytes // len(block))]
    return b"".join([*parts, stream.flush()])


def br_bomb(size_bytes: int) -> bytes:
    """The same for br."""
    stream = brotli.Compressor(quality=5)
    block = b" " * 1024 * 1024
    parts = [bytes(stream.process(block)) for _ in range(size_bytes // len(block))]
    return b"".join([*parts, bytes(stream.finish())])


async def _serve_folder(folder: Path, host: str, port: int) -> None:
    async with FeedServer(host, port, folder) as server:
        sys.stdout.write(server.url("/") + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves a folder until interrupted."""
    parser = argparse.ArgumentParser(description="Serve a folder of feeds on loopback.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve_folder(options.folder, options.host, options.port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
