"""Feeds: what is known of a source, its schedule and its health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedKind(StrEnum):
    """What stands behind a feed (config/feeds.yaml)."""

    AGENCY = "agency"
    DAILY = "daily"
    BROADCASTER = "broadcaster"
    INSTITUTION = "institution"
    THINK_TANK = "think-tank"
    STATE_CONTROLLED = "state-controlled"
    MEMBER = "member"
    """Added by a server, not by the operator's catalogue."""


class FeedState(StrEnum):
    """Whether a feed is polled."""

    ACTIVE = "active"
    DISABLED = "disabled"
    PAUSED = "paused"
    """30 days of errors; told once (rule 34)."""
    GONE = "gone"
    """The server answered 410."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What the next conditional request sends back, byte for byte (rules 8 to 12)."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None
    """The final URL that gave them; they are never sent to another."""
    body_hash: str | None = None
    """SHA-256 of the last whole, parsed body (rule 14)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's facts and its polling state. Times are UTC, intervals in seconds."""

    id: int
    url: str
    title: str
    language: str | None = None
    country: str | None = None
    kind: FeedKind = FeedKind.DAILY
    note: str | None = None
    family: str | None = None
    """Publisher family; outlets of one family count once. None: the host stands for itself."""
    interval_s: int | None = None
    """The operator's own wish; None: adaptive."""
    state: FeedState = FeedState.ACTIVE
    validators: Validators = Validators()
    first_fetched: datetime | None = None
    """None until a first body was parsed: that one alerts nobody (rule 56)."""
    next_check: datetime | None = None
    last_checked: datetime | None = None
    last_success: datetime | None = None
    last_error: str | None = None
    """A short stable word, then detail; None after a success."""
    failing_since: datetime | None = None
    errors: int = 0
    """Failures in a row."""
    delay_s: float | None = None
    """Median time from publication to sight over the last entries."""
    entries_week: int = 0
    redirect_url: str | None = None
    """A permanent redirect under observation (rule 31)."""
    redirect_since: datetime | None = None
    redirect_count: int = 0


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """What is remembered of an entry so that it is told once. ``hash`` covers title and summary."""

    feed_id: int
    key: str
    canonical: str
    title: str
    hash: str
    published: datetime | None
    first_seen: datetime
    last_seen: datetime
    article_id: int | None = None
    edits: int = 0
