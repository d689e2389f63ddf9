"""Deliveries: planned once, moved only as ``MOVES`` allows, every move on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, exists, func, or_, select, update

from bot.model.deliveries import MOVES, Delivery, DeliveryKind, DeliveryState
from bot.model.ports import Receipt
from bot.model.records import Change
from bot.model.watches import Destination
from bot.store.claims import OPEN_PLACE, ClaimQueries, delivery_from
from bot.store.columns import at, batches, dump
from bot.store.errors import IllegalMove
from bot.store.schema import deliveries, delivery_log, destinations, stories

_NEW_MESSAGES = (DeliveryKind.ALERT.value, DeliveryKind.UPDATE.value)
_OPEN = (DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.BLOCKED)
_FINAL = (DeliveryState.SENT.value, DeliveryState.DROPPED.value)
_OVER_BUDGET = func.coalesce(deliveries.c.reason, "").startswith("budget")


class DeliveryQueries(ClaimQueries):
    """Queries on deliveries."""

    async def plan(self, planned: Sequence[Delivery]) -> list[int]:
        """Records deliveries and returns the ids of the new ones, in their order.

        One whose key is known is left as it is: that is what makes a repetition impossible. One whose destination was
        removed meanwhile is left out.
        """
        alive: set[int] = set()
        for batch in batches(list({delivery.destination_id for delivery in planned})):
            # Locked so that the destination cannot go away before this is committed.
            statement = select(destinations.c.id).where(destinations.c.id.in_(batch))
            rows = await self._rows(statement.with_for_update(read=True, key_share=True))
            alive.update(row["id"] for row in rows)
        wanted = [delivery for delivery in planned if delivery.destination_id in alive]
        new: set[int] = set()
        for some in batches(wanted, 500):
            statement_new = self._insert(deliveries).on_conflict_do_nothing(index_elements=["key"])
            result = await self.connection.execute(
                statement_new.returning(deliveries.c.id), [_values(delivery) for delivery in some]
            )
            new.update(result.scalars())
        added = [delivery for delivery in wanted if delivery.id in new]
        if added:
            self.woken.add("deliveries")
        await self._log([(delivery.id, delivery.created, None, delivery.state, delivery.reason) for delivery in added])
        return [delivery.id for delivery in added]

    async def get(self, delivery_id: int) -> Delivery | None:
        row = await self._row(select(deliveries).where(deliveries.c.id == delivery_id))
        return None if row is None else delivery_from(row)

    async def by_key(self, key: str) -> Delivery | None:
        row = await self._row(select(deliveries).where(deliveries.c.key == key))
        return None if row is None else delivery_from(row)

    async def by_message(self, channel_id: int, message_id: int) -> Delivery | None:
        """The delivery that made a message; ``channel_id`` is its channel or thread."""
        place = or_(deliveries.c.channel_id == channel_id, deliveries.c.thread_id == channel_id)
        row = await self._row(select(deliveries).where(deliveries.c.message_id == message_id, place))
        return None if row is None else delivery_from(row)

    async def of_story(self, story_ids: Sequence[int]) -> list[Delivery]:
        """The deliveries of these stories and of what was merged into them, oldest first."""
        found: dict[int, Delivery] = {}
        for batch in batches(story_ids):
            # A merge leaves deliveries with the story they were planned for: whoever was told of that one was told.
            family = select(stories.c.id).where(or_(stories.c.id.in_(batch), stories.c.merged_into.in_(batch)))
            rows = await self._rows(
                select(deliveries).where(or_(deliveries.c.story_id.in_(batch), deliveries.c.story_id.in_(family)))
            )
            found.update((row["id"], delivery_from(row)) for row in rows)
        return sorted(found.values(), key=lambda delivery: (delivery.created, delivery.id))

    async def of_destination(
        self,
        destination_id: int,
        *,
        states: Iterable[DeliveryState] | None = None,
        since: datetime | None = None,
        limit: int = 500,
    ) -> list[Delivery]:
        """The deliveries of a destination, newest first; in these states, created since then."""
        statement = select(deliveries).where(deliveries.c.destination_id == destination_id)
        if states is not None:
            statement = statement.where(deliveries.c.state.in_([state.value for state in states]))
        if since is not None:
            statement = statement.where(deliveries.c.created >= since)
        statement = statement.order_by(deliveries.c.created.desc(), deliveries.c.id.desc()).limit(limit)
        return [delivery_from(row) for row in await self._rows(statement)]

    async def request_edit(self, ids: Sequence[int], due: datetime) -> int:
        """The content of these deliveries changed: one more revision is wanted, shown at ``due`` or before.

        A delivery not sent yet simply shows it then. Dropped ones are left alone. Returns how many will show it.
        """
        sooner = case(
            (deliveries.c.edit_due < due, deliveries.c.edit_due),
            else_=at(due),
        )
        touched = 0
        for batch in batches(ids):
            touched += await self._change(
                update(deliveries)
                .where(deliveries.c.id.in_(batch), deliveries.c.state != DeliveryState.DROPPED.value)
                .values(wanted=deliveries.c.wanted + 1, edit_due=sooner)
            )
        if touched:
            self.woken.add("deliveries")
        return touched

    async def move(
        self,
        delivery_id: int,
        to: DeliveryState,
        *,
        now: datetime,
        reason: str | None = None,
        due: datetime | None = None,
    ) -> None:
        """Moves a delivery, as ``MOVES`` allows. ``due``: not before this time, from now on; ``reason`` replaces the old one.

        Raises IllegalMove. To ``SENT`` only ``sent`` leads: a message without its receipt could not be edited.
        """
        if to is DeliveryState.SENT:
            raise IllegalMove(f"delivery {delivery_id}: a sent delivery needs its receipt; use sent()")
        values: dict[str, object] = {"state": to.value, "reason": reason, "claimed_by": None, "claimed_until": None}
        if due is not None:
            values["due"] = due
        await self._move(delivery_id, to, values, now, reason)

    async def sent(self, delivery_id: int, receipt: Receipt, shown: int, now: datetime) -> None:
        """The message stands, with revision ``shown`` of the content. Raises IllegalMove unless it was being sent."""
        newer = deliveries.c.wanted > shown
        values: dict[str, object] = {
            "state": DeliveryState.SENT.value,
            "reason": None,
            "sent": now,
            "channel_id": receipt.channel_id,
            "message_id": receipt.message_id,
            "thread_id": receipt.thread_id,
            "shown": shown,
            "edit_due": case((newer, func.coalesce(deliveries.c.edit_due, at(now))), else_=None),
            "claimed_by": None,
            "claimed_until": None,
        }
        await self._move(delivery_id, DeliveryState.SENT, values, now, None)

    async def _move(
        self, delivery_id: int, to: DeliveryState, values: dict[str, object], now: datetime, reason: str | None
    ) -> None:
        allowed = [state.value for state, targets in MOVES.items() if to in targets]
        held = select(deliveries.c.state).where(deliveries.c.id == delivery_id).with_for_update()
        before = (await self.connection.execute(held)).scalar()
        if before is None:
            raise IllegalMove(f"delivery {delivery_id}: is gone (erased or expired), cannot become {to.value}")
        moved = await self._change(
            update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state.in_(allowed)).values(**values)
        )
        if not moved:
            raise IllegalMove(f"delivery {delivery_id}: is {before}, cannot become {to.value}")
        await self._log([(delivery_id, now, DeliveryState(before), to, reason)])

    async def edited(self, delivery_id: int, shown: int, now: datetime, next_due: datetime | None = None) -> None:
        """The message now shows revision ``shown``; a newer one, if wanted by now, follows at ``next_due`` (default: at once)."""
        newer = deliveries.c.wanted > shown
        await self._change(
            update(deliveries)
            .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.SENT.value)
            .values(
                shown=case((deliveries.c.shown < shown, shown), else_=deliveries.c.shown),
                last_edit=now,
                edit_due=case((newer, at(next_due or now)), else_=None),
                claimed_by=None,
                claimed_until=None,
            )
        )

    async def postpone_edit(self, delivery_id: int, due: datetime | None) -> None:
        """An edit did not work: again at ``due``; None: never (the message is gone), the content counts as shown."""
        values: dict[str, object] = {"edit_due": due, "claimed_by": None, "claimed_until": None}
        if due is None:
            values["shown"] = deliveries.c.wanted
        await self._change(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))

    async def history(self, delivery_id: int) -> list[Change]:
        """Every move of a delivery, in order."""
        statement = select(delivery_log).where(delivery_log.c.delivery_id == delivery_id).order_by(delivery_log.c.id)
        return [
            Change(
                at=row["at"],
                from_state=None if row["from_state"] is None else DeliveryState(row["from_state"]),
                to_state=DeliveryState(row["to_state"]),
                reason=row["reason"],
            )
            for row in await self._rows(statement)
        ]

    async def sent_today(self, destination_id: int, since: datetime) -> int:
        """Alerts and updates (what a budget counts) that a destination got since then."""
        return await self._number(
            select(func.count()).where(
                deliveries.c.destination_id == destination_id,
                deliveries.c.kind.in_(_NEW_MESSAGES),
                deliveries.c.state == DeliveryState.SENT.value,
                deliveries.c.sent >= since,
            )
        )

    async def last_new_message(self, destination_id: int, story_id: int) -> Delivery | None:
        """The last alert or update of a story (or of what was merged into it) for a destination, planned ones counted."""
        parts = select(stories.c.id).where(or_(stories.c.id == story_id, stories.c.merged_into == story_id))
        moment = func.coalesce(deliveries.c.sent, deliveries.c.created)
        row = await self._row(
            select(deliveries)
            .where(
                deliveries.c.destination_id == destination_id,
                deliveries.c.story_id.in_(parts),
                deliveries.c.kind.in_(_NEW_MESSAGES),
                deliveries.c.state != DeliveryState.DROPPED.value,
            )
            .order_by(moment.desc(), deliveries.c.id.desc())
            .limit(1)
        )
        return None if row is None else delivery_from(row)

    async def drop_for(
        self,
        *,
        now: datetime,
        reason: str,
        watch_ids: Collection[int] | None = None,
        destination_id: int | None = None,
        user_id: int | None = None,
    ) -> int:
        """Drops what is planned, held or blocked for watches, a destination or a member's direct messages; returns how many.

        A delivery that other watches asked for too only loses these. What is being sent right now is left to its sender.
        """
        open_ones = select(deliveries).where(deliveries.c.state.in_([state.value for state in _OPEN]))
        if destination_id is not None:
            open_ones = open_ones.where(deliveries.c.destination_id == destination_id)
        if user_id is not None:
            own = select(destinations.c.id).where(destinations.c.user_id == user_id)
            open_ones = open_ones.where(deliveries.c.destination_id.in_(own))
        found = [delivery_from(row) for row in await self._rows(open_ones.with_for_update())]
        if watch_ids is not None:
            gone = set(watch_ids)
            found = [delivery for delivery in found if gone.intersection(delivery.watch_ids)]
            left = {delivery.id: [other for other in delivery.watch_ids if other not in gone] for delivery in found}
            await self._many(
                update(deliveries).where(deliveries.c.id == bindparam("delivery")),
                [
                    {"delivery": delivery_id, "watch_ids": dump(others)}
                    for delivery_id, others in left.items()
                    if others
                ],
            )
            found = [delivery for delivery in found if not left[delivery.id]]
        return await self._move_all(found, DeliveryState.DROPPED, now, reason)

    async def release(self, destination_id: int, now: datetime) -> int:
        """Held and blocked deliveries of a mended destination are planned again, not before the time they were due.

        What is held over a budget stays held: it belongs to a digest.
        """
        waiting = or_(
            deliveries.c.state == DeliveryState.BLOCKED.value,
            and_(deliveries.c.state == DeliveryState.HELD.value, ~_OVER_BUDGET),
        )
        return await self._release(and_(deliveries.c.destination_id == destination_id, waiting), now)

    async def release_held(self, now: datetime) -> int:
        """Held deliveries whose time has come are planned again, but for those over a budget."""
        held = and_(deliveries.c.state == DeliveryState.HELD.value, ~_OVER_BUDGET)
        return await self._release(and_(held, deliveries.c.due <= now), now)

    async def held_over_budget(
        self, *, due: datetime | None = None, destination_id: int | None = None
    ) -> list[list[Delivery]]:
        """What is held over a budget, a list a destination, oldest first; until ``due`` at the latest, and of one destination."""
        statement = select(deliveries).where(deliveries.c.state == DeliveryState.HELD.value, _OVER_BUDGET)
        if due is not None:
            statement = statement.where(deliveries.c.due <= due)
        if destination_id is not None:
            statement = statement.where(deliveries.c.destination_id == destination_id)
        found: dict[int, list[Delivery]] = {}
        for row in await self._rows(statement.order_by(deliveries.c.created, deliveries.c.id).with_for_update()):
            found.setdefault(row["destination_id"], []).append(delivery_from(row))
        return list(found.values())

    async def limited(self, now: datetime) -> list[tuple[Destination, list[Delivery]]]:
        """What is planned and due for destinations that have quiet hours or a budget and can be sent to."""
        statement = (
            select(deliveries)
            .join(destinations, destinations.c.id == deliveries.c.destination_id)
            .where(
                deliveries.c.state == DeliveryState.PLANNED.value,
                deliveries.c.due <= now,
                or_(destinations.c.quiet_start.is_not(None), destinations.c.budget.is_not(None)),
                OPEN_PLACE,
            )
            .order_by(deliveries.c.created, deliveries.c.id)
        )
        by_place: dict[int, tuple[Destination, list[Delivery]]] = {}
        for delivery, place in await self._placed([delivery_from(row) for row in await self._rows(statement)]):
            by_place.setdefault(place.id, (place, []))[1].append(delivery)
        return list(by_place.values())

    async def _release(self, condition: ColumnElement[bool], now: datetime) -> int:
        rows = await self._rows(select(deliveries).where(condition).with_for_update())
        if rows:
            self.woken.add("deliveries")
        return await self._move_all([delivery_from(row) for row in rows], DeliveryState.PLANNED, now, None)

    async def _move_all(self, moving: Sequence[Delivery], to: DeliveryState, now: datetime, reason: str | None) -> int:
        """Moves deliveries that are locked and known to be in a state from which ``to`` is allowed."""
        for batch in batches(moving):
            await self._change(
                update(deliveries)
                .where(deliveries.c.id.in_([delivery.id for delivery in batch]))
                .values(state=to.value, reason=reason)
            )
        await self._log([(delivery.id, now, delivery.state, to, reason) for delivery in moving])
        return len(moving)

    async def crowded(self, *, before: datetime, more_than: int) -> list[int]:
        """Destinations that can be sent to, with more than so many ``planned_alerts``."""
        statement = (
            select(deliveries.c.destination_id)
            .join(destinations, destinations.c.id == deliveries.c.destination_id)
            # What waits for a blocked place is gathered when it is mended: one catch-up, not one for every alert that grows old.
            .where(*_untried_alerts(before), OPEN_PLACE)
            .group_by(deliveries.c.destination_id)
            .having(func.count() > more_than)
            .order_by(deliveries.c.destination_id)
        )
        return [row["destination_id"] for row in await self._rows(statement)]

    async def planned_alerts(self, destination_id: int, *, before: datetime) -> list[Delivery]:
        """Alerts and updates of a destination planned before then and never tried, oldest first.

        One that was tried may have been carried out: put into a digest it could be told twice, so it is left to be sent.
        """
        statement = select(deliveries).where(deliveries.c.destination_id == destination_id, *_untried_alerts(before))
        rows = await self._rows(statement.order_by(deliveries.c.created, deliveries.c.id).with_for_update())
        return [delivery_from(row) for row in rows]

    async def counts(self) -> dict[DeliveryState, int]:
        """Deliveries a state."""
        found = dict.fromkeys(DeliveryState, 0)
        statement = select(deliveries.c.state, func.count().label("count")).group_by(deliveries.c.state)
        found.update((DeliveryState(row["state"]), row["count"]) for row in await self._rows(statement))
        return found

    async def purge(self, before: datetime, limit: int | None = None) -> int:
        """Removes up to ``limit`` settled deliveries created before then; returns how many.

        What is still planned, held or blocked after so long is dropped as ``expired`` first, and removed at the next purge.
        The record of an alert stays while its story still changes, or the same story could be told twice.
        """
        old = deliveries.c.created < before
        stale = select(deliveries).where(old, deliveries.c.state.in_([state.value for state in _OPEN])).limit(limit)
        expired = [delivery_from(row) for row in await self._rows(stale.with_for_update(skip_locked=True))]
        alive = exists().where(stories.c.id == deliveries.c.story_id, stories.c.changed >= before)
        settled = (
            select(deliveries.c.id)
            .where(old, deliveries.c.state.in_(_FINAL), ~alive)
            .order_by(deliveries.c.created)
            .limit(limit)
        )
        ids = [row["id"] for row in await self._rows(settled)]
        await self._move_all(expired, DeliveryState.DROPPED, self.clock.now(), "expired")
        gone = 0
        for batch in batches(ids):
            gone += await self._change(delete(deliveries).where(deliveries.c.id.in_(batch)))
        return gone


def _untried_alerts(before: datetime) -> list[ColumnElement[bool]]:
    return [
        deliveries.c.state == DeliveryState.PLANNED.value,
        deliveries.c.kind.in_(_NEW_MESSAGES),
        deliveries.c.created < before,
        deliveries.c.first_attempt.is_(None),
    ]


def _values(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "key": delivery.key,
        "kind": delivery.kind.value,
        "destination_id": delivery.destination_id,
        "story_id": delivery.story_id,
        "nonce": delivery.nonce,
        "state": delivery.state.value,
        "created": delivery.created,
        "due": delivery.due,
        "attempts": delivery.attempts,
        "first_attempt": delivery.first_attempt,
        "reason": delivery.reason,
        "sent": delivery.sent,
        "channel_id": delivery.channel_id,
        "message_id": delivery.message_id,
        "thread_id": delivery.thread_id,
        "wanted": delivery.wanted,
        "shown": delivery.shown,
        "edit_due": delivery.edit_due,
        "last_edit": delivery.last_edit,
        "watch_ids": dump(delivery.watch_ids),
        "payload": delivery.payload,
    }
