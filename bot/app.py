"""The composition root: builds everything from settings, runs a role, shuts down in order."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import SystemClock
from bot.feeds.fetcher import Fetcher
from bot.grouping.priors import load_priors
from bot.language.lexicon import Lexicon, load_lexicon
from bot.language.reading import Reader
from bot.matching.phrase import PhraseParser
from bot.model.errors import StoreError, VigieError
from bot.model.ids import WORKER_BITS, IdMaker
from bot.model.ports import Clock, Sink
from bot.planning.alerts import Pace
from bot.services.deliver import Deliver, DeliverOptions
from bot.services.digests import Digests
from bot.services.ingest import Ingest, IngestOptions
from bot.services.live import Live
from bot.services.lookup import Lookup
from bot.services.members import Members, Quotas
from bot.services.sources import SourceQuotas, Sources
from bot.settings import CatalogueFeed, Settings, load_catalogue
from bot.store import Store

log = structlog.get_logger(__name__)

LEASE_NAME = "vigie"
LEASE_S = 30.0
"""A process that has not renewed its lease for this long is taken for dead."""

STOP_S = 5.0
"""How long a stop may take to finish or record what is under way: with closing the rest, the process is gone within ten seconds."""

STOP_HARD_S = 9.5
"""When a stop that was asked for by a signal has not ended the process by then, it is ended as a crash would: what is under way is recovered."""


class Role(StrEnum):
    """What a process does (product.md, section 8)."""

    ALL = "all"
    WORKER = "worker"
    GATEWAY = "gateway"

    @property
    def ingests(self) -> bool:
        return self is not Role.GATEWAY

    @property
    def delivers(self) -> bool:
        return self is not Role.WORKER


class AlreadyRunning(VigieError):
    """Another process works on this database in the same role."""


@dataclass(slots=True)
class Services:
    """Everything that a role or a command may need, built once."""

    settings: Settings
    store: Store
    lexicon: Lexicon
    reader: Reader
    clock: Clock
    new_id: Callable[[], int]
    live: Live
    fetcher: Fetcher
    digests: Digests
    lookup: Lookup
    members: Members
    sources: Sources
    wake: Wakes


class Wakes:
    """Who is to be woken when deliveries were planned; filled in when the sender exists."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def add(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def __call__(self) -> None:
        for listener in self._listeners:
            listener()


@asynccontextmanager
async def open_services(
    settings: Settings,
    config: Path,
    *,
    clock: Clock | None = None,
    catalogue: list[CatalogueFeed] | None = None,
    lexicon: Lexicon | None = None,
) -> AsyncIterator[Services]:
    """Opens the store, the lexicon, the fetcher and the services over them; closes them in order.

    ``catalogue``: the operator's feeds, written into the store; None leaves the store's list as it is. ``lexicon``: one that is loaded
    already. Raises VigieError.
    """
    clock = clock or SystemClock()
    new_id = IdMaker(clock.now, worker=random.SystemRandom().getrandbits(WORKER_BITS))
    if lexicon is None:
        lexicon = await asyncio.to_thread(load_lexicon, config / "lexicon", cache_dir=cache_dir(settings))
    reader = Reader(lexicon)
    parser = PhraseParser(lexicon, reader)
    store = await Store.open(settings.database_url, clock=clock)
    try:
        if catalogue is not None:
            async with store.write() as unit:
                await unit.feeds.sync_catalogue(catalogue)
        async with Fetcher(settings.fetch, clock) as fetcher:
            wake = Wakes()
            priors = load_priors(lexicon, config / "lexicon" / "priors.tsv")
            live = Live(store, parser, window=timedelta(hours=settings.stories.window_hours), priors=priors)
            digests = Digests(store, clock, new_id, wake=wake, late=timedelta(hours=settings.digest.late_hours))
            quotas = Quotas(settings.quotas.watches_member, settings.quotas.watches_guild)
            yield Services(
                settings=settings,
                store=store,
                lexicon=lexicon,
                reader=reader,
                clock=clock,
                new_id=new_id,
                live=live,
                fetcher=fetcher,
                digests=digests,
                lookup=Lookup(store, parser, reader, digests, clock),
                members=Members(store, live, parser, reader, clock, new_id, quotas),
                sources=Sources(
                    store, fetcher, clock, SourceQuotas(settings.quotas.feeds_guild, settings.quotas.feed_adds_hour)
                ),
                wake=wake,
            )
    finally:
        await store.close()


