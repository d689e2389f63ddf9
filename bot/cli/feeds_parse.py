"""``vigie feeds parse``: what a saved feed body yields, through the same guarded parser as the service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.clock import SystemClock
from bot.feeds.article import make_article
from bot.feeds.options import FetchSettings
from bot.feeds.parse import ParserPool
from bot.feeds.results import Parsed
from bot.language.detect import detect
from bot.language.text import clean_html
from bot.model.articles import Article, Entry
from bot.model.errors import FetchError
from bot.model.feeds import Feed
from bot.model.ids import IdMaker


def parse(
    file: Annotated[str, typer.Argument(help="The saved body; - reads standard input.", metavar="FILE")],
    url: Annotated[str, typer.Option(help="The address it came from: the base of its relative links.")] = "",
    content_type: Annotated[str, typer.Option(help="The Content-Type header it came with.")] = "",
) -> None:
    """Print the articles that a saved feed body yields, a JSON line each.

    A body that is no feed, or is hostile, ends in one line of error and exit status 1, within the parser's limits.
    """
    settings = FetchSettings(parsers=1)
    body = _read(file, settings.decoded_cap_bytes)
    try:
        parsed = asyncio.run(_parse(body, url, content_type, settings))
    except FetchError as e:
        _fail(f"{file}: {e}", 1)
    if parsed.warning:
        typer.echo(f"vigie: {file}: {parsed.warning}", err=True)
    clock = SystemClock()
    feed = Feed(0, url, parsed.title, language=parsed.language)
    new_id = IdMaker(clock.now, os.getpid() % 256)
    for entry in parsed.entries:
        article = make_article(entry, feed, clock.now(), new_id, clean_html, detect)
        sys.stdout.write(json.dumps(article_row(article, entry), ensure_ascii=False) + "\n")


def article_row(article: Article, entry: Entry) -> dict[str, str | int | None]:
    """An article in the data form of the command line; ``published`` is null where the feed gives no date."""
    return {
        "id": article.id,
        "lang": article.lang,
        "published": None if entry.published is None else article.published.isoformat(),
        "title": article.title,
        "summary": article.summary,
        "source": article.source,
        "url": article.url,
    }


async def _parse(body: bytes, url: str, content_type: str, settings: FetchSettings) -> Parsed:
    async with ParserPool(settings) as pool:
        return await pool.feed(body, url, content_type or None)


def _read(file: str, cap_bytes: int) -> bytes:
    try:
        if file == "-":
            body = sys.stdin.buffer.read(cap_bytes + 1)
        else:
            with Path(file).open("rb") as source:
                body = source.read(cap_bytes + 1)
    except OSError as e:
        _fail(f"{file}: {e.strerror or e}", 2)
    if len(body) > cap_bytes:
        _fail(f"{file}: too_large: more than {cap_bytes} bytes", 1)
    if not body:
        _fail(f"{file}: empty: nothing to read", 1)
    return body


def _fail(text: str, status: int) -> NoReturn:
    typer.echo("vigie: " + " ".join(text.split()), err=True)
    raise typer.Exit(status)
