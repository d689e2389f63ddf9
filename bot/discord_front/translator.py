"""Names and descriptions of commands in the languages of Discord's clients, from the catalogues."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.i18n import translator

LOCALES: dict[discord.Locale, str] = {discord.Locale.french: "fr", discord.Locale.ukrainian: "uk"}
"""English is the base: Discord shows it wherever a locale has no translation of its own."""


def local(key: str) -> app_commands.locale_str:
    """A text of the catalogues for a command: English as its base, its key for the translator."""
    return app_commands.locale_str(translator("en")(key), key=key)


class CatalogueTranslator(app_commands.Translator):
    """Answers discord.py when it builds the commands for Discord."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The text in ``locale``; None where Discord shall show the base."""
        language = LOCALES.get(locale)
        key = string.extras.get("key")
        return translator(language)(key) if language is not None and isinstance(key, str) else None
