"""Sending: one claim, one request, one record. State moves only after the world confirmed.

A delivery that is SENDING may have been carried out. While Discord still knows its nonce the same request is sent again; later the channel's
own recent messages are searched for the delivery's mark before anything is sent (product.md, promise 1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.model.content import Content
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.errors import SinkBlocked, SinkMessageGone, SinkRejected, SinkRetry, StoreError
from bot.model.ports import Clock, Receipt, Sink
from bot.model.watches import Destination, DestinationKind
from bot.services.contents import DigestPayload, content_of
from bot.services.notices import tell_blocked
from bot.services.overflow import hold_back
from bot.store import Store, Unit

log = structlog.get_logger(__name__)

NONCE_WINDOW = timedelta(seconds=120)
"""How long the same nonce is trusted: Discord checks «the past few minutes» (documentation, Create Message); two are safe."""

PROBE_AFTER = timedelta(hours=1)
"""A blocked destination is tried again this long after it was last refused."""

STALE_LOOK_S = 60.0
"""How often deliveries are looked for whose result could not be recorded."""

RETRY_FIRST_S = 5.0
RETRY_LAST_S = 900.0
"""Wait after the first and, doubled each time, at most after later failures of one delivery."""


@dataclass(frozen=True, slots=True)
class DeliverOptions:
    """Figures of the delivery settings; times in seconds."""

    parallel: int = 16
    """Requests under way at once, each to another destination."""
    edit_gap_s: float = 60
    old_edit_gap_s: float = 600
    burst: int = 5
    outage_after_s: float = 7200
    idle_s: float = 30
    """Longest sleep without a wake."""


class Deliver:
    """The sender."""

    def __init__(
        self,
        store: Store,
        sink: Sink,
        clock: Clock,
        new_id: Callable[[], int],
        options: DeliverOptions,
        *,
        failpoint: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """``failpoint`` is awaited with a step's name between claim, send and record; tests use it to kill the process there."""
        self._store = store
        self._sink = sink
        self._clock = clock
        self._new_id = new_id
        self._options = options
        self._failpoint = failpoint
        self._wake = asyncio.Event()
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked = clock.monotonic()

    def wake(self) -> None:
        """Something may be due: look now."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until ``stop`` is set; then lets what is under way end."""
        await self.recover()
        while not stop.is_set():
            self._wake.clear()
            try:
                started = await self.step()
                delay = 0.0 if started else await self._until_next()
            except StoreError as error:
                log.error("the store refuses; sending waits", problem=str(error))
                delay = RETRY_FIRST_S
            if delay > 0:
                await self._sleep(delay, stop)
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self) -> None:
        """Sends all that is due now and returns when it is done (for one pass and for tests)."""
        await self.recover()
        while await self.step() or self._tasks:
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def recover(self) -> None:
        """Takes up what was SENDING when the process last ended."""
        now = self._clock.now()
        async with self._store.read() as unit:
            left = await unit.deliveries.unfinished()
        for delivery, destination in left:
            if destination.id not in self._busy:
                self._start(destination.id, self._post(delivery, destination, now, recovered=True))

    async def step(self) -> int:
        """Claims what is due and starts sending it. Answers how many were started."""
        now = self._clock.now()
        free = self._options.parallel - len(self._tasks)
        if free <= 0:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            return 1
        if self._clock.monotonic() - self._looked >= STALE_LOOK_S:
            # A result that could not be recorded (full disk, locked database) left its delivery SENDING: take it up again.
            self._looked = self._clock.monotonic()
            async with self._store.read() as unit:
                stale = await unit.deliveries.unfinished(now)
            for delivery, destination in stale:
                if destination.id not in self._busy:
                    self._start(destination.id, self._post(delivery, destination, now, recovered=True))
        async with self._store.write() as unit:
            await unit.deliveries.release_held(now)
            await hold_back(
                unit,
                now=now,
                new_id=self._new_id,
                keep=self._options.burst,
                older_than=now - timedelta(seconds=self._options.outage_after_s),
            )
            posts = await unit.deliveries.claim_posts(now, free, self._busy)
            taken = self._busy | {destination.id for _, destination in posts}
            edits = await unit.deliveries.claim_edits(now, max(0, free - len(posts)), taken)
        for delivery, destination in posts:
            self._start(destination.id, self._post(delivery, destination, now))
        for delivery, destination in edits:
            self._start(destination.id, self._edit(delivery, destination))
        return len(posts) + len(edits)

    def _start(self, destination_id: int, work: Awaitable[None]) -> None:
        self._busy.add(destination_id)

        async def guarded() -> None:
            try:
                await work
            except StoreError as error:
                # Nothing is lost: the delivery stays SENDING and is recovered by nonce or by reading the channel back.
                log.error("a result could not be recorded; it will be recovered", problem=str(error))
            finally:
                self._busy.discard(destination_id)
                self._wake.set()

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(
        self, delivery: Delivery, destination: Destination, now: datetime, *, recovered: bool = False
    ) -> None:
        async with self._store.read() as unit:
            content = await content_of(unit, delivery, destination)
        if content is None:
            await self._move(delivery, DeliveryState.DROPPED, "nothing left to say")
            return
        await self._reach("before send")
        try:
            receipt = await self._find_or_post(
                delivery, destination, content, now, repeated=recovered or delivery.attempts > 1
            )
        except SinkRetry as error:
            await self._retry(delivery, error)
        except SinkBlocked as error:
            await self._blocked(delivery, destination, error)
        except SinkMessageGone:
            await self._move(delivery, DeliveryState.DROPPED, "deleted on Discord after it was delivered")
        except SinkRejected as error:
            log.error("Discord refuses a message", delivery=delivery.id, code=error.code, problem=str(error))
            await self._move(delivery, DeliveryState.DROPPED, f"rejected: Discord code {error.code}")
        else:
            await self._reach("before record")
            await self._sent(delivery, destination, receipt)

    async def _find_or_post(
        self, delivery: Delivery, destination: Destination, content: Content, now: datetime, *, repeated: bool
    ) -> Receipt:
        """Posts, unless an earlier attempt is found to have been carried out. Forum posts know no nonce, so there every repetition looks."""
        first = delivery.first_attempt or now
        if repeated and (now - first > NONCE_WINDOW or destination.kind is DestinationKind.FORUM):
            found = await self._sink.find(destination, delivery_id=delivery.id, since=first - timedelta(minutes=1))
            if found is not None:
                return found
        return await self._sink.post(destination, content, delivery_id=delivery.id, nonce=delivery.nonce)

    async def _sent(self, delivery: Delivery, destination: Destination, receipt: Receipt) -> None:
        now = self._clock.now()
        async with self._store.write() as unit:
            await unit.deliveries.sent(delivery.id, receipt, delivery.wanted, now)
            if delivery.kind is DeliveryKind.DIGEST:
                payload = DigestPayload.from_json(delivery.payload or "{}")
                if payload.schedule_id is not None and payload.part == payload.parts:
                    await unit.digests.move_cursor(payload.schedule_id, payload.until)
            if destination.blocked_notified:
                await unit.watches.save_destination(
                    replace(destination, blocked_code=None, blocked_since=None, blocked_notified=False)
                )

    async def _edit(self, delivery: Delivery, destination: Destination) -> None:
        if delivery.channel_id is None or delivery.message_id is None:
            return
        async with self._store.read() as unit:
            content = await content_of(unit, delivery, destination)
        receipt = Receipt(delivery.channel_id, delivery.message_id, delivery.thread_id)
        now = self._clock.now()
        retry_at: datetime | None = None
        gone = False
        if content is not None:
            try:
                await self._sink.edit(destination, receipt, content, delivery_id=delivery.id)
            except SinkRetry as error:
                retry_at = now + timedelta(seconds=error.after_s or self._options.edit_gap_s)
            except SinkBlocked as error:
                # The message stays as it is; new posts will find out whether the destination itself is blocked.
                log.info("a message cannot be edited", delivery=delivery.id, code=error.code)
            except SinkMessageGone:
                log.info("a message to edit was deleted", delivery=delivery.id)
                gone = True
            except SinkRejected as error:
                log.error("Discord refuses an edit", delivery=delivery.id, code=error.code, problem=str(error))
        async with self._store.write() as unit:
            if retry_at is not None or gone:
                await unit.deliveries.postpone_edit(delivery.id, retry_at)
            else:
                old = delivery.sent is not None and now - delivery.sent > timedelta(hours=1)
                gap = self._options.old_edit_gap_s if old else self._options.edit_gap_s
                await unit.deliveries.edited(delivery.id, delivery.wanted, now, next_due=now + timedelta(seconds=gap))

    async def _retry(self, delivery: Delivery, error: SinkRetry) -> None:
        wait = (
            error.after_s
            if error.after_s is not None
            else min(RETRY_FIRST_S * 2 ** min(delivery.attempts, 10), RETRY_LAST_S)
        )
        due = self._clock.now() + timedelta(seconds=wait)
        log.info("a delivery waits", delivery=delivery.id, seconds=round(wait, 1), problem=str(error))
        reason = "retry: may have been carried out" if error.maybe_done else "retry"
        await self._move(delivery, DeliveryState.PLANNED, reason, due=due)

    async def _blocked(self, delivery: Delivery, destination: Destination, error: SinkBlocked) -> None:
        """Stops the destination and tells its owner once (product.md, promise 4)."""
        now = self._clock.now()
        async with self._store.write() as unit:
            await unit.deliveries.move(
                delivery.id, DeliveryState.BLOCKED, now=now, reason=f"blocked: Discord code {error.code}"
            )
            if destination.blocked_code is None:
                await unit.watches.save_destination(
                    replace(destination, blocked_code=error.code, blocked_since=now, blocked_notified=True)
                )
                if not destination.blocked_notified:
                    await tell_blocked(unit, destination, error.code, now, self._new_id)
        log.warning("a destination is blocked", destination=destination.id, code=error.code, problem=str(error))

    async def probe(self) -> None:
        """Lets each blocked destination try one message again: at most one refused request an hour for each (invalid-request limit)."""
        now = self._clock.now()
        async with self._store.write() as unit:
            for destination in await unit.watches.destinations(blocked=True):
                if destination.blocked_since is not None and now - destination.blocked_since >= PROBE_AFTER:
                    await self._unblock(unit, destination, now)
        self.wake()

    async def mended(self, destination: Destination) -> None:
        """The world says that a blocked destination may work again (a permission came back): try now."""
        async with self._store.write() as unit:
            await self._unblock(unit, destination, self._clock.now())
        self.wake()

    async def _unblock(self, unit: Unit, destination: Destination, now: datetime) -> None:
        # blocked_notified stays: if it is still blocked, nobody is told a second time.
        await unit.watches.save_destination(replace(destination, blocked_code=None, blocked_since=None))
        await unit.deliveries.release(destination.id, now)

    async def _move(self, delivery: Delivery, to: DeliveryState, reason: str, due: datetime | None = None) -> None:
        async with self._store.write() as unit:
            await unit.deliveries.move(delivery.id, to, now=self._clock.now(), reason=reason, due=due)

    async def _until_next(self) -> float:
        now = self._clock.now()
        async with self._store.read() as unit:
            due = await unit.deliveries.next_due(now)
        if due is None:
            return self._options.idle_s
        return min(self._options.idle_s, max(0.05, (due - now).total_seconds()))

    async def _sleep(self, delay: float, stop: asyncio.Event) -> None:
        waits = [
            asyncio.create_task(self._wake.wait()),
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._pause(delay)),
        ]
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _pause(self, delay: float) -> None:
        await self._clock.sleep(delay)

    async def _reach(self, step: str) -> None:
        if self._failpoint is not None:
            await self._failpoint(step)
