"""Engines: how each database is opened so that what is committed survives a power cut and readers see one moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from bot.model.errors import StoreError

BUSY_TIMEOUT_MS = 10_000
"""How long a connection waits for another process that writes, before "database is locked"."""

READERS = 4
"""Most SQLite connections that read at once; each is a thread and up to 8 MB of cache."""

POSTGRES_CONNECTIONS = 10
"""Most PostgreSQL connections of one process, besides the one that listens and the one that holds the placing lock."""


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> None: ...


class _DriverConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...
    def rollback(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The ways into one database."""

    url: URL
    reader: AsyncEngine
    writer: AsyncEngine

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def place(self) -> str:
        """The database as messages name it, without a password."""
        return self.path.as_posix() if self.sqlite else self.url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    async def dispose(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def database_url(text: str) -> URL:
    """``sqlite:///path`` or ``postgresql://...`` with the driver that is used for it. Raises StoreError for anything else."""
    try:
        url = make_url(text)
        name = url.get_backend_name()
    except ArgumentError:
        raise StoreError(
            "VIGIE_DATABASE_URL: not a database address; accepted: sqlite:///path or postgresql://user@host/name"
        ) from None
    if name == "sqlite":
        if not url.database or url.database == ":memory:" or url.query:
            raise StoreError("VIGIE_DATABASE_URL: an SQLite address names a file, like sqlite:///data/vigie.db")
        return url.set(drivername="sqlite+aiosqlite")
    if name in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(f"VIGIE_DATABASE_URL: {name} is no database Vigie knows; accepted: sqlite and postgresql")


def make_engines(url: URL) -> Engines:
    """Engines for ``url``; nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        writer = create_async_engine(url, pool_size=1, max_overflow=0)
        prepare_sqlite(writer, begin="BEGIN IMMEDIATE")
        reader = create_async_engine(url, pool_size=READERS, max_overflow=0)
        prepare_sqlite(reader, begin="BEGIN", query_only=True)
        return Engines(url, reader, writer)
    writer = create_async_engine(
        url,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        # No prepared statements: after a few runs the server plans them for any value at all, and what is right for a common
        # word or for state 'sent' reads the whole table for a rare word (100 ms instead of 3 over 100,000 articles).
        connect_args={"connect_timeout": 10, "application_name": "vigie", "prepare_threshold": None},
    )
    _prepare_postgres(writer)
    # The same pool, with transactions that see one moment and cannot write.
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(url, reader, writer)


def _prepare_postgres(engine: AsyncEngine) -> None:
    def on_checkin(connection: PoolProxiedConnection | None, record: ConnectionPoolEntry) -> None:
        # psycopg 3.3 leaves a connection in its pipeline mode when an executemany is cancelled at the wrong moment, and
        # whoever got it next from the pool would fail: it is thrown away instead.
        driver = None if connection is None else connection.driver_connection
        if isinstance(driver, psycopg.AsyncConnection) and (
            driver.pgconn.pipeline_status != PipelineStatus.OFF
            or driver.info.transaction_status != TransactionStatus.IDLE
        ):
            record.invalidate()

    event.listen(engine.sync_engine, "checkin", on_checkin)
    # Many rows in one INSERT instead of a pipeline of INSERTs: the same for us, faster, and nothing of the above.
    engine.sync_engine.dialect.use_insertmanyvalues_wo_returning = True


def prepare_sqlite(engine: AsyncEngine, *, begin: str, query_only: bool = False, foreign_keys: bool = True) -> None:
    """Sets up every connection of ``engine``, and opens its transactions with ``begin``."""

    def on_connect(connection: _DriverConnection, record: object) -> None:
        # The driver's own transaction handling begins late and commits early; ours is the one of the "begin" event.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            "temp_store=MEMORY",
            "cache_size=-8000",
            # The log is cut back to this after a burst, in bytes.
            "journal_size_limit=67108864",
            *(["query_only=ON"] if query_only else []),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    def on_invalidate(connection: _DriverConnection, record: object, error: BaseException | None) -> None:
        # A cancelled statement's cursor may still be referred to (by the traceback of the cancellation). SQLite then puts
        # off closing the connection, and with it the end of its transaction and of its lock: so that is ended here.
        connection.rollback()

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "invalidate", on_invalidate)
    event.listen(engine.sync_engine, "begin", on_begin)


def prepare_folder(path: Path) -> None:
    """Makes the folder of the SQLite file ``path``. Raises StoreError naming what to do when it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path.parent}: the folder cannot be made: {error.strerror or error}; give this user the right to"
        ) from error
    if path.is_dir():
        raise StoreError(f"{path}: this is a folder; VIGIE_DATABASE_URL names a file, like sqlite:///data/vigie.db")
