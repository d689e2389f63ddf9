"""``vigie run``: the service, on Discord or in the terminal."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from bot import app
from bot.cli import context
from bot.feeds.results import Checked, Outcome
from bot.i18n import translator
from bot.language.lexicon import Lexicon
from bot.model.feeds import Validators
from bot.operations import operations
from bot.sample.snapshots import SAMPLE_FEEDS, STEPS, snapshot
from bot.services.digests import mark_sample
from bot.services.ingest import PassReport
from bot.services.operator import terminal_destination
from bot.settings import CatalogueFeed, Settings, load_catalogue, load_presets, read_token
from bot.terminal.progress import feed_progress
from bot.terminal.sink import TerminalSink

DIGEST_HOURS = 24


class SinkChoice(StrEnum):
    """Where messages go."""

    AUTO = "auto"
    DISCORD = "discord"
    TERMINAL = "terminal"


def run(*, once: bool, sink: SinkChoice, role: app.Role) -> None:
    """Runs the service; ends the process with a clear line when it cannot."""
    settings = context.settings()
    config = context.config_dir()
    token = read_token(os.environ)
    if sink is SinkChoice.DISCORD and token is None:
        context.fail("no bot token: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to a file that holds it", code=2)
    discord = token is not None and sink is not SinkChoice.TERMINAL
    catalogue = load_catalogue(config / "feeds.yaml")
    if once:
        asyncio.run(_once(settings, config, catalogue, token if discord else None))
    elif discord and token is not None:
        asyncio.run(_discord(settings, config, catalogue, token, role))
    else:
        asyncio.run(_terminal(settings, config, catalogue))


async def _discord(
    settings: Settings, config: Path, catalogue: list[CatalogueFeed], token: str, role: app.Role
) -> None:
    from bot.discord_front.bot import Front, connect  # discord.py takes a second to import: only where it is needed

    async with (
        app.open_services(settings, config, catalogue=catalogue) as services,
        operations(services) as health,
    ):
        if role is app.Role.WORKER:
            await app.run_service(
                services, role=role, sink=TerminalSink(context.stdout(), translator(settings.general.language))
            )
            return
        front = Front.of(services, load_presets(config / "watches.yaml"))
        async with connect(front, token, api_base=os.environ.get("DISCORD_API_BASE")) as bot:
            await app.run_service(services, role=role, sink=bot.sink, front=bot.serve, started=health.started)


async def _terminal(settings: Settings, config: Path, catalogue: list[CatalogueFeed]) -> None:
    words = translator(settings.general.language)
    async with (
        app.open_services(settings, config, catalogue=catalogue) as services,
        operations(services) as health,
    ):
        presets = load_presets(config / "watches.yaml")
        await terminal_destination(
            services.store, presets, settings.general.language, settings.general.timezone, services.new_id
        )
        context.say(words("terminal.watching", feeds=sum(feed.enabled for feed in catalogue), watches=len(presets)))
        await app.run_service(
            services, role=app.Role.ALL, sink=TerminalSink(context.stdout(), words), started=health.started
        )


async def _once(settings: Settings, config: Path, catalogue: list[CatalogueFeed], token: str | None) -> None:
    words = translator(settings.general.language)
    async with app.open_services(settings, config, catalogue=catalogue) as services:
        report = await one_pass(services, config, token)
        if report.feeds and not report.reached:
            context.say(words("terminal.no_feed_reached", feeds=report.feeds))
    if report.feeds and not report.reached:
        await show_sample(settings, config, services.lexicon)


async def one_pass(services: app.Services, config: Path, token: str | None) -> PassReport:
    """One pass over all due feeds, its alerts, and the digest of the last day in the terminal."""
    settings = services.settings
    words = translator(settings.general.language)
    sink = TerminalSink(context.stdout(), words)
    destination = await terminal_destination(
        services.store,
        load_presets(config / "watches.yaml"),
        settings.general.language,
        settings.general.timezone,
        services.new_id,
    )
    async with app.leased(services, app.Role.ALL, lambda: None):
        await services.live.load(services.clock.now())
        ingest = app.make_ingest(services, random.SystemRandom())
        with feed_progress(context.stderr(), words) as progress:
            report = await ingest.pass_once(progress=progress)
        if token is None:
            await app.make_deliver(services, sink).drain()
        else:
            from bot.discord_front.bot import Front, connect

            front = Front.of(services, load_presets(config / "watches.yaml"))
            async with connect(front, token, api_base=os.environ.get("DISCORD_API_BASE")) as bot:
                await bot.sign_in()
                await app.make_deliver(services, bot.sink).drain()
        if report.reached or not report.feeds:
            now = services.clock.now()
            contents = await services.digests.compose(
                destination.id, now - timedelta(hours=DIGEST_HOURS), now, settings.general.language
            )
            for content in contents:
                await sink.show(content)
            if not contents:
                context.say(words("terminal.digest_empty", hours=DIGEST_HOURS))
    return report


async def show_sample(settings: Settings, config: Path, lexicon: Lexicon) -> None:
    """The bundled sample through the same parser and pipeline, its digest marked as a sample; nothing of it stays.

    It is read from the package, not over HTTP: a machine without any network may have no loopback either.
    """
    with tempfile.TemporaryDirectory(prefix="vigie-sample-") as folder:
        changed = settings.model_copy(update={"database_url": f"sqlite:///{folder}/sample.db"})
        feeds = {f"https://{feed.name}.example/feed": feed for feed in SAMPLE_FEEDS}
        catalogue = [
            CatalogueFeed(
                url=url, title=feed.title, language=feed.language, country=feed.country, family=f"sample-{feed.name}"
            )
            for url, feed in feeds.items()
        ]
        async with app.open_services(changed, config, catalogue=catalogue, lexicon=lexicon) as services:
            destination = await terminal_destination(
                services.store,
                load_presets(config / "watches.yaml"),
                settings.general.language,
                settings.general.timezone,
                services.new_id,
            )
            now = services.clock.now()
            await services.live.load(now)
            ingest = app.make_ingest(services, random.SystemRandom())
            for feed in await services.lookup.feeds():
                sample = feeds[feed.url]
                body = snapshot(sample, STEPS - 1, now)
                parsed = await services.fetcher.parse_body(body, feed.url, sample.content_type)
                checked = Checked(
                    Outcome.PARSED, feed.url, Validators(), entries=parsed.entries, feed_title=parsed.title
                )
                await ingest.take_in(feed, checked, PassReport())
            sink = TerminalSink(context.stdout(), translator(settings.general.language))
            until = services.clock.now()
            contents = await services.digests.compose(
                destination.id, until - timedelta(hours=DIGEST_HOURS), until, settings.general.language
            )
            for content in mark_sample(contents):
                await sink.show(content)
