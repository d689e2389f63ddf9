"""Stories looked up: pages, one story with all its sources, a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

import discord

from bot.discord_front.escape import fitted, link, safe_url
from bot.discord_front.messages import lines
from bot.discord_front.messages.controls import Row, button, control_id, read_button, row
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.i18n import Translator
from bot.model.content import Face
from bot.model.stories import SourceLine, Story

PAGE_CHARS = 3400
TIMELINE_CHARS = 3500


def page_view(
    words: Translator, title: str, stories: Sequence[tuple[Story, Face]], offset: int, buttons: Row | None
) -> discord.ui.LayoutView:
    """One page of stories."""
    sheet = Sheet(Accent.ANSWER, reserve=6)
    position = words("pages.position", first=words.number(offset + 1), last=words.number(offset + len(stories)))
    sheet.text(f"## {title}", f"-# {position}")
    share = PAGE_CHARS // max(1, len(stories))
    for story, face in stories:
        sheet.text(story_text(words, story, face, share))
    sheet.row(buttons)
    return sheet.view()


def story_text(words: Translator, story: Story, face: Face, room: int) -> str:
    """One story of a list in at most ``room`` characters."""
    tail = f"-# {lines.outlets(words, story)} · {lines.times(words, story)}"
    sources = lines.sources(words, story, max(60, room // 3))
    head = f"**{lines.headline(words, face, (), max(80, room - len(tail) - len(sources) - 12))}**"
    rest = room - len(head) - len(tail) - len(sources) - 12
    summary = lines.short_summary(face, (), min(rest, 220)) if rest > 80 else ""
    shown = [head, summary, f"-# {sources}" if sources else "", tail]
    text = "\n".join(part for part in shown if part)
    return text if len(text) <= room else "\n".join((head, tail))


def story_view(words: Translator, story: Story, face: Face, *, merged: bool = False) -> discord.ui.LayoutView:
    """One story: who was first, every article with its language and time."""
    sheet = Sheet(Accent.ANSWER, reserve=6)
    sheet.text(
        f"-# 📖 **{words('story.title')}**",
        f"### {lines.headline(words, face, (), 1200)}",
        lines.original(words, face, 300),
        lines.short_summary(face, (), 400),
    )
    if merged:
        sheet.text(f"-# {words('story.merged')}")
    first = min(story.articles, key=lambda line: (line.published, line.article_id), default=None)
    languages = ", ".join(dict.fromkeys(lines.language_name(words, line.lang) for line in story.articles))
    facts = [f"{lines.outlets(words, story)} · {lines.times(words, story)}"]
    if first is not None:
        facts.append(
            words("story.first", source=lines.source_label(words, first), when=lines.stamp(first.published, "f"))
        )
        facts.append(words("story.languages", languages=languages))
    sheet.text(*facts)
    sheet.separator()
    rows = [article_line(words, line) for line in sorted(story.articles, key=lambda line: line.published)]
    sheet.text(f"**{words('story.sources')}**", *bounded(words, rows, sheet.room - 120))
    sheet.row(
        row(
            button(words("button.follow"), control_id("follow", 0, story.id)),
            button(words("button.mute"), control_id("mute", 0, story.id)),
            read_button(words, face.url),
        )
    )
    return sheet.view()


def article_line(words: Translator, line: SourceLine) -> str:
    """One article of a story."""
    url = safe_url(line.url)
    title = fitted(line.title, 110) or words("alert.no_title")
    shown = link(title, url if url is not None and len(url) <= 300 else None, line.title)
    copy = f" · {words('story.copy')}" if line.copy_of is not None else ""
    return f"- {lines.stamp(line.published, 't')} {lines.source_label(words, line)}{copy} {shown}"


def timeline_view(
    words: Translator, topic: str, milestones: Sequence[tuple[date, Story, Face]], *, cut: bool
) -> discord.ui.LayoutView:
    """Dated milestones of a topic, oldest first; those with fewest outlets give way when there is no room."""
    sheet = Sheet(Accent.ANSWER)
    sheet.text(f"## {words('timeline.title', topic=lines.quoted(topic, 90))}")
    entries = [(day, milestone_line(words, story, face), story.outlets, story.id) for day, story, face in milestones]
    dropped = False
    while entries and sum(len(text) + 18 for _, text, _, _ in entries) > TIMELINE_CHARS:
        entries.remove(min(entries, key=lambda entry: (entry[2], entry[3])))
        dropped = True
    blocks = []
    for day, group in groupby(entries, key=lambda entry: entry[0]):
        blocks.append(f"**{lines.stamp_day(day)}**\n" + "\n".join(text for _, text, _, _ in group))
    sheet.text("\n".join(blocks))
    if cut or dropped:
        sheet.text(f"-# {words('timeline.cut')}")
    return sheet.view()


def milestone_line(words: Translator, story: Story, face: Face) -> str:
    """One milestone."""
    return f"- {lines.headline(words, face, (), 220)} ({lines.outlets(words, story)})"


def bounded(words: Translator, rows: Sequence[str], room: int) -> list[str]:
    """As many rows as fit, and how many more there are."""
    shown: list[str] = []
    for number, text in enumerate(rows):
        rest = len(rows) - number - 1
        tail = len(words("watch.more", n=rest)) + 4 if rest else 0
        if sum(len(line) + 1 for line in shown) + len(text) + tail > room:
            break
        shown.append(text)
    if len(shown) < len(rows):
        shown.append("-# " + words("watch.more", n=len(rows) - len(shown)))
    return shown
