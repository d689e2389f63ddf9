"""Ids that the app makes: ordered by time, unique without asking the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
WORKER_BITS = 8
COUNTER_BITS = 12


class IdMaker:
    """Makes 63-bit ids: milliseconds since 2024-01-01, then 8 bits of the worker's number, then a counter within the millisecond.

    Ids of one maker rise strictly, also when the clock jumps back or more than 4,096 are made in a millisecond (it then borrows from
    the next one). Ids of makers with different ``worker`` numbers never meet.
    """

    def __init__(self, now: Callable[[], datetime], worker: int = 0) -> None:
        if not 0 <= worker < 1 << WORKER_BITS:
            raise ValueError(f"worker must be 0 to {(1 << WORKER_BITS) - 1}, not {worker}")
        self._now = now
        self._worker = worker
        self._ms = -1
        self._counter = 0

    def __call__(self) -> int:
        """The next id."""
        ms = int((self._now() - EPOCH).total_seconds() * 1000)
        if ms > self._ms:
            self._ms, self._counter = ms, 0
        else:
            self._counter += 1
            if self._counter >> COUNTER_BITS:
                self._ms, self._counter = self._ms + 1, 0
        return (self._ms << WORKER_BITS | self._worker) << COUNTER_BITS | self._counter


def made_at(identifier: int) -> datetime:
    """When an id was made (UTC, to the millisecond)."""
    return datetime.fromtimestamp(EPOCH.timestamp() + (identifier >> (WORKER_BITS + COUNTER_BITS)) / 1000, UTC)
