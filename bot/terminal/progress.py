"""Progress on long work, on standard error and only when a terminal is there to see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.i18n import Translator
from bot.model.feeds import Feed
from bot.terminal.plain import plain

NAME_CHARS = 28


@contextmanager
def feed_progress(console: Console, words: Translator) -> Iterator[Callable[[int, int, Feed], None]]:
    """Gives a function ``(done, total, the feed just read)``; it draws a bar on a terminal and does nothing elsewhere."""
    if not console.is_terminal:
        yield lambda done, total, feed: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(words("terminal.fetching"), total=None, last="")

        def advance(done: int, total: int, feed: Feed) -> None:
            bar.update(task, completed=done, total=total, last=plain(feed.title)[:NAME_CHARS])

        yield advance
