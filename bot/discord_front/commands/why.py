"""``/why`` and the message menu: why something came, or did not; following and muting from the menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_front.commands.declare import command, menu
from bot.discord_front.front import Front
from bot.discord_front.marking import mark
from bot.discord_front.messages.why import why_view
from bot.discord_front.places import delivery_of_message, sees, visible_watches
from bot.discord_front.replies import answer, answered, think
from bot.discord_front.speaker import speaker
from bot.model.members import Mark
from bot.services.members import Denied

Link = app_commands.Range[str, 1, 2048]


def why_command(front: Front) -> app_commands.Command[Any, ..., None]:
    """The command."""

    async def why(interaction: discord.Interaction, link: Link) -> None:
        await think(interaction)
        await explain_link(front, interaction, link)

    return command("why", why)


async def explain_link(front: Front, interaction: discord.Interaction, link: str) -> None:
    """Answers for an article's address or a message link, with what the asker may see."""
    who = await speaker(front, interaction)
    watches = await visible_watches(front, interaction)
    found = await front.lookup.why(link, watches, sees(interaction))
    if found is None:
        raise Denied("denied.unknown_link")
    await answer(interaction, why_view(who.words, found))


def menus(front: Front) -> Sequence[app_commands.ContextMenu]:
    """The message menu."""

    async def why(interaction: discord.Interaction, message: discord.Message) -> None:
        async with answered(front, interaction):
            await think(interaction)
            found = await delivery_of_message(front, message.channel.id, message.id)
            if found is None or found[0].story_id is None or not sees(interaction)(found[1]):
                raise Denied("denied.not_an_alert")
            await explain_link(front, interaction, message.jump_url)

    async def follow(interaction: discord.Interaction, message: discord.Message) -> None:
        async with answered(front, interaction):
            await mark_message(front, interaction, message, Mark.FOLLOW)

    async def mute(interaction: discord.Interaction, message: discord.Message) -> None:
        async with answered(front, interaction):
            await mark_message(front, interaction, message, Mark.MUTE)

    return (menu("menu.why", why), menu("menu.follow", follow), menu("menu.mute", mute))


async def mark_message(front: Front, interaction: discord.Interaction, message: discord.Message, wanted: Mark) -> None:
    """Marks the story of one of Vigie's messages."""
    found = await delivery_of_message(front, message.channel.id, message.id)
    if found is None or found[0].story_id is None:
        raise Denied("denied.not_an_alert")
    await mark(front, interaction, found[0].story_id, wanted, found[1])
