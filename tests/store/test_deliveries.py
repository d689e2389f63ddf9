"""Deliveries: planned once, claimed by one, every move allowed and on record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.deliveries import DeliveryKind, DeliveryState
from bot.model.ports import Receipt
from bot.model.records import Change
from bot.model.watches import Destination
from bot.store import IllegalMove, Store
from tests.store.samples import T0, channel, delivery, direct, new_id, put_destination, put_story, put_watch

pytestmark = pytest.mark.asyncio

PLANNED, SENDING, SENT, HELD, BLOCKED, DROPPED = (
    DeliveryState.PLANNED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.HELD,
    DeliveryState.BLOCKED,
    DeliveryState.DROPPED,
)
RECEIPT = Receipt(channel_id=600, message_id=700, thread_id=800)


async def _claimed(store: Store, limit: int = 10, minutes: float = 0, **kw: object) -> list[int]:
    async with store.write() as unit:
        found = await unit.deliveries.claim_posts(T0 + timedelta(minutes=minutes), limit, **kw)  # type: ignore[arg-type]
        return [one.id for one, _ in found]


async def test_a_known_key_is_never_planned_again(store: Store) -> None:
    async with store.write() as unit:
        here = await put_destination(unit)
        first = delivery(
            here, key="alert:1:1", payload='{"é": 1}', watch_ids=(3, 4), reason="why", due=T0 + timedelta(hours=1)
        )
        twin = delivery(here, key="alert:1:1")
        other = delivery(here)
        assert await unit.deliveries.plan([first, other]) == [first.id, other.id]
        assert await unit.deliveries.plan([twin]) == []
        assert await unit.deliveries.plan([]) == []
        assert await unit.deliveries.by_key("alert:1:1") == await unit.deliveries.get(first.id) == first
        assert await unit.deliveries.get(twin.id) is None
        assert await unit.deliveries.history(first.id) == [Change(T0, None, PLANNED, "why")]


async def test_two_processes_that_plan_the_same_plan_it_once(store: Store, second: Store) -> None:
    async with store.write() as unit:
        here = await put_destination(unit)
        story = await put_story(unit)

    async def plan(one: Store) -> int:
        async with one.write() as unit:
            return len(await unit.deliveries.plan([delivery(here, story)]))

    assert sum(await asyncio.gather(*(plan(one) for one in [store, second] * 4))) == 1


async def test_a_delivery_to_a_place_that_is_gone_is_left_out(store: Store) -> None:
    async with store.write() as unit:
        here = await put_destination(unit)
        assert len(await unit.deliveries.plan([delivery(here), delivery(channel())])) == 1


async def test_what_is_due_is_claimed_oldest_first_one_a_place(store: Store) -> None:
    async with store.write() as unit:
        a, b = await put_destination(unit), await put_destination(unit)
        a2, a1 = delivery(a, due=T0 - timedelta(minutes=1)), delivery(a, due=T0 - timedelta(minutes=9))
        b1 = delivery(b, due=T0 - timedelta(minutes=5))
        await unit.deliveries.plan([a2, a1, b1, delivery(b, due=T0 + timedelta(minutes=9))])
        claimed = await unit.deliveries.claim_posts(T0, 10)
        assert claimed == [
            (replace(a1, state=SENDING, attempts=1, first_attempt=T0), a),
            (replace(b1, state=SENDING, attempts=1, first_attempt=T0), b),
        ]
        assert await unit.deliveries.claim_posts(T0, 10) == [], "both places are at it"
        assert [one.id for one, _ in await unit.deliveries.unfinished()] == [a1.id, b1.id]
        await unit.deliveries.sent(a1.id, RECEIPT, 1, T0)
        assert [one.id for one, _ in await unit.deliveries.claim_posts(T0, 10)] == [a2.id]
        # Tried again, it keeps the time of its first attempt: the nonce was known from then on.
        again = T0 + timedelta(minutes=3)
        await unit.deliveries.move(b1.id, PLANNED, now=again, reason="retry", due=again)
        assert await unit.deliveries.claim_posts(T0, 10) == []
        ((retried, _),) = await unit.deliveries.claim_posts(again, 1)
        assert (retried.id, retried.attempts, retried.first_attempt, retried.reason) == (b1.id, 2, T0, None)


async def test_the_limit_goes_to_the_oldest(store: Store) -> None:
    async with store.write() as unit:
        ones = [delivery(await put_destination(unit), due=T0 - timedelta(minutes=m)) for m in (1, 3, 2)]
        await unit.deliveries.plan(ones)
    assert await _claimed(store, 2) == [ones[1].id, ones[2].id]


async def test_closed_busy_and_foreign_places_give_nothing(store: Store) -> None:
    async with store.write() as unit:
        places = {
            "open": channel(),
            "blocked": channel(blocked_code=50013, blocked_since=T0),
            "paused": channel(paused=True),
            "busy place": channel(),
            "busy channel": channel(),
            "other server": channel(guild_id=78),
            "dm": direct(501),
        }
        stored = {name: await put_destination(unit, place) for name, place in places.items()}
        planned = {name: delivery(place) for name, place in stored.items()}
        await unit.deliveries.plan(list(planned.values()))
        names = {one.id: name for name, one in planned.items()}
    busy = [stored["busy place"].id, stored["busy channel"].channel_id]
    claimed = await _claimed(store, busy_channels=busy, guild_ids=[77], direct=False)
    assert [names[one] for one in claimed] == ["open"]
    claimed = await _claimed(store, busy_channels=busy, guild_ids=[78])
    assert {names[one] for one in claimed} == {"other server", "dm"}
    assert {names[one] for one in await _claimed(store)} == {"busy place", "busy channel"}


async def test_many_claimers_never_get_the_same_nor_two_of_one_place(store: Store, second: Store) -> None:
    async with store.write() as unit:
        places = [await put_destination(unit) for _ in range(8)]
        ones = [delivery(place, due=T0 - timedelta(seconds=i)) for place in places for i in range(5)]
        await unit.deliveries.plan(ones)
    taken: list[int] = []
    at_it: set[int] = set()

    async def work(one: Store, name: str) -> None:
        for _ in range(40):
            async with one.write() as unit:
                claimed = await unit.deliveries.claim_posts(T0, 3, worker=name)
            for mine, place in claimed:
                assert place.id not in at_it, "two at once for one place"
                at_it.add(place.id)
                taken.append(mine.id)
                await asyncio.sleep(0.001)
                at_it.remove(place.id)
                async with one.write() as unit:
                    await unit.deliveries.sent(mine.id, Receipt(1, mine.id), 1, T0)

    await asyncio.gather(*(work(one, f"w{i}") for i, one in enumerate([store, second] * 3)))
    assert sorted(taken) == sorted(one.id for one in ones)
    order = {one.id: one.due for one in ones}
    of = {one.id: one.destination_id for one in ones}
    for place in places:
        dues = [order[one] for one in taken if of[one] == place.id]
        assert dues == sorted(dues), "a place gets its messages in order"


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("to", list(DeliveryState))
async def test_only_the_moves_of_the_table(store: Store, state: DeliveryState, to: DeliveryState) -> None:
    from bot.model.deliveries import MOVES

    async with store.write() as unit:
        one = delivery(await put_destination(unit), state=state)
        await unit.deliveries.plan([one])
    allowed = to in MOVES[state]

    async def move() -> None:
        async with store.write() as unit:
            if to is SENT:
                await unit.deliveries.sent(one.id, RECEIPT, 1, T0)
            else:
                await unit.deliveries.move(one.id, to, now=T0, reason="because")

    if allowed:
        await move()
    else:
        with pytest.raises(IllegalMove, match=f"delivery {one.id}: is {state.value}, cannot become {to.value}"):
            await move()
    async with store.read() as unit:
        after = await unit.deliveries.get(one.id)
        assert after is not None and after.state is (to if allowed else state)
        reason = None if to is SENT else "because"
        moves = [Change(T0, state, to, reason)] if allowed else []
        assert await unit.deliveries.history(one.id) == [Change(T0, None, state), *moves]


async def test_sent_only_with_a_receipt_and_only_what_is_there(store: Store) -> None:
    async with store.write() as unit:
        one = delivery(await put_destination(unit), state=SENDING)
        await unit.deliveries.plan([one])
        with pytest.raises(IllegalMove, match=r"use sent\(\)"):
            await unit.deliveries.move(one.id, SENT, now=T0)
        with pytest.raises(IllegalMove, match="is gone"):
            await unit.deliveries.sent(12345, RECEIPT, 1, T0)
        await unit.deliveries.sent(one.id, RECEIPT, 1, T0)
        stored = await unit.deliveries.get(one.id)
        assert stored == replace(one, state=SENT, sent=T0, channel_id=600, message_id=700, thread_id=800, shown=1)
        assert await unit.deliveries.by_message(600, 700) == await unit.deliveries.by_message(800, 700) == stored
        assert await unit.deliveries.by_message(601, 700) is None


async def test_an_edit_is_wanted_claimed_and_shown(store: Store, second: Store) -> None:
    async with store.write() as unit:
        here = await put_destination(unit)
        one, dropped = delivery(here, state=SENDING, wanted=1), delivery(here, state=DROPPED)
        await unit.deliveries.plan([one, dropped])
        await unit.deliveries.sent(one.id, RECEIPT, 1, T0)
        assert await unit.deliveries.next_due(T0) is None
        assert await unit.deliveries.request_edit([one.id, dropped.id], T0 + timedelta(minutes=5)) == 1
        assert await unit.deliveries.request_edit([one.id], T0 + timedelta(minutes=2)) == 1
        assert await unit.deliveries.request_edit([one.id], T0 + timedelta(minutes=9)) == 1
        assert await unit.deliveries.next_due(T0) == T0 + timedelta(minutes=2), "the soonest wish counts"
        assert await unit.deliveries.claim_edits(T0 + timedelta(minutes=1), 5) == []
        assert await unit.deliveries.claim_edits(T0 + timedelta(minutes=2), 5, [here.id]) == []
    now = T0 + timedelta(minutes=2)

    async def claim(one: Store) -> list[int]:
        async with one.write() as unit:
            return [found.wanted for found, _ in await unit.deliveries.claim_edits(now, 5)]

    assert sorted(await asyncio.gather(*(claim(s) for s in [store, second] * 3)), reverse=True)[0] == [4]
    async with store.write() as unit:
        assert len(await unit.deliveries.claim_edits(now + timedelta(minutes=6), 5)) == 1, "a dead one's lease runs out"
        await unit.deliveries.request_edit([one.id], now)
        await unit.deliveries.edited(one.id, 4, now, next_due=now + timedelta(minutes=1))
        after = await unit.deliveries.get(one.id)
        assert after is not None
        assert (after.shown, after.wanted, after.last_edit, after.edit_due) == (4, 5, now, now + timedelta(minutes=1))
        ((claimed, _),) = await unit.deliveries.claim_edits(now + timedelta(minutes=1), 5)
        await unit.deliveries.postpone_edit(claimed.id, now + timedelta(minutes=8))
        assert await unit.deliveries.next_due(now) == now + timedelta(minutes=8)
        await unit.deliveries.edited(one.id, 5, now)
        after = await unit.deliveries.get(one.id)
        assert after is not None and (after.shown, after.edit_due) == (5, None)
        await unit.deliveries.request_edit([one.id], now)
        await unit.deliveries.postpone_edit(one.id, None)
        assert await unit.deliveries.next_due(now) is None


async def test_a_change_while_it_is_being_sent_is_edited_in_after(store: Store) -> None:
    async with store.write() as unit:
        one = delivery(await put_destination(unit))
        await unit.deliveries.plan([one])
        ((claimed, _),) = await unit.deliveries.claim_posts(T0, 1)
        await unit.deliveries.request_edit([one.id], T0 + timedelta(minutes=1))
        await unit.deliveries.sent(one.id, RECEIPT, claimed.wanted, T0)
        assert await unit.deliveries.next_due(T0) == T0 + timedelta(minutes=1)
        assert len(await unit.deliveries.claim_edits(T0 + timedelta(minutes=1), 5)) == 1


async def test_held_and_blocked_are_released(store: Store) -> None:
    async with store.write() as unit:
        here, there = await put_destination(unit), await put_destination(unit)
        morning = T0 + timedelta(hours=8)
        held = delivery(here, state=HELD, due=morning, reason="quiet hours")
        blocked = delivery(here, state=BLOCKED, reason="50013")
        other = delivery(there, state=HELD, due=morning)
        over = delivery(here, state=DROPPED, reason="muted")
        await unit.deliveries.plan([held, blocked, other, over])
        assert await unit.deliveries.next_due(T0) == morning
        assert await unit.deliveries.release(here.id, T0) == 2
        assert [one.id for one, _ in await unit.deliveries.claim_posts(T0, 9)] == [blocked.id]
        assert await unit.deliveries.release_held(morning - timedelta(seconds=1)) == 0
        assert await unit.deliveries.release_held(morning) == 1
        assert [one.id for one, _ in await unit.deliveries.claim_posts(morning, 9)] == [other.id]
        assert (await unit.deliveries.history(other.id))[1] == Change(morning, HELD, PLANNED)
        counts = await unit.deliveries.counts()
        assert counts == {PLANNED: 1, SENDING: 2, SENT: 0, HELD: 0, BLOCKED: 0, DROPPED: 1}


async def test_unfinished_work_of_a_dead_process_is_found(store: Store) -> None:
    async with store.write() as unit:
        a, b = delivery(await put_destination(unit)), delivery(await put_destination(unit))
        await unit.deliveries.plan([a, b])
        assert len(await unit.deliveries.claim_posts(T0, 1, worker="one", lease_s=60)) == 1
        assert len(await unit.deliveries.claim_posts(T0, 1, worker="two", lease_s=600)) == 1
        soon, late = T0 + timedelta(seconds=30), T0 + timedelta(seconds=60)

        async def left(**kw: object) -> set[int]:
            return {one.id for one, _ in await unit.deliveries.unfinished(**kw)}  # type: ignore[arg-type]

        assert await left() == {a.id, b.id}
        assert await left(now=soon) == set()
        assert await left(now=late) == {a.id}
        assert await left(now=soon, worker="two") == {b.id}
        await unit.deliveries.renew_claims([a.id, b.id], late, 60)
        assert await left(now=late) == set()
        # Taken over: a move from SENDING to SENDING.
        await unit.deliveries.move(a.id, SENDING, now=late, reason="taken over")
        assert [change.to_state for change in await unit.deliveries.history(a.id)] == [PLANNED, SENDING, SENDING]


async def test_dropping_for_a_watch_a_place_or_a_member(store: Store) -> None:
    async with store.write() as unit:
        here, mine = await put_destination(unit), await put_destination(unit, direct(501))
        both, only = delivery(here, watch_ids=(1, 2)), delivery(here, watch_ids=(1,), state=HELD)
        under_way, personal = delivery(here, watch_ids=(1,), state=SENDING), delivery(mine, watch_ids=(3,))
        await unit.deliveries.plan([both, only, under_way, personal])
        assert await unit.deliveries.drop_for(now=T0, reason="watch removed", watch_ids=[1]) == 1
        stored = {one.id: one for one in await unit.deliveries.of_destination(here.id)}
        assert stored[only.id] == replace(only, state=DROPPED, reason="watch removed")
        assert stored[both.id] == replace(both, watch_ids=(2,))
        assert stored[under_way.id] == under_way, "its sender settles it"
        assert (await unit.deliveries.history(only.id))[-1] == Change(T0, HELD, DROPPED, "watch removed")
        assert await unit.deliveries.drop_for(now=T0, reason="erased", user_id=501) == 1
        assert await unit.deliveries.drop_for(now=T0, reason="channel gone", destination_id=here.id) == 1
        assert await unit.deliveries.counts() == {PLANNED: 0, SENDING: 1, SENT: 0, HELD: 0, BLOCKED: 0, DROPPED: 3}


async def test_removing_a_watch_drops_what_it_had_planned(store: Store) -> None:
    async with store.write() as unit:
        watched = await put_watch(unit)
        subscription = await unit.watches.subscription_of(watched.id)
        assert subscription is not None
        here = await unit.watches.destination(subscription.destination_id)
        assert isinstance(here, Destination)
        one = delivery(here, watch_ids=(watched.id,))
        await unit.deliveries.plan([one])
        assert await unit.watches.remove(watched.id)
        after = await unit.deliveries.get(one.id)
        assert after is not None and (after.state, after.reason) == (DROPPED, "watch removed")


async def test_what_a_place_was_told_of_a_story(store: Store) -> None:
    async with store.write() as unit:
        here, there = await put_destination(unit), await put_destination(unit)
        old_story, story = await put_story(unit), await put_story(unit)
        alert = delivery(here, old_story, state=SENDING)
        update = delivery(here, story, key="u", kind=DeliveryKind.UPDATE, created=T0 + timedelta(hours=1))
        digest = delivery(here, key="d", kind=DeliveryKind.DIGEST, created=T0 + timedelta(hours=2), state=SENDING)
        dropped = delivery(here, story, key="x", state=DROPPED, created=T0 + timedelta(hours=3))
        await unit.deliveries.plan([alert, update, digest, dropped, delivery(there, story)])
        await unit.deliveries.sent(alert.id, RECEIPT, 1, T0)
        await unit.deliveries.sent(digest.id, RECEIPT, 1, T0)
        assert await unit.deliveries.last_new_message(there.id, old_story) is None
        found = await unit.deliveries.last_new_message(here.id, old_story)
        assert found is not None and found.id == alert.id
        await unit.stories.merge([old_story], story, T0)
        found = await unit.deliveries.last_new_message(here.id, story)
        assert found is not None and found.id == update.id, "planned ones count"
        await unit.deliveries.move(update.id, DROPPED, now=T0)
        found = await unit.deliveries.last_new_message(here.id, story)
        assert found is not None and found.id == alert.id, "of the story that was merged into it"
        assert [one.id for one in await unit.deliveries.of_story([old_story])] == [alert.id]
        assert len(await unit.deliveries.of_story([old_story, story])) == 4
        assert await unit.deliveries.sent_today(here.id, T0) == 1, "a digest is not counted"
        assert await unit.deliveries.sent_today(here.id, T0 + timedelta(seconds=1)) == 0
        newest = await unit.deliveries.of_destination(here.id, states=[SENT, DROPPED], since=T0, limit=2)
        assert [one.id for one in newest] == [dropped.id, digest.id]


async def test_a_flood_is_found(store: Store) -> None:
    async with store.write() as unit:
        here, there = await put_destination(unit), await put_destination(unit)
        before = T0 + timedelta(hours=1)
        old = [delivery(here, created=T0 + timedelta(minutes=i)) for i in range(3)]
        tried = delivery(here, first_attempt=T0, attempts=1)
        young = delivery(here, created=before)
        held, digest = delivery(here, state=HELD), delivery(here, kind=DeliveryKind.DIGEST)
        await unit.deliveries.plan([*reversed(old), tried, young, held, digest, delivery(there)])
        assert await unit.deliveries.crowded(before=before, more_than=2) == [here.id]
        assert await unit.deliveries.crowded(before=before, more_than=3) == []
        assert await unit.deliveries.planned_alerts(here.id, before=before) == old


async def test_a_number_stays_a_number(store: Store) -> None:
    """Discord's ids take 63 bits; JavaScript's numbers would not hold them, our columns must."""
    big = (1 << 63) - 1
    async with store.write() as unit:
        here = await put_destination(unit, channel(big - 5, guild_id=big))
        one = delivery(here, id=big - new_id(), state=SENDING)
        await unit.deliveries.plan([one])
        await unit.deliveries.sent(one.id, Receipt(big, big - 1, big - 2), 1, T0)
        assert await unit.deliveries.by_message(big, big - 1) is not None
        assert await unit.watches.destination_for(here.kind, channel_id=big - 5) == here
