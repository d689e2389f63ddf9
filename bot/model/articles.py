"""Entries as feeds give them, and articles as Vigie keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as the guarded parser gives it: plain text fields still as markup, nothing trusted.

    ``key`` is the entry's identity within its feed (docs/architecture.md, «Identity»).
    """

    key: str
    guid: str | None
    link: str | None
    title: str
    summary: str
    published: datetime | None
    """As the feed dates it (UTC), None when it gives no usable date."""
    updated: datetime | None = None
    author: str | None = None
    language: str | None = None
    source: str | None = None
    """The page of the outlet an aggregator names for the entry (RSS ``source``); as hostile as any link."""


@dataclass(frozen=True, slots=True)
class Article:
    """An entry made comparable: clean text, language, canonical link, times. Times are UTC."""

    id: int
    title: str
    summary: str
    lang: str | None
    """ISO 639-1 code, None when unknown."""
    url: str
    """Where a reader is sent (http or https), empty when the entry has no usable link."""
    canonical: str
    """The link reduced to what identifies the page; empty like ``url``."""
    source: str
    """Host of the page, without ``www.``."""
    published: datetime
    """The entry's date, or the time first seen where it has none or one in the future."""
    seen: datetime
    """When Vigie first saw it."""
    feed_id: int | None = None
    edited: datetime | None = None
    """When its title or summary last changed in the feed."""
