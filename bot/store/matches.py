"""Matches: article × watch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, select

from bot.model.matches import Hit, Match
from bot.model.records import MatchRow
from bot.store.columns import batches, dump
from bot.store.queries import Queries
from bot.store.schema import articles, matches, placements, stories, watches


class MatchQueries(Queries):
    """Queries on matches. Watch and article ids are integers here."""

    async def add(self, found: Sequence[Match]) -> int:
        """Stores matches, over what was stored for the same pair, and returns how many.

        A match of a watch that was removed meanwhile is left out: its article must not fail for it.
        """
        wanted = list({int(str(match.watch)) for match in found})
        alive: set[int] = set()
        for batch in batches(wanted):
            # Locked so that the watch cannot go away before this is committed.
            statement = select(watches.c.id).where(watches.c.id.in_(batch)).with_for_update(read=True, key_share=True)
            alive.update(row["id"] for row in await self._rows(statement))
        # The last of two for one pair: a statement may not change one row twice.
        by_pair = {(values["article_id"], values["watch_id"]): values for values in map(_values, found)}
        rows = [values for (_, watch_id), values in by_pair.items() if watch_id in alive]
        statement_new = self._insert(matches)
        new = statement_new.excluded
        await self._many(
            statement_new.on_conflict_do_update(
                index_elements=["article_id", "watch_id"], set_={"score": new.score, "hits": new.hits}
            ),
            rows,
        )
        return len(rows)

    async def replace(self, article_id: int, found: Sequence[Match]) -> int:
        """``found`` are all matches of an edited article from now on."""
        await self._change(delete(matches).where(matches.c.article_id == article_id))
        return await self.add(found)

    async def of_article(self, article_id: int) -> list[Match]:
        """All matches of an article, best first."""
        statement = select(matches).where(matches.c.article_id == article_id)
        rows = await self._rows(statement.order_by(matches.c.score.desc(), matches.c.watch_id))
        return [_match(row) for row in rows]

    async def of_story(self, story_id: int, watch_ids: Sequence[int] | None = None) -> list[Match]:
        """All matches of a story's articles (of these watches only, when given), best first; a merged story's count as its target's."""
        target = (
            select(func.coalesce(stories.c.merged_into, stories.c.id)).where(stories.c.id == story_id).scalar_subquery()
        )
        statement = (
            select(matches)
            .join(placements, placements.c.article_id == matches.c.article_id)
            .where(placements.c.story_id == target)
            .order_by(matches.c.score.desc(), matches.c.article_id, matches.c.watch_id)
        )
        if watch_ids is not None:
            statement = statement.where(matches.c.watch_id.in_(watch_ids))
        return [_match(row) for row in await self._rows(statement)]

    async def between(self, watch_ids: Sequence[int], since: datetime, until: datetime) -> list[MatchRow]:
        """What the watches caught among articles seen from ``since`` to before ``until``, in the order it was seen."""
        found: list[MatchRow] = []
        for batch in batches(watch_ids):
            statement = (
                select(
                    matches.c.watch_id, matches.c.article_id, placements.c.story_id, matches.c.score, articles.c.seen
                )
                .join(articles, articles.c.id == matches.c.article_id)
                .join(placements, placements.c.article_id == matches.c.article_id)
                .where(matches.c.watch_id.in_(batch), articles.c.seen >= since, articles.c.seen < until)
            )
            found += [
                MatchRow(row["watch_id"], row["article_id"], row["story_id"], row["score"], row["seen"])
                for row in await self._rows(statement)
            ]
        return sorted(found, key=lambda row: (row.seen, row.article_id, row.watch_id))

    async def counts(self, watch_ids: Sequence[int], since: datetime) -> dict[int, int]:
        """How many articles seen since then each watch caught; watches that caught nothing have 0."""
        found = dict.fromkeys(watch_ids, 0)
        for batch in batches(watch_ids):
            statement = (
                select(matches.c.watch_id, func.count().label("count"))
                .join(articles, articles.c.id == matches.c.article_id)
                .where(matches.c.watch_id.in_(batch), articles.c.seen >= since)
                .group_by(matches.c.watch_id)
            )
            found.update((row["watch_id"], row["count"]) for row in await self._rows(statement))
        return found


def _values(match: Match) -> dict[str, object]:
    return {
        "article_id": int(str(match.article)),
        "watch_id": int(str(match.watch)),
        "score": match.score,
        "hits": dump(
            [
                [hit.slot, hit.kind, hit.concept, hit.field, hit.start, hit.end, hit.text, hit.quality]
                for hit in match.hits
            ]
        ),
    }


def _match(row: RowMapping) -> Match:
    hits = tuple(Hit(*values) for values in json.loads(row["hits"]))
    return Match(row["watch_id"], row["article_id"], row["score"], hits)
