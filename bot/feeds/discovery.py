"""Autodiscovery: the feeds that an HTML page names (rule 62). Pure; runs in the parser's child, because pages are hostile too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from bot.feeds.guard import check_url, to_url
from bot.feeds.results import Candidate
from bot.model.errors import FetchError

FEED_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json",
})  # fmt: skip
CANDIDATES = 5
LINKS_READ = 200
TITLE_CHARS = 200
_LINK_HEADER = re.compile(r"<([^<>]{1,2048})>([^<>]{0,2048})")
_PARAMETER = re.compile(r';\s*(\w+)\s*=\s*(?:"([^"]{0,512})"|([^\s;,"]{1,512}))')
_COMMENTS = re.compile(r"comment|commentaire|komment|комент|коммент|replies", re.IGNORECASE)


def find_feeds(page: bytes, url: str, link_header: str = "") -> tuple[Candidate, ...]:
    """The feeds that a page at ``url`` names by ``<link rel=alternate>`` or by its Link header (RFC 8288), at most five.

    Relative addresses go by ``<base>``. Feeds of comments come last. No address is guessed, and each passes ``guard.check_url``.
    """
    found: dict[str, Candidate] = {}
    for address, title in (*_from_header(link_header, url), *_from_page(page, url)):
        try:
            target = to_url(address)
            check_url(target)
        except FetchError:
            continue
        found.setdefault(str(target), Candidate(str(target), " ".join(title.split())[:TITLE_CHARS]))
    ranked = sorted(found.values(), key=lambda c: bool(_COMMENTS.search(c.title) or _COMMENTS.search(URL(c.url).path)))
    return tuple(ranked[:CANDIDATES])


def _from_header(header: str, url: str) -> Iterator[tuple[str, str]]:
    for target, rest in _LINK_HEADER.findall(header):
        named = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
        if "alternate" in named.get("rel", "").lower().split() and _is_feed_type(named.get("type", "")):
            yield _join(url, target), named.get("title", "")


def _from_page(page: bytes, url: str) -> Iterator[tuple[str, str]]:
    tree = LexborHTMLParser(page)
    base = tree.css_first("base[href]")
    if base is not None:
        url = _join(url, base.attributes.get("href") or "")
    for node in tree.css("link[href]")[:LINKS_READ]:
        facts = {name.lower(): value or "" for name, value in node.attributes.items()}
        if "alternate" in facts.get("rel", "").lower().split() and _is_feed_type(facts.get("type", "")):
            yield _join(url, facts["href"].strip()), facts.get("title", "")


def _is_feed_type(text: str) -> bool:
    return text.partition(";")[0].strip().lower() in FEED_TYPES


def _join(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return ""
