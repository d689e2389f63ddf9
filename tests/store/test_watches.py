"""Watches, subscriptions, destinations and schedules."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.model.members import Mark
from bot.model.watches import (
    Destination,
    DestinationKind,
    DigestSchedule,
    Mode,
    Owner,
    OwnerKind,
    QuietHours,
    Strictness,
    Watch,
)
from bot.store import Store
from tests.store.samples import (
    T0,
    TestClock,
    channel,
    delivery,
    direct,
    new_id,
    put_destination,
    put_story,
    put_watch,
    watch,
)

pytestmark = pytest.mark.asyncio

MEMBER = Owner(OwnerKind.MEMBER, 501)


async def test_a_watch_comes_back_as_it_was_written(store: Store) -> None:
    full = watch(
        'sommet «Poutine-Zelensky»|"саміт" -foot',
        MEMBER,
        lang="fr",
        strictness=Strictness.WIDE,
        exclude=("foot", "ціна, на газ"),
        languages=("fr", "uk"),
        preset="summit",
        created=T0,
        created_by=501,
        paused=True,
    )
    async with store.write() as unit:
        place = direct(501)
        subscription = await unit.watches.add(full, place, Mode.BOTH, 909)
        assert await unit.watches.get(full.id) == full
        assert await unit.watches.get(5) is None
        assert await unit.watches.subscription_of(full.id) == subscription
        assert (subscription.watch_id, subscription.destination_id) == (full.id, place.id)
        assert (subscription.mode, subscription.mention_role) == (Mode.BOTH, 909)


async def test_an_owner_has_only_his_own(store: Store) -> None:
    async with store.write() as unit:
        mine = [await put_watch(unit, watch(f"mot {i}", MEMBER), direct(501)) for i in range(3)]
        guilds = await put_watch(unit, watch("mot", Owner(OwnerKind.GUILD, 501)))
        assert await unit.watches.of(MEMBER) == mine
        assert await unit.watches.count(MEMBER) == 3
        assert await unit.watches.count(Owner(OwnerKind.MEMBER, 502)) == 0
        assert await unit.watches.all() == [*mine, guilds]
        assert await unit.watches.many([guilds.id, 5]) == {guilds.id: guilds}
        assert await unit.watches.remove(mine[1].id)
        assert not await unit.watches.remove(mine[1].id)
        assert await unit.watches.of(MEMBER) == [mine[0], mine[2]]


async def test_subscriptions_of_many_watches(store: Store) -> None:
    async with store.write() as unit:
        here = await put_destination(unit)
        watches = [watch(f"mot {i}") for i in range(3)]
        for one in reversed(watches):
            await unit.watches.add(one, replace(here, id=new_id()), Mode.DIGEST)
        found = await unit.watches.subscriptions([one.id for one in watches] + [5])
        assert [(one, place) for one, _, place in found] == [(one, here) for one in watches], "one place, stored once"
        changed = replace(found[0][1], mode=Mode.INSTANT, mention_role=3)
        assert await unit.watches.set_subscription(changed) == changed
        there = await put_destination(unit)
        moved = await unit.watches.set_subscription(replace(changed, destination_id=there.id))
        assert moved.destination_id == there.id
        assert [one for one, _ in await unit.watches.of_destination(here.id)] == watches[1:]
        assert await unit.watches.of_destination(there.id) == [(watches[0], moved)]


async def test_other_processes_learn_of_every_change(store: Store, second: Store) -> None:
    async def follow(since: int) -> tuple[int, list[Watch], list[int]]:
        async with second.read() as unit:
            return await unit.watches.changed_since(since)

    assert await follow(0) == (0, [], [])
    async with store.write() as unit:
        one, other = await put_watch(unit), await put_watch(unit)
    version, changed, removed = await follow(0)
    assert (changed, removed) == ([one, other], [])
    async with store.write() as unit:
        paused = replace(one, paused=True)
        assert await unit.watches.update(paused)
        assert not await unit.watches.update(replace(one, id=12345))
        await unit.watches.remove(other.id)
    newer, changed, removed = await follow(version)
    assert newer > version
    assert (changed, removed) == ([paused], [other.id])
    assert await follow(newer) == (newer, [], [])
    assert (await follow(0))[1:] == ([paused], [other.id])
    async with store.write() as unit:
        subscription = await unit.watches.subscription_of(one.id)
        assert subscription is not None
        await unit.watches.set_subscription(replace(subscription, mode=Mode.DIGEST))
    assert (await follow(newer))[1] == [paused]


async def test_no_change_is_missed_between_two_writers(store: Store, second: Store) -> None:
    seen: set[int] = set()
    version = 0
    made: list[int] = []
    going = True

    async def write(one: Store) -> None:
        for _ in range(15):
            async with one.write() as unit:
                made.append((await put_watch(unit)).id)

    async def follow() -> None:
        nonlocal version
        while going:
            async with second.read() as unit:
                version, changed, _ = await unit.watches.changed_since(version)
            seen.update(one.id for one in changed)
            await asyncio.sleep(0)

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(write(one) for one in (store, second) for _ in range(2)))
    going = False
    await follower
    async with second.read() as unit:
        _, changed, _ = await unit.watches.changed_since(version)
    seen.update(one.id for one in changed)
    assert seen == set(made)
    assert len(made) == 60


async def test_destinations(store: Store) -> None:
    full = Destination(
        new_id(),
        DestinationKind.FORUM,
        guild_id=77,
        channel_id=600,
        language="uk",
        timezone="Europe/Kyiv",
        quiet=QuietHours(time(22), time(7, 30)),
        budget=10,
        blocked_code=50013,
        blocked_since=T0,
        blocked_notified=True,
        paused=True,
    )
    async with store.write() as unit:
        assert await unit.watches.ensure_destination(full) == full
        assert await unit.watches.destination(full.id) == full
        # The same channel under another id and kind is the same place.
        again = Destination(new_id(), DestinationKind.ANNOUNCEMENT, guild_id=77, channel_id=600)
        assert await unit.watches.ensure_destination(again) == full
        assert await unit.watches.destination_for(DestinationKind.TEXT, 77, 600) == full
        assert await unit.watches.destination_for(DestinationKind.DM, user_id=600) is None
        mine = await put_destination(unit, direct(600))
        assert await unit.watches.destination_for(DestinationKind.DM, user_id=600) == mine
        terminal = Destination(new_id(), DestinationKind.TERMINAL)
        assert await unit.watches.ensure_destination(terminal) == terminal
        assert await unit.watches.ensure_destination(replace(terminal, id=new_id())) == terminal
        assert await unit.watches.destinations() == [full, mine, terminal]
        assert await unit.watches.destinations(blocked=True) == [full]
        assert await unit.watches.destinations(blocked=False) == [mine, terminal]
        assert await unit.watches.guild_destinations(77) == [full]
        mended = replace(full, blocked_code=None, blocked_since=None, quiet=None, paused=False)
        await unit.watches.save_destination(mended)
        assert await unit.watches.destination(full.id) == mended
        assert await unit.watches.remove_destination(full.id)
        assert not await unit.watches.remove_destination(full.id)


async def test_two_that_set_up_one_place_get_one_destination(store: Store, second: Store) -> None:
    async def ensure(one: Store) -> int:
        async with one.write() as unit:
            return (await unit.watches.ensure_destination(channel(600))).id

    assert len(set(await asyncio.gather(*(ensure(one) for one in [store, second] * 4)))) == 1


async def test_unused_destinations_are_removed(store: Store) -> None:
    async with store.write() as unit:
        unused, quiet = channel(), channel(quiet=QuietHours(time(22), time(7)))
        budget, paused = channel(budget=3), channel(paused=True)
        watched, scheduled, told, marked = channel(), channel(), channel(), channel()
        for place in (unused, quiet, budget, paused, watched, scheduled, told, marked):
            await put_destination(unit, place)
        await put_watch(unit, to=watched)
        await unit.digests.save_schedule(DigestSchedule(new_id(), scheduled.id, (time(8),)))
        await unit.deliveries.plan([delivery(told)])
        await unit.members.set_mark(marked.id, await put_story(unit), Mark.FOLLOW)
        assert await unit.watches.purge_destinations() == 1
        assert await unit.watches.destination(unused.id) is None
        assert len(await unit.watches.destinations()) == 7


async def test_digest_schedules(store: Store, clock: TestClock) -> None:
    async with store.write() as unit:
        here, there = await put_destination(unit), await put_destination(unit)
        full = DigestSchedule(new_id(), here.id, (time(8), time(18, 30)), (1, 5), "Europe/Kyiv", T0)
        assert await unit.digests.save_schedule(full) == full
        other = await unit.digests.save_schedule(DigestSchedule(new_id(), there.id, (time(9),)))
        assert await unit.digests.schedules() == [full, other]
        assert await unit.digests.schedules(here.id) == [full]
        assert await unit.digests.get(full.id) == full
        changed = await unit.digests.save_schedule(replace(full, id=new_id(), times=(time(7),), cursor=None))
        assert changed == replace(full, times=(time(7),)), "one a place; its cursor stays"
        later = T0 + timedelta(hours=1)
        await unit.digests.move_cursor(full.id, later)
        await unit.digests.move_cursor(full.id, T0)
        await unit.digests.move_cursor_of([there.id], T0)
        assert [one.cursor for one in await unit.digests.schedules()] == [later, T0]
        assert await unit.digests.remove_schedule(full.id)
        assert not await unit.digests.remove_schedule(full.id)
        assert await unit.digests.get(full.id) is None
