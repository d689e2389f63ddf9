"""Quality of grouping on the labelled stories, beside a floor of letter 4-grams, with the worst confusions as text.

    python -m bench.quality_stories [--set dev] [--verbose] [--floor]

Reads ``$VIGIE_SHARED/data`` (default ``../shared/data``); README files there say how stories are scored (``near`` pairs are not).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import combinations
from math import log, sqrt

from bench.quality import LEXICON, SHARED, load, rows
from bot.grouping.batch import Item, group, order
from bot.grouping.features import features_of
from bot.grouping.priors import Priors, load_priors
from bot.grouping.window import WindowOptions
from bot.language.lexicon import Lexicon
from bot.language.reading import Reader
from bot.language.text import clean_text

FLOOR_THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)


@dataclass
class Labelled:
    """Articles with their gold story (None: not scored) and pairs of stories too close to be scored."""

    name: str
    ids: list[str]
    langs: list[str | None]
    texts: list[tuple[str, str]]
    published: list[datetime | date | None]
    sources: list[str]
    gold: list[str | None]
    near: set[frozenset[str]] = field(default_factory=set)
    items: list[Item] = field(default_factory=list)


def moment_of(text: object) -> datetime | date | None:
    if not isinstance(text, str) or not text:
        return None
    if len(text) <= 10:
        return date.fromisoformat(text)
    try:
        value = datetime.fromisoformat(text)
    except ValueError:  # a few stamps of the statements read T24:04:30
        return date.fromisoformat(text[:10])
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def labelled(name: str) -> Labelled:
    """``dev`` or the name of a file ``stories-…`` of the news data."""
    near: set[frozenset[str]] = set()
    gold: dict[str, str] = {}
    if name == "dev":
        articles = rows(SHARED / "data" / "dev" / "articles.jsonl")
        for story in rows(SHARED / "data" / "dev" / "stories.jsonl"):
            for article in story["articles"]:  # type: ignore[attr-defined]
                gold[article] = str(story["id"])
            near |= {frozenset((str(story["id"]), str(other))) for other in story["near"]}  # type: ignore[attr-defined]
    else:
        articles = rows(SHARED / "data" / "news" / f"{name}.jsonl")
        gold = {str(a["id"]): str(a["story"]) for a in articles if a["story"] is not None}
    return Labelled(
        name,
        [str(a["id"]) for a in articles],
        [a["lang"] for a in articles],  # type: ignore[misc]
        [(clean_text(str(a["title"])), clean_text(str(a["summary"] or ""))) for a in articles],
        [moment_of(a["published"]) for a in articles],
        [str(a["source"] or "") for a in articles],
        [gold.get(str(a["id"])) for a in articles],
        near,
    )


def by_language(data: Labelled) -> list[Labelled]:
    """Sets of one language each, where the gold stories do not cross languages."""
    crossed = {(g, lang) for g, lang in zip(data.gold, data.langs, strict=True) if g is not None}
    if len(crossed) > len({g for g, _ in crossed}) or len(set(data.langs)) == 1:
        return [data]
    parts = []
    for lang in sorted({str(lang) for lang in data.langs}):
        mine = [i for i, other in enumerate(data.langs) if other == lang]
        parts.append(
            Labelled(
                f"{data.name} ({lang})",
                [data.ids[i] for i in mine],
                [lang] * len(mine),
                [data.texts[i] for i in mine],
                [data.published[i] for i in mine],
                [data.sources[i] for i in mine],
                [data.gold[i] for i in mine],
                data.near,
            )
        )
    return parts


def understand(data: Labelled, reader: Reader) -> None:
    data.items = [
        Item(features_of(reader.read(i, title, summary, lang, at)), lang, source, at)
        for i, (title, summary), lang, at, source in zip(
            data.ids, data.texts, data.langs, data.published, data.sources, strict=True
        )
    ]


@dataclass
class Result:
    bcubed: tuple[float, float, float]
    pairs: tuple[float, float, float]
    cross: tuple[float, float, float]
    false: list[tuple[int, int]]
    missed: list[tuple[int, int]]

    def line(self) -> str:
        def prf(x: tuple[float, float, float]) -> str:
            return f"{x[0]:.3f}/{x[1]:.3f}/{x[2]:.3f}"

        return f"B-cubed {prf(self.bcubed)}   pairs {prf(self.pairs)}   across languages {prf(self.cross)}"


def f1(p: float, r: float) -> tuple[float, float, float]:
    return p, r, 2 * p * r / (p + r) if p + r else 0.0


def judge(data: Labelled, stories: Sequence[int]) -> Result:
    """B-cubed and pair precision, recall, F1; articles without a gold story and near pairs do not count."""
    scored = [i for i, g in enumerate(data.gold) if g is not None]

    def near(a: int, b: int) -> bool:
        return frozenset((str(data.gold[a]), str(data.gold[b]))) in data.near

    by_story, by_gold = defaultdict(list), defaultdict(list)
    for i in scored:
        by_story[stories[i]].append(i)
        by_gold[data.gold[i]].append(i)
    precision = recall = 0.0
    for i in scored:
        together = [j for j in by_story[stories[i]] if not near(i, j)]
        right = sum(data.gold[j] == data.gold[i] for j in together)
        precision += right / len(together)
        recall += right / len(by_gold[data.gold[i]])
    counts = {True: [0, 0, 0], False: [0, 0, 0]}
    false, missed = [], []
    for members in by_story.values():
        for a, b in combinations(members, 2):
            if near(a, b):
                continue
            same, cross = data.gold[a] == data.gold[b], data.langs[a] != data.langs[b]
            counts[cross][0 if same else 1] += 1
            if not same:
                false.append((a, b))
    for members in by_gold.values():
        for a, b in combinations(members, 2):
            if stories[a] != stories[b]:
                counts[data.langs[a] != data.langs[b]][2] += 1
                missed.append((a, b))

    def pr(tp: int, fp: int, fn: int) -> tuple[float, float, float]:
        return f1(tp / (tp + fp) if tp + fp else 1.0, tp / (tp + fn) if tp + fn else 1.0)

    n = max(1, len(scored))
    return Result(
        f1(precision / n, recall / n),
        pr(*(counts[True][k] + counts[False][k] for k in range(3))),
        pr(*counts[True]),
        false,
        missed,
    )


def grams(text: str) -> Counter[str]:
    text = " " + " ".join(re.findall(r"\w+", text.lower())) + " "
    return Counter(text[i : i + 4] for i in range(len(text) - 3))


def floor(data: Labelled) -> tuple[float, Result]:
    """Each article joins the story of its nearest earlier one when their TF-IDF cosine of letter 4-grams is high enough; best threshold."""
    tf = [grams(f"{t} {s}") for t, s in data.texts]
    df = Counter(g for counts in tf for g in counts)
    vectors = []
    for counts in tf:
        v = {g: (1 + log(c)) * log(len(tf) / df[g]) for g, c in counts.items() if df[g] > 1}
        norm = sqrt(sum(x * x for x in v.values())) or 1.0
        vectors.append({g: x / norm for g, x in v.items()})
    sequence = order(data.published)
    index: dict[str, list[tuple[int, float]]] = defaultdict(list)
    nearest: dict[int, tuple[float, int]] = {}
    for i in sequence:
        dots: dict[int, float] = defaultdict(float)
        for g, x in vectors[i].items():
            for j, y in index[g]:
                dots[j] += x * y
            index[g].append((i, x))
        if dots:
            j = max(dots, key=lambda k: dots[k])
            nearest[i] = (dots[j], j)
    best: tuple[float, Result] | None = None
    for threshold in FLOOR_THRESHOLDS:
        stories = [0] * len(tf)
        for i in sequence:
            similarity, j = nearest.get(i, (0.0, -1))
            stories[i] = stories[j] if similarity >= threshold else i + 1
        result = judge(data, stories)
        if best is None or result.bcubed[2] > best[1].bcubed[2]:
            best = (threshold, result)
    assert best is not None
    return best


def telegram(reader: Reader, priors: Priors, options: WindowOptions) -> str:
    """The pairs of the Telegram contest: two articles alone in a window; together or not."""
    tp = fp = fn = 0
    for row in rows(SHARED / "data" / "news" / "pairs-telegram-2019-2020.jsonl"):
        items = []
        for side in ("a", "b"):
            part: dict[str, str] = row[side]  # type: ignore[assignment]
            lang = str(row["lang"])
            reading = reader.read(side, clean_text(part["title"]), clean_text(part["text"])[:400], lang)
            items.append(Item(features_of(reading), lang, side, None))
        together = len(set(group(items, priors, options))) == 1
        tp += together and row["label"] == "OK"
        fp += together and row["label"] != "OK"
        fn += not together and row["label"] == "OK"
    p, r, f = f1(tp / max(1, tp + fp), tp / max(1, tp + fn))
    return f"pairs {p:.3f}/{r:.3f}/{f:.3f}"


def show(data: Labelled, pairs: Iterable[tuple[int, int]], label: str, limit: int) -> None:
    by_stories: Counter[tuple[str, str]] = Counter()
    example: dict[tuple[str, str], tuple[int, int]] = {}
    for a, b in pairs:
        key = tuple(sorted((str(data.gold[a]), str(data.gold[b]))))
        by_stories[key] += 1  # type: ignore[index]
        example.setdefault(key, (a, b))  # type: ignore[arg-type]
    for key, n in by_stories.most_common(limit):
        a, b = example[key]
        print(f"  {label} {n:4} {key[0]} | {key[1]}")
        for i in (a, b):
            print(f"         {data.ids[i]} {data.langs[i]} {data.published[i]} {data.texts[i][0][:110]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", help="only this one: dev, stories-gnews-fr-2019 ...")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--floor", action="store_true", help="with the floor of letter 4-grams (slower)")
    args = parser.parse_args()
    lexicon: Lexicon = load()
    reader, priors, options = Reader(lexicon), load_priors(lexicon, LEXICON / "priors.tsv"), WindowOptions()
    names = ["dev", *sorted(p.stem for p in (SHARED / "data" / "news").glob("stories-*.jsonl"))]
    print("precision/recall/F1")
    for name in names:
        if args.set not in (None, name):
            continue
        for data in by_language(labelled(name)):
            understand(data, reader)
            result = judge(data, group(data.items, priors, options))
            print(f"{data.name:30} {result.line()}")
            if args.floor:
                threshold, low = floor(data)
                print(f"{f'  floor, 4-grams from {threshold}':30} {low.line()}")
            if args.verbose:
                show(data, result.false, "JOINED", 25)
                show(data, result.missed, "SPLIT ", 25)
    if args.set is None:
        print(f"{'pairs-telegram-2019-2020':30} {telegram(reader, priors, options)}")


if __name__ == "__main__":
    main()
