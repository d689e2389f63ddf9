"""Short messages: notices, confirmations, refusals, help, status, welcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import discord

from bot.discord_front.escape import escaped, fitted
from bot.discord_front.messages import lines
from bot.discord_front.messages.controls import Row, button, control_id, row
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.i18n import Translator
from bot.model.content import NoticeContent
from bot.model.records import Stats
from bot.model.watches import QuietHours

_OWN_MENTION = re.compile(r"<(?:#|@&)\d{1,20}>")


def notice_view(words: Translator, content: NoticeContent, *, delivery: int) -> discord.ui.LayoutView:
    """A notice from Vigie to an owner. Its values are foreign text, except ids, which are digits."""
    sheet = Sheet(Accent.NOTICE, reserve=2)
    values: dict[str, object] = {name: fitted(value, 300) for name, value in content.values}
    text = words(content.key, **values) if content.key in words else fitted(content.key, 200)
    sheet.text(f"-# ✉️ **{words('notice.title')}**", text)
    sheet.row(row(button(words("button.help"), control_id("help", delivery))))
    return sheet.view()


def said(
    text: str, *, accent: Accent = Accent.GOOD, buttons: Row | None = None, more: Sequence[str] = ()
) -> discord.ui.LayoutView:
    """A sentence of the catalogues, already filled with safe values."""
    sheet = Sheet(accent, reserve=3)
    sheet.text(text)
    sheet.text(*more)
    sheet.row(buttons)
    return sheet.view()


def refused(words: Translator, key: str, values: Mapping[str, object]) -> discord.ui.LayoutView:
    """Why a request is refused and what to do: a key of the catalogues with values that may hold what a person typed."""
    if key not in words and key.startswith("denied.feed."):
        key = "denied.feed.other"
    safe = {name: shown_value(words, value) for name, value in values.items()}
    text = words(key, **safe) if key in words else words("error.usage", reference="-")
    return said(f"⛔ {text}", accent=Accent.NOTICE)


def shown_value(words: Translator, value: object) -> object:
    """A value for a refusal. Mentions that the code itself made (``<#id>``, ``<@&id>``) stay, a tuple names permissions, all else is escaped."""
    if isinstance(value, int):
        return value
    if isinstance(value, tuple):
        return ", ".join(f"**{words(f'permission.{name}')}**" for name in value)
    text = str(value)
    return text if _OWN_MENTION.fullmatch(text) else escaped(text[:300])


def help_view(words: Translator, *, welcome: bool = False) -> discord.ui.LayoutView:
    """How it works and where to begin."""
    sheet = Sheet(Accent.DIGEST)
    if welcome:
        sheet.text(f"## 🔭 {words('welcome.title')}", words("welcome.text"))
        return sheet.view()
    sheet.text(f"## 🔭 {words('help.title')}", words("help.what"))
    steps = ("help.me", "help.channel", "help.digest", "help.look", "help.why", "help.settings")
    sheet.text(f"**{words('help.start')}**", *(f"- {words(key)}" for key in steps))
    sheet.text(f"**{words('help.phrase')}**", words("help.syntax"))
    sheet.text(f"-# {words('help.legend')}")
    return sheet.view()


def status_view(
    words: Translator,
    *,
    feeds: int,
    failing: int,
    stats: Stats,
    servers: int,
    latency_ms: int | None,
    since: datetime,
) -> discord.ui.LayoutView:
    """Health and counts."""
    sheet = Sheet(Accent.GOOD if not failing else Accent.ANSWER)
    rows = stats.rows
    figures = [f"{words('status.feeds', n=feeds)}, {words('status.failing', n=failing)}"]
    figures += [
        words(key, n=rows[table])
        for key, table in (
            ("status.articles", "articles"),
            ("status.stories", "stories"),
            ("status.watches", "watches"),
        )
        if table in rows
    ]
    figures.append(words("status.servers", n=servers))
    if stats.newest_article is not None:
        figures.append(words("status.newest", when=lines.stamp(stats.newest_article)))
    if latency_ms is not None:
        figures.append(words("status.latency", ms=words.number(latency_ms)))
    figures.append(words("status.up", when=lines.stamp(since)))
    sheet.text(f"## 🔭 {words('status.title')}", *(f"- {figure}" for figure in figures))
    return sheet.view()


def settings_view(
    words: Translator,
    title: str,
    *,
    saved: bool,
    language: str | None,
    timezone: str,
    quiet: QuietHours | None,
    budget: int | None,
) -> discord.ui.LayoutView:
    """What is set, for a member or a channel."""
    sheet = Sheet(Accent.GOOD if saved else Accent.ANSWER)
    spoken = words(f"lang.{language}") if language is not None else words("settings.language_discord")
    hours = f"{quiet.start:%H:%M}–{quiet.end:%H:%M}" if quiet is not None else words("settings.quiet_none")
    sheet.text(
        f"## ⚙️ {title}",
        f"✅ {words('settings.saved')}" if saved else "",
        f"- {words('settings.language', value=spoken)}",
        f"- {words('settings.timezone', value=escaped(timezone))}",
        f"- {words('settings.quiet', value=hours)}",
        "- " + (words("settings.budget", n=budget) if budget else words("settings.budget_none")),
        f"-# {words('settings.hint')}",
    )
    return sheet.view()
