"""Watches: what was saved, what a phrase is understood as, the rehearsal, lists."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.discord_front.escape import fitted, link, safe_url
from bot.discord_front.messages import lines
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.discord_front.messages.stories import bounded
from bot.i18n import Translator
from bot.matching.phrase import Understanding, UnderstoodSlot
from bot.model.watches import Destination, DestinationKind
from bot.services.members import Saved, WatchView
from bot.services.rehearsal import Example, Rehearsal

LANGUAGES_SHOWN = ("fr", "en", "uk", "ru", "de", "pl")
EXAMPLES_SHOWN = 3


def saved_view(words: Translator, title: str, saved: Saved) -> discord.ui.LayoutView:
    """The answer to a new or changed watch: understood as, rehearsal, where it goes."""
    sheet = Sheet(Accent.GOOD)
    sheet.text(
        f"## {words(title, phrase=lines.quoted(saved.view.watch.phrase))}",
        "-# " + watch_facts(words, saved.view),
        goes_to(words, saved.view.destination),
    )
    understood(sheet, words, saved.understanding)
    rehearsed(sheet, words, saved.rehearsal)
    return sheet.view()


def trial_view(
    words: Translator, phrase: str, understanding: Understanding, rehearsal: Rehearsal
) -> discord.ui.LayoutView:
    """The rehearsal without saving."""
    sheet = Sheet(Accent.ANSWER)
    sheet.text(f"## {words('watch.tested', phrase=lines.quoted(phrase))}")
    understood(sheet, words, understanding)
    rehearsed(sheet, words, rehearsal)
    return sheet.view()


def understood(sheet: Sheet, words: Translator, understanding: Understanding) -> None:
    """What each word stands for, in each language, and what to mind."""
    rows = ["- " + slot_line(words, slot) for slot in understanding.slots]
    rows += [
        "- " + words("understood.corrected", typed=fitted(typed, 60), taken=fitted(taken, 60))
        for typed, taken in understanding.corrected
    ]
    if understanding.excluded:
        rows.append("- " + words("understood.excluded", words=fitted(", ".join(understanding.excluded), 300)))
    sheet.text(f"**{words('understood.title')}**", *bounded(words, rows, 1500))
    warnings = [f"⚠️ {words(key)}" for key in understanding.warnings if key in words]
    sheet.text(*warnings)


def slot_line(words: Translator, slot: UnderstoodSlot) -> str:
    """One word of the phrase."""
    typed = f"**{fitted(slot.typed, 60)}**"
    if slot.names:
        ordered = [lang for lang in LANGUAGES_SHOWN if lang in slot.names]
        names = [f"{language_prefix(lang)}{fitted(slot.names[lang], 50)}" for lang in ordered]
        if "any" in slot.names:
            names.insert(0, fitted(slot.names["any"], 50))
        return words("understood.concept", typed=typed, names=" · ".join(dict.fromkeys(names)))
    kind = slot.kind if slot.kind in {"word", "exact", "number", "date"} else "word"
    return words(f"understood.{kind}", typed=typed)


def language_prefix(lang: str) -> str:
    """A language's code before a name."""
    return f"{lang.upper()} "


def rehearsed(sheet: Sheet, words: Translator, rehearsal: Rehearsal) -> None:
    """What the watch would have caught."""
    days = max(1, round((rehearsal.until - rehearsal.since).total_seconds() / 86400))
    heading = f"**{words('rehearsal.title', n=days)}**"
    sheet.separator()
    if not rehearsal.articles:
        sheet.text(heading, words("rehearsal.empty"))
        return
    if not rehearsal.caught:
        sheet.text(heading, words("rehearsal.nothing"), f"-# {words('rehearsal.of', n=rehearsal.articles)}")
        return
    counts = ", ".join(
        f"{lines.language_name(words, lang)} {words.number(count)}" for lang, count in rehearsal.by_language[:8]
    )
    rate = words("rehearsal.rate", rate=words.number(round(rehearsal.alerts_a_day, 1)))
    sheet.text(
        heading,
        f"{words('rehearsal.caught', n=rehearsal.caught)} ({words('rehearsal.of', n=rehearsal.articles)})",
        words("rehearsal.languages", counts=counts),
        rate,
        f"⚠️ {words('rehearsal.too_wide')}" if rehearsal.too_wide else "",
    )
    for key, examples in (("rehearsal.best", rehearsal.best), ("rehearsal.edge", rehearsal.edge)):
        if examples:
            sheet.text(f"**{words(key)}**", *(example_line(words, example) for example in examples[:EXAMPLES_SHOWN]))


def example_line(words: Translator, example: Example) -> str:
    """One article that would have been caught."""
    article = example.article
    url = safe_url(article.url)
    title = fitted(article.title, 110) or words("alert.no_title")
    shown = link(title, url if url is not None and len(url) <= 200 else None, article.title)
    score = words.number(round(example.score))
    return f"- {score} · {lines.language_tag(article.lang)} {fitted(article.source, 40)} {shown}"


def watch_facts(words: Translator, view: WatchView) -> str:
    """How a watch is set."""
    parts = [
        words(
            "watch.line",
            mode=words(f"choice.{view.subscription.mode.value}"),
            strictness=words(f"choice.{view.watch.strictness.value}"),
        )
    ]
    if view.watch.exclude:
        parts.append(words("watch.excludes", words=fitted(", ".join(view.watch.exclude), 100)))
    if view.watch.languages:
        names = ", ".join(lines.language_name(words, lang) for lang in view.watch.languages)
        parts.append(words("watch.languages", languages=names))
    if view.subscription.mention_role is not None:
        parts.append(words("watch.mentions", role=f"<@&{view.subscription.mention_role}>"))
    if view.watch.paused:
        parts.append(f"⏸️ {words('watch.is_paused')}")
    return " · ".join(parts)


def goes_to(words: Translator, destination: Destination) -> str:
    """Where a watch's messages go."""
    if destination.kind is DestinationKind.DM or destination.channel_id is None:
        return words("watch.goes_dm")
    return words("watch.goes_channel", channel=f"<#{destination.channel_id}>")


def watches_view(words: Translator, title: str, none: str, views: Sequence[WatchView]) -> discord.ui.LayoutView:
    """A watchlist, by channel."""
    sheet = Sheet(Accent.ANSWER)
    if not views:
        sheet.text(words(none))
        return sheet.view()
    sheet.text(f"## {words(title)}")
    rows: list[str] = []
    last: int | None = None
    for view in sorted(views, key=lambda view: (view.destination.id, view.watch.id)):
        destination = view.destination
        if destination.id != last and destination.channel_id is not None:
            rows.append(f"**<#{destination.channel_id}>**")
            if destination.blocked_code is not None:
                why = words("reason.blocked", code=destination.blocked_code)
                rows.append(f"⚠️ {words('watch.blocked', why=why)}")
        last = destination.id
        rows.append(f"- {lines.quoted(view.watch.phrase, 120)}\n  -# {watch_facts(words, view)}")
    for start in range(0, len(rows), 10):
        block = bounded(words, rows[start : start + 10], max(0, sheet.room - 60))
        if not sheet.text(*block) or sheet.room < 300:
            break
    return sheet.view()
