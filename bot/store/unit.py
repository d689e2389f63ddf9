"""A unit: every query object on one connection, inside one transaction."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ports import Clock
from bot.store.articles import ArticleQueries
from bot.store.deliveries import DeliveryQueries
from bot.store.digests import DigestQueries
from bot.store.entries import EntryQueries
from bot.store.feeds import FeedQueries
from bot.store.matches import MatchQueries
from bot.store.members import MemberQueries
from bot.store.search import SearchQueries
from bot.store.stories import StoryQueries
from bot.store.wakes import Channel, pg_channel
from bot.store.watches import WatchQueries


class Unit:
    """What ``Store.read`` and ``Store.write`` give. Not to be kept, nor shared between tasks."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self.connection = connection
        self.clock = clock
        self.woken: set[Channel] = set()
        self.feeds = FeedQueries(connection, clock, self.woken)
        self.entries = EntryQueries(connection, clock, self.woken)
        self.articles = ArticleQueries(connection, clock, self.woken)
        self.stories = StoryQueries(connection, clock, self.woken)
        self.watches = WatchQueries(connection, clock, self.woken)
        self.matches = MatchQueries(connection, clock, self.woken)
        self.deliveries = DeliveryQueries(connection, clock, self.woken)
        self.digests = DigestQueries(connection, clock, self.woken)
        self.members = MemberQueries(connection, clock, self.woken)
        self.search = SearchQueries(connection, clock, self.woken)

    def wake(self, channel: Channel) -> None:
        """Wakes who listens to ``channel``, in every process, once this unit is committed; never if it is not.

        Changed watches and deliveries that were planned, released or want an edit do it of themselves.
        """
        self.woken.add(channel)

    async def send_wakes(self) -> None:
        """PostgreSQL sends notifications at the commit of the transaction that asked for them. Called by the store."""
        for channel in sorted(self.woken):
            await self.connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": pg_channel(channel)})
