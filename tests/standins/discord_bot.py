"""A real discord.py AutoShardedBot that uses what Vigie uses, for the stand-in's own tests. Not Vigie."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from tests.standins.discord import DiscordStandin
from tests.standins.discord.remote import RemoteStandin


class Stamp(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"stamp:(?P<number>\d+)"):
    """A button that carries a number in its custom_id."""

    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label=f"Stamp {number}", custom_id=f"stamp:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Stamp:
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"stamped {self.number}", ephemeral=True)


class Questionnaire(discord.ui.Modal, title="Questionnaire"):
    name: discord.ui.Label[Any] = discord.ui.Label(
        text="Your name", component=discord.ui.TextInput(custom_id="name", max_length=20)
    )
    colour: discord.ui.Label[Any] = discord.ui.Label(
        text="Colour",
        component=discord.ui.Select(
            custom_id="colour",
            options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue")],
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        name, colour = self.name.component, self.colour.component
        assert isinstance(name, discord.ui.TextInput)
        assert isinstance(colour, discord.ui.Select)
        await interaction.response.send_message(f"{name.value} likes {colour.values[0]}")


def panel(text: str, number: int) -> discord.ui.LayoutView:
    """A Components V2 message."""
    view = discord.ui.LayoutView(timeout=None)
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    row.add_item(Stamp(number))
    row.add_item(discord.ui.Button(label="Read", url="https://example.org/article"))
    section: discord.ui.Section[Any] = discord.ui.Section(
        discord.ui.TextDisplay("-# two sources"), accessory=discord.ui.Button(label="Odd", custom_id="odd")
    )
    view.add_item(discord.ui.Container(discord.ui.TextDisplay(text), section, row, accent_color=0x3366CC))
    view.stop()
    return view


class SampleBot(commands.AutoShardedBot):
    """Slash command with option and autocompletion, group, menu, button, select, modal, deferred answer, file."""

    def __init__(self, *, sync: bool = True, **more: Any) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.1,
            **more,
        )
        self._sync = sync
        self.resumed = 0
        self.edited: asyncio.Event = asyncio.Event()
        self._commands()

    async def setup_hook(self) -> None:
        _, url, _ = await self.http.get_bot_gateway()
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        self.add_dynamic_items(Stamp)
        if self._sync:
            await self.tree.sync()

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.resumed += 1

    def _commands(self) -> None:
        tree = self.tree

        @tree.command(description="Echoes")
        @app_commands.describe(text="What", times="How often")
        async def echo(interaction: discord.Interaction, text: str, times: app_commands.Range[int, 1, 3] = 1) -> None:
            await interaction.response.send_message(" ".join([text] * times), ephemeral=True)

        @echo.autocomplete("text")
        async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}{n}", value=f"{current}{n}") for n in range(3)]

        @tree.command(description="Takes its time")
        async def slow(interaction: discord.Interaction, seconds: float = 0.2) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await asyncio.sleep(seconds)
            await interaction.edit_original_response(view=panel("done slowly", 7))
            await interaction.followup.send("and more", ephemeral=True)

        @tree.command(description="Never answers")
        async def mute(interaction: discord.Interaction) -> None:
            pass

        @tree.command(description="Asks")
        async def ask(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Questionnaire())

        @tree.command(description="A picture")
        async def picture(interaction: discord.Interaction) -> None:
            view = discord.ui.LayoutView()
            view.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://dot.txt")))
            file = discord.File(io.BytesIO(b"one dot"), "dot.txt")
            await interaction.response.send_message(view=view, file=file)

        @tree.command(description="A menu")
        async def menu(interaction: discord.Interaction) -> None:
            view = discord.ui.View()
            select: discord.ui.Select[Any] = discord.ui.Select(
                custom_id="pick", options=[discord.SelectOption(label="One"), discord.SelectOption(label="Two")]
            )

            async def picked(inner: discord.Interaction) -> None:
                await inner.response.edit_message(content=f"picked {select.values[0]}", view=None)

            select.callback = picked  # type: ignore[method-assign,assignment]  # as discord.py's guide does
            view.add_item(select)
            await interaction.response.send_message("pick one", view=view)

        desk = app_commands.Group(
            name="desk",
            description="For those who manage",
            guild_only=True,
            default_permissions=discord.Permissions(manage_guild=True),
        )

        @desk.command(description="Says where")
        async def where(
            interaction: discord.Interaction, channel: discord.TextChannel, role: discord.Role | None = None
        ) -> None:
            me = channel.guild.me
            allowed = channel.permissions_for(me).send_messages
            said = f"{channel.name} {allowed} {role.name if role else None} {interaction.locale} {interaction.guild_locale}"
            await interaction.response.send_message(said)

        tree.add_command(desk)

        @tree.context_menu(name="Why this alert?")
        async def why(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"because of {message.id}", ephemeral=True)


@contextlib.asynccontextmanager
async def running(standin: DiscordStandin | RemoteStandin, **more: Any) -> AsyncIterator[SampleBot]:
    """The bot, connected to the stand-in; discord.py's addresses are put back afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = standin.api_base
    bot = SampleBot(**more)
    task = asyncio.create_task(bot.start(standin.token))
    try:
        ready = asyncio.create_task(standin.ready())
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            ready.cancel()
            task.result()
        await ready
        await asyncio.wait_for(bot.wait_until_ready(), 15)
        yield bot
    finally:
        await bot.close()
        with contextlib.suppress(asyncio.CancelledError, discord.DiscordException):
            await task
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
