"""What is kept about people and servers: their settings, their marks on stories, and what they said about alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.watches import QuietHours


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """A member's own settings. They are copied to the member's direct-message destination by the services."""

    user_id: int
    language: str | None = None
    """Interface language; None: the one Discord tells."""
    timezone: str | None = None
    """IANA zone; None: the default one."""
    quiet: QuietHours | None = None
    budget: int | None = None
    """Alerts a day; None: no limit."""


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """A server's settings: the defaults of its channels."""

    guild_id: int
    language: str = "fr"
    timezone: str = "Europe/Paris"
    welcomed: bool = False
    """True once the greeting with the first steps was sent."""


class Mark(StrEnum):
    """What a destination asked for a story."""

    FOLLOW = "follow"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A reader found an alert not relevant, and the watch became stricter; ``before`` is what an undo goes back to."""

    id: int
    watch_id: int
    user_id: int
    at: datetime
    before: str
    """``Strictness`` of the watch until then."""
    after: str
    article_id: int | None = None
