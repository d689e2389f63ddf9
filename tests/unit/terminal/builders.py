"""Small builders of message contents for the terminal's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.model.content import AlertContent, DigestContent, DigestGroup, DigestItem, Face, WatchNote
from bot.model.matches import Hit
from bot.model.stories import Fact, SourceLine, Story

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def line(article_id: int, source: str, *, lang: str = "fr", kind: str = "daily", title: str = "Titre") -> SourceLine:
    return SourceLine(
        article_id=article_id,
        title=title,
        summary="",
        url=f"https://{source}/{article_id}",
        source=source,
        lang=lang,
        kind=kind,
        family=source,
        published=NOW,
        seen=NOW,
    )


def story(*lines: SourceLine) -> Story:
    return Story(id=7, opened=NOW - timedelta(hours=2), changed=NOW, articles=lines or (line(1, "phare.example"),))


def face(
    title: str = "Un sommet est proposé", summary: str = "Ankara s'offre.", url: str = "https://phare.example/1"
) -> Face:
    return Face(article_id=1, title=title, summary=summary, url=url, lang="fr", translated=True)


def hit(text: str, start: int, field: str = "title") -> Hit:
    return Hit(
        slot=0, kind="concept", concept="summit", field=field, start=start, end=start + len(text), text=text, quality=1
    )


def alert(
    *, of: Face | None = None, hits: tuple[Hit, ...] = (), about: Story | None = None, facts: tuple[Fact, ...] = ()
) -> AlertContent:
    note = WatchNote(watch_id=3, phrase="sommet Poutine-Zelensky", score=91, article_id=1, hits=hits)
    return AlertContent(story=about or story(), face=of or face(), watches=(note,), facts=facts)


def digest(*items: DigestItem, sample: bool = False, part: int = 1, parts: int = 1) -> DigestContent:
    groups = (DigestGroup(3, "sommet Poutine-Zelensky", items),) if items else ()
    return DigestContent(since=NOW - timedelta(days=1), until=NOW, groups=groups, sample=sample, part=part, parts=parts)
