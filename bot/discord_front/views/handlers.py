"""What each button does. Arguments are what our own controls put there, but anyone may forge a custom_id: all is checked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.discord_front.front import Front
from bot.discord_front.marking import mark
from bot.discord_front.messages.controls import button, control_id, row
from bot.discord_front.messages.lines import quoted
from bot.discord_front.messages.plain import help_view, said
from bot.discord_front.messages.sheet import Accent
from bot.discord_front.messages.why import why_view
from bot.discord_front.pages import Query, feeds_answer, latest_page, search_page
from bot.discord_front.places import delivery_place, sees, visible_watches
from bot.discord_front.replies import answer, replace, think
from bot.discord_front.speaker import manages, speaker
from bot.model.members import Mark
from bot.services.members import Denied

Handler = Callable[[Front, discord.Interaction, int, str], Awaitable[None]]
"""(front, interaction, delivery id or 0, the arguments as they stand in the custom_id)."""


async def why(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Why this alert came."""
    await think(interaction)
    who = await speaker(front, interaction)
    found = await front.lookup.why_article(
        number(arguments), await visible_watches(front, interaction), sees(interaction)
    )
    if found is None:
        raise Denied("denied.unknown_link")
    await answer(interaction, why_view(who.words, found))


async def not_relevant(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Makes the watch one level stricter, with a button that takes it back."""
    await think(interaction)
    who = await speaker(front, interaction)
    watch_id, _, article_id = arguments.partition(":")
    before, after, feedback = await front.members.not_relevant(
        who.user_id, number(watch_id), number(article_id), manager=await may_change(front, interaction, delivery)
    )
    words = who.words
    text = words(
        "relevance.changed",
        phrase=quoted(after.phrase),
        before=words(f"choice.{before.strictness.value}"),
        after=words(f"choice.{after.strictness.value}"),
    )
    await answer(interaction, said(text, buttons=row(button(words("button.undo"), control_id("undo", 0, feedback)))))


async def may_change(front: Front, interaction: discord.Interaction, delivery: int) -> bool:
    """Whether the person manages the server that the delivery went to."""
    found = await delivery_place(front, delivery)
    return found is not None and manages(interaction) and found[1].guild_id == interaction.guild_id


async def undo(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Takes a feedback back."""
    who = await speaker(front, interaction)
    watch = await front.members.undo_feedback(who.user_id, number(arguments))
    strictness = who.words(f"choice.{watch.strictness.value}")
    await replace(interaction, said(who.words("relevance.undone", phrase=quoted(watch.phrase), strictness=strictness)))


def marks(wanted: Mark | None) -> Handler:
    """The handler of Follow, Mute and of their opposites."""

    async def handle(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
        await think(interaction)
        found = await delivery_place(front, delivery) if delivery else None
        await mark(front, interaction, number(arguments), wanted, found[1] if found is not None else None)

    return handle


async def latest(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """The newest stories, as an answer of its own: of the destination's watches under a digest, of all elsewhere."""
    await think(interaction)
    await answer(interaction, await _latest(front, interaction, delivery, "0:0"))


async def turn_latest(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Another page of the newest stories, in place."""
    await replace(interaction, await _latest(front, interaction, delivery, arguments))


async def _latest(
    front: Front, interaction: discord.Interaction, delivery: int, arguments: str
) -> discord.ui.LayoutView:
    who = await speaker(front, interaction)
    watch_text, _, offset = arguments.partition(":")
    watch_id = number(watch_text)
    watches = await visible_watches(front, interaction)
    phrase: str | None = None
    wanted: list[int] | None = None
    if watch_id:
        chosen = next((watch for watch in watches if watch.id == watch_id), None)
        if chosen is None:
            raise Denied("denied.no_such_watch")
        phrase, wanted = chosen.phrase, [watch_id]
    elif delivery:
        found = await delivery_place(front, delivery)
        if found is not None and sees(interaction)(found[1]):
            async with front.store.read() as unit:
                wanted = [watch.id for watch, _ in await unit.watches.of_destination(found[1].id)]
    return await latest_page(front, who.words, wanted, number(offset), delivery=delivery, watch=watch_id, phrase=phrase)


async def turn_search(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Another page of a search; its text stands in the control between the two buttons."""
    who = await speaker(front, interaction)
    text = carried_text(interaction)
    if text is None:
        raise Denied("denied.old_button")
    try:
        query, offset = Query.parse(text, arguments)
    except (ValueError, OverflowError, OSError):
        raise Denied("denied.old_button") from None
    await replace(interaction, await search_page(front, who.words, query, offset))


def carried_text(interaction: discord.Interaction) -> str | None:
    """The search text that the message's own controls carry."""
    start = control_id("q", 0, "")
    pending: list[object] = list(interaction.message.components) if interaction.message is not None else []
    while pending:
        component = pending.pop()
        custom_id = getattr(component, "custom_id", None)
        if isinstance(custom_id, str) and custom_id.startswith(start):
            return custom_id.removeprefix(start)
        pending.extend(getattr(component, "children", ()) or ())
    return None


def turn_feeds(*, health: bool) -> Handler:
    """Another page of the sources."""

    async def handle(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
        who = await speaker(front, interaction)
        offset = number(arguments.partition(":")[0])
        await replace(interaction, await feeds_answer(front, who.words, interaction.guild_id, offset, health=health))

    return handle


async def show_help(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """How it works."""
    who = await speaker(front, interaction)
    await answer(interaction, help_view(who.words))


async def erase(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Erases the member's own data; the id in the button must be theirs."""
    who = await speaker(front, interaction)
    if number(arguments) != who.user_id:
        raise Denied("denied.not_your_button")
    await front.members.erase(who.user_id)
    await replace(interaction, said(who.words("mydata.erased")))


async def keep(front: Front, interaction: discord.Interaction, delivery: int, arguments: str) -> None:
    """Nothing is erased."""
    who = await speaker(front, interaction)
    await replace(interaction, said(who.words("mydata.kept"), accent=Accent.ANSWER))


def number(text: str) -> int:
    """An id of a custom_id. Raises Denied for anything else: ours are always digits."""
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise Denied("denied.old_button")
    return int(text)


HANDLERS: dict[str, Handler] = {
    "why": why,
    "no": not_relevant,
    "undo": undo,
    "follow": marks(Mark.FOLLOW),
    "mute": marks(Mark.MUTE),
    "unfollow": marks(None),
    "unmute": marks(None),
    "latest": latest,
    "newer": turn_latest,
    "older": turn_latest,
    "next": turn_search,
    "back": turn_search,
    "feeds": turn_feeds(health=False),
    "health": turn_feeds(health=True),
    "help": show_help,
    "erase": erase,
    "keep": keep,
}
"""Verb → what it does."""
