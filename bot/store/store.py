"""The store: one database, SQLite or PostgreSQL, behind one face."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import or_, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.model.errors import StoreError
from bot.model.ports import Clock
from bot.model.records import Stats
from bot.store import inspection
from bot.store.engines import Engines, database_url, make_engines, prepare_folder
from bot.store.errors import store_error
from bot.store.migrate import upgrade
from bot.store.queries import Queries
from bot.store.retention import purge_batch
from bot.store.schema import leases
from bot.store.unit import Unit
from bot.store.wakes import CHANNELS, Channel, Hub, Listener, PostgresHub

_PLACING_LOCK = 0x5649474945_02
"""PostgreSQL advisory lock that ``placing`` holds."""


class Store:
    """A database that is open. Made by ``Store.open``; every method may raise StoreError, and then nothing was written."""

    def __init__(self, engines: Engines, revision: str, clock: Clock) -> None:
        self._engines = engines
        self._revision = revision
        self._clock = clock
        # SQLite has one writer at a time: waiting for it here costs nothing, waiting in the driver blocks one of its threads.
        self._writing = asyncio.Lock()
        self._placing = asyncio.Lock()
        self._hub = Hub() if engines.sqlite else PostgresHub(engines.url, clock)

    @classmethod
    async def open(cls, url: str, *, clock: Clock) -> Store:
        """Opens the database at ``url``, ``sqlite:///path`` or ``postgresql://...``, and brings its schema up to date.

        Makes a new SQLite file with its folder. Raises StoreVersionError for the database of a newer Vigie.
        """
        address = database_url(url)
        engines = make_engines(address)
        if engines.sqlite:
            prepare_folder(engines.path)
        try:
            with _clear_errors(engines):
                revision = await upgrade(engines)
        except BaseException:
            await engines.dispose()
            raise
        return cls(engines, revision, clock)

    async def close(self) -> None:
        """Ends listening and closes every connection."""
        await self._hub.close()
        await self._engines.dispose()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def engine(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engines.url.get_backend_name()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """Queries that all see the database as it was at the first of them; nothing can be written."""
        with _clear_errors(self._engines):
            async with self._engines.reader.begin() as connection:
                yield Unit(connection, self._clock)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """One transaction: committed at the end, undone whole by any error or cancellation. Keep it short, and free of waiting."""
        async with self._turn():
            with _clear_errors(self._engines):
                async with self._engines.writer.begin() as connection:
                    unit = Unit(connection, self._clock)
                    yield unit
                    if not self._engines.sqlite:
                        await unit.send_wakes()
            if self._engines.sqlite:
                self._hub.wake(unit.woken)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._engines.sqlite:
            async with self._writing:
                yield
        else:
            yield

    @asynccontextmanager
    async def placing(self) -> AsyncIterator[None]:
        """Holds the right to place articles into stories: one holder at a time among all workers on this database."""
        async with self._placing:
            if self._engines.sqlite:
                yield
                return
            with _clear_errors(self._engines):
                async with self._engines.writer.connect() as connection:
                    # Bound to the session: the server frees it when this process dies.
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                    await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _PLACING_LOCK})
                    try:
                        yield
                    finally:
                        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _PLACING_LOCK})

    async def listen(self, *channels: Channel) -> Listener:
        """Hears the wakes of these channels (default: all) from now on; other processes' too on PostgreSQL."""
        return await self._hub.listen(channels or CHANNELS)

    async def notify(self, channel: Channel) -> None:
        """Wakes who listens to ``channel``. Within a transaction use ``unit.wake``."""
        if self._engines.sqlite:
            self._hub.wake([channel])
            return
        async with self.write() as unit:
            unit.wake(channel)

    async def lease(self, name: str, holder: str, ttl_s: float) -> bool:
        """Takes or renews the lease ``name`` for ``ttl_s`` seconds. False: another holder has it and it has not run out.

        Times are those of the holders' clocks: let ``ttl_s`` be long against what clocks of several machines differ by.
        """
        now = self._clock.now()
        async with self.write() as unit:
            queries = Queries(unit.connection, self._clock)
            statement = queries._insert(leases).values(name=name, holder=holder, until=now + timedelta(seconds=ttl_s))
            new = statement.excluded
            result = await unit.connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["name"],
                    set_={"holder": new.holder, "until": new.until},
                    where=or_(leases.c.holder == holder, leases.c.until <= now),
                ).returning(leases.c.holder)
            )
            return result.first() is not None

    async def release_lease(self, name: str, holder: str) -> None:
        """Gives a lease back, if ``holder`` still has it."""
        async with self.write() as unit:
            await unit.connection.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))

    async def holder(self, name: str) -> tuple[str, datetime] | None:
        """Who has a lease, and until when; None when nobody has it now."""
        async with self.read() as unit:
            row = (await unit.connection.execute(select(leases).where(leases.c.name == name))).mappings().first()
        if row is None or row["until"] <= self._clock.now():
            return None
        return row["holder"], row["until"]

    async def backup(self, path: Path) -> None:
        """Writes a whole, compact copy of a running SQLite database to ``path``, which must not exist yet.

        Raises StoreError on PostgreSQL, whose own tool does it better, naming that tool.
        """
        await _backup(self._engines, path)

    @staticmethod
    async def backup_of(url: str, path: Path) -> None:
        """``backup`` of a database as it is: of any version, not upgraded first, in use by another process or not."""
        await _backup(make_engines(database_url(url)), path)

    async def stats(self) -> Stats:
        """The database in figures."""
        async with self.read() as unit:
            return await inspection.stats(unit.connection, self._revision)

    async def integrity(self) -> list[str]:
        """What is wrong with the database, one line each; empty when nothing is. Reads everything: not for every minute."""
        async with self.read() as unit:
            problems = await inspection.problems(unit.connection)
        if self._engines.sqlite:
            async with self.write() as unit:
                problems += await inspection.search_problems(unit.connection)
        return problems

    async def retention(self, articles_before: datetime, deliveries_before: datetime) -> dict[str, int]:
        """Removes what is older (product.md, section 7, promise 7), in batches with room for other writers between them.

        Returns how many rows went, a table. Entries are kept as long as articles after they were last listed (rule 54).
        """
        totals: dict[str, int] = {}
        while True:
            async with self.write() as unit:
                gone = await purge_batch(unit, articles_before, deliveries_before)
            for name, count in gone.items():
                totals[name] = totals.get(name, 0) + count
            if not any(gone.values()):
                return totals
            await asyncio.sleep(0)


async def _backup(engines: Engines, path: Path) -> None:
    if not engines.sqlite:
        name = engines.url.database or "vigie"
        raise StoreError(f"PostgreSQL is backed up with its own tool: pg_dump --format=custom --file={path} {name}")
    if not engines.path.is_file():
        raise StoreError(f"{engines.place}: there is no database yet; nothing to back up")
    with _clear_errors(engines, path.as_posix()):
        await asyncio.to_thread(inspection.copy_sqlite, engines.path, path)


@contextlib.contextmanager
def _clear_errors(engines: Engines, place: str | None = None) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # Our own mistakes (a wrong statement) are told as they are, everything else by what to do about it.
        if isinstance(error, ProgrammingError) and not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise store_error(error, place or engines.place) from error
    except PoolTimeoutError as error:
        raise StoreError(f"{engines.place}: every connection is busy; try again") from error
    except (sqlite3.Error, FileExistsError, FileNotFoundError, PermissionError) as error:
        raise store_error(error, place or engines.place) from error
