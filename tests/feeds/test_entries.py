"""Rules 44 to 59: which entries are new, edited or known. Days are played through a small memory that does what the store does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.feeds.article import make_article
from bot.feeds.fetcher import Fetcher
from bot.feeds.identity import (
    EntryPlan,
    Known,
    NewEntry,
    Route,
    Why,
    forget_before,
    key_entries,
    sort_entries,
    wanted,
)
from bot.feeds.options import FetchSettings
from bot.language.detect import detect
from bot.language.text import clean_html
from bot.model.articles import Entry
from bot.model.feeds import Feed, SeenEntry
from tests.feeds.conftest import NOW, a_feed, ago, item, rss
from tests.standins.feed_server import FeedServer, Reply

SETTINGS = FetchSettings()
HOUR = timedelta(hours=1)


def entry(number: int = 1, **fields: object) -> Entry:
    """An entry; what is not given is made from the number, and dated an hour and ``number`` seconds ago."""
    usual: dict[str, object] = {
        "guid": f"guid-{number}",
        "link": f"https://news.example.org/{number}",
        "title": f"Titre {number}",
        "summary": f"Corps {number}",
        "published": NOW - HOUR - timedelta(seconds=number),
    }
    return Entry(key="", **{**usual, **fields})  # type: ignore[arg-type]


@dataclass
class Memory:
    """A feed with what is remembered of it, looked up by what a document names, as the store does."""

    feed: Feed = field(default_factory=lambda: a_feed(first_fetched=ago(days=30)))
    seen: dict[str, SeenEntry] = field(default_factory=dict)
    articles: int = 0

    def fetch(self, *entries: Entry, now: datetime = NOW, settings: FetchSettings = SETTINGS) -> EntryPlan:
        listed = key_entries(entries)
        keys, links = wanted(listed)
        found = [s for s in self.seen.values() if s.key in keys or s.canonical in links]
        dates = [s.published for s in self.seen.values() if s.published is not None]
        plan = sort_entries(self.feed, Known.of(found, max(dates, default=None)), listed, now, settings)
        for touched in plan.touched:
            self.seen[touched.key] = touched
        for new in plan.new:
            self.articles += 1
            self.seen[new.seen.key] = replace(new.seen, article_id=self.articles)
        for edited in plan.edited:
            self.seen[edited.seen.key] = edited.seen
        self.feed = replace(self.feed, first_fetched=self.feed.first_fetched or now)
        return plan


def titles(new: Sequence[NewEntry], route: Route | None = None) -> list[str]:
    return [n.entry.title for n in new if route is None or n.route is route]


def alerts(plan: EntryPlan) -> list[str]:
    return titles(plan.new, Route.ALERT)


@pytest.fixture
def memory() -> Memory:
    return Memory()


# -- identity


def test_rule_44_keys_are_the_guid_then_guid_and_link_then_link_then_content() -> None:
    keyed = key_entries(
        [
            entry(1),
            entry(2, guid="same"),
            entry(3, guid="same"),
            entry(4, guid=None),
            entry(5, guid=None, link=None),
            entry(6, guid=None, link=None),
        ]
    )
    keys = [e.key for e in keyed]
    assert keys[:4] == [
        "guid-1",
        "same|https://news.example.org/2",
        "same|https://news.example.org/3",
        "https://news.example.org/4",
    ]
    assert keys[4].startswith("hash:")
    assert len(set(keys)) == 6


def test_rule_44_entries_without_own_guids_under_one_address_do_not_hide_each_other() -> None:
    ticker = [entry(n, guid=None, link="https://news.example.org/live") for n in range(3)]
    same_guid = [entry(n, guid="x", link=None) for n in range(3)]
    for listed in (ticker, same_guid):
        assert len({e.key for e in key_entries(listed)}) == 3


def test_rule_44_the_id_belongs_to_the_feed_not_to_the_world(memory: Memory) -> None:
    other = Memory(replace(memory.feed, id=2))
    assert alerts(memory.fetch(entry(1, guid="1"))) == ["Titre 1"]
    assert alerts(other.fetch(entry(1, guid="1"))) == ["Titre 1"]
    assert {s.feed_id for s in other.seen.values()} == {2}


def test_rule_44_an_entry_listed_twice_is_one(memory: Memory) -> None:
    assert titles(memory.fetch(entry(1), entry(1)).new) == ["Titre 1"]
    assert memory.fetch(entry(1)).new == ()


@pytest.mark.parametrize(
    "link",
    [
        "http://news.example.org/1", "https://www.news.example.org/1", "https://news.example.org/1#direct", "https://news.example.org/1/",
        "https://NEWS.example.org:443/1?utm_source=rss&utm_medium=x", "https://news.example.org./1?at_medium=RSS&at_campaign=1",
        "https://news.example.org/1?xtor=RSS-1",
    ],
)  # fmt: skip
def test_rule_45_the_canonical_link_blocks_a_repeat_when_the_guid_changes(link: str, memory: Memory) -> None:
    memory.fetch(entry(1))
    plan = memory.fetch(entry(1, guid="quite-another", link=link))
    assert (plan.new, plan.edited) == ((), ())
    assert memory.seen["quite-another"].article_id == 1
    assert memory.fetch(entry(1, guid="quite-another", link=link)).touched == ()


@pytest.mark.parametrize(
    "link",
    ["https://news.example.org/2", "https://news.example.org/1?page=2", "https://other.example.org/1", "https://news.example.org/1/a"],
)  # fmt: skip
def test_rule_45_another_page_is_another_entry(link: str, memory: Memory) -> None:
    memory.fetch(entry(1))
    assert titles(memory.fetch(entry(1, guid="quite-another", link=link)).new) == ["Titre 1"]


def test_rule_45_a_new_guid_with_new_words_for_the_same_page_is_an_edit(memory: Memory) -> None:
    memory.fetch(entry(1))
    plan = memory.fetch(entry(1, guid="other", title="Autre titre"))
    assert plan.new == ()
    assert [(e.entry.title, e.seen.article_id) for e in plan.edited] == [("Autre titre", 1)]
    assert memory.fetch(entry(1, guid="other", title="Autre titre")).edited == ()


def test_rule_45_stories_of_a_ticker_that_share_a_page_or_link_to_the_front_page_stay_apart(memory: Memory) -> None:
    live = "https://news.example.org/live"
    assert len(memory.fetch(entry(1, link=live + "#1"), entry(2, link=live + "#2")).new) == 2
    assert titles(memory.fetch(entry(3, link=live), entry(1, link=live), entry(2, link=live)).new) == ["Titre 3"]
    front = Memory()
    front.fetch(entry(1, link="https://news.example.org/"))
    assert titles(front.fetch(entry(2, link="https://news.example.org/")).new) == ["Titre 2"]


# -- floods


def test_rule_46_when_half_the_window_looks_new_only_unseen_and_newer_entries_alert(memory: Memory) -> None:
    memory.fetch(*(entry(n) for n in range(10, 30)))
    redone = [entry(n, guid=f"new-{n}", link=f"https://new.example.org/n/{n}") for n in range(10, 30)]
    fresh = entry(1, published=NOW)
    plan = memory.fetch(fresh, *redone)
    assert plan.mass_change
    assert alerts(plan) == ["Titre 1"]
    assert {n.why for n in plan.new if n.route is Route.SILENT} == {Why.MASS_CHANGE}
    assert len(plan.new) == 21, "recorded all the same"


def test_rule_46_a_window_that_turned_over_during_an_outage_alerts(memory: Memory) -> None:
    memory.fetch(*(entry(n, published=ago(days=2, minutes=n)) for n in range(10, 20)))
    plan = memory.fetch(*(entry(n, published=ago(minutes=n)) for n in range(10)))
    assert plan.mass_change
    assert len(alerts(plan)) == 10


def test_rule_46_fewer_than_five_are_no_mass_change(memory: Memory) -> None:
    memory.fetch(entry(9))
    plan = memory.fetch(*(entry(n, published=ago(hours=30)) for n in range(4)))
    assert not plan.mass_change
    assert len(alerts(plan)) == 4


def test_rule_46_undated_entries_of_a_mass_change_stay_silent(memory: Memory) -> None:
    memory.fetch(*(entry(n, published=None) for n in range(10)))
    assert (
        alerts(
            memory.fetch(
                *(entry(n, guid=f"x{n}", link=f"https://x.example.org/{n}", published=None) for n in range(10))
            )
        )
        == []
    )


def test_rule_47_a_known_guid_with_another_link_title_and_a_newer_date_is_a_new_story(memory: Memory) -> None:
    memory.fetch(entry(1))
    again = entry(1, link="https://news.example.org/b", title="Tout autre", published=NOW)
    assert alerts(memory.fetch(again)) == ["Tout autre"]
    assert memory.fetch(again).new == ()
    assert memory.articles == 2
    back = entry(1, published=NOW + HOUR)
    assert memory.fetch(back, now=NOW + 2 * HOUR).new == (), "the first story's page is still known"


@pytest.mark.parametrize(
    "changed",
    [
        {"link": "https://news.example.org/b", "published": NOW},
        {"title": "Tout autre", "published": NOW},
        {"link": "https://news.example.org/b", "title": "Tout autre"},
        {"link": "https://news.example.org/b", "title": "Tout autre", "published": None},
        {"link": "https://news.example.org/b", "title": "TITRE  1", "published": NOW},
    ],
)
def test_rule_47_less_than_all_three_is_no_new_story(changed: dict[str, object], memory: Memory) -> None:
    memory.fetch(entry(1))
    assert memory.fetch(entry(1, **changed)).new == ()


def test_rule_48_an_edit_updates_and_never_alerts_and_at_most_24_times(memory: Memory) -> None:
    memory.fetch(entry(1))
    edits = [memory.fetch(entry(1, summary=f"Corps, version {n}")) for n in range(30)]
    assert [len(plan.edited) for plan in edits] == [1] * 24 + [0] * 6
    assert not any(plan.new for plan in edits)
    assert edits[0].edited[0].seen.article_id == 1
    assert edits[0].edited[0].seen.edits == 1


def test_rule_48_blanks_are_no_edit(memory: Memory) -> None:
    memory.fetch(entry(1, summary="Un  corps\n"))
    assert memory.fetch(entry(1, summary=" Un corps")).edited == ()


@pytest.mark.parametrize("date", [NOW, None, ago(days=3), NOW + timedelta(days=90)])
def test_rule_49_a_changed_date_alone_is_nothing(date: datetime | None, memory: Memory) -> None:
    memory.fetch(entry(1))
    plan = memory.fetch(entry(1, published=date))
    assert (plan.new, plan.edited, plan.touched, plan.known) == ((), (), (), 1)


# -- dates


def test_rule_50_no_date_means_the_time_first_seen_fixed_once(memory: Memory) -> None:
    plan = memory.fetch(entry(1, published=None))
    (new,) = plan.new
    assert (new.published, new.seen.published, new.route) == (NOW, None, Route.ALERT)
    for days in range(1, 9):
        later = memory.fetch(entry(1, published=None), now=NOW + timedelta(days=days))
        assert later.new == ()
        assert memory.seen["guid-1"].first_seen == NOW


def test_rule_51_a_date_more_than_a_day_ahead_means_the_time_first_seen(memory: Memory) -> None:
    plan = memory.fetch(entry(1, published=NOW + timedelta(days=400)), entry(2, published=NOW + timedelta(hours=23)))
    dates = {n.entry.title: n.published for n in plan.new}
    assert dates == {"Titre 1": NOW, "Titre 2": NOW + timedelta(hours=23)}
    assert len(alerts(plan)) == 2
    assert memory.fetch(entry(1, published=NOW + timedelta(days=400)), now=NOW + HOUR).new == ()
    article = make_article(plan.new[0].entry, memory.feed, NOW, lambda: 1, clean_html, detect)
    assert article.published == NOW, "it is not pinned to the top"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "date",
    ["Thu, 01 Jan 1970 00:00:00 +0000", "mardi 10 mars 2026 à 12h34", "10 березня 2026, 12:34", "soon", "0", "99999-99-99", "Mon, 01 Jan 0001 00:00:00 GMT"],
)  # fmt: skip
async def test_rule_52_an_odd_date_does_not_fail_the_feed_and_counts_as_none(
    date: str, fetcher: Fetcher, server: FeedServer
) -> None:
    server.script("/a.xml", Reply(200, rss(item(1, date=date), item(2))))
    checked = await fetcher.check(a_feed(server.url("/a.xml")))
    assert [e.published for e in checked.entries] == [None, NOW]
    assert len(alerts(Memory().fetch(*checked.entries))) == 2


def test_rule_53_what_is_older_than_7_days_is_recorded_and_not_alerted(memory: Memory) -> None:
    plan = memory.fetch(entry(1, published=ago(days=7, minutes=1)), entry(2, published=ago(days=6, hours=23)))
    assert alerts(plan) == ["Titre 2"]
    assert [(n.route, n.why) for n in plan.new if n.entry.title == "Titre 1"] == [(Route.SILENT, Why.OLD)]


def test_rule_54_what_vanishes_and_returns_within_90_days_stays_seen(memory: Memory) -> None:
    memory.fetch(entry(1))
    for day in range(1, 20):
        memory.fetch(entry(1), entry(2), now=NOW + timedelta(days=day))
    last = NOW + timedelta(days=19)
    assert memory.seen["guid-1"].last_seen >= last - timedelta(days=1), "it lives from when it was last listed"
    returned = last + timedelta(days=89)
    assert memory.seen["guid-1"].last_seen >= forget_before(returned, SETTINGS)
    assert memory.seen["guid-1"].last_seen < forget_before(last + timedelta(days=92), SETTINGS)
    assert memory.fetch(entry(1), now=returned).new == ()


def test_rule_54_a_listed_entry_is_written_once_a_day_not_at_every_fetch(memory: Memory) -> None:
    memory.fetch(entry(1))
    writes = [len(memory.fetch(entry(1), now=NOW + timedelta(minutes=15 * n)).touched) for n in range(1, 4 * 24 * 3)]
    assert sum(writes) == 2


def test_rule_55_the_order_of_the_document_means_nothing_and_the_oldest_comes_first(memory: Memory) -> None:
    plan = memory.fetch(entry(2), entry(5), entry(1), entry(9), entry(3, published=None))
    assert titles(plan.new) == ["Titre 9", "Titre 5", "Titre 2", "Titre 1", "Titre 3"]


def test_rule_56_the_first_fetch_records_all_and_tells_nothing() -> None:
    memory = Memory(a_feed())
    plan = memory.fetch(*(entry(n) for n in range(30)))
    assert {(n.route, n.why) for n in plan.new} == {(Route.SILENT, Why.FIRST_FETCH)}
    assert len(plan.new) == 30
    assert not plan.mass_change
    assert alerts(memory.fetch(entry(99, published=NOW), *(entry(n) for n in range(30)))) == ["Titre 99"]


def test_rule_57_after_a_burst_the_newest_alert_and_the_rest_is_left_to_a_digest(memory: Memory) -> None:
    memory.fetch(entry(999, published=ago(days=2)))
    plan = memory.fetch(*(entry(n) for n in range(50)))
    assert len(plan.new) == 50, "nothing is dropped"
    assert alerts(plan) == [f"Titre {n}" for n in range(19, -1, -1)]
    assert {n.why for n in plan.new if n.route is Route.DIGEST} == {Why.BURST}
    assert len(titles(plan.new, Route.DIGEST)) == 30


def test_rule_58_the_same_document_again_after_a_crash_gives_the_same_plan_until_it_is_stored(memory: Memory) -> None:
    """The unique key of a delivery belongs to the store; fetching's part is that a plan has no effect of its own."""
    listed = key_entries([entry(1), entry(2)])
    first, second = (sort_entries(memory.feed, Known.of([]), listed, NOW, SETTINGS) for _ in range(2))
    assert first == second


