"""The in-memory views of the store: the index of watches and the window of stories.

They load at start, follow changes, and can be rebuilt at any time with the same result. The store is the truth.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.grouping.priors import Priors
from bot.grouping.window import StoryWindow, WindowOptions
from bot.matching.index import MatchIndex
from bot.matching.phrase import PhraseError, PhraseParser
from bot.model.watches import Watch
from bot.store import Store

log = structlog.get_logger(__name__)

SLICE = 20
"""Watches or articles that are taken in before the event loop gets a turn (about 20 ms)."""


class Live:
    """The index and the window, kept in step with the store."""

    def __init__(self, store: Store, parser: PhraseParser, *, window: timedelta, priors: Priors | None = None) -> None:
        self._store = store
        self._parser = parser
        self._span = window
        self.index = MatchIndex(parser.lexicon, parser=parser)
        self._priors = priors
        self.window = self._new_window()
        self._version = 0
        self._watches: set[int] = set()

    async def load(self, now: datetime) -> None:
        """Builds both views from the store."""
        await asyncio.to_thread(self._parser.speller.warm)
        await self.follow_watches()
        await self.rebuild_window(now)

    async def follow_watches(self) -> None:
        """Takes in what changed among the watches since the last call, by this or another process."""
        async with self._store.read() as unit:
            version, changed, removed = await unit.watches.changed_since(self._version)
        for watch_id in removed:
            self._drop(watch_id)
        for number, watch in enumerate(changed, start=1):
            self._drop(watch.id)
            self._take(watch)
            if number % SLICE == 0:
                await asyncio.sleep(0)
        self._version = version

    async def rebuild_window(self, now: datetime) -> None:
        """Throws the window away and builds it again from the store."""
        async with self._store.read() as unit:
            rows = await unit.stories.window(now - self._span)
        window = self._new_window()
        for start in range(0, len(rows), SLICE):
            window.load(rows[start : start + SLICE])
            await asyncio.sleep(0)
        self.window = window

    def _new_window(self) -> StoryWindow:
        return StoryWindow(WindowOptions(span=self._span), self._priors)

    def _take(self, watch: Watch) -> None:
        if watch.paused:
            return
        try:
            self.index.add(
                watch.id,
                watch.phrase,
                lang=watch.lang,
                strictness=watch.strictness,
                exclude=watch.exclude,
                languages=watch.languages,
            )
        except PhraseError as error:
            # A phrase that an older lexicon accepted: the watch stays stored and visible, it only cannot fire.
            log.warning("watch cannot be understood", watch=watch.id, problem=str(error))
            return
        self._watches.add(watch.id)

    def _drop(self, watch_id: int) -> None:
        if watch_id in self._watches:
            self.index.remove(watch_id)
            self._watches.discard(watch_id)
