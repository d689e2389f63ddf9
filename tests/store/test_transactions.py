"""One transaction each: whole or not at all, one moment to read, and what processes tell each other."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta

import pytest

from bot.model.errors import StoreError
from bot.store import Store
from bot.store.engines import BUSY_TIMEOUT_MS
from tests.store.samples import T0, TestClock, article, delivery, placed, put_destination, put_story, put_watch

pytestmark = pytest.mark.asyncio


async def _count(store: Store) -> int:
    return (await store.stats()).rows["articles"]


async def test_an_error_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.write() as unit:
            await put_story(unit)
            raise ZeroDivisionError
    assert await _count(store) == 0
    async with store.write() as unit:
        await put_story(unit)
    assert await _count(store) == 1


async def test_a_cancelled_writer_leaves_nothing_and_frees_the_way(store: Store) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with store.write() as unit:
            await put_story(unit)
            inside.set()
            await asyncio.sleep(3600)

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), store.write() as unit:
        await put_story(unit)
    assert await _count(store) == 1


async def test_cancelling_at_any_point_is_all_or_nothing(store: Store) -> None:
    """The cancellation falls into every await in turn: begin, statements, commit."""

    async def write(done: list[bool]) -> None:
        async with store.write() as unit:
            await put_story(unit, article(), article())
        done.append(True)

    expected = 0
    rng = random.Random(5)
    for _ in range(80):
        done: list[bool] = []
        task = asyncio.create_task(write(done))
        await asyncio.sleep(rng.random() * 0.02)
        task.cancel()
        cancelled = time.monotonic()
        await asyncio.gather(task, return_exceptions=True)
        after = await _count(store)
        # A commit that was under way may have been carried out; half of it never.
        assert after - expected in ({2} if done else {0, 2})
        expected = after
        # A transaction left open by a cancellation would hold the next one up for the whole busy timeout.
        assert time.monotonic() - cancelled < BUSY_TIMEOUT_MS / 1000
    async with asyncio.timeout(5), store.write() as unit:
        await put_story(unit)
    assert await store.integrity() == []


async def test_a_reader_sees_one_moment(store: Store) -> None:
    async with store.write() as unit:
        await put_story(unit)
    async with store.read() as reader:
        assert len(await reader.stories.latest(10)) == 1
        async with store.write() as unit:
            await put_story(unit)
        assert len(await reader.stories.latest(10)) == 1
    async with store.read() as reader:
        assert len(await reader.stories.latest(10)) == 2


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="read-only"):
        async with store.read() as unit:
            await put_story(unit)
    assert await _count(store) == 0


async def test_writers_wait_for_each_other_not_the_loop(store: Store, second: Store) -> None:
    async def write(one: Store) -> None:
        for _ in range(10):
            async with one.write() as unit:
                await put_story(unit)

    await asyncio.gather(*(write(one) for one in (store, second) for _ in range(2)))
    assert await _count(store) == 40


async def test_an_article_needs_its_story_at_the_commit(store: Store) -> None:
    one = article()
    with pytest.raises(StoreError):
        async with store.write() as unit:
            item = placed(one, story_id=12345)
            await unit.articles.add(item.article, item.features, item.terms, item.placement)
    assert await _count(store) == 0


async def test_two_processes_with_one_database_notice_each_other(store: Store, second: Store, clock: TestClock) -> None:
    assert await store.lease("sender", "first", 30)
    assert not await second.lease("sender", "second", 30)
    assert await store.holder("sender") == ("first", clock.time + timedelta(seconds=30))
    clock.time += timedelta(seconds=20)
    assert await store.lease("sender", "first", 30), "its own lease is renewed"
    clock.time += timedelta(seconds=20)
    assert not await second.lease("sender", "second", 30)
    clock.time += timedelta(seconds=10)
    assert await second.lease("sender", "second", 30), "what ran out is free"
    assert not await store.lease("sender", "first", 30)
    await store.release_lease("sender", "first")
    assert await store.holder("sender") == ("second", clock.time + timedelta(seconds=30)), (
        "not the first one's any more"
    )
    await second.release_lease("sender", "second")
    assert await store.holder("sender") is None
    assert await store.lease("sender", "first", 30)


async def test_of_many_who_want_a_lease_one_gets_it(store: Store, second: Store) -> None:
    got = await asyncio.gather(*(one.lease("sender", f"{i}", 30) for i, one in enumerate([store, second] * 5)))
    assert got.count(True) == 1


async def test_placing_is_one_at_a_time(store: Store, second: Store, engine: str) -> None:
    inside, most = 0, 0

    async def place(one: Store) -> None:
        nonlocal inside, most
        async with one.placing():
            inside += 1
            most = max(most, inside)
            async with one.write() as unit:
                await put_story(unit)
            inside -= 1

    # On SQLite the lock is this process's: another process is kept out by the lease.
    others = [second] if engine == "postgresql" else [store]
    await asyncio.gather(*(place(one) for one in [store, *others] * 4))
    assert most == 1
    assert await _count(store) == 8


async def test_placing_is_freed_by_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.placing():
            raise ZeroDivisionError
    async with asyncio.timeout(5), store.placing():
        pass


async def test_a_wake_comes_with_the_commit(store: Store, second: Store, engine: str) -> None:
    far = second if engine == "postgresql" else store
    listener = await far.listen("deliveries", "feeds")
    other = await far.listen("watches")
    async with store.write() as unit:
        unit.wake("deliveries")
        await put_story(unit)
        assert await listener.wait(0.2) == frozenset(), "nothing is committed yet"
    assert await listener.wait(5) == {"deliveries"}
    assert await other.wait(0.05) == frozenset()
    await store.notify("feeds")
    await store.notify("deliveries")
    woken: set[str] = set()
    while len(woken) < 2:
        got = await listener.wait(5)
        assert got
        woken |= got
    await listener.close()
    await store.notify("feeds")
    assert await listener.wait(0.1) == frozenset()


async def test_changed_watches_and_planned_deliveries_wake_of_themselves(
    store: Store, second: Store, engine: str
) -> None:
    listener = await (second if engine == "postgresql" else store).listen()
    async with store.write() as unit:
        here = await put_destination(unit)
        watched = await put_watch(unit, to=here)
    assert await listener.wait(5) == {"watches"}
    one = delivery(here, watch_ids=(watched.id,))
    for change, woken in (
        (lambda unit: unit.deliveries.plan([one]), {"deliveries"}),
        (lambda unit: unit.deliveries.plan([one]), set()),
        (lambda unit: unit.deliveries.request_edit([one.id], T0), {"deliveries"}),
        (lambda unit: unit.deliveries.release(here.id, T0), set()),
        (lambda unit: unit.watches.update(watched), {"watches"}),
        (lambda unit: unit.watches.remove(watched.id), {"watches"}),
        (lambda unit: unit.deliveries.claim_posts(T0, 5), set()),
    ):
        async with store.write() as unit:
            await change(unit)
        assert await listener.wait(5 if woken else 0.1) == woken


async def test_an_undone_transaction_wakes_nobody(store: Store) -> None:
    listener = await store.listen()
    with pytest.raises(ZeroDivisionError):
        async with store.write() as unit:
            unit.wake("deliveries")
            raise ZeroDivisionError
    assert await listener.wait(0.2) == frozenset()


async def test_listening_goes_on_after_the_server_dropped_the_connection(
    store: Store, second: Store, engine: str
) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has no server")
    from sqlalchemy import text

    listener = await second.listen("deliveries", "watches")
    async with store.write() as unit:
        ended = await unit.connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'vigie-listen' AND datname = current_database()"
            )
        )
        assert ended.scalars().all() == [True]
    # What was missed meanwhile is unknown, so everything is woken once.
    assert await listener.wait(10) == {"deliveries", "watches"}
    await store.notify("watches")
    assert await listener.wait(5) == {"watches"}
