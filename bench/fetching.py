"""A cycle over a thousand local feeds: Vigie's guarded fetcher beside a plain aiohttp and feedparser loop.

``python -m bench.fetching [--feeds 1000]``. The feeds are served by a process of its own. Two cycles are measured for each: one in which
every feed is new (nothing can be answered 304), one in which nine of ten are unchanged. The plain loop parses in the event loop and
sends the validators too, so the difference is what the guard, the caps and the children cost and save.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import feedparser

from bot.clock import SystemClock
from bot.feeds.fetcher import Fetcher
from bot.feeds.options import FetchSettings
from bot.model.feeds import Feed

AT_ONCE = 12
ENTRIES = 30
WORDS = [
    "accord",
    "paix",
    "sommet",
    "garanties",
    "sécurité",
    "trêve",
    "délégation",
    "Kyiv",
    "Genève",
    "ministre",
    "pourparlers",
    "frontière",
]


@dataclass(frozen=True)
class Figures:
    """One measured cycle."""

    name: str
    wall_s: float
    cpu_s: float
    stall_ms: float
    parsed: int
    entries: int


def write_feed(path: Path, number: int, version: int) -> None:
    """A feed of thirty entries with a summary each, of which a new version has one more at the top."""
    rng = random.Random(number)
    items = []
    for n in range(version + ENTRIES, version, -1):
        text = " ".join(rng.choices(WORDS, k=40))
        items.append(
            f"<item><title>Titre {number} {n} {' '.join(rng.choices(WORDS, k=6))}</title><guid isPermaLink='false'>{number}-{n}</guid>"
            f"<link>https://n{number}.example.org/{n}</link><pubDate>Tue, 10 Mar 2026 12:{n % 60:02}:00 GMT</pubDate>"
            f"<description>&lt;p&gt;{text} &lt;b&gt;fin&lt;/b&gt;&lt;/p&gt;</description></item>"
        )
    path.write_text(
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>F{number}</title>{''.join(items)}</channel></rss>"
    )


async def measure(name: str, cycle: Callable[[], Awaitable[tuple[int, int]]]) -> Figures:
    """Runs a cycle and watches the event loop meanwhile."""
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            worst = max(worst, time.perf_counter() - before - 0.002)

    watcher = asyncio.create_task(watch())
    wall, cpu = time.perf_counter(), cpu_s()
    parsed, entries = await cycle()
    figures = Figures(name, time.perf_counter() - wall, cpu_s() - cpu, worst * 1000, parsed, entries)
    watcher.cancel()
    return figures


def cpu_s() -> float:
    """Of this process and of the children it has waited for or that still run."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        total += used.ru_utime + used.ru_stime
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if b"parse_child" in command:
            total += (int(fields[11]) + int(fields[12])) / 100
    return total


class Vigie:
    """The real fetcher, with politeness towards the one local host switched off."""

    name = "Vigie"

    def __init__(self, fetcher: Fetcher, base: str, count: int) -> None:
        self.fetcher = fetcher
        self.feeds = [Feed(n, f"{base}{n}.xml", "") for n in range(count)]

    async def cycle(self) -> tuple[int, int]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(n: int) -> tuple[int, int]:
            async with gate:
                checked = await self.fetcher.check(self.feeds[n])
            self.feeds[n] = replace(self.feeds[n], validators=checked.validators)
            return int(checked.outcome == "parsed"), len(checked.entries)

        done = await asyncio.gather(*(one(n) for n in range(len(self.feeds))))
        return sum(p for p, _ in done), sum(e for _, e in done)


class Plain:
    """What a first version of a bot does: fetch, and parse in the event loop."""

    name = "aiohttp + feedparser"

    def __init__(self, session: aiohttp.ClientSession, base: str, count: int, *, sanitize: bool) -> None:
        self.session = session
        self.urls = [f"{base}{n}.xml" for n in range(count)]
        self.etags: dict[str, str] = {}
        self.sanitize = sanitize
        self.name = f"aiohttp + feedparser, sanitize_html={sanitize}"

    async def cycle(self) -> tuple[int, int]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(url: str) -> tuple[int, int]:
            headers = {"If-None-Match": self.etags[url]} if url in self.etags else {}
            async with gate, self.session.get(url, headers=headers) as response:
                if response.status == 304:
                    return 0, 0
                body = await response.read()
                self.etags[url] = response.headers["ETag"]
                found = feedparser.parse(
                    io.BytesIO(body), sanitize_html=self.sanitize, resolve_relative_uris=self.sanitize
                )
            return 1, len(found.entries)

        done = await asyncio.gather(*(one(url) for url in self.urls))
        return sum(p for p, _ in done), sum(e for _, e in done)


async def run(count: int, folder: Path) -> list[Figures]:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.standins.feed_server", str(folder), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        base = (await server.stdout.readline()).decode().strip()
        host, port = base.removeprefix("http://").rstrip("/").split(":")
        figures: list[Figures] = []
        settings = FetchSettings(
            allow_private=frozenset({(host, int(port))}),
            host_gap_s=0.0,
            requests_per_host=AT_ONCE,
            requests_at_once=AT_ONCE,
        )
        async with Fetcher(settings, SystemClock()) as fetcher, aiohttp.ClientSession() as session:
            vigie = Vigie(fetcher, base, count)
            plain = [Plain(session, base, count, sanitize=True), Plain(session, base, count, sanitize=False)]
            for number in range(count):
                write_feed(folder / f"{number}.xml", number, 0)
            await vigie.fetcher.check(vigie.feeds[0])
            for one in (vigie, *plain):
                figures.append(await measure(f"{one.name}: 0 % unchanged", one.cycle))
            for number in range(0, count, 10):
                write_feed(folder / f"{number}.xml", number, 1)
            for one in (vigie, *plain):
                figures.append(await measure(f"{one.name}: 90 % unchanged", one.cycle))
        return figures
    finally:
        server.terminate()
        await server.wait()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=1000)
    count = parser.parse_args().feeds
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(run(count, Path(folder)))
    print(f"{count} feeds of {ENTRIES} entries, {AT_ONCE} at once, Python {sys.version.split()[0]}")
    print(f"{'cycle':58} {'wall s':>7} {'CPU s':>7} {'stall ms':>9} {'parsed':>7} {'entries':>8}")
    for f in figures:
        print(f"{f.name:58} {f.wall_s:7.2f} {f.cpu_s:7.2f} {f.stall_ms:9.0f} {f.parsed:7} {f.entries:8}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory: this process {peak:.0f} MB, the largest child {child:.0f} MB")


if __name__ == "__main__":
    main()
