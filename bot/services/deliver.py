"""Sending: one claim, one request, one record. State moves only after the world confirmed.

A delivery that is SENDING may have been carried out. While Discord still knows its nonce the same request is sent again; later the channel's
own recent messages are searched for the delivery's mark before anything is sent (product.md, promise 1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.model.content import Content
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.errors import SinkBlocked, SinkMessageGone, SinkRejected, SinkRetry, StoreError
from bot.model.ports import Clock, Receipt, Sink
from bot.model.watches import Destination, DestinationKind
from bot.services.contents import DigestPayload, content_of
from bot.services.limits import apply_limits
from bot.services.notices import tell_blocked
from bot.services.overflow import hold_back
from bot.services.pace import Pace
from bot.store import IllegalMove, Store, Unit

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

RECORD_FIRST_S = 0.5
RECORD_LAST_S = 15.0
"""Wait before a result that could not be recorded is recorded again, doubled each time: Discord is asked nothing meanwhile."""

DEFECT_ATTEMPTS = 8
"""After so many attempts a message on which our own code fails is given up."""

UNDER_WAY_S = 1.0
"""Sleep while something is due that waits for a request under way; its end wakes the sender at once."""


@dataclass(frozen=True, slots=True)
class DeliverOptions:
    """Figures of the delivery settings; times in seconds."""

    parallel: int = 16
    """Requests under way at once, each to another destination."""
    edit_gap_s: float = 60
    old_edit_gap_s: float = 600
    burst: int = 5
    outage_after_s: float = 7200
    place_gap_s: float = 0
    """Seconds that a message costs its place (``bot.services.pace``); 0: no pace of ours, for places without limits."""
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
    ) -> None:
        self._store = store
        self._sink = sink
        self._clock = clock
        self._new_id = new_id
        self._options = options
        self._wake = asyncio.Event()
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked = clock.monotonic()
        self._pace = Pace(clock, place_gap_s=options.place_gap_s)

    def wake(self) -> None:
        """Something may be due: look now."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until ``stop`` is set; then lets what is under way end. Cancelled, it leaves that to be recovered at the next start."""
        recovered = False
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    if not recovered:
                        await self.recover()
                        recovered = True
                    started = await self.step()
                    delay = 0.0 if started else await self._until_next()
                except StoreError as error:
                    log.error("the store refuses; sending waits", problem=str(error))
                    delay = RETRY_FIRST_S
                if delay > 0:
                    await self._sleep(delay, stop)
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            left = list(self._tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def drain(self) -> None:
        """Sends all that is due now and returns when it is done (for one pass and for tests)."""
        await self.recover()
        while True:
            started = await self.step()
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not started:
                resting = self._pace.resting()
                if not resting:
                    return
                await self._clock.sleep(min(resting.values()) + 0.02)

    async def recover(self) -> None:
        """Takes up what was SENDING when the process last ended."""
        async with self._store.write() as unit:
            await unit.deliveries.free_edits()
        await self._take_up(None)

    async def _take_up(self, now: datetime | None) -> None:
        """Starts anew what is SENDING although nobody here works on it; with ``now`` only where the claim has run out."""
        async with self._store.read() as unit:
            left = await unit.deliveries.unfinished(now)
        for delivery, destination in left:
            if destination.id not in self._busy:
                self._start(delivery, destination, self._post(delivery, destination, recovered=True))

    async def step(self) -> int:
        """Claims what is due and starts sending it. Answers how many were started."""
        now = self._clock.now()
        free = self._options.parallel - len(self._tasks)
        if free <= 0:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            return 1
        if self._clock.monotonic() - self._looked >= STALE_LOOK_S:
            # A request that was cancelled in the middle left its delivery SENDING: take it up again.
            self._looked = self._clock.monotonic()
            await self._take_up(now)
        async with self._store.write() as unit:
            await unit.deliveries.release_held(now)
            await hold_back(
                unit,
                now=now,
                new_id=self._new_id,
                keep=self._options.burst,
                older_than=now - timedelta(seconds=self._options.outage_after_s),
            )
            await apply_limits(unit, now, self._new_id)
            away = self._busy | self._pace.resting().keys()
            posts = await unit.deliveries.claim_posts(now, free, away)
            taken = away | {destination.id for _, destination in posts}
            edits = await unit.deliveries.claim_edits(now, max(0, free - len(posts)), taken)
        for delivery, destination in posts:
            self._start(delivery, destination, self._post(delivery, destination))
        for delivery, destination in edits:
            self._start(delivery, destination, self._edit(delivery, destination))
        return len(posts) + len(edits)

    def _start(self, delivery: Delivery, destination: Destination, work: Coroutine[None, None, None]) -> None:
        self._busy.add(destination.id)

        async def guarded() -> None:
            try:
                await work
            except IllegalMove as error:
                log.info("a delivery was settled by somebody else meanwhile", delivery=delivery.id, problem=str(error))
            except StoreError as error:
                # Nothing is lost: what is SENDING is recovered by its nonce or by reading the channel back.
                log.error("a delivery could not be read; it will be recovered", problem=str(error))
            except Exception as error:
                # A defect of ours may neither end the sender nor keep the messages behind this one for ever.
                log.exception("a message could not be made or sent", delivery=delivery.id)
                await self._defect(delivery, error)
            finally:
                self._pace.done(destination.id)
                self._busy.discard(destination.id)
                self._wake.set()

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, delivery: Delivery, destination: Destination, *, recovered: bool = False) -> None:
        async with self._store.read() as unit:
            content = await content_of(unit, delivery, destination)
        if content is None:
            await self._drop(delivery, "nothing left to say", told=True)
            return
        await self._pace.turn()
        repeated = recovered or delivery.attempts > 1
        # What an earlier attempt left standing may show what was to be said then: if that has changed since, an edit follows.
        shown = 1 if repeated else delivery.wanted
        try:
            receipt = await self._find_or_post(delivery, destination, content, repeated=repeated)
        except SinkRetry as error:
            await self._retry(delivery, error)
        except SinkBlocked as error:
            await self._blocked(delivery, error)
        except SinkMessageGone:
            await self._drop(delivery, "deleted on Discord after it was delivered", told=True)
        except SinkRejected as error:
            log.error("Discord refuses a message", delivery=delivery.id, code=error.code, problem=str(error))
            await self._drop(delivery, f"rejected: Discord code {error.code}")
        else:
            await self._sent(delivery, receipt, shown)

    async def _find_or_post(
        self, delivery: Delivery, destination: Destination, content: Content, *, repeated: bool
    ) -> Receipt:
        """Posts, unless an earlier attempt is found to have been carried out. Forum posts know no nonce, so there every repetition looks."""
        now = self._clock.now()
        first = delivery.first_attempt or now
        if repeated and (now - first > NONCE_WINDOW or destination.kind is DestinationKind.FORUM):
            found = await self._sink.find(destination, delivery_id=delivery.id, since=first - timedelta(minutes=1))
            if found is not None:
                return found
        return await self._sink.post(destination, content, delivery_id=delivery.id, nonce=delivery.nonce)

    async def _record(self, write: Callable[[Unit, datetime], Awaitable[None]]) -> None:
        """Writes what became of a request, again and again while the database cannot. Raises IllegalMove when it was settled otherwise.

        What Discord has confirmed is known here and nowhere else: as long as the process lives, it need not be asked again.
        """
        wait = RECORD_FIRST_S
        while True:
            try:
                async with self._store.write() as unit:
                    await write(unit, self._clock.now())
                    return
            except IllegalMove:
                raise
            except StoreError as error:
                log.error("a result cannot be recorded yet", seconds=wait, problem=str(error))
            await self._clock.sleep(wait)
            wait = min(wait * 2, RECORD_LAST_S)

    async def _sent(self, delivery: Delivery, receipt: Receipt, shown: int) -> None:
        """``shown``: the revision of the content that the message is sure to show."""

        async def write(unit: Unit, now: datetime) -> None:
            await unit.deliveries.sent(delivery.id, receipt, shown, now)
            await self._told(unit, delivery)
            # Read anew: its owner may have changed its settings while the request was under way.
            place = await unit.watches.destination(delivery.destination_id)
            if place is not None and place.blocked_notified:
                await unit.watches.save_destination(
                    replace(place, blocked_code=None, blocked_since=None, blocked_notified=False)
                )

        await self._record(write)

    async def _drop(self, delivery: Delivery, reason: str, *, told: bool = False) -> None:
        """Ends a delivery without a message. ``told``: what it would have said needs no telling any more."""

        async def write(unit: Unit, now: datetime) -> None:
            await unit.deliveries.move(delivery.id, DeliveryState.DROPPED, now=now, reason=reason)
            if told:
                await self._told(unit, delivery)

        await self._record(write)

    async def _told(self, unit: Unit, delivery: Delivery) -> None:
        """A digest's last message stands: the next one begins where this one ended."""
        if delivery.kind is not DeliveryKind.DIGEST:
            return
        payload = DigestPayload.from_json(delivery.payload or "{}")
        if payload.schedule_id is not None and payload.part == payload.parts:
            await unit.digests.move_cursor(payload.schedule_id, payload.until)

    async def _edit(self, delivery: Delivery, destination: Destination) -> None:
        if delivery.channel_id is None or delivery.message_id is None:
            return
        async with self._store.read() as unit:
            content = await content_of(unit, delivery, destination)
        receipt = Receipt(delivery.channel_id, delivery.message_id, delivery.thread_id)
        again_s: float | None = None
        over = False
        if content is not None:
            await self._pace.turn()
            try:
                await self._sink.edit(destination, receipt, content, delivery_id=delivery.id)
            except SinkRetry as error:
                again_s = error.after_s or self._options.edit_gap_s
            except SinkBlocked as error:
                if delivery.thread_id is not None and destination.channel_id != delivery.thread_id:
                    # A forum post of its own that was locked or deleted: the forum itself is well.
                    log.info("a forum post cannot be edited any more", delivery=delivery.id, code=error.code)
                    over = True
                else:
                    await self._blocked(delivery, error)
                    again_s = self._options.edit_gap_s
            except SinkMessageGone:
                log.info("a message to edit was deleted", delivery=delivery.id)
                over = True
            except SinkRejected as error:
                log.error("Discord refuses an edit", delivery=delivery.id, code=error.code, problem=str(error))

        async def write(unit: Unit, now: datetime) -> None:
            if over:
                await unit.deliveries.postpone_edit(delivery.id, None)
            elif again_s is not None:
                await unit.deliveries.postpone_edit(delivery.id, now + timedelta(seconds=again_s))
            else:
                old = delivery.sent is not None and now - delivery.sent > timedelta(hours=1)
                gap = self._options.old_edit_gap_s if old else self._options.edit_gap_s
                await unit.deliveries.edited(delivery.id, delivery.wanted, now, next_due=now + timedelta(seconds=gap))

        await self._record(write)

    async def _defect(self, delivery: Delivery, error: Exception) -> None:
        """Our own code failed on this message: again later, for it may be mended by what it shows changing, and not for ever."""

        async def write(unit: Unit, now: datetime) -> None:
            due = now + timedelta(seconds=self._wait_of(delivery))
            if delivery.state is DeliveryState.SENT:
                await unit.deliveries.postpone_edit(delivery.id, due)
            elif delivery.attempts < DEFECT_ATTEMPTS:
                await unit.deliveries.move(delivery.id, DeliveryState.PLANNED, now=now, reason="retry: defect", due=due)
            else:
                reason = f"defect: {type(error).__name__}"
                await unit.deliveries.move(delivery.id, DeliveryState.DROPPED, now=now, reason=reason)

        try:
            await self._record(write)
        except IllegalMove as gone:
            log.info("a delivery was settled by somebody else meanwhile", delivery=delivery.id, problem=str(gone))

    def _wait_of(self, delivery: Delivery) -> float:
        doublings = min(max(delivery.attempts - 1, 0), 10)
        return min(RETRY_FIRST_S * float(2**doublings), RETRY_LAST_S)

    async def _retry(self, delivery: Delivery, error: SinkRetry) -> None:
        wait = error.after_s if error.after_s is not None else self._wait_of(delivery)
        log.info("a delivery waits", delivery=delivery.id, seconds=round(wait, 1), problem=str(error))
        reason = "retry: may have been carried out" if error.maybe_done else "retry"

        async def write(unit: Unit, now: datetime) -> None:
            due = now + timedelta(seconds=wait)
            await unit.deliveries.move(delivery.id, DeliveryState.PLANNED, now=now, reason=reason, due=due)

        await self._record(write)

    async def _blocked(self, delivery: Delivery, error: SinkBlocked) -> None:
        """Stops the destination and tells its owner once (product.md, promise 4)."""

        async def write(unit: Unit, now: datetime) -> None:
            if delivery.state is DeliveryState.SENDING:
                await unit.deliveries.move(
                    delivery.id, DeliveryState.BLOCKED, now=now, reason=f"blocked: Discord code {error.code}"
                )
            place = await unit.watches.destination(delivery.destination_id)
            if place is not None and place.blocked_code is None:
                await unit.watches.save_destination(
                    replace(place, blocked_code=error.code, blocked_since=now, blocked_notified=True)
                )
                if not place.blocked_notified:
                    await tell_blocked(unit, place, error.code, now, self._new_id)

        await self._record(write)
        log.warning(
            "a destination is blocked", destination=delivery.destination_id, code=error.code, problem=str(error)
        )

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
            place = await unit.watches.destination(destination.id)
            if place is not None and place.blocked_code is not None:
                await self._unblock(unit, place, self._clock.now())
        self.wake()

    async def _unblock(self, unit: Unit, destination: Destination, now: datetime) -> None:
        # blocked_notified stays: if it is still blocked, nobody is told a second time.
        await unit.watches.save_destination(replace(destination, blocked_code=None, blocked_since=None))
        await unit.deliveries.release(destination.id, now)

    async def _until_next(self) -> float:
        now = self._clock.now()
        async with self._store.read() as unit:
            due = await unit.deliveries.next_due(now)
        if due is None:
            return self._options.idle_s
        # Something is due and was not begun: it waits for its place, which is at work or has had its share.
        least = min(self._pace.resting().values(), default=UNDER_WAY_S if self._tasks else 0.0) + 0.02
        return min(self._options.idle_s, max(least, (due - now).total_seconds()))

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
