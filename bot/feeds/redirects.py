"""The redirect loop's decisions, without the requests (rules 29 to 33)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

from yarl import URL

from bot.feeds.guard import HostPort, check_url, is_private_pair, to_url
from bot.model.errors import FetchError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Trail:
    """The addresses asked so far, the newest last, and the statuses that led from one to the next."""

    urls: tuple[URL, ...]
    statuses: tuple[int, ...] = ()

    @property
    def here(self) -> URL:
        return self.urls[-1]

    @property
    def permanent(self) -> bool:
        """Whether the whole chain is permanent (rule 31)."""
        return bool(self.statuses) and all(status in PERMANENT for status in self.statuses)


def follow(
    trail: Trail,
    status: int,
    location: str | None,
    *,
    limit: int,
    allowed: Collection[HostPort] = (),
    url_chars: int = 2048,
) -> Trail:
    """The trail with the redirect's target added.

    Raises FetchError ``redirect`` (loop, too many, no or unreadable target), ``downgrade`` (https to http), or what
    ``guard.check_url`` says of the target.
    """
    if not location:
        raise FetchError("redirect", f"{status} without a Location")
    if len(location) > url_chars:
        raise FetchError("redirect", f"a target longer than {url_chars} characters")
    target = _target(trail.here, location)
    check_url(target, allowed=allowed, url_chars=url_chars)
    if trail.here.scheme == "https" and target.scheme == "http":
        raise FetchError("downgrade", "a redirect from https to http")
    if is_private_pair(target, allowed) and not is_private_pair(trail.here, allowed):
        raise FetchError("private_address", "a redirect from a public to a private address")
    if target in trail.urls:
        raise FetchError("redirect", "the redirects lead in a circle")
    if len(trail.urls) > limit:
        raise FetchError("redirect", f"more than {limit} redirects")
    return Trail((*trail.urls, target), (*trail.statuses, status))


def _target(here: URL, location: str) -> URL:
    """Resolves a Location header (RFC 9110 §10.2.2). Bytes that are no UTF-8 arrive as surrogates and are percent-encoded."""
    try:
        location.encode()
    except UnicodeEncodeError:
        location = quote(location.encode("utf-8", "surrogateescape"), safe="".join(map(chr, range(0x21, 0x7F))))
    try:
        return here.join(to_url(location)).with_fragment(None)
    except (ValueError, FetchError) as e:
        raise FetchError("redirect", f"an unreadable target: {e}") from e
