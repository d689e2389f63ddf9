"""Claims on deliveries: who sends what now. Two senders never get the same delivery, nor two at once for one destination."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.watches import Destination
from bot.store.columns import at, integers
from bot.store.destinations import destination_from
from bot.store.queries import Queries
from bot.store.schema import deliveries, delivery_log, destinations

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every time: "is set", in words for which SQLite uses an index."""

CLAIM_LEASE_S = 300.0
"""Seconds after which a claim counts as left behind by a dead process."""

KEEPS_ORDER_FOR = 6
"""A delivery that did not get through keeps its place's later ones waiting for this many attempts (about five minutes), so that they
stay in order; after that they go past it, or one message that Discord never takes would end a channel."""

OPEN_PLACE = and_(destinations.c.blocked_code.is_(None), ~destinations.c.paused)


class ClaimQueries(Queries):
    """The claiming part of ``unit.deliveries``."""

    async def claim_posts(
        self,
        now: datetime,
        limit: int,
        busy_channels: Collection[int] = (),
        *,
        worker: str = "",
        lease_s: float = CLAIM_LEASE_S,
        guild_ids: Collection[int] | None = None,
        direct: bool = True,
    ) -> list[tuple[Delivery, Destination]]:
        """Takes up to ``limit`` planned deliveries that are due, oldest first, and notes them as being sent.

        One destination gives one at a time, the next only when that one was settled, so its messages keep their order: one
        that waits for its next attempt holds up those behind it, up to KEEPS_ORDER_FOR attempts. A blocked or paused one gives none. ``busy_channels``: destination or channel ids to leave out. ``guild_ids``: only
        channels of these servers (a gateway's shards); ``direct``: direct messages and the terminal too.
        """
        earlier, sending = deliveries.alias("earlier"), deliveries.alias("sending")
        begun, fresh = _begun(earlier), ~_begun(deliveries)
        before = and_(
            earlier.c.destination_id == deliveries.c.destination_id,
            earlier.c.state == DeliveryState.PLANNED.value,
            or_(
                and_(begun, fresh),
                and_(begun, earlier.c.id < deliveries.c.id),
                and_(
                    ~begun,
                    fresh,
                    earlier.c.due <= now,
                    tuple_(earlier.c.due, earlier.c.id) < tuple_(deliveries.c.due, deliveries.c.id),
                ),
            ),
        )
        under_way = and_(
            sending.c.destination_id == deliveries.c.destination_id,
            sending.c.state == DeliveryState.SENDING.value,
        )
        chosen = _with_destination(busy_channels, guild_ids, direct).where(
            deliveries.c.state == DeliveryState.PLANNED.value,
            deliveries.c.due <= now,
            ~exists().where(before),
            ~exists().where(under_way),
        )
        # The destination is locked too: a claim that is not committed yet keeps others away from that place altogether.
        statement = (
            chosen.order_by(deliveries.c.due, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=[deliveries, destinations])
        )
        ids = [row["id"] for row in await self._rows(statement)]
        if not ids:
            return []
        # Asked again in the statement that writes: it sees what was committed between the choice and the lock.
        rows = await self._rows(
            update(deliveries)
            .where(
                deliveries.c.id.in_(ids),
                deliveries.c.state == DeliveryState.PLANNED.value,
                ~exists().where(under_way),
            )
            .values(
                state=DeliveryState.SENDING.value,
                attempts=deliveries.c.attempts + 1,
                first_attempt=func.coalesce(deliveries.c.first_attempt, at(now)),
                reason=None,
                claimed_by=worker,
                claimed_until=now + timedelta(seconds=lease_s),
            )
            .returning(deliveries)
        )
        claimed = sorted((delivery_from(row) for row in rows), key=lambda delivery: (delivery.due, delivery.id))
        await self._log([(d.id, now, DeliveryState.PLANNED, DeliveryState.SENDING, None) for d in claimed])
        return await self._placed(claimed)

    async def claim_edits(
        self,
        now: datetime,
        limit: int,
        busy_channels: Collection[int] = (),
        *,
        worker: str = "",
        lease_s: float = CLAIM_LEASE_S,
        guild_ids: Collection[int] | None = None,
        direct: bool = True,
    ) -> list[tuple[Delivery, Destination]]:
        """Takes up to ``limit`` sent messages whose content changed and whose edit is due, for ``lease_s`` seconds; one a destination.

        ``edited`` or ``postpone_edit`` ends the lease. The other arguments are those of ``claim_posts``.
        """
        earlier = deliveries.alias("earlier")
        before = and_(
            earlier.c.destination_id == deliveries.c.destination_id,
            *_editable(earlier, now),
            tuple_(earlier.c.edit_due, earlier.c.id) < tuple_(deliveries.c.edit_due, deliveries.c.id),
        )
        statement = (
            _with_destination(busy_channels, guild_ids, direct)
            .where(*_editable(deliveries, now), ~exists().where(before))
            .order_by(deliveries.c.edit_due, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=deliveries)
        )
        ids = [row["id"] for row in await self._rows(statement)]
        if not ids:
            return []
        rows = await self._rows(
            update(deliveries)
            .where(deliveries.c.id.in_(ids))
            .values(claimed_by=worker, claimed_until=now + timedelta(seconds=lease_s))
            .returning(deliveries)
        )
        return await self._placed(
            sorted((delivery_from(row) for row in rows), key=lambda delivery: (delivery.edit_due or now, delivery.id))
        )

    async def unfinished(
        self, now: datetime | None = None, worker: str | None = None
    ) -> list[tuple[Delivery, Destination]]:
        """Deliveries noted as being sent, oldest first: what a dead process may have left behind.

        Without arguments all of them, for the start of the only process. With ``now`` those whose lease has run out, and
        with ``worker`` also those of that name (this process before its restart).
        """
        statement = select(deliveries).where(deliveries.c.state == DeliveryState.SENDING.value)
        ours: list[ColumnElement[bool]] = []
        if now is not None:
            ours.append(deliveries.c.claimed_until <= now)
        if worker is not None:
            ours.append(deliveries.c.claimed_by == worker)
        if ours:
            statement = statement.where(or_(*ours))
        rows = await self._rows(statement.order_by(deliveries.c.due, deliveries.c.id))
        return await self._placed([delivery_from(row) for row in rows])

    async def free_edits(self) -> int:
        """Takes back every claim on an edit: at the start of the only sender, they are those of a dead process. Answers how many."""
        return await self._change(
            update(deliveries)
            .where(deliveries.c.state == DeliveryState.SENT.value, deliveries.c.claimed_until.is_not(None))
            .values(claimed_by=None, claimed_until=None)
        )

    async def renew_claims(self, ids: Collection[int], now: datetime, lease_s: float = CLAIM_LEASE_S) -> None:
        """This process still works on these."""
        await self._change(
            update(deliveries)
            .where(deliveries.c.id.in_(ids), deliveries.c.claimed_until.is_not(None))
            .values(claimed_until=now + timedelta(seconds=lease_s))
        )

    async def next_due(self, now: datetime) -> datetime | None:
        """When there is something to send, release or edit next (at or before ``now``: there is already); None: nothing waits.

        What waits behind a delivery that is being sent, or is to be tried again, is not counted: it follows that one.
        """
        ahead = deliveries.alias("ahead")
        behind = and_(
            ahead.c.destination_id == deliveries.c.destination_id,
            ahead.c.id != deliveries.c.id,
            or_(
                ahead.c.state == DeliveryState.SENDING.value,
                and_(ahead.c.state == DeliveryState.PLANNED.value, _begun(ahead), ahead.c.due > now),
            ),
        )
        waiting = or_(
            deliveries.c.state == DeliveryState.HELD.value,
            and_(deliveries.c.state == DeliveryState.PLANNED.value, ~exists().where(behind)),
        )
        editable = and_(deliveries.c.state == DeliveryState.SENT.value, deliveries.c.wanted > deliveries.c.shown)
        joined = deliveries.join(destinations, destinations.c.id == deliveries.c.destination_id)
        posts = select(func.min(deliveries.c.due)).select_from(joined).where(waiting, OPEN_PLACE)
        edits = (
            select(func.min(deliveries.c.edit_due))
            .select_from(joined)
            .where(editable, deliveries.c.edit_due > _BEGINNING, deliveries.c.claimed_until.is_(None), OPEN_PLACE)
        )
        times = [(await self.connection.execute(statement)).scalar() for statement in (posts, edits)]
        return min((time for time in times if time is not None), default=None)

    async def _placed(self, claimed: Sequence[Delivery]) -> list[tuple[Delivery, Destination]]:
        ids = list({delivery.destination_id for delivery in claimed})
        rows = await self._rows(select(destinations).where(destinations.c.id.in_(ids))) if ids else []
        places = {row["id"]: destination_from(row) for row in rows}
        return [(delivery, places[delivery.destination_id]) for delivery in claimed]

    async def _log(
        self, moves: Sequence[tuple[int, datetime, DeliveryState | None, DeliveryState, str | None]]
    ) -> None:
        await self._many(
            insert(delivery_log),
            [
                {
                    "delivery_id": delivery_id,
                    "at": moment,
                    "from_state": None if before is None else before.value,
                    "to_state": to.value,
                    "reason": reason,
                }
                for delivery_id, moment, before, to, reason in moves
            ],
        )


