"""Digests: at a destination's times, what is new for it since its last one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.grouping.face import face_of
from bot.model.content import DigestContent, DigestGroup, DigestItem
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.errors import StoreError
from bot.model.ports import Clock
from bot.model.records import MatchRow
from bot.model.stories import Story
from bot.model.watches import DigestSchedule, Watch
from bot.planning.digest import compose
from bot.planning.nonce import nonce_of
from bot.planning.slots import Slot, next_slot, slots_between
from bot.services.contents import DigestPayload
from bot.services.overflow import SILENT, digest_deliveries
from bot.store import Store, Unit

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=7)
"""A digest never reaches further back than this, however long the last one is ago."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """Digests of a schedule that are planned and not through."""

    begun: list[list[tuple[Delivery, DigestPayload]]]
    """Of these a part was sent or tried: they stand, and the next digest begins where they end."""
    untried: list[tuple[Delivery, DigestPayload]]
    """Parts of digests that nobody has seen anything of: they can be merged into the next."""


class Digests:
    """Plans scheduled digests and composes those asked for."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        new_id: Callable[[], int],
        *,
        wake: Callable[[], None],
        late: timedelta = timedelta(hours=6),
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._wake = wake
        self._late = late
        self._gate = asyncio.Lock()

    async def tick(self) -> int:
        """Plans every digest that is due and not yet planned. Answers how many messages were planned."""
        now = self._clock.now()
        planned = 0
        async with self._gate:
            async with self._store.read() as unit:
                schedules = await unit.digests.schedules()
            for schedule in schedules:
                try:
                    planned += await self._plan(schedule, now)
                except StoreError as error:
                    log.error(
                        "a digest could not be planned; it is tried again", schedule=schedule.id, problem=str(error)
                    )
        if planned:
            self._wake()
        return planned

    async def next_due(self) -> datetime | None:
        """When the next digest of any destination is due."""
        now = self._clock.now()
        async with self._store.read() as unit:
            schedules = await unit.digests.schedules()
        slots = [slot.due for schedule in schedules if (slot := next_slot(schedule, now)) is not None]
        return min(slots, default=None)

    async def compose(
        self, destination_id: int, since: datetime, until: datetime, language: str, watch_id: int | None = None
    ) -> tuple[DigestContent, ...]:
        """What is new for a destination between two times, in ``language``, as one or more messages; () when there is nothing."""
        async with self._store.read() as unit:
            subscribed = [
                watch
                for watch, _ in await unit.watches.of_destination(destination_id)
                if not watch.paused and (watch_id is None or watch.id == watch_id)
            ]
            groups = await gather_groups(unit, subscribed, since, until, language)
        return compose(groups, since, until)

    async def _plan(self, schedule: DigestSchedule, now: datetime) -> int:
        slot = latest_slot(schedule, now)
        if slot is None or now - slot.due > self._late:
            # Missed by too much: its content goes into the next one, since the cursor has not moved.
            return 0
        key = f"{slot.key}"
        async with self._store.write() as unit:
            if await unit.deliveries.by_key(f"digest:{schedule.destination_id}:{key}:1") is not None:
                return 0
            destination = await unit.watches.destination(schedule.destination_id)
            if destination is None or destination.paused:
                return 0
            subscribed = await unit.watches.of_destination(destination.id)
            watches = [watch for watch, subscription in subscribed if subscription.mode.digests and not watch.paused]
            since = max(schedule.cursor or slot.due - timedelta(days=1), now - LOOK_BACK)
            pending = await self._pending(unit, schedule)
            since = max([since, *(payload.until for parts in pending.begun for _, payload in parts)])
            groups = await gather_groups(unit, watches, since, now, destination.language)
            told = await stories_told(unit, destination.id, groups)
            parts = compose(groups, since, now)
            items = [
                (group.watch_id, item.story.id, item.story.id not in told, item.added)
                for part in parts
                for group in part.groups
                for item in group.items
            ]
            key_here = f"digest:{destination.id}:{key}"
            listed = {story_id for _, story_id, _, _ in items}
            for delivery, payload in pending.untried:
                # What could not go out in time goes out with this one; its own record says where to.
                items += [item for item in payload.items if item[1] not in listed]
                listed |= {story_id for _, story_id, _, _ in payload.items}
                reason = f"merged into a later digest: {key_here}"
                await unit.deliveries.move(delivery.id, DeliveryState.DROPPED, now=now, reason=reason)
            for held in await unit.deliveries.held_over_budget(destination_id=destination.id):
                for alert in held:
                    if alert.story_id is not None and alert.watch_ids and alert.story_id not in listed:
                        listed.add(alert.story_id)
                        items.append((alert.watch_ids[0], alert.story_id, True, 0))
                    reason = f"budget, in a digest: {key_here}"
                    await unit.deliveries.move(alert.id, DeliveryState.DROPPED, now=now, reason=reason)
            if not items:
                await unit.deliveries.plan([self._empty(schedule, key, now)])
                await unit.digests.move_cursor(schedule.id, now)
                return 0
            deliveries = digest_deliveries(
                destination_id=destination.id,
                items=items,
                since=since,
                until=now,
                key=key,
                now=now,
                new_id=self._new_id,
                late=now - slot.due > timedelta(minutes=15),
                schedule_id=schedule.id,
            )
            await unit.deliveries.plan(deliveries)
        return len(deliveries)

    async def _pending(self, unit: Unit, schedule: DigestSchedule) -> _Pending:
        """The schedule's digests that are not through yet (a blocked destination, an outage)."""
        waiting = [DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.BLOCKED, DeliveryState.SENDING]
        digests: dict[str, list[tuple[Delivery, DigestPayload]]] = {}
        for delivery in await unit.deliveries.of_destination(schedule.destination_id, states=waiting):
            if delivery.kind is DeliveryKind.DIGEST:
                payload = DigestPayload.from_json(delivery.payload or "{}")
                if payload.schedule_id == schedule.id:
                    digests.setdefault(delivery.key.rpartition(":")[0], []).append((delivery, payload))
        pending = _Pending([], [])
        for parts in digests.values():
            parts.sort(key=lambda part: part[1].part)
            whole = len(parts) == parts[0][1].parts
            if whole and all(delivery.first_attempt is None for delivery, _ in parts):
                pending.untried.extend(parts)
            else:
                pending.begun.append(parts)
        return pending

    def _empty(self, schedule: DigestSchedule, key: str, now: datetime) -> Delivery:
        """The record that a slot had nothing to tell, so that it is not looked at again."""
        delivery_id = self._new_id()
        return Delivery(
            id=delivery_id,
            key=f"digest:{schedule.destination_id}:{key}:1",
            kind=DeliveryKind.DIGEST,
            destination_id=schedule.destination_id,
            story_id=None,
            nonce=nonce_of(delivery_id, schedule.destination_id),
            state=DeliveryState.DROPPED,
            created=now,
            due=now,
            reason="empty",
        )


