"""Digest times: local clock times as instants, right across both daylight-saving changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model.watches import DigestSchedule


@dataclass(frozen=True, slots=True)
class Slot:
    """One digest that a schedule asks for. ``key`` is the same whenever and however often it is computed."""

    day: date
    at: time
    due: datetime
    """UTC."""

    @property
    def key(self) -> str:
        return f"{self.day.isoformat()}:{self.at:%H%M}"


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time. In the gap of spring: as far after the gap as it is into it (02:30 becomes 03:30, the offset
    before the change being used, PEP 495); in the repeated hour of autumn: the first of the two."""
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def slots_between(schedule: DigestSchedule, after: datetime, until: datetime) -> list[Slot]:
    """The schedule's slots with ``after < due <= until``, oldest first. Two local times never share a key."""
    if after >= until:
        return []
    days = (until - after).days + 4
    return sorted(
        (slot for slot in _slots_from(schedule, after, days) if after < slot.due <= until), key=lambda slot: slot.due
    )


def next_slot(schedule: DigestSchedule, after: datetime) -> Slot | None:
    """The first slot after ``after``; None for a schedule without days or times."""
    return min(
        (slot for slot in _slots_from(schedule, after, days=9) if slot.due > after),
        key=lambda slot: slot.due,
        default=None,
    )


def _slots_from(schedule: DigestSchedule, after: datetime, days: int) -> Iterator[Slot]:
    zone = ZoneInfo(schedule.timezone)
    first = after.astimezone(zone).date() - timedelta(days=1)
    for offset in range(days):
        day = first + timedelta(days=offset)
        if day.isoweekday() not in schedule.days:
            continue
        for at in sorted(set(schedule.times)):
            yield Slot(day=day, at=at, due=instant(day, at, zone))
