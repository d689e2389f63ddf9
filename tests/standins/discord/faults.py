"""Faults that a test orders: statuses, dropped connections, delays, and gates that hold a request at an exact point."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

from tests.standins.discord.errors import Json


@dataclass(eq=False)
class Fault:
    """Strikes matching requests. ``times`` None: until removed. Exactly one of status, drop, gate or delay is usual; they combine.

    ``drop`` "before": the connection dies and nothing is carried out; "after": it is carried out and the answer is lost.
    """

    method: str
    pattern: re.Pattern[str]
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    body: Json | str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    carried_out: bool = False
    """With ``status``: the request is carried out all the same, only its answer is replaced."""
    drop: str | None = None
    delay: float = 0.0
    gate: Gate | None = None
    contains: str | None = None
    hits: int = 0

    def strikes(self, method: str, path: str, body: Any) -> bool:
        """Whether this request is struck; counts it."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method not in ("*", method) or not self.pattern.fullmatch(path):
            return False
        if self.contains is not None and self.contains not in str(body):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class Gate:
    """Holds requests: ``await gate.reached()``, do something cruel, then ``gate.release()``.

    A request held "before" is carried out on release even if its client has died meanwhile, as one that had already arrived.
    """

    def __init__(self, when: str) -> None:
        self.when = when
        self._reached = asyncio.Event()
        self._open = asyncio.Event()

    async def reached(self, timeout: float = 10.0) -> None:
        """Waits until a request stands at the gate. Raises TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            await self._reached.wait()

    def release(self) -> None:
        self._open.set()

    async def hold(self) -> None:
        self._reached.set()
        await self._open.wait()


def route_pattern(route: str | re.Pattern[str]) -> re.Pattern[str]:
    """A template (``/channels/{channel_id}/messages``), a concrete path, ``*`` for any, or a compiled pattern."""
    if isinstance(route, re.Pattern):
        return route
    if route == "*":
        return re.compile(r".*")
    return re.compile(re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(route)))
