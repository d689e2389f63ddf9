"""``vigie``: the table of commands, each loaded when it is called, and the one place where a command's failure is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bot import __version__
from bot.cli.context import FAILED, report
from bot.cli.lazy import HELP_NAMES, LazyGroup

COMMANDS: dict[str, str] = {
    "run": "bot.cli.service:run",
    "demo": "bot.cli.demo:demo",
    "check": "bot.cli.check:check",
    "match": "bot.cli.match:match",
    "stories": "bot.cli.stories:stories",
    "search": "bot.cli.search:search",
    "feeds": "bot.cli.feeds:app",
    "lexicon": "bot.cli.lexicon:app",
    "db": "bot.cli.db:app",
    "member": "bot.cli.member:app",
}
"""Command → where it is defined, in the order of --help. A module is imported when its command is asked for: `vigie match` need not load a
database, nor `vigie feeds parse` a lexicon."""


class Commands(LazyGroup):
    """The commands of COMMANDS."""

    lazy = COMMANDS


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"vigie {__version__}")
        raise typer.Exit


@app.callback()
def vigie(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Vigie: a lookout for the Ukraine peace track. Watches news feeds and posts alerts and digests."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and answers its exit code: 0, 1 (failed) or 2 (wrong usage). Never shows a traceback of its own accord."""
    command = typer.main.get_command(app)
    try:
        command.main(args=list(arguments), prog_name="vigie")
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            return _closed_pipe()
        return _flushed(end.code if isinstance(end.code, int) else 0 if end.code is None else FAILED)
    except BrokenPipeError:
        return _closed_pipe()
    except BaseException as error:  # noqa: BLE001 - the last place before the person: told in one line, with an exit code
        return report(error, os.environ)
    return 0


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    return code


def _closed_pipe() -> int:
    """The reader of our output has seen enough (`| head`): a quiet, good end. What is still buffered goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return 0


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A container's locale is often C: what we print is UTF-8 all the same.
            reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
