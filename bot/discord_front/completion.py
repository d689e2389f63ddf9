"""Suggestions while somebody types: at most 25, each within Discord's 100 characters. A failure suggests nothing."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import available_timezones

import discord
from discord import app_commands

from bot.discord_front.commands.declare import Completer
from bot.discord_front.escape import cut
from bot.discord_front.front import Front
from bot.discord_front.places import visible_views
from bot.discord_front.speaker import chosen_language, manages, server_owner
from bot.grouping.face import face_of
from bot.i18n import LANGUAGES, translator
from bot.language.text import clean_text
from bot.model.watches import Owner, OwnerKind
from bot.services.members import Denied, WatchView

LIMIT = 25
NAME = 100

_ZONES = ("Europe/Paris", "Europe/Kyiv", "Europe/London", "Europe/Brussels", "Europe/Berlin", "Europe/Warsaw", "UTC")
"""Offered first, before anything is typed."""


def offer(values: Iterable[tuple[str, str]], current: str) -> list[app_commands.Choice[str]]:
    """The values whose name holds what was typed, those that begin with it first."""
    typed = current.casefold().strip()
    fitting = [(name, value) for name, value in values if typed in name.casefold() or typed == value.casefold()]
    fitting.sort(key=lambda pair: not pair[0].casefold().startswith(typed))
    return [app_commands.Choice(name=cut(name, NAME), value=value) for name, value in fitting[:LIMIT] if name]


def own_watches(front: Front) -> Completer:
    """The member's watches, by phrase."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        views = await front.members.watches(Owner(OwnerKind.MEMBER, interaction.user.id))
        return offer(((clean_text(view.watch.phrase), str(view.watch.id)) for view in views), current)

    return suggest


def server_watches(front: Front) -> Completer:
    """The server's watches, by phrase and channel, for who manages it."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None or not manages(interaction):
            return []
        views = await front.members.watches(server_owner(interaction.guild_id))
        return offer(((_with_channel(interaction, view), str(view.watch.id)) for view in views), current)

    return suggest


def _with_channel(interaction: discord.Interaction, view: WatchView) -> str:
    guild = interaction.guild
    channel = (
        guild.get_channel_or_thread(view.destination.channel_id)
        if guild is not None and view.destination.channel_id is not None
        else None
    )
    phrase = clean_text(view.watch.phrase)
    return f"{cut(phrase, 70)} · #{channel.name}" if channel is not None else phrase


def visible_watches(front: Front) -> Completer:
    """The member's own watches, then those of channels they can view."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        views = await visible_views(front, interaction)
        return offer(((_with_channel(interaction, view), str(view.watch.id)) for view in views), current)

    return suggest


def presets(front: Front) -> Completer:
    """The presets, named in the reader's language."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        language = chosen_language(front, interaction)
        return offer(((preset.names.for_language(language), preset.key) for preset in front.presets), current)

    return suggest


def stories(front: Front) -> Completer:
    """Stories whose articles hold what was typed; the newest before anything is typed."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        typed = current.strip()
        page = await (front.lookup.search(typed[:90], size=LIMIT) if typed else front.lookup.latest(size=LIMIT))
        language = chosen_language(front, interaction)
        words = translator(language)
        found = []
        for story in page.stories:
            title = clean_text(face_of(story, language).title) or words("alert.no_title")
            found.append(app_commands.Choice(name=cut(title, NAME), value=str(story.id)))
        return found

    return suggest


def zones() -> Completer:
    """IANA time zones."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        typed = current.strip().casefold().replace(" ", "_")
        names = _ZONES if not typed else sorted(name for name in available_timezones() if "/" in name or name == "UTC")
        return offer(((name, name) for name in names), typed)

    return suggest


def interface_languages(front: Front) -> Completer:
    """Vigie's own languages."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        words = translator(chosen_language(front, interaction))
        return offer(((words(f"lang.{code}"), code) for code in LANGUAGES), current)

    return suggest


ARTICLE_LANGUAGES = ("fr", "en", "uk", "ru", "de", "pl", "it", "es", "tr", "hu", "nl", "ar", "zh")
"""Languages that an article filter may name."""


def article_languages(front: Front) -> Completer:
    """Languages of articles; several are separated by commas, the last one is being typed."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        words = translator(chosen_language(front, interaction))
        done, _, last = current.rpartition(",")
        before = f"{done.strip()}, " if done.strip() else ""
        taken = {code.strip() for code in done.split(",")}
        return [
            app_commands.Choice(name=cut(f"{before}{words(f'lang.{code}')}", NAME), value=f"{before}{code}"[:NAME])
            for code in ARTICLE_LANGUAGES
            if code not in taken
            and (last.strip().casefold() in words(f"lang.{code}").casefold() or last.strip() == code)
        ][:LIMIT]

    return suggest


def search_languages(front: Front) -> Completer:
    """One language of articles."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        words = translator(chosen_language(front, interaction))
        return offer(((words(f"lang.{code}"), code) for code in ARTICLE_LANGUAGES), current)

    return suggest


def feeds_here(front: Front) -> Completer:
    """The feeds that this server added."""

    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None or not manages(interaction):
            return []
        feeds = await front.lookup.feeds(interaction.guild_id)
        return offer(((clean_text(feed.title) or feed.url, str(feed.id)) for feed in feeds), current)

    return suggest


def parse_languages(text: str | None) -> tuple[str, ...]:
    """Language codes separated by commas or blanks; () for none. Raises Denied for one that Vigie does not know."""
    codes = tuple(dict.fromkeys((text or "").lower().replace(",", " ").replace(";", " ").split()))
    if any(code not in ARTICLE_LANGUAGES for code in codes):
        raise Denied("denied.languages", text=text)
    return codes
