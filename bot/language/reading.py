"""An article as understood, read once: matching, grouping, search, highlighting and /why all work on the same `Reading`.

A reading is a pure function of the lexicon and the article's text, language and time: it can be thrown away and made again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from bot.language.dates import DateMention, find_dates
from bot.language.lexicon import COMPOUND_QUALITY, Lexicon, WordHits
from bot.language.numbers import Number, find_numbers
from bot.language.tokens import FIELD_STEP, SENTENCE_STEP, Word, split_words
from bot.language.translit import skeleton

MAX_TITLE = 500
MAX_SUMMARY = 2_000
MAX_BODY = 4_000
"""Characters of each field that are read; what follows is kept for display but matches nothing."""
MAX_TOKENS = 700
MAX_GAP = 1
"""Other words allowed between two words of a form."""
SWALLOWED = 0.5
"""What is left of a notion inside a longer term that does not imply it («trêve» in «trêve hivernale»)."""
_PLACING = frozenset(("person", "state", "body", "place", "group"))
_NAMES = frozenset(("person", "state", "body", "place"))


class Token(NamedTuple):
    """A word of the article. ``start``/``end`` are code-point offsets into the clean text of ``field``; ``text`` is that slice.

    ``position`` counts kept words (+2 at a sentence's end, +5 at a field's border): distances between words. A part of a German
    compound is a token of its own with the offsets and position of the whole, which stands before it (``part`` is True).
    """

    form: str
    start: int
    end: int
    field: str
    position: int
    text: str
    sentence: int
    """Counted through all fields; the title has number 0."""
    stop: bool
    part: bool
    hits: WordHits

    @property
    def stem(self) -> str:
        return self.hits.stem

    @property
    def skeleton(self) -> str:
        """Key across scripts and spellings (`bot.language.translit.skeleton`)."""
        return self.hits.skeleton


class Mention(NamedTuple):
    """A concept met in the article, from token ``first`` to token ``last``. ``via`` is the concept that implied it, None when it was named."""

    concept: str
    quality: float
    first: int
    last: int
    via: str | None
    words: tuple[int, ...]
    """The tokens of its own; another word may stand between them."""


class Name(NamedTuple):
    """A capitalised word the lexicon does not know: ``key`` is the skeleton of its stem, alike across scripts and cases."""

    key: str
    token: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The article as understood.

    ``mentions`` are sorted by first token and hold named and implied concepts; a concept named in two places is there twice.
    ``body_from`` is the index of the first token of the body. ``context`` is True when the article names the product's subject.
    """

    article_id: Hashable
    lang: str | None
    published: datetime | None
    title: str
    summary: str
    body: str
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    names: tuple[Name, ...]
    numbers: tuple[Number, ...]
    dates: tuple[DateMention, ...]
    context: bool
    spans: dict[str, list[Mention]] = field(default_factory=dict, compare=False, repr=False)
    """``mentions`` by concept."""

    def text_of(self, field_name: str) -> str:
        """The clean text of ``title``, ``summary`` or ``body``."""
        return {"title": self.title, "summary": self.summary, "body": self.body}[field_name]

    def content(self, fields: tuple[str, ...] = ("title", "summary")) -> Iterator[Token]:
        """The words of these fields that are neither stop words nor parts of compounds, in order (for copies and shingles)."""
        return (t for t in self.tokens if not t.stop and not t.part and t.field in fields)

    def best(self) -> dict[str, tuple[float, bool, bool]]:
        """For each concept: best quality, whether it stands in the title, whether it was named (not only implied)."""
        result: dict[str, tuple[float, bool, bool]] = {}
        for m in self.mentions:
            quality, titled, named = result.get(m.concept, (0.0, False, False))
            result[m.concept] = (
                max(quality, m.quality),
                titled or self.tokens[m.first].field == "title",
                named or m.via is None,
            )
        return result


