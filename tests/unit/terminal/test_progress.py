"""Progress is drawn for a person and for nobody else."""

from __future__ import annotations

import io

from rich.console import Console

from bot.i18n import translator
from bot.model.feeds import Feed
from bot.terminal.progress import feed_progress

FEED = Feed(id=1, url="https://phare.example/rss", title="Le Phare\x1b[31m")


def test_a_pipe_sees_nothing() -> None:
    out = io.StringIO()
    with feed_progress(Console(file=out, force_terminal=False), translator("fr")) as advance:
        advance(1, 2, FEED)
    assert out.getvalue() == ""


def test_a_terminal_sees_how_far_it_is() -> None:
    out = io.StringIO()
    with feed_progress(Console(file=out, force_terminal=True, width=120), translator("fr")) as advance:
        advance(1, 2, FEED)
        advance(2, 2, FEED)
    assert "2/2" in out.getvalue()
    assert "Le Phare[31m" in out.getvalue()
