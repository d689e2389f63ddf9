"""What a check of a feed yields, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.model.articles import Entry
from bot.model.feeds import Validators


class Outcome(StrEnum):
    """How a check ended."""

    PARSED = "parsed"
    """A new body, parsed; it may be an empty feed."""
    NOT_MODIFIED = "not_modified"
    """304 to a conditional request."""
    UNCHANGED = "unchanged"
    """200 with the very body of last time."""
    FAILED = "failed"
    THROTTLED = "throttled"
    """429, 503 with a Retry-After, or a host that is being left alone after two of them."""
    REFUSED = "refused"
    """401, 403 or a challenge page: the site refuses robots."""
    GONE = "gone"
    """410 at the stored address."""
    TOO_SOON = "too_soon"
    """A check on demand within the floor interval, or before the time the server asked for: nothing was asked."""

    @property
    def success(self) -> bool:
        return self in (Outcome.PARSED, Outcome.NOT_MODIFIED, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class PaceHints:
    """What server and feed say about pace, in seconds; None where they say nothing."""

    fresh_s: float | None = None
    """From Cache-Control: max-age (less Age), else Expires less Date."""
    ttl_s: float | None = None
    """RSS ttl."""
    update_s: float | None = None
    """sy:updatePeriod / sy:updateFrequency; None for ``hourly 1``, which WordPress prints everywhere."""
    retry_after_s: float | None = None
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day in GMT, 0 to 23."""
    skip_days: frozenset[int] = frozenset()
    """ISO weekdays in GMT, 1 Monday to 7 Sunday."""


NO_HINTS = PaceHints()


@dataclass(frozen=True, slots=True)
class RedirectFacts:
    """Where the redirects of a check led."""

    final_url: str
    hops: int = 0
    permanent: bool = False
    """True when there were redirects and each was 301 or 308."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed body as read. ``whole`` is False when the document broke off: its entries count, its validators do not (rule 13)."""

    entries: tuple[Entry, ...] = ()
    title: str = ""
    language: str | None = None
    link: str | None = None
    whole: bool = True
    warning: str | None = None
    """What was wrong with a body that could be read all the same."""
    ignored: int = 0
    """Entries beyond the newest 500."""
    ttl_s: float | None = None
    update_s: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of a feed: what came, and what is to be remembered if it is taken over."""

    outcome: Outcome
    url: str
    """The address that was asked."""
    validators: Validators
    """To be stored in the same transaction as the entries."""
    status: int | None = None
    wire_bytes: int = 0
    body_bytes: int = 0
    elapsed_ms: int = 0
    entries: tuple[Entry, ...] = ()
    feed_title: str = ""
    feed_language: str | None = None
    hints: PaceHints = NO_HINTS
    redirect: RedirectFacts | None = None
    reason: str | None = None
    """A short stable word where it did not succeed."""
    detail: str = ""
    warning: str | None = None
    asked: bool = True
    """False when no request was made (too soon, host held)."""

    @property
    def conditional(self) -> bool:
        """Whether the server gives validators, so that asking often is cheap for it."""
        return self.validators.etag is not None or self.validators.last_modified is not None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that a page or a list names."""

    url: str
    title: str = ""


SAME_TO_MEMBERS = frozenset({"private_address", "connect", "dns", "tls", "reset", "timeout"})


def member_word(reason: str) -> str:
    """The word for an error as a member may see it: refused, closed, unknown and private read the same, so that adding a feed cannot
    be used to scan ports (rule 63)."""
    return "unreachable" if reason in SAME_TO_MEMBERS else reason
