"""Progress on long work, on standard error and only when a terminal is there to see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.terminal.plain import plain

NAME_CHARS = 28


@contextmanager
def progress(title: str, *, console: Console | None = None) -> Iterator[Callable[[int, int, str], None]]:
    """Gives a function ``(done, total, name of the last one)``; it draws a bar on a terminal and does nothing elsewhere."""
    console = console or Console(stderr=True, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        yield lambda done, total, name: None
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
        task = bar.add_task(title, total=None, last="")

        def advance(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, last=plain(name)[:NAME_CHARS])

        yield advance
