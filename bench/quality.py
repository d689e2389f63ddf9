"""Quality of matching on the development set, beside plain fuzzy ratios, with every miss and false hit as text.

    python -m bench.quality [--verbose] [--watch w04] [--general] [--coverage]

Reads ``$VIGIE_SHARED/data`` (default ``../shared/data``). Borderline pairs are not scored (README of the development set).
"""

from __future__ import annotations

import argparse
import copy
import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from rapidfuzz import fuzz

from bot.language.lemmas import Morphology
from bot.language.lexicon import Lexicon, compile_lexicon
from bot.language.lexicon_source import GENERAL, read_folder
from bot.language.reading import Reader, Reading
from bot.matching.oracle import best_pattern, excluded_by
from bot.matching.phrase import PhraseParser

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared"))
LEXICON = Path(os.environ.get("VIGIE_LEXICON", ROOT / "config" / "lexicon"))


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@dataclass
class Tally:
    tp: int = 0
    fp: int = 0
    fn: int = 0
    errors: list[str] = field(default_factory=list)

    def line(self) -> str:
        p = self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0
        r = self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0
        f = 2 * p * r / (p + r) if p + r else 0.0
        return f"P {p:.3f}  R {r:.3f}  F1 {f:.3f}  (tp {self.tp} fp {self.fp} fn {self.fn})"


