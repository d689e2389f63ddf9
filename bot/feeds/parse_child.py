"""The parser's child process: reads jobs from standard input, answers on standard output, holds limits on itself.

Run as ``python -m bot.feeds.parse_child`` by ``bot.feeds.parse``. The only module that imports feedparser. Hostile bodies may hang it
or blow it up: that is what it is for. It has no secrets in its environment, writes no files and opens no connections.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import math
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import feedparser
from feedparser.mixin import _FeedParserMixin

from bot.feeds.discovery import find_feeds
from bot.feeds.json_feed import read_json_feed
from bot.feeds.opml import read_opml
from bot.feeds.prolog import BodyRefusedError, strip_prolog
from bot.feeds.raw import (
    GUID_CHARS,
    LENGTH,
    LINK_CHARS,
    NAME_CHARS,
    Job,
    RawEntry,
    RawFeed,
    feed_fields,
    pack,
    unpack_job,
)

if sys.platform != "win32":  # Windows has no such limits: the parent's clock alone holds there
    import resource

AUTHOR_CHARS = 512
EARLIEST = 788918400.0
"""1995-01-01: an older date is a default (the epoch, a year 1), not a date."""
PERIODS_S = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0, "monthly": 2592000.0, "yearly": 31536000.0}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CONTROL = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (0x09, 0x0A, 0x0D, 0x85)}
_ROOT_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>\s*(?:<!--[^>]*-->\s*)*\Z", re.IGNORECASE)


def read_feed(body: bytes, job: Job) -> RawFeed:
    """Reads a feed body of any format. Raises BodyRefusedError."""
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")):
        return _bounded(read_json_feed(body, job.url), job)
    document, root, junk = strip_prolog(body)
    if root == "html":
        raise BodyRefusedError("html_page", "an HTML page in place of a feed")
    headers = {"content-type": job.content_type, "content-location": job.url}
    # A stream, never bytes or text: feedparser would open bytes that are a path, and fetch text that is an address.
    found = feedparser.parse(
        io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    entries = [_entry(entry) for entry in found.entries]
    error = found.get("bozo_exception") if found.bozo else None
    if isinstance(error, feedparser.NonXMLContentType):
        error = None  # the Content-Type never decides, and half of all feeds have a wrong one
    malformed = error is not None and not isinstance(
        error, (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    )
    if malformed:
        entries = [e for e in entries if e.title.strip() or e.summary.strip()]  # the last one may have lost its words
    if not entries and malformed:
        raise BodyRefusedError("malformed", _words(error))
    if not entries and not found.version:
        raise BodyRefusedError("not_a_feed", f"the document is <{root[:40]}>")
    feed: Mapping[str, object] = found.feed
    warning = _words(error) if error is not None else ("text before the document" if junk else None)
    raw = RawFeed(
        entries=tuple(entries),
        title=_text(feed.get("title")),
        language=_text(feed.get("language"))[:35] or None,
        link=_text(feed.get("link"))[:LINK_CHARS] or None,
        whole=not malformed or _ROOT_END.search(document[-2048:]) is not None,
        warning=warning,
        ttl_s=_minutes(feed.get("ttl")),
        update_s=_update(feed),
        skip_hours=_skip_hours(document),
        skip_days=_skip_days(document),
    )
    return _bounded(raw, job)


def _entry(entry: Mapping[str, object]) -> RawEntry:
    # dict.get: feedparser's own get() hands out ``published`` where ``updated`` is asked for.
    plain: dict[str, object] = dict(entry)
    published, updated = _seconds(plain.get("published_parsed")), _seconds(plain.get("updated_parsed"))
    summary = _text(plain.get("summary"))
    if not summary.strip() and isinstance(contents := plain.get("content"), list) and contents:
        summary = _text(contents[0].get("value"))
    return RawEntry(
        guid=_text(plain.get("id")).strip() or None,
        link=(_text(plain.get("feedburner_origlink")) or _text(plain.get("link"))).strip() or None,
        title=_text(plain.get("title")),
        summary=summary,
        published=published if published is not None else updated,
        updated=updated,
        author=_text(plain.get("author")) or None,
        language=_text(plain.get("language")) or None,
        source=_text(source.get("href")) or None if isinstance(source := plain.get("source"), Mapping) else None,
    )


def _bounded(feed: RawFeed, job: Job) -> RawFeed:
    """The newest entries, each cut to bounds (rule 43). An entry without a date counts as new, in the order of the document."""
    ranked: Iterable[RawEntry] = feed.entries
    if len(feed.entries) > job.entries:
        newest = sorted(range(len(feed.entries)), key=lambda i: -(feed.entries[i].published or math.inf))[: job.entries]
        ranked = (feed.entries[i] for i in sorted(newest))
    return RawFeed(
        entries=tuple(_cut(entry, job) for entry in ranked),
        title=_clean(feed.title)[: job.title_chars],
        language=feed.language and _clean(feed.language)[:35],
        link=feed.link and _clean(feed.link)[:LINK_CHARS],
        whole=feed.whole,
        warning=feed.warning and _clean(feed.warning),
        ignored=max(0, len(feed.entries) - job.entries),
        ttl_s=feed.ttl_s,
        update_s=feed.update_s,
        skip_hours=feed.skip_hours,
        skip_days=feed.skip_days,
    )


def _cut(entry: RawEntry, job: Job) -> RawEntry:
    guid, link = entry.guid and _clean(entry.guid), entry.link and _clean(entry.link)
    if guid and len(guid) > GUID_CHARS:
        # Cutting would make one of several that differ at the end.
        guid = "sha256:" + hashlib.sha256(guid.encode()).hexdigest()
    return RawEntry(
        guid=guid or None,
        link=link if link and len(link) <= LINK_CHARS else None,
        title=_clean(entry.title)[: job.title_chars],
        summary=_clean(entry.summary[: job.summary_chars * 2])[: job.summary_chars],
        published=entry.published if entry.published is not None and entry.published >= EARLIEST else None,
        updated=entry.updated if entry.updated is not None and entry.updated >= EARLIEST else None,
        author=entry.author and _clean(entry.author)[:NAME_CHARS],
        language=entry.language and _clean(entry.language)[:35],
        source=entry.source and _clean(entry.source)[:LINK_CHARS],
    )


def _clean(text: str) -> str:
    """Without NUL, control characters and lone surrogates, which no database or JSON reader takes."""
    return text.translate(_CONTROL).encode("utf-8", "replace").decode()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(error: object) -> str:
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:200]


def _seconds(value: object) -> float | None:
    if not isinstance(value, time.struct_time):
        return None
    try:
        seconds = calendar.timegm(value)
    except (ValueError, OverflowError):
        return None
    return float(seconds) if 0 < seconds < 7258118400 else None


def _minutes(value: object) -> float | None:
    text = _text(value).strip()
    return float(text) * 60 if text.isascii() and text.isdigit() and 0 < len(text) < 9 and int(text) else None


def _update(feed: Mapping[str, object]) -> float | None:
    """sy:updatePeriod / sy:updateFrequency (RSS 1.0 Syndication module); ``hourly 1`` is WordPress's default and says nothing."""
    period = PERIODS_S.get(_text(feed.get("sy_updateperiod")).strip().lower())
    if period is None:
        return None
    text = _text(feed.get("sy_updatefrequency")).strip()
    times = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1
    update = period / max(times, 1)
    return update if update > PERIODS_S["hourly"] else None


