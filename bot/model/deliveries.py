"""Deliveries: the durable record of one message to one destination, and its allowed moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryKind(StrEnum):
    ALERT = "alert"
    """The one message a destination gets for a story."""
    UPDATE = "update"
    """A new message for the same story because of a new fact."""
    DIGEST = "digest"
    NOTICE = "notice"
    """From Vigie to an owner (a blocked destination, a feed that stopped)."""


class DeliveryState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    """The request is, or was when the process died, under way: it may have been carried out."""
    SENT = "sent"
    HELD = "held"
    """Quiet hours or budget; released later or moved to a digest."""
    BLOCKED = "blocked"
    """The destination cannot be reached; planned again when it is mended."""
    DROPPED = "dropped"
    """Final without a message: muted, erased, expired, merged. The reason says which."""


MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PLANNED: frozenset(
        {DeliveryState.SENDING, DeliveryState.HELD, DeliveryState.BLOCKED, DeliveryState.DROPPED}
    ),
    DeliveryState.SENDING: frozenset(
        {DeliveryState.SENT, DeliveryState.PLANNED, DeliveryState.BLOCKED, DeliveryState.DROPPED, DeliveryState.SENDING}
    ),
    DeliveryState.HELD: frozenset({DeliveryState.PLANNED, DeliveryState.DROPPED}),
    DeliveryState.BLOCKED: frozenset({DeliveryState.PLANNED, DeliveryState.DROPPED}),
    DeliveryState.SENT: frozenset(),
    DeliveryState.DROPPED: frozenset(),
}
"""The allowed moves. ``SENT`` and ``DROPPED`` are final."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one destination. ``key`` is unique: it is what makes a repetition impossible.

    Keys: ``alert:{destination}:{story}``, ``update:{destination}:{story}:{number}``, ``digest:{destination}:{local date}:{slot}:{part}``,
    ``notice:{...}``.
    """

    id: int
    key: str
    kind: DeliveryKind
    destination_id: int
    story_id: int | None
    nonce: str
    """Up to 25 characters, unique per delivery and destination, recorded before the first attempt."""
    state: DeliveryState
    created: datetime
    due: datetime
    """Not before this time."""
    attempts: int = 0
    first_attempt: datetime | None = None
    """When the nonce was first sent: Discord honours it for a few minutes from here."""
    reason: str | None = None
    """Why it is held, blocked or dropped: a short stable word, then detail."""
    sent: datetime | None = None
    channel_id: int | None = None
    message_id: int | None = None
    thread_id: int | None = None
    wanted: int = 1
    """Revision of the content that should be shown."""
    shown: int = 0
    """Revision of the content that Discord confirmed."""
    edit_due: datetime | None = None
    last_edit: datetime | None = None
    watch_ids: tuple[int, ...] = ()
    """The watches that asked for it."""
    payload: str | None = None
    """JSON for what cannot be rebuilt from the story: a digest's items and period, a notice's key and values."""
