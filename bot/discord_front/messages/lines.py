"""The lines that every message about a story is made of: headline, summary, sources, times. One form everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.discord_front.escape import cut, emphasised, escaped, fitted, link, safe_url
from bot.i18n import Translator
from bot.model.content import Face
from bot.model.matches import Hit
from bot.model.stories import SourceLine, Story

SOURCES_SHOWN = 8
SOURCE_CHARS = 40

_FLAGS = {
    "fr": "🇫🇷", "en": "🇬🇧", "uk": "🇺🇦", "ru": "🇷🇺", "de": "🇩🇪", "pl": "🇵🇱", "it": "🇮🇹", "es": "🇪🇸",
    "tr": "🇹🇷", "hu": "🇭🇺", "nl": "🇳🇱", "ro": "🇷🇴", "cs": "🇨🇿", "sk": "🇸🇰", "lt": "🇱🇹", "lv": "🇱🇻",
    "et": "🇪🇪", "fi": "🇫🇮", "sv": "🇸🇪", "pt": "🇵🇹", "el": "🇬🇷", "zh": "🇨🇳", "ja": "🇯🇵", "ar": "🌐",
}  # fmt: skip


def stamp(moment: datetime, style: str = "R") -> str:
    """A time that every reader sees on their own clock (documentation, Reference, Timestamp Styles)."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def quoted(text: str, limit: int = 200) -> str:
    """What a person typed, safe and of bounded length."""
    return fitted(text, limit)


def language_tag(lang: str | None) -> str:
    """Flag and code of a language: the code says it where the flag does not show."""
    if not lang:
        return "🌐 ?"
    code = lang.split("-")[0].lower()[:3]
    return f"{_FLAGS.get(code, '🌐')} {escaped(code.upper())}"


def language_name(words: Translator, lang: str | None) -> str:
    """A language's name in the reader's language; the code where the catalogue has none."""
    if not lang or lang == "?":
        return words("lang.unknown")
    key = f"lang.{lang.split('-')[0].lower()}"
    return words(key) if key in words else escaped(lang)


def kind_name(words: Translator, kind: str) -> str:
    """What stands behind a source."""
    key = f"kind.{kind}"
    return words(key) if key in words else words("kind.member")


def headline(words: Translator, face: Face, hits: Sequence[Hit], limit: int) -> str:
    """The linked headline in at most ``limit`` characters, address included, with the matched words in bold.

    An address that leaves too little room for the words is not linked (there is a button for it).
    """
    url = safe_url(face.url)
    title = face.title if escaped(face.title) else words("alert.no_title")
    if url is not None and len(url) + 4 <= limit - 60:
        return link(emphasised(title, hits, "title", limit - len(url) - 4), url, title)
    return emphasised(title, hits, "title", limit)


def original(words: Translator, face: Face, limit: int) -> str:
    """The original headline beside a translated face; empty when there is none."""
    if not face.original_title or escaped(face.original_title) == escaped(face.title):
        return ""
    return "-# " + words("alert.original", lang=language_tag(face.lang), title=fitted(face.original_title, limit))


def source_label(words: Translator, line: SourceLine) -> str:
    """One source: flag, language, name, what it is; state-controlled media always say so."""
    name = fitted(line.source, SOURCE_CHARS) or "?"
    kind = "kind.state-controlled.short" if line.state_controlled else f"kind.{line.kind}"
    what = words(kind) if kind in words else words("kind.member")
    shown = f"{language_tag(line.lang)} {name}"
    return f"{shown} (⚠️ **{what}**)" if line.state_controlled else f"{shown} ({what})"


def sources(words: Translator, story: Story, limit: int) -> str:
    """The story's sources, each once, in the order they came, as many as fit; how many more there are."""
    labels = list(dict.fromkeys(source_label(words, line) for line in story.articles))
    shown: list[str] = []
    for label in labels[:SOURCES_SHOWN]:
        more = len(labels) - len(shown) - 1
        tail = len(words("alert.more_sources", n=more)) + 3 if more else 0
        if len(" · ".join([*shown, label])) + tail > limit:
            break
        shown.append(label)
    rest = len(labels) - len(shown)
    if rest:
        shown.append(words("alert.more_sources", n=rest))
    return " · ".join(shown)


def outlets(words: Translator, story: Story) -> str:
    """How many independent outlets report it."""
    return words("alert.outlets", n=story.outlets) if story.outlets else words("alert.no_outlet")


def times(words: Translator, story: Story) -> str:
    """First seen and last change."""
    first = words("alert.first_seen", when=stamp(story.opened))
    if abs((story.changed - story.opened).total_seconds()) < 60:
        return first
    return f"{first} · {words('alert.changed', when=stamp(story.changed))}"


def matched_words(words: Translator, hits: Sequence[Hit], limit: int) -> str:
    """The words that made a watch fire, each once, in the order of the text; empty without any."""
    ordered = sorted(hits, key=lambda hit: (hit.field != "title", hit.field, hit.start))
    shown: list[str] = []
    for text in dict.fromkeys(fitted(hit.text, 60) for hit in ordered):
        if text and len(", ".join([*shown, f"**{text}**"])) <= limit:
            shown.append(f"**{text}**")
    return words("alert.words", words=", ".join(shown)) if shown else ""


def short_summary(face: Face, hits: Sequence[Hit], limit: int) -> str:
    """About two lines of summary; empty when it only repeats the headline."""
    summary = cut(face.summary, limit * 2)
    if not summary or escaped(summary) == escaped(face.title):
        return ""
    return emphasised(face.summary, hits, "summary", limit)


def stamp_day(day: date) -> str:
    """A calendar day (UTC) as every reader writes dates; noon, so that no zone moves it to another day."""
    return stamp(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), "D")
