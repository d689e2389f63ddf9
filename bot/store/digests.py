"""Digest schedules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, or_, select, update

from bot.model.watches import DigestSchedule
from bot.store.columns import dump, dump_time, integers, load_time
from bot.store.queries import Queries
from bot.store.schema import digest_schedules


class DigestQueries(Queries):
    """Queries on digest schedules."""

    async def schedules(self, destination_id: int | None = None) -> list[DigestSchedule]:
        """All schedules, or the one of a destination."""
        statement = select(digest_schedules).order_by(digest_schedules.c.id)
        if destination_id is not None:
            statement = statement.where(digest_schedules.c.destination_id == destination_id)
        return [_schedule(row) for row in await self._rows(statement)]

    async def get(self, schedule_id: int) -> DigestSchedule | None:
        row = await self._row(select(digest_schedules).where(digest_schedules.c.id == schedule_id))
        return None if row is None else _schedule(row)

    async def save_schedule(self, schedule: DigestSchedule) -> DigestSchedule:
        """Writes a destination's schedule (it has one) and returns it as stored, under the id it had when it is known.

        A cursor of None keeps the stored one, so that a new hour repeats nothing and skips nothing.
        """
        statement = self._insert(digest_schedules).values(
            id=schedule.id,
            destination_id=schedule.destination_id,
            times=dump([dump_time(time) for time in schedule.times]),
            days=dump(schedule.days),
            timezone=schedule.timezone,
            cursor=schedule.cursor,
        )
        new = statement.excluded
        row = await self._one(
            statement.on_conflict_do_update(
                index_elements=["destination_id"],
                set_={
                    "times": new.times,
                    "days": new.days,
                    "timezone": new.timezone,
                    "cursor": func.coalesce(new.cursor, digest_schedules.c.cursor),
                },
            ).returning(digest_schedules)
        )
        return _schedule(row)

    async def remove_schedule(self, schedule_id: int) -> bool:
        """False: there was none."""
        return await self._change(delete(digest_schedules).where(digest_schedules.c.id == schedule_id)) > 0

    async def move_cursor(self, schedule_id: int, to: datetime) -> None:
        """What is seen up to ``to`` was told. The cursor never goes back, so a late confirmation repeats nothing."""
        cursor = digest_schedules.c.cursor
        await self._change(
            update(digest_schedules)
            .where(digest_schedules.c.id == schedule_id, or_(cursor.is_(None), cursor < to))
            .values(cursor=to)
        )

    async def move_cursor_of(self, destination_ids: Sequence[int], to: datetime) -> None:
        """``move_cursor`` by destination."""
        cursor = digest_schedules.c.cursor
        await self._change(
            update(digest_schedules)
            .where(digest_schedules.c.destination_id.in_(destination_ids), or_(cursor.is_(None), cursor < to))
            .values(cursor=to)
        )


def _schedule(row: RowMapping) -> DigestSchedule:
    return DigestSchedule(
        id=row["id"],
        destination_id=row["destination_id"],
        times=tuple(load_time(time) for time in json.loads(row["times"])),
        days=integers(row["days"]),
        timezone=row["timezone"],
        cursor=row["cursor"],
    )
