"""``vigie lexicon check`` and ``vigie lexicon lookup TEXT``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lines import print_json
from bot.language.detect import detect
from bot.language.lexicon import Lexicon, load_lexicon
from bot.language.lexicon_check import check_lexicon
from bot.language.reading import Reader
from bot.language.text import clean_text
from bot.model.errors import ConfigurationError

app = typer.Typer(
    name="lexicon", help="The lexicon: conflicts, and what a text is understood as.", no_args_is_help=True
)

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config", envvar="VIGIE_CONFIG", help="The configuration folder; its lexicon/ is read.", show_default=True
    ),
]
DEFAULT_CONFIG = Path("config")


def cache_folder() -> Path:
    """Where compiled lexicons of commands are kept: the user's cache folder (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vigie"


def open_lexicon(config: Path) -> Lexicon:
    """The lexicon of a configuration folder; ends the command with a line for each mistake and exit code 1."""
    try:
        return load_lexicon(config / "lexicon", cache_dir=cache_folder())
    except ConfigurationError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
    except OSError as error:
        typer.echo(f"{config / 'lexicon'}: cannot be read: {error.strerror or error}", err=True)
    raise typer.Exit(1)


@app.command("check")
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Name duplicates, conflicts and forms that swallow others, a line each. Exit code 1 when the lexicon cannot be loaded."""
    try:
        findings = check_lexicon(config / "lexicon")
    except OSError as error:
        typer.echo(f"{config / 'lexicon'}: cannot be read: {error.strerror or error}", err=True)
        raise typer.Exit(1) from error
    for finding in findings:
        typer.echo(str(finding))
    errors = sum(f.error for f in findings)
    typer.echo(f"{errors} errors, {len(findings) - errors} warnings", err=True)
    if errors:
        raise typer.Exit(1)


@app.command("lookup")
def lookup(
    text: Annotated[str, typer.Argument(help="A headline or a phrase; - reads standard input.")],
    lang: Annotated[str | None, typer.Option(help="Its language (fr, en, uk …); found out when not given.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show what each word of a text is taken for: a JSON line for each word that says something."""
    if text == "-":
        text = sys.stdin.buffer.read(1_000_000).decode("utf-8", "replace")
    text = clean_text(text)
    lexicon = open_lexicon(config)
    language = lang or detect(text, None)
    reading = Reader(lexicon).read("", "", text, language)
    names = {n.token: n.key for n in reading.names}
    numbers = {i: n for n in reading.numbers for i in range(n.first, n.last + 1)}
    dates = {i: d for d in reading.dates for i in range(d.first, d.last + 1)}
    unknown = 0
    for i, token in enumerate(reading.tokens):
        if token.stop or token.part:
            continue
        mentions = [m for m in reading.mentions if i in m.words]
        row: dict[str, object] = {"text": token.text, "start": token.start, "end": token.end}
        row["concepts"] = [
            {
                "concept": m.concept,
                "kind": lexicon.concepts[m.concept].kind,
                "quality": round(m.quality, 2),
                "words": text[reading.tokens[m.first].start : reading.tokens[m.last].end],
                "implied_by": m.via,
            }
            for m in mentions
        ]
        if i in names:
            row["name"] = names[i]
        if i in numbers:
            row["number"] = numbers[i].value
            row["unit"] = numbers[i].unit
        if i in dates:
            row["days"] = [list(dates[i].start), list(dates[i].end)]
        if not mentions and i not in names and i not in numbers and i not in dates:
            row["unknown"] = True
            unknown += 1
        print_json(row)
    typer.echo(f"language: {language or 'unknown'}; unknown words: {unknown}", err=True)
