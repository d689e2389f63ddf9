"""People and servers: settings, marks, feedback, and a member's right to take it all away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, RowMapping, Table, delete, or_, select, update

from bot.model.members import Feedback, GuildSettings, Mark, MemberSettings
from bot.model.watches import Owner, OwnerKind
from bot.store.columns import UtcTime, dump_time
from bot.store.deliveries import DeliveryQueries
from bot.store.destinations import quiet_from
from bot.store.queries import Queries
from bot.store.schema import (
    deliveries,
    delivery_log,
    destinations,
    digest_schedules,
    feed_guilds,
    feedback,
    guild_settings,
    marks,
    member_looks,
    member_settings,
    subscriptions,
    watches,
)
from bot.store.watches import WatchQueries

Plain: TypeAlias = str | int | float | bool | None
"""What the rows of an export are made of, ready for JSON; times in ISO 8601."""


class MemberQueries(Queries):
    """Queries on members and servers."""

    async def settings(self, user_id: int) -> MemberSettings | None:
        row = await self._row(select(member_settings).where(member_settings.c.user_id == user_id))
        if row is None:
            return None
        return MemberSettings(row["user_id"], row["language"], row["timezone"], quiet_from(row), row["budget"])

    async def save_settings(self, settings: MemberSettings) -> None:
        quiet = settings.quiet
        await self._put(
            member_settings,
            "user_id",
            {
                "user_id": settings.user_id,
                "language": settings.language,
                "timezone": settings.timezone,
                "quiet_start": dump_time(quiet.start) if quiet else None,
                "quiet_end": dump_time(quiet.end) if quiet else None,
                "budget": settings.budget,
            },
        )

    async def guild(self, guild_id: int) -> GuildSettings | None:
        row = await self._row(select(guild_settings).where(guild_settings.c.guild_id == guild_id))
        if row is None:
            return None
        return GuildSettings(row["guild_id"], row["language"], row["timezone"], row["welcomed"])

    async def save_guild(self, settings: GuildSettings) -> None:
        await self._put(
            guild_settings,
            "guild_id",
            {
                "guild_id": settings.guild_id,
                "language": settings.language,
                "timezone": settings.timezone,
                "welcomed": settings.welcomed,
            },
        )

    async def remove_guild(self, guild_id: int) -> None:
        """The bot was removed from a server: its watches, channels, settings and its use of feeds go. Feeds are left to ``detach``."""
        watching = WatchQueries(self.connection, self.clock, self.woken)
        await watching.remove_many([watch.id for watch in await watching.of(Owner(OwnerKind.GUILD, guild_id))])
        await self._change(delete(destinations).where(destinations.c.guild_id == guild_id))
        await self._change(delete(guild_settings).where(guild_settings.c.guild_id == guild_id))

    async def set_mark(self, destination_id: int, story_id: int, mark: Mark | str | None) -> None:
        """Follows or mutes a story for a destination; None takes the mark away. Raises ValueError for another word."""
        if mark is None:
            await self._change(
                delete(marks).where(marks.c.destination_id == destination_id, marks.c.story_id == story_id)
            )
            return
        statement = self._insert(marks).values(destination_id=destination_id, story_id=story_id, mark=Mark(mark).value)
        await self._change(
            statement.on_conflict_do_update(
                index_elements=["destination_id", "story_id"], set_={"mark": statement.excluded.mark}
            )
        )

    async def marks(self, destination_id: int, story_ids: Sequence[int] | None = None) -> dict[int, Mark]:
        """A destination's marks by story, on these stories only when given."""
        statement = select(marks).where(marks.c.destination_id == destination_id)
        if story_ids is not None:
            statement = statement.where(marks.c.story_id.in_(story_ids))
        return {row["story_id"]: Mark(row["mark"]) for row in await self._rows(statement)}

    async def marks_on(self, story_ids: Sequence[int]) -> dict[tuple[int, int], Mark]:
        """Everybody's marks on these stories, by (destination, story)."""
        statement = select(marks).where(marks.c.story_id.in_(story_ids))
        return {(row["destination_id"], row["story_id"]): Mark(row["mark"]) for row in await self._rows(statement)}

    async def add_feedback(self, given: Feedback) -> bool:
        """Keeps a verdict. False: its watch was removed meanwhile."""
        there = await self._row(select(watches.c.id).where(watches.c.id == given.watch_id).with_for_update(read=True))
        if there is None:
            return False
        await self._change(
            self._insert(feedback).values(
                id=given.id,
                watch_id=given.watch_id,
                user_id=given.user_id,
                at=given.at,
                before=given.before,
                after=given.after,
                article_id=given.article_id,
            )
        )
        return True

    async def undo_feedback(self, feedback_id: int) -> Feedback | None:
        """Takes a verdict back and returns it; None when there is none (any more)."""
        row = await self._row(delete(feedback).where(feedback.c.id == feedback_id).returning(feedback))
        return None if row is None else _feedback(row)

    async def feedback(self, feedback_id: int) -> Feedback | None:
        row = await self._row(select(feedback).where(feedback.c.id == feedback_id))
        return None if row is None else _feedback(row)

    async def feedback_of(self, watch_id: int) -> list[Feedback]:
        """The verdicts on a watch's alerts, oldest first."""
        statement = select(feedback).where(feedback.c.watch_id == watch_id).order_by(feedback.c.at, feedback.c.id)
        return [_feedback(row) for row in await self._rows(statement)]

    async def last_looked(self, user_id: int) -> datetime | None:
        """When a member last asked what is new."""
        row = await self._row(select(member_looks.c.at).where(member_looks.c.user_id == user_id))
        return None if row is None else row["at"]

    async def set_last_looked(self, user_id: int, at: datetime) -> None:
        await self._put(member_looks, "user_id", {"user_id": user_id, "at": at})

    async def export(self, user_id: int) -> dict[str, object]:
        """Everything stored on a member, as plain rows a table: what ``erase`` would take away."""
        own_watches = select(watches.c.id).where(_owned(user_id))
        own_places = select(destinations.c.id).where(destinations.c.user_id == user_id)
        own_messages = select(deliveries.c.id).where(deliveries.c.destination_id.in_(own_places))
        parts: list[tuple[Table, ColumnElement[bool]]] = [
            (member_settings, member_settings.c.user_id == user_id),
            (member_looks, member_looks.c.user_id == user_id),
            (watches, or_(_owned(user_id), watches.c.created_by == user_id)),
            (subscriptions, subscriptions.c.watch_id.in_(own_watches)),
            (destinations, destinations.c.user_id == user_id),
            (digest_schedules, digest_schedules.c.destination_id.in_(own_places)),
            (marks, marks.c.destination_id.in_(own_places)),
            (deliveries, deliveries.c.destination_id.in_(own_places)),
            (delivery_log, delivery_log.c.delivery_id.in_(own_messages)),
            (feedback, feedback.c.user_id == user_id),
            (feed_guilds, feed_guilds.c.added_by == user_id),
        ]
        return {
            table.name: [_plain(table, row) for row in await self._rows(select(table).where(condition))]
            for table, condition in parts
        }

    async def erase(self, user_id: int, now: datetime) -> dict[str, int]:
        """Removes everything stored on a member and returns how much it was, a table.

        What was on its way to them is dropped (reason ``erased``) before its record goes with the rest, so a sender that
        holds one meets IllegalMove. On what they set up for a server their name is taken off; the server keeps it.
        """
        dropped = await DeliveryQueries(self.connection, self.clock, self.woken).drop_for(
            now=now, reason="erased", user_id=user_id
        )
        counts = {"dropped": dropped}
        rows = await self._rows(select(watches.c.id).where(_owned(user_id)))
        watching = WatchQueries(self.connection, self.clock, self.woken)
        counts["watches"] = await watching.remove_many([row["id"] for row in rows])
        own_places = select(destinations.c.id).where(destinations.c.user_id == user_id)
        counts["deliveries"] = await self._change(delete(deliveries).where(deliveries.c.destination_id.in_(own_places)))
        for table, column in (
            (destinations, destinations.c.user_id),
            (feedback, feedback.c.user_id),
            (member_settings, member_settings.c.user_id),
            (member_looks, member_looks.c.user_id),
        ):
            counts[table.name] = await self._change(delete(table).where(column == user_id))
        await self._change(update(watches).where(watches.c.created_by == user_id).values(created_by=None))
        await self._change(update(feed_guilds).where(feed_guilds.c.added_by == user_id).values(added_by=None))
        return counts

    async def _put(self, table: Table, key: str, values: Mapping[str, object]) -> None:
        statement = self._insert(table).values(**values)
        new = {name: statement.excluded[name] for name in values if name != key}
        await self._change(statement.on_conflict_do_update(index_elements=[key], set_=new))


def _owned(user_id: int) -> ColumnElement[bool]:
    return (watches.c.owner_kind == OwnerKind.MEMBER.value) & (watches.c.owner_id == user_id)


def _feedback(row: RowMapping) -> Feedback:
    return Feedback(
        id=row["id"],
        watch_id=row["watch_id"],
        user_id=row["user_id"],
        at=row["at"],
        before=row["before"],
        after=row["after"],
        article_id=row["article_id"],
    )


def _plain(table: Table, row: RowMapping) -> dict[str, Plain]:
    times = {column.name for column in table.c if isinstance(column.type, UtcTime)}
    return {
        name: value.isoformat() if name in times and isinstance(value, datetime) else value
        for name, value in row.items()
    }
