"""The sample feeds as files, dated when they are asked for.

Each feed stands in ``feeds/`` as two snapshots that a person can read, ``fr-1.xml`` and ``fr-2.xml``. Their dates are written as minutes before
the end of the sample (``@-95m``) and become real dates here, in the form of the feed's format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

_FOLDER = Path(__file__).parent / "feeds"
_DATE = re.compile(r"@-(\d+)m")

STEPS = 3
"""Step 0: what is already there. Step 1: two outlets report a development. Step 2: the third confirms it, and an article was edited."""


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """An invented outlet. ``moves_at``: the step from which its second snapshot is served."""

    name: str
    title: str
    language: str
    country: str
    content_type: str
    moves_at: int


SAMPLE_FEEDS = (
    SampleFeed("fr", "Le Phare du Soir (exemple)", "fr", "FR", "application/rss+xml; charset=utf-8", 1),
    SampleFeed("en", "The Harbour Ledger (sample)", "en", "GB", "application/atom+xml; charset=utf-8", 1),
    SampleFeed("uk", "Вісник Затоки (приклад)", "uk", "UA", "application/rss+xml; charset=utf-8", 2),
)


def snapshot(feed: SampleFeed, step: int, end: datetime) -> bytes:
    """The body of ``feed`` at ``step`` (0 to STEPS - 1) of a sample whose last minute is ``end`` (aware UTC)."""
    number = 2 if step >= feed.moves_at else 1
    text = (_FOLDER / f"{feed.name}-{number}.xml").read_text(encoding="utf-8")
    atom = "atom" in feed.content_type

    def dated(found: re.Match[str]) -> str:
        moment = (end - timedelta(minutes=int(found.group(1)))).replace(microsecond=0)
        return moment.isoformat() if atom else format_datetime(moment)

    return _DATE.sub(dated, text).encode()
