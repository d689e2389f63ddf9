"""A seeded run: the bot is killed again and again while everything around it fails too; at the end each message is there once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos.scene import FIRST, Item, Scene, locked, scene, settle
from tests.standins.discord import EDIT, SEND, OpenApi
from tests.standins.feed_server import Reply

POST = "/channels/{channel_id}/threads"
ROUTES = (("POST", SEND), ("POST", SEND), ("PATCH", EDIT), ("POST", POST))
STOP_WITHIN_S = 10.0


@dataclass
class Outcome:
    """What a run found. ``lost``, ``doubled``, ``stale`` and ``broken`` must be empty."""

    seed: int
    kills: int = 0
    stops: int = 0
    starts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    expected: int = 0
    found: int = 0
    edited: int = 0
    digests: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.stale or self.broken)

    def table(self) -> str:
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        lines = [
            f"seed {self.seed}: {self.kills} kills, {self.stops} stops, {self.starts} starts in {self.seconds:.0f} s",
            f"faults: {faults}",
            f"messages expected {self.expected}, found {self.found}, lost {len(self.lost)}, doubled {len(self.doubled)}",
            f"edits shown {self.edited}, not shown {len(self.stale)}; digests {self.digests}; other trouble {len(self.broken)}",
        ]
        return "\n".join([*lines, *self.lost[:20], *self.doubled[:20], *self.stale[:20], *self.broken[:20]])


class Chaos:
    """One run."""

    def __init__(self, here: Scene, seed: int) -> None:
        self._here = here
        self._rng = random.Random(seed)
        self._out = Outcome(seed)
        self._unconfirmed: list[Item] = []
        self._side: set[asyncio.Task[None]] = set()
        self._scheduled_until = datetime.min.replace(tzinfo=UTC)

    async def run(self, kills: int, progress: Callable[[Outcome], None] | None = None) -> Outcome:
        began = time.monotonic()
        out, bot = self._out, self._here.world.bot
        await self._here.prepare()
        self._scheduled_until = datetime.now(UTC) + timedelta(minutes=5)
        while out.kills < kills:
            self._news()
            if not bot.running:
                await self._start()
            await self._renew_schedule()
            self._trouble()
            await self._end()
            out.seconds = time.monotonic() - began
            if progress is not None:
                progress(out)
        await self._calm()
        out.starts, out.seconds = bot.starts, time.monotonic() - began
        return out

    def _news(self) -> None:
        self._unconfirmed += self._here.publish(self._rng.choice((1, 1, 2)))
        # A second outlet that came first would be a story of its own making: it follows what was told somewhere.
        told = [item for item in self._unconfirmed if self._here.spread(item)]
        if told and self._rng.random() < 0.5:
            item = self._rng.choice(told)
            self._unconfirmed.remove(item)
            self._here.confirm(item)

    async def _start(self) -> None:
        world = self._here.world
        await world.discord.wait_for(lambda: not world.discord.gateway.live)
        await world.bot.start()
        if self._rng.random() < 0.1:
            self._count("killed while starting")
            await asyncio.sleep(self._rng.uniform(0.5, 4.0))
            return
        await world.discord.ready(timeout=120)

    async def _renew_schedule(self) -> None:
        """The digest's times are moved on by command, in a calm moment, long before the last of them is over."""
        world = self._here.world
        live = bool(world.discord.gateway.live) and world.bot.running
        if live and self._scheduled_until - datetime.now(UTC) < timedelta(minutes=2):
            world.discord.heal()
            self._scheduled_until = await self._here.schedule()

    def _count(self, name: str) -> None:
        self._out.faults[name] += 1

    def _trouble(self) -> None:
        """Orders up to two faults."""
        rng, discord = self._rng, self._here.world.discord
        method, route = rng.choice(ROUTES)
        menu: dict[str, Callable[[], object]] = {
            "answer lost": lambda: discord.drop(method, route, when="after"),
            "request lost": lambda: discord.drop(method, route, when="before"),
            "500 though carried out": lambda: discord.fail(method, route, 500, carried_out=True),
            "502": lambda: discord.fail(method, route, 502, times=2),
            "503 though carried out": lambda: discord.fail(method, route, 503, carried_out=True),
            "429": lambda: discord.rate_limit(method, route, 0.5),
            "slow answer": lambda: discord.delay(method, route, 0.7),
            "gateway dropped": discord.gateway.drop,
            "database locked": lambda: self._beside(self._lock(rng.uniform(0.5, 3.0))),
            "outage": lambda: self._beside(self._outage(rng.uniform(0.5, 2.0))),
            "feed fails": self._feed_fails,
        }
        for _ in range(rng.choice((0, 1, 1, 2))):
            name = rng.choice(sorted(menu))
            self._count(name)
            menu[name]()

    def _beside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    async def _lock(self, seconds: float) -> None:
        def hold() -> None:
            with locked(self._here.world.folder / "vigie.db"):
                time.sleep(seconds)

        await asyncio.to_thread(hold)

    async def _outage(self, seconds: float) -> None:
        self._here.world.discord.down()
        await asyncio.sleep(seconds)
        self._here.world.discord.up()

    def _feed_fails(self) -> None:
        """One answer is an error, the next a torn one; then the feed is well again."""
        feeds = self._here.world.feeds
        page = feeds._pages[FIRST].replies[-1][0]
        feeds.script(FIRST, Reply(503, b"down"), Reply(200, page.body, page.headers, cut_at=200), page)

    async def _end(self) -> None:
        """Kills the bot at an instant of its own, or asks it to stop."""
        rng, world = self._rng, self._here.world
        if rng.random() < 0.08:
            began = time.monotonic()
            code = await world.bot.stop(timeout=60)
            if code != 0:
                self._out.broken.append(f"a stop ended with {code}: {world.bot.text()[-600:]}")
            self._count(f"stopped in {'time' if time.monotonic() - began <= STOP_WITHIN_S else 'too long a time'}")
            self._out.stops += 1
            return
        how = rng.choice(("any time", "before", "after", "answered"))
        if how == "any time":
            await asyncio.sleep(rng.uniform(0.0, 2.5))
        elif how == "answered":
            seen = len(world.discord.requests)

            def answered() -> bool:
                return any(r.status == 200 and "/messages" in r.path for r in world.discord.requests[seen:])

            with contextlib.suppress(TimeoutError):
                await world.discord.wait_for(answered, timeout=2.5)
        else:
            method, route = rng.choice(ROUTES)
            gate = world.discord.hold(method, route, when=how)
            with contextlib.suppress(TimeoutError):
                await gate.reached(timeout=2.5)
                self._count(f"killed {how} the request was carried out")
            await world.bot.stop(signal.SIGKILL)
            gate.release()
        if world.bot.running:
            await world.bot.stop(signal.SIGKILL)
        self._out.kills += 1

    async def _calm(self) -> None:
        """All is well again: what is owed is sent, the next digest comes, and everything is counted."""
        here, out = self._here, self._out
        world, discord = here.world, here.world.discord
        if self._side:
            await asyncio.wait(self._side)
        discord.heal()
        if not world.bot.running:
            await discord.wait_for(lambda: not discord.gateway.live)
            await world.bot.start()
        await discord.ready(timeout=120)
        await settle(here, 90)
        await here.schedule()
        with contextlib.suppress(TimeoutError):
            await discord.wait_for(lambda: all(here.told(item) for item in here.items), timeout=100)
        await world.quiet(2.0)
        out.expected = len(here.items) * len(here.alerted)
        out.found = sum(here.count(place, item) for place in here.alerted.values() for item in here.items)
        out.lost, out.doubled, out.stale = here.missing(), here.doubled(), here.stale()
        out.edited = len(here.confirmed) * len(here.alerted) - len(out.stale)
        digests = here.posts(here.digested)
        out.digests = len(digests)
        out.lost += [f"digest: item {item.number}" for item in here.items if not here.told(item)]
        out.doubled += [
            f"digest: item {item.number} {here.told(item)} times"
            for item in here.items
            if here.told(item) > 1 and item.number not in here.confirmed
        ]
        heads = Counter("\n".join(post.text.splitlines()[:2]) for post in digests)
        out.doubled += [f"digest {head!r} {count} times" for head, count in heads.items() if count > 1]
        out.broken += [f"violation: {violation}" for violation in discord.violations]
        out.broken += [f"ping: {ping}" for ping in discord.pings]
        out.broken += [f"stand-in: {error!r}" for error in (*discord.state.errors, *discord.state.unhandled)]
        began = time.monotonic()
        if await world.bot.stop(timeout=60) != 0:
            out.broken.append(f"the last stop failed: {world.bot.text()[-600:]}")
        out.faults[f"last stop {time.monotonic() - began:.1f} s"] += 1


async def chaos(
    folder: Path,
    openapi: Path | OpenApi | None,
    kills: int,
    seed: int,
    progress: Callable[[Outcome], None] | None = None,
) -> Outcome:
    """A whole run in an empty folder."""
    async with scene(folder, openapi) as here:
        return await Chaos(here, seed).run(kills, progress)
