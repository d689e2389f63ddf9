"""``/mydata``: all that is stored on a member, as a file; gone at once."""

from __future__ import annotations

import io
import json

import discord
from discord import app_commands

from bot.discord_front.commands.declare import command, group
from bot.discord_front.front import Front
from bot.discord_front.messages.controls import button, control_id, row
from bot.discord_front.messages.plain import said
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.discord_front.replies import answer, think
from bot.discord_front.speaker import speaker

FILE = "vigie.json"


def mydata_commands(front: Front) -> app_commands.Group:
    """The group."""
    mydata = group("mydata")

    async def export(interaction: discord.Interaction) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        data = await front.members.export(who.user_id)
        body = json.dumps(data, ensure_ascii=False, indent=2, default=str).encode()
        sheet = Sheet(Accent.ANSWER)
        sheet.text(who.words("mydata.file"))
        sheet.file(FILE)
        await answer(interaction, sheet.view(), files=[discord.File(io.BytesIO(body), FILE)])

    async def erase(interaction: discord.Interaction) -> None:
        who = await speaker(front, interaction)
        words = who.words
        buttons = row(
            button(words("button.erase"), control_id("erase", 0, who.user_id), style=discord.ButtonStyle.danger),
            button(words("button.keep"), control_id("keep", 0, who.user_id)),
        )
        await answer(interaction, said(words("mydata.erase_ask"), accent=Accent.NOTICE, buttons=buttons))

    command("mydata.export", export, parent=mydata)
    command("mydata.erase", erase, parent=mydata)
    return mydata
