"""``vigie stories``: the story of each article of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from bot.cli.lexicon import DEFAULT_CONFIG, ConfigOption, open_lexicon
from bot.cli.lines import ArticleLine, InputError, articles, print_json
from bot.grouping.batch import Item, group
from bot.grouping.features import features_of
from bot.grouping.priors import load_priors
from bot.language.detect import detect
from bot.language.reading import Reader
from bot.language.text import clean_text

PRIORS = Path("lexicon", "priors.tsv")
"""Frequencies of concepts, in the configuration folder."""
WORTH_SHOWING = 500
"""Articles from which progress is shown."""


def stories(
    articles_file: Annotated[
        str, typer.Argument(metavar="ARTICLES.jsonl", help="Articles, a JSON object a line; - reads standard input.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print a JSON line for each article with the number of its story, in the order of the input.

    Decided in order of publication, as if live: an article joins a story or opens one from what was known then. Two stories become one
    when a later article shows that they are. Articles without a date are taken last, in their order.
    """
    try:
        given = list(articles(articles_file))
    except InputError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    lexicon = open_lexicon(config)
    reader = Reader(lexicon)
    priors = load_priors(lexicon, config / PRIORS)
    console = Console(stderr=True)
    quiet = not console.is_terminal or len(given) < WORTH_SHOWING
    items = [
        _item(reader, article) for article in track(given, "reading", console=console, transient=True, disable=quiet)
    ]
    numbers = group(
        items,
        priors,
        track=lambda todo: track(todo, "grouping", console=console, transient=True, disable=quiet, total=len(items)),
    )
    for article, number in zip(given, numbers, strict=True):
        print_json({"id": article.id, "story": number})
    sys.stdout.flush()
    typer.echo(f"{len(given)} articles, {len(set(numbers))} stories", err=True)


def _item(reader: Reader, article: ArticleLine) -> Item:
    title, summary = clean_text(article.title), clean_text(article.summary)
    lang = article.lang or detect(f"{title} {summary}", None)
    reading = reader.read(article.id, title, summary, lang, article.published)
    return Item(features_of(reading), lang, article.source, article.published)
