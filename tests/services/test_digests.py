"""Digests: exactly one a slot over both daylight-saving changes, nothing twice, nothing left out, whatever is late, closed or cut."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.model.content import DigestContent
from bot.model.deliveries import DeliveryKind, DeliveryState
from bot.model.errors import SinkBlocked, SinkRetry
from bot.model.watches import Destination, DigestSchedule, Mode, Watch
from bot.planning.slots import slots_between
from tests.services.house import MONDAY, House, payload, states
from tests.store.samples import new_id

ZONES = (
    "Europe/Paris",
    "Europe/Kyiv",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Kiritimati",
)
CHANGES = {
    "America, spring": date(2026, 3, 8),
    "Europe, spring": date(2026, 3, 29),
    "Australia, autumn": date(2026, 4, 5),
    "New Zealand, spring": date(2026, 9, 27),
    "Australia, spring": date(2026, 10, 4),
    "Europe, autumn": date(2026, 10, 25),
    "America, autumn": date(2026, 11, 1),
}
"""Days on which clocks change."""


async def scheduled(home: House, zone: str = "UTC", at: time = time(8), **changes: object) -> tuple[Destination, Watch]:
    here, one = await home.place(Mode.DIGEST, **changes)
    async with home.store.write() as unit:
        await unit.digests.save_schedule(
            DigestSchedule(new_id(), here.id, (at,), timezone=zone, cursor=home.clock.now())
        )
    return here, one


async def told(home: House, here: Destination) -> list[list[int]]:
    return [post.stories for post in home.ledger.of(here, DigestContent)]


async def cursor(home: House, here: Destination) -> datetime | None:
    async with home.store.read() as unit:
        return (await unit.digests.schedules(here.id))[0].cursor


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_has_one_slot_a_day_in_every_zone(zone: str) -> None:
    schedule = DigestSchedule(1, 1, (time(2, 30), time(8)), timezone=zone)
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = []
    moment = start
    while moment < end:
        found += slots_between(schedule, moment, moment + timedelta(minutes=97))
        moment += timedelta(minutes=97)
    assert len({slot.key for slot in found}) == len(found)
    eights = [slot for slot in found if slot.at == time(8)]
    assert 364 <= len(eights) <= 366
    for slot in eights:
        local = slot.due.astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (slot.day, time(8))
    days = [slot.day for slot in found if slot.at == time(2, 30)]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))], "a day was skipped or doubled"


@pytest.mark.asyncio
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_every_zone_gets_one_digest_a_day_over_a_change(home: House, change: date) -> None:
    home.clock.time = datetime.combine(change - timedelta(days=2), time(0), tzinfo=UTC)
    places = [(*await scheduled(home, zone, time(2, 30)), zone) for zone in ZONES]
    stories = []
    while home.clock.now().date() <= change + timedelta(days=2):
        if home.clock.now().hour % 6 == 0:
            stories.append(await home.story(*(one for _, one, _ in places)))
        await home.later(hours=2, drain=False)
        if await home.digests.tick():
            await home.deliver.drain()
    for here, _, zone in places:
        digests = home.ledger.of(here, DigestContent)
        days = [post.at.astimezone(ZoneInfo(zone)).date() for post in digests]
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))], zone
        assert 4 <= len(days) <= 6, zone
        listed = [story for post in digests for story in post.stories]
        assert sorted(listed) == stories[: len(listed)] and len(listed) >= len(stories) - 5, zone


@pytest.mark.asyncio
async def test_nothing_new_is_no_message_and_the_slot_is_over(home: House) -> None:
    here, one = await scheduled(home)
    await home.later(hours=21)
    assert await home.digests.tick() == 0
    assert states(await home.of(here)) == [DeliveryState.DROPPED]
    story = await home.story(one)
    await home.later(minutes=5)
    assert await home.digests.tick() == 0, "the same slot is not asked again"
    await home.later(hours=23)
    assert await home.digests.tick() == 1
    await home.deliver.drain()
    assert await told(home, here) == [[story]]


@pytest.mark.asyncio
@pytest.mark.parametrize(("late", "sent"), [(5.9, True), (6.1, False)])
async def test_a_missed_slot_is_made_up_within_six_hours_or_merged_into_the_next(
    home: House, late: float, sent: bool
) -> None:
    here, one = await scheduled(home)
    story = await home.story(one)
    await home.later(hours=20 + late)
    assert await home.digests.tick() == int(sent)
    await home.deliver.drain()
    assert await told(home, here) == ([[story]] if sent else [])
    if sent:
        content = home.ledger.of(here)[0].content
        assert isinstance(content, DigestContent) and content.late
    second = await home.story(one)
    home.clock.time = MONDAY + timedelta(hours=44)
    assert await home.digests.tick() == 1
    await home.deliver.drain()
    assert sorted(story for digest in await told(home, here) for story in digest) == [story, second]


@pytest.mark.asyncio
async def test_two_parts_resume_at_the_second_and_the_cursor_moves_with_the_last(home: House) -> None:
    here, one = await scheduled(home)
    stories = [await home.story(one) for _ in range(14)]
    began = await cursor(home, here)
    await home.later(hours=20)
    assert await home.digests.tick() == 2
    home.ledger.troubles = [None, SinkRetry("503", maybe_done=True)]
    await home.deliver.drain()
    assert [len(some) for some in await told(home, here)] == [10]
    assert await cursor(home, here) == began, "nothing is told before all of it is confirmed"
    assert await home.digests.tick() == 0
    await home.later(minutes=1)
    assert [len(some) for some in await told(home, here)] == [10, 4]
    assert sorted(story for some in await told(home, here) for story in some) == stories
    assert await cursor(home, here) == MONDAY + timedelta(hours=20)


@pytest.mark.asyncio
async def test_the_first_part_is_not_overtaken_by_the_second(home: House) -> None:
    here, one = await scheduled(home)
    for _ in range(14):
        await home.story(one)
    await home.later(hours=20)
    await home.digests.tick()
    home.ledger.troubles = [SinkRetry("429", after_s=120)]
    await home.deliver.drain()
    assert await told(home, here) == []
    await home.later(minutes=2)
    assert [len(some) for some in await told(home, here)] == [10, 4]


@pytest.mark.asyncio
async def test_days_behind_a_closed_door_end_in_no_story_told_twice(home: House) -> None:
    here, one = await scheduled(home)
    home.ledger.closed[here.id] = SinkBlocked("Missing Permissions", 50013)
    stories = []
    await home.later(hours=20, drain=False)
    for _ in range(4):
        stories.append(await home.story(one))
        await home.digests.tick()
        await home.later(hours=24)
        await home.digests.tick()
        await home.deliver.drain()
    waiting = [d for d in await home.of(here, DeliveryKind.DIGEST) if d.state is not DeliveryState.DROPPED]
    assert len(waiting) == 2, "the one that was refused, and one for all that came after it"
    home.ledger.closed.clear()
    await home.deliver.mended(here)
    await home.deliver.drain()
    listed = [story for some in await told(home, here) for story in some]
    assert sorted(listed) == sorted(stories)
    assert await cursor(home, here) == home.clock.now()
    await home.later(hours=24)
    await home.digests.tick()
    await home.deliver.drain()
    assert len(await told(home, here)) == 2


@pytest.mark.asyncio
async def test_what_was_over_the_budget_stands_in_the_scheduled_digest(home: House) -> None:
    here, one = await scheduled(home, budget=1)
    both = await home.store_mode(one, Mode.BOTH)
    first = await home.story(both)
    await home.caught(here, both, first)
    await home.deliver.drain()
    second = await home.story(both)
    (held,) = await home.caught(here, both, second)
    await home.deliver.drain()
    assert (await home.now(held)).state is DeliveryState.HELD
    await home.later(hours=20)
    await home.digests.tick()
    await home.later(minutes=30)
    digests = await told(home, here)
    assert len(digests) == 1 and sorted(digests[0]) == [first, second], "once, in the one digest"
    now = await home.now(held)
    assert (now.state, str(now.reason).split(",")[0]) == (DeliveryState.DROPPED, "budget")


@pytest.mark.asyncio
async def test_a_watch_that_was_removed_leaves_no_digest_behind(home: House) -> None:
    here, one = await scheduled(home)
    await home.story(one)
    await home.later(hours=20, drain=False)
    assert await home.digests.tick() == 1
    async with home.store.write() as unit:
        await unit.watches.remove(one.id)
    await home.deliver.drain()
    assert home.ledger.of(here) == []
    assert states(await home.of(here)) in ([], [DeliveryState.DROPPED])


@pytest.mark.asyncio
async def test_two_planners_plan_one_digest(home: House) -> None:
    here, one = await scheduled(home)
    await home.story(one)
    await home.later(hours=20)
    assert [await home.digests.tick(), await home.digests.tick()] == [1, 0]
    (planned,) = await home.of(here)
    assert payload(planned)["parts"] == 1
