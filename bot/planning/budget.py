"""Budgets: so many alerts a day by the destination's clock; the best go out, the rest waits for the digest (product.md, promise 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model.deliveries import Delivery
from bot.model.stories import Story
from bot.model.watches import DigestSchedule
from bot.planning.slots import next_slot

WITHOUT_SCHEDULE = (time(8, 0),)
"""When what is over the budget is told to a destination that has no digest times of its own."""

DIGEST_GRACE = timedelta(minutes=10)
"""How long the scheduled digest may take to fetch what is held for it, before a digest of its own is made of that."""


def day_start(timezone: str, now: datetime) -> datetime:
    """The beginning of the local day, in UTC. Where midnight itself is skipped: the first instant of the day."""
    zone = ZoneInfo(timezone)
    return datetime.combine(now.astimezone(zone).date(), time(0), tzinfo=zone).astimezone(UTC)


def told_at(schedule: DigestSchedule | None, timezone: str, now: datetime) -> datetime:
    """Until when an alert over the budget is held: the destination's next digest, else the next morning."""
    slot = next_slot(schedule, now) if schedule is not None else None
    if slot is not None:
        return slot.due + DIGEST_GRACE
    morning = next_slot(DigestSchedule(0, 0, WITHOUT_SCHEDULE, timezone=timezone), now)
    return morning.due if morning is not None else now + timedelta(days=1)


def over_budget(
    waiting: Sequence[Delivery], room: int, stories: Mapping[int, Story], followed: Collection[int] = ()
) -> list[Delivery]:
    """Those of the waiting alerts that do not fit into ``room``: all but the best.

    Best: a story the reader follows, then more independent outlets, then the one that waits longest.
    """

    def rank(delivery: Delivery) -> tuple[bool, int, datetime, int]:
        story = stories.get(delivery.story_id) if delivery.story_id is not None else None
        return (
            delivery.story_id not in followed,
            -(story.outlets if story is not None else 0),
            delivery.created,
            delivery.id,
        )

    return sorted(waiting, key=rank)[max(0, room) :]
