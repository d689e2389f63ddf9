"""What every command shares: configuration, consoles, and how failure is told.

Machine output goes to standard output (:func:`emit`, :func:`stdout`), words for people to standard error (:func:`say`). A command raises; :func:`report` turns what
it raised into lines and an exit code: 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bot.model.errors import ConfigurationError, StoreError, UsageError, VigieError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.settings import Settings

FAILED = 1
USAGE = 2
INTERRUPTED = 130
"""What a shell shows for a program that Ctrl-C ended."""


class CommandFailed(VigieError):
    """A command ends with ``code`` after saying its text."""

    def __init__(self, text: str, code: int = FAILED) -> None:
        super().__init__(text)
        self.code = code


def fail(text: str, code: int = FAILED) -> NoReturn:
    """Ends the command with one line on standard error and ``code`` (1 failed, 2 wrong usage)."""
    raise CommandFailed(text, code)


def config_dir() -> Path:
    """The configuration folder: ``VIGIE_CONFIG``, else ``config`` in the working folder, else the one of the checkout.

    Raises ConfigurationProblems when the folder is missing.
    """
    from bot.settings.problems import ConfigurationProblems

    chosen = os.environ.get("VIGIE_CONFIG", "").strip()
    if chosen:
        folder = Path(chosen).expanduser()
        if not folder.is_dir():
            raise ConfigurationProblems(
                [f"environment: VIGIE_CONFIG: {folder} is no folder; name the configuration folder"]
            )
        return folder
    here = Path("config")
    if here.is_dir():
        return here
    checkout = Path(__file__).resolve().parents[2] / "config"
    if checkout.is_dir():
        return checkout
    raise ConfigurationProblems(
        [
            f"config: there is no folder config in {Path.cwd()}; go to the folder that holds it, or name it in VIGIE_CONFIG"
        ]
    )


def settings() -> Settings:
    """The settings of ``vigie.toml`` and the environment. Raises ConfigurationProblems."""
    # Imported here: pydantic takes a fifth of a second that `vigie match` and `vigie --help` need not wait for.
    from bot.settings import load_settings

    return load_settings(config_dir() / "vigie.toml", os.environ)


def database_url() -> str:
    """The database's address, of the settings. Raises ConfigurationProblems."""
    return settings().database_url


def stdout() -> Console:
    """Standard output for messages: no markup, no emoji codes; no colour and 80 columns when it is no terminal."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def stderr() -> Console:
    """Standard error, for progress and words to the person at the terminal."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def emit(record: Mapping[str, object]) -> None:
    """One line of machine output: JSON on standard output."""
    import json

    print(json.dumps(record, ensure_ascii=False))  # noqa: T201 - machine output is what the command is for


def say(text: str) -> None:
    """One line for a person, on standard error; control characters are taken out, so that foreign text cannot steer the terminal."""
    print(printable(text), file=sys.stderr)  # noqa: T201 - the one place that prints words for people


def printable(text: str) -> str:
    """``text`` without control and format characters (ESC, CR, bidi overrides); line breaks and tabs become spaces."""
    from bot.terminal.plain import plain

    return plain(text)


def read_bytes(file: str) -> bytes:
    """The contents of ``file``, of standard input for ``-``. Raises CommandFailed (usage) with one line when it cannot be read."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        fail(f"{file}: {error.strerror}", USAGE)


def report(error: BaseException, environment: Mapping[str, str]) -> int:
    """Says on standard error what ``error`` means to the person at the terminal, and answers the exit code.

    A traceback is shown only with ``VIGIE_LOG__LEVEL=debug``.
    """
    from bot.settings.problems import ConfigurationProblems

    debug = environment.get("VIGIE_LOG__LEVEL", "").strip().lower() == "debug"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, CommandFailed):
        say(str(error))
        return error.code
    if debug:
        import traceback

        for line in "".join(traceback.format_exception(error)).splitlines():
            say(line)
    if isinstance(error, ConfigurationProblems):
        for line in error.lines:
            say(line)
        return FAILED
    if isinstance(error, ConfigurationError):
        for line in error.problems:
            say(line)
        return FAILED
    if isinstance(error, UsageError):
        say(_usage_text(error))
        return USAGE
    if isinstance(error, StoreError):
        say(f"database: {error}")
        return FAILED
    if isinstance(error, VigieError):
        say(str(error))
        return FAILED
    if isinstance(error, ExceptionGroup):
        return max(report(inner, environment) for inner in error.exceptions)
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        say(f"{name}{error.strerror or error}")
        return FAILED
    say(f"a fault of Vigie's own: {type(error).__name__}: {error} (VIGIE_LOG__LEVEL=debug shows where)")
    return FAILED


def _usage_text(error: UsageError) -> str:
    """The sentence of a refusal: its catalogue key in English where it has one."""
    key, values = getattr(error, "key", None), getattr(error, "values", None)
    if isinstance(key, str) and isinstance(values, dict):
        from bot.i18n import translator

        try:
            words = translator("en")
        except OSError:
            return str(error)
        if key in words:
            return words(key, **values)
    return str(error)
