"""``/alerts``: the watches of a server's channels, for who may manage the server."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands

from bot.discord_front.channels import Channel, Place, destination_of, mentionable, resolve
from bot.discord_front.commands.declare import command, group
from bot.discord_front.commands.drafts import draft_of, parse_exclude, pick
from bot.discord_front.completion import article_languages, parse_languages, presets, server_watches
from bot.discord_front.front import Front
from bot.discord_front.messages.alert import alert_view
from bot.discord_front.messages.lines import quoted
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.sheet import Accent
from bot.discord_front.messages.watches import saved_view, watches_view
from bot.discord_front.replies import answer, think
from bot.discord_front.speaker import managed_server, server_owner, speaker
from bot.grouping.face import face_of
from bot.i18n import LANGUAGES, interface_language
from bot.model.content import AlertContent
from bot.model.watches import Mode, Strictness
from bot.services.contents import watch_notes
from bot.services.members import Denied, WatchDraft

Phrase = app_commands.Range[str, 1, 200]
Text = app_commands.Range[str, 1, 300]
Watch = app_commands.Range[str, 1, 200]

NO_ROLE = 0
"""What ``Members.edit_watch`` takes for «mention nobody any more»."""


def alerts_commands(front: Front) -> app_commands.Group:
    """The group."""
    alerts = group("alerts", manage_server=True)

    async def add(
        interaction: discord.Interaction,
        phrase: Phrase | None = None,
        preset: Text | None = None,
        channel: Place | None = None,
        mode: str | None = None,
        strictness: str | None = None,
        exclude: Text | None = None,
        languages: Text | None = None,
        mention: discord.Role | None = None,
    ) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        if (phrase is None) == (preset is None):
            raise Denied("denied.phrase_or_preset")
        place = resolve(interaction, channel)
        language, timezone = await defaults(front, guild_id, str(interaction.guild_locale or ""))
        destination = destination_of(front, place, language, timezone)
        role = checked_role(place, mention)
        draft = draft_of(
            phrase or "", who.language, mode, strictness, exclude, languages, mention_role=role.id if role else None
        )
        if preset is not None:
            draft = with_preset(front, preset, draft, strictness)
        saved = await front.members.add_watch(server_owner(guild_id), draft, destination, by=who.user_id)
        await answer(interaction, saved_view(who.words, "watch.saved", saved))

    async def list_(interaction: discord.Interaction) -> None:
        guild_id = managed_server(interaction)
        who = await speaker(front, interaction)
        views = await front.members.watches(server_owner(guild_id))
        await answer(interaction, watches_view(who.words, "watch.list_guild", "watch.none_guild", views))

    async def edit(
        interaction: discord.Interaction,
        watch: Watch,
        phrase: Phrase | None = None,
        mode: str | None = None,
        strictness: str | None = None,
        exclude: Text | None = None,
        languages: Text | None = None,
        mention: discord.Role | None = None,
    ) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        if all(value is None for value in (phrase, mode, strictness, exclude, languages, mention)):
            raise Denied("denied.nothing_changed")
        owner = server_owner(guild_id)
        found = pick(await front.members.watches(owner), watch)
        place = channel_of(interaction, found.destination.channel_id)
        role = checked_role(place, mention) if place is not None else mention
        saved = await front.members.edit_watch(
            owner,
            found.watch.id,
            phrase=phrase,
            mode=Mode(mode) if mode else None,
            strictness=Strictness(strictness) if strictness else None,
            exclude=parse_exclude(exclude) if exclude is not None else None,
            languages=parse_languages(languages) if languages is not None else None,
            mention_role=None if mention is None else role.id if role is not None else NO_ROLE,
        )
        await answer(interaction, saved_view(who.words, "watch.changed", saved))

    async def remove(interaction: discord.Interaction, watch: Watch) -> None:
        owner = server_owner(managed_server(interaction))
        who = await speaker(front, interaction)
        found = pick(await front.members.watches(owner), watch)
        gone = await front.members.remove_watch(owner, found.watch.id)
        await answer(interaction, said(who.words("watch.removed", phrase=quoted(gone.watch.phrase))))

    async def halt(interaction: discord.Interaction, watch: str, paused: bool) -> None:
        owner = server_owner(managed_server(interaction))
        who = await speaker(front, interaction)
        found = pick(await front.members.watches(owner), watch)
        view = await front.members.pause_watch(owner, found.watch.id, paused)
        key = "watch.paused" if paused else "watch.resumed"
        await answer(interaction, said(who.words(key, phrase=quoted(view.watch.phrase))))

    async def pause(interaction: discord.Interaction, watch: Watch) -> None:
        await halt(interaction, watch, True)

    async def resume(interaction: discord.Interaction, watch: Watch) -> None:
        await halt(interaction, watch, False)

    async def preview(interaction: discord.Interaction, watch: Watch) -> None:
        owner = server_owner(managed_server(interaction))
        await think(interaction)
        who = await speaker(front, interaction)
        found = pick(await front.members.watches(owner), watch)
        page = await front.lookup.latest(watch_ids=[found.watch.id], size=1)
        if not page.stories:
            await answer(interaction, said(who.words("preview.none"), accent=Accent.ANSWER))
            return
        story = page.stories[0]
        async with front.store.read() as unit:
            matches = await unit.matches.of_story(story.id, [found.watch.id])
        content = AlertContent(
            story=story,
            face=face_of(story, found.destination.language),
            watches=watch_notes([found.watch], matches),
            mention_role=found.subscription.mention_role,
        )
        await answer(interaction, alert_view(who.words, content, delivery=0, heading=who.words("preview.title")))

    mine = server_watches(front)
    languages = article_languages(front)
    command("alerts.add", add, parent=alerts, complete={"preset": presets(front), "languages": languages})
    command("alerts.list", list_, parent=alerts)
    command("alerts.edit", edit, parent=alerts, complete={"watch": mine, "languages": languages})
    command("alerts.remove", remove, parent=alerts, complete={"watch": mine})
    command("alerts.pause", pause, parent=alerts, complete={"watch": mine})
    command("alerts.resume", resume, parent=alerts, complete={"watch": mine})
    command("alerts.preview", preview, parent=alerts, complete={"watch": mine})
    return alerts


async def defaults(front: Front, guild_id: int, guild_locale: str) -> tuple[str, str]:
    """Language and zone of a server's new channels: its own setting, else its Discord language."""
    settings = await front.members.guild(guild_id)
    if settings is not None:
        return settings.language, settings.timezone
    return interface_language(guild_locale, front.language), front.timezone


