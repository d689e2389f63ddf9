"""Seen entries: what each feed has told already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, case, delete, func, select, update

from bot.model.feeds import SeenEntry
from bot.store.columns import batches
from bot.store.queries import Queries
from bot.store.schema import seen_entries


class EntryQueries(Queries):
    """Queries on seen entries."""

    async def known(self, feed_id: int, keys: Sequence[str], canonicals: Sequence[str] = ()) -> list[SeenEntry]:
        """The entries of a feed that have one of ``keys``, or one of the ``canonicals`` as their link (empty links never count)."""
        links = [link for link in canonicals if link]
        found: dict[str, SeenEntry] = {}
        for column, values in ((seen_entries.c.key, list(keys)), (seen_entries.c.canonical, links)):
            for batch in batches(values):
                statement = select(seen_entries).where(seen_entries.c.feed_id == feed_id, column.in_(batch))
                found.update((row["key"], _entry(row)) for row in await self._rows(statement))
        return list(found.values())

    async def window(self, feed_id: int, limit: int) -> list[SeenEntry]:
        """The newest entries of a feed, newest first."""
        statement = (
            select(seen_entries)
            .where(seen_entries.c.feed_id == feed_id)
            .order_by(
                seen_entries.c.first_seen.desc(), seen_entries.c.published.desc().nulls_last(), seen_entries.c.key
            )
            .limit(limit)
        )
        return [_entry(row) for row in await self._rows(statement)]

    async def newest(self, feed_id: int, until: datetime) -> tuple[bool, datetime | None]:
        """(whether any entry of the feed is known, the newest date among them up to ``until``: dates further ahead are no dates)."""
        dated = case((seen_entries.c.published <= until, seen_entries.c.published), else_=None)
        statement = select(func.count().label("known"), func.max(dated).label("newest")).where(
            seen_entries.c.feed_id == feed_id
        )
        row = await self._one(statement)
        return row["known"] > 0, row["newest"]

    async def save(self, entries: Sequence[SeenEntry]) -> None:
        """Writes entries; one that is known is replaced, but keeps the time it was first seen."""
        statement = self._insert(seen_entries)
        new = statement.excluded
        await self._many(
            statement.on_conflict_do_update(
                index_elements=["feed_id", "key"],
                set_={
                    "canonical": new.canonical,
                    "title": new.title,
                    "hash": new.hash,
                    "published": new.published,
                    "last_seen": new.last_seen,
                    "article_id": new.article_id,
                    "edits": new.edits,
                },
            ),
            [
                {
                    "feed_id": entry.feed_id,
                    "key": entry.key,
                    "canonical": entry.canonical,
                    "title": entry.title,
                    "hash": entry.hash,
                    "published": entry.published,
                    "first_seen": entry.first_seen,
                    "last_seen": entry.last_seen,
                    "article_id": entry.article_id,
                    "edits": entry.edits,
                }
                # The last of two with one key: a statement may not change one row twice.
                for entry in {(entry.feed_id, entry.key): entry for entry in entries}.values()
            ],
        )

    async def touch(self, feed_id: int, keys: Sequence[str], now: datetime) -> None:
        """These entries are still listed."""
        for batch in batches(keys):
            await self._change(
                update(seen_entries)
                .where(seen_entries.c.feed_id == feed_id, seen_entries.c.key.in_(batch))
                .values(last_seen=now)
            )

    async def purge(self, before: datetime, limit: int | None = None) -> int:
        """Forgets up to ``limit`` entries that no feed has listed since ``before`` (rule 54) and returns how many."""
        old = select(seen_entries.c.feed_id, seen_entries.c.key).where(seen_entries.c.last_seen < before).limit(limit)
        rows = await self._rows(old)
        by_feed: dict[int, list[str]] = {}
        for row in rows:
            by_feed.setdefault(row["feed_id"], []).append(row["key"])
        gone = 0
        for feed_id, keys in by_feed.items():
            for batch in batches(keys):
                gone += await self._change(
                    delete(seen_entries).where(seen_entries.c.feed_id == feed_id, seen_entries.c.key.in_(batch))
                )
        return gone


def _entry(row: RowMapping) -> SeenEntry:
    return SeenEntry(
        feed_id=row["feed_id"],
        key=row["key"],
        canonical=row["canonical"],
        title=row["title"],
        hash=row["hash"],
        published=row["published"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        article_id=row["article_id"],
        edits=row["edits"],
    )