def cache_dir(settings: Settings) -> Path:
    """Where compiled data is kept: beside the SQLite file, else in the user's cache."""
    if settings.database_url.startswith("sqlite:///"):
        return Path(settings.database_url.removeprefix("sqlite:///")).expanduser().resolve().parent / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "vigie"


def make_ingest(services: Services, rng: random.Random) -> Ingest:
    """The poller over the services."""
    settings = services.settings
    return Ingest(
        services.store,
        services.fetcher,
        services.reader,
        services.live,
        services.clock,
        rng,
        services.new_id,
        IngestOptions(
            concurrency=settings.fetch.requests_at_once,
            burst=settings.delivery.burst,
            window=timedelta(hours=settings.stories.window_hours),
            pace=Pace(
                edit_gap=timedelta(seconds=settings.delivery.edit_gap_s),
                old_edit_gap=timedelta(seconds=settings.delivery.old_edit_gap_s),
                update_gap=timedelta(seconds=settings.delivery.update_gap_s),
            ),
            worker=worker_name(),
        ),
        wake=services.wake,
    )


def make_deliver(services: Services, sink: Sink) -> Deliver:
    """The sender over the services; it is woken when deliveries are planned."""
    settings = services.settings.delivery
    deliver = Deliver(
        services.store,
        sink,
        services.clock,
        services.new_id,
        DeliverOptions(
            edit_gap_s=settings.edit_gap_s,
            old_edit_gap_s=settings.old_edit_gap_s,
            burst=settings.burst,
            outage_after_s=settings.outage_after_s,
            place_gap_s=settings.channel_gap_s,
        ),
    )
    services.wake.add(deliver.wake)
    return deliver


def worker_name() -> str:
    """A name for this process among those that share a database."""
    return f"{socket.gethostname()}:{os.getpid()}"


@asynccontextmanager
async def leased(services: Services, role: Role, lost: Callable[[], None]) -> AsyncIterator[None]:
    """Holds the lease of this database's sender (roles ``all`` and ``gateway`` with one token). Raises AlreadyRunning.

    ``lost`` is called when another process took the lease, which happens only after this one was stopped for longer than LEASE_S.
    """
    if role is Role.WORKER:
        yield
        return
    name, holder = LEASE_NAME, worker_name()
    await _take_lease(services, name, holder)

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            try:
                if not await services.store.lease(name, holder, LEASE_S):
                    log.error("another process took over this database; this one stops")
                    lost()
                    return
            except StoreError as error:
                log.warning("the lease could not be renewed yet", problem=str(error))

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await services.store.release_lease(name, holder)


async def _take_lease(services: Services, name: str, holder: str) -> None:
    """Takes the lease: at once when it is free or its holder is a dead process of this machine; else when it runs out unrenewed.

    Raises AlreadyRunning as soon as the other one is seen to renew it.
    """
    first: datetime | None = None
    while not await services.store.lease(name, holder, LEASE_S):
        found = await services.store.holder(name)
        if found is None:
            continue
        other, until = found
        if _is_dead(other):
            await services.store.release_lease(name, other)
            continue
        if first is None:
            first = until
            log.info("another Vigie holds this database; waiting to see whether it lives", holder=other)
        elif until != first:
            raise AlreadyRunning(
                f"another Vigie ({other}) works on this database already: stop it first, or give this one a database of its own"
            )
        await asyncio.sleep(1)