def _begun(of: FromClause) -> ColumnElement[bool]:
    """Tried, and still keeping its place in the order."""
    return and_(of.c.first_attempt.is_not(None), of.c.attempts <= KEEPS_ORDER_FOR)


def _editable(of: FromClause, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        of.c.state == DeliveryState.SENT.value,
        of.c.wanted > of.c.shown,
        of.c.edit_due <= now,
        or_(of.c.claimed_until.is_(None), of.c.claimed_until <= now),
    )


def _with_destination(busy: Collection[int], guild_ids: Collection[int] | None, direct: bool) -> Select[tuple[int]]:
    statement = (
        select(deliveries.c.id).join(destinations, destinations.c.id == deliveries.c.destination_id).where(OPEN_PLACE)
    )
    if busy:
        statement = statement.where(
            destinations.c.id.not_in(busy),
            or_(destinations.c.channel_id.is_(None), destinations.c.channel_id.not_in(busy)),
        )
    if guild_ids is not None:
        statement = statement.where(or_(destinations.c.guild_id.is_(None), destinations.c.guild_id.in_(guild_ids)))
    if not direct:
        statement = statement.where(destinations.c.guild_id.is_not(None))
    return statement


def delivery_from(row: RowMapping) -> Delivery:
    """A row of ``deliveries`` as a value."""
    return Delivery(
        id=row["id"],
        key=row["key"],
        kind=DeliveryKind(row["kind"]),
        destination_id=row["destination_id"],
        story_id=row["story_id"],
        nonce=row["nonce"],
        state=DeliveryState(row["state"]),
        created=row["created"],
        due=row["due"],
        attempts=row["attempts"],
        first_attempt=row["first_attempt"],
        reason=row["reason"],
        sent=row["sent"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        thread_id=row["thread_id"],
        wanted=row["wanted"],
        shown=row["shown"],
        edit_due=row["edit_due"],
        last_edit=row["last_edit"],
        watch_ids=integers(row["watch_ids"]),
        payload=row["payload"],
    )
