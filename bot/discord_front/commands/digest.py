"""``/digest``: the digest at once, and its times."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.discord_front.channels import Place, destination_of, resolve
from bot.discord_front.commands.alerts import defaults
from bot.discord_front.commands.declare import command, group
from bot.discord_front.commands.drafts import days_text, parse_days, pick
from bot.discord_front.completion import visible_watches, zones
from bot.discord_front.front import Front
from bot.discord_front.messages.digest import digest_view
from bot.discord_front.messages.lines import stamp
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.sheet import Accent
from bot.discord_front.places import visible_views
from bot.discord_front.replies import answer, more, think
from bot.discord_front.speaker import managed_server, server_owner, speaker
from bot.model.watches import Destination
from bot.planning.slots import next_slot
from bot.services.members import WatchView, parse_times

Text = app_commands.Range[str, 1, 100]
Watch = app_commands.Range[str, 1, 200]
Hours = app_commands.Range[int, 1, 168]

PARTS_SHOWN = 3


def digest_commands(front: Front) -> app_commands.Group:
    """The group."""
    digest = group("digest")

    async def now(interaction: discord.Interaction, watch: Watch | None = None, hours: Hours = 24) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        own = await front.members.watches(who.owner)
        shared = await watches_here(front, interaction)
        chosen = pick(await visible_views(front, interaction), watch) if watch is not None else None
        # In a channel with watches of its own the channel's digest is meant; everywhere else one's own.
        place: Destination | None = chosen.destination if chosen is not None else None
        if place is None and shared:
            place = shared[0].destination
        if place is None:
            place = own[0].destination if own else None
        if place is None:
            await answer(interaction, said(who.words("digest.no_watch"), accent=Accent.ANSWER))
            return
        parts = await front.lookup.digest_now(place.id, hours, who.language, chosen.watch.id if chosen else None)
        if not parts:
            await answer(interaction, said(who.words("digest.none"), accent=Accent.ANSWER))
            return
        await answer(interaction, digest_view(who.words, parts[0], delivery=0))
        for part in parts[1:PARTS_SHOWN]:
            await more(interaction, digest_view(who.words, part, delivery=0))

    async def schedule(
        interaction: discord.Interaction,
        times: Text,
        days: Text | None = None,
        timezone: Text | None = None,
        channel: Place | None = None,
    ) -> None:
        who = await speaker(front, interaction)
        clock_times = parse_times(times)
        weekdays = parse_days(days)
        if channel is None:
            place, zone = who.own, timezone or who.timezone
        else:
            guild_id = managed_server(interaction)
            language, default_zone = await defaults(front, guild_id, str(interaction.guild_locale or ""))
            place = destination_of(front, resolve(interaction, channel), language, default_zone)
            zone = timezone or default_zone
        await think(interaction)
        saved = await front.members.schedule_digest(place, clock_times, weekdays, zone)
        slot = next_slot(saved, front.clock.now())
        values = {
            "times": ", ".join(f"{moment:%H:%M}" for moment in saved.times),
            "days": days_text(who.words, saved.days),
            "timezone": saved.timezone,
            "next": stamp(slot.due) if slot is not None else "?",
        }
        if place.channel_id is None:
            text = who.words("digest.scheduled", **values)
        else:
            text = who.words("digest.scheduled_channel", channel=f"<#{place.channel_id}>", **values)
        views = await front.members.watches(
            who.owner if place.channel_id is None else server_owner(place.guild_id or 0)
        )
        served = any(view.destination.id == saved.destination_id and view.subscription.mode.digests for view in views)
        await answer(interaction, said(text, more=() if served else (f"⚠️ {who.words('digest.no_mode')}",)))

    command("digest.now", now, parent=digest, complete={"watch": visible_watches(front)})
    command(
        "digest.schedule",
        schedule,
        parent=digest,
        about={"days": "opt.weekdays.about"},
        complete={"timezone": zones()},
    )
    return digest


async def watches_here(front: Front, interaction: discord.Interaction) -> list[WatchView]:
    """The watches of the channel where this was asked."""
    if interaction.guild_id is None:
        return []
    here = {interaction.channel_id, getattr(interaction.channel, "parent_id", None)}
    views = await front.members.watches(server_owner(interaction.guild_id))
    return [view for view in views if view.destination.channel_id in here]
