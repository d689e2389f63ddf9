"""Stories of a file of articles: what the live window would have made of them, had they come one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from bot.grouping.features import Features
from bot.grouping.priors import Priors
from bot.grouping.window import Arrival, StoryWindow, WindowOptions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNBOUNDED = timedelta(days=365_000)


@dataclass(frozen=True, slots=True)
class Item:
    """An article of the file, in the file's order. ``published`` is a moment (UTC), a day, or None when nothing is known of it."""

    features: Features
    lang: str | None
    source: str
    published: datetime | date | None


def order(published: Sequence[datetime | date | None]) -> list[int]:
    """The positions in order of publication. A day comes before the moments of that day; equal times keep the file's order.

    What has no date comes last, in the file's order: when it came is unknown, and put in anywhere else it could decide about articles
    that were there before it.
    """
    return sorted(range(len(published)), key=lambda i: (published[i] is None, moment(published[i]) or _EPOCH, i))


def moment(published: datetime | date | None) -> datetime | None:
    """A publication time as the window wants it: a bare day is its noon's morning, 00:00 UTC."""
    if published is None or isinstance(published, datetime):
        return published
    return datetime(published.year, published.month, published.day, tzinfo=UTC)


def group(
    items: Sequence[Item],
    priors: Priors | None = None,
    options: WindowOptions | None = None,
    *,
    track: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[int]:
    """The story of each item, in the order of ``items``; stories are numbered from 1 as they open, merges are applied.

    Articles without a date come last and may belong to a story of any age, so nothing expires. ``track`` wraps the loop, for progress.
    """
    window = StoryWindow(options, priors)
    numbers = count(1)
    for position in track(order([item.published for item in items])):
        item = items[position]
        at = moment(item.published)
        window.place(
            Arrival(position, item.features, item.lang, item.source, item.source, "", at, at or _EPOCH),
            lambda: next(numbers),
        )
    return [window.story_of(position) or 0 for position in range(len(items))]
