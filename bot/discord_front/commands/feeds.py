"""``/feeds``: the sources Vigie reads, and those a server adds."""

from __future__ import annotations

import io

import discord
from discord import app_commands

from bot.discord_front.commands.declare import command, group
from bot.discord_front.completion import feeds_here
from bot.discord_front.escape import fitted
from bot.discord_front.front import Front
from bot.discord_front.messages.feeds import candidates_view
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.discord_front.messages.stories import bounded
from bot.discord_front.pages import feeds_answer
from bot.discord_front.replies import answer, think
from bot.discord_front.speaker import managed_server, speaker
from bot.model.errors import UsageError
from bot.services.members import Denied
from bot.services.sources import Added

Url = app_commands.Range[str, 1, 2000]
OPML_LIMIT = 512 * 1024
"""Bytes of an OPML file; fifty sources need far less."""


def feeds_commands(front: Front) -> app_commands.Group:
    """The group: the list for everyone, changes for who may manage the server."""
    feeds = group("feeds")

    async def list_(interaction: discord.Interaction) -> None:
        await show(interaction, health=False)

    async def health(interaction: discord.Interaction) -> None:
        await show(interaction, health=True)

    async def show(interaction: discord.Interaction, *, health: bool) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        await answer(interaction, await feeds_answer(front, who.words, interaction.guild_id, 0, health=health))

    async def add(interaction: discord.Interaction, url: Url) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        added = await front.sources.add(url, guild_id, by=who.user_id)
        if isinstance(added, Added):
            key = "feeds.known" if added.known else "feeds.added"
            await answer(interaction, said(who.words(key, title=fitted(added.feed.title, 200))))
        else:
            await answer(interaction, candidates_view(who.words, added))

    async def remove(interaction: discord.Interaction, url: Url) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        wanted = url.strip()
        mine = await front.lookup.feeds(guild_id)
        chosen = next((feed for feed in mine if wanted in {str(feed.id), feed.url, feed.title}), None)
        if chosen is None:
            raise Denied("denied.no_such_feed")
        gone = await front.sources.remove(chosen.id, guild_id)
        await answer(interaction, said(who.words("feeds.removed", title=fitted(gone.title, 200))))

    async def import_(interaction: discord.Interaction, file: discord.Attachment) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        if file.size > OPML_LIMIT:
            raise Denied("denied.opml_large", limit=str(OPML_LIMIT // 1024))
        added = 0
        failed: list[str] = []
        limit: Denied | None = None
        for candidate in await front.sources.read_file(await file.read()):
            try:
                answered = await front.sources.add(candidate.url, guild_id, by=who.user_id)
            except UsageError as error:
                if isinstance(error, Denied) and error.key in {"denied.feed_quota", "denied.feed_adds"}:
                    limit = error
                failed.append(candidate.url)
            else:
                if isinstance(answered, Added):
                    added += 1
                else:
                    failed.append(candidate.url)
        sheet = Sheet(Accent.GOOD if added else Accent.NOTICE)
        sheet.text(f"**{who.words('feeds.imported', n=added)}**")
        if limit is not None:
            sheet.text(f"⛔ {who.words(limit.key, **limit.values)}")
        if failed:
            rows = [f"- {fitted(address, 200)}" for address in failed]
            sheet.text(who.words("feeds.import_failed"), *bounded(who.words, rows, 3000))
        await answer(interaction, sheet.view())

    async def export(interaction: discord.Interaction) -> None:
        guild_id = managed_server(interaction)
        await think(interaction)
        who = await speaker(front, interaction)
        body = await front.sources.export(guild_id)
        sheet = Sheet(Accent.ANSWER)
        sheet.text(who.words("feeds.exported"))
        sheet.file("vigie.opml")
        await answer(interaction, sheet.view(), files=[discord.File(io.BytesIO(body), "vigie.opml")])

    command("feeds.list", list_, parent=feeds)
    command("feeds.health", health, parent=feeds)
    command("feeds.add", add, parent=feeds)
    command("feeds.remove", remove, parent=feeds, complete={"url": feeds_here(front)})
    command("feeds.import", import_, parent=feeds)
    command("feeds.export", export, parent=feeds)
    return feeds