def _skip_hours(document: bytes) -> tuple[int, ...]:
    """RSS 2.0 skipHours, which feedparser keeps only the last of."""
    block = _channel_block(document, b"skipHours")
    return tuple(sorted({int(h) % 24 for h in re.findall(rb"<hour>\s*(\d{1,2})\s*</hour>", block)}))


def _skip_days(document: bytes) -> tuple[int, ...]:
    """RSS 2.0 skipDays as ISO weekdays."""
    block = _channel_block(document, b"skipDays").decode("ascii", "replace").lower()
    return tuple(number for number, day in enumerate(DAYS, 1) if f"{day}</day>" in block.replace(" ", ""))


def _channel_block(document: bytes, name: bytes) -> bytes:
    start = document.find(b"<" + name + b">")
    end = document.find(b"</" + name + b">", start)
    return document[start : min(end, start + 4096)] if 0 <= start < end else b""


def _cap_author() -> None:
    """Cuts authors before feedparser looks for an e-mail address in them: its expression is quadratic (kurtmckee/feedparser#562)."""
    original: Callable[..., None] = _FeedParserMixin._sync_author_detail

    def capped(self: _FeedParserMixin, key: str = "author") -> None:
        context = self._get_context()
        author = context.get(key)
        if isinstance(author, str) and len(author) > AUTHOR_CHARS:
            context[key] = author[:AUTHOR_CHARS]
        original(self, key)

    _FeedParserMixin._sync_author_detail = capped


def _limit_self(memory_bytes: int) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _limit_cpu(cpu_s: int) -> None:
    """Allows ``cpu_s`` more seconds of processor time; beyond them the kernel ends the process (SIGXCPU)."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        resource.setrlimit(
            resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + cpu_s, resource.RLIM_INFINITY)
        )


def _resident_bytes() -> int:
    """What the process holds now; 0 where the system does not tell. (ru_maxrss will not do: it counts what the parent held at fork.)"""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize() if sys.platform != "win32" else 0


def answer(job: Job, body: bytes) -> dict[str, object]:
    """Does one job; what is wrong with the body is an answer too."""
    try:
        match job.task:
            case "feed":
                return {"feed": feed_fields(read_feed(body, job))}
            case "page":
                return {"found": [[c.url, c.title] for c in find_feeds(body, job.url, job.link_header)]}
            case "list":
                return {"found": [[c.url, c.title] for c in read_opml(body)]}
            case _:
                return {"error": "bad_job", "detail": job.task}
    except BodyRefusedError as e:
        return {"error": e.reason, "detail": e.detail}
    except MemoryError:
        return {"error": "parser_memory", "detail": "the parser's memory limit"}
    except RecursionError:
        return {"error": "hostile", "detail": "nested too deeply"}
    except Exception as e:  # noqa: BLE001 - a bug that a body provokes in a library is that body's failure, not the child's end
        return {"error": "malformed", "detail": _words(e)}


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers jobs until the input ends."""
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        job = unpack_job(source.read(LENGTH.unpack(head)[0]))
        body = source.read(job.size)
        if len(body) < job.size:
            return
        _limit_cpu(job.cpu_s)
        result = answer(job, body)
        result["resident"] = _resident_bytes()
        sink.write(pack(result))
        sink.flush()


if __name__ == "__main__":
    _cap_author()
    _limit_self(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
