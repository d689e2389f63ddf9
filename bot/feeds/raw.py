"""The plain data that goes from the parser's child to its parent, and the wire between them.

A message is four bytes of length (big-endian) and UTF-8 JSON. A request's JSON names the length of the body that follows it.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass

LENGTH = struct.Struct(">I")
MESSAGE_BYTES = 32 * 1024 * 1024
"""The largest answer a parent accepts: 500 entries at their bounds stay well below."""
GUID_CHARS = 1024
LINK_CHARS = 2048
NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as read, markup and all. Times are POSIX seconds."""

    guid: str | None
    link: str | None
    title: str
    summary: str
    published: float | None = None
    updated: float | None = None
    author: str | None = None
    language: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed as read."""

    entries: tuple[RawEntry, ...]
    title: str = ""
    language: str | None = None
    link: str | None = None
    whole: bool = True
    warning: str | None = None
    ignored: int = 0
    ttl_s: float | None = None
    update_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A request to the child: ``task`` is ``feed``, ``page`` (autodiscovery) or ``list`` (OPML)."""

    task: str
    size: int
    url: str = ""
    content_type: str = ""
    link_header: str = ""
    cpu_s: int = 3
    entries: int = 500
    title_chars: int = 1000
    summary_chars: int = 8000


def pack(value: object) -> bytes:
    """Frames a JSON value."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return LENGTH.pack(len(data)) + data


def pack_job(job: Job) -> bytes:
    return pack(asdict(job))


def unpack_job(data: bytes) -> Job:
    return Job(**json.loads(data))


def feed_fields(feed: RawFeed) -> list[object]:
    """A feed as JSON rows: entries as lists, since five hundred repeat the same names."""
    rows = [
        [e.guid, e.link, e.title, e.summary, e.published, e.updated, e.author, e.language, e.source]
        for e in feed.entries
    ]
    head = [feed.title, feed.language, feed.link, feed.whole, feed.warning, feed.ignored, feed.ttl_s, feed.update_s]
    return [rows, *head, feed.skip_hours, feed.skip_days]


def feed_from_fields(fields: list[object]) -> RawFeed:
    """The reverse of ``feed_fields``."""
    rows, title, language, link, whole, warning, ignored, ttl_s, update_s, hours, days = fields
    if not isinstance(rows, list) or not isinstance(hours, list) or not isinstance(days, list):
        raise TypeError("an answer of the parser that is not one")
    return RawFeed(
        tuple(RawEntry(*row) for row in rows),
        str(title),
        _text(language),
        _text(link),
        bool(whole),
        _text(warning),
        int(str(ignored)),
        _number(ttl_s),
        _number(update_s),
        tuple(hours),
        tuple(days),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
