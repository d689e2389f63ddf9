"""What a message says, free of how it is laid out: values that a sink renders in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model.matches import Hit
from bot.model.stories import Fact, Story


@dataclass(frozen=True, slots=True)
class WatchNote:
    """A watch as an alert names it, with the words of the article that made it fire."""

    watch_id: int
    phrase: str
    score: float
    article_id: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """A story's headline and summary for one interface language; ``original`` is set when no article in it exists."""

    article_id: int
    title: str
    summary: str
    url: str
    lang: str | None
    translated: bool
    """True when title and summary are in the reader's language."""
    original_title: str | None = None


@dataclass(frozen=True, slots=True)
class AlertContent:
    """An alert, or an update of one (``facts`` says what is new; ``earlier`` is the jump link of the first message)."""

    story: Story
    face: Face
    watches: tuple[WatchNote, ...]
    mention_role: int | None = None
    facts: tuple[Fact, ...] = ()
    earlier: str | None = None
    followed: bool = False
    muted: bool = False
    merged_into: str | None = None
    """Jump link of the message that took this one's story over, if any."""


@dataclass(frozen=True, slots=True)
class DigestItem:
    story: Story
    face: Face
    new: bool
    """True when nothing of this story was told to this destination before."""
    added: int = 0
    """Articles that came since the last digest."""


@dataclass(frozen=True, slots=True)
class DigestGroup:
    watch_id: int
    phrase: str
    items: tuple[DigestItem, ...]


@dataclass(frozen=True, slots=True)
class DigestContent:
    """What is new for a destination between two times, grouped by watch, then story."""

    since: datetime
    until: datetime
    groups: tuple[DigestGroup, ...]
    part: int = 1
    parts: int = 1
    late: bool = False
    catch_up: bool = False
    """True for the digest that holds what an outage or a burst kept back."""
    sample: bool = False


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """A notice from Vigie: a catalogue key and its values."""

    key: str
    values: tuple[tuple[str, str], ...] = ()


Content = AlertContent | DigestContent | NoticeContent
