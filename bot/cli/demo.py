"""``vigie demo``: the bundled sample through the real pipeline, served on loopback: alert, update of the alert, digest.

Only time is made to go faster: the sample's hours pass while a wait lasts.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import context

if TYPE_CHECKING:
    from bot.app import Services
    from bot.i18n import Translator
    from bot.ops.sample_server import Sample
    from bot.terminal.sink import TerminalSink

FORWARD = (timedelta(minutes=-90), timedelta(minutes=-45), timedelta(minutes=-5))
"""When each step of the sample is read, before the sample's end."""

SETTLE = timedelta(minutes=2)
"""After a step: longer than the gap between two edits of a message."""


class ReplayClock:
    """A clock that stands at a moment that is set; only waits move it on. Monotonic seconds move with it."""

    def __init__(self, now: datetime) -> None:
        self._start = self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)

    def set(self, now: datetime) -> None:
        """Moves on to ``now``; never back."""
        self._now = max(self._now, now)


def demo() -> None:
    """Show what Vigie does, on the bundled sample: an alert, its update, a digest. Needs no network and no token."""
    from bot.ops.logs import configure_logging

    settings = context.settings()
    configure_logging("error" if settings.log.level != "debug" else "debug", settings.log.format)
    asyncio.run(_demo())


async def _demo() -> None:
    from bot import app
    from bot.i18n import translator
    from bot.ops.sample_server import serve_sample
    from bot.services.digests import mark_sample
    from bot.services.operator import terminal_destination
    from bot.settings import load_presets
    from bot.terminal.sink import TerminalSink

    settings, config = context.settings(), context.config_dir()
    words = translator(settings.general.language)
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    clock = ReplayClock(end + FORWARD[0])
    sink = TerminalSink(context.stdout(), words, settings.general.timezone)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-demo-"))
        _lend_cache(app.cache_dir(settings), Path(folder))
        sample = await stack.enter_async_context(serve_sample(end=end, step=0))
        changed = settings.model_copy(
            update={
                "database_url": f"sqlite:///{folder}/demo.db",
                "fetch": dataclasses.replace(settings.fetch, allow_private=sample.allow_private),
            }
        )
        services = await stack.enter_async_context(
            app.open_services(changed, config, clock=clock, catalogue=sample.feeds)
        )
        destination = await terminal_destination(
            services.store,
            load_presets(config / "watches.yaml"),
            settings.general.language,
            settings.general.timezone,
            services.new_id,
        )
        await services.live.load(clock.now())
        await _play(services, sample, sink, words, clock)
        _heading(words("terminal.demo.digest"))
        digest = await services.digests.compose(
            destination.id, end - timedelta(hours=24), clock.now(), settings.general.language
        )
        for content in mark_sample(digest):
            await sink.show(content)


async def _play(services: Services, sample: Sample, sink: TerminalSink, words: Translator, clock: ReplayClock) -> None:
    """Reads the sample step by step and sends what each step brings."""
    from bot import app

    ingest = app.make_ingest(services, random.Random(0))  # noqa: S311 - jitter of a schedule that is not waited for
    deliver = app.make_deliver(services, sink)
    headings = ("terminal.demo.first", "terminal.demo.alert", "terminal.demo.update")
    for step, (heading, offset) in enumerate(zip(headings, FORWARD, strict=True)):
        _heading(words(heading))
        sample.step = step
        clock.set(sample.end + offset)
        for feed in await services.lookup.feeds():
            await ingest.check(feed)
        await deliver.drain()
        clock.set(clock.now() + SETTLE)
        await deliver.drain()


def _lend_cache(cache: Path, folder: Path) -> None:
    """The compiled lexicon is kept beside the database: lets the sample's share the one that is there."""
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(cache.resolve(), target_is_directory=True)


def _heading(text: str) -> None:
    from rich.text import Text

    context.stdout().print(Text(f"{text}\n", style="bold magenta"))
