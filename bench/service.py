"""The whole service under a steady load: memory, processor time, and the longest stall of its event loop.

    python -m bench.service [--minutes 10] [--feeds 200] [--watches 2000]

The bot runs as its own process against local feeds that bring new entries all the time, and against the stand-in for Discord. Headlines come from
``$VIGIE_SHARED/data/news`` (default ``../shared``) where it is there, else from the bundled sample.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.request import urlopen
from xml.sax.saxutils import escape

from bot.clock import SystemClock
from bot.language.lexicon_source import read_folder
from bot.model.ids import IdMaker
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Watch
from bot.store import Store
from tests.standins.discord import DiscordStandin
from tests.standins.feed_server import FeedServer

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared"))
LANGUAGES = ("fr", "en", "uk", "ru", "de")
CHANNELS = 40


def headlines() -> list[tuple[str, str, str]]:
    """(language, title, summary), shuffled the same way each time."""
    found = []
    for language in LANGUAGES:
        path = SHARED / "data" / "news" / f"headlines-{language}.jsonl"
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                found.append((language, row["title"], row["summary"]))
    if not found:
        found = [
            ("fr", f"Kiev et Moscou : réunion numéro {n}", "Les négociateurs se retrouvent à Genève.")
            for n in range(3000)
        ]
    random.Random(7).shuffle(found)
    return found


def phrases(count: int) -> list[str]:
    """French phrases of one to three notions of the lexicon."""
    concepts, _ = read_folder(ROOT / "config" / "lexicon")
    words = [
        form.written
        for c in concepts
        for form in c.forms
        if form.lang in {"fr", "any"} and form.quality == 1 and "*" not in form.written
    ]
    rng = random.Random(11)
    return [" ".join(rng.choice(words).lstrip("=!") for _ in range(rng.choice((1, 2, 2, 3)))) for _ in range(count)]


def feed(items: list[tuple[str, str, str]], number: int, turn: int) -> bytes:
    """A feed of 20 entries of which a few are new each turn."""
    now = format_datetime(datetime.now(UTC))
    rows = []
    for k in range(turn * 2, turn * 2 + 20):
        language, title, summary = items[(number * 37 + k) % len(items)]
        rows.append(
            f"<item><title>{escape(title)}</title><description>{escape(summary)}</description><pubDate>{now}</pubDate>"
            f"<link>https://outlet{number}.example/{language}/{k}</link><guid isPermaLink='false'>{number}-{k}</guid></item>"
        )
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{number}</title>{''.join(rows)}</channel></rss>".encode()


def usage(pid: int) -> tuple[float, float]:
    """(resident MB, processor seconds) of a process and its children."""
    page, tick = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
    resident = seconds = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(entry.name) == pid or int(fields[1]) == pid:
                resident += int((entry / "statm").read_text().split()[1]) * page / 2**20
                seconds += (int(fields[11]) + int(fields[12])) / tick
        except (OSError, IndexError):
            continue
    return resident, seconds


async def run(minutes: float, feeds: int, watches: int) -> None:
    items = headlines()
    with tempfile.TemporaryDirectory() as folder:
        async with FeedServer() as server, DiscordStandin() as discord:
            config = Path(folder) / "config"
            config.mkdir()
            (config / "lexicon").symlink_to(ROOT / "config" / "lexicon", target_is_directory=True)
            (config / "watches.yaml").write_text("presets: []\n", encoding="utf-8")
            rows = [
                {"url": server.url(f"/{n}.xml"), "title": f"Outlet {n}", "language": items[n * 37 % len(items)][0]}
                for n in range(feeds)
            ]
            (config / "feeds.yaml").write_text(json.dumps({"feeds": rows}), encoding="utf-8")
            guild = discord.guild("Bench")
            channels = [discord.channel(guild, f"c{n}") for n in range(CHANNELS)]
            database = f"sqlite:///{folder}/vigie.db"
            await fill(database, phrases(watches), guild.id, [channel.id for channel in channels])
            for n in range(feeds):
                server.serve(f"/{n}.xml", feed(items, n, 0))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=ROOT, stdout=asyncio.subprocess.DEVNULL,
                stderr=Path(folder, "bot.log").open("wb"),  # noqa: SIM115, ASYNC230 - it lives as long as the process
                env={
                    **os.environ, "DISCORD_TOKEN": discord.token, "DISCORD_API_BASE": discord.api_base, "VIGIE_CONFIG": str(config),
                    "VIGIE_DATABASE_URL": database, "VIGIE_HTTP__LISTEN": "127.0.0.1:18765", "VIGIE_FETCH__INTERVAL_S": "60",
                    "VIGIE_FETCH__FLOOR_S": "20", "VIGIE_FETCH__SLOWEST_S": "60", "VIGIE_FETCH__UNCONDITIONAL_S": "60",
                    "VIGIE_FETCH__HOST_GAP_S": "0.01", "VIGIE_FETCH__REQUESTS_PER_HOST": "4",
                    "VIGIE_FETCH__ALLOW_PRIVATE": json.dumps([server.url("/").removeprefix("http://").rstrip("/")]),
                },
            )  # fmt: skip
            started = time.monotonic()
            await discord.ready(timeout=60)
            print(f"ready after {time.monotonic() - started:.1f} s")
            end, turn, peak = started + minutes * 60, 0, 0.0
            while time.monotonic() < end:
                await asyncio.sleep(30)
                turn += 1
                for n in range(feeds):
                    server.serve(f"/{n}.xml", feed(items, n, turn))
                resident, seconds = usage(process.pid)
                peak = max(peak, resident)
                elapsed = time.monotonic() - started
                sent = sum(len(discord.posts(channel)) for channel in channels)
                print(
                    f"{elapsed:5.0f} s  {resident:6.1f} MB (with parsers)  {seconds:6.1f} s CPU ({100 * seconds / elapsed:4.1f} %)  {sent} messages",
                    flush=True,
                )
            metrics = (await asyncio.to_thread(lambda: urlopen("http://127.0.0.1:18765/metrics").read())).decode()
            for name in ("vigie_loop_stall_max_seconds", "vigie_store_rows", "process_resident_memory_bytes"):
                print(*(line for line in metrics.splitlines() if re.match(name + r"[ {]", line)), sep="\n")
            process.send_signal(signal.SIGTERM)
            print(
                f"stopped with {await asyncio.wait_for(process.wait(), 30)}; peak {peak:.1f} MB; violations {len(discord.violations)}, pings {len(discord.pings)}"
            )


async def fill(database: str, wanted: list[str], guild_id: int, channel_ids: list[int]) -> None:
    """The watches, spread over the channels."""
    clock = SystemClock()
    new_id = IdMaker(clock.now)
    store = await Store.open(database, clock=clock)
    async with store.write() as unit:
        for number, phrase in enumerate(wanted):
            place = await unit.watches.ensure_destination(
                Destination(
                    new_id(), DestinationKind.TEXT, guild_id=guild_id, channel_id=channel_ids[number % len(channel_ids)]
                )
            )
            await unit.watches.add(
                Watch(new_id(), Owner(OwnerKind.GUILD, guild_id), phrase, lang="fr", created=clock.now()),
                place,
                Mode.INSTANT,
                None,
            )
    await store.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--feeds", type=int, default=200)
    options.add_argument("--watches", type=int, default=2000)
    chosen = options.parse_args()
    asyncio.run(run(chosen.minutes, chosen.feeds, chosen.watches))


if __name__ == "__main__":
    main()
