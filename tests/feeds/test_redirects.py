"""Rules 29 to 35: redirects, moved feeds, feeds that stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from yarl import URL

from bot.feeds.fetcher import Fetcher
from bot.feeds.options import FetchSettings
from bot.feeds.redirects import Trail, follow
from bot.feeds.results import Checked, Outcome, RedirectFacts
from bot.feeds.schedule import decide_next, is_due, merge_target
from bot.model.errors import FetchError
from bot.model.feeds import Feed, FeedState, Validators
from tests.feeds.conftest import NOW, a_feed, ago, item, rss
from tests.standins.feed_server import FeedServer, Reply

SETTINGS = FetchSettings()
BODY = rss(item())


@pytest.mark.asyncio
async def test_rule_29_five_redirects_are_followed_and_six_are_not(fetcher: Fetcher, server: FeedServer) -> None:
    for n in range(6):
        server.script(f"/{n}", Reply(302, headers={"Location": f"/{n + 1}"}))
    server.script("/6", Reply(200, BODY))
    checked = await fetcher.check(a_feed(server.url("/1")))
    assert checked.outcome is Outcome.PARSED
    assert checked.redirect == RedirectFacts(server.url("/6"), hops=5, permanent=False)
    assert (await fetcher.check(a_feed(server.url("/0")))).reason == "redirect"


@pytest.mark.asyncio
async def test_rule_29_loops_self_redirects_and_growing_addresses_end_in_one_error(
    fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/self", Reply(301, headers={"Location": "/self"}))
    server.script("/a", Reply(301, headers={"Location": "/b"}))
    server.script("/b", Reply(301, headers={"Location": "/a#again"}))
    server.script("/grow", Reply(302, headers={"Location": "/grow?" + "x" * 2100}))
    server.script("/none", Reply(302))
    asked = {"/self": 1, "/a": 1, "/grow": 1, "/none": 1}
    for path, requests in asked.items():
        checked = await fetcher.check(a_feed(server.url(path)))
        assert (checked.outcome, checked.reason) == (Outcome.FAILED, "redirect"), path
        assert len(server.requests(path)) == requests


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/a.xml", "http://127.0.0.1:1/a.xml", "http://[::1]/a.xml", "http://localhost/a.xml", "ftp://news.example.org/a.xml",
        "file:///etc/passwd", "http://user:pass@news.example.org/a.xml", "//10.0.0.1/a.xml", "http://169.254.169.254/latest/meta-data/",
        "http://news.example.org:8080/a.xml", "javascript:alert(1)", "http://2130706433/", "http://0x7f.1/",
    ],
)  # fmt: skip
async def test_rule_30_every_hop_is_checked_like_a_new_address(
    target: str, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(302, headers={"Location": target}))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert checked.outcome is Outcome.FAILED
    assert checked.reason in ("private_address", "bad_address", "redirect")
    assert len(server.log) == 1


def test_rule_30_a_public_site_cannot_redirect_into_the_operators_private_pairs() -> None:
    pairs = frozenset({("127.0.0.1", 8000)})
    public = Trail((URL("https://news.example.org/a.xml"),))
    with pytest.raises(FetchError) as refused:
        follow(public, 302, "https://127.0.0.1:8000/a.xml", limit=5, allowed=pairs)
    assert refused.value.reason == "private_address"
    inside = Trail((URL("http://127.0.0.1:8000/a.xml"),))
    assert follow(inside, 302, "/b.xml", limit=5, allowed=pairs).here.path == "/b.xml"


def test_rule_30_targets_are_resolved_and_kept_as_they_are() -> None:
    trail = Trail((URL("https://news.example.org/dir/a.xml?x=1"),))
    for location, wanted in (
        ("b.xml", "https://news.example.org/dir/b.xml"),
        ("?y=%7e", "https://news.example.org/dir/a.xml?y=%7e"),
        ("//other.example.org/c", "https://other.example.org/c"),
        ("/d\udce9", "https://news.example.org/d%E9"),
        ("/é b", "https://news.example.org/%C3%A9%20b"),
    ):
        assert str(follow(trail, 301, location, limit=5).here) == wanted


def _moved(feed: Feed, to: str, *, days: int, checks_a_day: int, permanent: bool = True) -> Feed:
    for check in range(days * checks_a_day):
        facts = RedirectFacts(to, hops=1, permanent=permanent)
        checked = Checked(Outcome.PARSED, feed.url, Validators(), redirect=facts)
        feed = decide_next(feed, checked, NOW + timedelta(days=check / checks_a_day), Random(check), SETTINGS)
    return feed


def test_rule_31_a_permanent_redirect_is_taken_over_only_after_days_of_a_parsable_feed() -> None:
    feed, new = a_feed(first_fetched=ago(days=9)), "https://new.example.org/a.xml"
    assert _moved(feed, new, days=6, checks_a_day=10).url == feed.url, "often, but not long enough"
    assert _moved(feed, new, days=9, checks_a_day=1).url == feed.url, "long, but not often enough"
    after = _moved(feed, new, days=8, checks_a_day=10)
    assert (after.url, after.redirect_url, after.redirect_count) == (new, None, 0)


def test_rule_31_a_captive_portal_or_a_changing_target_never_is() -> None:
    feed = a_feed(first_fetched=ago(days=9))
    portal = Checked(
        Outcome.FAILED,
        feed.url,
        Validators(),
        reason="html_page",
        redirect=RedirectFacts("https://portal.example.org/", 1, True),
    )
    after = feed
    for day in range(20):
        after = decide_next(after, portal, NOW + timedelta(days=day), Random(day), SETTINGS)
    assert (after.url, after.redirect_url) == (feed.url, None)
    for n in range(40):
        after = _moved(after, f"https://n{n % 2}.example.org/a.xml", days=1, checks_a_day=1)
    assert after.url == feed.url


def test_rule_31_from_http_to_https_of_the_same_address_at_once() -> None:
    feed = a_feed("http://feeds.example.org/a.xml?x=1", first_fetched=ago(days=9))
    assert (
        _moved(feed, "https://feeds.example.org/a.xml?x=1", days=1, checks_a_day=1).url
        == "https://feeds.example.org/a.xml?x=1"
    )
    for other in ("https://other.example.org/a.xml?x=1", "https://feeds.example.org/b.xml?x=1"):
        assert _moved(feed, other, days=1, checks_a_day=1).url == feed.url


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [((301, 308), True), ((301, 302), False), ((307, 308), False), ((301,), True), ((303,), False)],
)
async def test_rule_31_and_32_only_a_wholly_permanent_chain_counts(
    statuses: tuple[int, ...], permanent: bool, fetcher: Fetcher, server: FeedServer
) -> None:
    for n, status in enumerate(statuses):
        server.script(f"/{n}", Reply(status, headers={"Location": f"/{n + 1}"}))
    server.script(f"/{len(statuses)}", Reply(200, BODY))
    checked = await fetcher.check(a_feed(server.url("/0")))
    assert checked.redirect == RedirectFacts(server.url(f"/{len(statuses)}"), len(statuses), permanent)


def test_rule_32_a_temporary_redirect_is_never_stored() -> None:
    feed = a_feed(first_fetched=ago(days=9))
    after = _moved(feed, "https://new.example.org/a.xml", days=30, checks_a_day=10, permanent=False)
    assert (after.url, after.redirect_url) == (feed.url, None)


def test_rule_33_https_never_becomes_http() -> None:
    with pytest.raises(FetchError) as refused:
        follow(Trail((URL("https://news.example.org/a"),)), 301, "http://news.example.org/a", limit=5)
    assert refused.value.reason == "downgrade"
    up = follow(Trail((URL("http://news.example.org/a"),)), 301, "https://news.example.org/a", limit=5)
    assert up.permanent


def test_rule_33_two_feeds_that_end_at_one_address_are_merged_into_the_older() -> None:
    old, new = a_feed("https://feeds.example.org/a.xml"), replace(a_feed("https://FEEDS.example.org:443/a.xml#x"), id=2)
    other = replace(a_feed("https://feeds.example.org/b.xml"), id=3)
    assert merge_target(new, [old, new, other]) == old
    assert merge_target(other, [old, new, other]) is None


@pytest.mark.asyncio
async def test_rule_34_a_410_stops_the_feed_once(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(410))
    server.script("/moved.xml", Reply(302, headers={"Location": "/a.xml"}))
    feed = a_feed(server.url("/a.xml"), first_fetched=NOW)
    checked = await fetcher.check(feed)
    assert checked.outcome is Outcome.GONE
    after = decide_next(feed, checked, NOW, Random(1), SETTINGS)
    assert (after.state, after.next_check) == (FeedState.GONE, None)
    assert not is_due(after, NOW + timedelta(days=365))
    assert (await fetcher.check(a_feed(server.url("/moved.xml")))).outcome is Outcome.FAILED, (
        "the stored address is not gone"
    )


@pytest.mark.parametrize("reason", ["not_found", "dns", "timeout"])
def test_rule_34_other_errors_back_off_and_pause_after_30_days_once(reason: str) -> None:
    feed, now, pauses, checks = a_feed(first_fetched=ago(days=60)), NOW, 0, 0
    while now < NOW + timedelta(days=60) and is_due(feed, now):
        checked = Checked(Outcome.FAILED, feed.url, Validators(), reason=reason)
        after = decide_next(feed, checked, now, Random(checks), SETTINGS)
        pauses += after.state is FeedState.PAUSED and feed.state is not FeedState.PAUSED
        feed, checks = after, checks + 1
        now = after.next_check or now + timedelta(days=1)
    assert (feed.state, pauses) == (FeedState.PAUSED, 1)
    assert timedelta(days=30) <= now - NOW <= timedelta(days=33)
    assert 30 <= checks <= 60
    revived = decide_next(feed, Checked(Outcome.NOT_MODIFIED, feed.url, Validators()), now, Random(1), SETTINGS)
    assert revived.state is FeedState.ACTIVE


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "reply",
    [
        Reply(401),
        Reply(403),
        Reply(403, b"<html>", {"cf-mitigated": "challenge"}),
        Reply(503, b"<html>", {"cf-mitigated": "challenge", "Retry-After": "5"}),
        Reply(200, b"<html>", {"cf-mitigated": "challenge"}),
    ],
)
async def test_rule_35_a_site_that_refuses_robots_is_reported_and_left_alone(
    reply: Reply, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", reply)
    feed = a_feed(server.url("/a.xml"), first_fetched=ago(days=9), entries_week=168)
    checked = await fetcher.check(feed)
    assert (checked.outcome, checked.reason) == (Outcome.REFUSED, "refuses_robots")
    after = decide_next(feed, checked, NOW, Random(1), SETTINGS)
    assert after.last_error is not None
    assert after.last_error.startswith("refuses_robots")
    assert after.next_check is not None
    assert after.next_check > NOW + timedelta(minutes=20)
    assert len(server.log) == 1, "no second try under another name"
