"""Floods, outages and merges: what cannot go out as alerts is told in one catch-up, and a story that was told stays one story."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.content import AlertContent, DigestContent
from bot.model.deliveries import DeliveryState
from bot.model.errors import SinkBlocked, SinkRetry
from bot.model.stories import Placement
from bot.planning.alerts import Caught, Pace, plan_alerts
from tests.services.house import House
from tests.store.samples import article, match, new_id, placed

pytestmark = pytest.mark.asyncio


async def test_a_burst_keeps_its_newest_and_tells_the_rest_in_a_catch_up(home: House) -> None:
    here, one = await home.place()
    stories = [await home.story(one) for _ in range(20)]
    await home.caught(here, one, *stories, burst=5)
    await home.deliver.drain()
    alerts = [post.stories[0] for post in home.ledger.of(here, AlertContent)]
    digests = [post.content for post in home.ledger.of(here, DigestContent)]
    assert sorted(alerts) == stories[-5:]
    assert [content.catch_up for content in digests] == [True, True]  # type: ignore[union-attr]
    assert sorted(s for post in home.ledger.of(here, DigestContent) for s in post.stories) == stories[:15]


async def test_a_long_outage_ends_in_five_alerts_and_one_catch_up(home: House) -> None:
    here, one = await home.place()
    home.ledger.troubles = [SinkRetry("503", maybe_done=True)] * 200
    stories = []
    for _ in range(16):
        stories.append(await home.story(one))
        await home.caught(here, one, stories[-1])
        await home.later(minutes=30)
    home.ledger.troubles = []
    await home.later(minutes=16)
    told = [story for post in home.ledger.of(here) for story in post.stories]
    assert sorted(told) == stories, "each once"
    catch_ups = home.ledger.of(here, DigestContent)
    assert len(catch_ups) == 1, "one, not one for every alert that grew old"
    assert len(home.ledger.of(here, AlertContent)) >= 5


async def test_a_channel_that_opens_after_days_gets_one_catch_up(home: House) -> None:
    here, one = await home.place()
    home.ledger.closed[here.id] = SinkBlocked("Missing Permissions", 50013)
    stories = []
    for _ in range(12):
        stories.append(await home.story(one))
        await home.caught(here, one, stories[-1])
        await home.later(hours=6)
    home.ledger.closed.clear()
    await home.deliver.mended(here)
    await home.deliver.drain()
    assert sorted(story for post in home.ledger.of(here) for story in post.stories) == stories
    assert len(home.ledger.of(here, DigestContent)) == 1


async def test_two_told_stories_become_one_and_later_articles_alert_nobody(home: House) -> None:
    here, one = await home.place()
    other_place, other_watch = await home.place()
    older, younger = await home.story(one, other_watch), await home.story(one, other_watch)
    await home.caught(here, one, older, younger)
    await home.caught(other_place, other_watch, younger)
    await home.deliver.drain()
    await home.later(minutes=5)

    async def arrive(merged: tuple[int, ...]) -> None:
        """One more article of the older story, placed and planned as ``Ingest`` does."""
        bridge = article("Pourparlers : le pont", seen=home.clock.now())
        async with home.store.write() as unit:
            await unit.articles.add_many([placed(bridge, older, opened=False)])
            if merged:
                await unit.stories.merge(merged, older, home.clock.now())
            await unit.matches.add([match(one, bridge), match(other_watch, bridge)])
            rows = await unit.watches.subscriptions([one.id, other_watch.id])
            plan = plan_alerts(
                Placement(bridge.id, older, False, merged=merged),
                [Caught(match(row[0], bridge), *row) for row in rows],
                await unit.deliveries.of_story([older, *merged]),
                {},
                now=home.clock.now(),
                new_id=new_id,
                pace=Pace(),
            )
            await unit.deliveries.plan(plan.deliveries)
            assert plan.deliveries == ()
            for edit in plan.edits:
                await unit.deliveries.request_edit([edit.delivery_id], edit.due)

    await arrive((younger,))
    await home.deliver.drain()
    first, second = home.ledger.of(here, AlertContent)
    assert isinstance(first.content, AlertContent) and isinstance(second.content, AlertContent)
    assert first.content.merged_into is None and len(first.content.story.articles) == 3, "the older holds both"
    assert second.content.merged_into is not None and second.content.merged_into.endswith(
        str(next(number for number, post in home.ledger.posts.items() if post is first))
    )
    await home.later(minutes=5)
    await arrive(())
    await home.deliver.drain()
    assert len(home.ledger.of(here)) == 2 and len(home.ledger.of(other_place)) == 1
    assert len(home.ledger.of(other_place)[0].stories) == 1
    (content,) = [post.content for post in home.ledger.of(other_place)]
    assert isinstance(content, AlertContent) and len(content.story.articles) == 4, "who knew the younger sees it all"


async def test_a_waiting_alert_of_a_merged_story_is_dropped(home: House) -> None:
    here, one = await home.place()
    older = await home.alert(here, one)
    await home.deliver.drain()
    home.ledger.closed[here.id] = SinkRetry("503", after_s=300)
    younger = await home.alert(here, one)
    assert older.story_id is not None and younger.story_id is not None
    async with home.store.write() as unit:
        await unit.stories.merge([younger.story_id], older.story_id, home.clock.now())
        rows = await unit.watches.subscriptions([one.id])
        bridge = article("Pourparlers : le pont", seen=home.clock.now())
        await unit.articles.add_many([placed(bridge, older.story_id, opened=False)])
        plan = plan_alerts(
            Placement(bridge.id, older.story_id, False, merged=(younger.story_id,)),
            [Caught(match(one, bridge), *rows[0])],
            await unit.deliveries.of_story([older.story_id]),
            {},
            now=home.clock.now() + timedelta(seconds=1),
            new_id=new_id,
            pace=Pace(),
        )
    assert plan.dropped == (younger.id,)
    assert (await home.now(younger)).state is DeliveryState.PLANNED
