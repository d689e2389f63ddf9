"""Speed and size of matching: the index beside the definition and beside rapidfuzz over all pairs.

    python -m bench.matching [--sizes 1000,10000,100000] [--million]

Watches: 1 to 4 words, 30 % made of lexicon names, the rest of words by their frequency in the shared headlines. Articles: real headlines.
Times are CPU time of this process (the machine may be shared); those of cdist, which uses two threads, wall time.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import time
from collections import Counter
from pathlib import Path

from rapidfuzz import fuzz, process

from bench.quality import SHARED, load
from bot.language.lexicon import Lexicon
from bot.language.reading import Reader, Reading
from bot.language.tokens import split_words
from bot.matching.index import MatchIndex
from bot.matching.oracle import best_pattern
from bot.matching.phrase import PhraseError, PhraseParser

SEED = 20261122
LANGUAGES = ("fr", "en", "uk", "ru", "de")


def headlines() -> list[dict[str, str]]:
    found = []
    for path in sorted((SHARED / "data" / "news").glob("headlines-*.jsonl")):
        found += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    dev = SHARED / "data" / "dev" / "articles.jsonl"
    found += [json.loads(line) for line in dev.read_text(encoding="utf-8").splitlines()]
    return found


def phrases(count: int, lexicon: Lexicon, news: list[dict[str, str]], rng: random.Random) -> list[tuple[str, str]]:
    """Invented watches with the language they are typed in; the mix is described above."""
    words: dict[str, Counter[str]] = {}
    for row in news:
        if row["lang"] in LANGUAGES:
            found = (w.text for w in split_words(row["title"], 300, row["lang"]) if not w.stop and len(w.form) > 2)
            words.setdefault(row["lang"], Counter()).update(found)
    choices = {lang: (list(c), [n**0.5 for n in c.values()]) for lang, c in words.items()}
    names = {
        lang: [c.names[lang] for c in lexicon.concepts.values() if c.kind != "general" and lang in c.names]
        for lang in choices
    }
    result = []
    for _ in range(count):
        lang = rng.choice(LANGUAGES)
        size = rng.choice((1, 2, 2, 2, 3, 3, 4))
        if rng.random() < 0.3:
            result.append((" ".join(rng.choice(names[lang]) for _ in range(min(size, 2))), lang))
        else:
            population, weights = choices[lang]
            result.append((" ".join(rng.choices(population, weights, k=size)), lang))
    return result


def resident() -> int:
    return (
        int(
            next(
                line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")
            ).split()[1]
        )
        * 1024
    )


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def measure(size: int, lexicon: Lexicon, news: list[dict[str, str]], baselines: bool) -> None:
    rng = random.Random(SEED)
    texts = phrases(size + 500, lexicon, news, rng)
    rng.shuffle(news)
    reader = Reader(lexicon)
    gc.collect()
    before, start = resident(), time.process_time()
    index = MatchIndex(lexicon, reader)
    kept = []
    for i, (text, lang) in enumerate(texts[:size]):
        try:
            index.add(i, text, lang=lang)
            kept.append((text, lang))
        except PhraseError:
            continue
    build = time.process_time() - start
    gc.collect()
    memory = resident() - before
    adds, removes = [], []
    for i, (text, lang) in enumerate(texts[size:]):
        start = time.process_time()
        try:
            index.add(("extra", i), text, lang=lang)
        except PhraseError:
            continue
        adds.append((time.process_time() - start) * 1e3)
    for i in range(len(adds)):
        start = time.process_time()
        index.remove(("extra", i))
        removes.append((time.process_time() - start) * 1e6)
    gc.collect()
    gc.freeze()
    fresh, warm, matched = [], [], 0
    sample = [r for r in news if r["lang"] in LANGUAGES][:1500]
    for row in sample:
        start = time.process_time()
        reading = reader.read("", row["title"], row["summary"], row["lang"])
        found = index.match(reading)
        fresh.append((time.process_time() - start) * 1e3)
        matched += len(found)
    for row in sample[-500:]:
        start = time.process_time()
        index.match(reader.read("", row["title"], row["summary"], row["lang"]))
        warm.append((time.process_time() - start) * 1e3)
    print(
        f"{size:>8} watches | build {build:6.1f} s ({build / size * 1e6:5.0f} µs each) | {memory / 2**20:6.0f} MB ({memory / size / 1024:4.2f} KB each) | "
        f"new article median {statistics.median(fresh):5.2f} p99 {quantile(fresh, 0.99):6.2f} ms | seen again {statistics.median(warm):5.2f} / {quantile(warm, 0.99):6.2f} ms | "
        f"{matched / len(sample):6.1f} matches | add p50 {statistics.median(adds):.2f} p99 {quantile(adds, 0.99):.2f} ms | remove p99 {quantile(removes, 0.99):.0f} µs"
    )
    if not baselines:
        return
    parser = PhraseParser(lexicon, reader)
    parsed = [parser.parse(t, lang=lang) for t, lang in kept[:1000]]
    readings: list[Reading] = [reader.read("", r["title"], r["summary"], r["lang"]) for r in sample[:3]]
    start = time.process_time()
    for reading in readings:
        for phrase in parsed:
            best_pattern(phrase, reading, lexicon.morphology)
    oracle = (time.process_time() - start) / len(readings) / len(parsed) * size * 1e3
    articles = [f"{r['title']} {r['summary']}".lower() for r in sample[:20]]
    low = [t.lower() for t, _ in kept]
    ratios = []
    for scorer, cutoff in ((fuzz.partial_ratio, 0), (fuzz.token_set_ratio, 80)):
        start = time.perf_counter()
        process.cdist(articles[:4], low, scorer=scorer, score_cutoff=cutoff, workers=2)
        ratios.append((time.perf_counter() - start) / 4 * 1e3)
    print(
        f"{'':>8} baselines a new article: definition {oracle:9.0f} ms | cdist partial_ratio {ratios[0]:8.1f} ms ({ratios[0] / statistics.median(fresh):.0f} x) | "
        f"cdist token_set_ratio {ratios[1]:8.1f} ms ({ratios[1] / statistics.median(fresh):.0f} x)"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="1000,10000,100000")
    options.add_argument("--million", action="store_true")
    args = options.parse_args()
    lexicon, news = load(), headlines()
    sizes = [int(s) for s in args.sizes.split(",")] + ([1_000_000] if args.million else [])
    for size in sizes:
        pid = os.fork()  # each size in a process of its own, so that memory is its own
        if pid == 0:
            measure(size, lexicon, news, baselines=size <= 100_000)
            os._exit(0)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
