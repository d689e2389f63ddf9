"""Sources: the list and their health."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.discord_front.escape import fitted
from bot.discord_front.messages import lines
from bot.discord_front.messages.controls import Row
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.feeds.results import Candidate
from bot.i18n import Translator
from bot.model.feeds import Feed, FeedKind, FeedState

PAGE = 15

_TROUBLES = {
    "timeout": "trouble.timeout",
    "throttled": "trouble.refused",
    "refuses_robots": "trouble.refused",
    "too_large": "trouble.too_large",
    "html_page": "trouble.not_feed",
    "empty": "trouble.not_feed",
    "encoding": "trouble.not_feed",
    "connect": "trouble.unreachable",
    "dns": "trouble.unreachable",
    "tls": "trouble.unreachable",
    "reset": "trouble.unreachable",
    "private_address": "trouble.unreachable",
    "bad_response": "trouble.server",
    "not_found": "trouble.not_found",
    "gone": "trouble.not_found",
}


def feeds_view(
    words: Translator, feeds: Sequence[Feed], here: frozenset[int], offset: int, buttons: Row | None, *, health: bool
) -> discord.ui.LayoutView:
    """A page of sources. ``here``: those this server added; ``health``: with last success, delay and trouble."""
    sheet = Sheet(Accent.ANSWER, reserve=4)
    if not feeds:
        sheet.text(words("feeds.none"))
        return sheet.view()
    title = words("feeds.health") if health else words("feeds.title")
    sheet.text(f"## {title}", f"-# {words('feeds.count', n=len(feeds))}")
    rows = []
    for feed in feeds[offset : offset + PAGE]:
        name = f"{lines.language_tag(feed.language)} **{fitted(feed.title, 60)}** ({lines.kind_name(words, feed.kind.value)})"
        if feed.kind is FeedKind.STATE_CONTROLLED:
            name = f"⚠️ {name}"
        extra = [words("feeds.here")] if feed.id in here else []
        if health:
            extra.append(condition(words, feed))
            if feed.delay_s is not None:
                extra.append(words("feeds.delay", delay=duration(words, feed.delay_s)))
        rows.append(f"- {name}" + (f"\n  -# {' · '.join(extra)}" if extra else ""))
    text: list[str] = []
    for line in rows:
        if sum(len(one) + 1 for one in text) + len(line) < sheet.room:
            text.append(line)
    sheet.text(*text)
    sheet.row(buttons)
    return sheet.view()


def condition(words: Translator, feed: Feed) -> str:
    """How a source is doing, in one phrase."""
    if feed.state is not FeedState.ACTIVE:
        return f"⏹️ {words(f'feeds.state.{feed.state.value}')}"
    if feed.failing_since is not None:
        return "❌ " + words(
            "feeds.failing", when=lines.stamp(feed.failing_since), reason=trouble(words, feed.last_error or "")
        )
    if feed.last_success is None:
        return f"⏳ {words('feeds.waiting')}"
    return "✅ " + words("feeds.ok", when=lines.stamp(feed.last_success))


def trouble(words: Translator, reason: str) -> str:
    """A recorded error's first word in the reader's language; which exactly it was is the operator's business."""
    head = reason.split(":")[0].split()[0].strip().lower() if reason.strip() else ""
    if head.isdigit():
        code = int(head)
        return words(
            "trouble.not_found" if code in {404, 410} else "trouble.server" if code >= 500 else "trouble.refused"
        )
    return words(_TROUBLES.get(head, "trouble.other"))


def duration(words: Translator, seconds: float) -> str:
    """A length of time in whole minutes or hours; the units' signs are the same in all interface languages."""
    minutes = max(1, round(seconds / 60))
    return f"{words.number(minutes)} min" if minutes < 120 else f"{words.number(round(minutes / 60))} h"


def candidates_view(words: Translator, candidates: Sequence[Candidate]) -> discord.ui.LayoutView:
    """The feeds that a page names."""
    sheet = Sheet(Accent.ANSWER)
    rows = [f"- {fitted(found.title, 80)}\n  `{found.url.replace('`', '%60')[:300]}`" for found in candidates[:10]]
    sheet.text(words("feeds.several"), *rows)
    return sheet.view()
