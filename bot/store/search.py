"""Full-text search over folded words and concept ids: FTS5 on SQLite, a tsvector on PostgreSQL, the same answers from both.

Articles and questions go through the same ``fold_terms``, so what a caller's question holds can never be read as query syntax.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql import cast

from bot.model.records import DayCount, SearchHit
from bot.store.columns import Id
from bot.store.queries import Queries
from bot.store.schema import article_texts, articles, placements

SEARCH_BOUND = 1_000
"""Most articles that one search considers, the newest: what lies beyond cannot be paged to."""

MOST_TERMS = 4_000
"""Words of one article that are searchable; the rest is left out."""

LONGEST_TERM = 64
"""Code points of a word that count."""

MOST_GROUPS = 32
MOST_ALTERNATIVES = 64
"""Bounds of a question: groups that must all be there, and alternatives in each."""

_DAY_MICROS = 86_400_000_000

_WORD = re.compile(r"\w+")

_search = table("article_search", column("rowid", Id), column("article_search", Text))


class SearchQueries(Queries):
    """The search."""

    async def find(
        self,
        terms: Sequence[Sequence[str]],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        lang: str | None = None,
        source: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> list[SearchHit]:
        """Articles that hold one term of every group, by publication, newest first, each with its rank.

        ``terms``: an AND of ORs of folded words and concept ids; groups without a word in them do not count, and a question
        without any finds nothing. ``source``: a host, its subdomains counted. At most ``SEARCH_BOUND`` newest are considered.
        """
        found = matching(terms, sqlite=self.sqlite)
        if found is None:
            return []
        conditions: list[ColumnElement[bool]] = [found.condition]
        if since is not None:
            conditions.append(articles.c.published >= since)
        if until is not None:
            conditions.append(articles.c.published < until)
        if lang is not None:
            conditions.append(articles.c.lang == lang)
        if source is not None:
            conditions.append(
                or_(articles.c.source == source, articles.c.source.endswith(f".{source}", autoescape=True))
            )
        bounded = (
            select(articles.c.id, articles.c.published)
            .select_from(found.table.join(articles, articles.c.id == found.article_id))
            .where(*conditions)
            .order_by(found.article_id.desc())
            .limit(SEARCH_BOUND)
            .subquery()
        )
        page = (
            select(bounded.c.id, placements.c.story_id, article_texts.c.terms)
            .join(placements, placements.c.article_id == bounded.c.id)
            .join(article_texts, article_texts.c.article_id == bounded.c.id)
            .order_by(bounded.c.published.desc(), bounded.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        groups = _groups(terms)
        return [
            SearchHit(row["id"], row["story_id"], rank(str(row["terms"]).split(" "), groups))
            for row in await self._rows(page)
        ]

    async def per_day(
        self, terms: Sequence[Sequence[str]], since: datetime, until: datetime | None = None
    ) -> list[DayCount]:
        """Articles a UTC day and language, published since then (and before ``until``), that hold ``terms`` (as in ``find``)."""
        found = matching(terms, sqlite=self.sqlite)
        if found is None:
            return []
        conditions = [found.condition, articles.c.published >= since]
        if until is not None:
            conditions.append(articles.c.published < until)
        day = type_coerce(articles.c.published, BigInteger) // _DAY_MICROS
        statement = (
            select(day.label("day"), articles.c.lang, func.count().label("count"))
            .select_from(found.table.join(articles, articles.c.id == found.article_id))
            .where(*conditions)
            .group_by(day, articles.c.lang)
            .order_by(day, articles.c.lang)
        )
        return [
            DayCount(date(1970, 1, 1) + timedelta(days=int(row["day"])), row["lang"], row["count"])
            for row in await self._rows(statement)
        ]


@dataclass(frozen=True, slots=True)
class Found:
    """The articles that a question finds, as parts of a statement."""

    table: FromClause
    article_id: ColumnElement[int]
    """Order by this very column: the index of SQLite delivers it newest first without sorting."""
    condition: ColumnElement[bool]


def matching(terms: Sequence[Sequence[str]], *, sqlite: bool) -> Found | None:
    """The articles that hold one term of every group; None for a question without a word."""
    groups = _groups(terms)
    if not groups:
        return None
    if sqlite:
        question = " AND ".join("(" + " OR ".join(_fts5(words) for words in group) + ")" for group in groups)
        return Found(_search, _search.c.rowid, _search.c.article_search.op("MATCH")(bindparam(None, question)))
    question = " & ".join("(" + " | ".join(_tsquery(words) for words in group) + ")" for group in groups)
    document: ColumnElement[str] = literal_column("article_texts.document")
    condition = document.op("@@", is_comparison=True)(cast(question, TSQUERY))
    return Found(article_texts, article_texts.c.article_id, condition)


def fold_terms(text: str) -> str:
    """``text`` as words separated by one blank: small letters, Latin letters without accents, nothing but letters, digits and ``_``.

    Cyrillic letters stay as they are: й and ї are letters of their own.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", folded).translate(_latin_folding())
    words = (match.group()[:LONGEST_TERM] for match in _WORD.finditer(folded))
    return " ".join(word for word, _ in zip(words, range(MOST_TERMS), strict=False))


def rank(document: Sequence[str], groups: Sequence[Sequence[tuple[str, ...]]]) -> float:
    """How well a document answers: for each group, how often its words stand there (saturating) and how early.

    Free of the collection's statistics, so that it costs nothing per article that is not shown (bm25 over a common word of a
    large collection costs tenths of a second) and is the same on both engines.
    """
    counts = Counter(document)
    first: dict[str, int] = {}
    for position, word in enumerate(document):
        first.setdefault(word, position)
    score = 0.0
    for group in groups:
        present = [words for words in group if all(word in counts for word in words)]
        if not present:
            continue
        often = sum(min(counts[word] for word in words) for words in present)
        early = min(min(first[word] for word in words) for words in present)
        score += often / (often + 1.2) + 1.0 / (1.0 + early / 8.0)
    return round(score / max(1, len(groups)), 6)


def _groups(terms: Sequence[Sequence[str]]) -> list[list[tuple[str, ...]]]:
    """The question as folded words: groups of alternatives, an alternative being the words that must all be there."""
    groups: list[list[tuple[str, ...]]] = []
    for group in terms:
        alternatives = dict.fromkeys(tuple(fold_terms(term).split()) for term in group)
        kept = [words for words in alternatives if words][:MOST_ALTERNATIVES]
        if kept:
            groups.append(kept)
    return groups[:MOST_GROUPS]


def _fts5(words: Sequence[str]) -> str:
    return "(" + " AND ".join(f'"{word}"' for word in words) + ")"


def _tsquery(words: Sequence[str]) -> str:
    return "(" + " & ".join(f"'{word}'" for word in words) + ")"


@lru_cache(maxsize=1)
def _latin_folding() -> dict[int, str | None]:
    """Every accented Latin letter of Unicode's Latin blocks, and its base letter."""
    folding: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370))  # combining marks left over: stress marks
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            folding[code] = base
    folding.update({ord("ø"): "o", ord("ł"): "l", ord("đ"): "d", ord("œ"): "oe", ord("æ"): "ae", ord("ı"): "i"})
    return folding
