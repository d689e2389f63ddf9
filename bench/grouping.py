"""Speed and memory of the story window at 1,000, 10,000 and 50,000 live stories.

    python -m bench.grouping [--stories 1000,10000,50000]

Articles are made of real headlines (``$VIGIE_SHARED/data/news``): each takes a quarter of the keys of four, so that the
frequencies of keys are real and no two stories are alike. One article in five reports a story that stands in the window already.
Baseline: a scan that compares with every story.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import statistics
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from bench.quality import LEXICON, SHARED, load, rows
from bot.grouping.features import Features, features_of
from bot.grouping.priors import load_priors
from bot.grouping.similarity import Probe, Weights, probability
from bot.grouping.window import Arrival, StoryWindow, WindowOptions, _member
from bot.language.reading import Reader
from bot.language.text import clean_text

START = datetime(2026, 1, 1, tzinfo=UTC)
MEASURED = 400


def corpus(reader: Reader) -> list[tuple[Features, str]]:
    result = []
    for path in sorted((SHARED / "data" / "news").glob("headlines-*.jsonl")):
        lang = path.stem[-2:]
        for row in rows(path)[:800]:
            reading = reader.read(0, clean_text(str(row["title"])), clean_text(str(row["summary"] or ""))[:400], lang)
            result.append((features_of(reading), lang))
    return result


def mixed(pool: list[tuple[Features, str]], rng: random.Random) -> tuple[Features, str]:
    parts = [rng.choice(pool) for _ in range(4)]
    keys = dict(kv for f, _ in parts for kv in rng.sample(sorted(f.keys.items()), len(f.keys) // 4))
    words = {k: w for k, w in (kv for f, _ in parts for kv in f.words.items()) if k in keys}
    sketch = tuple(sorted(rng.randrange(2**32) for _ in parts[0][0].sketch))
    return Features(keys, words, frozenset().union(*(f.titled for f, _ in parts)) & keys.keys(), sketch), parts[0][1]


def arrivals(pool: list[tuple[Features, str]], stories: int, rng: random.Random) -> list[Arrival]:
    made: list[Arrival] = []
    for number in range(stories + MEASURED):
        at = START + timedelta(seconds=number * 72 * 3600 / (stories + MEASURED))
        if number >= stories and rng.random() < 0.2:
            told = rng.choice(made[-2000:])
            features, lang = told.features, rng.choice(("fr", "en", "uk", "ru", "de"))
        else:
            features, lang = mixed(pool, rng)
        made.append(Arrival(number, features, lang, f"o{rng.randrange(400)}", f"o{rng.randrange(400)}", "", at, at))
    return made


def rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", default="1000,10000,50000")
    args = parser.parse_args()
    lexicon = load()
    priors = load_priors(lexicon, LEXICON / "priors.tsv")
    pool = corpus(Reader(lexicon))
    print(
        f"{'stories':>8} {'articles/s':>11} {'median ms':>10} {'p95 ms':>8} {'max ms':>8} {'MB':>7} {'scan ms':>9} joined"
    )
    for stories in (int(n) for n in args.stories.split(",")):
        news = arrivals(pool, stories, random.Random(stories))
        gc.collect()
        before = rss_mb()
        window = StoryWindow(WindowOptions(), priors)
        for item in news[:stories]:
            window._add(_member(item), item.article_id)
        used = rss_mb() - before
        new_id = partial(next, count(1_000_000))
        spent, joined = [], 0
        for item in news[stories:]:
            began = time.perf_counter()
            placement = window.place(item, new_id)
            spent.append((time.perf_counter() - began) * 1000)
            joined += not placement.opened
        began = time.perf_counter()
        for item in news[-2:]:
            probe = Probe(_member(item), window._rarity)
            max(probability(probe.signals(s), Weights()) for s in window._stories.values())
        scan = (time.perf_counter() - began) * 500
        spent.sort()
        print(
            f"{stories:8} {1000 / statistics.mean(spent):11.0f} {statistics.median(spent):10.2f} {spent[int(len(spent) * 0.95)]:8.2f}"
            f" {spent[-1]:8.2f} {used:7.1f} {scan:9.0f} {joined / len(spent):.2f}"
        )


if __name__ == "__main__":
    main()
