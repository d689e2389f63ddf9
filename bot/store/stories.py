"""Stories: the articles that report one development, merges, and the window's rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, Select, case, delete, exists, func, literal, or_, select, update

from bot.model.feeds import FeedKind
from bot.model.records import WindowRow
from bot.model.stories import SourceLine, Story
from bot.store.columns import Id, batches, dump, strings
from bot.store.queries import Queries
from bot.store.schema import article_texts, articles, feeds, marks, matches, placements, stories

_KIND = func.coalesce(feeds.c.kind, FeedKind.MEMBER.value).label("kind")
_FAMILY = func.coalesce(feeds.c.family, articles.c.source).label("family")


class StoryQueries(Queries):
    """Queries on stories."""

    async def get(self, story_id: int) -> Story | None:
        """The story, or the one it was merged into."""
        return (await self.many([story_id])).get(story_id)

    async def many(self, ids: Sequence[int]) -> dict[int, Story]:
        """For each asked id its story with all articles, oldest first; for a merged one the story it became part of."""
        now_in: dict[int, int] = {}
        for batch in batches(list(dict.fromkeys(ids))):
            statement = select(stories.c.id, stories.c.merged_into).where(stories.c.id.in_(batch))
            for row in await self._rows(statement):
                now_in[row["id"]] = row["merged_into"] or row["id"]
        found: dict[int, Story] = {}
        for batch in batches(list(dict.fromkeys(now_in.values()))):
            lines: dict[int, list[SourceLine]] = {}
            for row in await self._rows(_source_lines(batch)):
                lines.setdefault(row["story_id"], []).append(_source_line(row))
            for row in await self._rows(select(stories).where(stories.c.id.in_(batch))):
                found[row["id"]] = _story(row, lines.get(row["id"], []))
        return {asked: found[story] for asked, story in now_in.items() if story in found}

    async def merged(self, into: int) -> list[int]:
        """The stories that became part of ``into``."""
        rows = await self._rows(select(stories.c.id).where(stories.c.merged_into == into).order_by(stories.c.id))
        return [row["id"] for row in rows]

    async def latest(
        self, limit: int, before: datetime | None = None, watch_ids: Sequence[int] | None = None
    ) -> list[Story]:
        """The last changed stories, newest first; changed before ``before``; that one of the watches caught, when given."""
        statement = select(stories.c.id).where(
            stories.c.merged_into.is_(None), exists().where(placements.c.story_id == stories.c.id)
        )
        if before is not None:
            statement = statement.where(stories.c.changed < before)
        if watch_ids is not None:
            caught = (
                select(placements.c.story_id)
                .join(matches, matches.c.article_id == placements.c.article_id)
                .where(matches.c.watch_id.in_(watch_ids))
            )
            statement = statement.where(stories.c.id.in_(caught))
        statement = statement.order_by(stories.c.changed.desc(), stories.c.id.desc()).limit(limit)
        ids = [row["id"] for row in await self._rows(statement)]
        found = await self.many(ids)
        return [found[story_id] for story_id in ids]

    async def save(self, story_id: int, opened: datetime, changed: datetime, concepts: Sequence[str]) -> None:
        """Writes a story's own line, new or known. Its articles are written with ``articles.add``."""
        statement = self._insert(stories).values(
            id=story_id, opened=opened, changed=changed, concepts=dump(list(concepts))
        )
        new = statement.excluded
        await self._change(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={"opened": new.opened, "changed": new.changed, "concepts": new.concepts},
            )
        )

    async def merge(self, sources: Sequence[int], into: int, now: datetime) -> None:
        """Joins stories into ``into``: their articles, what was merged into them before, and readers' marks.

        A pinned article goes along: an operator's split holds against the window, not against a later merge of its story.
        """
        ids = [story for story in dict.fromkeys(sources) if story != into]
        if not ids:
            return
        await self._change(update(placements).where(placements.c.story_id.in_(ids)).values(story_id=into))
        await self._change(
            update(stories)
            .where(or_(stories.c.id.in_(ids), stories.c.merged_into.in_(ids)))
            .values(merged_into=into, changed=now)
        )
        opened = select(func.min(stories.c.opened)).where(stories.c.id.in_(ids)).scalar_subquery()
        await self._change(
            update(stories)
            .where(stories.c.id == into)
            .values(
                changed=now, merged_into=None, opened=case((opened < stories.c.opened, opened), else_=stories.c.opened)
            )
        )
        carried = select(marks.c.destination_id, func.min(marks.c.mark), literal(into, Id)).where(
            marks.c.story_id.in_(ids)
        )
        await self._change(
            self._insert(marks)
            .from_select(["destination_id", "mark", "story_id"], carried.group_by(marks.c.destination_id))
            .on_conflict_do_nothing(index_elements=["destination_id", "story_id"])
        )
        await self._change(delete(marks).where(marks.c.story_id.in_(ids)))

    async def window(self, since: datetime) -> list[WindowRow]:
        """Every article seen since then, in the order in which they were placed: what the story window is rebuilt from."""
        statement = (
            select(
                placements.c.article_id,
                placements.c.story_id,
                placements.c.copy_of,
                placements.c.pinned,
                article_texts.c.features,
                articles.c.lang,
                articles.c.source,
                articles.c.published,
                articles.c.seen,
                _KIND,
                _FAMILY,
            )
            .join(articles, articles.c.id == placements.c.article_id)
            .join(article_texts, article_texts.c.article_id == placements.c.article_id)
            .outerjoin(feeds, feeds.c.id == articles.c.feed_id)
            .where(articles.c.seen >= since)
            .order_by(placements.c.id)
        )
        return [
            WindowRow(
                article_id=row["article_id"],
                story_id=row["story_id"],
                features=row["features"],
                lang=row["lang"],
                source=row["source"],
                family=row["family"],
                kind=row["kind"],
                published=row["published"],
                seen=row["seen"],
                copy_of=row["copy_of"],
                pinned=row["pinned"],
            )
            for row in await self._rows(statement)
        ]

    async def pin(self, article_id: int, story_id: int) -> bool:
        """Places an article by hand into ``story_id`` (``save`` it first when new). False: there is no such article."""
        return (
            await self._change(
                update(placements)
                .where(placements.c.article_id == article_id)
                .values(story_id=story_id, pinned=True, copy_of=None)
            )
            > 0
        )

    async def touched_since(self, since: datetime) -> list[int]:
        """Stories opened, changed or merged at or after ``since``, in the order of their change."""
        statement = select(stories.c.id).where(stories.c.changed >= since).order_by(stories.c.changed, stories.c.id)
        return [row["id"] for row in await self._rows(statement)]

    async def purge_empty(self, before: datetime, limit: int) -> int:
        """Removes up to ``limit`` stories that have no article left and did not change since ``before``."""
        told = exists().where(placements.c.story_id == stories.c.id)
        target_told = exists().where(placements.c.story_id == stories.c.merged_into)
        statement = (
            select(stories.c.id)
            .where(stories.c.changed < before, ~told, ~target_told)
            .order_by(stories.c.changed)
            .limit(limit)
        )
        ids = [row["id"] for row in await self._rows(statement)]
        return await self._change(delete(stories).where(stories.c.id.in_(ids))) if ids else 0


def _source_lines(story_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    return (
        select(articles, placements.c.story_id, placements.c.copy_of, _KIND, _FAMILY)
        .join(placements, placements.c.article_id == articles.c.id)
        .outerjoin(feeds, feeds.c.id == articles.c.feed_id)
        .where(placements.c.story_id.in_(story_ids))
        .order_by(articles.c.published, articles.c.id)
    )


def _source_line(row: RowMapping) -> SourceLine:
    return SourceLine(
        article_id=row["id"],
        title=row["title"],
        summary=row["summary"],
        url=row["url"],
        source=row["source"],
        lang=row["lang"],
        kind=row["kind"],
        family=row["family"],
        published=row["published"],
        seen=row["seen"],
        copy_of=row["copy_of"],
    )


def _story(row: RowMapping, lines: Sequence[SourceLine]) -> Story:
    return Story(
        id=row["id"],
        opened=row["opened"],
        changed=row["changed"],
        articles=tuple(lines),
        concepts=strings(row["concepts"]),
        merged_into=row["merged_into"],
    )
