"""``/trend``: a picture of how much is written about up to four topics, with the figures in words beside it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import discord
from babel.dates import format_date
from discord import app_commands

from bot.discord_front.commands.declare import command
from bot.discord_front.escape import cut, fitted
from bot.discord_front.front import Front
from bot.discord_front.messages.lines import language_name, quoted, stamp_day
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.discord_front.replies import answer, think
from bot.discord_front.speaker import speaker
from bot.discord_front.trend import TOPIC_CHARS, Labels, Panel, draw, totals
from bot.i18n import Translator
from bot.language.text import clean_text
from bot.services.members import Denied

Topics = app_commands.Range[str, 1, 300]
Days = app_commands.Range[int, 2, 90]

TOPICS = 4
FILE = "vigie.png"


def trend_command(front: Front) -> app_commands.Command[Any, ..., None]:
    """The command."""

    async def trend(interaction: discord.Interaction, topic: Topics, days: Days = 14) -> None:
        await think(interaction)
        who = await speaker(front, interaction)
        topics = topics_of(topic)
        found = await front.lookup.trend(topics, days)
        if not any(count for counts in found.values() for by_day in counts.values() for count in by_day.values()):
            raise Denied("trend.empty")
        until = front.clock.now().date()
        since = until - timedelta(days=days - 1)
        panels = [Panel(cut(clean_text(name), TOPIC_CHARS), found[name]) for name in topics]
        png = await asyncio.to_thread(draw, panels, since, until, labels_of(who.words, found, since, until))
        sheet = Sheet(Accent.ANSWER)
        sheet.text(f"## 📈 {who.words('trend.title')}")
        lines = [topic_line(who.words, panel, since, until, plain=False) for panel in panels]
        alt = who.words(
            "trend.alt",
            since=day_text(who.words, since),
            until=day_text(who.words, until),
            topics=" ; ".join(topic_line(who.words, panel, since, until, plain=True) for panel in panels),
        )
        sheet.picture(FILE, alt)
        sheet.text(*(f"- {line}" for line in lines))
        await answer(interaction, sheet.view(), files=[discord.File(io.BytesIO(png), FILE)])

    return command("trend", trend)


def topics_of(text: str) -> list[str]:
    """Up to four topics, separated by commas. Raises Denied for more."""
    topics = list(dict.fromkeys(part.strip() for part in text.replace(";", ",").split(",") if part.strip()))
    if not topics:
        raise Denied("trend.empty")
    if len(topics) > TOPICS:
        raise Denied("trend.too_many", n=len(topics))
    return topics


def labels_of(words: Translator, found: Mapping[str, Mapping[str, object]], since: date, until: date) -> Labels:
    """The picture's words."""
    codes = {code for counts in found.values() for code in counts}
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return Labels(
        title=words("trend.title"),
        languages={code: language_name(words, code) for code in codes},
        other=words("trend.other"),
        days=[day_text(words, day) for day in days],
    )


def day_text(words: Translator, day: date) -> str:
    """A day without its year, as the language writes it."""
    return str(format_date(day, format="d MMM", locale=words.language))


def topic_line(words: Translator, panel: Panel, since: date, until: date, *, plain: bool) -> str:
    """One topic in words: how many articles, and the day with most. ``plain``: for the alternative text, which knows no markup."""
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    counts = totals(panel, days)
    name = fitted(panel.caption, 120) if not plain else panel.caption
    if not any(counts):
        return words("trend.none", topic=name)
    best = days[counts.index(max(counts))]
    day = day_text(words, best) if plain else stamp_day(best)
    return words("trend.topic", topic=name if plain else quoted(panel.caption, 120), n=sum(counts), day=day)
