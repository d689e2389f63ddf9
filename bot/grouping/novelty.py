"""Which facts an article adds to its story: a number, an actor, a place, a date, a reversal; with the words that show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.grouping.features import Features
from bot.model.stories import Fact

MAX_FACTS = 4
REVERSALS = frozenset(
    (
        "cancel", "deny", "postpone", "suspend", "resume", "reject", "accept", "sign", "ratify", "withdraw", "withdraw_from_treaty",
        "veto", "failure", "resignation", "violate", "breakthrough", "REFUSAL", "SIGNATURE", "BREAKDOWN_OF_TALKS", "RESUMPTION_OF_TALKS",
    )
)  # fmt: skip
"""Notions that turn a story: what was to be is not, or what was open is decided."""
_ACTORS = frozenset(("person", "state", "body", "group"))


def facts_of(
    features: Features, known: Mapping[str, int], kinds: Mapping[str, str], published: datetime | None
) -> tuple[Fact, ...]:
    """The facts of ``features`` that are not among ``known`` (the story's keys), weightiest kind first."""
    facts: list[tuple[int, str, Fact]] = []
    today = f"@{published:%m-%d}" if published is not None else ""
    for key in features.keys:
        words = features.words.get(key)
        if key in known or words is None or key == today:
            continue
        kind = _kind(key, kinds, key in features.titled)
        if kind is not None:
            rank = ("reversal", "number", "date", "actor", "place").index(kind)
            facts.append((rank, key, Fact(kind, key.lstrip("#@~"), words)))
    return tuple(fact for _, _, fact in sorted(facts, key=lambda f: f[:2])[:MAX_FACTS])


def _kind(key: str, kinds: Mapping[str, str], titled: bool) -> str | None:
    if key in REVERSALS:
        return "reversal" if titled else None
    if key[0] == "#":
        return "number"
    if key[0] == "@":
        return "date"
    kind = kinds.get(key)
    if kind in _ACTORS:
        return "actor" if titled else None
    if kind == "place":
        return "place" if titled else None
    return None
