"""Sending: order, pace, retries, edits, blocked places, quiet hours, budgets, erasure."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from bot.model.content import AlertContent, DigestContent, NoticeContent
from bot.model.deliveries import DeliveryKind, DeliveryState
from bot.model.errors import SinkBlocked, SinkMessageGone, SinkRejected, SinkRetry
from bot.model.watches import Mode, QuietHours
from bot.services.deliver import DEFECT_ATTEMPTS, PROBE_AFTER
from tests.services.house import MONDAY, House
from tests.store.samples import direct, watch

pytestmark = pytest.mark.asyncio

SENT, PLANNED, HELD, BLOCKED, DROPPED, SENDING = (
    DeliveryState.SENT,
    DeliveryState.PLANNED,
    DeliveryState.HELD,
    DeliveryState.BLOCKED,
    DeliveryState.DROPPED,
    DeliveryState.SENDING,
)


async def test_a_message_that_must_wait_is_not_overtaken(home: House) -> None:
    here, one = await home.place()
    first, second, third = [await home.alert(here, one) for _ in range(3)]
    home.ledger.troubles = [SinkRetry("503", maybe_done=True)] * 2

    await home.deliver.drain()
    assert home.ledger.posts == {}
    assert ((await home.now(first)).state, (await home.now(first)).due) == (PLANNED, MONDAY + timedelta(seconds=5))
    await home.later(seconds=4)
    assert home.ledger.asked == 1, "neither early nor past it"
    await home.later(seconds=1)
    assert (await home.now(first)).due == home.clock.now() + timedelta(seconds=10), "the wait doubles"
    await home.later(seconds=10)

    assert [post.delivery_id for post in home.ledger.of(here)] == [first.id, second.id, third.id]


async def test_one_message_that_never_gets_through_ends_no_channel(home: House) -> None:
    here, one = await home.place()
    stuck, after = [await home.alert(here, one) for _ in range(2)]
    home.ledger.troubles = [SinkRetry("500", maybe_done=True)] * 7

    await home.deliver.drain()
    for _ in range(7):
        await home.later(minutes=16)

    assert (await home.now(stuck)).state is SENT and (await home.now(after)).state is SENT
    assert [post.delivery_id for post in home.ledger.of(here)] == [after.id, stuck.id]


async def test_what_was_carried_out_though_the_answer_was_lost_is_found_late(home: House) -> None:
    here, one = await home.place()
    alert = await home.alert(here, one)
    home.ledger.lost = [SinkRetry("connection reset", after_s=600, maybe_done=True)]

    await home.deliver.drain()
    assert (await home.now(alert)).state is PLANNED
    await home.later(seconds=600)

    assert (await home.now(alert)).state is SENT
    assert len(home.ledger.posts) == 1 and home.ledger.asked == 1, "it was looked for, not posted again"


async def test_what_stands_from_an_earlier_attempt_is_brought_up_to_date(home: House) -> None:
    here, one = await home.place()
    alert = await home.alert(here, one)
    home.ledger.lost = [SinkRetry("connection reset", after_s=600, maybe_done=True)]
    await home.deliver.drain()
    async with home.store.write() as unit:
        await unit.deliveries.request_edit([alert.id], home.clock.now())
    await home.later(seconds=600)
    (post,) = home.ledger.of(here)
    assert post.edits == 1, "the message that was found showed the story as it was before"
    now = await home.now(alert)
    assert (now.state, now.shown, now.wanted) == (SENT, 2, 2)


async def test_a_closed_place_is_asked_once_an_hour_and_its_owner_told_once(home: House) -> None:
    here, one = await home.place()
    alerts = [await home.alert(here, one) for _ in range(3)]
    home.ledger.closed[here.id] = SinkBlocked("Missing Permissions", 50013)

    await home.deliver.drain()
    place = await home.destination(here)
    assert (place.blocked_code, place.blocked_since) == (50013, MONDAY)
    assert (await home.now(alerts[0])).state is BLOCKED
    assert list(home.notices()) == ["notice.blocked"]
    asked = home.ledger.asked

    for _ in range(12):
        await home.later(minutes=10)
        await home.deliver.probe()
        await home.deliver.drain()
    assert home.ledger.asked - asked == 2, "two hours, two questions"
    assert list(home.notices()) == ["notice.blocked"]

    del home.ledger.closed[here.id]
    await home.later(seconds=PROBE_AFTER.total_seconds())
    await home.deliver.probe()
    await home.deliver.drain()
    assert [(await home.now(alert)).state for alert in alerts] == [SENT] * 3
    assert [post.delivery_id for post in home.ledger.of(here)] == [alert.id for alert in alerts]
    place = await home.destination(here)
    assert (place.blocked_code, place.blocked_notified) == (None, False)


async def test_settings_changed_while_a_message_is_refused_are_kept(home: House) -> None:
    here, one = await home.place()
    await home.alert(here, one)
    await home.change(here, budget=7)
    home.ledger.troubles = [SinkBlocked("Missing Access", 50001)]
    await home.deliver.drain()
    place = await home.destination(here)
    assert (place.budget, place.blocked_code) == (7, 50001)
    await home.deliver.mended(here)
    await home.deliver.drain()
    place = await home.destination(here)
    assert (place.budget, place.blocked_code) == (7, None)
    assert len(home.ledger.of(here)) == 1


async def test_a_closed_direct_message_stops_and_comes_back(home: House) -> None:
    owner, one = direct(4711), watch("pourparlers")
    async with home.store.write() as unit:
        await unit.watches.add(one, owner, Mode.INSTANT)
    alert = await home.alert(owner, one)
    home.ledger.closed[owner.id] = SinkBlocked("Cannot send messages to this user", 50007)
    await home.deliver.drain()
    assert (await home.now(alert)).state is BLOCKED and list(home.notices()) == []
    home.ledger.closed.clear()
    await home.later(hours=1)
    await home.deliver.probe()
    await home.deliver.drain()
    assert (await home.now(alert)).state is SENT


async def test_edits_are_coalesced_and_the_last_state_lands(home: House) -> None:
    here, one = await home.place()
    alert = await home.alert(here, one)
    await home.deliver.drain()
    (post,) = home.ledger.of(here)
    for _ in range(5):
        async with home.store.write() as unit:
            await unit.deliveries.request_edit([alert.id], home.clock.now() + timedelta(seconds=60))
    home.ledger.edit_troubles = [SinkRetry("502", maybe_done=True), SinkRetry("30046", after_s=900)]
    await home.later(seconds=60)
    assert post.edits == 0
    await home.later(seconds=60)
    await home.later(seconds=60)
    assert post.edits == 0, "nine hundred seconds were asked for"
    await home.later(seconds=900)
    now = await home.now(alert)
    assert post.edits == 1 and now.shown == now.wanted == 6


async def test_an_edit_that_a_closed_channel_refuses_lands_when_it_opens(home: House) -> None:
    here, one = await home.place()
    alert = await home.alert(here, one)
    await home.deliver.drain()
    home.ledger.closed[here.id] = SinkBlocked("Missing Access", 50001)
    async with home.store.write() as unit:
        await unit.deliveries.request_edit([alert.id], home.clock.now())
    await home.deliver.drain()
    assert (await home.destination(here)).blocked_code == 50001
    asked = home.ledger.asked
    await home.later(minutes=30)
    assert home.ledger.asked <= asked + 1, "only the notice to the owner"
    home.ledger.closed.clear()
    await home.deliver.mended(here)
    await home.later(minutes=1)
    assert home.ledger.of(here)[0].edits == 1


async def test_a_deleted_or_refused_message_ends_its_delivery_and_nothing_else(home: House) -> None:
    here, one = await home.place()
    gone, refused, well = [await home.alert(here, one) for _ in range(3)]
    home.ledger.troubles = [SinkMessageGone("10008"), SinkRejected("Invalid Form Body", 50035)]
    await home.deliver.drain()
    assert [((await home.now(d)).state, (await home.now(d)).reason) for d in (gone, refused, well)] == [
        (DROPPED, "deleted on Discord after it was delivered"),
        (DROPPED, "rejected: Discord code 50035"),
        (SENT, None),
    ]


async def test_a_defect_of_ours_ends_neither_the_sender_nor_the_channel(home: House) -> None:
    here, one = await home.place()
    bad, well = [await home.alert(here, one) for _ in range(2)]
    home.ledger.spoilt = {bad.id}
    await home.deliver.drain()
    for _ in range(DEFECT_ATTEMPTS):
        await home.later(minutes=16)
    assert ((await home.now(bad)).state, (await home.now(bad)).reason) == (DROPPED, "defect: KeyError")
    assert (await home.now(well)).state is SENT


async def test_quiet_hours_hold_and_release(home: House) -> None:
    here, one = await home.place(quiet=QuietHours(time(22), time(7)))
    await home.later(hours=9, minutes=59)  # 21:59
    late = await home.alert(here, one)
    home.ledger.troubles = [SinkRetry("503", after_s=300)]
    await home.deliver.drain()
    await home.later(minutes=1)
    night = await home.alert(here, one)
    await home.later(minutes=10)
    assert home.ledger.posts == {}, "what was to be tried again keeps to quiet hours too"
    assert ((await home.now(night)).state, (await home.now(night)).reason) == (HELD, "quiet")
    await home.later(hours=8, minutes=48)  # 06:58
    assert home.ledger.posts == {}
    await home.later(minutes=3)
    assert {post.delivery_id for post in home.ledger.of(here)} == {late.id, night.id}


async def test_a_budget_sends_the_best_and_digests_the_rest_and_says_so(home: House) -> None:
    here, one = await home.place(budget=3)
    stories = [await home.story(one, outlets=count) for count in (1, 4, 2, 3, 1)]
    await home.caught(here, one, *stories)

    await home.deliver.drain()
    sent = [post.stories[0] for post in home.ledger.of(here, AlertContent)]
    assert sorted(sent) == sorted([stories[1], stories[2], stories[3]]), "more outlets first"
    assert [p.content.key for p in home.ledger.of(here, NoticeContent)] == ["notice.budget"]  # type: ignore[union-attr]
    held = [d for d in await home.of(here) if d.state is HELD]
    assert [(d.story_id, d.reason) for d in held] == [(stories[0], "budget"), (stories[4], "budget")]

    await home.later(hours=3)
    sixth = await home.alert(here, one)
    await home.deliver.drain()
    assert (await home.now(sixth)).state is HELD and len(home.ledger.of(here, NoticeContent)) == 1

    await home.later(hours=17, minutes=1)  # the next morning
    (digest,) = home.ledger.of(here, DigestContent)
    assert digest.stories == [stories[0], stories[4], sixth.story_id]
    assert (await home.now(sixth)).reason is not None and "budget" in str((await home.now(sixth)).reason)
    fresh = await home.alert(here, one)
    await home.deliver.drain()
    assert (await home.now(fresh)).state is SENT, "a new day, a new budget"


async def test_a_member_who_is_erased_gets_nothing_more(home: House) -> None:
    owner, one = direct(4712), watch("pourparlers")
    async with home.store.write() as unit:
        await unit.watches.add(one, owner, Mode.INSTANT)
    first, second = [await home.alert(owner, one) for _ in range(2)]

    async def erase() -> None:
        async with home.store.write() as unit:
            await unit.members.erase(4712, home.clock.now())

    home.ledger.during = erase
    await home.deliver.drain()
    await home.later(hours=1)
    assert [p.delivery_id for p in home.ledger.posts.values()] == [first.id]
    async with home.store.read() as unit:
        assert await unit.deliveries.get(second.id) is None
        assert await unit.deliveries.unfinished() == []
    assert (await home.deliver.step()) == 0


async def test_kind_and_state_are_on_record(home: House) -> None:
    here, one = await home.place()
    alert = await home.alert(here, one)
    home.ledger.troubles = [SinkRetry("503", maybe_done=True)]
    await home.deliver.drain()
    await home.later(seconds=5)
    async with home.store.read() as unit:
        moves = [(change.to_state, change.reason) for change in await unit.deliveries.history(alert.id)]
    assert moves == [
        (PLANNED, None),
        (SENDING, None),
        (PLANNED, "retry: may have been carried out"),
        (SENDING, None),
        (SENT, None),
    ]
    assert alert.kind is DeliveryKind.ALERT
