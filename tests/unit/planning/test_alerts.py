"""One alert a story and destination; edits after that; a new message only for a new fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count

import pytest

from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.matches import Match
from bot.model.members import Mark
from bot.model.stories import Fact, Placement
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, QuietHours, Subscription, Watch
from bot.planning.alerts import AlertPlan, Caught, Pace, plan_alerts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STORY = 7
FACT = Fact("number", "300", "300 prisonniers")


@pytest.fixture
def ids() -> Iterator[int]:
    return count(1000)


def caught(
    destination_id: int = 1, watch_id: int = 11, mode: Mode = Mode.INSTANT, quiet: QuietHours | None = None
) -> Caught:
    return Caught(
        Match(watch_id, 100, 90.0, ()),
        Watch(watch_id, Owner(OwnerKind.GUILD, 5), "trêve"),
        Subscription(1, watch_id, destination_id, mode),
        Destination(destination_id, DestinationKind.TEXT, guild_id=5, channel_id=50 + destination_id, quiet=quiet),
    )


def placement(opened: bool = True, novelty: tuple[Fact, ...] = ()) -> Placement:
    return Placement(100, STORY, opened, novelty=novelty)


def sent(destination_id: int = 1, ago: timedelta = timedelta(minutes=10)) -> Delivery:
    return Delivery(
        id=500 + destination_id,
        key=f"alert:{destination_id}:{STORY}",
        kind=DeliveryKind.ALERT,
        destination_id=destination_id,
        story_id=STORY,
        nonce="n",
        state=DeliveryState.SENT,
        created=NOW - ago,
        due=NOW - ago,
        sent=NOW - ago,
        watch_ids=(11,),
    )


def plan(ids: Iterator[int], items: list[Caught], existing: list[Delivery], **options: object) -> AlertPlan:
    marks = options.pop("marks", {})
    place = options.pop("placement", placement())
    assert isinstance(place, Placement)
    assert isinstance(marks, dict)
    silent = bool(options.pop("silent", False))
    return plan_alerts(place, items, existing, marks, now=NOW, new_id=lambda: next(ids), pace=Pace(), silent=silent)


def test_two_watches_of_one_destination_make_one_alert(ids: Iterator[int]) -> None:
    made = plan(ids, [caught(1, 11), caught(1, 12)], [])
    assert [(d.key, d.watch_ids, d.state) for d in made.deliveries] == [("alert:1:7", (11, 12), DeliveryState.PLANNED)]


def test_every_destination_gets_its_own(ids: Iterator[int]) -> None:
    made = plan(ids, [caught(1), caught(2)], [])
    assert {d.key for d in made.deliveries} == {"alert:1:7", "alert:2:7"}
    assert len({d.nonce for d in made.deliveries}) == 2


def test_a_told_story_is_edited_not_posted_again(ids: Iterator[int]) -> None:
    made = plan(ids, [caught(1)], [sent(1)], placement=placement(opened=False))
    assert made.deliveries == ()
    assert [edit.delivery_id for edit in made.edits] == [501]


def test_a_story_grows_where_the_article_itself_matched_nothing(ids: Iterator[int]) -> None:
    made = plan(ids, [], [sent(1)], placement=placement(opened=False))
    assert [edit.delivery_id for edit in made.edits] == [501]


@pytest.mark.parametrize(
    ("ago", "wait"), [(timedelta(seconds=20), 40), (timedelta(minutes=10), 0), (timedelta(minutes=61), 0)]
)
def test_edits_are_coalesced(ids: Iterator[int], ago: timedelta, wait: int) -> None:
    made = plan(ids, [], [sent(1, ago)], placement=placement(opened=False))
    assert (made.edits[0].due - NOW).total_seconds() == wait


def test_messages_older_than_an_hour_are_edited_every_ten_minutes(ids: Iterator[int]) -> None:
    old = replace(sent(1, timedelta(hours=2)), last_edit=NOW - timedelta(minutes=4))
    made = plan(ids, [], [old], placement=placement(opened=False))
    assert made.edits[0].due == NOW + timedelta(minutes=6)


@pytest.mark.parametrize(
    ("ago", "novelty", "items", "mark", "expected"),
    [
        (timedelta(hours=5), (FACT,), True, None, 1),
        (timedelta(hours=3), (FACT,), True, None, 0),
        (timedelta(hours=5), (), True, None, 0),
        (timedelta(hours=5), (FACT,), False, None, 0),
        (timedelta(hours=5), (FACT,), False, Mark.FOLLOW, 1),
        (timedelta(hours=5), (FACT,), True, Mark.MUTE, 0),
    ],
    ids=["new fact", "too soon", "no new fact", "not matched", "followed", "muted"],
)
def test_a_second_message_only_for_a_new_fact(
    ids: Iterator[int], ago: timedelta, novelty: tuple[Fact, ...], items: bool, mark: Mark | None, expected: int
) -> None:
    made = plan(
        ids,
        [caught(1)] if items else [],
        [sent(1, ago)],
        placement=placement(opened=False, novelty=novelty),
        marks={1: mark} if mark else {},
    )
    assert [d.key for d in made.deliveries] == ["update:1:7:1"][:expected]


def test_a_silent_article_alerts_nobody(ids: Iterator[int]) -> None:
    assert plan(ids, [caught(1)], [], silent=True) == AlertPlan()


def test_digest_only_subscriptions_get_no_alert(ids: Iterator[int]) -> None:
    assert plan(ids, [caught(1, mode=Mode.DIGEST)], []).deliveries == ()


def test_quiet_hours_hold_and_a_mute_drops(ids: Iterator[int]) -> None:
    quiet = QuietHours(time(12), time(15))
    held = plan(ids, [caught(1, quiet=quiet)], []).deliveries[0]
    assert (held.state, held.reason, held.due) == (DeliveryState.HELD, "quiet", datetime(2026, 11, 22, 14, tzinfo=UTC))
    muted = plan(ids, [caught(1)], [], marks={1: Mark.MUTE}).deliveries[0]
    assert (muted.state, muted.reason) == (DeliveryState.DROPPED, "muted")


def test_a_dropped_alert_is_never_told_again(ids: Iterator[int]) -> None:
    gone = replace(sent(1), state=DeliveryState.DROPPED, sent=None)
    assert plan(ids, [caught(1)], [gone], placement=placement(opened=False, novelty=(FACT,))) == AlertPlan()