def with_preset(front: Front, chosen: str, draft: WatchDraft, strictness: str | None) -> WatchDraft:
    """The preset's phrase with what was asked for beside it. ``chosen`` is its key, or its name in any language. Raises Denied."""
    wanted = chosen.strip().casefold()
    for preset in front.presets:
        names = {preset.key, *(preset.names.for_language(language).casefold() for language in LANGUAGES)}
        if wanted in names:
            return replace(
                draft,
                phrase=preset.phrase,
                lang=preset.lang,
                strictness=draft.strictness if strictness else Strictness(preset.strictness),
                exclude=(*preset.exclude, *draft.exclude),
                preset=preset.key,
            )
    raise Denied("denied.preset")


def checked_role(place: Channel, role: discord.Role | None) -> discord.Role | None:
    """A role that can be mentioned there; None for none and for @everyone, which means nobody. Raises Denied."""
    if role is None or role.is_default():
        return None
    if not mentionable(place, role):
        raise Denied("denied.mention_role", role=f"<@&{role.id}>")
    return role


def channel_of(interaction: discord.Interaction, channel_id: int | None) -> Channel | None:
    """A channel of this server that the bot knows."""
    if interaction.guild is None or channel_id is None:
        return None
    return interaction.guild.get_channel_or_thread(channel_id)
