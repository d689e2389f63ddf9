"""Looking things up: stories, articles, timelines, trends, and why a message came or did not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from bot.feeds.links import canonical_link
from bot.language.reading import Reader
from bot.matching.explain import Explanation, explain
from bot.matching.phrase import PhraseParser
from bot.matching.search_terms import terms_for
from bot.model.articles import Article
from bot.model.content import DigestContent
from bot.model.deliveries import Delivery
from bot.model.feeds import Feed
from bot.model.ports import Clock
from bot.model.records import Change, Stats
from bot.model.stories import Placement, Story
from bot.model.watches import Destination, Watch
from bot.services.digests import Digests
from bot.store import Store

PAGE = 5
"""Stories on one page of an answer."""

SEARCH_BOUND = 500
"""Articles that a search ranks at most."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of stories. ``more`` is True when another page follows."""

    stories: tuple[Story, ...]
    offset: int
    more: bool


@dataclass(frozen=True, slots=True)
class WatchVerdict:
    """One watch against one article: explained whether or not it matched."""

    watch: Watch
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class DeliveryVerdict:
    """What became of one message, step by step."""

    delivery: Delivery
    destination: Destination
    history: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Everything there is to say of an article or message to the person who asks."""

    article: Article
    story: Story | None
    placement: Placement | None
    verdicts: tuple[WatchVerdict, ...]
    deliveries: tuple[DeliveryVerdict, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """One dated development of a topic."""

    day: date
    story: Story


class Lookup:
    """Questions to the store, answered with values."""

    def __init__(self, store: Store, parser: PhraseParser, reader: Reader, digests: Digests, clock: Clock) -> None:
        self._store = store
        self._parser = parser
        self._reader = reader
        self._digests = digests
        self._clock = clock

    async def search_articles(
        self,
        text: str,
        *,
        since: datetime | None = None,
        lang: str | None = None,
        source: str | None = None,
        limit: int = 20,
    ) -> list[Article]:
        """Articles that hold every word or concept of ``text``, in any language, newest first."""
        terms = terms_for(self._parser, text)
        if not terms:
            return []
        async with self._store.read() as unit:
            found = await unit.search.find(terms, since=since, lang=lang, source=source, limit=limit, offset=0)
            articles = await unit.articles.get([row.article_id for row in found])
        return [articles[row.article_id] for row in found if row.article_id in articles]

    async def search(
        self,
        text: str,
        *,
        since: datetime | None = None,
        lang: str | None = None,
        source: str | None = None,
        offset: int = 0,
        size: int = PAGE,
    ) -> Page:
        """Stories that hold every word or concept of ``text``, newest first, a page of ``size``."""
        terms = terms_for(self._parser, text)
        if not terms:
            return Page((), offset, False)
        async with self._store.read() as unit:
            found = await unit.search.find(terms, since=since, lang=lang, source=source, limit=SEARCH_BOUND, offset=0)
            ids = list(dict.fromkeys(row.story_id for row in found))
            stories = await unit.stories.many(ids[offset : offset + size])
        ordered = [stories[i] for i in ids[offset : offset + size] if i in stories]
        return Page(tuple(dict.fromkeys(ordered)), offset, len(ids) > offset + size)

    async def latest(self, *, watch_ids: Sequence[int] | None = None, offset: int = 0, size: int = PAGE) -> Page:
        """The stories that changed last; with ``watch_ids`` only those that these watches caught."""
        async with self._store.read() as unit:
            stories = await unit.stories.latest(offset + size + 1, watch_ids=watch_ids)
        return Page(tuple(stories[offset : offset + size]), offset, len(stories) > offset + size)

    async def story(self, story_id: int) -> Story | None:
        """One story; a merged one leads to the story it became part of."""
        async with self._store.read() as unit:
            return await unit.stories.get(story_id)

    async def timeline(self, topic: str, since: datetime, *, limit: int = 40) -> list[Milestone]:
        """The developments of a topic in the order they began, those with most independent outlets kept when there are too many."""
        page = await self.search(topic, since=since, size=SEARCH_BOUND)
        kept = sorted(page.stories, key=lambda story: (-story.outlets, story.opened))[:limit]
        return [
            Milestone(story.opened.date(), story) for story in sorted(kept, key=lambda story: (story.opened, story.id))
        ]

    async def trend(self, topics: Sequence[str], days: int) -> dict[str, dict[str, dict[date, int]]]:
        """Articles a day for each topic: topic → language → day → count."""
        now = self._clock.now()
        since = now - timedelta(days=days)
        result: dict[str, dict[str, dict[date, int]]] = {}
        async with self._store.read() as unit:
            for topic in topics:
                terms = terms_for(self._parser, topic)
                counts: dict[str, dict[date, int]] = {}
                if terms:
                    for row in await unit.search.per_day(terms, since=since, until=now):
                        counts.setdefault(row.lang or "?", {})[row.day] = row.count
                result[topic] = counts
        return result

    async def digest_now(
        self, destination_id: int, hours: int, language: str, watch_id: int | None = None
    ) -> tuple[DigestContent, ...]:
        """The digest of the last ``hours`` hours, at once. It moves nothing."""
        now = self._clock.now()
        return await self._digests.compose(destination_id, now - timedelta(hours=hours), now, language, watch_id)

    async def whatsnew(self, user_id: int, destination_id: int, language: str) -> tuple[DigestContent, ...]:
        """What is new or changed across a member's watches since they last asked; asking moves that time."""
        now = self._clock.now()
        async with self._store.read() as unit:
            last = await unit.members.last_looked(user_id)
        since = max(last or now - timedelta(days=1), now - timedelta(days=7))
        contents = await self._digests.compose(destination_id, since, now, language)
        async with self._store.write() as unit:
            await unit.members.set_last_looked(user_id, now)
        return contents

    async def why(
        self, link: str, watches: Sequence[Watch], destination_ids: Callable[[Destination], bool]
    ) -> Why | None:
        """Why an article or message came, was held, or did not match.

        ``link``: an article's address or a Discord message link. ``watches``: those the asker may see. ``destination_ids``: whether the
        asker may see what went to a destination.
        """
        message = message_of(link)
        async with self._store.read() as unit:
            article_id: int | None = None
            if message is not None:
                delivery = await unit.deliveries.by_message(*message)
                if delivery is None or delivery.story_id is None:
                    return None
                matches = await unit.matches.of_story(delivery.story_id, list(delivery.watch_ids) or None)
                best = max(matches, key=lambda match: match.score, default=None)
                if best is not None and isinstance(best.article, int):
                    article_id = best.article
                else:
                    story = await unit.stories.get(delivery.story_id)
                    article_id = story.articles[0].article_id if story and story.articles else None
            else:
                found = await unit.articles.find_url(canonical_link(link.strip())) or await unit.articles.find_url(
                    link.strip()
                )
                article_id = found.id if found else None
        return None if article_id is None else await self.why_article(article_id, watches, destination_ids)

    async def why_article(
        self, article_id: int, watches: Sequence[Watch], visible: Callable[[Destination], bool]
    ) -> Why | None:
        """The same for a known article."""
        async with self._store.read() as unit:
            article = (await unit.articles.get([article_id])).get(article_id)
            if article is None:
                return None
            placement = await unit.articles.placement(article_id)
            story = await unit.stories.get(placement.story_id) if placement else None
            deliveries = await unit.deliveries.of_story([story.id]) if story else []
            verdicts: list[DeliveryVerdict] = []
            for delivery in deliveries:
                destination = await unit.watches.destination(delivery.destination_id)
                if destination is not None and visible(destination):
                    verdicts.append(
                        DeliveryVerdict(delivery, destination, tuple(await unit.deliveries.history(delivery.id)))
                    )
        reading = self._reader.read(article.id, article.title, article.summary, article.lang, article.published)
        explained = [
            WatchVerdict(
                watch,
                explain(
                    self._parser.lexicon,
                    watch.phrase,
                    reading,
                    lang=watch.lang,
                    strictness=watch.strictness,
                    exclude=watch.exclude,
                    languages=watch.languages,
                    parser=self._parser,
                ),
            )
            for watch in watches
        ]
        explained.sort(key=lambda verdict: -verdict.explanation.score)
        return Why(article, story, placement, tuple(explained), tuple(verdicts))

    async def feeds(self, guild_id: int | None = None) -> list[Feed]:
        """All feeds with their health; with ``guild_id`` those this server added."""
        async with self._store.read() as unit:
            return await (unit.feeds.for_guild(guild_id) if guild_id is not None else unit.feeds.all())

    async def stats(self) -> Stats:
        """Counts for /status."""
        return await self._store.stats()


def message_of(link: str) -> tuple[int, int] | None:
    """(channel id, message id) of a Discord message link; None for any other text."""
    parts = urlsplit(link.strip())
    host = parts.hostname or ""
    pieces = parts.path.strip("/").split("/")
    if not (host == "discord.com" or host.endswith(".discord.com")) or len(pieces) != 4 or pieces[0] != "channels":
        return None
    if not (pieces[2].isdigit() and pieces[3].isdigit()):
        return None
    return int(pieces[2]), int(pieces[3])
