"""Destinations: the places messages go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, exists, select, update

from bot.model.watches import Destination, DestinationKind, QuietHours
from bot.store.columns import batches, dump_time, load_time
from bot.store.queries import Queries
from bot.store.schema import deliveries, destinations, digest_schedules, marks, subscriptions


class DestinationQueries(Queries):
    """Queries on destinations; part of ``unit.watches``."""

    async def destination(self, destination_id: int) -> Destination | None:
        row = await self._row(select(destinations).where(destinations.c.id == destination_id))
        return None if row is None else destination_from(row)

    async def destinations_by_id(self, ids: Sequence[int]) -> dict[int, Destination]:
        """The destinations among ``ids``."""
        found: dict[int, Destination] = {}
        for batch in batches(ids):
            rows = await self._rows(select(destinations).where(destinations.c.id.in_(batch)))
            found.update((row["id"], destination_from(row)) for row in rows)
        return found

    async def destination_for(
        self,
        kind: DestinationKind,
        guild_id: int | None = None,
        channel_id: int | None = None,
        user_id: int | None = None,
    ) -> Destination | None:
        """The destination of a channel, of a member's direct messages, or of the terminal.

        A channel is found whatever its kind: Discord lets a text channel become an announcement channel.
        """
        place = _place(Destination(0, kind, guild_id, channel_id, user_id))
        row = await self._row(select(destinations).where(destinations.c.place == place))
        return None if row is None else destination_from(row)

    async def ensure_destination(self, destination: Destination) -> Destination:
        """The stored destination of that place; ``destination`` itself, stored, when the place is new."""
        await self._change(
            self._insert(destinations).values(**_values(destination)).on_conflict_do_nothing(index_elements=["place"])
        )
        row = await self._row(select(destinations).where(destinations.c.place == _place(destination)))
        return destination if row is None else destination_from(row)

    async def save_destination(self, destination: Destination) -> None:
        """Writes a known destination."""
        values = _values(destination)
        del values["id"]
        await self._change(update(destinations).where(destinations.c.id == destination.id).values(**values))

    async def destinations(self, blocked: bool | None = None) -> list[Destination]:
        """All destinations; only those that are blocked, or only those that are not, when asked."""
        statement = select(destinations).order_by(destinations.c.id)
        if blocked is not None:
            code = destinations.c.blocked_code
            statement = statement.where(code.is_not(None) if blocked else code.is_(None))
        return [destination_from(row) for row in await self._rows(statement)]

    async def guild_destinations(self, guild_id: int) -> list[Destination]:
        """The channels of a server that have been given something to receive."""
        statement = select(destinations).where(destinations.c.guild_id == guild_id).order_by(destinations.c.id)
        return [destination_from(row) for row in await self._rows(statement)]

    async def remove_destination(self, destination_id: int) -> bool:
        """Removes a destination with its subscriptions, schedule, marks and deliveries. False: there was none."""
        return await self._change(delete(destinations).where(destinations.c.id == destination_id)) > 0

    async def purge_destinations(self) -> int:
        """Removes destinations that nothing points to and nobody set up: no subscription, digest, delivery, mark or setting."""
        used = [
            exists().where(table.c.destination_id == destinations.c.id)
            for table in (subscriptions, digest_schedules, deliveries, marks)
        ]
        plain = (destinations.c.quiet_start.is_(None), destinations.c.budget.is_(None), ~destinations.c.paused)
        return await self._change(delete(destinations).where(*(~some for some in used), *plain))


def _place(destination: Destination) -> str:
    if destination.channel_id is not None:
        return f"channel:{destination.channel_id}"
    if destination.user_id is not None:
        return f"dm:{destination.user_id}"
    return "terminal"


def _values(destination: Destination) -> dict[str, object]:
    quiet = destination.quiet
    return {
        "id": destination.id,
        "place": _place(destination),
        "kind": destination.kind.value,
        "guild_id": destination.guild_id,
        "channel_id": destination.channel_id,
        "user_id": destination.user_id,
        "language": destination.language,
        "timezone": destination.timezone,
        "quiet_start": dump_time(quiet.start) if quiet else None,
        "quiet_end": dump_time(quiet.end) if quiet else None,
        "budget": destination.budget,
        "blocked_code": destination.blocked_code,
        "blocked_since": destination.blocked_since,
        "blocked_notified": destination.blocked_notified,
        "paused": destination.paused,
    }


def quiet_from(row: RowMapping) -> QuietHours | None:
    """The quiet hours of a row that has ``quiet_start`` and ``quiet_end``."""
    start, end = row["quiet_start"], row["quiet_end"]
    return None if start is None or end is None else QuietHours(load_time(start), load_time(end))


def destination_from(row: RowMapping) -> Destination:
    """A row of ``destinations`` as a value."""
    return Destination(
        id=row["id"],
        kind=DestinationKind(row["kind"]),
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        user_id=row["user_id"],
        language=row["language"],
        timezone=row["timezone"],
        quiet=quiet_from(row),
        budget=row["budget"],
        blocked_code=row["blocked_code"],
        blocked_since=row["blocked_since"],
        blocked_notified=row["blocked_notified"],
        paused=row["paused"],
    )
