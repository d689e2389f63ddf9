"""The rehearsal of a watch: what it would have caught in the saved articles of the last days."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.language.reading import Reader
from bot.matching.index import MatchIndex
from bot.matching.phrase import PhraseParser
from bot.model.articles import Article
from bot.store import Store

if TYPE_CHECKING:
    from bot.services.members import WatchDraft

SLICE_ARTICLES = 25
"""Articles read before the event loop gets a turn (about 20 ms)."""

EXAMPLES = 5
LIMIT = 20_000
"""Newest articles that a rehearsal reads at most."""

TOO_WIDE_A_DAY = 20
"""Stories a day above which a phrase is called too wide."""


@dataclass(frozen=True, slots=True)
class Example:
    """An article the watch would have caught."""

    article: Article
    score: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a watch would have caught."""

    since: datetime
    until: datetime
    articles: int
    """Articles looked at."""
    caught: int
    stories: int
    by_language: tuple[tuple[str, int], ...]
    best: tuple[Example, ...]
    edge: tuple[Example, ...]
    """Those just above the threshold."""

    @property
    def alerts_a_day(self) -> float:
        days = max((self.until - self.since).total_seconds() / 86400, 1.0)
        return self.stories / days

    @property
    def too_wide(self) -> bool:
        return self.alerts_a_day > TOO_WIDE_A_DAY


async def rehearse(
    store: Store, parser: PhraseParser, reader: Reader, draft: WatchDraft, since: datetime, until: datetime
) -> Rehearsal:
    """Matches the draft against the saved articles between two times. Raises PhraseError for an unusable phrase."""
    index = MatchIndex(parser.lexicon, parser=parser)
    index.add(
        0, draft.phrase, lang=draft.lang, strictness=draft.strictness, exclude=draft.exclude, languages=draft.languages
    )
    async with store.read() as unit:
        articles = await unit.articles.recent(since, until, limit=LIMIT)
    caught: list[Example] = []
    languages: Counter[str] = Counter()
    for number, article in enumerate(articles, start=1):
        for match in index.match(
            reader.read(article.id, article.title, article.summary, article.lang, article.published)
        ):
            caught.append(Example(article, match.score))
            languages[article.lang or "?"] += 1
        if number % SLICE_ARTICLES == 0:
            await asyncio.sleep(0)
    async with store.read() as unit:
        placements = await unit.articles.placements([example.article.id for example in caught])
    caught.sort(key=lambda example: (-example.score, -example.article.id))
    return Rehearsal(
        since=since,
        until=until,
        articles=len(articles),
        caught=len(caught),
        stories=len({placement.story_id for placement in placements.values()}),
        by_language=tuple(languages.most_common()),
        best=tuple(caught[:EXAMPLES]),
        edge=tuple(caught[EXAMPLES:][-EXAMPLES:]),
    )
