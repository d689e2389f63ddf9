"""Looking at a database as a whole: figures, faults, a copy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.deliveries import DeliveryState
from bot.model.records import Stats
from bot.store.schema import articles, deliveries, metadata, placements, stories

_LISTED = 20
"""Most rows named for one kind of fault."""


def copy_sqlite(source: Path, target: Path) -> None:
    """Copies a database that is in use to ``target``, whole or not at all. Blocks: for a thread of its own.

    Raises FileExistsError, OSError and sqlite3.Error.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already: name a new file")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source, isolation_level=None, timeout=10)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


async def stats(connection: AsyncConnection, revision: str) -> Stats:
    """The figures of ``Store.stats``."""
    rows = {
        table.name: int((await connection.execute(select(func.count()).select_from(table))).scalar() or 0)
        for table in metadata.sorted_tables
    }
    if connection.dialect.name == "sqlite":
        size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        size = "SELECT pg_database_size(current_database())"
    times = (await connection.execute(select(func.min(articles.c.seen), func.max(articles.c.seen)))).one()
    return Stats(
        engine=connection.dialect.name,
        version=revision,
        size_bytes=int((await connection.execute(text(size))).scalar() or 0),
        rows=rows,
        oldest_article=times[0],
        newest_article=times[1],
    )


async def problems(connection: AsyncConnection) -> list[str]:
    """What the engine and our own rules find wrong."""
    found: list[str] = []
    if connection.dialect.name == "sqlite":
        lines = (await connection.execute(text("SELECT integrity_check AS line FROM pragma_integrity_check"))).scalars()
        found += [str(line) for line in lines if line != "ok"]
        broken = text('SELECT "table" AS child, rowid AS row, parent FROM pragma_foreign_key_check')
        for row in (await connection.execute(broken)).mappings():
            found.append(f"{row['child']}: row {row['row']} points to a missing row of {row['parent']}")
    unplaced = select(articles.c.id).where(articles.c.id.not_in(select(placements.c.article_id)))
    found += await _listed(connection, unplaced, "article {}: stands in no story")
    target = stories.alias()
    chained = (
        select(stories.c.id).join(target, target.c.id == stories.c.merged_into).where(target.c.merged_into.is_not(None))
    )
    found += await _listed(connection, chained, "story {}: was merged into one that was merged itself")
    lost = (
        select(placements.c.article_id)
        .join(stories, stories.c.id == placements.c.story_id)
        .where(stories.c.merged_into.is_not(None))
    )
    found += await _listed(connection, lost, "article {}: stands in a story that was merged away")
    silent = select(deliveries.c.id).where(
        deliveries.c.state == DeliveryState.SENT.value, deliveries.c.message_id.is_(None)
    )
    found += await _listed(connection, silent, "delivery {}: counts as sent but has no message")
    return found


async def search_problems(connection: AsyncConnection) -> list[str]:
    """Whether SQLite's full-text index says the same as the texts (FTS5, "The 'integrity-check' Command"; it counts as a write)."""
    try:
        await connection.execute(text("INSERT INTO article_search(article_search, rank) VALUES ('integrity-check', 1)"))
    except DatabaseError:
        return ["article_search: the full-text index differs from the texts"]
    return []


async def _listed(connection: AsyncConnection, statement: Select[tuple[int]], line: str) -> list[str]:
    ids = (await connection.execute(statement.limit(_LISTED))).scalars()
    return [line.format(row_id) for row_id in ids]
