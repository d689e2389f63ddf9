"""Small builders of stories and contents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.model.content import AlertContent, DigestContent, DigestGroup, DigestItem, Face, WatchNote
from bot.model.matches import Hit
from bot.model.stories import Fact, SourceLine, Story

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def line(number: int = 1, title: str = "Sommet à Genève", **changes: object) -> SourceLine:
    values: dict[str, object] = {
        "article_id": number,
        "title": title,
        "summary": "Les deux présidents se rencontrent.",
        "url": f"https://quotidien{number}.example/article",
        "source": f"quotidien{number}.example",
        "lang": "fr",
        "kind": "daily",
        "family": f"quotidien{number}",
        "published": NOW - timedelta(hours=2),
        "seen": NOW - timedelta(hours=1),
    }
    return SourceLine(**{**values, **changes})  # type: ignore[arg-type]


def story(*lines: SourceLine, number: int = 7) -> Story:
    return Story(number, NOW - timedelta(hours=2), NOW, lines or (line(),))


def face(of: SourceLine | None = None, *, original: str | None = None) -> Face:
    one = of or line()
    return Face(one.article_id, one.title, one.summary, one.url, one.lang, original is None, original)


def note(phrase: str = "sommet Genève", *hits: Hit, watch: int = 3, article: int = 1) -> WatchNote:
    return WatchNote(watch, phrase, 91.0, article, hits)


def alert(*lines: SourceLine, notes: tuple[WatchNote, ...] | None = None, **changes: object) -> AlertContent:
    one = story(*lines)
    values: dict[str, object] = {"story": one, "face": face(one.articles[0]), "watches": notes or (note(),)}
    return AlertContent(**{**values, **changes})  # type: ignore[arg-type]


def fact(words: str = "30 jours") -> Fact:
    return Fact("number", "30", words)


def digest(groups: list[tuple[str, list[tuple[Story, Face]]]], **changes: object) -> DigestContent:
    made = tuple(
        DigestGroup(number, phrase, tuple(DigestItem(one, shown, new=True, added=2) for one, shown in items))
        for number, (phrase, items) in enumerate(groups, start=1)
    )
    values: dict[str, object] = {"since": NOW - timedelta(days=1), "until": NOW, "groups": made}
    return DigestContent(**{**values, **changes})  # type: ignore[arg-type]
