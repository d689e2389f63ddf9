"""What response headers say about pace and repetition (RFC 9111, RFC 9110 §10.2.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.feeds.results import PaceHints

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})(?!\d)", re.IGNORECASE)
_SILENT = re.compile(r"(?:^|[,\s])(?:no-cache|no-store)(?![\w-])", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,10}", re.ASCII)
HEADER_CHARS = 1024
"""Of a header's value that are looked at."""


def http_date(text: str | None) -> datetime | None:
    """Reads an HTTP date (RFC 9110 §5.6.7); None when it is none."""
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text[:HEADER_CHARS].strip())
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def retry_after_s(headers: Mapping[str, str], now: datetime, cap_s: float) -> float | None:
    """Seconds to wait after a 429 or 503: Retry-After in seconds, or as a date relative to the response's own Date (rule 21).

    None when it says nothing usable; at most ``cap_s``.
    """
    text = headers.get("Retry-After", "")[:HEADER_CHARS].strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), cap_s)
    until = http_date(text)
    if until is None:
        return None
    wait = (until - (http_date(headers.get("Date")) or now)).total_seconds()
    return min(wait, cap_s) if wait > 0 else None


def fresh_s(headers: Mapping[str, str], cap_s: float) -> float | None:
    """How long the response is fresh: max-age less Age, else Expires less Date (RFC 9111 §4.2.1), capped.

    None when it says nothing about pace: no-cache, no-store, max-age=0, an Expires that is past or unreadable (rule 19).
    """
    control = headers.get("Cache-Control", "")[:HEADER_CHARS]
    if _SILENT.search(control):
        return None
    if found := _MAX_AGE.search(control):
        age = headers.get("Age", "")[:HEADER_CHARS].strip()
        left = float(found[1]) - (float(age) if _SECONDS.fullmatch(age) else 0.0)
    else:
        expires, date = http_date(headers.get("Expires")), http_date(headers.get("Date"))
        if expires is None or date is None:
            return None
        left = (expires - date).total_seconds()
    return min(left, cap_s) if left > 0 else None


def read_hints(
    status: int, headers: Mapping[str, str], now: datetime, *, hint_cap_s: float, retry_cap_s: float
) -> PaceHints:
    """The pace hints of a response. A 429's max-age counts as well (rule 23): the longer of the two is kept."""
    fresh = fresh_s(headers, retry_cap_s if status == 429 else hint_cap_s)
    return PaceHints(
        fresh_s=fresh if status in (200, 304, 429) else None,
        retry_after_s=retry_after_s(headers, now, retry_cap_s) if status in (429, 503) else None,
    )
