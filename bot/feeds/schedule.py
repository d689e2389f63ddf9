"""When a feed is asked next, and what else a check changes in its state (rules 16 to 28, 31, 34). Pure: time and chance are passed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from yarl import URL

from bot.feeds.health import entries_per_week, median_delay_s
from bot.feeds.identity import EntryPlan
from bot.feeds.links import canonical_feed_url
from bot.feeds.options import DAY, HOUR, FetchSettings
from bot.feeds.results import Checked, Outcome, PaceHints
from bot.model.feeds import Feed, FeedState

DETAIL_CHARS = 200
ENTRIES_PER_INTERVAL = 0.25
"""How many entries one interval may be expected to bring: a feed is asked four times for each."""


def decide_next(
    feed: Feed, checked: Checked, now: datetime, rng: Random, settings: FetchSettings, plan: EntryPlan | None = None
) -> Feed:
    """The feed's state after a check. ``plan``: what the check's entries were found to be, where it had any.

    A state that changes to PAUSED or GONE is to be told to the owners, once: it changes once.
    """
    if checked.outcome is Outcome.TOO_SOON:
        return feed
    if not checked.asked:
        return replace(feed, next_check=_after(now, checked.hints.retry_after_s or settings.interval_s, rng))
    feed = replace(feed, last_checked=now, validators=checked.validators)
    if checked.outcome.success:
        return _after_success(feed, checked, now, rng, settings, plan)
    if checked.outcome is Outcome.GONE:
        return replace(_failed(feed, checked, now), state=FeedState.GONE, next_check=None)
    return _after_failure(feed, checked, now, rng, settings)


def first_check(url: str, now: datetime, settings: FetchSettings) -> datetime:
    """When a feed of a whole list is first asked: spread over the base interval by a hash of its address (rule 26)."""
    return now + timedelta(seconds=_share(url) * settings.interval_s)


def is_due(feed: Feed, now: datetime) -> bool:
    """Whether an active feed is to be asked now; one that was never planned is."""
    return feed.state is FeedState.ACTIVE and (feed.next_check is None or feed.next_check <= now)


def may_force(feed: Feed, now: datetime, settings: FetchSettings) -> bool:
    """Whether a check on demand may ask now: it respects the floor interval, and a time the server asked for (rule 16)."""
    if feed.last_checked is not None and timedelta(0) <= now - feed.last_checked < timedelta(seconds=settings.floor_s):
        return False
    throttled = feed.last_error is not None and feed.last_error.startswith("throttled")
    return not (throttled and feed.next_check is not None and feed.next_check > now)


def base_interval_s(feed: Feed, conditional: bool, settings: FetchSettings) -> float:
    """The feed's own interval: the operator's wish, or by its rate of entries over a week (rule 17).

    15 minutes at one entry an hour and for a feed never read, 5 minutes for the fastest, 6 hours for one that says nothing; at
    least an hour for a feed that gives no validators.
    """
    if feed.interval_s is not None:
        return max(float(feed.interval_s), settings.floor_s)
    if feed.first_fetched is None:
        adaptive = settings.interval_s
    elif feed.entries_week <= 0:
        adaptive = settings.slowest_s
    else:
        adaptive = 7 * DAY / feed.entries_week * ENTRIES_PER_INTERVAL
    adaptive = min(max(adaptive, settings.floor_s), settings.slowest_s)
    return adaptive if conditional or feed.first_fetched is None else max(adaptive, settings.unconditional_s)


def asked_for_s(hints: PaceHints, now: datetime, settings: FetchSettings) -> float:
    """The longest wait that server and feed ask for (rules 18 to 21). Skipped hours and days mean slow, not stop."""
    gmt = now.astimezone(UTC)
    skipped = gmt.hour in hints.skip_hours or gmt.isoweekday() in hints.skip_days
    hinted = max(hints.fresh_s or 0.0, hints.ttl_s or 0.0, hints.update_s or 0.0, HOUR if skipped else 0.0)
    return max(min(hinted, settings.hint_cap_s), min(hints.retry_after_s or 0.0, settings.retry_after_cap_s))


def merge_target(feed: Feed, others: Iterable[Feed]) -> Feed | None:
    """The other feed with the same address, when a permanent redirect made two feeds one (rule 33): the older one stays, the
    subscriptions and records of the other move to it, and nothing is told again."""
    url = canonical_feed_url(URL(feed.url, encoded=True))
    same = (
        other for other in others if other.id != feed.id and canonical_feed_url(URL(other.url, encoded=True)) == url
    )
    return min(same, key=lambda other: other.id, default=None)


def _after_success(
    feed: Feed, checked: Checked, now: datetime, rng: Random, settings: FetchSettings, plan: EntryPlan | None
) -> Feed:
    feed = replace(feed, last_success=now, last_error=None, failing_since=None, errors=0, state=_revived(feed.state))
    if checked.outcome is Outcome.PARSED:
        delay_s = None if plan is None or feed.first_fetched is None else median_delay_s(plan, now)
        feed = replace(
            feed,
            first_fetched=feed.first_fetched or now,
            entries_week=entries_per_week(checked.entries, now),
            delay_s=feed.delay_s if delay_s is None else delay_s,
            language=feed.language or checked.feed_language,
            title=feed.title or checked.feed_title,
        )
    feed = _observe_move(feed, checked, now, settings)
    own_s = base_interval_s(feed, checked.conditional, settings) * _jitter(rng, settings)
    least_s = max(asked_for_s(checked.hints, now, settings), settings.floor_s)
    return replace(feed, next_check=_after(now, max(own_s, least_s), rng))


def _after_failure(feed: Feed, checked: Checked, now: datetime, rng: Random, settings: FetchSettings) -> Feed:
    feed = _failed(feed, checked, now)
    if feed.failing_since is not None and (now - feed.failing_since).total_seconds() >= settings.pause_after_s:
        return replace(feed, state=FeedState.PAUSED, next_check=None)
    own_s = base_interval_s(feed, checked.conditional, settings)
    backoff_s = min(own_s * 2.0 ** min(feed.errors, 20), max(settings.error_cap_s, own_s)) * _jitter(rng, settings)
    # A 429's max-age is a wait as well, beyond the cap for ordinary hints (rule 23).
    fresh_s = checked.hints.fresh_s if checked.outcome is Outcome.THROTTLED else None
    least_s = max(asked_for_s(checked.hints, now, settings), fresh_s or 0.0, settings.floor_s)
    return replace(feed, next_check=_after(now, max(min(backoff_s, settings.error_cap_s), least_s), rng))


def _failed(feed: Feed, checked: Checked, now: datetime) -> Feed:
    error = f"{checked.reason}: {checked.detail}" if checked.detail else str(checked.reason)
    return replace(
        feed, errors=feed.errors + 1, failing_since=feed.failing_since or now, last_error=error[:DETAIL_CHARS]
    )


def _observe_move(feed: Feed, checked: Checked, now: datetime, settings: FetchSettings) -> Feed:
    """Rule 31: a permanent redirect replaces the stored address only after its target proved itself for days; at once from http to
    https of the same address. A captive portal's 301 must not destroy a list."""
    facts = checked.redirect
    if facts is None or not facts.permanent or facts.final_url == feed.url:
        return replace(feed, redirect_url=None, redirect_since=None, redirect_count=0)
    since, count = (
        (feed.redirect_since or now, feed.redirect_count + 1) if feed.redirect_url == facts.final_url else (now, 1)
    )
    proven = count >= settings.move_checks and (now - since).total_seconds() >= settings.move_after_s
    if proven or _only_gains_tls(feed.url, facts.final_url):
        return replace(feed, url=facts.final_url, redirect_url=None, redirect_since=None, redirect_count=0)
    return replace(feed, redirect_url=facts.final_url, redirect_since=since, redirect_count=count)


