"""What every query object stands on: one connection inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import Executable, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.errors import StoreError
from bot.model.ports import Clock
from bot.store.wakes import Channel

Upsert: TypeAlias = sqlite.Insert | postgresql.Insert


class Queries:
    """Queries of one subject on the connection of a ``Unit``; each runs within that unit's transaction."""

    def __init__(self, connection: AsyncConnection, clock: Clock, woken: set[Channel] | None = None) -> None:
        """``woken`` collects who is to be woken at the commit: it is the unit's."""
        self.connection = connection
        self.clock = clock
        self.woken = woken if woken is not None else set()
        self.sqlite = connection.dialect.name == "sqlite"

    async def _rows(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Sequence[RowMapping]:
        return (await self.connection.execute(statement, parameters)).mappings().all()

    async def _row(self, statement: Executable) -> RowMapping | None:
        return (await self.connection.execute(statement)).mappings().first()

    async def _one(self, statement: Executable) -> RowMapping:
        """The row that ``statement`` must answer. Raises StoreError when it does not."""
        row = await self._row(statement)
        if row is None:
            raise StoreError("the database answered nothing where a row was just written; nothing was kept, try again")
        return row

    async def _number(self, statement: Executable) -> int:
        """The one number a counting statement answers; 0 for none."""
        return int((await self.connection.execute(statement)).scalar() or 0)

    async def _change(self, statement: Executable) -> int:
        """Runs a statement that writes and returns how many rows it touched."""
        return (await self.connection.execute(statement)).rowcount

    async def _many(self, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        """Runs ``statement`` for every row in one go; nothing for no rows."""
        if rows:
            await self.connection.execute(statement, rows)

    def _insert(self, table: Table) -> Upsert:
        """An INSERT that can say ON CONFLICT: the same words on both engines, but not in SQL's standard."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)