def latest_slot(schedule: DigestSchedule, now: datetime) -> Slot | None:
    """The newest slot that is due, not older than the schedule's cursor."""
    after = max(schedule.cursor or now - timedelta(days=1), now - timedelta(days=8))
    slots = slots_between(schedule, after, now)
    return slots[-1] if slots else None


async def gather_groups(
    unit: Unit, watches: Sequence[Watch], since: datetime, until: datetime, language: str
) -> list[DigestGroup]:
    """What each watch caught between two times, as stories with their faces."""
    if not watches:
        return []
    rows = await _told_rows(unit, await unit.matches.between([watch.id for watch in watches], since, until), since)
    stories = await unit.stories.many(sorted({row.story_id for row in rows}))
    caught: dict[int, dict[int, list[int]]] = {}
    for row in rows:
        story = stories.get(row.story_id)
        if story is not None:
            caught.setdefault(row.watch_id, {}).setdefault(story.id, []).append(row.article_id)
    by_id: dict[int, Story] = {story.id: story for story in stories.values()}
    return [
        DigestGroup(
            watch.id,
            watch.phrase,
            tuple(
                DigestItem(
                    by_id[story_id],
                    face_of(by_id[story_id], language, articles),
                    by_id[story_id].opened >= since,
                    len(articles),
                )
                for story_id, articles in caught[watch.id].items()
            ),
        )
        for watch in watches
        if watch.id in caught
    ]


async def _told_rows(unit: Unit, rows: Sequence[MatchRow], since: datetime) -> list[MatchRow]:
    """Without what only came to sight in the period: articles that a first fetch or a rewritten feed brought and that are older."""
    ids = sorted({row.article_id for row in rows})
    placements = await unit.articles.placements(ids)
    silent = {i for i, placement in placements.items() if any(note.startswith(SILENT) for note in placement.evidence)}
    articles = await unit.articles.get(sorted(silent))
    return [row for row in rows if row.article_id not in articles or articles[row.article_id].published > since]


async def stories_told(unit: Unit, destination_id: int, groups: Sequence[DigestGroup]) -> set[int]:
    """Those of the groups' stories that this destination has had a message of."""
    ids = sorted({item.story.id for group in groups for item in group.items})
    deliveries = await unit.deliveries.of_story(ids) if ids else []
    return {
        d.story_id
        for d in deliveries
        if d.story_id is not None and d.destination_id == destination_id and d.state is DeliveryState.SENT
    }


def mark_sample(contents: Sequence[DigestContent]) -> tuple[DigestContent, ...]:
    """The same digest, marked as made from the bundled sample."""
    return tuple(replace(content, sample=True) for content in contents)
