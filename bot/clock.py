"""The real clock, behind the port ``bot.model.ports.Clock``."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bot.model.ports import Clock


class SystemClock:
    """Wall time in UTC, monotonic seconds, and sleep of the event loop."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class SteadyTime:
    """A time that only elapses: the wall time of its making, moved on by the monotonic clock.

    Polling is paced by it, so a wall clock that jumps neither releases nor freezes all feeds (fetching rule 28).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._start = clock.monotonic()

    def now(self) -> datetime:
        """Aware UTC."""
        return self._wall + timedelta(seconds=self._clock.monotonic() - self._start)
