"""Makes an entry an article: clean text, language, links and times. Pure; the cleaners are passed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.feeds.links import canonical_link, public_link, source_host
from bot.feeds.options import DAY
from bot.model.articles import Article, Entry
from bot.model.feeds import Feed

AGGREGATORS = frozenset({"news.google.com"})
"""Hosts whose links hide the page they lead to, and whose feeds name its outlet."""
TITLE_WORDS = 14
"""Of the summary, where an entry has no title."""


def make_article(
    entry: Entry,
    feed: Feed,
    now: datetime,
    new_id: Callable[[], int],
    clean: Callable[[str], str],
    detect: Callable[[str, str | None], str | None],
    future_s: float = DAY,
) -> Article:
    """The article of a new entry.

    ``clean`` turns markup into text; ``detect`` names the language of a text, given the feed's own word for it. The date is the time first
    seen where the entry has none, or one more than ``future_s`` ahead (rules 50, 51).
    """
    title, summary = clean(entry.title), clean(entry.summary)
    if not title:
        words = summary.split()
        title = " ".join(words[:TITLE_WORDS]) + ("…" if len(words) > TITLE_WORDS else "")
    hint = primary_subtag(entry.language) or primary_subtag(feed.language)
    url = public_link(entry.link)
    ahead = now + timedelta(seconds=future_s)
    return Article(
        id=new_id(),
        title=title,
        summary=summary,
        lang=detect(f"{title}\n{summary}", hint),
        url=url,
        canonical=canonical_link(url),
        source=_source(entry, url) or source_host(feed.url),
        published=now if entry.published is None or entry.published > ahead else entry.published,
        seen=now,
        feed_id=feed.id or None,
    )


def _source(entry: Entry, url: str) -> str:
    """The host of the page; for an aggregator's own address, the outlet it names. Nobody else may name another as the source."""
    host = source_host(url)
    return (source_host(public_link(entry.source)) or host) if host in AGGREGATORS else host


def primary_subtag(tag: str | None) -> str | None:
    """The language of a tag like ``fr-FR`` (RFC 5646), None when it is no such tag."""
    first = (tag or "").replace("_", "-").partition("-")[0].strip().lower()
    return first if first.isascii() and first.isalpha() and len(first) in (2, 3) else None
