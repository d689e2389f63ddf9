"""What an asker may see, and which destination a message or button belongs to."""

from __future__ import annotations

from collections.abc import Callable

import discord

from bot.discord_front.front import Front
from bot.discord_front.speaker import server_owner
from bot.model.deliveries import Delivery
from bot.model.watches import Destination, Owner, OwnerKind, Watch
from bot.services.members import WatchView


def sees(interaction: discord.Interaction) -> Callable[[Destination], bool]:
    """Whether the asker may know what went to a destination: their own direct messages, and channels of this server they can view."""
    guild, user = interaction.guild, interaction.user

    def visible(destination: Destination) -> bool:
        if destination.user_id is not None:
            return destination.user_id == user.id
        if guild is None or destination.guild_id != guild.id or destination.channel_id is None:
            return False
        if destination.channel_id == interaction.channel_id:
            return True
        channel = guild.get_channel_or_thread(destination.channel_id)
        if isinstance(channel, discord.Thread):
            # Who is in a private thread is not known without asking: it is shown only from inside.
            channel = None if channel.is_private() else channel.parent
        return channel is not None and isinstance(user, discord.Member) and channel.permissions_for(user).view_channel

    return visible


async def visible_views(front: Front, interaction: discord.Interaction) -> list[WatchView]:
    """The member's own watches, then those of the server's channels that they can view."""
    own = await front.members.watches(Owner(OwnerKind.MEMBER, interaction.user.id))
    if interaction.guild_id is None:
        return own
    visible = sees(interaction)
    shared = await front.members.watches(server_owner(interaction.guild_id))
    return [*own, *(view for view in shared if visible(view.destination))]


async def visible_watches(front: Front, interaction: discord.Interaction) -> list[Watch]:
    """The same, without where they go."""
    return [view.watch for view in await visible_views(front, interaction)]


async def delivery_place(front: Front, delivery_id: int) -> tuple[Delivery, Destination] | None:
    """A delivery with its destination; None when it is forgotten (30 days)."""
    async with front.store.read() as unit:
        delivery = await unit.deliveries.get(delivery_id)
        destination = await unit.watches.destination(delivery.destination_id) if delivery is not None else None
    return (delivery, destination) if delivery is not None and destination is not None else None


async def delivery_of_message(front: Front, channel_id: int, message_id: int) -> tuple[Delivery, Destination] | None:
    """The delivery that made a message, with its destination."""
    async with front.store.read() as unit:
        delivery = await unit.deliveries.by_message(channel_id, message_id)
        destination = await unit.watches.destination(delivery.destination_id) if delivery is not None else None
    return (delivery, destination) if delivery is not None and destination is not None else None


async def destinations_of_server(front: Front, guild_id: int, *, blocked: bool) -> list[Destination]:
    """A server's channels that are destinations, all or only the blocked ones."""
    async with front.store.read() as unit:
        found = await unit.watches.guild_destinations(guild_id)
    return [place for place in found if not blocked or place.blocked_code is not None]
