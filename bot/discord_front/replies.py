"""Answering interactions: within three seconds, once, in words, whatever goes wrong."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import discord
import structlog
from discord import app_commands

from bot.discord_front.front import Front
from bot.discord_front.messages.plain import refused, said
from bot.discord_front.messages.sheet import Accent
from bot.discord_front.refusals import is_network
from bot.discord_front.speaker import chosen_language, speaker
from bot.i18n import Translator, translator
from bot.matching.phrase import PhraseError
from bot.model.errors import StoreError, UsageError
from bot.services.members import Denied

log = structlog.get_logger(__name__)

_TOO_LATE = frozenset({10062, 40060, 50027})
"""Unknown interaction, already answered, expired token: the person is gone or was served (discord.py repeats callbacks on 5xx)."""


async def think(interaction: discord.Interaction, *, ephemeral: bool = True) -> None:
    """Takes up to fifteen minutes instead of three seconds."""
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=ephemeral, thinking=True)


async def answer(
    interaction: discord.Interaction,
    view: discord.ui.LayoutView,
    *,
    ephemeral: bool = True,
    files: Sequence[discord.File] = (),
) -> None:
    """The answer, whether or not the interaction was deferred. Nothing in it can mention anyone."""
    none = discord.AllowedMentions.none()
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, attachments=list(files), allowed_mentions=none)
    else:
        await interaction.response.send_message(
            view=view, ephemeral=ephemeral, files=list(files), allowed_mentions=none
        )


async def replace(interaction: discord.Interaction, view: discord.ui.LayoutView) -> None:
    """Puts another page into the message whose button was pressed."""
    await interaction.response.edit_message(view=view, allowed_mentions=discord.AllowedMentions.none())


async def more(interaction: discord.Interaction, view: discord.ui.LayoutView, *, ephemeral: bool = True) -> None:
    """A further message after the answer."""
    await interaction.followup.send(view=view, ephemeral=ephemeral, allowed_mentions=discord.AllowedMentions.none())


@asynccontextmanager
async def answered(front: Front, interaction: discord.Interaction) -> AsyncIterator[None]:
    """Turns every error of a command or button into an answer; unexpected ones get a reference number that stands in the log too."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the last line before the person: unexpected ones are logged by tell()
        await tell(front, interaction, error)


async def tell(front: Front, interaction: discord.Interaction, error: Exception) -> None:
    """Says what went wrong and what to do next. Logs what the operator must know."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, discord.HTTPException) and error.code in _TOO_LATE:
        log.info("an interaction was answered too late or twice", code=error.code)
        return
    view = _view(await words_for(front, interaction), error, interaction)
    try:
        await answer(interaction, view)
    except discord.HTTPException as refusal:
        log.warning("an answer could not be sent", code=refusal.code, status=refusal.status)
    except Exception as trouble:
        if not is_network(trouble):
            raise
        log.warning("an answer could not be sent", problem=type(trouble).__name__)


async def words_for(front: Front, interaction: discord.Interaction) -> Translator:
    """The member's words, also when the store that knows their setting is the very thing that fails."""
    try:
        return (await speaker(front, interaction)).words
    except StoreError:
        return translator(chosen_language(front, interaction))


def _view(words: Translator, error: Exception, interaction: discord.Interaction) -> discord.ui.LayoutView:
    if isinstance(error, Denied | PhraseError):
        return refused(words, error.key, error.values)
    if isinstance(error, app_commands.CommandOnCooldown):
        when = f"<t:{int(interaction.created_at.timestamp() + error.retry_after) + 1}:R>"
        return said(words("error.cooldown", when=when), accent=Accent.NOTICE)
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return said(words("error.outdated"), accent=Accent.NOTICE)
    reference = secrets.token_hex(4)
    name = interaction.command.qualified_name if interaction.command else "button"
    if isinstance(error, UsageError):
        log.warning("a request could not be met", reference=reference, command=name, problem=str(error))
        return said(words("error.usage", reference=reference), accent=Accent.NOTICE)
    if isinstance(error, StoreError):
        log.error("the store refused a command", reference=reference, command=name, problem=str(error))
        return said(words("error.store", reference=reference), accent=Accent.NOTICE)
    log.error("a command failed", reference=reference, command=name, exc_info=error)
    return said(words("error.unexpected", reference=reference), accent=Accent.NOTICE)
