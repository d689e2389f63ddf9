"""Retention, backup and the look at the whole database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.model.deliveries import DeliveryState
from bot.model.errors import StoreError
from bot.model.feeds import Feed
from bot.model.members import Mark
from bot.model.ports import Receipt
from bot.store import Store
from tests.store.samples import (
    T0,
    TestClock,
    article,
    delivery,
    entry,
    match,
    put_destination,
    put_story,
    put_watch,
    watch,
)

pytestmark = pytest.mark.asyncio

ARTICLES, DELIVERIES = T0 - timedelta(days=90), T0 - timedelta(days=30)


async def test_retention_forgets_what_is_old_and_keeps_what_is_whole(store: Store) -> None:
    old, middle = T0 - timedelta(days=100), T0 - timedelta(days=40)
    async with store.write() as unit:
        feed = await unit.feeds.save(Feed(0, "https://a.example/", "A"))
        watched = await put_watch(unit)
        subscription = await unit.watches.subscription_of(watched.id)
        assert subscription is not None
        here = await unit.watches.destination(subscription.destination_id)
        assert here is not None
        gone, long, fresh = article(seen=old), article(seen=old), article()
        forgotten = await put_story(unit, gone, changed=old)
        followed = await put_story(unit, long, fresh)
        target = await put_story(unit, changed=T0)
        source = await put_story(unit, article(seen=old), changed=old)
        await unit.stories.merge([source], target, middle)
        await unit.stories.save(target, old, T0, [])
        await unit.matches.add([match(watched, gone), match(watched, fresh)])
        await unit.members.set_mark(here.id, forgotten, Mark.MUTE)
        await unit.entries.save(
            [entry(feed.id, "old", seen=old, article_id=gone.id), entry(feed.id, "new", article_id=fresh.id)]
        )
        await unit.entries.save([entry(feed.id, "listed", seen=old, last_seen=T0, article_id=gone.id)])
        sent_old = delivery(here, forgotten, key="a", created=middle, state=DeliveryState.SENDING)
        alive = delivery(here, followed, key="b", created=middle, state=DeliveryState.SENDING)
        held = delivery(here, key="c", created=middle, state=DeliveryState.HELD)
        under_way = delivery(here, key="d", created=middle, state=DeliveryState.SENDING)
        new = delivery(here, key="e")
        await unit.deliveries.plan([sent_old, alive, held, under_way, new])
        await unit.deliveries.sent(sent_old.id, Receipt(1, 2), 1, middle)
        await unit.deliveries.sent(alive.id, Receipt(1, 3), 1, middle)
    counts = await store.retention(ARTICLES, DELIVERIES)
    assert counts == {"articles": 3, "seen_entries": 1, "stories": 1, "deliveries": 2, "destinations": 0}
    async with store.read() as unit:
        assert await unit.stories.get(forgotten) is None
        story = await unit.stories.get(followed)
        assert story is not None and [line.article_id for line in story.articles] == [fresh.id]
        merged = await unit.stories.get(source)
        assert merged is not None and merged.id == target, "a merged one leads on while its target lives"
        assert [one.article_id for one in await unit.entries.known(feed.id, ["listed", "old"])] == [None]
        assert len(await unit.matches.of_article(gone.id)) == 0
        assert len(await unit.matches.of_article(fresh.id)) == 1
        left = {one.key for one in await unit.deliveries.of_destination(here.id)}
        # An alert stays while its story changes, or the story could be told twice; what is being sent is never removed.
        assert left == {"b", "d", "e"}
        assert await unit.search.find([["pourparlers"]], until=old + timedelta(days=1)) == []
    assert await store.integrity() == []
    assert not any((await store.retention(ARTICLES, DELIVERIES)).values())


async def test_retention_works_in_steps(store: Store) -> None:
    old = T0 - timedelta(days=100)
    async with store.write() as unit:
        await put_story(unit, *(article(seen=old) for _ in range(1_200)), changed=old)
        await put_story(unit)
    waits: list[float] = []
    going = True

    async def write() -> None:
        while going:
            started = asyncio.get_running_loop().time()
            async with store.write() as unit:
                await put_story(unit)
            waits.append(asyncio.get_running_loop().time() - started)
            await asyncio.sleep(0)

    writer = asyncio.create_task(write())
    counts = await store.retention(ARTICLES, DELIVERIES)
    going = False
    await writer
    assert (counts["articles"], counts["stories"]) == (1_200, 1)
    assert len(waits) >= 2, "others wrote in between"
    assert await store.integrity() == []


async def test_a_removed_watch_is_remembered_for_a_week(store: Store, clock: TestClock) -> None:
    async with store.write() as unit:
        one = await put_watch(unit)
        await unit.watches.remove(one.id)
    for days, expected in ((6, [one.id]), (2, [])):
        clock.time += timedelta(days=days)
        await store.retention(ARTICLES, DELIVERIES)
        async with store.read() as unit:
            assert (await unit.watches.changed_since(0))[2] == expected


async def test_a_backup_of_a_running_database_is_whole(
    store: Store, engine: str, tmp_path: Path, clock: TestClock
) -> None:
    target = tmp_path / "backup.db"
    if engine == "postgresql":
        with pytest.raises(StoreError, match="pg_dump --format=custom --file="):
            await store.backup(target)
        return
    going = True
    busy = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while going:
            async with store.write() as unit:
                await put_story(unit, article(), article())
            written += 1
            if written == 50:
                busy.set()

    writer = asyncio.create_task(write())
    await busy.wait()
    before = written
    await store.backup(target)
    after = written
    going = False
    await writer
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["backup.db"]
    async with await Store.open(f"sqlite:///{target}", clock=clock) as copy:
        rows = (await copy.stats()).rows
        assert rows["articles"] == 2 * rows["stories"]
        assert before <= rows["stories"] <= after + 1
        assert await copy.integrity() == []
        async with copy.read() as unit:
            assert len(await unit.search.find([["pourparlers"]], limit=5)) == 5
    with pytest.raises(StoreError, match=r"backup\.db exists already: name a new file"):
        await store.backup(target)
    with pytest.raises(StoreError, match="nowhere"):
        await store.backup(tmp_path / "nowhere" / "backup.db")


async def test_faults_are_named(store: Store, engine: str) -> None:
    async with store.write() as unit:
        one = article()
        await put_story(unit, one, terms="word")
        a, b, c = [await put_story(unit) for _ in range(3)]
        sent = delivery(await put_destination(unit), state=DeliveryState.SENDING)
        await unit.deliveries.plan([sent])
        for statement in (
            f"DELETE FROM placements WHERE article_id = {one.id}",
            f"UPDATE stories SET merged_into = {b} WHERE id = {a}",
            f"UPDATE stories SET merged_into = {c} WHERE id = {b}",
            f"UPDATE deliveries SET state = 'sent' WHERE id = {sent.id}",
        ):
            await unit.connection.execute(text(statement))
        if engine == "sqlite":
            await unit.connection.execute(
                text(f"INSERT INTO article_search(article_search, rowid, terms) VALUES ('delete', {one.id}, 'word')")
            )
    found = await store.integrity()
    assert f"article {one.id}: stands in no story" in found
    assert f"story {a}: was merged into one that was merged itself" in found
    assert any("stands in a story that was merged away" in line for line in found)
    assert f"delivery {sent.id}: counts as sent but has no message" in found
    if engine == "sqlite":
        assert "article_search: the full-text index differs from the texts" in found


async def test_stats(store: Store, engine: str) -> None:
    async with store.write() as unit:
        await put_story(unit, article(), article(seen=T0 - timedelta(days=2)))
        await put_watch(unit, watch())
    stats = await store.stats()
    assert (stats.engine, stats.version, store.engine) == (engine, "0001", engine)
    assert stats.size_bytes > 50_000
    assert (stats.rows["articles"], stats.rows["stories"], stats.rows["watches"]) == (2, 1, 1)
    assert (stats.oldest_article, stats.newest_article) == (T0 - timedelta(days=2), T0)