class Development:
    """The labelled set, read once with a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        dev = SHARED / "data" / "dev"
        self.articles = rows(dev / "articles.jsonl")
        self.watches = rows(dev / "watches.jsonl")
        self.labels = {str(r["watch"]): (set(r["relevant"]), set(r["borderline"])) for r in rows(dev / "labels.jsonl")}  # type: ignore[call-overload]
        self.lexicon = lexicon
        reader = Reader(lexicon)
        self.parser = PhraseParser(lexicon, reader)
        self.readings: dict[str, Reading] = {}
        for a in self.articles:
            published = None
            self.readings[str(a["id"])] = reader.read(
                str(a["id"]), str(a["title"]), str(a["summary"]), a["lang"], published
            )  # type: ignore[arg-type]

    def scores(self, watch: dict[str, object]) -> dict[str, float]:
        phrase = self.parser.parse(str(watch["phrase"]), lang=str(watch["lang"]))
        result = {}
        for name, reading in self.readings.items():
            score = best_pattern(phrase, reading, self.lexicon.morphology)[1].score
            result[name] = 0.0 if excluded_by(phrase, reading, self.lexicon.morphology) else score
        return result


def tally(
    pairs: dict[str, dict[str, float]], data: Development, threshold: float
) -> tuple[Tally, dict[str, Tally], dict[str, Tally]]:
    total, by_watch, by_lang = Tally(), defaultdict(Tally), defaultdict(Tally)
    for watch, scores in pairs.items():
        relevant, borderline = data.labels[watch]
        for article, score in scores.items():
            if article in borderline:
                continue
            lang = str(data.readings[article].lang)
            hit, wanted = score >= threshold, article in relevant
            for t in (total, by_watch[watch], by_lang[lang]):
                t.tp += hit and wanted
                t.fp += hit and not wanted
                t.fn += wanted and not hit
            if hit != wanted:
                r = data.readings[article]
                by_watch[watch].errors.append(
                    f"   {'FALSE' if hit else 'MISS '} {score:5.1f} {article} {lang} {r.title} | {r.summary}"
                )
    return total, by_watch, by_lang


def load() -> Lexicon:
    concepts, problems = read_folder(LEXICON)
    if problems:
        print(f"note: the lexicon has {len(problems)} problems, e.g. {problems[0]}")
    return compile_lexicon(concepts, Morphology())


def without(lexicon: Lexicon, drop: set[str]) -> Lexicon:
    """The lexicon without some concepts; their words stay known, so that they are not taken for typing mistakes of others."""
    smaller = copy.copy(lexicon)
    smaller.concepts = {
        c.id: replace(c, implied=tuple((t, q) for t, q in c.implied if t not in drop))
        for c in lexicon.concepts.values()
    }
    smaller._starts = {w: [p for p in ps if p.concept not in drop] for w, ps in lexicon._starts.items()}
    smaller._memo, smaller._written = {}, {}
    return smaller


def baselines(data: Development) -> None:
    for name, function in (
        ("partial_ratio", fuzz.partial_ratio),
        ("token_set_ratio", fuzz.token_set_ratio),
        ("WRatio", fuzz.WRatio),
    ):
        pairs = {
            str(w["id"]): {
                n: float(function(str(w["phrase"]).lower(), f"{r.title} {r.summary}".lower()))
                for n, r in data.readings.items()
            }
            for w in data.watches
        }
        best = max(
            (tally(pairs, data, t)[0] for t in range(30, 100, 2)), key=lambda t: 2 * t.tp / (2 * t.tp + t.fp + t.fn)
        )
        print(f"{'rapidfuzz ' + name + ' (best threshold)':40} {best.line()}")


def coverage(lexicon: Lexicon) -> None:
    """Share of content words, by language, in headlines on the war that resolve to a concept, a name or a number."""
    reader = Reader(lexicon)
    print("\ncoverage of content words in real headlines that name the subject")
    for path in sorted((SHARED / "data" / "news").glob("headlines-*.jsonl")):
        lang, total, known, unknown = path.stem[-2:], 0, 0, Counter[str]()
        for row in rows(path)[:1500]:
            reading = reader.read("", str(row["title"]), str(row["summary"]), lang)
            if not any(lexicon.concepts[c].context for c in reading.spans):
                continue
            covered = {i for m in reading.mentions for i in range(m.first, m.last + 1)} | {
                n.token for n in reading.names
            }
            covered |= {i for n in (*reading.numbers, *reading.dates) for i in range(n.first, n.last + 1)}
            for i, token in enumerate(reading.tokens):
                if token.stop or token.part:
                    continue
                total += 1
                if i in covered or token.hits.parts or token.hits.words:
                    known += 1
                else:
                    unknown[token.form] += 1
        if total:
            print(
                f"  {lang}: {known / total:.3f} of {total}; most frequent unknown: {' '.join(w for w, _ in unknown.most_common(25))}"
            )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--verbose", action="store_true")
    options.add_argument("--watch")
    options.add_argument(
        "--general",
        action="store_true",
        help="without the subject notions (plans, documents, events, notions) that the watches name",
    )
    options.add_argument("--coverage", action="store_true")
    args = options.parse_args()
    lexicon = load()
    data = Development(lexicon)
    watches = [w for w in data.watches if args.watch in (None, w["id"])]
    pairs = {str(w["id"]): data.scores(w) for w in watches}
    total, by_watch, by_lang = tally(pairs, data, 76)
    for w in watches:
        t = by_watch[str(w["id"])]
        understood = data.parser.parse(str(w["phrase"]), lang=str(w["lang"])).understanding
        print(f"{w['id']} {w['phrase']!s:34} {t.line()}  {[s.concepts or s.typed for s in understood.slots]}")
        if args.verbose or args.watch:
            print("\n".join(t.errors))
    for lang, t in sorted(by_lang.items()):
        print(f"{lang:40} {t.line()}")
    for threshold in (60, 65, 70, 74, 76, 80, 85):
        print(f"{'threshold ' + str(threshold):40} {tally(pairs, data, threshold)[0].line()}")
    print(f"{'ALL at 76':40} {total.line()}")
    if args.watch is None:
        baselines(data)
    if args.general:
        general(data, watches)
    if args.coverage:
        coverage(lexicon)


def general(data: Development, watches: list[dict[str, object]]) -> None:
    """Leave-topics-out: each watch without the subject's own notions, plans, documents and events that its phrase names."""
    pairs: dict[str, dict[str, float]] = {}
    for w in watches:
        phrase = data.parser.parse(str(w["phrase"]), lang=str(w["lang"]))
        named = {a.key for p in phrase.patterns for s in p.slots for a in s.atoms if a.kind == "concept"}
        drop = {c for c in named if data.lexicon.concepts[c].kind in ("plan", "document", "event", "notion")}
        drop |= {c.id for c in data.lexicon.concepts.values() if c.kind != GENERAL and {t for t, q in c.implied} & drop}
        pairs[str(w["id"])] = Development(without(data.lexicon, drop)).scores(w)
    print(f"{'leave-topics-out at 76':40} {tally(pairs, data, 76)[0].line()}")


if __name__ == "__main__":
    main()
