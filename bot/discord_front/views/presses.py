"""One dynamic item answers every control of Vigie: it reads verb, delivery and arguments from the custom_id."""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.discord_front.front import Front
from bot.discord_front.replies import answered
from bot.discord_front.views.handlers import HANDLERS
from bot.services.members import Denied


class Press(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"vigie:(?P<verb>[a-z]{1,12}):(?P<delivery>\d{1,20})(?::(?P<arguments>.*))?",
):
    """A pressed button."""

    def __init__(self, button: discord.ui.Button[Any], verb: str, delivery: int, arguments: str) -> None:
        super().__init__(button)
        self.verb = verb
        self.delivery = delivery
        self.arguments = arguments

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Press:
        """Called by discord.py when a button of this form is pressed, on any message, also after a restart."""
        button: discord.ui.Button[Any] = discord.ui.Button(custom_id=match.string)
        return cls(button, match["verb"], int(match["delivery"]), match["arguments"] or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        """Hands the press to its handler; every error becomes an answer."""
        front: Front = interaction.client.front
        async with answered(front, interaction):
            handler = HANDLERS.get(self.verb)
            if handler is None:
                raise Denied("denied.old_button")
            await handler(front, interaction, self.delivery, self.arguments)
