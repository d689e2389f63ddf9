"""What may not go out now: quiet hours and budgets hold deliveries back, right before they would be sent.

Planning holds what it sees coming; here the clock of the moment decides, so that what was retried, mended or planned by an older setting keeps
to quiet hours as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.members import Mark
from bot.model.watches import Destination
from bot.planning.budget import day_start, over_budget, told_at
from bot.planning.nonce import nonce_of
from bot.planning.quiet import release_at
from bot.services.overflow import move_to_digest
from bot.store import Unit

_COUNTED = {DeliveryKind.ALERT, DeliveryKind.UPDATE}


async def apply_limits(unit: Unit, now: datetime, new_id: Callable[[], int]) -> None:
    """Holds what is due and falls into quiet hours or is over a budget; what was held over a budget long enough becomes a digest."""
    for overdue in await unit.deliveries.held_over_budget(due=now):
        await move_to_digest(unit, overdue, now=now, new_id=new_id, label="budget")
    for destination, waiting in await unit.deliveries.limited(now):
        awake = await _hold_quiet(unit, destination, waiting, now)
        if destination.budget is not None:
            await _hold_rest(unit, destination, awake, now, new_id)


async def _hold_quiet(
    unit: Unit, destination: Destination, waiting: Sequence[Delivery], now: datetime
) -> list[Delivery]:
    """Holds all but the digests that were asked for at this very time; answers what may go on."""
    until = release_at(destination.quiet, destination.timezone, now)
    if until is None:
        return list(waiting)
    awake = []
    for delivery in waiting:
        if delivery.kind is DeliveryKind.DIGEST and json.loads(delivery.payload or "{}").get("schedule") is not None:
            awake.append(delivery)
        else:
            await unit.deliveries.move(delivery.id, DeliveryState.HELD, now=now, reason="quiet", due=until)
    return awake


async def _hold_rest(
    unit: Unit, destination: Destination, waiting: Sequence[Delivery], now: datetime, new_id: Callable[[], int]
) -> None:
    """Sends the best of what waits as far as today's budget reaches; holds the rest for the digest and says so once a day."""
    alerts = [delivery for delivery in waiting if delivery.kind in _COUNTED]
    fresh = [delivery for delivery in alerts if delivery.first_attempt is None]
    if destination.budget is None or not fresh:
        return
    day = day_start(destination.timezone, now)
    used = await unit.deliveries.sent_today(destination.id, day) + len(alerts) - len(fresh)
    room = destination.budget - used
    if len(fresh) <= room:
        return
    ids = [delivery.story_id for delivery in fresh if delivery.story_id is not None]
    stories = await unit.stories.many(ids)
    marks = await unit.members.marks(destination.id, ids)
    followed = {story_id for story_id, mark in marks.items() if mark is Mark.FOLLOW}
    schedules = await unit.digests.schedules(destination.id)
    until = told_at(schedules[0] if schedules else None, destination.timezone, now)
    for delivery in over_budget(fresh, room, stories, followed):
        await unit.deliveries.move(delivery.id, DeliveryState.HELD, now=now, reason="budget", due=until)
    notice_id = new_id()
    local = day.astimezone(ZoneInfo(destination.timezone)).date()
    await unit.deliveries.plan(
        [
            Delivery(
                id=notice_id,
                key=f"notice:budget:{destination.id}:{local.isoformat()}",
                kind=DeliveryKind.NOTICE,
                destination_id=destination.id,
                story_id=None,
                nonce=nonce_of(notice_id, destination.id),
                state=DeliveryState.PLANNED,
                created=now,
                due=now,
                payload=json.dumps({"key": "notice.budget", "values": {}}),
            )
        ]
    )