@pytest.mark.asyncio
async def test_rule_59_archives_are_not_walked_and_a_shorter_window_deletes_nothing(
    fetcher: Fetcher, server: FeedServer
) -> None:
    head = "".join(
        f'<atom:link rel="{rel}" href="{server.url("/old.xml")}"/>'
        for rel in ("prev-archive", "next", "previous", "current")
    )
    body = rss(item(1), head=head).replace(b"<rss ", b'<rss xmlns:atom="http://www.w3.org/2005/Atom" ')
    server.script("/a.xml", Reply(200, body))
    await fetcher.check(a_feed(server.url("/a.xml")))
    assert len(server.log) == 1
    memory = Memory()
    memory.fetch(*(entry(n) for n in range(10)))
    before = dict(memory.seen)
    plan = memory.fetch(entry(1))
    assert (plan.new, plan.edited, plan.touched) == ((), (), ())
    assert memory.seen == before


def test_an_entry_without_a_word_waits_until_it_has_some(memory: Memory) -> None:
    assert memory.fetch(entry(1, title=" ", summary="")).new == ()
    assert alerts(memory.fetch(entry(1))) == ["Titre 1"]


def test_many_days_of_a_moving_window_alert_each_entry_once(memory: Memory) -> None:
    memory.fetch(*(entry(n, published=NOW - timedelta(minutes=n)) for n in range(20)))
    told: list[str] = []
    for step in range(1, 300):
        now = NOW + timedelta(minutes=15 * step)
        window = [
            entry(1000 + n, published=NOW + timedelta(minutes=15 * n)) for n in range(max(1, step - 19), step + 1)
        ]
        told += alerts(memory.fetch(*window, now=now))
    assert told == [f"Titre {1000 + n}" for n in range(1, 300)]
