"""Records: what the store answers that is neither an article, a story, a watch nor a delivery, but a line about one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from bot.model.articles import Article
from bot.model.deliveries import DeliveryState
from bot.model.stories import Placement


class CatalogueFeed(Protocol):
    """One row of the operator's ``feeds.yaml`` (product.md, section 4), as the settings read it."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def language(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def kind(self) -> str:
        """A value of ``FeedKind``."""
        ...

    @property
    def note(self) -> str | None: ...
    @property
    def family(self) -> str | None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def interval(self) -> int | None:
        """Seconds; None: adaptive."""
        ...


@dataclass(frozen=True, slots=True)
class FetchLine:
    """What one fetch left behind (fetching.md, rule 65): shown to admins by ``/feeds``."""

    at: datetime
    status: int | None
    """HTTP status, None when there was no answer."""
    bytes: int
    ms: int
    entries: int
    new: int
    next_check: datetime | None
    reason: str | None = None
    """A short stable word, then detail; None after a success."""


@dataclass(frozen=True, slots=True)
class PlacedArticle:
    """An article with all that is written with it."""

    article: Article
    features: str
    """JSON, opaque to the store: what the story window needs to be rebuilt."""
    terms: str
    """Folded words and concept ids, separated by blanks: what the full-text search finds."""
    placement: Placement


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One placed article as the story window loads it."""

    article_id: int
    story_id: int
    features: str
    lang: str | None
    source: str
    family: str
    kind: str
    published: datetime
    seen: datetime
    copy_of: int | None
    pinned: bool
    """True when an operator placed it by hand: it stays where it is."""


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match without its words, with the story its article stands in now."""

    watch_id: int
    article_id: int
    story_id: int
    score: float
    seen: datetime


@dataclass(frozen=True, slots=True)
class DayCount:
    """Articles published on one UTC day in one language."""

    day: date
    lang: str | None
    count: int


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An article that a search found; a higher ``rank`` is a better one (comparable within one search only)."""

    article_id: int
    story_id: int
    rank: float


@dataclass(frozen=True, slots=True)
class Change:
    """One move of a delivery. ``from_state`` is None for its planning."""

    at: datetime
    from_state: DeliveryState | None
    to_state: DeliveryState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """The database in figures, for ``vigie db stats`` and ``/status``."""

    engine: str
    """``sqlite`` or ``postgresql``."""
    version: str
    """The schema revision."""
    size_bytes: int
    rows: dict[str, int] = field(default_factory=dict)
    """Rows a table."""
    oldest_article: datetime | None = None
    newest_article: datetime | None = None
