"""A state machine walks deliveries through claims, receipts, edits, releases, kills and floods, and checks a plain model after each step."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.model.deliveries import MOVES, DeliveryState
from bot.model.ports import Receipt
from bot.store import IllegalMove, Store
from tests.store.conftest import empty_database
from tests.store.samples import T0, TestClock, channel, delivery

T = TypeVar("T")

PLANNED, SENDING, SENT, HELD, BLOCKED, DROPPED = list(DeliveryState)


class Deliveries(RuleBasedStateMachine):
    """The store beside a dictionary of what must be true."""

    make: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.url: str = type(self).make()
        self.store = self.run(Store.open(self.url, clock=TestClock()))
        self.now: datetime = T0
        self.state: dict[int, DeliveryState] = {}
        self.history: dict[int, list[DeliveryState]] = {}
        self.due: dict[int, datetime] = {}
        self.place: dict[int, int] = {}
        self.closed: set[int] = set()
        self.posted: dict[int, int] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()

    @initialize()
    def make_places(self) -> None:
        async def go() -> list[Any]:
            async with self.store.write() as unit:
                return [await unit.watches.ensure_destination(channel()) for _ in range(3)]

        self.places = self.run(go())

    def _moved(self, one: int, to: DeliveryState) -> None:
        self.state[one] = to
        self.history[one].append(to)

    @rule(place=st.integers(0, 2), wait=st.integers(0, 3), held=st.booleans(), twice=st.booleans())
    def plan(self, place: int, wait: int, held: bool, twice: bool) -> None:
        where = self.places[place]
        state = HELD if held else PLANNED
        one = delivery(where, state=state, created=self.now, due=self.now + timedelta(minutes=wait))

        async def go() -> list[int]:
            async with self.store.write() as unit:
                return await unit.deliveries.plan([one])

        assert self.run(go()) == [one.id]
        if twice:
            assert self.run(go()) == []
        self.state[one.id], self.history[one.id] = state, [state]
        self.due[one.id], self.place[one.id] = one.due, where.id

    @rule(minutes=st.integers(1, 4))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(limit=st.integers(1, 5))
    def claim(self, limit: int) -> None:
        async def go() -> list[int]:
            async with self.store.write() as unit:
                return [one.id for one, _ in await unit.deliveries.claim_posts(self.now, limit)]

        busy = {self.place[one] for one, state in self.state.items() if state is SENDING} | self.closed
        due = sorted((self.due[one], one) for one, state in self.state.items() if state is PLANNED)
        expected: list[int] = []
        for when, one in due:
            if when <= self.now and self.place[one] not in busy:
                busy.add(self.place[one])
                expected.append(one)
        assert self.run(go()) == expected[:limit]
        for one in expected[:limit]:
            self._moved(one, SENDING)

    @precondition(lambda self: self.state)
    @rule(data=st.data(), to=st.sampled_from([PLANNED, SENDING, HELD, BLOCKED, DROPPED]), wait=st.integers(0, 3))
    def move(self, data: st.DataObject, to: DeliveryState, wait: int) -> None:
        one = data.draw(st.sampled_from(sorted(self.state)))
        due = self.now + timedelta(minutes=wait)

        async def go() -> None:
            async with self.store.write() as unit:
                await unit.deliveries.move(one, to, now=self.now, due=due)

        try:
            self.run(go())
        except IllegalMove:
            assert to not in MOVES[self.state[one]]
        else:
            assert to in MOVES[self.state[one]]
            self._moved(one, to)
            self.due[one] = due

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(sorted(self.state)))
        message = len(self.posted) + 1

        async def go() -> None:
            async with self.store.write() as unit:
                await unit.deliveries.sent(one, Receipt(1, message), 1, self.now)

        try:
            self.run(go())
        except IllegalMove:
            assert self.state[one] is not SENDING
        else:
            assert self.state[one] is SENDING
            self._moved(one, SENT)
            self.posted[one] = message

    @rule(place=st.integers(0, 2), closed=st.booleans())
    def open_or_close(self, place: int, closed: bool) -> None:
        from dataclasses import replace

        where = replace(self.places[place], blocked_code=50013 if closed else None)

        async def go() -> int:
            async with self.store.write() as unit:
                await unit.watches.save_destination(where)
                return 0 if closed else await unit.deliveries.release(where.id, self.now)

        released = self.run(go())
        (self.closed.add if closed else self.closed.discard)(where.id)
        if not closed:
            waiting = [o for o, s in self.state.items() if s in {HELD, BLOCKED} and self.place[o] == where.id]
            assert released == len(waiting)
            for one in waiting:
                self._moved(one, PLANNED)

    @rule()
    def release_held(self) -> None:
        async def go() -> int:
            async with self.store.write() as unit:
                return await unit.deliveries.release_held(self.now)

        due = [one for one, state in self.state.items() if state is HELD and self.due[one] <= self.now]
        assert self.run(go()) == len(due)
        for one in due:
            self._moved(one, PLANNED)

    @rule(place=st.integers(0, 2))
    def drop(self, place: int) -> None:
        where = self.places[place].id

        async def go() -> int:
            async with self.store.write() as unit:
                return await unit.deliveries.drop_for(now=self.now, reason="gone", destination_id=where)

        open_ones = [o for o, s in self.state.items() if s in {PLANNED, HELD, BLOCKED} and self.place[o] == where]
        assert self.run(go()) == len(open_ones)
        for one in open_ones:
            self._moved(one, DROPPED)

    @rule(step=st.sampled_from(["claim", "move", "plan"]))
    def undone(self, step: str) -> None:
        """A transaction that fails, or whose process is killed before the commit, changes nothing."""

        class Killed(Exception):
            pass

        async def go() -> None:
            async with self.store.write() as unit:
                if step == "claim":
                    await unit.deliveries.claim_posts(self.now, 5)
                elif step == "plan":
                    await unit.deliveries.plan([delivery(self.places[0])])
                else:
                    await unit.deliveries.drop_for(now=self.now, reason="x", destination_id=self.places[0].id)
                raise Killed

        with pytest.raises(Killed):
            self.run(go())

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = self.run(Store.open(self.url, clock=TestClock()))

    @invariant()
    def as_the_model_says(self) -> None:
        async def go() -> None:
            async with self.store.read() as unit:
                counts = await unit.deliveries.counts()
                assert counts == {state: list(self.state.values()).count(state) for state in DeliveryState}
                left = await unit.deliveries.unfinished()
                assert {one.id for one, _ in left} == {o for o, s in self.state.items() if s is SENDING}
                for one, state in self.state.items():
                    stored = await unit.deliveries.get(one)
                    assert stored is not None and stored.state is state
                    assert stored.message_id == self.posted.get(one)
                    moves = await unit.deliveries.history(one)
                    assert [move.to_state for move in moves] == self.history[one]
                    for before, after in pairwise(moves):
                        assert after.from_state is before.to_state
                        assert after.to_state in MOVES[before.to_state]

        self.run(go())


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_deliveries_keep_their_promises(engine: str, request: pytest.FixtureRequest) -> None:
    folder = Path(tempfile.mkdtemp())
    if engine == "sqlite":
        template = request.getfixturevalue("sqlite_template")

        def make() -> str:
            path = folder / "vigie.db"
            for name in ("vigie.db", "vigie.db-wal", "vigie.db-shm"):
                (folder / name).unlink(missing_ok=True)
            shutil.copyfile(template, path)
            return f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgres_database")

        def make() -> str:
            empty_database(url)
            return str(url)

    Deliveries.make = staticmethod(make)
    try:
        run_state_machine_as_test(
            Deliveries,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
