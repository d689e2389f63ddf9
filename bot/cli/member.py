"""``vigie member``: all that is stored on a member, shown or erased (product.md, promise 7)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from bot.cli import context
from bot.cli.lazy import HELP_NAMES

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
    help="A member's data.",
)

Id = Annotated[int, typer.Argument(metavar="DISCORD_ID", min=1, help="The member's Discord user id.")]


@app.command()
def export(discord_id: Id) -> None:
    """Print everything stored on a member, as JSON."""

    async def work() -> Mapping[str, object]:
        settings, config = context.settings(), context.config_dir()
        from bot.app import open_services

        async with open_services(settings, config) as services:
            return await services.members.export(discord_id)

    print(json.dumps(asyncio.run(work()), ensure_ascii=False, indent=2, default=str))  # noqa: T201 - machine output


@app.command()
def erase(
    discord_id: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything stored on a member, at once and for good."""
    if not yes:
        if not sys.stdin.isatty():
            context.fail("nobody can be asked here; say --yes to erase", context.USAGE)
        if not typer.confirm(f"Erase everything stored on the member {discord_id}?", err=True):
            context.fail("nothing was erased")

    async def work() -> Mapping[str, int]:
        settings, config = context.settings(), context.config_dir()
        from bot.app import open_services

        async with open_services(settings, config) as services:
            return await services.members.erase(discord_id)

    context.emit(asyncio.run(work()))
