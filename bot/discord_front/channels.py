"""Channels as destinations: what kind they are and what Vigie lacks there."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_front.front import Front
from bot.model.watches import Destination, DestinationKind
from bot.services.members import Denied

Channel = discord.abc.GuildChannel | discord.Thread

_NEEDED: dict[DestinationKind, tuple[str, ...]] = {
    DestinationKind.TEXT: ("view_channel", "send_messages", "embed_links", "read_message_history"),
    DestinationKind.ANNOUNCEMENT: ("view_channel", "send_messages", "embed_links", "read_message_history"),
    DestinationKind.FORUM: (
        "view_channel",
        "send_messages",
        "send_messages_in_threads",
        "embed_links",
        "read_message_history",
    ),
    DestinationKind.THREAD: ("view_channel", "send_messages_in_threads", "embed_links", "read_message_history"),
}
"""Permissions by kind. In a forum SEND_MESSAGES makes posts (documentation, Permissions). The history is read back after lost answers."""


class PlaceOption(app_commands.Transformer):
    """A channel option as Discord sends it, limited to kinds that can be posted to; the bot itself may not see the channel."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return [
            discord.ChannelType.text,
            discord.ChannelType.news,
            discord.ChannelType.forum,
            discord.ChannelType.public_thread,
            discord.ChannelType.private_thread,
            discord.ChannelType.news_thread,
        ]

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> object:
        return value


Place = app_commands.Transform[object, PlaceOption]


def kind_of(channel: Channel) -> DestinationKind | None:
    """What kind of destination a channel is; None when nothing can be posted there."""
    if isinstance(channel, discord.Thread):
        return DestinationKind.THREAD
    if isinstance(channel, discord.ForumChannel):
        return None if channel.type is discord.ChannelType.media else DestinationKind.FORUM
    if isinstance(channel, discord.TextChannel):
        return DestinationKind.ANNOUNCEMENT if channel.is_news() else DestinationKind.TEXT
    return None


def missing(channel: Channel, kind: DestinationKind) -> list[str]:
    """The permissions that Vigie lacks in a channel, by Discord's names."""
    me = channel.guild.me
    allowed = channel.permissions_for(me)
    return [name for name in _NEEDED[kind] if not getattr(allowed, name)]


def mentionable(channel: Channel, role: discord.Role) -> bool:
    """Whether Vigie may mention ``role`` there."""
    return role.mentionable or channel.permissions_for(channel.guild.me).mention_everyone


def resolve(interaction: discord.Interaction, channel: object | None) -> Channel:
    """The chosen channel as the bot knows it; without a choice the one where the command was typed. Raises Denied."""
    chosen: object | None = channel if channel is not None else interaction.channel
    if isinstance(chosen, app_commands.AppCommandChannel | app_commands.AppCommandThread):
        known = chosen.resolve()
        if known is None:
            # Vigie cannot even see it: Discord sends such channels to the person, not to the bot.
            raise Denied("denied.permissions", channel=f"<#{chosen.id}>", permissions=("view_channel",))
        chosen = known
    if not isinstance(chosen, discord.abc.GuildChannel | discord.Thread) or kind_of(chosen) is None:
        raise Denied("denied.channel_kind")
    return chosen


def destination_of(front: Front, channel: Channel, language: str, timezone: str) -> Destination:
    """A channel as a destination, not yet stored. Raises Denied when nothing can be posted there or permissions are missing."""
    kind = kind_of(channel)
    if kind is None:
        raise Denied("denied.channel_kind")
    lacking = missing(channel, kind)
    if lacking:
        raise Denied("denied.permissions", channel=f"<#{channel.id}>", permissions=tuple(lacking))
    return Destination(
        id=front.new_id(),
        kind=kind,
        guild_id=channel.guild.id,
        channel_id=channel.id,
        language=language,
        timezone=timezone,
    )


def can_post(channel: Channel) -> bool:
    """Whether a blocked channel works again as far as permissions go."""
    kind = kind_of(channel)
    return kind is not None and not {"view_channel", "send_messages", "send_messages_in_threads"} & set(
        missing(channel, kind)
    )
