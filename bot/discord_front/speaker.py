"""Who is asking, in which language and where: what every command needs first."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.discord_front.front import Front
from bot.i18n import Translator, interface_language, translator
from bot.model.watches import Destination, DestinationKind, Owner, OwnerKind
from bot.services.members import Denied


@dataclass(frozen=True, slots=True)
class Speaker:
    """The member behind an interaction. ``own`` is their direct messages as a destination (not yet stored)."""

    user_id: int
    words: Translator
    timezone: str
    own: Destination

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def owner(self) -> Owner:
        return Owner(OwnerKind.MEMBER, self.user_id)


async def speaker(front: Front, interaction: discord.Interaction) -> Speaker:
    """The member's own setting decides the language, then their Discord, then the server's, then the default."""
    settings = await front.members.member(interaction.user.id)
    language = chosen_language(front, interaction, settings.language if settings else None)
    timezone = (settings.timezone if settings else None) or front.timezone
    own = Destination(
        id=front.new_id(),
        kind=DestinationKind.DM,
        user_id=interaction.user.id,
        language=language,
        timezone=timezone,
        quiet=settings.quiet if settings else None,
        budget=settings.budget if settings else None,
    )
    return Speaker(interaction.user.id, translator(language), timezone, own)


def chosen_language(front: Front, interaction: discord.Interaction, setting: str | None = None) -> str:
    """The language to answer in."""
    guild = str(interaction.guild_locale) if interaction.guild_locale is not None else None
    return interface_language(setting, str(interaction.locale), guild, front.language)


def server_of(interaction: discord.Interaction) -> int:
    """The server where Vigie is a member and this was asked. Raises Denied elsewhere."""
    if interaction.guild_id is None:
        raise Denied("denied.only_in_server")
    if not interaction.is_guild_integration():
        raise Denied("denied.bot_not_here")
    return interaction.guild_id


def manages(interaction: discord.Interaction) -> bool:
    """Whether the person may manage the server (Discord sends their permissions with every interaction)."""
    return interaction.guild_id is not None and interaction.permissions.manage_guild


def managed_server(interaction: discord.Interaction) -> int:
    """The server, for what needs Manage Server. Raises Denied; what the client hides is checked here again."""
    guild_id = server_of(interaction)
    if not manages(interaction):
        raise Denied("denied.manage_server")
    return guild_id


def server_owner(guild_id: int) -> Owner:
    """The owner of a server's watches."""
    return Owner(OwnerKind.GUILD, guild_id)
