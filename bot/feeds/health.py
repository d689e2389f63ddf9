"""How a feed is doing, in figures; the words stand in the catalogues. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.feeds.identity import EntryPlan
from bot.feeds.results import Checked
from bot.model.articles import Entry
from bot.model.feeds import Feed, FeedState

WEEK = timedelta(days=7)
DELAY_CAP_S = 2 * 86400.0
"""A longer delay tells of an old entry that turned up, not of the feed's pace."""


@dataclass(frozen=True, slots=True)
class Health:
    """A feed's health. Durations are seconds."""

    state: FeedState
    working: bool
    """The last check succeeded."""
    silent_s: float | None
    """Since the last success; None when there was none."""
    failing_s: float | None
    errors: int
    error: str | None
    delay_s: float | None
    entries_week: int


def health(feed: Feed, now: datetime) -> Health:
    """The health of a feed at ``now``."""
    return Health(
        state=feed.state,
        working=feed.state is FeedState.ACTIVE and feed.errors == 0 and feed.last_success is not None,
        silent_s=None if feed.last_success is None else (now - feed.last_success).total_seconds(),
        failing_s=None if feed.failing_since is None else (now - feed.failing_since).total_seconds(),
        errors=feed.errors,
        error=feed.last_error,
        delay_s=feed.delay_s,
        entries_week=feed.entries_week,
    )


def entries_per_week(entries: Sequence[Entry], now: datetime) -> int:
    """The rate of a feed, judged by the dates in one document.

    A document that reaches back a week is counted; a shorter one is extrapolated. Entries without dates are taken for one day's: their
    feed is rather asked too often than too late.
    """
    dates = [e.published for e in entries if e.published is not None and e.published <= now]
    if not dates:
        return len(entries) * 7
    oldest = min(dates)
    recent = sum(now - date <= WEEK for date in dates)
    if now - oldest >= WEEK:
        return recent
    return round(recent * (WEEK / max(now - oldest, timedelta(hours=1))))


def median_delay_s(plan: EntryPlan, now: datetime) -> float | None:
    """Median time from publication to first sight over the new entries of a fetch; None when none tells."""
    delays: Iterable[float] = (
        (now - new.seen.published).total_seconds()
        for new in plan.new
        if new.seen.published is not None and new.seen.published <= now
    )
    usable = [d for d in delays if d <= DELAY_CAP_S]
    return median(usable) if usable else None


def log_line(feed: Feed, checked: Checked, plan: EntryPlan | None, after: Feed) -> dict[str, str | int | None]:
    """The one line that each fetch leaves (rule 65), as fields for the operator's log and for /feeds."""
    return {
        "feed": feed.id,
        "url": checked.url,
        "outcome": checked.outcome.value,
        "status": checked.status,
        "bytes": checked.wire_bytes,
        "ms": checked.elapsed_ms,
        "entries": len(checked.entries),
        "new": 0 if plan is None else len(plan.new),
        "next": None if after.next_check is None else after.next_check.isoformat(timespec="seconds"),
        "reason": checked.reason or checked.warning,
    }
