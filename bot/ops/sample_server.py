"""The bundled sample feeds on loopback, fetched by the very fetcher that reads the world."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from bot.ops.listen import listening
from bot.sample import SAMPLE_FEEDS, STEPS, SampleFeed, snapshot
from bot.settings import CatalogueFeed

_HOST = "127.0.0.1"


class Sample:
    """The sample as served. ``feeds`` is its catalogue, ``allow_private`` what the fetcher must be allowed, ``step`` what it shows now."""

    def __init__(self, end: datetime, step: int) -> None:
        self.end = end
        self.step = step
        self.port = 0

    @property
    def feeds(self) -> list[CatalogueFeed]:
        return [
            CatalogueFeed(
                url=f"http://{_HOST}:{self.port}/{feed.name}.xml",
                title=feed.title,
                language=feed.language,
                country=feed.country,
                kind="daily",
                family=f"sample-{feed.name}",
            )
            for feed in SAMPLE_FEEDS
        ]

    @property
    def allow_private(self) -> frozenset[tuple[str, int]]:
        return frozenset({(_HOST, self.port)})

    def application(self) -> web.Application:
        app = web.Application()
        for feed in SAMPLE_FEEDS:
            app.router.add_get(f"/{feed.name}.xml", _Handler(self, feed).answer)
        return app


class _Handler:
    """One feed with its validators, as a well-kept server answers."""

    def __init__(self, sample: Sample, feed: SampleFeed) -> None:
        self._sample = sample
        self._feed = feed

    async def answer(self, request: web.Request) -> web.Response:
        body = snapshot(self._feed, self._sample.step, self._sample.end)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Content-Type": self._feed.content_type}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers=headers)


@asynccontextmanager
async def serve_sample(*, end: datetime | None = None, step: int = STEPS - 1) -> AsyncIterator[Sample]:
    """Serves the sample on a free port of loopback until the block ends. ``end``: the time of its last minute, default now.

    ``step`` (0 to STEPS - 1) is what it shows at first; set :attr:`Sample.step` to go on. Raises ListenError.
    """
    sample = Sample(end or datetime.now(UTC), step)
    async with listening(sample.application(), _HOST, 0, setting="the sample's server") as port:
        sample.port = port
        yield sample
