"""``/search``, ``/latest``, ``/whatsnew``, ``/story``, ``/timeline``: looking things up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands

from bot.discord_front.commands.declare import command
from bot.discord_front.commands.drafts import parse_since, pick
from bot.discord_front.completion import parse_languages, search_languages, stories, visible_watches
from bot.discord_front.front import Front
from bot.discord_front.messages.digest import digest_view
from bot.discord_front.messages.lines import stamp
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.sheet import Accent
from bot.discord_front.messages.stories import story_view, timeline_view
from bot.discord_front.pages import QUERY_CHARS, SOURCE_CHARS, Query, latest_page, search_page
from bot.discord_front.places import visible_views
from bot.discord_front.replies import answer, more, think
from bot.discord_front.speaker import speaker
from bot.grouping.face import face_of
from bot.services.members import Denied

Text = app_commands.Range[str, 1, QUERY_CHARS]
Short = app_commands.Range[str, 1, SOURCE_CHARS]
Option = app_commands.Range[str, 1, 200]
Count = app_commands.Range[int, 1, 10]

TIMELINE_DAYS = 90
TIMELINE_LIMIT = 40
PARTS_SHOWN = 3


def search_commands(front: Front) -> Sequence[app_commands.Command[Any, ..., None]]:
    """The commands."""

    async def search(
        interaction: discord.Interaction,
        text: Text,
        since: Short | None = None,
        language: Short | None = None,
        source: Short | None = None,
    ) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        codes = parse_languages(language)
        query = Query(
            text=text.strip(),
            since=parse_since(since, front.clock.now()),
            language=codes[0] if codes else None,
            source=host_of(source),
        )
        await answer(interaction, await search_page(front, who.words, query, 0))

    async def latest(interaction: discord.Interaction, watch: Option | None = None, count: Count = 5) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        chosen = pick(await visible_views(front, interaction), watch) if watch is not None else None
        view = await latest_page(
            front,
            who.words,
            [chosen.watch.id] if chosen is not None else None,
            0,
            watch=chosen.watch.id if chosen is not None else 0,
            phrase=chosen.watch.phrase if chosen is not None else None,
            size=count,
        )
        await answer(interaction, view)

    async def whatsnew(interaction: discord.Interaction) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        if not await front.members.watches(who.owner):
            await answer(interaction, said(who.words("watch.none"), accent=Accent.ANSWER))
            return
        place = await front.members.destination(who.own)
        async with front.store.read() as unit:
            last = await unit.members.last_looked(who.user_id)
        parts = await front.lookup.whatsnew(who.user_id, place.id, who.language)
        if not parts:
            since = last or front.clock.now() - timedelta(days=1)
            await answer(interaction, said(who.words("whatsnew.none", when=stamp(since)), accent=Accent.ANSWER))
            return
        title = who.words("whatsnew.title")
        await answer(interaction, digest_view(who.words, parts[0], delivery=0, title=title))
        for part in parts[1:PARTS_SHOWN]:
            await more(interaction, digest_view(who.words, part, delivery=0, title=title))

    async def story(interaction: discord.Interaction, story: Option) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        story_id = await find_story(front, story)
        found = await front.lookup.story(story_id)
        if found is None:
            raise Denied("denied.no_story")
        view = story_view(who.words, found, face_of(found, who.language), merged=found.id != story_id)
        await answer(interaction, view)

    async def timeline(interaction: discord.Interaction, topic: Text, since: Short | None = None) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        now = front.clock.now()
        start = parse_since(since, now) or now - timedelta(days=TIMELINE_DAYS)
        milestones = await front.lookup.timeline(topic.strip(), start, limit=TIMELINE_LIMIT)
        if not milestones:
            await answer(interaction, said(who.words("timeline.none"), accent=Accent.ANSWER))
            return
        rows = [(entry.day, entry.story, face_of(entry.story, who.language)) for entry in milestones]
        await answer(interaction, timeline_view(who.words, topic, rows, cut=len(rows) == TIMELINE_LIMIT))

    return (
        command("search", search, complete={"language": search_languages(front)}),
        command("latest", latest, complete={"watch": visible_watches(front)}),
        command("whatsnew", whatsnew),
        command("story", story, complete={"story": stories(front)}),
        command("timeline", timeline),
    )


async def find_story(front: Front, typed: str) -> int:
    """A story by its id (from the suggestions), or the newest one that holds the words typed. Raises Denied."""
    if typed.strip().isdigit():
        return int(typed)
    page = await front.lookup.search(typed.strip()[:QUERY_CHARS], size=1)
    if not page.stories:
        raise Denied("denied.no_story")
    return page.stories[0].id


def host_of(source: str | None) -> str | None:
    """A site as the store names it: the host alone, without ``www.``."""
    if source is None:
        return None
    host = source.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0]
    return host.removeprefix("www.") or None
