"""How alike an article and a story are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.grouping.rarity import Rarity


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal counts."""

    centroid: float = 0.5
    nearest: float = 0.5
    half_life_h: float = 48.0


@dataclass(slots=True)
class Member:
    """An article in the window."""

    article_id: int
    keys: Mapping[str, int]
    stems: Mapping[str, int]
    titled: frozenset[str]
    sketch: tuple[int, ...]
    lang: str | None
    family: str
    published: datetime | None
    seen: datetime
    story_id: int = 0
    copy_of: int | None = None
    pinned: bool = False


@dataclass(slots=True)
class StoryState:
    """A story in the window: its articles and the sums of their keys."""

    id: int
    members: dict[int, Member] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    pins: int = 0

    @property
    def pinned(self) -> bool:
        return self.pins > 0

    def add(self, member: Member) -> None:
        self.members[member.article_id] = member
        self.pins += member.pinned
        for key, weight in member.keys.items():
            self.keys[key] = self.keys.get(key, 0) + weight

    def remove(self, member: Member) -> None:
        del self.members[member.article_id]
        self.pins -= member.pinned
        for key, weight in member.keys.items():
            left = self.keys[key] - weight
            if left:
                self.keys[key] = left
            else:
                del self.keys[key]


def cosine(a: Mapping[str, int], b: Mapping[str, int], rarity: Rarity) -> float:
    """Cosine (0-1) of two key vectors weighed by rarity."""
    dot = norm_a = norm_b = 0.0
    for key, weight in a.items():
        value = weight * rarity.of(key)
        norm_a += value * value
        other = b.get(key)
        if other is not None:
            dot += value * other * rarity.of(key)
    if dot == 0.0:
        return 0.0
    for key, weight in b.items():
        value = weight * rarity.of(key)
        norm_b += value * value
    return dot / sqrt(norm_a * norm_b)


def score(member: Member, story: StoryState, rarity: Rarity, weights: Weights) -> float:
    """Similarity (0-1) of an article and a story."""
    centroid = cosine(member.keys, story.keys, rarity)
    nearest = max(cosine(member.keys, other.keys, rarity) for other in story.members.values())
    value = weights.centroid * centroid + weights.nearest * nearest
    gaps = [
        abs((member.published - other.published).total_seconds()) / 3600
        for other in story.members.values()
        if member.published is not None and other.published is not None
    ]
    if gaps:
        value *= 0.5 ** (max(0.0, min(gaps) - 24) / weights.half_life_h)
    return value


def evidence_of(member: Member, story: StoryState, rarity: Rarity, words: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that article and story share, weightiest first, each with the article's own words."""
    shared = {k: w * rarity.of(k) ** 2 for k, w in member.keys.items() if k in story.keys and k in words}
    best = sorted(shared, key=lambda k: (-shared[k], k))[:6]
    return tuple(f"{'name' if k[0] == '~' else k} «{words[k]}»" for k in best)
