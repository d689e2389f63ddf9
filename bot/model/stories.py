"""Stories: the articles that report one development, and what a reader sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the window put an article.

    ``opened`` is True when the article opens ``story_id``. ``merged`` lists stories that this article showed to be the same as
    ``story_id`` and that are joined into it now. ``evidence`` are short stable keys with the words that decided (for /why).
    ``novelty`` names the facts the article adds to the story, empty for a mere confirmation.
    """

    article_id: int
    story_id: int
    opened: bool
    merged: tuple[int, ...] = ()
    similarity: float = 0.0
    evidence: tuple[str, ...] = ()
    novelty: tuple[Fact, ...] = ()
    copy_of: int | None = None
    """The article of which this one is a near-identical copy."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A new fact: ``kind`` is number, actor, place, date or reversal; ``words`` are the words that show it."""

    kind: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One article as a story's reader sees it."""

    article_id: int
    title: str
    summary: str
    url: str
    source: str
    lang: str | None
    kind: str
    """``FeedKind`` of the feed that brought it; ``member`` when unknown."""
    family: str
    published: datetime
    seen: datetime
    copy_of: int | None = None

    @property
    def state_controlled(self) -> bool:
        return self.kind == "state-controlled"


@dataclass(frozen=True, slots=True)
class Story:
    """A development with all its articles, oldest first. ``merged_into`` is set when it became part of another."""

    id: int
    opened: datetime
    changed: datetime
    articles: tuple[SourceLine, ...]
    concepts: tuple[str, ...] = ()
    merged_into: int | None = None

    @property
    def outlets(self) -> int:
        """Independent outlets: publisher families, near-identical copies not counted, state-controlled media not counted."""
        return len({a.family for a in self.articles if a.copy_of is None and not a.state_controlled})
