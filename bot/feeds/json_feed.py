"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/). Pure; runs in the parser's child."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from urllib.parse import urljoin

from bot.feeds.prolog import BodyRefusedError
from bot.feeds.raw import RawEntry, RawFeed


def read_json_feed(body: bytes, url: str) -> RawFeed:
    """Reads a JSON Feed. Raises BodyRefusedError ``not_a_feed`` or ``malformed``."""
    try:
        document: object = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as e:
        raise BodyRefusedError("malformed", f"no JSON: {e}"[:200]) from e
    if not isinstance(document, dict):
        raise BodyRefusedError("not_a_feed", "JSON, but no object")
    items = document.get("items")
    if not _text(document.get("version")).startswith("https://jsonfeed.org/version/") or not isinstance(items, list):
        raise BodyRefusedError("not_a_feed", "JSON, but no JSON Feed")
    entries = tuple(_entry(item, url) for item in items if isinstance(item, dict))
    return RawFeed(
        entries=entries,
        title=html.escape(_text(document.get("title")), quote=False),
        language=_text(document.get("language")) or None,
        link=_text(document.get("home_page_url")) or None,
    )


def _entry(item: dict[object, object], url: str) -> RawEntry:
    identifier = item.get("id")
    link = _text(item.get("url")) or _text(item.get("external_url"))
    summary = _plain(item.get("summary")) or _text(item.get("content_html")) or _plain(item.get("content_text"))
    return RawEntry(
        guid=str(identifier) if isinstance(identifier, str | int | float) and str(identifier) else None,
        link=urljoin(url, link) if link else None,
        title=_plain(item.get("title")),
        summary=summary,
        published=_date(item.get("date_published")),
        updated=_date(item.get("date_modified")),
        author=_author(item),
        language=_text(item.get("language")) or None,
    )


def _author(item: dict[object, object]) -> str | None:
    authors = item.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return (_text(first.get("name")) or None) if isinstance(first, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plain(value: object) -> str:
    """Plain text as markup, which is what entries hold."""
    return html.escape(_text(value), quote=False)


def _date(value: object) -> float | None:
    try:
        date = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return (date.replace(tzinfo=UTC) if date.tzinfo is None else date).timestamp()
