"""The bot: connects, declares the commands, answers, and notices when a blocked channel works again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands

from bot.discord_front.channels import can_post
from bot.discord_front.commands.all import add_commands
from bot.discord_front.front import Front
from bot.discord_front.messages.plain import help_view
from bot.discord_front.places import destinations_of_server
from bot.discord_front.refusals import is_network
from bot.discord_front.replies import tell
from bot.discord_front.sink import DiscordSink
from bot.discord_front.syncing import sync_if_changed
from bot.discord_front.translator import CatalogueTranslator
from bot.discord_front.views.presses import Press
from bot.i18n import interface_language, translator
from bot.model.errors import StoreError, VigieError
from bot.model.members import GuildSettings
from bot.model.watches import Destination

__all__ = ["Connection", "Front", "TokenRefused", "VigieBot", "connect"]

log = structlog.get_logger(__name__)

RETRY_FIRST_S = 5.0
RETRY_LAST_S = 300.0
"""Waits before the connection is built anew after a crash; Discord allows 1,000 IDENTIFYs a day (documentation, Gateway)."""
STABLE_S = 600.0
"""A connection that held this long makes the next wait short again."""
RATELIMIT_WAIT_S = 45.0
"""discord.py waits out shorter rate limits itself; longer ones go back to the sender as a retry."""


class TokenRefused(VigieError):
    """Discord does not know the token, or not any more."""


class Mending(Protocol):
    """The sender, as far as the front talks to it."""

    async def mended(self, destination: Destination) -> None: ...


class VigieTree(app_commands.CommandTree["VigieBot"]):
    """The commands; every error becomes an answer in the member's language."""

    async def on_error(
        self, interaction: discord.Interaction[VigieBot], error: app_commands.AppCommandError, /
    ) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            log.warning("a suggestion failed", problem=repr(error))
            return
        await tell(interaction.client.front, interaction, error)


class VigieBot(commands.AutoShardedBot):
    """One connection to Discord, with as many shards as it asks for."""

    def __init__(self, front: Front, *, api_base: str | None = None, sync: bool = True) -> None:
        """``api_base``: another address of the HTTP API. ``sync``: whether commands are declared to Discord (not for a pass without gateway)."""
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=VigieTree,
            help_command=None,
            max_ratelimit_timeout=RATELIMIT_WAIT_S,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.front = front
        self.mending: Mending | None = None
        self.when_ready: Callable[[], None] | None = None
        self._api_base = api_base
        self._sync = sync
        add_commands(self.tree, front)

    async def setup_hook(self) -> None:
        """After the login, before the gateway."""
        self.add_dynamic_items(Press)
        await self.tree.set_translator(CatalogueTranslator())
        if self._api_base is not None:
            # discord.py reconnects to a fixed address unless told otherwise (docs: another base URL).
            _, url, _ = await self.http.get_bot_gateway()
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        if self._sync:
            try:
                await sync_if_changed(self, self.tree)
            except (discord.HTTPException, app_commands.AppCommandError) as error:
                # Alerts go out all the same; the commands Discord knows from before keep working.
                log.error("the commands could not be told to Discord", problem=str(error)[:500])

    async def on_ready(self) -> None:
        log.info("connected to Discord", servers=len(self.guilds), shards=self.shard_count)
        if self.when_ready is not None:
            self.when_ready()

    # -- servers come and go

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Greets once, where it may, and tries what was blocked while Vigie was out."""
        await self._guarded(self._welcome(guild), "welcome")
        await self._look_again(guild)

    async def _welcome(self, guild: discord.Guild) -> None:
        known = await self.front.members.guild(guild.id)
        if known is not None and known.welcomed:
            return
        language = known.language if known else interface_language(str(guild.preferred_locale), self.front.language)
        settings = known or GuildSettings(guild.id, language=language, timezone=self.front.timezone)
        channel = first_channel(guild)
        if channel is not None:
            await channel.send(view=help_view(translator(language), welcome=True))
        await self.front.members.save_guild(replace(settings, welcomed=True))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """After an outage of Discord, or at the start: channels that were blocked may work now. Unavailable is not removed."""
        await self._look_again(guild)

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self._look_again(after.guild)

    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        await self._look_again(after.guild)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if before.permissions != after.permissions:
            await self._look_again(after.guild)

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Discord tells the bot about its own roles without any further intent."""
        if self.user is not None and after.id == self.user.id and before.roles != after.roles:
            await self._look_again(after.guild)

    async def _look_again(self, guild: discord.Guild) -> None:
        await self._guarded(self._mend(guild), "mend")

    async def _mend(self, guild: discord.Guild) -> None:
        if self.mending is None or guild.unavailable:
            return
        for destination in await destinations_of_server(self.front, guild.id, blocked=True):
            channel = guild.get_channel_or_thread(destination.channel_id or 0)
            if channel is not None and can_post(channel):
                log.info("a blocked channel may work again", destination=destination.id)
                await self.mending.mended(destination)

    async def _guarded(self, work: Awaitable[None], what: str) -> None:
        """An event handler's trouble stays its own: it is logged, the connection goes on."""
        try:
            await work
        except (discord.HTTPException, StoreError) as error:
            log.warning("an event could not be handled", what=what, problem=str(error)[:300])


