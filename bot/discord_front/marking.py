"""Following and muting a story, for a channel or for oneself."""

from __future__ import annotations

import discord

from bot.discord_front.front import Front
from bot.discord_front.messages.plain import said
from bot.discord_front.replies import answer
from bot.discord_front.speaker import manages, speaker
from bot.model.members import Mark
from bot.model.watches import Destination

_SAID = {Mark.FOLLOW: "mark.followed", Mark.MUTE: "mark.muted", None: "mark.cleared"}


async def mark(
    front: Front, interaction: discord.Interaction, story_id: int, wanted: Mark | None, place: Destination | None
) -> None:
    """Marks a story for ``place`` when that is a channel and the person manages the server; for their own direct messages otherwise."""
    who = await speaker(front, interaction)
    words = who.words
    shared = place is not None and place.guild_id is not None
    for_channel = shared and manages(interaction) and place is not None and place.guild_id == interaction.guild_id
    target = place if for_channel and place is not None else who.own
    await front.members.mark_story(target, story_id, wanted)
    extra: tuple[str, ...] = ()
    if for_channel:
        extra = (words("mark.channel", channel=f"<#{target.channel_id}>"),)
    elif shared:
        extra = (words("mark.personal"),)
    await answer(interaction, said(words(_SAID[wanted]), more=extra))
