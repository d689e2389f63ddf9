"""Quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from bot.model.watches import QuietHours
from bot.planning.quiet import release_at

NIGHT = QuietHours(time(22), time(7))
LUNCH = QuietHours(time(12), time(14))


@pytest.mark.parametrize(
    ("quiet", "now", "expected"),
    [
        (NIGHT, "2026-11-22T21:30", "2026-11-23T06:00"),
        (NIGHT, "2026-11-22T02:00", "2026-11-22T06:00"),
        (NIGHT, "2026-11-22T06:00", None),
        (NIGHT, "2026-11-22T20:59", None),
        (NIGHT, "2026-07-22T20:30", "2026-07-23T05:00"),
        (LUNCH, "2026-11-22T11:00", "2026-11-22T13:00"),
        (LUNCH, "2026-11-22T13:00", None),
        (None, "2026-11-22T02:00", None),
        (QuietHours(time(8), time(8)), "2026-11-22T07:00", None),
        (QuietHours(time(1), time(2, 30)), "2026-03-29T00:30", "2026-03-29T01:30"),
        (QuietHours(time(1), time(2, 30)), "2026-10-24T23:30", "2026-10-25T00:30"),
    ],
)
def test_messages_wait_until_the_end_of_quiet(quiet: QuietHours | None, now: str, expected: str | None) -> None:
    released = release_at(quiet, "Europe/Paris", datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert released == (datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None)
