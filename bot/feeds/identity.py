"""Which entries of a fetched feed are new, edited or known (rules 44 to 57). Pure: the state goes in, a plan comes out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.feeds.links import canonical_link, names_a_page
from bot.feeds.options import FetchSettings
from bot.model.articles import Entry
from bot.model.feeds import Feed, SeenEntry

KEY_CHARS = 255
TOUCH_AFTER = timedelta(days=1)
"""How stale ``last_seen`` may be: a listed entry is not written at every fetch for ninety days of precision."""


class Route(StrEnum):
    """What may become of a new entry."""

    ALERT = "alert"
    DIGEST = "digest"
    """More came at once than may alert: it is left to one digest (rule 57)."""
    SILENT = "silent"
    """Recorded and searchable, told to nobody."""


class Why(StrEnum):
    """Why a new entry does not alert; for /why."""

    FIRST_FETCH = "first_fetch"
    MASS_CHANGE = "mass_change"
    OLD = "old"
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be made an article. ``seen`` wants the article's id before it is stored; ``published`` is the date to use."""

    entry: Entry
    seen: SeenEntry
    published: datetime
    route: Route = Route.ALERT
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class EditedEntry:
    """A known entry whose title or summary changed: its article is to be updated, nobody is alerted (rule 48)."""

    entry: Entry
    seen: SeenEntry


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """What a fetch brings, oldest first. Everything in it is to be stored in one transaction with the feed's new state."""

    new: tuple[NewEntry, ...] = ()
    edited: tuple[EditedEntry, ...] = ()
    touched: tuple[SeenEntry, ...] = ()
    """Further records to store: entries still listed, and entries that go on under another key."""
    known: int = 0
    """Entries that bring nothing."""
    mass_change: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a feed's entries. ``newest`` is the newest date of any entry known of the feed."""

    by_key: dict[str, SeenEntry]
    by_link: dict[str, tuple[SeenEntry, ...]]
    newest: datetime | None = None
    empty: bool = False
    """True when no entry of the feed is known at all: then nothing can have been rewritten (rule 46)."""

    @classmethod
    def of(cls, seen: Iterable[SeenEntry], newest: datetime | None = None, *, empty: bool = False) -> Known:
        """From the records whose key or canonical link a fetched document names; see ``wanted``. Give ``newest`` when these are not
        all records of the feed: without it, the newest of them is taken."""
        by_key: dict[str, SeenEntry] = {}
        by_link: dict[str, tuple[SeenEntry, ...]] = {}
        for one in seen:
            by_key[one.key] = one
            if one.canonical:
                by_link[one.canonical] = (*by_link.get(one.canonical, ()), one)
            if one.published is not None and (newest is None or one.published > newest):
                newest = one.published
        return cls(by_key, by_link, newest, empty)


