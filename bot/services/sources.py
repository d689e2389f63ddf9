"""Feeds that servers add and remove, and what may be said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.feeds.fetcher import Fetcher
from bot.feeds.opml import write_opml
from bot.feeds.results import Candidate, member_word
from bot.model.errors import FetchError
from bot.model.feeds import Feed, FeedKind, FeedState
from bot.model.ports import Clock
from bot.services.members import Denied
from bot.store import Store

IMPORT_LIMIT = 50
"""Feeds that one OPML file may add."""


@dataclass(frozen=True, slots=True)
class SourceQuotas:
    """Allowances (settings)."""

    feeds_guild: int = 50
    adds_hour: int = 10


@dataclass(frozen=True, slots=True)
class Added:
    """The answer to an added feed: ``known`` when it was there already."""

    feed: Feed
    known: bool


class Sources:
    """The feeds of servers."""

    def __init__(self, store: Store, fetcher: Fetcher, clock: Clock, quotas: SourceQuotas) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._quotas = quotas

    async def add(self, url: str, guild_id: int, *, by: int) -> Added | tuple[Candidate, ...]:
        """Adds a feed for a server; an HTML page answers with the feeds it names, when they are several.

        Raises Denied. Refused, closed and private addresses are not told apart (fetching rule 63).
        """
        now = self._clock.now()
        async with self._store.read() as unit:
            if await unit.feeds.count_for_guild(guild_id) >= self._quotas.feeds_guild:
                raise Denied("denied.feed_quota", n=self._quotas.feeds_guild)
            if await unit.feeds.adds_since(guild_id, now - timedelta(hours=1)) >= self._quotas.adds_hour:
                raise Denied("denied.feed_adds", n=self._quotas.adds_hour)
        try:
            found = await self._fetcher.discover(url.strip())
        except FetchError as error:
            raise Denied(f"denied.feed.{member_word(error.reason)}") from None
        if not found:
            raise Denied("denied.no_feed")
        if len(found) > 1:
            return found
        return await self.attach(found[0].url, found[0].title, guild_id, by=by)

    async def attach(self, url: str, title: str, guild_id: int, *, by: int) -> Added:
        """Subscribes a server to a feed address that was tried."""
        now = self._clock.now()
        async with self._store.write() as unit:
            known = await unit.feeds.by_url(url)
            feed = known or Feed(id=0, url=url, title=title[:200] or url, kind=FeedKind.MEMBER, next_check=now)
            if known is not None and known.state in {FeedState.PAUSED, FeedState.GONE}:
                feed = replace(known, state=FeedState.ACTIVE, next_check=now, errors=0, failing_since=None)
            attached = await unit.feeds.attach(feed, guild_id, by)
            unit.wake("feeds")
        return Added(attached, known is not None)

    async def remove(self, feed_id: int, guild_id: int) -> Feed:
        """Ends a server's subscription to a feed. Raises Denied when it is not the server's."""
        async with self._store.write() as unit:
            feed = next((feed for feed in await unit.feeds.for_guild(guild_id) if feed.id == feed_id), None)
            if feed is None:
                raise Denied("denied.no_such_feed")
            await unit.feeds.detach(feed_id, guild_id)
        return feed

    async def read_file(self, body: bytes) -> tuple[Candidate, ...]:
        """The feeds of an OPML file. Raises Denied when it is none or holds too many."""
        try:
            feeds = await self._fetcher.read_opml(body)
        except FetchError:
            raise Denied("denied.opml_unreadable") from None
        if not feeds:
            raise Denied("denied.opml_empty")
        if len(feeds) > IMPORT_LIMIT:
            raise Denied("denied.opml_many", n=IMPORT_LIMIT)
        return feeds

    async def export(self, guild_id: int | None) -> bytes:
        """The server's feeds (or the operator's whole list) as OPML."""
        async with self._store.read() as unit:
            feeds = await (unit.feeds.for_guild(guild_id) if guild_id is not None else unit.feeds.all())
        return write_opml("Vigie", [Candidate(feed.url, feed.title) for feed in feeds])