def _is_dead(holder: str) -> bool:
    """Whether the holder was a process of this machine that does not exist any more."""
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def schedule_upkeep(services: Services, deliver: Deliver | None) -> AsyncIOScheduler:
    """The clockwork. It only wakes: what is due stands in the store, so a missed or doubled run changes nothing."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    def every(seconds: int, work: Callable[[], Awaitable[object]], name: str, *, at_start: bool = False) -> None:
        async def guarded() -> None:
            try:
                await work()
            except VigieError as error:
                log.error("upkeep failed; it is tried again", job=name, problem=str(error))
            except asyncio.CancelledError:
                # The service ends. The scheduler would report a job that was cut short as an error, with a traceback.
                log.debug("upkeep was cut short", job=name)

        # None would mean a paused job to the scheduler.
        when = {"next_run_time": services.clock.now()} if at_start else {}
        scheduler.add_job(guarded, IntervalTrigger(seconds=seconds), id=name, **when)

    async def retention() -> None:
        now = services.clock.now()
        keep = services.settings.retention
        await services.store.retention(
            now - timedelta(days=keep.articles_days), now - timedelta(days=keep.deliveries_days)
        )

    async def expire() -> None:
        services.live.window.expire(services.clock.now())

    every(3600, retention, "retention")
    every(600, expire, "window")
    if deliver is not None:
        every(15, services.digests.tick, "digests", at_start=True)
        every(300, deliver.probe, "probe")
    return scheduler


async def run_service(
    services: Services,
    *,
    role: Role,
    sink: Sink,
    front: Callable[[Deliver, asyncio.Event], Coroutine[None, None, None]] | None = None,
    stop: asyncio.Event | None = None,
    started: Callable[[], None] | None = None,
) -> None:
    """Runs a role until ``stop`` (or SIGTERM/SIGINT), then ends in order: no new work, finish or record what is under way, close.

    ``front``: what serves people beside it (the Discord connection); when it ends by itself, the service stops. Raises what it raised.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked_to_stop() -> None:
        stop.set()
        # Says where every thread stood, and ends the process even when the interpreter waits for one of them.
        faulthandler.dump_traceback_later(STOP_HARD_S, exit=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, asked_to_stop)
    async with leased(services, role, stop.set):
        if role is Role.ALL and services.store.engine == "sqlite":
            # Nobody else can be at work on this file: feeds that a killed process was fetching need not wait for its claims to run out.
            async with services.store.write() as unit:
                await unit.feeds.free_claims()
        await services.live.load(services.clock.now())
        # What is loaded now lives as long as the process: the collector need not walk it again and again (it held the loop for a second).
        gc.collect()
        gc.freeze()
        deliver = make_deliver(services, sink) if role.delivers else None
        scheduler = schedule_upkeep(services, deliver)
        tasks: list[asyncio.Task[None]] = []
        if role.ingests:
            tasks.append(asyncio.create_task(make_ingest(services, random.SystemRandom()).run(stop), name="ingest"))
        tasks.append(asyncio.create_task(_follow(services, stop), name="follow"))
        ready = asyncio.Event()
        if front is not None and deliver is not None:
            tasks.append(asyncio.create_task(front(deliver, ready), name="front"))
        else:
            ready.set()
        if deliver is not None:
            tasks.append(asyncio.create_task(_send_when_ready(deliver, ready, stop), name="deliver"))
        scheduler.start()
        if started is not None:
            started()
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()
            scheduler.shutdown(wait=False)
            if deliver is not None:
                deliver.wake()
            stopping.cancel()
            workers = [task for task in tasks if task.get_name() not in {"front", "follow"}]
            if workers:
                await asyncio.wait(workers, timeout=STOP_S)
            for task in tasks:
                task.cancel()
            # What is cancelled stands in the store as it was: a feed is fetched again, a message is recovered by its nonce.
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result


async def _send_when_ready(deliver: Deliver, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Sending begins when the front can post."""
    waits = [asyncio.create_task(ready.wait()), asyncio.create_task(stop.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    if not stop.is_set():
        await deliver.run(stop)


async def _follow(services: Services, stop: asyncio.Event) -> None:
    """Takes in what other processes changed: watches into the index, planned deliveries as a wake."""
    listener = await services.store.listen("deliveries", "watches")
    try:
        while not stop.is_set():
            woken = await listener.wait(30)
            if "watches" in woken or not woken:
                try:
                    await services.live.follow_watches()
                except StoreError as error:
                    log.error("watches could not be read; they are read again", problem=str(error))
            if "deliveries" in woken:
                services.wake()
    finally:
        await listener.close()


def operator_feeds(config: Path) -> list[CatalogueFeed]:
    """The operator's catalogue. Raises ConfigurationProblems."""
    return load_catalogue(config / "feeds.yaml")
