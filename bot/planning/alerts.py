"""From an article that matched to the messages it asks for: one alert a story and destination, edits after that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.matches import Match
from bot.model.members import Mark
from bot.model.stories import Placement
from bot.model.watches import Destination, Subscription, Watch
from bot.planning.nonce import nonce_of
from bot.planning.quiet import release_at


@dataclass(frozen=True, slots=True)
class Caught:
    """A match with the watch that made it and where it goes."""

    match: Match
    watch: Watch
    subscription: Subscription
    destination: Destination


@dataclass(frozen=True, slots=True)
class Pace:
    """Figures of the delivery settings that planning needs."""

    edit_gap: timedelta = timedelta(seconds=60)
    old_edit_gap: timedelta = timedelta(minutes=10)
    update_gap: timedelta = timedelta(hours=4)
    old_after: timedelta = timedelta(hours=1)
    """Discord slows edits of messages older than an hour (code 30046)."""


@dataclass(frozen=True, slots=True)
class EditRequest:
    """A posted message that has to show more, not before ``due``. ``watch_ids``: watches that now also ask for it."""

    delivery_id: int
    due: datetime
    watch_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """What an article changes for the destinations."""

    deliveries: tuple[Delivery, ...] = ()
    edits: tuple[EditRequest, ...] = ()
    dropped: tuple[int, ...] = ()
    """Unsent alerts that a merge made needless: an older message of the same destination tells the story."""


def plan_alerts(
    placement: Placement,
    caught: Iterable[Caught],
    existing: Sequence[Delivery],
    marks: Mapping[int, Mark],
    *,
    now: datetime,
    new_id: Callable[[], int],
    pace: Pace,
    silent: bool = False,
) -> AlertPlan:
    """What to post and what to edit because of one placed article.

    ``existing``: every alert and update of this story and of the stories merged into it, of any state. ``marks``: destination id to the
    owner's mark on this story. ``silent``: the article may not alert (first fetch, too old, a mass rewrite); it may still make an edit.
    """
    by_destination: dict[int, list[Caught]] = {}
    for item in caught:
        if item.subscription.mode.alerts and not item.watch.paused and not item.destination.paused:
            by_destination.setdefault(item.destination.id, []).append(item)
    told: dict[int, list[Delivery]] = {}
    for delivery in existing:
        if delivery.kind in {DeliveryKind.ALERT, DeliveryKind.UPDATE}:
            told.setdefault(delivery.destination_id, []).append(delivery)

    deliveries: list[Delivery] = []
    edits: list[EditRequest] = []
    for destination_id, items in by_destination.items():
        if destination_id in told or silent:
            continue
        watch_ids = tuple(sorted({item.watch.id for item in items}))
        destination = items[0].destination
        deliveries.append(
            _new(
                DeliveryKind.ALERT,
                f"alert:{destination_id}:{placement.story_id}",
                destination,
                placement.story_id,
                watch_ids,
                now=now,
                new_id=new_id,
                muted=marks.get(destination_id) is Mark.MUTE,
            )
        )
    dropped: list[int] = []
    for destination_id, earlier in told.items():
        items = by_destination.get(destination_id, [])
        needless = _needless(earlier)
        dropped += [delivery.id for delivery in needless]
        earlier = [delivery for delivery in earlier if delivery not in needless]
        watch_ids = tuple(sorted({item.watch.id for item in items}))
        shown = [d for d in earlier if d.state is not DeliveryState.DROPPED]
        for delivery in shown:
            edits.append(EditRequest(delivery.id, edit_due(delivery, now=now, pace=pace), watch_ids))
        if not shown or silent or marks.get(destination_id) is Mark.MUTE:
            continue
        update = _update(placement, earlier, shown, items, marks.get(destination_id), now=now, new_id=new_id, pace=pace)
        if update is not None:
            deliveries.append(update)
    return AlertPlan(tuple(deliveries), tuple(edits), tuple(dropped))


def edit_due(delivery: Delivery, *, now: datetime, pace: Pace) -> datetime:
    """When a message may next be edited: edits are coalesced, old messages are edited more rarely."""
    if delivery.sent is None:
        return now
    gap = pace.old_edit_gap if now - delivery.sent > pace.old_after else pace.edit_gap
    last = delivery.last_edit or delivery.sent
    return max(now, last + gap)


def _needless(earlier: Sequence[Delivery]) -> list[Delivery]:
    """Alerts of one destination for one story that wait although an older one stands or waits: two stories became one."""
    alive = [d for d in earlier if d.kind is DeliveryKind.ALERT and d.state is not DeliveryState.DROPPED]
    alive.sort(key=lambda d: (d.state is not DeliveryState.SENT, d.created, d.id))
    waiting = {DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.BLOCKED}
    return [delivery for delivery in alive[1:] if delivery.state in waiting]


def _update(
    placement: Placement,
    earlier: Sequence[Delivery],
    shown: Sequence[Delivery],
    items: Sequence[Caught],
    mark: Mark | None,
    *,
    now: datetime,
    new_id: Callable[[], int],
    pace: Pace,
) -> Delivery | None:
    """A second message for a told story: only for a new fact that reached the watch (or a followed story), at most once per gap."""
    if not placement.novelty or not (items or mark is Mark.FOLLOW):
        return None
    last = max((d.sent or d.created) for d in earlier)
    if now - last < pace.update_gap or any(d.state is not DeliveryState.SENT for d in shown):
        return None
    number = sum(1 for d in earlier if d.kind is DeliveryKind.UPDATE) + 1
    destination_id = shown[0].destination_id
    delivery_id = new_id()
    return Delivery(
        id=delivery_id,
        key=f"update:{destination_id}:{placement.story_id}:{number}",
        kind=DeliveryKind.UPDATE,
        destination_id=destination_id,
        story_id=placement.story_id,
        nonce=nonce_of(delivery_id, destination_id),
        state=DeliveryState.PLANNED,
        created=now,
        due=now,
        watch_ids=tuple(sorted({item.watch.id for item in items} or set(shown[0].watch_ids))),
    )


def _new(
    kind: DeliveryKind,
    key: str,
    destination: Destination,
    story_id: int,
    watch_ids: tuple[int, ...],
    *,
    now: datetime,
    new_id: Callable[[], int],
    muted: bool,
) -> Delivery:
    delivery_id = new_id()
    state, reason, due = DeliveryState.PLANNED, None, now
    if muted:
        state, reason = DeliveryState.DROPPED, "muted"
    else:
        released = release_at(destination.quiet, destination.timezone, now)
        if released is not None:
            state, reason, due = DeliveryState.HELD, "quiet", released
    return Delivery(
        id=delivery_id,
        key=key,
        kind=kind,
        destination_id=destination.id,
        story_id=story_id,
        nonce=nonce_of(delivery_id, destination.id),
        state=state,
        created=now,
        due=due,
        reason=reason,
        watch_ids=watch_ids,
    )
