"""What the tests of fetching share: a feed server, a fetcher that may reach it, and documents in a line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.feeds.fetcher import Fetcher
from bot.feeds.options import FetchSettings
from bot.model.feeds import Feed, Validators
from tests.standins.feed_server import FeedServer

NOW = datetime(2026, 3, 10, 12, 34, tzinfo=UTC)

MakeFetcher = Callable[..., AbstractAsyncContextManager[Fetcher]]


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


@pytest.fixture
def fetching(server: FeedServer) -> MakeFetcher:
    """Makes a fetcher that may reach the local server; keywords are settings."""

    @asynccontextmanager
    async def make(**settings: object) -> AsyncIterator[Fetcher]:
        own = FetchSettings(allow_private=frozenset({server.pair}), host_gap_s=0.0, requests_per_host=4, parsers=1)
        async with Fetcher(replace(own, **settings), SystemClock()) as fetcher:  # type: ignore[arg-type]
            yield fetcher

    return make


@pytest_asyncio.fixture
async def fetcher(fetching: MakeFetcher) -> AsyncIterator[Fetcher]:
    async with fetching() as made:
        yield made


def a_feed(url: str = "https://feeds.example.org/a.xml", **fields: object) -> Feed:
    return Feed(id=1, url=url, title="A", **fields)  # type: ignore[arg-type]


def known(etag: str | None = None, last_modified: str | None = None, **fields: str) -> Validators:
    return Validators(etag, last_modified, **fields)


def rss(*items: str, head: str = "") -> bytes:
    """An RSS document of ready items."""
    start = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Fil</title>{head}'
    return (start + "".join(items) + "</channel></rss>").encode()


def item(
    number: int = 1, *, guid: str | None = "", link: str | None = "", title: str | None = None, date: datetime | str | None = NOW, text: str = "Corps"
) -> str:  # fmt: skip
    """An RSS item; an empty guid or link is made from the number, None leaves it out."""
    parts = [f"<title>{title if title is not None else f'Titre {number}'}</title>"]
    if guid is not None:
        parts.append(f'<guid isPermaLink="false">{guid or f"guid-{number}"}</guid>')
    if link is not None:
        parts.append(f"<link>{link or f'https://news.example.org/{number}'}</link>")
    if date is not None:
        parts.append(
            f"<pubDate>{date if isinstance(date, str) else date.strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate>"
        )
    parts.append(f"<description>{text}</description>")
    return f"<item>{''.join(parts)}</item>"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)
