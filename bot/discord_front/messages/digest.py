"""A digest: by watch, then story, a story never in half."""

from __future__ import annotations

import discord

from bot.discord_front.escape import safe_url
from bot.discord_front.messages import lines
from bot.discord_front.messages.controls import Row, button, control_id, row
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.i18n import Translator
from bot.model.content import DigestContent, DigestItem

GROUP_CHARS = 90
LEAST_ITEM = 140
"""Characters without which a story says nothing."""
TITLE_CHARS = 170
SUMMARY_FROM = 60


def digest_view(
    words: Translator, content: DigestContent, *, delivery: int, title: str | None = None, buttons: Row | None = None
) -> discord.ui.LayoutView:
    """One part of a digest. ``title``: another heading (what is new), ``buttons``: another row than the digest's own."""
    sheet = Sheet(Accent.DIGEST, reserve=3)
    notes = []
    if content.parts > 1:
        notes.append(words("digest.part", part=str(content.part), parts=str(content.parts)))
    period = words("digest.period", since=lines.stamp(content.since, "f"), until=lines.stamp(content.until, "t"))
    flags = [
        words(key)
        for key, said in (
            ("digest.sample", content.sample),
            ("digest.late", content.late),
            ("digest.catch_up", content.catch_up),
        )
        if said
    ]
    sheet.text(
        f"## 📰 {title or words('digest.title')}",
        "-# " + " · ".join([period, *notes]),
        *(f"-# {flag}" for flag in flags),
    )
    items = [(group, item) for group in content.groups for item in group.items]
    for position, (group, item) in enumerate(items):
        first = item is group.items[0]
        heading = f"**🔎 {lines.quoted(group.phrase, GROUP_CHARS)}**" if first else ""
        # What is left is shared among the stories still to come, so that the last one has as much room as the first.
        share = (sheet.room - 20) // (len(items) - position) - len(heading) - 2
        if first and position:
            sheet.separator()
        sheet.text(heading, item_text(words, item, max(LEAST_ITEM, share)))
    sheet.row(buttons or row(button(words("button.latest"), control_id("latest", delivery, 0, 0))))
    return sheet.view()


def item_text(words: Translator, item: DigestItem, room: int) -> str:
    """One story in at most ``room`` characters: headline, what is new, sources, and a summary where there is room."""
    mark = ""
    if item.new:
        mark = f"🆕 {words('digest.new')} · "
    elif item.added:
        mark = f"➕ {words('digest.added', n=item.added)} · "
    first = item.story.articles[0] if item.story.articles else None
    state = any(line.state_controlled for line in item.story.articles)
    languages = " ".join(dict.fromkeys(lines.language_tag(line.lang) for line in item.story.articles))
    tail = f"-# {mark}{lines.outlets(words, item.story)} · {lines.stamp(item.story.changed)}"
    if len(languages) <= 40:
        tail += f" · {languages}"
    if first is not None and state and item.story.outlets == 0:
        tail += f" · ⚠️ {words('kind.state-controlled.short')}"
    url = safe_url(item.face.url)
    address = len(url) + 4 if url is not None else 0
    space = room - len(tail) - 4
    title_room = min(TITLE_CHARS + address, space) if address + 60 <= space else min(TITLE_CHARS, space)
    head = "- " + lines.headline(words, item.face, (), max(20, title_room))
    rest = room - len(head) - len(tail) - 4
    summary = lines.short_summary(item.face, (), min(rest, 200)) if rest >= SUMMARY_FROM else ""
    return "\n".join(part for part in (head, summary, tail) if part)
