"""Captures of real feeds, where they are at hand: each is read whole. They stay outside of the project (their text is the outlets')."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.feeds.fetcher import Fetcher
from bot.feeds.options import FetchSettings
from bot.feeds.results import Outcome
from tests.feeds.conftest import a_feed
from tests.standins.feed_server import FeedServer

SHARED = Path(os.environ.get("VIGIE_SHARED", Path(__file__).parents[2].parent / "shared"))
FEEDS = SHARED / "data" / "feeds"
pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not FEEDS.is_dir(), reason=f"no captures at {FEEDS} (VIGIE_SHARED)"),
]

UNDATED = {
    "de-heise-rdf-2018.xml": 60,
    "ru-meduza-2025-08-19.xml": 24,
    "en-cnn-2022-07-27.rss": 17,
    "uk-dw-rdf-2016-05-26.xml": 2,
}
"""No dates at all, or all of them the epoch."""
FLAWED = {"fr-lemonde-2014.rss", "en-guardian-world-2022-09-25.xml"}
"""Not well-formed: read with a warning."""
CUT = {"uk-dw-rdf-2016-05-26.xml": 2}
"""Items that whoever stored the capture folded to «...»."""


def _rows() -> dict[str, tuple[str, int]]:
    """File to language and number of items, as the table beside the captures gives them."""
    table = (FEEDS / "SOURCES.md").read_text() if FEEDS.is_dir() else ""
    rows = re.findall(r"^\| (\S+) \|[^|]*\| (\w+) \|[^|]*\| (\d+) \|", table, re.MULTILINE)
    return {name: (lang, int(items)) for name, lang, items in rows}


async def test_every_capture_is_read_whole_over_http() -> None:
    rows = _rows()
    assert len(rows) == 43
    async with FeedServer(folder=FEEDS) as server:
        settings = FetchSettings(allow_private=frozenset({server.pair}), host_gap_s=0, requests_per_host=4)
        async with Fetcher(settings, SystemClock()) as fetcher:
            for name, (_, items) in rows.items():
                checked = await fetcher.check(a_feed(server.url(f"/{name}")))
                assert checked.outcome is Outcome.PARSED, (name, checked.reason, checked.detail)
                assert len(checked.entries) == items, name
                assert checked.validators.etag is not None, name
                wordless = [e for e in checked.entries if not (e.title.strip() or e.summary.strip())]
                assert len(wordless) == CUT.get(name, 0), name
                assert sum(e.published is None for e in checked.entries) == UNDATED.get(name, 0), name
                assert (checked.warning is not None and "SAX" in checked.warning) == (name in FLAWED), name
