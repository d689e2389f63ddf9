"""Ports: what the services need from the world, as protocols. Each has a real implementation and none is faked by the house itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model.content import Content
from bot.model.watches import Destination


class Clock(Protocol):
    """Time, passed in. ``now`` is aware UTC; ``monotonic`` seconds never jump."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the world confirmed: where the message stands."""

    channel_id: int
    message_id: int
    thread_id: int | None = None


class Sink(Protocol):
    """Where messages go: Discord or a terminal. Errors are the ``Sink…`` errors of ``bot.model.errors``."""

    async def post(self, destination: Destination, content: Content, *, delivery_id: int, nonce: str) -> Receipt:
        """Posts once. Raises SinkRetry(maybe_done=True) when it cannot know whether it was carried out."""
        ...

    async def edit(self, destination: Destination, receipt: Receipt, content: Content, *, delivery_id: int) -> None: ...

    async def find(self, destination: Destination, *, delivery_id: int, since: datetime) -> Receipt | None:
        """Looks through the destination's recent own messages for this delivery's mark."""
        ...


Wake = Callable[[], Awaitable[None]]
