"""An alert, and the update that a new fact brings (product.md, section 6)."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.discord_front.escape import fitted, safe_url
from bot.discord_front.messages import lines
from bot.discord_front.messages.controls import Row, button, control_id, read_button, row
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.i18n import Translator
from bot.model.content import AlertContent, WatchNote
from bot.model.matches import Hit

HEADLINE_CHARS = 1400
"""With its address."""
SUMMARY_CHARS = 320
ORIGINAL_CHARS = 300
PHRASES_CHARS = 300
FACTS_SHOWN = 5
ROW_COMPONENTS = 6
"""The row of five buttons."""


def alert_view(
    words: Translator, content: AlertContent, *, delivery: int, heading: str | None = None
) -> discord.ui.LayoutView:
    """The message. ``delivery``: its id, carried by its buttons; 0 for a preview, which ``heading`` names."""
    update = bool(content.facts) or content.earlier is not None
    hits = face_hits(content)
    sheet = Sheet(Accent.UPDATE if update else Accent.ALERT, reserve=ROW_COMPONENTS)
    if heading is not None:
        sheet.above(f"-# {heading}")
    if content.mention_role is not None:
        sheet.above(f"<@&{content.mention_role}>")
    title = words("alert.update") if update else words("alert.title")
    sheet.text(f"-# {'🆕' if update else '🔔'} **{title}** · {phrases(words, content.watches)}")
    sheet.text(
        f"### {lines.headline(words, content.face, hits, HEADLINE_CHARS)}",
        lines.original(words, content.face, ORIGINAL_CHARS),
        lines.short_summary(content.face, hits, SUMMARY_CHARS),
    )
    if update:
        sheet.text(*facts(words, content))
    sheet.separator()
    sheet.text(
        lines.sources(words, content.story, 900),
        f"-# {lines.outlets(words, content.story)} · {lines.times(words, content.story)}",
        _small(lines.matched_words(words, [hit for note in content.watches for hit in note.hits], 400)),
        *(_small(text) for text in state(words, content)),
    )
    sheet.row(controls(words, content, delivery))
    return sheet.view()


def face_hits(content: AlertContent) -> list[Hit]:
    """The hits whose offsets belong to the article that is shown."""
    return [hit for note in content.watches if note.article_id == content.face.article_id for hit in note.hits]


def phrases(words: Translator, notes: Sequence[WatchNote]) -> str:
    """The watches that fired."""
    names = list(dict.fromkeys(lines.quoted(note.phrase, 120) for note in notes))
    shown: list[str] = []
    for name in names:
        if len(", ".join([*shown, name])) <= PHRASES_CHARS:
            shown.append(name)
    text = ", ".join(shown)
    if len(shown) < len(names):
        text += " " + words("watch.more", n=len(names) - len(shown))
    return words("alert.watches", n=len(names), phrases=text)


def facts(words: Translator, content: AlertContent) -> list[str]:
    """What is new, and where the story's first message stands."""
    shown = []
    if content.facts:
        shown.append(f"**{words('alert.new_facts')}**")
        for fact in content.facts[:FACTS_SHOWN]:
            key = f"fact.{fact.kind}"
            name = words(key) if key in words else fitted(fact.kind, 40)
            shown.append("- " + words("fact.line", name=name, words=fitted(fact.words or fact.value, 160)))
    if content.earlier is not None and (url := safe_url(content.earlier)) is not None:
        shown.append("-# " + words("alert.earlier", link=url))
    return shown


def state(words: Translator, content: AlertContent) -> list[str]:
    """What happened to the story here."""
    shown = []
    if content.merged_into is not None and (url := safe_url(content.merged_into)) is not None:
        shown.append(words("alert.merged", link=url))
    if content.followed:
        shown.append(words("alert.followed"))
    if content.muted:
        shown.append(words("alert.muted"))
    return shown


def controls(words: Translator, content: AlertContent, delivery: int) -> Row | None:
    """Why?, Not relevant, Follow, Mute, and the link to the article."""
    story = content.story.id
    note = content.watches[0] if content.watches else None
    article = note.article_id if note is not None else content.face.article_id
    follow = ("button.unfollow", "unfollow") if content.followed else ("button.follow", "follow")
    mute = ("button.unmute", "unmute") if content.muted else ("button.mute", "mute")
    return row(
        button(words("button.why"), control_id("why", delivery, article)),
        button(words("button.not_relevant"), control_id("no", delivery, note.watch_id, article)) if note else None,
        button(words(follow[0]), control_id(follow[1], delivery, story)),
        button(words(mute[0]), control_id(mute[1], delivery, story)),
        read_button(words, content.face.url),
    )


def _small(text: str) -> str:
    return f"-# {text}" if text else ""
