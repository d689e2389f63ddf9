"""Snowflakes: ids that carry their time (Discord docs, reference, "Snowflakes")."""

from __future__ import annotations

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Gives strictly growing ids; ``now`` returns Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> int:
        self._last = max(snowflake(self._now()), self._last + 1)
        return self._last

    def for_shard(self, shard: int, count: int) -> int:
        """A guild id that belongs to ``shard`` of ``count``: ``(id >> 22) % count`` (docs, events/gateway, "Sharding")."""
        base = (self.next() >> 22) + count
        return (base - base % count + shard) << 22


def snowflake(at: float) -> int:
    """The smallest id of the instant ``at`` (Unix seconds)."""
    return (int(at * 1000) - EPOCH_MS) << 22


def instant(snowflake_id: int) -> float:
    """Unix seconds at which an id was given."""
    return ((snowflake_id >> 22) + EPOCH_MS) / 1000
