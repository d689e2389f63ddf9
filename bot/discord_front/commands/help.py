"""``/help`` and ``/status``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_front.commands.declare import command
from bot.discord_front.front import Front
from bot.discord_front.messages.plain import help_view, status_view
from bot.discord_front.replies import answer
from bot.discord_front.speaker import speaker
from bot.model.feeds import FeedState


def help_commands(front: Front) -> Sequence[app_commands.Command[Any, ..., None]]:
    """The commands."""

    async def help_(interaction: discord.Interaction) -> None:
        who = await speaker(front, interaction)
        await answer(interaction, help_view(who.words))

    async def status(interaction: discord.Interaction) -> None:
        who = await speaker(front, interaction)
        feeds = await front.lookup.feeds()
        client = interaction.client
        latency = client.latency
        view = status_view(
            who.words,
            feeds=sum(feed.state is FeedState.ACTIVE for feed in feeds),
            failing=sum(feed.state is FeedState.ACTIVE and feed.failing_since is not None for feed in feeds),
            stats=await front.lookup.stats(),
            servers=len(client.guilds),
            latency_ms=round(latency * 1000) if math.isfinite(latency) else None,
            since=front.started,
        )
        await answer(interaction, view)

    return (command("help", help_), command("status", status))