def wanted(entries: Iterable[Entry]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys and canonical links by which the store is to be asked for known records."""
    listed = tuple(entries)
    keys = frozenset(e.key for e in listed)
    return keys, frozenset(link for e in listed if (link := canonical_link(e.link)))


def key_entries(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Gives each entry its key within the feed: the guid if it is unique in the document, a repeated guid with the link, else the
    link, else a hash of title and content (rule 44, Miniflux's rule). An entry that is listed twice has the same key twice."""
    listed = tuple(entries)
    guids = Counter(e.guid for e in listed if e.guid)
    keys = [_key(entry, guids) for entry in listed]
    titles: dict[str, set[str]] = {}
    for key, entry in zip(keys, listed, strict=True):
        titles.setdefault(key, set()).add(_fold(entry.title))
    # Several stories under one address and without own guids (a live ticker): none may hide another.
    return tuple(
        replace(e, key=_short(key if len(titles[key]) == 1 else f"{key}|{content_hash(_fold(e.title), '')[:16]}"))
        for key, e in zip(keys, listed, strict=True)
    )


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each entry once, where a document lists it twice: the newest of both, in the place of the first."""
    found: dict[str, Entry] = {}
    for entry in entries:
        first = found.get(entry.key)
        if first is None or _newer(entry.published, first.published):
            found[entry.key] = entry
    return tuple(found.values())


def _key(entry: Entry, guids: Counter[str]) -> str:
    if entry.guid and (guids[entry.guid] == 1 or not entry.link):
        return entry.guid
    if entry.guid:
        return f"{entry.guid}|{entry.link}"
    return entry.link or "hash:" + content_hash(entry.title, entry.summary)


def content_hash(title: str, summary: str) -> str:
    """SHA-256 over title and summary, blanks folded."""
    text = " ".join(title.split()) + "\0" + " ".join(summary.split())
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def sort_entries(
    feed: Feed, known: Known, entries: Iterable[Entry], now: datetime, settings: FetchSettings
) -> EntryPlan:
    """Compares a fetched document with what is known of the feed. An entry without a word waits until it has some."""
    listed = _once(e for e in entries if e.title.strip() or e.summary.strip())
    sorter = _Sorter(feed, known, _links_not_naming(listed), now, settings)
    # Where the dates are equal, the later in the document is taken for the older.
    for _, entry in sorted(enumerate(listed), key=lambda one: (sorter.date(one[1]), -one[0])):
        sorter.add(entry)
    return sorter.plan(len(listed))


def forget_before(now: datetime, settings: FetchSettings) -> datetime:
    """Records whose ``last_seen`` is older may be deleted: what vanishes and returns within 90 days stays seen (rule 54)."""
    return now - timedelta(seconds=settings.keep_seen_s) - TOUCH_AFTER


class _Sorter:
    """Sorts one document's entries, oldest first, each against the records and against those before it."""

    def __init__(
        self, feed: Feed, known: Known, shared_links: frozenset[str], now: datetime, settings: FetchSettings
    ) -> None:
        self._feed = feed
        self._known = known
        self._shared_links = shared_links
        self._now = now
        self._settings = settings
        self._fresh_links: dict[str, SeenEntry] = {}
        self._new: list[NewEntry] = []
        self._edited: list[EditedEntry] = []
        self._touched: dict[str, SeenEntry] = {}
        self._unknown_keys = 0
        self._nothing = 0

    def date(self, entry: Entry) -> datetime:
        """The date that counts: the entry's own, or now where it has none or one more than a day ahead (rules 50, 51)."""
        return self._usable(entry) or self._now

    def _usable(self, entry: Entry) -> datetime | None:
        limit = self._now + timedelta(seconds=self._settings.future_s)
        return None if entry.published is None or entry.published > limit else entry.published

    def add(self, entry: Entry) -> None:
        link = canonical_link(entry.link)
        record = self._known.by_key.get(entry.key)
        if record is None:
            self._unknown_keys += 1
            same = self._same_page(entry, link)
            if same is None:
                self._add_new(entry, link)
            else:
                self._move(entry, link, same)
        elif self._is_new_story(entry, link, record):
            # The old story goes on under a key of its own, so that its link stays known.
            kept = _short(f"{record.key}|{record.canonical}")
            self._touched[kept] = replace(record, key=kept)
            self._add_new(entry, link)
        else:
            self._compare(entry, record, replace(record, last_seen=self._now))

    def _same_page(self, entry: Entry, link: str) -> SeenEntry | None:
        """The record of the page this entry with an unknown key links to (rule 45)."""
        if not names_a_page(link):
            return None
        there = (*self._known.by_link.get(link, ()), *((self._fresh_links[link],) if link in self._fresh_links else ()))
        if link in self._shared_links:
            # Several stories of this document link to the same page (a live ticker): the link alone identifies none of them.
            there = tuple(r for r in there if _fold(r.title) == _fold(entry.title))
        return there[-1] if there else None

    def _is_new_story(self, entry: Entry, link: str, record: SeenEntry) -> bool:
        """Rule 47: a known guid with another link, another title and a newer date."""
        date = self._usable(entry)
        newer = date is not None and date > (record.published or record.first_seen)
        if not (newer and link and link != record.canonical and _fold(entry.title) != _fold(record.title)):
            return False
        return self._same_page(entry, link) is None

    def _add_new(self, entry: Entry, link: str) -> None:
        seen = SeenEntry(
            feed_id=self._feed.id,
            key=entry.key,
            canonical=link,
            title=entry.title,
            hash=content_hash(entry.title, entry.summary),
            published=self._usable(entry),
            first_seen=self._now,
            last_seen=self._now,
        )
        if link:
            self._fresh_links[link] = seen
        self._new.append(NewEntry(entry, seen, self.date(entry)))

    def _move(self, entry: Entry, link: str, record: SeenEntry) -> None:
        """A known page under an unknown key: the key is learnt, the article stays the same one."""
        moved = replace(record, key=entry.key, canonical=link, last_seen=self._now)
        if record.first_seen == self._now and record.article_id is None:
            # Twice in this document: nothing to compare with yet, and no article to point to.
            self._nothing += 1
            return
        self._touched[entry.key] = moved
        self._compare(entry, record, moved)

    def _compare(self, entry: Entry, record: SeenEntry, seen: SeenEntry) -> None:
        changed = content_hash(entry.title, entry.summary)
        if changed != record.hash and record.edits < self._settings.edits:
            self._touched.pop(seen.key, None)
            self._edited.append(
                EditedEntry(entry, replace(seen, title=entry.title, hash=changed, edits=record.edits + 1))
            )
            return
        self._nothing += 1
        if self._now - record.last_seen >= TOUCH_AFTER:
            self._touched[seen.key] = seen

    def plan(self, window: int) -> EntryPlan:
        first = self._feed.first_fetched is None
        many = (
            self._unknown_keys >= self._settings.mass_least and self._unknown_keys >= window * self._settings.mass_share
        )
        mass = many and not first and not self._known.empty
        routed = [self._route(new, first, mass) for new in self._new]
        alerting = [i for i, new in enumerate(routed) if new.route is Route.ALERT]
        for i in alerting[: -self._settings.alerts_per_check]:
            routed[i] = replace(routed[i], route=Route.DIGEST, why=Why.BURST)
        return EntryPlan(tuple(routed), tuple(self._edited), tuple(self._touched.values()), self._nothing, mass)

    def _route(self, new: NewEntry, first: bool, mass: bool) -> NewEntry:
        if first:
            return replace(new, route=Route.SILENT, why=Why.FIRST_FETCH)
        if self._now - new.published > timedelta(seconds=self._settings.old_after_s):
            return replace(new, route=Route.SILENT, why=Why.OLD)
        if mass and not (self._known.newest is not None and _newer(self._usable(new.entry), self._known.newest)):
            return replace(new, route=Route.SILENT, why=Why.MASS_CHANGE)
        return new


def _links_not_naming(entries: tuple[Entry, ...]) -> frozenset[str]:
    """Links that entries with different titles share."""
    titles: dict[str, set[str]] = {}
    for entry in entries:
        if link := canonical_link(entry.link):
            titles.setdefault(link, set()).add(_fold(entry.title))
    return frozenset(link for link, found in titles.items() if len(found) > 1)


def _newer(date: datetime | None, than: datetime | None) -> bool:
    return date is not None and (than is None or date > than)


def _fold(title: str) -> str:
    return " ".join(title.split()).casefold()


def _short(key: str) -> str:
    """A key within its bound; cutting would make one of several."""
    return key if len(key) <= KEY_CHARS else "sha256:" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
