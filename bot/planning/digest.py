"""Composing a digest: what is told, in which order, and where it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.model.content import DigestContent, DigestGroup, DigestItem

ITEMS_PER_PART = 10
"""Stories one message holds; with two lines each they stay within Discord's 4000 characters and 40 components."""

STORIES_PER_DIGEST = 30
"""Stories a digest names at most; the rest is reached by /latest."""


def rank(item: DigestItem, until: datetime) -> tuple[float, int]:
    """Independent outlets first, halved for every twelve hours since the story last changed; ids break ties the same way always."""
    age_h = max(0.0, (until - item.story.changed).total_seconds() / 3600)
    weight = (item.story.outlets + 0.5) * 0.5 ** (age_h / 12)
    return (-weight, item.story.id)


def compose(
    groups: Sequence[DigestGroup],
    since: datetime,
    until: datetime,
    *,
    late: bool = False,
    catch_up: bool = False,
    sample: bool = False,
) -> tuple[DigestContent, ...]:
    """The digest's messages: a story stands once, under the first watch that caught it; parts are cut between stories; empty: ()."""
    seen: set[int] = set()
    ordered: list[tuple[int, str, DigestItem]] = []
    for group in groups:
        for item in sorted(group.items, key=lambda entry: rank(entry, until)):
            if item.story.id not in seen and len(seen) < STORIES_PER_DIGEST:
                seen.add(item.story.id)
                ordered.append((group.watch_id, group.phrase, item))
    pieces = [ordered[start : start + ITEMS_PER_PART] for start in range(0, len(ordered), ITEMS_PER_PART)]
    contents: list[DigestContent] = []
    for number, piece in enumerate(pieces, start=1):
        merged: dict[tuple[int, str], list[DigestItem]] = {}
        for watch_id, phrase, item in piece:
            merged.setdefault((watch_id, phrase), []).append(item)
        contents.append(
            DigestContent(
                since=since,
                until=until,
                groups=tuple(
                    DigestGroup(watch_id, phrase, tuple(items)) for (watch_id, phrase), items in merged.items()
                ),
                part=number,
                parts=len(pieces),
                late=late,
                catch_up=catch_up,
                sample=sample,
            )
        )
    return tuple(contents)
