"""From a delivery's content to its view."""

from __future__ import annotations

import discord

from bot.discord_front.escape import cut
from bot.discord_front.messages.alert import alert_view
from bot.discord_front.messages.digest import digest_view
from bot.discord_front.messages.plain import notice_view
from bot.i18n import Translator
from bot.language.text import clean_text
from bot.model.content import AlertContent, Content, DigestContent


def render(words: Translator, content: Content, delivery: int) -> discord.ui.LayoutView:
    """The message as it is now, in the reader's language, with the delivery's mark in its controls."""
    if isinstance(content, AlertContent):
        return alert_view(words, content, delivery=delivery)
    if isinstance(content, DigestContent):
        return digest_view(words, content, delivery=delivery)
    return notice_view(words, content, delivery=delivery)


def post_name(words: Translator, content: Content, limit: int = 100) -> str:
    """The name of a forum post: plain text, no markdown is read there. Never empty."""
    if isinstance(content, AlertContent):
        return cut(clean_text(content.face.title), limit) or words("alert.no_title")
    if isinstance(content, DigestContent):
        return words("digest.title")
    return words("notice.title")


def mentions(content: Content) -> discord.AllowedMentions:
    """Only the role that the watch names; feed text can mention nobody."""
    if isinstance(content, AlertContent) and content.mention_role is not None:
        return discord.AllowedMentions(
            everyone=False, users=False, replied_user=False, roles=[discord.Object(content.mention_role)]
        )
    return discord.AllowedMentions.none()
