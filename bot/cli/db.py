"""``vigie db``: the database."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import context
from bot.cli.lazy import HELP_NAMES

if TYPE_CHECKING:
    from bot.model.records import Stats

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
    help="The database: VIGIE_DATABASE_URL, SQLite in data/vigie.db by default.",
)


@app.command()
def upgrade() -> None:
    """Bring the database to this version's schema. (The service does it too when it starts.)"""
    stats = asyncio.run(_stats())
    context.say(f"the {stats.engine} database is at schema {stats.version}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to write; it must not exist yet.")],
) -> None:
    """Write a whole copy of the SQLite database, also while the service runs. PostgreSQL has its own tool, pg_dump."""
    from bot.store import Store

    with context.stderr().status("copying the database"):
        asyncio.run(Store.backup_of(context.database_url(), file))
    context.say(f"{file}: written, {file.stat().st_size:,} bytes")


@app.command()
def stats() -> None:
    """Print the database in figures, as JSON."""
    found = asdict(asyncio.run(_stats()))
    for name in ("oldest_article", "newest_article"):
        found[name] = found[name].isoformat() if found[name] is not None else None
    context.emit(found)


@app.command()
def check() -> None:
    """Read the whole database and name what is wrong with it, a line each."""

    async def work() -> list[str]:
        from bot.clock import SystemClock
        from bot.store import Store

        async with await Store.open(context.database_url(), clock=SystemClock()) as store:
            return await store.integrity()

    with context.stderr().status("reading the database"):
        problems = asyncio.run(work())
    for problem in problems:
        context.say(problem)
    if problems:
        context.fail("restore a backup (vigie db backup makes them), or report these lines")
    context.say("the database is sound")


async def _stats() -> Stats:
    from bot.clock import SystemClock
    from bot.store import Store

    async with await Store.open(context.database_url(), clock=SystemClock()) as store:
        return await store.stats()