def _only_gains_tls(old: str, new: str) -> bool:
    before, after = URL(old, encoded=True), URL(new, encoded=True)
    same = (before.raw_host, before.raw_path_qs) == (after.raw_host, after.raw_path_qs)
    return same and (before.scheme, after.scheme) == ("http", "https") and before.port == 80 and after.port == 443


def _revived(state: FeedState) -> FeedState:
    """A paused or gone feed that answers again, because somebody asked for a check, is polled again."""
    return FeedState.ACTIVE if state in (FeedState.PAUSED, FeedState.GONE) else state


def _jitter(rng: Random, settings: FetchSettings) -> float:
    """A factor 10 to 25 % below or above one (rule 26)."""
    size = rng.uniform(settings.jitter_low, settings.jitter_high)
    return 1.0 + (size if rng.random() < 0.5 else -size)


def _after(now: datetime, delay_s: float, rng: Random) -> datetime:
    """``now`` plus the delay, a little later (a wait that was asked for is never cut short), and never on the hour."""
    at = now + timedelta(seconds=delay_s + rng.uniform(0.0, min(30.0, delay_s * 0.02)))
    return at + timedelta(seconds=rng.uniform(60.0, 300.0)) if at.minute == 0 else at


def _share(url: str) -> float:
    return int.from_bytes(hashlib.sha256(url.encode("utf-8", "replace")).digest()[:8], "big") / 2**64


def rebased(feed: Feed, now: datetime, settings: FetchSettings) -> Feed:
    """The feed with a next check that makes sense at a process's start (rule 28).

    Planned times are kept by the wall clock, so they survive a restart (rule 27). If that clock was set back since, the wait that was meant
    counts; a wait longer than any server may ask for is cut to that.
    """
    if feed.next_check is None:
        return feed
    wait = feed.next_check - now
    if feed.last_checked is not None and feed.last_checked > now:
        wait = feed.next_check - feed.last_checked
    longest = timedelta(seconds=settings.retry_after_cap_s + HOUR)
    planned = now + min(max(wait, timedelta(0)), longest)
    return feed if feed.next_check <= now or planned == feed.next_check else replace(feed, next_check=planned)
