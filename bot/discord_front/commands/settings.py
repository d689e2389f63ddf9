"""``/settings``: language, time zone, quiet hours, budget, for oneself or for a channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

import discord
from discord import app_commands

from bot.discord_front.channels import Place, destination_of, resolve
from bot.discord_front.commands.alerts import defaults
from bot.discord_front.commands.declare import command
from bot.discord_front.completion import interface_languages, zones
from bot.discord_front.front import Front
from bot.discord_front.messages.plain import settings_view
from bot.discord_front.replies import answer, think
from bot.discord_front.speaker import managed_server, speaker
from bot.i18n import LANGUAGES, translator
from bot.model.members import MemberSettings
from bot.model.watches import QuietHours
from bot.services.members import Denied, parse_quiet

Text = app_commands.Range[str, 1, 60]
Budget = app_commands.Range[int, 0, 200]


def settings_command(front: Front) -> app_commands.Command[Any, ..., None]:
    """The command. Without options it shows what is set."""

    async def settings(
        interaction: discord.Interaction,
        language: Text | None = None,
        timezone: Text | None = None,
        quiet: Text | None = None,
        budget: Budget | None = None,
        channel: Place | None = None,
    ) -> None:
        if channel is not None:
            await channel_settings(interaction, channel, language, timezone, quiet, budget)
            return
        await think(interaction)
        who = await speaker(front, interaction)
        known = await front.members.member(who.user_id)
        mine = known or MemberSettings(who.user_id)
        changed = any(value is not None for value in (language, timezone, quiet, budget))
        if changed:
            mine = replace(
                mine,
                language=language_of(language) if language is not None else mine.language,
                timezone=timezone if timezone is not None else mine.timezone,
                quiet=parse_quiet(quiet) if quiet is not None else mine.quiet,
                budget=(budget or None) if budget is not None else mine.budget,
            )
            await front.members.save_member(mine)
        words = translator(mine.language) if mine.language is not None else who.words
        view = settings_view(
            words,
            words("settings.title"),
            saved=changed,
            language=mine.language,
            timezone=mine.timezone or front.timezone,
            quiet=mine.quiet,
            budget=mine.budget,
        )
        await answer(interaction, view)

    async def channel_settings(
        interaction: discord.Interaction,
        channel: object,
        language: str | None,
        timezone: str | None,
        quiet: str | None,
        budget: int | None,
    ) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        default_language, default_zone = await defaults(front, guild_id, str(interaction.guild_locale or ""))
        wanted = destination_of(front, resolve(interaction, channel), default_language, default_zone)
        hours: QuietHours | None = parse_quiet(quiet) if quiet is not None else None
        new_language = language_of(language) if language is not None else None
        if timezone is not None and timezone not in available_timezones():
            raise Denied("denied.timezone", timezone=timezone)
        place = await front.members.destination(wanted)
        changed = any(value is not None for value in (language, timezone, quiet, budget))
        if changed:
            place = replace(
                place,
                language=new_language or place.language,
                timezone=timezone or place.timezone,
                quiet=hours if quiet is not None else place.quiet,
                budget=(budget or None) if budget is not None else place.budget,
            )
            await front.members.save_destination(place)
        view = settings_view(
            who.words,
            who.words("settings.title_channel", channel=f"<#{place.channel_id}>"),
            saved=changed,
            language=place.language,
            timezone=place.timezone,
            quiet=place.quiet,
            budget=place.budget,
        )
        await answer(interaction, view)

    return command("settings", settings, complete={"language": interface_languages(front), "timezone": zones()})


def language_of(text: str) -> str:
    """An interface language by its code or by its name in any of them. Raises Denied."""
    wanted = text.strip().casefold()
    for code in LANGUAGES:
        names = {code, *(translator(language)(f"lang.{code}").casefold() for language in LANGUAGES)}
        if wanted in names:
            return code
    raise Denied("denied.interface_language", text=text)
