"""Courtesy between checks of one run: few requests at once, a gap between starts at one host, and hosts that asked to be left alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.model.ports import Clock

HOSTS_KEPT = 4096
"""Hosts remembered before idle ones are forgotten."""


@dataclass(slots=True)
class _Host:
    turns: asyncio.Semaphore
    users: int = 0
    started: float = float("-inf")
    """Monotonic time of the last start."""


class Slot:
    """The right to one exchange with one host. ``leave_host`` gives the host free, ``leave`` the place among all as well."""

    def __init__(self, pacing: HostPacing, host: _Host) -> None:
        self._pacing = pacing
        self._host: _Host | None = host

    def leave_host(self) -> None:
        if self._host is not None:
            self._pacing._leave_host(self._host)
            self._host = None

    def leave(self) -> None:
        self.leave_host()
        self._pacing._places.release()


class HostPacing:
    """Hands out slots: at most ``per_host`` at once and ``gap_s`` between starts for a host, ``at_once`` in all (rule 25).

    A waiter takes the host's turn first and the common place last, and nobody waits for a host with a place in hand: no deadlock, and
    a slow host does not keep others waiting.
    """

    def __init__(self, clock: Clock, *, at_once: int, per_host: int, gap_s: float) -> None:
        self._clock = clock
        self._per_host = per_host
        self._gap_s = gap_s
        self._places = asyncio.Semaphore(at_once)
        self._hosts: dict[str, _Host] = {}

    async def enter(self, name: str) -> Slot:
        """Waits for a slot at the host ``name``."""
        if name not in self._hosts:
            self._forget_idle()
        host = self._hosts.setdefault(name, _Host(asyncio.Semaphore(self._per_host)))
        host.users += 1
        try:
            await host.turns.acquire()
        except BaseException:
            host.users -= 1
            raise
        try:
            wait = host.started + self._gap_s - self._clock.monotonic()
            if wait > 0:
                await self._clock.sleep(wait)
            await self._places.acquire()
        except BaseException:
            self._leave_host(host)
            raise
        host.started = self._clock.monotonic()
        return Slot(self, host)

    def _leave_host(self, host: _Host) -> None:
        host.users -= 1
        host.turns.release()

    def _forget_idle(self) -> None:
        if len(self._hosts) >= HOSTS_KEPT:
            now = self._clock.monotonic()
            for name in [n for n, h in self._hosts.items() if not h.users and h.started + self._gap_s <= now]:
                del self._hosts[name]


@dataclass(slots=True)
class HostHolds:
    """Remembers 429s: one binds its address only; a second address of the same host binds the host (rule 22). Monotonic seconds."""

    _until: dict[str, dict[str, float]] = field(default_factory=dict)

    def note(self, host: str, url: str, until: float, now: float) -> None:
        """A 429 came for ``url``; it asks to be left alone until the monotonic time ``until``."""
        if len(self._until) >= HOSTS_KEPT:
            self._until = {
                h: kept for h, urls in self._until.items() if (kept := {u: t for u, t in urls.items() if t > now})
            }
        if len(self._until) < HOSTS_KEPT or host in self._until:
            urls = self._until.setdefault(host, {})
            if url in urls or len(urls) < 2:
                urls[url] = until
            else:
                urls[min(urls, key=lambda u: urls[u])] = until

    def held_until(self, host: str, now: float) -> float | None:
        """Until when the whole host is left alone, None when it is not."""
        waits = sorted(t for t in self._until.get(host, {}).values() if t > now)
        return waits[0] if len(waits) > 1 else None
