"""``/watch``: a member's own watches, delivered by direct message."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.discord_front.commands.declare import command, group
from bot.discord_front.commands.drafts import draft_of, parse_exclude, pick
from bot.discord_front.completion import article_languages, own_watches, parse_languages
from bot.discord_front.front import Front
from bot.discord_front.messages.lines import quoted
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.watches import saved_view, trial_view, watches_view
from bot.discord_front.replies import answer, think
from bot.discord_front.speaker import speaker
from bot.model.watches import Mode, Strictness
from bot.services.members import Denied, WatchDraft

Phrase = app_commands.Range[str, 1, 200]
Text = app_commands.Range[str, 1, 300]
Days = app_commands.Range[int, 1, 30]
Watch = app_commands.Range[str, 1, 200]


def watch_commands(front: Front) -> app_commands.Group:
    """The group."""
    watch = group("watch")

    async def add(
        interaction: discord.Interaction,
        phrase: Phrase,
        mode: str | None = None,
        strictness: str | None = None,
        exclude: Text | None = None,
        languages: Text | None = None,
    ) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        draft = draft_of(phrase, who.language, mode, strictness, exclude, languages)
        saved = await front.members.add_watch(who.owner, draft, who.own, by=who.user_id)
        await answer(interaction, saved_view(who.words, "watch.saved", saved))

    async def list_(interaction: discord.Interaction) -> None:
        who = await speaker(front, interaction)
        views = await front.members.watches(who.owner)
        await answer(interaction, watches_view(who.words, "watch.list", "watch.none", views))

    async def edit(
        interaction: discord.Interaction,
        watch: Watch,
        phrase: Phrase | None = None,
        mode: str | None = None,
        strictness: str | None = None,
        exclude: Text | None = None,
        languages: Text | None = None,
    ) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        if all(value is None for value in (phrase, mode, strictness, exclude, languages)):
            raise Denied("denied.nothing_changed")
        found = pick(await front.members.watches(who.owner), watch)
        saved = await front.members.edit_watch(
            who.owner,
            found.watch.id,
            phrase=phrase,
            mode=Mode(mode) if mode else None,
            strictness=Strictness(strictness) if strictness else None,
            exclude=parse_exclude(exclude) if exclude is not None else None,
            languages=parse_languages(languages) if languages is not None else None,
        )
        await answer(interaction, saved_view(who.words, "watch.changed", saved))

    async def remove(interaction: discord.Interaction, watch: Watch) -> None:
        who = await speaker(front, interaction)
        found = pick(await front.members.watches(who.owner), watch)
        gone = await front.members.remove_watch(who.owner, found.watch.id)
        await answer(interaction, said(who.words("watch.removed", phrase=quoted(gone.watch.phrase))))

    async def halt(interaction: discord.Interaction, watch: str, paused: bool) -> None:
        who = await speaker(front, interaction)
        found = pick(await front.members.watches(who.owner), watch)
        view = await front.members.pause_watch(who.owner, found.watch.id, paused)
        key = "watch.paused" if paused else "watch.resumed"
        await answer(interaction, said(who.words(key, phrase=quoted(view.watch.phrase))))

    async def pause(interaction: discord.Interaction, watch: Watch) -> None:
        await halt(interaction, watch, True)

    async def resume(interaction: discord.Interaction, watch: Watch) -> None:
        await halt(interaction, watch, False)

    async def test(interaction: discord.Interaction, phrase: Phrase, days: Days = 7) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        draft = WatchDraft(phrase.strip(), lang=who.language)
        understanding = front.members.understand(draft)
        rehearsal = await front.members.rehearse(draft, days)
        await answer(interaction, trial_view(who.words, phrase, understanding, rehearsal))

    own = own_watches(front)
    languages = article_languages(front)
    command("watch.add", add, parent=watch, complete={"languages": languages})
    command("watch.list", list_, parent=watch)
    command("watch.edit", edit, parent=watch, complete={"watch": own, "languages": languages})
    command("watch.remove", remove, parent=watch, complete={"watch": own})
    command("watch.pause", pause, parent=watch, complete={"watch": own})
    command("watch.resume", resume, parent=watch, complete={"watch": own})
    command("watch.test", test, parent=watch)
    return watch
