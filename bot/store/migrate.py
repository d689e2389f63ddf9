"""Brings a database to the newest schema when it is opened, or refuses one that a newer Vigie wrote."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.model.errors import StoreError, StoreVersionError
from bot.store.engines import Engines, prepare_sqlite
from bot.store.schema import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"

_MIGRATION_LOCK = 0x5649474945_01
"""PostgreSQL advisory lock: two processes that start together migrate one after the other."""


def newest_revision(scripts: Path = MIGRATIONS) -> str:
    """The schema revision to which ``scripts`` lead."""
    from alembic.script import (
        ScriptDirectory,
    )  # late, as below: 0.4 s that a database of this version need not wait for

    head = ScriptDirectory(str(scripts)).get_current_head()
    if head is None:
        raise StoreError(f"{scripts}: no migrations are installed; reinstall Vigie")
    return head


async def upgrade(engines: Engines, *, to: str = "head", scripts: Path = MIGRATIONS) -> str:
    """Migrates and returns the revision. All of it is one transaction: it is done whole or not at all.

    Raises StoreVersionError for a database of a newer Vigie, StoreError for one that is not Vigie's.
    """
    engine = create_async_engine(engines.url, poolclass=NullPool)
    if engines.sqlite:
        # Rebuilding a table (batch mode) with foreign keys on would delete what points to it; they are checked at the end.
        prepare_sqlite(engine, begin="BEGIN IMMEDIATE", foreign_keys=False)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_run, engines, to, scripts)
    finally:
        await engine.dispose()


def _run(connection: Connection, engines: Engines, to: str, scripts: Path) -> str:
    if not engines.sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    found = current_revision(connection)
    shipped = to == "head" and scripts == MIGRATIONS
    goal = REVISION if shipped else newest_revision(scripts) if to == "head" else to
    if found == goal:
        # Told now rather than at the first article: a read-only file, a standby server.
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        return goal
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    known = {revision.revision for revision in ScriptDirectory(str(scripts)).walk_revisions()}
    if found is None:
        strangers = inspect(connection).get_table_names()
        if strangers:
            raise StoreError(
                f"{engines.place}: holds tables that are not Vigie's ({', '.join(sorted(strangers)[:3])}); give Vigie a database of its own"
            )
    elif found not in known:
        raise StoreVersionError(
            f"{engines.place}: written by a newer Vigie (schema {found}, this one knows up to {newest_revision(scripts)}); "
            "upgrade Vigie or restore a backup"
        )
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise StoreError(f"{engines.place}: cannot be upgraded from schema {found}: {error}") from error
    if engines.sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise StoreError(
                f"{engines.place}: {len(broken)} rows point nowhere after the upgrade; nothing was changed"
            )
    return goal


def current_revision(connection: Connection) -> str | None:
    """The revision written in the database, None for one that has no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
