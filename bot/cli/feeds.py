"""``vigie feeds``: the list of feeds, and a look at each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar

import typer

from bot.cli import context
from bot.cli.lazy import HELP_NAMES, LazyGroup
from bot.model.errors import FetchError, NotFoundError
from bot.model.feeds import Feed, FeedKind, FeedState, Validators
from bot.settings import load_catalogue

if TYPE_CHECKING:
    from bot.app import Services
    from bot.feeds.results import Checked

T = TypeVar("T")


class FeedCommands(LazyGroup):
    """`vigie feeds parse` stands beside the parser and needs neither store nor lexicon."""

    lazy: ClassVar[Mapping[str, str]] = {"parse": "bot.cli.feeds_parse:parse"}


app = typer.Typer(
    cls=FeedCommands,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
    help="The feed list.",
)

OPERATOR = 0
"""The operator's own additions stand under this server id, which no server has."""


@app.command("list")
def list_feeds() -> None:
    """Print every feed with its state: a table in a terminal, else a JSON line each."""

    async def work(services: Services) -> list[Feed]:
        return await services.lookup.feeds()

    feeds = asyncio.run(_with_services(work, catalogue=True))
    if not sys.stdout.isatty():
        for feed in feeds:
            context.emit(as_record(feed))
        return
    _table(feeds)


@app.command()
def check(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="[URL]...", help="Only these feeds; default: all enabled ones.")
    ] = None,
) -> None:
    """Fetch each feed once, store nothing, and say what was seen; exit 1 when one cannot be read."""

    async def work(services: Services) -> list[tuple[Feed, Checked]]:
        feeds = [feed for feed in await services.lookup.feeds() if feed.state is not FeedState.DISABLED]
        if urls:
            known = {feed.url: feed for feed in await services.lookup.feeds()}
            feeds = [known.get(url) or Feed(id=0, url=url, title=url, kind=FeedKind.MEMBER) for url in urls]
        return await _look(services, feeds)

    results = asyncio.run(_with_services(work, catalogue=True))
    failed = 0
    for feed, checked in results:
        failed += not checked.outcome.success
        if not sys.stdout.isatty():
            context.emit(
                {
                    "url": feed.url,
                    "outcome": checked.outcome.value,
                    "status": checked.status,
                    "entries": len(checked.entries),
                    "ms": checked.elapsed_ms,
                    "reason": checked.reason,
                    "detail": checked.detail,
                }
            )
        else:
            line = (
                f"ok      {len(checked.entries):4d} entries  {checked.elapsed_ms:5d} ms  {feed.title}"
                if checked.outcome.success
                else f"{checked.outcome.value:7s} {checked.reason or ''} {checked.detail}  {feed.url}"
            )
            print(context.printable(line))  # noqa: T201 - what the command is for
    context.say(f"{len(results) - failed} of {len(results)} feeds can be read")
    if failed:
        raise typer.Exit(context.FAILED)


@app.command()
def add(url: Annotated[str, typer.Argument(help="A feed's address, or a page that names its feed.")]) -> None:
    """Add a feed; a page that names several is answered with the list of them."""

    async def work(services: Services) -> None:
        found = await services.fetcher.discover(url.strip())
        if not found:
            raise NotFoundError(f"{url}: this page names no feed")
        if len(found) > 1:
            for candidate in found:
                context.emit({"url": candidate.url, "title": candidate.title})
            context.fail(f"{url}: this page names {len(found)} feeds; add one of them")
        added = await services.sources.attach(found[0].url, found[0].title, OPERATOR, by=OPERATOR)
        context.emit(as_record(added.feed))
        context.say("it was in the list already" if added.known else "added; its first reading alerts nobody")

    try:
        asyncio.run(_with_services(work))
    except FetchError as error:
        context.fail(f"{url}: {error}")


