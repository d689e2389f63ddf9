"""``vigie run`` as it is typed; the service itself is loaded when its options are known to be right."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from bot.cli import context


def run(
    once: Annotated[
        bool, typer.Option("--once", help="One full pass over all due feeds, a digest of the last 24 hours, then exit.")
    ] = False,
    sink: Annotated[
        Literal["auto", "discord", "terminal"],
        typer.Option(help="Where messages go. auto: Discord when there is a token, else the terminal."),
    ] = "auto",
    role: Annotated[
        Literal["all", "worker", "gateway"],
        typer.Option(help="What this process does, where several share a PostgreSQL database."),
    ] = "all",
) -> None:
    """Run the service: read feeds, match, and post alerts and digests."""
    settings = context.settings()
    if role != "all" and not settings.database_url.startswith("postgresql://"):
        context.fail(
            "--role worker and --role gateway share work through PostgreSQL: set VIGIE_DATABASE_URL=postgresql://…",
            context.USAGE,
        )
    from bot.ops.logs import configure_logging
    from bot.settings import read_token

    token = read_token(os.environ)
    configure_logging(settings.log.level, settings.log.format, secrets=[token] if token else [])
    from bot import app
    from bot.cli import run as service

    service.run(once=once, sink=service.SinkChoice(sink), role=app.Role(role))
