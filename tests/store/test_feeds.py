"""Feeds: the operator's list, servers' additions, claims and polling state."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.errors import StoreError
from bot.model.feeds import Feed, FeedKind, FeedState, Validators
from bot.model.records import FetchLine
from bot.store import Store
from tests.store.samples import T0, Listed, TestClock, article, entry, put_story

pytestmark = pytest.mark.asyncio

A, B, C = (Listed(f"https://{name}.example/rss", title=name.upper()) for name in "abc")


async def _sync(store: Store, *rows: Listed) -> tuple[int, int, int]:
    async with store.write() as unit:
        return await unit.feeds.sync_catalogue(rows)


async def _feeds(store: Store) -> dict[str, Feed]:
    async with store.read() as unit:
        return {feed.url: feed for feed in await unit.feeds.all()}


async def test_the_operators_list_is_followed_and_polling_state_kept(store: Store) -> None:
    assert await _sync(store, A, B) == (2, 0, 0)
    assert await _sync(store, A, B) == (0, 0, 0)
    polled = replace(
        (await _feeds(store))[A.url],
        validators=Validators('W/"é"', "Sun, 01 Mar 2026 11:00:00 GMT", A.url, "ab" * 32),
        first_fetched=T0,
        next_check=T0 + timedelta(minutes=15),
        last_checked=T0,
        last_success=T0,
        last_error="timeout: 30 s",
        failing_since=T0,
        errors=3,
        delay_s=12.5,
        entries_week=70,
        redirect_url="https://a.example/new",
        redirect_since=T0,
        redirect_count=2,
    )
    async with store.write() as unit:
        assert await unit.feeds.save(polled) == polled
    renamed = replace(A, title="New", kind="state-controlled", family="a", interval=600, note="note", country="BE")
    assert await _sync(store, renamed, C) == (1, 1, 1)
    stored = await _feeds(store)
    assert stored[A.url] == replace(
        polled, title="New", kind=FeedKind.STATE_CONTROLLED, family="a", interval_s=600, note="note", country="BE"
    )
    assert stored[B.url].state is FeedState.DISABLED
    assert await _sync(store, renamed, B, C) == (0, 1, 0)
    assert (await _feeds(store))[B.url].state is FeedState.ACTIVE
    assert await _sync(store, renamed, replace(B, enabled=False), C) == (0, 1, 0)
    assert (await _feeds(store))[B.url].state is FeedState.DISABLED


async def test_a_feed_that_moved_is_still_the_operators(store: Store) -> None:
    await _sync(store, A)
    feed = (await _feeds(store))[A.url]
    async with store.write() as unit:
        await unit.feeds.save(replace(feed, url="https://a.example/moved"))
    assert await _sync(store, A) == (0, 0, 0)
    assert set(await _feeds(store)) == {"https://a.example/moved"}
    async with store.read() as unit:
        found = await unit.feeds.by_url(A.url)
        assert found is not None and found.id == feed.id


async def test_a_feed_on_both_lists_outlives_the_operators(store: Store) -> None:
    await _sync(store, A)
    async with store.write() as unit:
        await unit.feeds.attach(Feed(0, A.url, "A"), 1, None)
    await _sync(store)
    feed = (await _feeds(store))[A.url]
    assert (feed.state, feed.kind) == (FeedState.ACTIVE, FeedKind.MEMBER)
    async with store.write() as unit:
        assert await unit.feeds.detach(feed.id, 1)
    assert await _feeds(store) == {}


async def test_servers_share_a_feed_and_the_last_one_takes_it_away(store: Store, clock: TestClock) -> None:
    async with store.write() as unit:
        first = await unit.feeds.attach(Feed(991, A.url, "A"), 1, 501)
        again = await unit.feeds.attach(Feed(992, A.url, "other name"), 2, 502)
        await unit.feeds.attach(Feed(993, B.url, "B"), 2, 502)
        assert first.id == again.id == 991
        assert again.title == "A"
    async with store.read() as unit:
        assert [feed.url for feed in await unit.feeds.for_guild(2)] == [A.url, B.url]
        assert await unit.feeds.count_for_guild(2) == 2
        assert await unit.feeds.guilds_of(991) == [1, 2]
    async with store.write() as unit:
        assert await unit.feeds.detach(991, 1)
        assert not await unit.feeds.detach(991, 1)
        assert await unit.feeds.get(991) is not None
        await put_story(unit, kept := article(feed_id=991))
        assert await unit.feeds.detach(991, 2)
        assert await unit.feeds.get(991) is None
        # What it told stays, only without its feed.
        assert await unit.articles.get([kept.id]) == {kept.id: replace(kept, feed_id=None)}


async def test_adding_and_removing_in_turn_uses_up_the_allowance(store: Store, clock: TestClock) -> None:
    for _ in range(3):
        async with store.write() as unit:
            feed = await unit.feeds.attach(Feed(0, A.url, "A"), 1, 501)
            await unit.feeds.detach(feed.id, 1)
    async with store.read() as unit:
        assert await unit.feeds.adds_since(1, T0 - timedelta(hours=1)) == 3
        assert await unit.feeds.adds_since(1, T0 + timedelta(seconds=1)) == 0
        assert await unit.feeds.adds_since(2, T0 - timedelta(hours=1)) == 0


async def test_a_server_revives_a_stopped_feed_but_not_one_that_the_operator_switched_off(store: Store) -> None:
    await _sync(store, replace(A, enabled=False))
    async with store.write() as unit:
        paused = await unit.feeds.save(Feed(0, B.url, "B", state=FeedState.PAUSED, errors=40, failing_since=T0))
        assert (await unit.feeds.attach(paused, 1, None)).state is FeedState.PAUSED
        revived = await unit.feeds.attach(replace(paused, state=FeedState.ACTIVE), 1, None)
        assert (revived.state, revived.errors, revived.failing_since) == (FeedState.ACTIVE, 0, None)
        assert await unit.feeds.get(paused.id) == revived
        off = await unit.feeds.attach(Feed(0, A.url, "A"), 1, None)
        assert off.state is FeedState.DISABLED


async def test_due_feeds_are_claimed_once_longest_waiting_first(store: Store, second: Store, clock: TestClock) -> None:
    async with store.write() as unit:
        for minutes in range(10):
            when = None if minutes == 7 else T0 - timedelta(minutes=minutes)
            await unit.feeds.save(Feed(0, f"https://f{minutes}.example/", f"{minutes}", next_check=when))
        await unit.feeds.save(Feed(0, "https://later.example/", "later", next_check=T0 + timedelta(minutes=3)))
        await unit.feeds.save(Feed(0, "https://gone.example/", "gone", state=FeedState.GONE))
        assert [feed.title for feed in await unit.feeds.claim_due(T0, 3, "w1", 60)] == ["7", "9", "8"]

    async def claim(one: Store, name: str) -> list[str]:
        async with one.write() as unit:
            return [feed.title for feed in await unit.feeds.claim_due(T0, 2, name, 60)]

    claims = await asyncio.gather(*(claim(one, f"w{i}") for i, one in enumerate([store, second] * 3)))
    titles = [title for some in claims for title in some]
    # None twice. (A claim may find the rows it wanted locked and get fewer: the next one takes them.)
    assert len(titles) == len(set(titles))
    while more := await claim(store, "w9"):
        titles += more
    assert sorted(titles) == ["0", "1", "2", "3", "4", "5", "6"]


async def test_a_dead_workers_claim_runs_out(store: Store) -> None:
    async with store.write() as unit:
        feed = await unit.feeds.save(Feed(0, A.url, "A", next_check=T0))
        assert len(await unit.feeds.claim_due(T0, 5, "dead", 60)) == 1
        assert await unit.feeds.claim_due(T0 + timedelta(seconds=59), 5, "w", 60) == []
        assert await unit.feeds.next_due() == T0 + timedelta(seconds=60)
        assert len(await unit.feeds.claim_due(T0 + timedelta(seconds=60), 5, "w", 60)) == 1
        await unit.feeds.save(replace(feed, next_check=T0 + timedelta(seconds=30)))
        assert await unit.feeds.next_due() == T0 + timedelta(seconds=30), "saving ends the claim"


async def test_nothing_is_due_where_there_is_nothing(store: Store) -> None:
    async with store.write() as unit:
        assert await unit.feeds.next_due() is None
        await unit.feeds.save(Feed(0, A.url, "A", state=FeedState.PAUSED))
        assert await unit.feeds.next_due() is None
        await unit.feeds.save(Feed(0, B.url, "B"))
        due = await unit.feeds.next_due()
        assert due is not None and due < T0, "never checked: at once"


async def test_a_feed_disabled_during_its_fetch_stays_disabled(store: Store) -> None:
    await _sync(store, A)
    async with store.write() as unit:
        (feed,) = await unit.feeds.claim_due(T0, 1, "w", 60)
    await _sync(store)
    async with store.write() as unit:
        saved = await unit.feeds.save(replace(feed, last_success=T0))
        assert (saved.state, saved.last_success) == (FeedState.DISABLED, T0)


async def test_two_addresses_that_are_one_feed_become_one(store: Store) -> None:
    await _sync(store, A, B)
    feeds = await _feeds(store)
    a, b = feeds[A.url].id, feeds[B.url].id
    async with store.write() as unit:
        await unit.feeds.attach(feeds[A.url], 1, None)
        await unit.feeds.attach(feeds[A.url], 2, None)
        await unit.feeds.attach(feeds[B.url], 2, None)
        await unit.entries.save([entry(a, "both"), entry(a, "only-a"), entry(b, "both", title="kept")])
        await put_story(unit, one := article(feed_id=a))
        await unit.feeds.merge(a, b)
        assert await unit.feeds.get(a) is None
        assert await unit.feeds.guilds_of(b) == [1, 2]
        known = await unit.entries.known(b, ["both", "only-a"])
        assert {(item.key, item.title) for item in known} == {("both", "kept"), ("only-a", "Titre")}
        assert (await unit.articles.get([one.id]))[one.id].feed_id == b
    with pytest.raises(StoreError):
        async with store.write() as unit:
            await unit.feeds.save(Feed(0, B.url, "twice the same address"))


async def test_the_last_fifty_fetches_are_kept(store: Store) -> None:
    def line(number: int) -> FetchLine:
        return FetchLine(T0 + timedelta(minutes=number), 200, 3_000_000_000, 12, 30, number, T0, "slow: 12 s")

    async with store.write() as unit:
        feed = await unit.feeds.save(Feed(0, A.url, "A"))
        other = await unit.feeds.save(Feed(0, B.url, "B"))
        await unit.feeds.log(other.id, FetchLine(T0, None, 0, 0, 0, 0, None, "timeout"))
        for number in range(60):
            await unit.feeds.log(feed.id, line(number))
        assert await unit.feeds.lines(feed.id, 100) == [line(number) for number in range(59, 9, -1)]
        assert await unit.feeds.lines(feed.id, 2) == [line(59), line(58)]
        assert len(await unit.feeds.lines(other.id)) == 1


async def test_seen_entries(store: Store) -> None:
    async with store.write() as unit:
        feed = (await unit.feeds.save(Feed(0, A.url, "A"))).id
        other = (await unit.feeds.save(Feed(0, B.url, "B"))).id
        old = [entry(feed, f"k{i}", seen=T0 - timedelta(days=i)) for i in range(10)]
        await unit.entries.save([*old, entry(other, "k1"), entry(feed, "no link", canonical="")])
    async with store.write() as unit:
        known = await unit.entries.known(feed, ["k1", "unknown"], ["quotidien.example/k2", "", "quotidien.example/x"])
        assert sorted(item.key for item in known) == ["k1", "k2"]
        assert [item.key for item in await unit.entries.window(feed, 4)] == ["k0", "no link", "k1", "k2"]
        later = T0 + timedelta(days=1)
        changed = replace(old[1], title="neu", hash="1" * 64, first_seen=later, last_seen=later, edits=1)
        await unit.entries.save([changed])
        (stored,) = await unit.entries.known(feed, ["k1"])
        assert stored == replace(changed, first_seen=old[1].first_seen), "first seen is fixed once"
        await unit.entries.touch(feed, ["k9"], later)
        assert await unit.entries.purge(T0 - timedelta(days=4)) == 4
        assert sorted(item.key for item in await unit.entries.window(feed, 99)) == [
            "k0", "k1", "k2", "k3", "k4", "k9", "no link",
        ]  # fmt: skip


async def test_thousands_of_keys_fit_into_one_question(store: Store) -> None:
    keys = [f"k{i}" for i in range(12_000)]
    async with store.write() as unit:
        feed = (await unit.feeds.save(Feed(0, A.url, "A"))).id
        await unit.entries.save([entry(feed, key) for key in keys])
        assert len(await unit.entries.known(feed, keys, keys)) == 12_000
        await unit.entries.touch(feed, keys, T0 + timedelta(days=1))
        assert await unit.entries.purge(T0 + timedelta(days=2)) == 12_000
