"""Ids that the app makes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.ids import EPOCH, IdMaker, made_at

NOW = datetime(2026, 3, 10, 12, 34, 56, 789_000, tzinfo=UTC)


@given(st.lists(st.integers(-5000, 5000), max_size=200))
def test_ids_rise_whatever_the_clock_does(steps: list[int]) -> None:
    times = iter([NOW + timedelta(milliseconds=sum(steps[:n])) for n in range(len(steps))])
    maker = IdMaker(lambda: next(times))
    ids = [maker() for _ in steps]
    assert ids == sorted(set(ids))


def test_more_than_a_milliseconds_worth_do_not_repeat() -> None:
    maker = IdMaker(lambda: NOW)
    ids = [maker() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_workers_never_meet() -> None:
    ids = [IdMaker(lambda: NOW, worker)() for worker in range(256)]
    assert len(set(ids)) == 256
    with pytest.raises(ValueError, match="worker"):
        IdMaker(lambda: NOW, 256)


def test_an_id_fits_63_bits_for_two_centuries_and_tells_its_time() -> None:
    assert IdMaker(lambda: EPOCH + timedelta(days=365 * 250), 255)() < 2**63
    assert made_at(IdMaker(lambda: NOW, 7)()) == NOW
