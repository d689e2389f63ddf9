"""What comes in a flood goes into one catch-up digest: nothing is dropped silently (fetching rule 57, product.md promise 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.planning.digest import ITEMS_PER_PART
from bot.planning.nonce import nonce_of
from bot.services.contents import DigestPayload
from bot.store import Unit

SILENT = "silent:"
"""Evidence of a placement whose article may not alert; the reason follows."""


def overflow_of(planned: Sequence[Delivery], *, keep: int, now: datetime, new_id: Callable[[], int]) -> list[Delivery]:
    """Of what one check plans, each destination gets its newest ``keep`` alerts; the rest becomes its catch-up digest.

    The alerts that give way are planned as DROPPED, so that their stories are not told to that destination again.
    """
    by_destination: dict[int, list[Delivery]] = {}
    for delivery in planned:
        if delivery.kind is DeliveryKind.ALERT and delivery.state is DeliveryState.PLANNED:
            by_destination.setdefault(delivery.destination_id, []).append(delivery)
    result = {delivery.id: delivery for delivery in planned}
    extra: list[Delivery] = []
    for alerts in by_destination.values():
        surplus = sorted(alerts, key=lambda delivery: delivery.id)[: max(0, len(alerts) - keep)]
        if not surplus:
            continue
        digests = _digest_of(surplus, now=now, new_id=new_id, label="burst")
        extra += digests
        for alert in surplus:
            result[alert.id] = replace(
                alert, state=DeliveryState.DROPPED, reason=f"in a catch-up digest: {digests[0].key}"
            )
    return [*result.values(), *extra]


async def hold_back(unit: Unit, *, now: datetime, new_id: Callable[[], int], keep: int, older_than: datetime) -> int:
    """Alerts planned before ``older_than`` and still unsent: the newest ``keep`` of a destination stay, the rest become its catch-up digest.

    Answers how many were moved. All in the caller's transaction: each alert is in exactly one of the two.
    """
    moved = 0
    for destination_id in await unit.deliveries.crowded(before=older_than, more_than=keep):
        alerts = await unit.deliveries.planned_alerts(destination_id, before=older_than)
        alerts.sort(key=lambda delivery: (delivery.created, delivery.id), reverse=True)
        moved += await move_to_digest(unit, alerts[keep:], now=now, new_id=new_id, label="catchup")
    return moved


async def move_to_digest(
    unit: Unit, alerts: Sequence[Delivery], *, now: datetime, new_id: Callable[[], int], label: str
) -> int:
    """Turns unsent alerts of one destination into catch-up digests; the alerts end as DROPPED with the digest's key as their reason.

    A catch-up that waits unsent already is taken into the new one: a long outage ends with one, not with one for every alert.
    """
    alerts = [alert for alert in alerts if alert.story_id is not None and alert.watch_ids]
    if not alerts:
        return 0
    ordered = sorted(alerts, key=lambda delivery: (delivery.created, delivery.id))
    waiting = await _unsent_catch_ups(unit, ordered[0].destination_id, label)
    digests = _digest_of(ordered, now=now, new_id=new_id, label=label, earlier=[payload for _, payload in waiting])
    for delivery, _ in waiting:
        reason = f"in a catch-up digest: {digests[0].key}"
        await unit.deliveries.move(delivery.id, DeliveryState.DROPPED, now=now, reason=reason)
    await unit.deliveries.plan(digests)
    word = "budget, " if label == "budget" else ""
    for alert in ordered:
        await unit.deliveries.move(
            alert.id, DeliveryState.DROPPED, now=now, reason=f"{word}in a catch-up digest: {digests[0].key}"
        )
    return len(ordered)


async def _unsent_catch_ups(unit: Unit, destination_id: int, label: str) -> list[tuple[Delivery, DigestPayload]]:
    """The catch-up digests of a destination of which no part was tried, in the order of their parts."""
    found = await unit.deliveries.of_destination(destination_id, states=[DeliveryState.PLANNED, DeliveryState.HELD])
    waiting: dict[str, list[tuple[Delivery, DigestPayload]]] = {}
    for delivery in found:
        digest, _, _ = delivery.key.rpartition(":")
        if delivery.first_attempt is None and digest.startswith(f"digest:{destination_id}:{label}:"):
            payload = DigestPayload.from_json(delivery.payload or "{}")
            waiting.setdefault(digest, []).append((delivery, payload))
    whole = [parts for parts in waiting.values() if len(parts) == parts[0][1].parts]
    return sorted((part for parts in whole for part in parts), key=lambda pair: (pair[0].created, pair[0].id))


def _digest_of(
    alerts: Sequence[Delivery],
    *,
    now: datetime,
    new_id: Callable[[], int],
    label: str,
    earlier: Sequence[DigestPayload] = (),
) -> list[Delivery]:
    told = [item for payload in earlier for item in payload.items]
    return digest_deliveries(
        destination_id=alerts[0].destination_id,
        items=[
            *told,
            *(
                (alert.watch_ids[0], alert.story_id, True, 0)
                for alert in alerts
                if alert.story_id is not None and alert.watch_ids
            ),
        ],
        since=min([*(payload.since for payload in earlier), *(alert.created for alert in alerts)]),
        until=now,
        key=f"{label}:{alerts[0].id}",
        now=now,
        new_id=new_id,
        catch_up=True,
    )


def digest_deliveries(
    *,
    destination_id: int,
    items: Sequence[tuple[int, int, bool, int]],
    since: datetime,
    until: datetime,
    key: str,
    now: datetime,
    new_id: Callable[[], int],
    late: bool = False,
    catch_up: bool = False,
    schedule_id: int | None = None,
) -> list[Delivery]:
    """A digest as its messages, cut between stories, each a delivery of its own so that it resumes at the part that is missing."""
    pieces = [tuple(items[start : start + ITEMS_PER_PART]) for start in range(0, len(items), ITEMS_PER_PART)]
    deliveries = []
    for number, piece in enumerate(pieces, start=1):
        delivery_id = new_id()
        payload = DigestPayload(since, until, piece, number, len(pieces), late, catch_up, schedule_id)
        deliveries.append(
            Delivery(
                id=delivery_id,
                key=f"digest:{destination_id}:{key}:{number}",
                kind=DeliveryKind.DIGEST,
                destination_id=destination_id,
                story_id=None,
                nonce=nonce_of(delivery_id, destination_id),
                state=DeliveryState.PLANNED,
                created=now,
                due=now,
                watch_ids=tuple(sorted({watch_id for watch_id, _, _, _ in piece})),
                payload=payload.to_json(),
            )
        )
    return deliveries