def first_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """Where a greeting belongs: the system channel, else the first text channel that Vigie may write to."""
    me = guild.me
    for channel in (guild.system_channel, *guild.text_channels):
        if channel is not None:
            allowed = channel.permissions_for(me)
            if allowed.view_channel and allowed.send_messages:
                return channel
    return None


class Connection:
    """A token's connection to Discord, built anew when it crashes. ``sink`` always posts through the newest one."""

    def __init__(self, front: Front, token: str, *, api_base: str | None = None) -> None:
        self._front = front
        self._token = token
        self._api_base = api_base
        self._bot: VigieBot | None = None
        self.sink = DiscordSink(lambda: self._bot, front.clock, dm_gap_s=front.dm_gap_s)

    @property
    def bot(self) -> VigieBot | None:
        """The client of the moment."""
        return self._bot

    async def sign_in(self) -> None:
        """Logs in without the gateway, so that the sink can post. Raises TokenRefused, or VigieError when Discord cannot be reached."""
        bot = VigieBot(self._front, api_base=self._api_base, sync=False)
        self._bot = bot
        try:
            await bot.login(self._token)
        except discord.LoginFailure as error:
            raise refused_token() from error
        except Exception as error:
            if not is_network(error) and not isinstance(error, discord.HTTPException):
                raise
            raise VigieError(
                f"Discord cannot be reached ({type(error).__name__}); check the network and try again"
            ) from error

    async def serve(self, deliver: Mending, ready: asyncio.Event) -> None:
        """Connects and stays connected until cancelled; sets ``ready`` when messages can be posted.

        A crash of the connection builds it anew after growing waits. Raises TokenRefused: no waiting mends that.
        """
        wait = RETRY_FIRST_S
        while True:
            began = self._front.clock.monotonic()
            try:
                await self._once(deliver, ready)
            except (discord.LoginFailure, discord.PrivilegedIntentsRequired) as error:
                raise refused_token() from error
            except Exception as error:
                # Any exception while an event is parsed ends connect() (discord.py gateway.py): it is not ours to judge which may.
                log.error("the connection to Discord broke; it is built anew", seconds=wait, exc_info=error)
            else:
                log.warning("Discord closed the connection; it is built anew", seconds=wait)
            if self._front.clock.monotonic() - began > STABLE_S:
                wait = RETRY_FIRST_S
            await self._front.clock.sleep(wait)
            wait = min(wait * 2, RETRY_LAST_S)

    async def _once(self, deliver: Mending, ready: asyncio.Event) -> None:
        bot = VigieBot(self._front, api_base=self._api_base)
        bot.mending = deliver
        bot.when_ready = ready.set
        try:
            await bot.login(self._token)
            old, self._bot = self._bot, bot
            if old is not None and not old.is_closed():
                await old.close()
            await bot.connect(reconnect=True)
        finally:
            # Until the next client stands, the sink answers «not connected»: deliveries wait in the store.
            if not bot.is_closed():
                await bot.close()

    async def close(self) -> None:
        """Ends the connection."""
        if self._bot is not None and not self._bot.is_closed():
            await self._bot.close()


def refused_token() -> TokenRefused:
    """One line for the operator; the token itself is never shown."""
    return TokenRefused(
        "Discord refuses the bot token: copy it again from the developer portal (Bot, Reset Token) into DISCORD_TOKEN or the file "
        "that DISCORD_TOKEN_FILE names"
    )


@asynccontextmanager
async def connect(front: Front, token: str, *, api_base: str | None = None) -> AsyncIterator[Connection]:
    """A connection, not yet signed in; closed at the end. ``api_base``: another address of Discord's HTTP API, with version.

    discord.py keeps its addresses in class attributes: they are put back afterwards.
    """
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    if api_base is not None:
        discord.http.Route.BASE = api_base.rstrip("/")
    connection = Connection(front, token, api_base=api_base)
    try:
        yield connection
    finally:
        with contextlib.suppress(asyncio.TimeoutError, discord.DiscordException):
            async with asyncio.timeout(10):
                await connection.close()
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
