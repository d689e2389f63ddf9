"""Articles, stored once, with their text for the search and where they were placed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, delete, insert, or_, select, update

from bot.model.articles import Article
from bot.model.records import PlacedArticle
from bot.model.stories import Fact, Placement
from bot.store.columns import batches, dump, integers, storable, strings
from bot.store.queries import Queries
from bot.store.schema import article_texts, articles, placements
from bot.store.search import fold_terms


class ArticleQueries(Queries):
    """Queries on articles."""

    async def add(self, article: Article, features: str, terms: str, placement: Placement) -> None:
        """Stores an article with its window features (JSON), its search terms (folded text) and its placement."""
        await self.add_many([PlacedArticle(article, features, terms, placement)])

    async def add_many(self, placed: Sequence[PlacedArticle]) -> None:
        """Stores articles in the order in which they were placed."""
        await self._many(insert(articles), [_article_values(item.article) for item in placed])
        await self._many(
            insert(article_texts),
            [
                {"article_id": item.article.id, "features": item.features, "terms": fold_terms(item.terms)}
                for item in placed
            ],
        )
        await self._many(insert(placements), [_placement_values(item.placement) for item in placed])

    async def update(self, article: Article, features: str, terms: str) -> None:
        """Writes an edited article over the stored one; its placement stays."""
        values = _article_values(article)
        del values["id"]
        await self._change(update(articles).where(articles.c.id == article.id).values(**values))
        await self._change(
            update(article_texts)
            .where(article_texts.c.article_id == article.id)
            .values(features=features, terms=fold_terms(terms))
        )

    async def get(self, ids: Sequence[int]) -> dict[int, Article]:
        """The articles among ``ids`` that are still kept."""
        found: dict[int, Article] = {}
        for batch in batches(ids):
            rows = await self._rows(select(articles).where(articles.c.id.in_(batch)))
            found.update((row["id"], article_from(row)) for row in rows)
        return found

    async def by_canonical(self, urls: Sequence[str]) -> dict[str, Article]:
        """For each canonical link the article first seen there."""
        found: dict[str, Article] = {}
        for batch in batches([url for url in urls if url]):
            statement = select(articles).where(articles.c.canonical.in_(batch)).order_by(articles.c.seen, articles.c.id)
            for row in await self._rows(statement):
                found.setdefault(row["canonical"], article_from(row))
        return found

    async def find_url(self, url: str, canonical: str | None = None) -> Article | None:
        """The article with this link; ``canonical`` is the link reduced to what identifies the page. The newest if several."""
        if not url:
            return None
        page = storable(canonical or url)
        statement = (
            select(articles)
            .where(or_(articles.c.url == storable(url), articles.c.canonical == page))
            .order_by(articles.c.seen.desc(), articles.c.id.desc())
            .limit(1)
        )
        row = await self._row(statement)
        return None if row is None else article_from(row)

    async def recent(
        self, since: datetime, until: datetime, lang: str | None = None, limit: int = 5_000
    ) -> list[Article]:
        """Articles published from ``since`` to before ``until``, oldest first; when there are more, the newest ``limit``."""
        conditions: list[ColumnElement[bool]] = [articles.c.published >= since, articles.c.published < until]
        if lang is not None:
            conditions.append(articles.c.lang == lang)
        statement = (
            select(articles).where(*conditions).order_by(articles.c.published.desc(), articles.c.id.desc()).limit(limit)
        )
        return [article_from(row) for row in reversed(await self._rows(statement))]

    async def features(self, ids: Sequence[int]) -> dict[int, str]:
        """The window features (JSON) of articles."""
        found: dict[int, str] = {}
        for batch in batches(ids):
            statement = select(article_texts.c.article_id, article_texts.c.features).where(
                article_texts.c.article_id.in_(batch)
            )
            found.update((row["article_id"], row["features"]) for row in await self._rows(statement))
        return found

    async def placement(self, article_id: int) -> Placement | None:
        """Where an article was placed and why; ``story_id`` is the story in which it stands now."""
        row = await self._row(select(placements).where(placements.c.article_id == article_id))
        return None if row is None else _placement(row)

    async def placements(self, article_ids: Sequence[int]) -> dict[int, Placement]:
        """``placement`` for many articles at once."""
        found: dict[int, Placement] = {}
        for batch in batches(article_ids):
            rows = await self._rows(select(placements).where(placements.c.article_id.in_(batch)))
            found.update((row["article_id"], _placement(row)) for row in rows)
        return found

    async def stories_of(self, article_ids: Sequence[int]) -> dict[int, int]:
        """The story in which each article stands now."""
        found: dict[int, int] = {}
        for batch in batches(article_ids):
            statement = select(placements.c.article_id, placements.c.story_id)
            rows = await self._rows(statement.where(placements.c.article_id.in_(batch)))
            found.update((row["article_id"], row["story_id"]) for row in rows)
        return found

    async def purge(self, before: datetime, limit: int | None = None) -> int:
        """Removes up to ``limit`` articles first seen before then, oldest first, with their texts, places and matches."""
        old = select(articles.c.id).where(articles.c.seen < before).order_by(articles.c.seen).limit(limit)
        gone = 0
        for batch in batches([row["id"] for row in await self._rows(old)]):
            gone += await self._change(delete(articles).where(articles.c.id.in_(batch)))
        return gone


def _article_values(article: Article) -> dict[str, object]:
    return {
        "id": article.id,
        "title": article.title,
        "summary": article.summary,
        "lang": article.lang,
        "url": article.url,
        "canonical": article.canonical,
        "source": article.source,
        "published": article.published,
        "seen": article.seen,
        "feed_id": article.feed_id,
        "edited": article.edited,
    }


def article_from(row: RowMapping) -> Article:
    """A row of ``articles`` as a value."""
    return Article(
        id=row["id"],
        title=row["title"],
        summary=row["summary"],
        lang=row["lang"],
        url=row["url"],
        canonical=row["canonical"],
        source=row["source"],
        published=row["published"],
        seen=row["seen"],
        feed_id=row["feed_id"],
        edited=row["edited"],
    )


def _placement_values(placement: Placement) -> dict[str, object]:
    return {
        "article_id": placement.article_id,
        "story_id": placement.story_id,
        "opened": placement.opened,
        "similarity": placement.similarity,
        "merged": dump(placement.merged),
        "evidence": dump(placement.evidence),
        "novelty": dump([[fact.kind, fact.value, fact.words] for fact in placement.novelty]),
        "copy_of": placement.copy_of,
        "pinned": False,
    }


def _placement(row: RowMapping) -> Placement:
    return Placement(
        article_id=row["article_id"],
        story_id=row["story_id"],
        opened=row["opened"],
        merged=integers(row["merged"]),
        similarity=row["similarity"],
        evidence=strings(row["evidence"]),
        novelty=tuple(Fact(str(kind), str(value), str(words)) for kind, value, words in json.loads(row["novelty"])),
        copy_of=row["copy_of"],
    )
