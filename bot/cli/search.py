"""``vigie search``: articles of the store, newest first."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import timedelta
from typing import Annotated

import typer

from bot.cli import context
from bot.model.articles import Article

_UNITS = {"h": "hours", "d": "days", "w": "weeks", "j": "days", "s": "weeks"}


def search(
    query: Annotated[str, typer.Argument(help="Words or notions; «-» reads one query a line from standard input.")],
    since: Annotated[str | None, typer.Option(help="How far back: 12h, 7d, 2w.")] = None,
    lang: Annotated[str | None, typer.Option(help="Only articles in this language (fr, en, uk …).")] = None,
    source: Annotated[str | None, typer.Option(help="Only this host, such as lemonde.fr.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many articles.")] = 20,
) -> None:
    """Look articles up in the store, in any language: every word of QUERY, or what it means, must be there."""
    back = parse_span(since) if since is not None else None
    queries = [query] if query != "-" else [line.strip() for line in sys.stdin if line.strip()]
    found = asyncio.run(_search(queries, back, lang, source, limit))
    if not found:
        context.say("no article holds these words; try fewer words, or leave out --since, --lang and --source")
    show(found)


def parse_span(text: str) -> timedelta:
    """A span such as 12h, 7d, 2w. Raises CommandFailed (usage) for anything else."""
    found = re.fullmatch(r"(\d{1,5})\s*([hdwjs])", text.strip().lower())
    if found is None:
        context.fail(f"--since: {text!r} is no span of time; write it as 12h, 7d or 2w", context.USAGE)
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})


async def _search(
    queries: list[str], back: timedelta | None, lang: str | None, source: str | None, limit: int
) -> list[Article]:
    # A mistake in the configuration is told before half a second of imports.
    settings, config = context.settings(), context.config_dir()
    from bot.app import open_services

    async with open_services(settings, config) as services:
        since = services.clock.now() - back if back is not None else None
        found: dict[int, Article] = {}
        for query in queries:
            for article in await services.lookup.search_articles(
                query, since=since, lang=lang, source=source.removeprefix("www.") if source else None, limit=limit
            ):
                found[article.id] = article
    return list(found.values())


def show(articles: list[Article]) -> None:
    """A table where a person looks, else a JSON line each (product.md, data forms)."""
    if not sys.stdout.isatty():
        for article in articles:
            context.emit(
                {
                    "id": article.id,
                    "lang": article.lang,
                    "published": article.published.isoformat(),
                    "title": article.title,
                    "summary": article.summary,
                    "source": article.source,
                    "url": article.url,
                }
            )
        return
    from rich.text import Text

    console = context.stdout()
    for article in articles:
        head = f"{article.published:%Y-%m-%d %H:%M} [{article.lang or '?'}] {context.printable(article.source)}"
        console.print(Text(head, style="dim"))
        console.print(Text("  " + context.printable(article.title), style="bold"))
        console.print(Text("  " + context.printable(article.url), style="blue", overflow="fold"))
