"""``vigie match``: which watches each article meets, and why."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from bot.cli.lexicon import DEFAULT_CONFIG, ConfigOption, open_lexicon
from bot.cli.lines import InputError, articles, print_json, watches
from bot.language.detect import detect
from bot.language.reading import Reader
from bot.matching.index import MatchIndex
from bot.matching.phrase import PhraseError
from bot.model.watches import Strictness


def match(
    articles_file: Annotated[
        str, typer.Argument(metavar="ARTICLES.jsonl", help="Articles, a JSON object a line; - reads standard input.")
    ],
    watches_file: Annotated[
        str, typer.Option("--watches", metavar="W.jsonl", help="Watches, a JSON object a line; - reads standard input.")
    ],
    strictness: Annotated[Strictness, typer.Option(help="For watches that do not say their own.")] = Strictness.NORMAL,
    min_score: Annotated[
        float | None,
        typer.Option("--min-score", min=0, max=100, help="Print matches from this score on, whatever the strictness."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print a JSON line for each match: article by article, the watches in the order of their file."""
    if articles_file == watches_file == "-":
        typer.echo("standard input cannot be both the watches and the articles", err=True)
        raise typer.Exit(2)
    lexicon = open_lexicon(config)
    reader = Reader(lexicon)
    index = MatchIndex(lexicon, reader)
    console = Console(stderr=True)
    count = 0
    try:
        wanted = list(watches(watches_file))
        for watch in track(
            wanted, "watches", console=console, transient=True, disable=not console.is_terminal or len(wanted) < 1000
        ):
            try:
                index.add(
                    watch.id,
                    watch.phrase,
                    lang=watch.lang,
                    strictness=watch.strictness or strictness,
                    exclude=watch.exclude,
                    languages=watch.languages,
                    threshold=min_score,
                )
            except PhraseError as error:
                name = "<stdin>" if watches_file == "-" else watches_file
                raise InputError(f"{name}:{watch.line}: phrase: {error}") from error
        for article in articles(articles_file):
            lang = article.lang or detect(f"{article.title} {article.summary}", None)
            reading = reader.read(article.id, article.title, article.summary, lang, article.published)
            for found in index.match(reading):
                print_json(
                    {
                        "watch": found.watch,
                        "article": found.article,
                        "score": found.score,
                        "hits": [asdict(h) for h in found.hits],
                    }
                )
                count += 1
        sys.stdout.flush()
    except InputError as error:
        sys.stdout.flush()
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except BrokenPipeError:
        # The reader of our output went away (head, less): that is no failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    typer.echo(f"{count} matches", err=True)


match_command = match
