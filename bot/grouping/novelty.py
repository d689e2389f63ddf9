"""Which facts an article adds to its story: a number, an actor, a place, a date, a reversal; with the words that show it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grouping.features import Features
from bot.grouping.similarity import StoryState
from bot.model.stories import Fact

MAX_FACTS = 4
TELLING = 10
"""A bare number below it, outside the title, is no news by itself («three hours», «five points»)."""
REVERSALS = frozenset(
    (
        "cancel", "deny", "postpone", "suspend", "resume", "reject", "accept", "sign", "ratify", "withdraw", "withdraw_from_treaty",
        "veto", "failure", "resignation", "violate", "breakthrough", "REFUSAL", "SIGNATURE", "BREAKDOWN_OF_TALKS", "RESUMPTION_OF_TALKS",
    )
)  # fmt: skip
"""Notions that turn a story: what was to be is not, or what was open is decided."""
_RANK = ("reversal", "number", "date", "actor", "place")
_ACTORS = frozenset(("person", "state", "body", "group"))


def facts_of(features: Features, story: StoryState, kinds: Mapping[str, str]) -> tuple[Fact, ...]:
    """The facts of ``features`` that ``story`` does not hold yet, the weightiest kind first; ``kinds``: a concept's kind by its id.

    The day on which one of the story's articles was published is no new date, and what stands only in passing (an actor, a place or a
    reversal outside the title) is none of these.
    """
    days = {f"@{m.published:%m-%d}" for m in story.members.values() if m.published is not None}
    facts: list[tuple[int, str, Fact]] = []
    for key in features.keys:
        words = features.words.get(key)
        if key in story.keys or words is None or key in days:
            continue
        kind = _kind(key, kinds, key in features.titled)
        if kind is not None:
            facts.append((_RANK.index(kind), key, Fact(kind, key.lstrip("#@~"), words)))
    return tuple(fact for _, _, fact in sorted(facts, key=lambda f: f[:2])[:MAX_FACTS])


def _kind(key: str, kinds: Mapping[str, str], titled: bool) -> str | None:
    if key in REVERSALS:
        return "reversal" if titled else None
    if key[0] == "#":
        return "number" if titled or not key[1:].isdigit() or int(key[1:]) >= TELLING else None
    if key[0] == "@":
        return "date"
    kind = kinds.get(key)
    if kind in _ACTORS:
        return "actor" if titled else None
    if kind == "place":
        return "place" if titled else None
    return None
