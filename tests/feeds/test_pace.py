"""Rules 17 to 28: when a feed is asked next."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest

from bot.clock import SteadyTime, SystemClock
from bot.feeds.fetcher import Fetcher
from bot.feeds.hints import fresh_s, read_hints, retry_after_s
from bot.feeds.options import DAY, HOUR, FetchSettings
from bot.feeds.pacing import HostHolds, HostPacing
from bot.feeds.results import Checked, Outcome, PaceHints
from bot.feeds.schedule import asked_for_s, base_interval_s, decide_next, first_check, is_due, rebased
from bot.model.feeds import Feed, Validators
from tests.feeds.conftest import NOW, MakeFetcher, a_feed, ago, item, rss
from tests.standins.feed_server import FeedServer, Reply

SETTINGS = FetchSettings()
VALID = Validators(etag='"1"')


def _checked(outcome: Outcome = Outcome.NOT_MODIFIED, **fields: object) -> Checked:
    return Checked(outcome, "https://feeds.example.org/a.xml", VALID, **fields)  # type: ignore[arg-type]


def _wait_s(feed: Feed, checked: Checked, seed: int = 1) -> float:
    after = decide_next(feed, checked, NOW, Random(seed), SETTINGS)
    assert after.next_check is not None
    return (after.next_check - NOW).total_seconds()


def _polled(**fields: object) -> Feed:
    return a_feed(first_fetched=ago(days=30), **{"entries_week": 168, **fields})


@pytest.mark.parametrize(
    ("week", "wanted_s"),
    [(168, 900), (5000, 300), (504, 300), (84, 1800), (14, 10800), (7, 21600), (1, 21600), (0, 21600)],
)
def test_rule_17_the_interval_follows_the_entry_rate_between_floor_and_six_hours(week: int, wanted_s: float) -> None:
    assert base_interval_s(_polled(entries_week=week), True, SETTINGS) == pytest.approx(wanted_s)


def test_rule_17_a_feed_never_read_starts_at_the_base_and_an_operators_wish_counts_above_the_floor() -> None:
    assert base_interval_s(a_feed(), False, SETTINGS) == 900
    assert base_interval_s(_polled(interval_s=7200), True, SETTINGS) == 7200
    assert base_interval_s(_polled(interval_s=10), True, SETTINGS) == 300


def test_rule_17_below_an_hour_only_with_validators() -> None:
    assert base_interval_s(_polled(entries_week=5000), False, SETTINGS) == HOUR
    without = Checked(Outcome.UNCHANGED, "u", Validators())
    assert _wait_s(_polled(entries_week=5000), without) >= HOUR * 0.75


@pytest.mark.parametrize(
    ("hints", "least_s"),
    [
        (PaceHints(fresh_s=7200), 7200),
        (PaceHints(ttl_s=7200), 7200),
        (PaceHints(update_s=DAY), DAY),
        (PaceHints(retry_after_s=3 * DAY), 3 * DAY),
        (PaceHints(fresh_s=3600, ttl_s=10800, retry_after_s=7200), 10800),
        (PaceHints(fresh_s=90 * DAY, ttl_s=90 * DAY), DAY),
        (PaceHints(fresh_s=10), 900 * 0.75),
    ],
)
def test_rule_18_the_delay_is_the_longest_wish_within_its_cap(hints: PaceHints, least_s: float) -> None:
    waits = [_wait_s(_polled(), _checked(hints=hints), seed) for seed in range(20)]
    assert min(waits) >= least_s
    assert max(waits) <= max(least_s * 1.02 + 400, 900 * 1.25 + 400)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": "public, MAX-AGE = 600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "900"}, None),
        ({"Cache-Control": 's-maxage=5, max-age="600"'}, 600),
        ({"Cache-Control": "max-age=99999999"}, DAY),
        ({"Expires": "Tue, 10 Mar 2026 13:00:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:00 GMT"}, HOUR),
        ({"Cache-Control": "max-age=60", "Expires": "Tue, 10 Mar 2027 13:00:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:00 GMT"}, 60),
        ({"Expires": "Tue, 10 Mar 2026 13:00:00 GMT"}, None),
    ],
)  # fmt: skip
def test_rule_18_freshness_is_max_age_less_age_else_expires_less_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert fresh_s(headers, DAY) == seconds


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-cache, max-age=600"},
        {"Cache-Control": "no-store"},
        {"Cache-Control": "max-age=0"},
        {"Cache-Control": "max-age=-5"},
        {"Cache-Control": "max-age=" + "9" * 400},
        {"Expires": "Tue, 10 Mar 2026 11:00:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:00 GMT"},
        {"Expires": "0", "Date": "Tue, 10 Mar 2026 12:00:00 GMT"},
        {"Expires": "-1"},
        {},
    ],
)
def test_rule_19_headers_that_say_nothing_about_pace(headers: dict[str, str]) -> None:
    assert fresh_s(headers, DAY) is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("head", "hints"),
    [
        ("<ttl>120</ttl>", PaceHints(ttl_s=7200)),
        ("<ttl>soon</ttl>", PaceHints()),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", PaceHints()),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", PaceHints(update_s=DAY / 2)),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", PaceHints(update_s=7 * DAY)),
        ("<skipHours><hour>0</hour><hour>24</hour><hour> 3 </hour></skipHours>", PaceHints(skip_hours=frozenset({0, 3}))),
        ("<skipDays><day>Saturday</day><day>Sunday</day></skipDays>", PaceHints(skip_days=frozenset({6, 7}))),
    ],
)  # fmt: skip
async def test_rule_20_hints_in_the_feed_are_read(
    head: str, hints: PaceHints, fetcher: Fetcher, server: FeedServer
) -> None:
    body = rss(item(), head=head).replace(b"<rss ", b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ')
    server.script("/a.xml", Reply(200, body))
    assert (await fetcher.check(a_feed(server.url("/a.xml")))).hints == hints


def test_rule_20_hints_lengthen_and_skipped_hours_mean_slow_not_stop() -> None:
    assert NOW.hour == 12
    assert NOW.isoweekday() == 2
    for hints in (PaceHints(skip_hours=frozenset({12})), PaceHints(skip_days=frozenset({2}))):
        assert asked_for_s(hints, NOW, SETTINGS) == HOUR
    assert (
        asked_for_s(PaceHints(skip_hours=frozenset(range(24)), skip_days=frozenset(range(1, 8))), NOW, SETTINGS) == HOUR
    )
    assert asked_for_s(PaceHints(skip_hours=frozenset({13})), NOW, SETTINGS) == 0
    short = PaceHints(ttl_s=60, update_s=60)
    assert _wait_s(_polled(), _checked(hints=short)) >= 900 * 0.75, "a hint never shortens"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 120 "}, 120),
        ({"Retry-After": "99999999"}, 7 * DAY),
        ({"Retry-After": "Tue, 10 Mar 2026 13:00:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:00 GMT"}, HOUR),
        # The server's clock is a year behind ours: its own Date decides.
        ({"Retry-After": "Mon, 10 Mar 2025 13:00:00 GMT", "Date": "Mon, 10 Mar 2025 12:00:00 GMT"}, HOUR),
        ({"Retry-After": format_datetime(NOW + timedelta(hours=2), usegmt=True)}, 2 * HOUR),
        ({"Retry-After": "Tue, 10 Mar 2026 11:00:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:00 GMT"}, None),
        ({"Retry-After": "later"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "9" * 5000}, None),
        ({}, None),
    ],
)
def test_rule_21_retry_after_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW, 7 * DAY) == seconds


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [429, 503])
async def test_rule_21_retry_after_is_honoured_on_429_and_503(
    status: int, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(status, headers={"Retry-After": "259200"}))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert checked.outcome is Outcome.THROTTLED
    assert 3 * DAY <= _wait_s(_polled(), checked) <= 3 * DAY + 600


def test_rule_21_garbage_means_ordinary_backoff() -> None:
    hints = read_hints(503, {"Retry-After": "whenever"}, NOW, hint_cap_s=DAY, retry_cap_s=7 * DAY)
    wait_s = _wait_s(_polled(), _checked(Outcome.FAILED, reason="status_503", hints=hints))
    assert 1800 * 0.75 <= wait_s <= 1800 * 1.25 + 400


def test_rule_22_one_429_binds_its_address_and_a_second_address_binds_the_host() -> None:
    holds = HostHolds()
    holds.note("a.example", "https://a.example/1", until=500, now=0)
    holds.note("a.example", "https://a.example/1", until=600, now=1)
    assert holds.held_until("a.example", 2) is None
    holds.note("a.example", "https://a.example/2", until=400, now=3)
    assert holds.held_until("a.example", 4) == 400
    assert holds.held_until("b.example", 4) is None
    assert holds.held_until("a.example", 401) is None


@pytest.mark.asyncio
async def test_rule_22_a_held_host_is_not_asked(fetcher: Fetcher, server: FeedServer) -> None:
    for path in ("/1.xml", "/2.xml"):
        server.script(path, Reply(429, headers={"Retry-After": "3600"}))
    server.script("/3.xml", Reply(200, rss(item())))
    await fetcher.check(a_feed(server.url("/1.xml")))
    assert (await fetcher.check(a_feed(server.url("/3.xml")))).outcome is Outcome.PARSED
    await fetcher.check(a_feed(server.url("/2.xml")))
    held = await fetcher.check(a_feed(server.url("/3.xml")))
    assert (held.outcome, held.asked, len(server.requests("/3.xml"))) == (Outcome.THROTTLED, False, 1)
    before = _polled(errors=0)
    after = decide_next(before, held, NOW, Random(1), SETTINGS)
    assert after.errors == 0, "the feed itself did nothing wrong"
    assert replace(after, next_check=None) == before
    assert after.next_check is not None
    assert after.next_check >= NOW + timedelta(seconds=3590)


def test_rule_23_max_age_on_a_429_counts_as_well() -> None:
    hints = read_hints(
        429, {"Cache-Control": "max-age=172800", "Retry-After": "60"}, NOW, hint_cap_s=DAY, retry_cap_s=7 * DAY
    )
    assert _wait_s(_polled(), _checked(Outcome.THROTTLED, reason="throttled", hints=hints)) >= 2 * DAY


def test_rule_24_errors_double_the_interval_up_to_a_day_and_one_success_resets() -> None:
    feed, waits = _polled(), []
    for attempt in range(12):
        feed = decide_next(feed, _checked(Outcome.FAILED, reason="timeout"), NOW, Random(attempt), SETTINGS)
        assert feed.next_check is not None
        waits.append((feed.next_check - NOW).total_seconds())
    for number, wait_s in enumerate(waits, 1):
        wanted = min(900 * 2**number, DAY)
        assert wanted * 0.75 <= wait_s <= min(wanted * 1.25, DAY) + 400
    assert feed.errors == 12
    healed = decide_next(feed, _checked(), NOW, Random(1), SETTINGS)
    assert (healed.errors, healed.failing_since, healed.last_error) == (0, None, None)
    assert healed.next_check is not None
    assert (healed.next_check - NOW).total_seconds() <= 900 * 1.25 + 400


@pytest.mark.asyncio
async def test_rule_24_an_error_is_not_tried_again_at_once(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(500))
    server.script("/b.xml", Reply(raw=b""))
    await fetcher.check(a_feed(server.url("/a.xml")))
    assert len(server.requests("/a.xml")) == 1
    assert (await fetcher.check(a_feed(server.url("/b.xml")))).reason == "reset"
    # aiohttp asks once more by itself where a connection it had kept open was closed; a new one it does not.
    assert len(server.requests("/b.xml")) <= 2


@pytest.mark.asyncio
async def test_rule_25_one_request_at_once_per_host_and_a_gap_between_starts(
    fetching: MakeFetcher, server: FeedServer
) -> None:
    for n in range(4):
        server.script(f"/{n}.xml", Reply(200, rss(item(n)), wait_s=0.05))
    async with fetching(requests_per_host=1, host_gap_s=0.2) as fetcher:
        await asyncio.gather(*(fetcher.check(a_feed(server.url(f"/{n}.xml"))) for n in range(4)))
    starts = [r.at for r in server.log]
    assert max(server.most_open.values()) == 1
    assert all(b - a >= 0.19 for a, b in itertools.pairwise(starts))


@pytest.mark.asyncio
async def test_rule_25_the_gap_holds_between_the_hops_of_a_redirect_too(
    fetching: MakeFetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(302, headers={"Location": "/b.xml"}))
    server.script("/b.xml", Reply(200, rss(item())))
    async with fetching(requests_per_host=1, host_gap_s=0.2) as fetcher:
        await fetcher.check(a_feed(server.url("/a.xml")))
    assert server.log[1].at - server.log[0].at >= 0.19


@pytest.mark.asyncio
async def test_rule_25_no_more_than_the_limit_in_all_and_a_slow_host_keeps_no_place() -> None:
    pacing = HostPacing(SystemClock(), at_once=2, per_host=1, gap_s=0.0)
    first = await pacing.enter("slow.example")
    waiting = [asyncio.create_task(pacing.enter("slow.example")) for _ in range(5)]
    await asyncio.sleep(0.01)
    other = await asyncio.wait_for(pacing.enter("fast.example"), 1)
    third = asyncio.create_task(pacing.enter("third.example"))
    await asyncio.sleep(0.01)
    assert not third.done(), "two places are taken"
    other.leave()
    (await asyncio.wait_for(third, 1)).leave()
    for task in waiting[:3]:
        task.cancel()
    await asyncio.sleep(0)
    first.leave()
    for task in waiting[3:]:
        (await asyncio.wait_for(task, 1)).leave()
    assert not any(not t.done() for t in waiting)


def test_rule_26_first_checks_are_spread_over_the_interval_by_a_hash() -> None:
    urls = [f"https://feeds.example.org/{n}.xml" for n in range(1000)]
    offsets = [(first_check(url, NOW, SETTINGS) - NOW).total_seconds() for url in urls]
    per_minute = [sum(60 * m <= o < 60 * m + 60 for o in offsets) for m in range(15)]
    assert sum(per_minute) == 1000
    assert min(per_minute) >= 40
    assert max(per_minute) <= 95
    assert first_check(urls[0], NOW, SETTINGS) == first_check(urls[0], NOW, SETTINGS)


def test_rule_26_each_delay_is_jittered_by_10_to_25_percent() -> None:
    waits = [_wait_s(_polled(), _checked(), seed) / 900 for seed in range(500)]
    usual = [w for w in waits if w < 1.30]
    assert all(0.75 <= w <= 0.92 or 1.10 <= w <= 1.28 for w in usual)
    assert len(usual) > 450
    assert len({round(w, 3) for w in waits}) > 100


def test_rule_26_never_on_the_hour() -> None:
    start = NOW.replace(minute=47, second=0)
    for seed in range(500):
        after = decide_next(_polled(), _checked(), start, Random(seed), SETTINGS)
        assert after.next_check is not None
        assert after.next_check.minute != 0


def test_rule_27_the_next_check_survives_a_restart() -> None:
    feed = decide_next(_polled(), _checked(), NOW, Random(1), SETTINGS)
    for restart in range(5):
        assert rebased(feed, NOW + timedelta(seconds=restart), SETTINGS) == feed
    assert not is_due(feed, NOW + timedelta(minutes=5))
    assert is_due(feed, NOW + timedelta(minutes=25))
    assert is_due(a_feed(), NOW)


class JumpingClock:
    """A wall clock that somebody sets; the monotonic one only elapses."""

    def __init__(self) -> None:
        self.wall = NOW
        self.elapsed = 5.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_rule_28_a_wall_clock_that_jumps_neither_releases_nor_freezes_feeds(jump: timedelta) -> None:
    clock = JumpingClock()
    steady = SteadyTime(clock)
    feed = decide_next(_polled(), _checked(), steady.now(), Random(1), SETTINGS)
    clock.wall += jump
    clock.elapsed += 300
    assert not is_due(feed, steady.now()), "released"
    clock.elapsed += 1500
    assert is_due(feed, steady.now()), "frozen"
    again = decide_next(feed, _checked(), steady.now(), Random(1), SETTINGS)
    clock.elapsed += 1800
    assert is_due(again, steady.now())


def test_rule_28_a_clock_set_back_or_a_time_far_ahead_does_not_freeze_a_feed_at_start() -> None:
    ahead = _polled(next_check=NOW + timedelta(days=400, minutes=15), last_checked=NOW + timedelta(days=400))
    assert rebased(ahead, NOW, SETTINGS).next_check == NOW + timedelta(minutes=15)
    lost = _polled(next_check=NOW + timedelta(days=4000))
    assert rebased(lost, NOW, SETTINGS).next_check == NOW + timedelta(days=7, hours=1)