class Reader:
    """Reads articles with one lexicon. Remembers the look-up of words (bounded), nothing of the articles."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def read(
        self,
        article_id: Hashable,
        title: str,
        summary: str,
        lang: str | None,
        published: datetime | date | None = None,
        body: str = "",
    ) -> Reading:
        """The article as understood. The texts must be clean (`bot.language.text`): offsets refer to them as given.

        Only the first ``MAX_TITLE``/``MAX_SUMMARY``/``MAX_BODY`` characters are read. Never raises on any text.
        """
        day = published.date() if isinstance(published, datetime) else published
        tokens: list[Token] = []
        numbers: list[Number] = []
        dates: list[DateMention] = []
        sentence = position = 0
        for name, text, limit in (
            ("title", title, MAX_TITLE),
            ("summary", summary, MAX_SUMMARY),
            ("body", body, MAX_BODY),
        ):
            if not text or len(tokens) >= MAX_TOKENS:
                continue
            words = split_words(text, limit, lang)[: MAX_TOKENS - len(tokens)]
            base = len(tokens)
            indexes = self._tokens(words, name, lang, sentence, position, tokens)
            numbers.extend(
                n._replace(first=indexes[n.first], last=indexes[n.last]) for n in find_numbers(words, text, lang)
            )
            dates.extend(
                d._replace(first=indexes[d.first], last=indexes[d.last]) for d in find_dates(words, text[:limit], day)
            )
            if len(tokens) > base:
                sentence = tokens[-1].sentence + 1
                position = tokens[-1].position + FIELD_STEP
        mentions = self._mentions(tokens)
        spans: dict[str, list[Mention]] = {}
        for mention in mentions:
            spans.setdefault(mention.concept, []).append(mention)
        concepts = self.lexicon.concepts
        subject = [concepts[c].kind for c in spans if concepts[c].context]
        # A notion alone does not place an article: «accords miniers» are signed in Congo too.
        context = lang == "uk" or any(kind in _PLACING for kind in subject) or len(subject) > 1
        moment = published if isinstance(published, datetime) else None
        names = tuple(_unknown_names(tokens, mentions))
        return Reading(
            article_id,
            lang,
            moment,
            title,
            summary,
            body,
            tuple(tokens),
            tuple(mentions),
            names,
            tuple(numbers),
            tuple(dates),
            context,
            spans,
        )

    def _tokens(
        self, words: list[Word], field_name: str, lang: str | None, sentence: int, position: int, tokens: list[Token]
    ) -> list[int]:
        """Appends the tokens of one field; answers the token index of each word."""
        indexes: list[int] = []
        word_hits = self.lexicon.word_hits
        last = 0
        for word in words:
            if word.sentence != last:
                position += SENTENCE_STEP * (word.sentence - last)
                last = word.sentence
            hits = word_hits(word.form, word.text, lang)
            indexes.append(len(tokens))
            tokens.append(
                Token(
                    word.form,
                    word.start,
                    word.end,
                    field_name,
                    position,
                    word.text,
                    sentence + word.sentence,
                    word.stop,
                    False,
                    hits,
                )
            )
            for part in hits.parts:
                tokens.append(
                    Token(
                        part,
                        word.start,
                        word.end,
                        field_name,
                        position,
                        word.text,
                        sentence + word.sentence,
                        False,
                        True,
                        word_hits(part, part, lang),
                    )
                )
            if not word.stop:
                position += 1
        return indexes

    def _mentions(self, tokens: list[Token]) -> list[Mention]:
        named: dict[tuple[str, int, int], float] = {}
        own: dict[tuple[str, int, int], tuple[int, ...]] = {}
        patterns = self.lexicon.patterns
        for i, token in enumerate(tokens):
            for word, quality in token.hits.words:
                for pattern in patterns(word):
                    if not pattern.rest:
                        if token.stop and not token.text.isupper():
                            continue
                        words: tuple[int, ...] = (i,)
                        q = quality
                    else:
                        end = _follow(tokens, i, pattern.rest)
                        if end is None:
                            continue
                        q, words = min(quality, end[1]), (i, *end[0])
                    if token.part:
                        q *= COMPOUND_QUALITY
                    key = (pattern.concept, i, words[-1])
                    if q * pattern.quality > named.get(key, 0.0):
                        named[key] = q * pattern.quality
                        own[key] = words
        concepts = self.lexicon.concepts
        named = self._swallow(named)
        result: dict[tuple[str, int, int], Mention] = {
            k: Mention(k[0], q, k[1], k[2], None, own[k]) for k, q in named.items()
        }
        for (concept, first, last), quality in named.items():
            for target, step in concepts[concept].implied:
                key = (target, first, last)
                old = result.get(key)
                if old is None or old.quality < quality * step:
                    result[key] = Mention(target, quality * step, first, last, concept, own[concept, first, last])
        return sorted(result.values(), key=lambda m: (m.first, m.last, m.concept))

    def _swallow(self, named: dict[tuple[str, int, int], float]) -> dict[tuple[str, int, int], float]:
        """A longer term takes the words inside it: common words in a name vanish, notions lose weight, what it implies is implied."""
        longer = [k for k in named if k[2] > k[1]]
        if not longer:
            return named
        concepts = self.lexicon.concepts
        result = dict(named)
        for outer in longer:
            info = concepts[outer[0]]
            if info.kind == "general":
                continue
            implied = {t for t, _ in info.implied}
            for inner in named:
                if (
                    inner[1] < outer[1]
                    or inner[2] > outer[2]
                    or inner[2] - inner[1] >= outer[2] - outer[1]
                    or inner[0] == outer[0]
                    or inner not in result
                ):
                    continue
                if inner[0] in implied:
                    continue
                if info.kind in _NAMES and concepts[inner[0]].kind == "general":
                    del result[inner]
                elif concepts[inner[0]].kind not in _NAMES or info.kind in _NAMES:
                    result[inner] = named[inner] * SWALLOWED
        return result


def _follow(tokens: list[Token], i: int, rest: tuple[int, ...]) -> tuple[tuple[int, ...], float] | None:
    """The further tokens of a form that begins at ``i`` and the worst quality of its further words, or None when it does not go on."""
    sentence, quality = tokens[i].sentence, 1.0
    at = i
    words: list[int] = []
    for wanted in rest:
        gap = 0
        j = at + 1
        while j < len(tokens):
            token = tokens[j]
            if token.sentence != sentence:
                return None
            hit = next((q for w, q in token.hits.words if w == wanted), None)
            if hit is not None:
                quality = min(quality, hit)
                break
            if not token.stop and not token.part:
                gap += 1
                if gap > MAX_GAP:
                    return None
            j += 1
        else:
            return None
        at = j
        words.append(j)
    return tuple(words), quality


def _unknown_names(tokens: list[Token], mentions: list[Mention]) -> Iterator[Name]:
    """Capitalised words that no concept covers. At a sentence's start a capital says nothing, unless the next word has one too."""
    covered: set[int] = set()
    for m in mentions:
        covered.update(range(m.first, m.last + 1))
    previous = -1
    for i, token in enumerate(tokens):
        starts = token.sentence != previous
        if not token.part:
            previous = token.sentence
        if (
            i in covered
            or token.stop
            or token.part
            or token.hits.known
            or token.hits.parts
            or not token.text[:1].isupper()
            or len(token.form) < 3
        ):
            continue
        if starts and not (
            i + 1 < len(tokens) and tokens[i + 1].text[:1].isupper() and tokens[i + 1].sentence == token.sentence
        ):
            continue
        yield Name(skeleton(token.stem) or token.skeleton, i)
