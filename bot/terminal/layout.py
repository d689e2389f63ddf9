"""What a message looks like in a terminal: content values to lines. Pure: console, clock and language are the caller's.

Only ``rich.text.Text`` is used, never markup, and every foreign text goes through :func:`plain`, so that a feed can neither colour nor steer
the terminal. Nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.text import Text

from bot.i18n import Translator
from bot.model.content import AlertContent, Content, DigestContent, DigestItem, Face, NoticeContent, WatchNote
from bot.model.matches import Hit
from bot.model.stories import Fact, SourceLine, Story
from bot.terminal.plain import plain

SUMMARY_CHARS = 240
"""About two lines and a half of summary at 80 columns."""

SOURCES_SHOWN = 6
WORDS_SHOWN = 8

INDENT = 3


class Line(NamedTuple):
    """One line of a message before it is wrapped; ``indent`` in columns, for every row of it."""

    text: Text
    indent: int = 0


BLANK = Line(Text())


class Layout:
    """Messages in one language, with times on the clock of one zone."""

    def __init__(self, words: Translator, timezone: str) -> None:
        self._words = words
        self._timezone = timezone

    def message(self, content: Content, *, edited: bool = False) -> list[Line]:
        """The lines of a message. ``edited``: it takes the place of one that was shown before."""
        if isinstance(content, AlertContent):
            return self.alert(content, edited=edited)
        if isinstance(content, DigestContent):
            return self.digest(content)
        return self.notice(content)

    def alert(self, content: AlertContent, *, edited: bool = False) -> list[Line]:
        kind = "terminal.edited" if edited else "terminal.update" if content.facts else "terminal.alert"
        phrases = ", ".join(dict.fromkeys(plain(note.phrase) for note in content.watches))
        lines: list[Line] = [
            Line(
                Text.assemble(
                    ("▌ ", "cyan"),
                    (self._words(kind), "bold cyan"),
                    " · ",
                    self._words("terminal.watch", phrase=phrases),
                )
            )
        ]
        lines += self._face(content.face, content.watches)
        for fact in content.facts:
            lines.append(_indented(self._fact(fact)))
        words = matched_words(content.watches)
        if words:
            lines.append(_indented(Text(self._words("terminal.words", words=", ".join(words)), style="dim")))
        lines += self._about(content.story)
        if content.merged_into is not None:
            lines.append(_indented(Text(self._words("terminal.merged"))))
        lines.append(_link(content.face.url))
        return [*lines, BLANK]

    def digest(self, content: DigestContent) -> list[Line]:
        title = self._words("terminal.digest", since=self._moment(content.since), until=self._moment(content.until))
        notes = []
        if content.parts > 1:
            notes.append(self._words("terminal.part", part=str(content.part), parts=str(content.parts)))
        if content.late:
            notes.append(self._words("terminal.late"))
        if content.catch_up:
            notes.append(self._words("terminal.catch_up"))
        lines: list[Line] = [Line(Text(" · ".join([title, *notes]), style="bold"))]
        if content.sample:
            lines.append(Line(Text(f"*** {self._words('terminal.sample')} ***", style="bold yellow")))
        lines.append(BLANK)
        if not content.groups:
            lines.append(Line(Text(self._words("terminal.nothing"))))
        for group in content.groups:
            lines += [
                Line(
                    Text.assemble(
                        ("▌ ", "cyan"), (self._words("terminal.watch", phrase=plain(group.phrase)), "bold cyan")
                    )
                ),
                BLANK,
            ]
            for item in group.items:
                lines += self._digest_item(item)
        return lines

    def notice(self, content: NoticeContent) -> list[Line]:
        values = {name: plain(value) for name, value in content.values}
        text = self._words(content.key, **values) if content.key in self._words else content.key
        return [Line(Text.assemble((self._words("terminal.notice"), "bold yellow"), ": ", text)), BLANK]

    def _digest_item(self, item: DigestItem) -> list[Line]:
        mark = None
        if item.new:
            mark = self._words("terminal.new")
        elif item.added:
            mark = self._words("terminal.added", n=item.added)
        lines = self._face(item.face, (), mark)
        return [*lines, *self._about(item.story), _link(item.face.url), BLANK]

    def _face(self, face: Face, notes: Sequence[WatchNote], mark: str | None = None) -> list[Line]:
        hits = [hit for note in notes if note.article_id == face.article_id for hit in note.hits]
        title = highlighted(face.title, hits, "title", "bold")
        if not title.plain:
            title = Text(self._words("terminal.no_title"), style="bold")
        if mark is not None:
            title.append(f" [{mark}]", style="green")
        lines: list[Line] = [_indented(title)]
        if face.original_title is not None and plain(face.original_title) != plain(face.title):
            lines.append(
                _indented(Text(self._words("terminal.original", title=plain(face.original_title)), style="italic"))
            )
        summary = highlighted(face.summary, hits, "summary", "")
        if summary.plain:
            lines.append(_indented(shortened(summary, SUMMARY_CHARS)))
        return lines

    def _about(self, story: Story) -> list[Line]:
        counts = self._words("terminal.outlets", n=story.outlets)
        times = self._words("terminal.times", first=self._moment(story.opened), last=self._moment(story.changed))
        lines: list[Line] = [_indented(Text(f"{counts} · {times}", style="dim"))]
        if story.articles:
            names = list(dict.fromkeys(self._source(line) for line in story.articles))
            shown = ", ".join(names[:SOURCES_SHOWN])
            if len(names) > SOURCES_SHOWN:
                shown += " " + self._words("terminal.more", n=len(names) - SOURCES_SHOWN)
            lines.append(_indented(Text(self._words("terminal.sources", sources=shown), style="dim")))
        return lines

    def _source(self, line: SourceLine) -> str:
        tags = [plain(line.lang)] if line.lang else []
        if line.state_controlled:
            tags.append(self._words("terminal.state_media"))
        return plain(line.source) + (f" [{', '.join(tags)}]" if tags else "")

    def _fact(self, fact: Fact) -> Text:
        key = f"terminal.fact.{fact.kind}"
        name = self._words(key) if key in self._words else plain(fact.kind)
        return Text.assemble((f"+ {name}: ", "green"), plain(fact.words) or plain(fact.value))

    def _moment(self, value: datetime) -> str:
        return self._words.moment(value, self._timezone, "short")


def matched_words(notes: Iterable[WatchNote]) -> list[str]:
    """The words of the articles that made the watches fire, each once, in the order of the text."""
    hits = sorted((hit for note in notes for hit in note.hits), key=lambda hit: (hit.field != "title", hit.start))
    return list(dict.fromkeys(word for hit in hits if (word := plain(hit.text).strip())))[:WORDS_SHOWN]


def highlighted(text: str, hits: Iterable[Hit], field: str, style: str) -> Text:
    """``text`` with the hits in its ``field`` underlined and bold. Hits that do not fit the text are left out."""
    shown = plain(text)
    result = Text(shown, style=style)
    for hit in hits:
        # The offsets are those of the article's own text: they hold only where nothing had to be taken out.
        if hit.field == field and shown[hit.start : hit.end] == hit.text:
            result.stylize("bold underline", hit.start, hit.end)
    return result


def shortened(text: Text, length: int) -> Text:
    """``text`` cut at a word to at most ``length`` characters, with an ellipsis."""
    if len(text.plain) <= length:
        return text
    cut = text.plain.rfind(" ", 0, length)
    result = text[: cut if cut > length // 2 else length - 1]
    result.append("…")
    return result


def _link(url: str) -> Line:
    """The address itself, never hidden behind other words."""
    return _indented(Text(plain(url), style="blue")) if url else BLANK


def _indented(text: Text) -> Line:
    return Line(text, INDENT)
