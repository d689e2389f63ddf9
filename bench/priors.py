"""Measures how frequent each concept is in the headline collections: the table ``config/lexicon/priors.tsv``.

    python -m bench.priors > config/lexicon/priors.tsv

Concept ids and numbers only. Each language counts alike, however many headlines it has.
"""

from __future__ import annotations

from collections import Counter

from bench.quality import SHARED, load, rows
from bot.language.reading import Reader
from bot.language.text import clean_text

DOCUMENTS = 10_000
"""Counts are per so many articles."""
LEAST = 3
"""Of them, below which a concept is not listed."""


def main() -> None:
    reader = Reader(load())
    shares: Counter[str] = Counter()
    paths = sorted((SHARED / "data" / "news").glob("headlines-*.jsonl"))
    for path in paths:
        counts: Counter[str] = Counter()
        read = rows(path)[::2][:1500]
        for row in read:
            reading = reader.read(
                "", clean_text(str(row["title"])), clean_text(str(row["summary"] or ""))[:400], path.stem[-2:]
            )
            counts.update(reading.spans.keys())
        for concept, n in counts.items():
            shares[concept] += round(1_000_000 * n / len(read) / len(paths))
    print(f"# Articles of {DOCUMENTS} in which a concept stands, measured by bench/priors.py")
    print(f"*\t{DOCUMENTS}")
    for concept, share in sorted(shares.items(), key=lambda kv: (-kv[1], kv[0])):
        n = round(share * DOCUMENTS / 1_000_000)
        if n >= LEAST:
            print(f"{concept}\t{n}")


if __name__ == "__main__":
    main()
