"""Pages of stories: the same for a command and for its buttons, which carry all that the next page needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import discord

from bot.discord_front.front import Front
from bot.discord_front.messages.controls import ID_LIMIT, Button, Row, button, control_id, row
from bot.discord_front.messages.feeds import PAGE as FEEDS_PAGE
from bot.discord_front.messages.feeds import feeds_view
from bot.discord_front.messages.lines import quoted
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.sheet import Accent
from bot.discord_front.messages.stories import page_view
from bot.grouping.face import face_of
from bot.i18n import Translator
from bot.model.feeds import FeedKind, FeedState
from bot.services.lookup import PAGE, Page

QUERY_CHARS = ID_LIMIT - len("vigie:q:0:")
"""A search text must fit into the custom_id that carries it."""
SOURCE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Query:
    """A search with its filters, as its page buttons carry it."""

    text: str
    since: datetime | None = None
    language: str | None = None
    source: str | None = None

    def control(self, verb: str, offset: int) -> str:
        """The custom_id of a page button: everything but the text, which has a control of its own."""
        since = int(self.since.timestamp()) if self.since is not None else ""
        return control_id(verb, 0, offset, since, self.language or "", self.source or "")

    @classmethod
    def parse(cls, text: str, arguments: str) -> tuple[Query, int]:
        """The query and offset of a page button. Raises ValueError for a custom_id that is none of ours."""
        offset, since, language, source = arguments.split(":", 3)
        moment = datetime.fromtimestamp(int(since), UTC) if since else None
        return cls(text, moment, language or None, source or None), max(0, int(offset))


async def search_page(front: Front, words: Translator, query: Query, offset: int) -> discord.ui.LayoutView:
    """A page of search results."""
    page = await front.lookup.search(
        query.text, since=query.since, lang=query.language, source=query.source, offset=offset
    )
    if not page.stories and offset == 0:
        return said(words("pages.none"), accent=Accent.ANSWER)
    carrier = button("·", control_id("q", 0, query.text))
    carrier.label = f"{offset + 1}–{offset + len(page.stories)}"
    carrier.disabled = True
    buttons = _around(
        words, page, carrier, query.control("back", max(0, offset - PAGE)), query.control("next", offset + PAGE)
    )
    return _view(words, words("pages.search", text=quoted(query.text, 100)), page, buttons)


async def latest_page(
    front: Front,
    words: Translator,
    watch_ids: list[int] | None,
    offset: int,
    *,
    delivery: int = 0,
    watch: int = 0,
    phrase: str | None = None,
    size: int = PAGE,
) -> discord.ui.LayoutView:
    """A page of the newest stories, of some watches or of all."""
    page = await front.lookup.latest(watch_ids=watch_ids, offset=offset, size=size)
    if not page.stories and offset == 0:
        return said(words("pages.nothing_yet"), accent=Accent.ANSWER)
    title = words("pages.latest_watch", phrase=quoted(phrase, 100)) if phrase is not None else words("pages.latest")
    buttons = _around(
        words,
        page,
        None,
        control_id("newer", delivery, watch, max(0, offset - size)),
        control_id("older", delivery, watch, offset + size),
    )
    return _view(words, title, page, buttons)


def _around(words: Translator, page: Page, middle: Button | None, back: str, forward: str) -> Row | None:
    """Back and next, those that lead somewhere; with ``middle`` always all three, since it carries the query."""
    before = button(words("button.previous"), back)
    after = button(words("button.next"), forward)
    before.disabled = page.offset == 0
    after.disabled = not page.more
    if page.offset == 0 and not page.more:
        return None
    return row(before, middle, after)


def _view(words: Translator, title: str, page: Page, buttons: Row | None) -> discord.ui.LayoutView:
    stories = [(story, face_of(story, words.language)) for story in page.stories]
    return page_view(words, title, stories, page.offset, buttons)


async def feeds_answer(
    front: Front, words: Translator, guild_id: int | None, offset: int, *, health: bool
) -> discord.ui.LayoutView:
    """A page of sources: the operator's and those of this server, troubled ones first where health is asked for."""
    feeds = await front.lookup.feeds()
    here = (
        frozenset(feed.id for feed in await front.lookup.feeds(guild_id)) if guild_id is not None else frozenset[int]()
    )
    shown = [feed for feed in feeds if feed.kind is not FeedKind.MEMBER or feed.id in here]
    if health:
        shown.sort(
            key=lambda feed: (feed.failing_since is None and feed.state is FeedState.ACTIVE, feed.title.casefold())
        )
    else:
        shown.sort(key=lambda feed: feed.title.casefold())
    offset = offset if offset < len(shown) else 0
    verb = "health" if health else "feeds"
    back = button(words("button.previous"), control_id(verb, 0, max(0, offset - FEEDS_PAGE), "b"))
    forward = button(words("button.next"), control_id(verb, 0, offset + FEEDS_PAGE, "n"))
    back.disabled = offset == 0
    forward.disabled = offset + FEEDS_PAGE >= len(shown)
    buttons = row(back, forward) if len(shown) > FEEDS_PAGE else None
    return feeds_view(words, shown, here, offset, buttons, health=health)