@app.command()
def remove(url: Annotated[str, typer.Argument(help="The feed's address, as `vigie feeds list` shows it.")]) -> None:
    """Remove a feed that was added here; those of feeds.yaml are switched off there (enabled: false)."""

    async def work(services: Services) -> None:
        async with services.store.read() as unit:
            feed = await unit.feeds.by_url(url.strip())
            added = feed is not None and any(own.id == feed.id for own in await unit.feeds.for_guild(OPERATOR))
        if feed is None:
            raise NotFoundError(f"{url}: no such feed; `vigie feeds list` shows all")
        if not added:
            context.fail(f"{url}: it was not added here; if it stands in feeds.yaml, write `enabled: false` there")
        await services.sources.remove(feed.id, OPERATOR)
        context.say(f"removed: {url}")

    asyncio.run(_with_services(work))


@app.command("import")
def import_opml(
    file: Annotated[str, typer.Argument(metavar="FILE.opml", help="An OPML list; - for standard input.")],
) -> None:
    """Add every feed of an OPML list."""
    body = context.read_bytes(file)

    async def work(services: Services) -> None:
        known = 0
        found = await services.fetcher.read_opml(body)
        for candidate in found:
            known += (await services.sources.attach(candidate.url, candidate.title, OPERATOR, by=OPERATOR)).known
        context.say(f"{len(found) - known} feeds added, {known} were in the list already")
        if not found:
            context.fail(f"{file}: names no feed that can be used")

    try:
        asyncio.run(_with_services(work))
    except FetchError as error:
        context.fail(f"{file}: no OPML list: {error}")


@app.command()
def export() -> None:
    """Print the feed list as OPML."""

    async def work(services: Services) -> bytes:
        return await services.sources.export(None)

    sys.stdout.buffer.write(asyncio.run(_with_services(work, catalogue=True)))


def as_record(feed: Feed) -> dict[str, object]:
    """A feed as a line of machine output."""
    return {
        "url": feed.url,
        "title": feed.title,
        "language": feed.language,
        "country": feed.country,
        "kind": feed.kind.value,
        "state": feed.state.value,
        "last_success": feed.last_success.isoformat() if feed.last_success else None,
        "last_error": feed.last_error,
        "errors": feed.errors,
        "next_check": feed.next_check.isoformat() if feed.next_check else None,
        "delay_s": feed.delay_s,
        "entries_week": feed.entries_week,
    }


async def _with_services(work: Callable[[Services], Awaitable[T]], *, catalogue: bool = False) -> T:
    """Carries ``work`` out on open services; with ``catalogue`` the store first takes over feeds.yaml."""
    settings, config = context.settings(), context.config_dir()
    feeds = load_catalogue(config / "feeds.yaml") if catalogue else None
    from bot.app import open_services

    async with open_services(settings, config, catalogue=feeds) as services:
        return await work(services)


async def _look(services: Services, feeds: list[Feed]) -> list[tuple[Feed, Checked]]:
    """Fetches each feed as if for the first time; the fetcher keeps its limits and manners."""
    from bot.i18n import translator
    from bot.terminal.progress import feed_progress

    results: list[tuple[Feed, Checked]] = []
    with feed_progress(context.stderr(), translator("en")) as progress:

        async def one(feed: Feed) -> None:
            checked = await services.fetcher.check(replace(feed, validators=Validators()))
            results.append((feed, checked))
            progress(len(results), len(feeds), feed)

        await asyncio.gather(*(one(feed) for feed in feeds))
    order = {feed.url: place for place, feed in enumerate(feeds)}
    return sorted(results, key=lambda result: order[result[0].url])


def _table(feeds: list[Feed]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("state", "lang", "last success", "trouble", "title / address"):
        table.add_column(heading, overflow="fold")
    for feed in feeds:
        title = Text(context.printable(feed.title))
        title.append("\n" + context.printable(feed.url), style="dim")
        table.add_row(
            feed.state.value,
            feed.language or "",
            f"{feed.last_success:%m-%d %H:%M}" if feed.last_success else "never",
            context.printable(feed.last_error or ""),
            title,
        )
    context.stdout().print(table)
