"""Wakes: "there is something new". They only save waiting; what is due stands in the store, so a lost one costs a poll."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from types import TracebackType
from typing import Literal, get_args

import psycopg
from sqlalchemy import URL

from bot.model.ports import Clock

Channel = Literal["deliveries", "watches", "feeds"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

RECONNECT_S = (0.5, 2.0, 10.0)
"""Waits between attempts to listen again after the server went away; the last one repeats."""

_PREFIX = "vigie_"


def pg_channel(channel: Channel) -> str:
    """The name of ``channel`` on a PostgreSQL server."""
    return _PREFIX + channel


class Listener:
    """Collects the wakes of some channels from its creation on. Several wakes of one channel between two waits are one."""

    def __init__(self, hub: Hub, channels: Iterable[Channel]) -> None:
        self._hub = hub
        self._channels = frozenset(channels)
        self._woken: set[Channel] = set()
        self._event = asyncio.Event()

    async def wait(self, timeout_s: float | None = None) -> frozenset[Channel]:
        """The channels woken since the last wait: at once if there are any, else after ``timeout_s`` seconds at most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), timeout_s)
        woken = frozenset(self._woken)
        self._woken.clear()
        self._event.clear()
        return woken

    def wake(self, channel: Channel) -> None:
        if channel in self._channels:
            self._woken.add(channel)
            self._event.set()

    async def close(self) -> None:
        self._hub.leave(self)

    async def __aenter__(self) -> Listener:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class Hub:
    """Passes wakes on to the listeners of this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    async def listen(self, channels: Iterable[Channel]) -> Listener:
        listener = Listener(self, channels)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def wake(self, channels: Iterable[Channel]) -> None:
        for channel in channels:
            for listener in self._listeners:
                listener.wake(channel)

    async def close(self) -> None:
        self._listeners.clear()


class PostgresHub(Hub):
    """Hears other processes too, on a connection of its own. After a lost connection everything is woken once."""

    def __init__(self, url: URL, clock: Clock) -> None:
        super().__init__()
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def listen(self, channels: Iterable[Channel]) -> Listener:
        listener = await super().listen(channels)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="store-listen")
        # What is notified after this returns is heard; when the server is away, the first connection wakes everything.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), 10.0)
        return listener

    async def _run(self) -> None:
        failures = 0
        first = True
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True, application_name="vigie-listen", connect_timeout=10
                )
                async with connection:
                    for channel in CHANNELS:
                        await connection.execute(f"LISTEN {pg_channel(channel)}")
                    if not first or failures:
                        self.wake(CHANNELS)
                    first, failures = False, 0
                    self._ready.set()
                    async for notice in connection.notifies():
                        name = notice.channel.removeprefix(_PREFIX)
                        self.wake(channel for channel in CHANNELS if channel == name)
            except (psycopg.Error, OSError):
                failures += 1
            await self._clock.sleep(RECONNECT_S[min(failures, len(RECONNECT_S)) - 1] if failures else RECONNECT_S[0])

    async def close(self) -> None:
        await super().close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
