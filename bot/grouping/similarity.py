"""How alike an article and a story are: a few signals, each between 0 and 1 or a small count, and their weights.

All sums are of whole numbers, so that a window rebuilt in another order decides the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import exp, log2, sqrt
from typing import NamedTuple

from bot.grouping.rarity import SCALE, Rarity

MOST = 8
"""Weight an article, on average, from which a key belongs to the core of a story: most of its articles name it."""
TRANSLATION_S = 6 * 3600
"""Seconds within which one outlet's article in another language may be the translation of the other."""
FAR_D = 4.0
"""Days beyond which a gap says no more."""


@dataclass(slots=True)
class Member:
    """An article in the window."""

    article_id: int
    keys: Mapping[str, int]
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
        """True when an operator placed one of its articles by hand."""
        return self.pins > 0

    def add(self, member: Member) -> list[str]:
        """Takes an article in; answers the keys that are new here."""
        self.members[member.article_id] = member
        self.pins += member.pinned
        return _add(self.keys, member.keys)

    def remove(self, member: Member) -> list[str]:
        """Lets an article go; answers the keys that are here no more."""
        del self.members[member.article_id]
        self.pins -= member.pinned
        return _subtract(self.keys, member.keys)


def _add(sums: dict[str, int], more: Mapping[str, int]) -> list[str]:
    new = [key for key in more if key not in sums]
    for key, weight in more.items():
        sums[key] = sums.get(key, 0) + weight
    return new


def _subtract(sums: dict[str, int], less: Mapping[str, int]) -> list[str]:
    gone = []
    for key, weight in less.items():
        left = sums[key] - weight
        if left:
            sums[key] = left
        else:
            del sums[key]
            gone.append(key)
    return gone


class Signals(NamedTuple):
    """What speaks for and against an article belonging to a story."""

    title: float
    """Share (by rarity) of the keys of the article's title that the story knows."""
    names: float
    """Cosine of subject concepts, names and unknown words."""
    strange: float
    """Rarity of the subject concepts in the article's title that the story does not know, up to 20."""
    core: float
    """Share (by rarity) of what most of the story's articles name that this article names too."""
    surprise: float
    """What article and story share, not set against what they do not: log2 of the rarities in common."""
    numbers: float
    """Shared numbers and days, up to 3."""
    foreign: float
    """1 when the story has no article in this language: another vocabulary, fewer words in common."""
    brief: float
    """1 for a bare title, less the more the article says."""
    gap: float
    """Days to the nearest article, up to `FAR_D`; 0 when a time is unknown."""
    age: float
    """Days to the farthest article, up to twice `FAR_D`: a story does not drift."""
    undated: float
    """1 when either the article or the story has no time at all, and the other has."""
    timeless: float
    """1 when neither has a time."""
    again: float
    """Where the same outlet has an article in the same language in the story: one over its outlets. What only one outlet tells, it tells
    once; what many tell, each may tell again."""
    translated: float
    """1 when the same outlet published in another language at the same time, 0 from `TRANSLATION_S` on."""
    crowd: float
    """The story's size: log2 of its articles, up to 5. A large story knows many keys by chance."""


class Weights(NamedTuple):
    """A weight for each signal, and the constant. Fitted on labelled stories (docs/stories.md), not by hand."""

    signals: Signals = Signals(
        title=1.32,
        names=2.47,
        strange=-0.08,
        core=5.58,
        surprise=0.57,
        numbers=0.27,
        foreign=-0.32,
        brief=2.74,
        gap=-2.08,
        age=-0.46,
        undated=-2.46,
        timeless=-1.3,
        again=-7.0,
        translated=1.33,
        crowd=-1.03,
    )
    constant: float = -2.94


class Probe:
    """An article about to be compared: its keys weighed once."""

    def __init__(self, member: Member, rarity: Rarity) -> None:
        self.member = member
        self.rarity = rarity
        self.keys = {k: w * rarity.of(k) for k, w in member.keys.items()}
        self.names_square = sum(v * v for k, v in self.keys.items() if is_name(k))
        self.title = sum(v for k, v in self.keys.items() if k in member.titled)

    def signals(self, story: StoryState) -> Signals:
        """The signals between the article and ``story``."""
        me, mine = self.member, self.keys
        of = self.rarity.of
        sums = story.keys
        dot = square = known = numbers = core = in_core = common = 0
        most = MOST * len(story.members)
        for key, weight in sums.items():
            own = mine.get(key)
            name = is_name(key)
            if own is None and not name and weight < most:
                continue
            rarity = of(key)
            value = weight * rarity
            if name:
                square += value * value
            if weight >= most:
                core += value
            if own is None:
                continue
            common += rarity
            if name:
                dot += own * value
            if weight >= most:
                in_core += value
            if key in me.titled:
                known += own
            if key[0] in "#@":
                numbers += 1
        strange = sum(of(k) for k in me.titled if k not in sums and k[0].isupper())
        gap, age, dated, timed = FAR_D, 0.0, me.published is not None, False
        foreign, again, translated = 1.0, 0.0, 0.0
        families = {other.family for other in story.members.values()}
        for other in story.members.values():
            if other.lang == me.lang:
                foreign = 0.0
            days = None
            timed = timed or other.published is not None
            if me.published is not None and other.published is not None:
                days = abs((me.published - other.published).total_seconds()) / 86400
                gap, age = min(gap, days), max(age, days)
            if me.family and other.family == me.family:
                if other.lang == me.lang:
                    again = 1.0 / len(families)
                elif days is not None:
                    translated = max(translated, 1.0 - days * 86400 / TRANSLATION_S)
        return Signals(
            title=known / self.title if self.title else 0.0,
            names=dot / sqrt(self.names_square * square) if dot else 0.0,
            strange=min(20.0, strange / SCALE),
            core=in_core / core if core else 0.0,
            surprise=log2(1 + common / SCALE),
            numbers=min(3.0, numbers),
            foreign=foreign,
            brief=1.0 / (1.0 + len(mine) / 10),
            gap=min(gap, FAR_D) if dated and timed else 0.0,
            age=min(age, 2 * FAR_D),
            undated=float(dated != timed),
            timeless=float(not dated and not timed),
            again=again,
            translated=translated,
            crowd=min(5.0, len(story.members).bit_length() - 1.0),
        )


def is_name(key: str) -> bool:
    """True for a subject concept and for a word or name that the lexicon does not know."""
    return key[0] == "~" or key[0].isupper()


def probability(signals: Signals, weights: Weights) -> float:
    """How sure it is (0-1) that the article belongs to the story."""
    total = weights.constant
    for value, weight in zip(signals, weights.signals, strict=True):
        total += value * weight
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, total))))


def evidence_of(member: Member, story: StoryState, rarity: Rarity, words: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that article and story share, weightiest first, each with the article's own words."""
    shared = {k: w * rarity.of(k) ** 2 for k, w in member.keys.items() if k in story.keys and k in words}
    best = sorted(shared, key=lambda k: (-shared[k], k))[:6]
    return tuple(f"{'name' if k[0] == '~' else k} «{words[k]}»" for k in best)
