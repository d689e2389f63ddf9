"""Watches, who owns them, and where what they catch goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum


class Strictness(StrEnum):
    """How near the words must be: the lowest score that counts (docs/matching.md)."""

    STRICT = "strict"
    NORMAL = "normal"
    WIDE = "wide"

    @property
    def threshold(self) -> float:
        """The score, 0 to 100, from which an article matches."""
        return {Strictness.STRICT: 85.0, Strictness.NORMAL: 76.0, Strictness.WIDE: 65.0}[self]


class Mode(StrEnum):
    """How a subscription is delivered."""

    INSTANT = "instant"
    DIGEST = "digest"
    BOTH = "both"

    @property
    def alerts(self) -> bool:
        return self is not Mode.DIGEST

    @property
    def digests(self) -> bool:
        return self is not Mode.INSTANT


class OwnerKind(StrEnum):
    MEMBER = "member"
    GUILD = "guild"


@dataclass(frozen=True, slots=True)
class Owner:
    """A member (Discord user id) or a server (guild id)."""

    kind: OwnerKind
    id: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A phrase somebody wants to be told about. It belongs to a member or to a server's channel."""

    id: int
    owner: Owner
    phrase: str
    lang: str | None = None
    """The language the phrase was typed in, where known: it breaks ties between languages."""
    strictness: Strictness = Strictness.NORMAL
    exclude: tuple[str, ...] = ()
    """Words or phrases whose presence takes an article out."""
    languages: tuple[str, ...] = ()
    """Only articles in these languages; empty: all."""
    preset: str | None = None
    created: datetime | None = None
    created_by: int | None = None
    """Discord user id, for channel watches: who added it."""
    paused: bool = False


class DestinationKind(StrEnum):
    TEXT = "text"
    ANNOUNCEMENT = "announcement"
    FORUM = "forum"
    THREAD = "thread"
    DM = "dm"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to ``end`` by the clock of the destination's zone; over midnight when start > end."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Destination:
    """A place messages go: a channel of a server, or a member's direct messages.

    Exactly one of ``channel_id`` (with ``guild_id``) and ``user_id`` is set; a terminal has neither.
    """

    id: int
    kind: DestinationKind
    guild_id: int | None = None
    channel_id: int | None = None
    user_id: int | None = None
    language: str = "fr"
    timezone: str = "Europe/Paris"
    quiet: QuietHours | None = None
    budget: int | None = None
    """Alerts a day; None: no limit."""
    blocked_code: int | None = None
    """Discord's code that stopped it; None while it works."""
    blocked_since: datetime | None = None
    blocked_notified: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where and how a watch is delivered."""

    id: int
    watch_id: int
    destination_id: int
    mode: Mode = Mode.INSTANT
    mention_role: int | None = None
    """Discord role id, mentioned once a story."""


@dataclass(frozen=True, slots=True)
class DigestSchedule:
    """When a destination gets its digests: local times, ISO weekdays (1 Monday to 7 Sunday), IANA zone."""

    id: int
    destination_id: int
    times: tuple[time, ...]
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    timezone: str = "Europe/Paris"
    cursor: datetime | None = None
    """What is newer than this is new for the next digest; moves only when a digest was confirmed."""
