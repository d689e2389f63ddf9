"""Articles, their places in stories, merges, the window and matches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.feeds import Feed, FeedKind
from bot.model.members import Mark
from bot.model.stories import SourceLine
from bot.store import Store
from tests.store.samples import T0, article, channel, match, new_id, placed, put_destination, put_story, put_watch

pytestmark = pytest.mark.asyncio


async def test_an_article_comes_back_as_it_was_written(store: Store) -> None:
    one = article("«Перемовини» — l’accord 🕊", summary="", lang=None, edited=T0 + timedelta(microseconds=1))
    bare = article(url="", canonical="", lang="uk")
    async with store.write() as unit:
        story_id = await put_story(unit, one, bare)
    async with store.read() as unit:
        assert await unit.articles.get([one.id, bare.id, 5]) == {one.id: one, bare.id: bare}
        assert await unit.articles.placement(one.id) == placed(one, story_id).placement
        assert await unit.articles.placement(5) is None
        assert await unit.articles.stories_of([one.id, bare.id, 5]) == {one.id: story_id, bare.id: story_id}
        assert await unit.articles.features([one.id]) == {one.id: f'{{"n": {one.id}}}'}


async def test_hostile_text_is_stored_as_far_as_a_database_can(store: Store) -> None:
    one = article("a\x00b\ud800c", summary="'; DROP TABLE articles; --")
    async with store.write() as unit:
        await put_story(unit, one, terms="a\x00b \ud800 'quoted' \" OR 1")
        stored = (await unit.articles.get([one.id]))[one.id]
    assert (stored.title, stored.summary) == ("a\ufffdb\ufffdc", one.summary)


async def test_articles_are_found_by_their_links(store: Store) -> None:
    first = article(canonical="quotidien.example/p")
    again = article(canonical="quotidien.example/p", seen=T0 + timedelta(hours=1))
    async with store.write() as unit:
        await put_story(unit, again, first, article(url="", canonical=""))
        assert await unit.articles.by_canonical(["quotidien.example/p", "nowhere", ""]) == {
            "quotidien.example/p": first
        }
        assert await unit.articles.find_url(first.url) == first
        assert await unit.articles.find_url("quotidien.example/p") == again
        assert await unit.articles.find_url("https://quotidien.example/p?x=1", "quotidien.example/p") == again
        assert await unit.articles.find_url("") is None
        assert await unit.articles.find_url("https://elsewhere.example/") is None


async def test_an_edit_changes_text_search_and_features_but_not_the_place(store: Store) -> None:
    one = article()
    async with store.write() as unit:
        story_id = await put_story(unit, one)
        edited = replace(one, title="Accord signé", edited=T0 + timedelta(hours=1))
        await unit.articles.update(edited, '{"n": 0}', "accord signe")
        assert (await unit.articles.get([one.id]))[one.id] == edited
        assert await unit.articles.features([one.id]) == {one.id: '{"n": 0}'}
        assert await unit.articles.stories_of([one.id]) == {one.id: story_id}
        assert await unit.search.find([["pourparlers"]]) == []
        assert len(await unit.search.find([["accord"]])) == 1
    assert await store.integrity() == []


async def test_recent_articles_oldest_first_the_newest_when_cut(store: Store) -> None:
    some = [article(published=T0 - timedelta(hours=i), lang="fr" if i % 2 else "en") for i in range(6)]
    async with store.write() as unit:
        await put_story(unit, *some)
        span = (T0 - timedelta(hours=4), T0)
        assert await unit.articles.recent(*span) == [some[4], some[3], some[2], some[1]]
        assert await unit.articles.recent(*span, limit=2) == [some[2], some[1]]
        assert await unit.articles.recent(*span, lang="fr") == [some[3], some[1]]


async def test_a_story_shows_its_sources_oldest_first_with_kind_and_family(store: Store) -> None:
    async with store.write() as unit:
        agency = await unit.feeds.save(Feed(0, "https://a.example", "A", kind=FeedKind.AGENCY, family="group"))
        late = article("late", feed_id=agency.id)
        early = article("early", published=T0 - timedelta(days=1))
        story_id = await put_story(unit, late, early)
        story = await unit.stories.get(story_id)
    assert story is not None
    assert [(line.title, line.kind, line.family) for line in story.articles] == [
        ("early", "member", "quotidien.example"),
        ("late", "agency", "group"),
    ]
    assert story.articles[1] == SourceLine(
        late.id, "late", late.summary, late.url, late.source, "fr", "agency", "group", late.published, late.seen
    )
    assert (story.opened, story.changed, story.concepts, story.outlets) == (T0, T0, ("GENEVA",), 2)


async def test_many_stories_at_once(store: Store) -> None:
    async with store.write() as unit:
        ids = [await put_story(unit) for _ in range(5)]
        found = await unit.stories.many([*ids, 12345])
        assert set(found) == set(ids)
        assert all(found[story_id].id == story_id and len(found[story_id].articles) == 1 for story_id in ids)
        assert await unit.stories.many([]) == {}
        assert await unit.stories.get(12345) is None


async def test_a_merged_story_leads_to_the_one_it_became_part_of(store: Store) -> None:
    async with store.write() as unit:
        a, b, c = [await put_story(unit, article(seen=T0 - timedelta(hours=h))) for h in (0, 1, 2)]
        where = await put_destination(unit)
        elsewhere = await put_destination(unit)
        await unit.members.set_mark(where.id, c, Mark.MUTE)
        await unit.members.set_mark(where.id, b, Mark.FOLLOW)
        await unit.members.set_mark(elsewhere.id, c, "mute")
        later = T0 + timedelta(hours=1)
        await unit.stories.merge([c], b, later)
        await unit.stories.merge([b, a], a, later)
        story = await unit.stories.get(c)
        assert story is not None
        assert (story.id, len(story.articles), story.merged_into) == (a, 3, None)
        assert (story.opened, story.changed) == (T0 - timedelta(hours=2), later)
        assert {asked: found.id for asked, found in (await unit.stories.many([a, b, c])).items()} == {a: a, b: a, c: a}
        assert await unit.stories.merged(a) == sorted([b, c])
        assert [found.id for found in await unit.stories.latest(10)] == [a]
        assert await unit.stories.touched_since(later) == sorted([a, b, c])
        assert await unit.members.marks_on([a, b, c]) == {(where.id, a): Mark.FOLLOW, (elsewhere.id, a): Mark.MUTE}
    assert await store.integrity() == []


async def test_the_latest_stories(store: Store) -> None:
    async with store.write() as unit:
        caught = article()
        ids = [
            await put_story(unit, caught if hours == 2 else article(), changed=T0 + timedelta(hours=hours))
            for hours in range(4)
        ]
        watched = await put_watch(unit)
        await unit.matches.add([match(watched, caught)])
        assert [story.id for story in await unit.stories.latest(2)] == [ids[3], ids[2]]
        before = T0 + timedelta(hours=3)
        assert [story.id for story in await unit.stories.latest(2, before)] == [ids[2], ids[1]]
        assert [story.id for story in await unit.stories.latest(9, watch_ids=[watched.id])] == [ids[2]]
        assert await unit.stories.latest(9, watch_ids=[]) == []


async def test_the_window_is_rebuilt_in_the_order_of_placing(store: Store) -> None:
    async with store.write() as unit:
        feed = await unit.feeds.save(Feed(0, "https://a.example", "A", kind=FeedKind.STATE_CONTROLLED, family="f"))
        first, second, third = article(id=new_id() + 50, feed_id=feed.id), article(), article(lang=None)
        a, b = await put_story(unit, first), await put_story(unit, second)
        await unit.articles.add_many([placed(third, a, opened=False, copy_of=first.id)])
        await put_story(unit, article(seen=T0 - timedelta(days=5)))
        rows = await unit.stories.window(T0 - timedelta(days=3))
        assert [(row.article_id, row.story_id, row.copy_of) for row in rows] == [
            (first.id, a, None),
            (second.id, b, None),
            (third.id, a, first.id),
        ]
        assert (rows[0].kind, rows[0].family, rows[0].features) == ("state-controlled", "f", f'{{"n": {first.id}}}')
        assert (rows[2].kind, rows[2].family, rows[2].lang, rows[2].pinned) == (
            "member",
            "quotidien.example",
            None,
            False,
        )
        assert (rows[1].published, rows[1].seen) == (second.published, second.seen)


async def test_a_split_by_hand_holds(store: Store) -> None:
    async with store.write() as unit:
        one, other = article(), article()
        await put_story(unit, one, other)
        split = new_id()
        await unit.stories.save(split, T0, T0, [])
        assert await unit.stories.pin(other.id, split)
        assert not await unit.stories.pin(12345, split)
        rows = {row.article_id: row for row in await unit.stories.window(T0 - timedelta(days=1))}
        assert (rows[other.id].story_id, rows[other.id].pinned, rows[one.id].pinned) == (split, True, False)
        story = await unit.stories.get(split)
        assert story is not None and [line.article_id for line in story.articles] == [other.id]


async def test_matches(store: Store) -> None:
    async with store.write() as unit:
        one, other = article(), article(seen=T0 + timedelta(hours=1))
        story_id = await put_story(unit, one, other)
        here = channel()
        first, second_watch = await put_watch(unit, to=here), await put_watch(unit, to=here)
        all_matches = [match(first, one, 80.0), match(second_watch, one, 95.25), match(first, other, 70.0)]
        assert await unit.matches.add(all_matches) == 3
        assert await unit.matches.of_article(one.id) == [all_matches[1], all_matches[0]]
        assert await unit.matches.of_story(story_id) == [all_matches[1], all_matches[0], all_matches[2]]
        assert await unit.matches.of_story(story_id, [first.id]) == [all_matches[0], all_matches[2]]
        rows = await unit.matches.between([first.id, second_watch.id], T0, T0 + timedelta(hours=1))
        assert [(row.watch_id, row.article_id, row.story_id, row.score, row.seen) for row in rows] == [
            (first.id, one.id, story_id, 80.0, T0),
            (second_watch.id, one.id, story_id, 95.25, T0),
        ]
        assert await unit.matches.counts([first.id, second_watch.id, 5], T0 + timedelta(minutes=1)) == {
            first.id: 1,
            second_watch.id: 0,
            5: 0,
        }
        assert await unit.matches.add([match(first, one, 99.0)]) == 1
        assert (await unit.matches.of_article(one.id))[0].score == 99.0
        assert await unit.matches.replace(one.id, [match(second_watch, one, 66.0)]) == 1
        assert [found.score for found in await unit.matches.of_article(one.id)] == [66.0]
        target = await put_story(unit)
        await unit.stories.merge([story_id], target, T0)
        assert len(await unit.matches.of_story(story_id)) == len(await unit.matches.of_story(target)) == 2


async def test_a_match_of_a_watch_that_is_gone_is_left_out(store: Store) -> None:
    async with store.write() as unit:
        one = article()
        await put_story(unit, one)
        kept, gone = await put_watch(unit), await put_watch(unit)
        await unit.watches.remove(gone.id)
        assert await unit.matches.add([match(kept, one), match(gone, one)]) == 1
        assert [found.watch for found in await unit.matches.of_article(one.id)] == [kept.id]
