"""The bundled sample is what it says: readable feeds, dated now, invented, and telling one development in three languages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from bot.sample import SAMPLE_FEEDS, STEPS, SampleFeed, snapshot

END = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


def items(feed: SampleFeed, step: int) -> dict[str, tuple[str, datetime]]:
    """Key → title and text, date."""
    root = ET.fromstring(snapshot(feed, step, END))
    found = {}
    for item in root.iter("item"):
        found[item.findtext("guid", "")] = (
            item.findtext("title", "") + item.findtext("description", ""),
            parsedate_to_datetime(item.findtext("pubDate", "")),
        )
    for entry in root.iter(f"{ATOM}entry"):
        found[entry.findtext(f"{ATOM}id", "")] = (
            entry.findtext(f"{ATOM}title", "") + entry.findtext(f"{ATOM}summary", ""),
            datetime.fromisoformat(entry.findtext(f"{ATOM}published", "")),
        )
    return found


@pytest.mark.parametrize("feed", SAMPLE_FEEDS, ids=lambda feed: feed.name)
def test_each_snapshot_is_dated_before_the_end_and_grows(feed: SampleFeed) -> None:
    first, last = items(feed, 0), items(feed, STEPS - 1)
    assert 3 <= len(first) < len(last)
    assert first.keys() <= last.keys()
    dates = [date for _, date in last.values()]
    assert all(END - timedelta(days=1) < date < END for date in dates)
    assert all(first[key][1] == last[key][1] for key in first)


@pytest.mark.parametrize("feed", SAMPLE_FEEDS, ids=lambda feed: feed.name)
@pytest.mark.parametrize("step", range(STEPS))
def test_every_address_is_invented(feed: SampleFeed, step: int) -> None:
    hosts = re.findall(rb"https?://([^/\"<]+)", snapshot(feed, step, END).replace(b"http://www.w3.org/2005/Atom", b""))
    assert hosts
    assert all(host.endswith(b".example") for host in hosts)


def test_two_outlets_tell_the_development_first_and_the_third_confirms_it() -> None:
    new = [
        {feed.name for feed in SAMPLE_FEEDS if items(feed, step).keys() - items(feed, max(step - 1, 0)).keys()}
        for step in range(STEPS)
    ]
    assert new == [set(), {"fr", "en"}, {"uk"}]


def test_one_article_is_edited() -> None:
    french = SAMPLE_FEEDS[0]
    before, after = items(french, 0), items(french, STEPS - 1)
    assert [key for key in before if before[key][0] != after[key][0]] == ["phare-104"]
