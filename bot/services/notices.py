"""Notices: what Vigie itself has to tell an owner, once, by direct message."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.feeds import Feed
from bot.model.watches import Destination, DestinationKind
from bot.planning.nonce import nonce_of
from bot.store import Unit


async def tell_blocked(unit: Unit, blocked: Destination, code: int, now: datetime, new_id: Callable[[], int]) -> None:
    """A channel cannot be written to any more: whoever set it up is told. A closed direct message has no other way."""
    if blocked.kind is DestinationKind.DM or blocked.channel_id is None:
        return
    owner = next((w.created_by for w, _ in await unit.watches.of_destination(blocked.id) if w.created_by), None)
    if owner is not None:
        await _notify(
            unit,
            owner,
            f"blocked:{blocked.id}",
            "notice.blocked",
            now,
            new_id,
            language=blocked.language,
            timezone=blocked.timezone,
            values={"channel": str(blocked.channel_id), "code": str(code)},
        )


async def tell_feed_owners(unit: Unit, feed: Feed, now: datetime, new_id: Callable[[], int]) -> None:
    """A feed that servers added has stopped (gone, or a month of errors): those who added it are told once (rule 34)."""
    for user_id in await unit.feeds.owners_of(feed.id):
        await _notify(
            unit,
            user_id,
            f"feed:{feed.id}:{feed.state.value}",
            f"notice.feed_{feed.state.value}",
            now,
            new_id,
            values={"feed": feed.title},
        )


async def _notify(
    unit: Unit,
    user_id: int,
    what: str,
    key: str,
    now: datetime,
    new_id: Callable[[], int],
    *,
    values: Mapping[str, str],
    language: str = "fr",
    timezone: str = "Europe/Paris",
) -> None:
    """``language``, ``timezone``: for a member of whom nothing is known, those of the place that the notice is about."""
    known = await unit.members.settings(user_id)
    place = await unit.watches.ensure_destination(
        Destination(
            id=new_id(),
            kind=DestinationKind.DM,
            user_id=user_id,
            language=(known.language if known else None) or language,
            timezone=(known.timezone if known else None) or timezone,
            quiet=known.quiet if known else None,
            budget=known.budget if known else None,
        )
    )
    delivery_id = new_id()
    notice = Delivery(
        id=delivery_id,
        key=f"notice:{what}:{user_id}:{now:%Y%m%d%H}",
        kind=DeliveryKind.NOTICE,
        destination_id=place.id,
        story_id=None,
        nonce=nonce_of(delivery_id, place.id),
        state=DeliveryState.PLANNED,
        created=now,
        due=now,
        payload=json.dumps({"key": key, "values": dict(values)}),
    )
    await unit.deliveries.plan([notice])
    unit.wake("deliveries")
