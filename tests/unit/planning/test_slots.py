"""Digest times on the clocks of the world."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.watches import DigestSchedule
from bot.planning.slots import instant, next_slot, slots_between

ZONES = [
    "Europe/Paris",
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
]


def schedule(*times: time, zone: str = "Europe/Paris", days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)) -> DigestSchedule:
    return DigestSchedule(id=1, destination_id=1, times=times, days=days, timezone=zone)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 1, 15), time(8), datetime(2026, 1, 15, 7, tzinfo=UTC)),
        (date(2026, 7, 15), time(8), datetime(2026, 7, 15, 6, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "the hour that does not exist", "the hour that comes twice"],
)
def test_local_times_become_one_instant(day: date, at: time, expected: datetime) -> None:
    assert instant(day, at, ZoneInfo("Europe/Paris")) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_has_each_slot_once(zone: str) -> None:
    wanted = schedule(time(2, 30), time(18), zone=zone)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    slots = []
    at = start
    while at < start + timedelta(days=365):
        slots += slots_between(wanted, at, at + timedelta(hours=7))
        at += timedelta(hours=7)
    keys = [slot.key for slot in slots]
    assert len(keys) == len(set(keys))
    assert len(keys) in {729, 730, 731}
    assert [slot.due for slot in slots] == sorted(slot.due for slot in slots)


def test_only_the_chosen_weekdays() -> None:
    weekdays = schedule(time(8), days=(1, 5))
    slots = slots_between(weekdays, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC))
    assert [slot.day.isoweekday() for slot in slots] == [1, 5, 1, 5]


def test_the_next_slot_is_the_first_after_now() -> None:
    slot = next_slot(schedule(time(8), time(18, 30)), datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    assert slot is not None
    assert (slot.day, slot.at) == (date(2026, 11, 22), time(18, 30))


def test_a_schedule_without_days_has_no_slot() -> None:
    assert next_slot(schedule(time(8), days=()), datetime(2026, 11, 22, tzinfo=UTC)) is None


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
    cuts=st.lists(st.integers(1, 60 * 24 * 3), min_size=1, max_size=6),
    zone=st.sampled_from(ZONES),
)
def test_cutting_a_span_anywhere_changes_nothing(start: datetime, cuts: list[int], zone: str) -> None:
    wanted = schedule(time(0), time(2, 15), time(23, 59), zone=zone)
    begin = start.replace(tzinfo=UTC)
    at, pieces = begin, []
    for minutes in cuts:
        pieces += slots_between(wanted, at, at + timedelta(minutes=minutes))
        at += timedelta(minutes=minutes)
    whole = slots_between(wanted, begin, at)
    assert sorted(pieces, key=lambda s: (s.due, s.key)) == sorted(whole, key=lambda s: (s.due, s.key))
