"""The store in figures: 100,000 articles in and out, on both engines, beside the bare drivers.

    python -m bench.store [--articles 100000] [--engine sqlite|postgresql]

Each figure is what a caller sees, commits reaching the disk. The baselines write the same article rows with ``sqlite3`` and
``psycopg`` alone, without full-text index, places or migrations.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bot.clock import SystemClock
from bot.model.articles import Article
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.feeds import Feed
from bot.model.matches import Hit, Match
from bot.model.ports import Receipt
from bot.model.records import PlacedArticle
from bot.model.stories import Placement
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Watch
from bot.store import Store
from tests.store.servers import postgres_server

SEED = 20261122
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BATCH = 500
WORDS = 20_000
"""Size of the made-up vocabulary; word k comes with probability about 1/k (Zipf), as in a language."""

Figures = dict[str, str]


def make_articles(count: int) -> list[PlacedArticle]:
    """Articles of about 60 words over 90 days, three to a story, in a vocabulary of known shape."""
    rng = random.Random(SEED)
    vocabulary = [f"mot{k}" for k in range(1, WORDS + 1)]
    weights = [1 / k for k in range(1, WORDS + 1)]
    drawn = iter(rng.choices(vocabulary, weights, k=count * 60))
    items = []
    for number in range(count):
        words = [next(drawn) for _ in range(60)]
        seen = NOW - timedelta(days=90) + timedelta(days=90) * number / count
        article = Article(
            id=(1 << 40) + number,
            title=" ".join(words[:12]),
            summary=" ".join(words[12:45]),
            lang=rng.choice(["fr", "en", "uk", "ru", "de"]),
            url=f"https://journal{number % 200}.example/{number}",
            canonical=f"journal{number % 200}.example/{number}",
            source=f"journal{number % 200}.example",
            published=seen - timedelta(minutes=rng.randrange(60)),
            seen=seen,
        )
        story = (1 << 41) + number // 3
        features = json.dumps({"concepts": words[:8], "numbers": [number]})
        terms = " ".join([*words, f"c_concept{number % 300}"])
        items.append(PlacedArticle(article, features, terms, Placement(article.id, story, number % 3 == 0)))
    return items


async def timed(times: int, work: Callable[[int], Awaitable[object]]) -> str:
    """Median and 99th percentile of ``times`` runs, in milliseconds."""
    spent = []
    for number in range(times):
        started = time.perf_counter()
        await work(number)
        spent.append((time.perf_counter() - started) * 1000)
    spent.sort()
    return f"{statistics.median(spent):.2f} ms (p99 {spent[min(len(spent) - 1, int(len(spent) * 0.99))]:.1f})"


async def measure(url: str, items: list[PlacedArticle]) -> Figures:
    figures: Figures = {}
    started = time.perf_counter()
    store = await Store.open(url, clock=SystemClock())
    figures["open and make the schema"] = f"{(time.perf_counter() - started) * 1000:.0f} ms"
    async with store:
        started = time.perf_counter()
        for start in range(0, len(items), BATCH):
            batch = items[start : start + BATCH]
            async with store.write() as unit:
                for item in batch:
                    if item.placement.opened:
                        await unit.stories.save(
                            item.placement.story_id, item.article.seen, item.article.seen, ["A", "B"]
                        )
                await unit.articles.add_many(batch)
        figures["articles in, stories one by one, batches of 500"] = rate(len(items), started)

        if store.engine == "postgresql":
            # What autovacuum does within a minute of such a load.
            async with store.write() as unit:
                await unit.connection.execute(text("ANALYZE"))
        extra = [
            replace(item, article=replace(item.article, id=item.article.id + (1 << 39)), placement=replace(item.placement, article_id=item.article.id + (1 << 39)))
            for item in items[:1000]
        ]  # fmt: skip

        async def add_one(number: int) -> None:
            async with store.write() as unit:
                item = extra[number]
                await unit.articles.add(item.article, item.features, item.terms, item.placement)

        figures["one article, one commit"] = await timed(len(extra), add_one)
        rng = random.Random(SEED)
        some = [rng.choice(items) for _ in range(300)]

        async def read(number: int, what: str) -> None:
            async with store.read() as unit:
                item = some[number]
                if what == "article":
                    await unit.articles.get([item.article.id])
                elif what == "50 stories":
                    await unit.stories.many([one.placement.story_id for one in some[number : number + 50]])
                elif what == "canonical":
                    await unit.articles.by_canonical([one.article.canonical for one in some[number : number + 30]])
                elif what == "common":
                    await unit.search.find([["mot1"]])
                elif what == "two":
                    await unit.search.find([["mot40", "mot41"], ["mot7"]])
                elif what == "rare":
                    await unit.search.find([[f"mot{5000 + number}"]])
                elif what == "common, lang, 7 days":
                    await unit.search.find([["mot1"]], lang="fr", since=NOW - timedelta(days=7))
                elif what == "per day":
                    await unit.search.per_day([["c_concept7"]], NOW - timedelta(days=30))
                else:
                    await unit.stories.latest(20)

        for what, label, times in (
            ("article", "one article by id", 300),
            ("canonical", "30 articles by link", 200),
            ("50 stories", "50 stories with their articles", 100),
            ("latest", "the latest 20 stories", 100),
            ("common", "search: a word of 95 % of the articles", 30),
            ("common, lang, 7 days", "search: that word, one language, 7 days", 30),
            ("two", "search: two groups of words", 30),
            ("rare", "search: a rare word", 100),
            ("per day", "a topic a day over 30 days", 30),
        ):
            figures[label] = await timed(times, lambda number, what=what: read(number, what))  # type: ignore[misc]
        started = time.perf_counter()
        async with store.read() as unit:
            rows = await unit.stories.window(NOW - timedelta(days=3))
        figures["the window of 3 days"] = f"{(time.perf_counter() - started) * 1000:.0f} ms for {len(rows):,} articles"
        figures |= await measure_claims(store)
        stats = await store.stats()
        figures["size on disk"] = f"{stats.size_bytes / 1e6:.0f} MB"
    return figures


async def measure_claims(store: Store) -> Figures:
    """Feeds, watches, matches and deliveries at the size of a public bot."""
    figures: Figures = {}
    async with store.write() as unit:
        for number in range(1000):
            await unit.feeds.save(Feed(0, f"https://feed{number}.example/rss", f"{number}", next_check=NOW))
        places = [
            Destination((1 << 42) + number, DestinationKind.TEXT, guild_id=number, channel_id=number + 1)
            for number in range(500)
        ]
        watches = []
        for number in range(10_000):
            watch = Watch((1 << 43) + number, Owner(OwnerKind.GUILD, number % 500), f"mot{number}")
            await unit.watches.add(watch, places[number % 500], Mode.BOTH)
            watches.append(watch)

    async def claim_feeds(_: int) -> None:
        async with store.write() as unit:
            for feed in await unit.feeds.claim_due(NOW, 16, "bench", 60):
                await unit.feeds.save(replace(feed, next_check=NOW + timedelta(minutes=15)))

    figures["claim 16 of 1,000 due feeds and save them"] = await timed(50, claim_feeds)

    async def plan(number: int) -> None:
        article = (1 << 40) + number
        async with store.write() as unit:
            hits = (Hit(0, "word", None, "title", 0, 4, "mot1", 1.0),)
            chosen = watches[number * 10 : number * 10 + 10]
            await unit.matches.add([Match(watch.id, article, 90.0, hits) for watch in chosen])
            await unit.watches.subscriptions([watch.id for watch in chosen])
            await unit.deliveries.plan(
                [delivery(number * 10 + i, places[(number * 10 + i) % 500].id) for i in range(10)]
            )

    figures["10 matches, their subscriptions, 10 deliveries planned"] = await timed(1000, plan)

    started = time.perf_counter()
    sent = 0
    spent = []
    while True:
        claim_started = time.perf_counter()
        async with store.write() as unit:
            claimed = await unit.deliveries.claim_posts(NOW, 16)
        spent.append((time.perf_counter() - claim_started) * 1000)
        if not claimed or sent >= 3000:
            break
        for one, _ in claimed:
            async with store.write() as unit:
                await unit.deliveries.sent(one.id, Receipt(1, one.id), 1, NOW)
            sent += 1
    figures["claim 16 of 10,000 deliveries"] = f"{statistics.median(spent):.2f} ms"
    figures["claimed, sent and recorded, a commit each"] = rate(sent, started)

    async def everything(_: int) -> None:
        async with store.read() as unit:
            await unit.watches.subscriptions([watch.id for watch in watches])

    figures["all 10,000 watches with where they go"] = await timed(5, everything)
    return figures


def delivery(number: int, destination_id: int) -> Delivery:
    return Delivery(
        id=(1 << 44) + number,
        key=f"alert:{destination_id}:{number}",
        kind=DeliveryKind.ALERT,
        destination_id=destination_id,
        story_id=None,
        nonce=f"n{number}",
        state=DeliveryState.PLANNED,
        created=NOW,
        due=NOW,
    )


def rate(count: int, started: float) -> str:
    return f"{count / (time.perf_counter() - started):,.0f}/s"


COLUMNS = (
    "(id BIGINT PRIMARY KEY, title TEXT, summary TEXT, lang TEXT, url TEXT, source TEXT, published BIGINT, seen BIGINT)"
)


def rows_of(items: list[PlacedArticle]) -> list[tuple[object, ...]]:
    return [
        (a.id, a.title, a.summary, a.lang, a.url, a.source, int(a.published.timestamp() * 1e6), int(a.seen.timestamp() * 1e6))
        for a in (item.article for item in items)
    ]  # fmt: skip


def bare_sqlite(path: Path, items: list[PlacedArticle]) -> Figures:
    rows = rows_of(items)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"CREATE TABLE articles {COLUMNS}")
    insert = "INSERT INTO articles VALUES (?,?,?,?,?,?,?,?)"
    started = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, rows[start : start + BATCH])
        connection.execute("COMMIT")
    figures = {"articles in, stories one by one, batches of 500": rate(len(rows), started)}

    async def one(number: int) -> None:
        connection.execute(insert, (-number - 1, *rows[number][1:]))

    async def get(number: int) -> None:
        connection.execute("SELECT * FROM articles WHERE id = ?", (rows[number * 7][0],)).fetchone()

    figures["one article, one commit"] = asyncio.run(timed(1000, one))
    figures["one article by id"] = asyncio.run(timed(300, get))
    connection.close()
    return figures


def bare_psycopg(url: str, items: list[PlacedArticle]) -> Figures:
    rows = rows_of(items)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE bare_articles {COLUMNS}")
        insert = "INSERT INTO bare_articles VALUES (%s,%s,%s,%s,%s,%s,%s,%s)"
        started = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(insert, rows[start : start + BATCH])
        figures = {"articles in, stories one by one, batches of 500": rate(len(rows), started)}

        async def one(number: int) -> None:
            connection.execute(insert, (-number - 1, *rows[number][1:]))

        async def get(number: int) -> None:
            connection.execute("SELECT * FROM bare_articles WHERE id = %s", (rows[number * 7][0],)).fetchone()

        figures["one article, one commit"] = asyncio.run(timed(1000, one))
        figures["one article by id"] = asyncio.run(timed(300, get))
        connection.execute("DROP TABLE bare_articles")
    return figures


@contextlib.contextmanager
def scratch_database(server: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS vigie_bench WITH (FORCE)")
        connection.execute("CREATE DATABASE vigie_bench")
    yield (
        server.replace("/postgres?", "/vigie_bench?")
        if "/postgres?" in server
        else server.rsplit("/", 1)[0] + "/vigie_bench"
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE vigie_bench WITH (FORCE)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    items = make_articles(options.articles)
    columns: dict[str, Figures] = {}
    if options.engine != "postgresql":
        folder = Path(tempfile.mkdtemp(prefix="vigie-bench-"))
        columns["sqlite"] = asyncio.run(measure(f"sqlite:///{folder / 'vigie.db'}", items))
        columns["sqlite3 alone"] = bare_sqlite(folder / "bare.db", items)
        shutil.rmtree(folder)
    if options.engine != "sqlite":
        with postgres_server(durable=True) as server, scratch_database(server) as url:
            columns["postgresql"] = asyncio.run(measure(url, items))
            columns["psycopg alone"] = bare_psycopg(url, items)
    table = Table(title=f"The store with {len(items):,} articles (Python {sys.version.split()[0]})")
    table.add_column("what")
    for name in columns:
        table.add_column(name, justify="right")
    labels = dict.fromkeys(label for figures in columns.values() for label in figures)
    for label in labels:
        table.add_row(label, *(figures.get(label, "") for figures in columns.values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Console(width=150).print(table, f"peak memory of this process, the made-up articles included: {peak:.0f} MB")


if __name__ == "__main__":
    main()
