from __future__ import annotations

import pytest

from bot.store import Store
from tests.store.samples import T0, article, delivery, match, put_destination, put_story, put_watch

pytestmark = pytest.mark.asyncio


async def test_a_story_comes_back_as_it_was_written(store: Store) -> None:
    one = article()
    async with store.write() as unit:
        story_id = await put_story(unit, one)
        w = await put_watch(unit)
        await unit.matches.add([match(w, one)])
        d = await put_destination(unit)
        ids = await unit.deliveries.plan([delivery(d, story_id)])
    async with store.write() as unit:
        claimed = await unit.deliveries.claim_posts(T0, 10)
        assert [x.id for x, _ in claimed] == ids
    async with store.read() as unit:
        assert await unit.articles.get([one.id]) == {one.id: one}
        story = await unit.stories.get(story_id)
        assert story is not None and story.articles[0].title == one.title
        assert await unit.matches.of_article(one.id) == [match(w, one)]
        assert [h.article_id for h in await unit.search.find([["pourparlers"]])] == [one.id]
        print(await unit.articles.per_day([["geneve"]], T0.replace(day=1, month=1), T0))
        print(await unit.deliveries.history(ids[0]))
        print(await unit.deliveries.next_due(T0))
    print(await store.stats(), await store.integrity())
    print(await store.retention(T0.replace(year=2027), T0.replace(year=2027)))
    print(await store.retention(T0.replace(year=2027), T0.replace(year=2027)))
    print(await store.stats(), await store.integrity())
