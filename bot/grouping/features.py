"""What grouping keeps of a `Reading`: weighted keys, free of language where the lexicon allows, small enough to store beside the article.

Keys: a concept's id (``RIYADH``, ``negotiation``); ``~`` and a skeleton for a word or name the lexicon does not know; ``#`` and a
number with its unit; ``@`` and a day of the year (``@05-09``). Weights are whole numbers, so that sums do not depend on the order of adding.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern

from bot.grouping.copies import sketch
from bot.language.dates import DateMention
from bot.language.numbers import Number
from bot.language.reading import Reading
from bot.language.translit import skeleton

VERSION = 1
TITLE = 20
SUMMARY = 10
"""Weight of a key named in the title, in the summary; in the title and again later, ``TITLE + AGAIN``."""
AGAIN = 6
IMPLIED = 0.5
"""What an implied concept weighs beside a named one."""
MAX_KEYS = 120
MAX_WORDS = 40
"""Characters kept of the words that show a key."""
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Features:
    """``keys`` map to weights; ``words`` are the article's own words for a key; ``sketch`` serves `bot.grouping.copies`.

    ``titled`` are the keys named (not only implied) in the title.
    """

    keys: Mapping[str, int]
    words: Mapping[str, str] = field(default_factory=dict)
    titled: frozenset[str] = frozenset()
    sketch: tuple[int, ...] = ()

    def to_json(self) -> str:
        """Compact JSON; `from_json` gives an equal value."""
        return json.dumps(
            {
                "v": VERSION,
                "k": dict(self.keys),
                "w": dict(self.words),
                "t": sorted(self.titled),
                "c": list(self.sketch),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Features:
        """The value `to_json` wrote. Text that it did not write (another version, an empty field) gives features that say nothing."""
        try:
            data = json.loads(text)
            if data["v"] != VERSION:
                return cls({})
            return cls(
                {intern(str(k)): int(w) for k, w in data["k"].items()},
                {intern(str(k)): str(w) for k, w in data["w"].items()},
                frozenset(intern(str(k)) for k in data["t"]),
                tuple(int(h) for h in data["c"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls({})


def features_of(reading: Reading) -> Features:
    """The features of an article. Title and summary count; a body is not read here: it would drown them."""
    keys: dict[str, int] = {}
    words: dict[str, str] = {}
    titled: set[str] = set()
    tokens = reading.tokens

    def add(key: str, first: int, last: int, share: float = 1.0, named: bool = True) -> None:
        where = tokens[first].field
        if where == "body":
            return
        key = intern(key)
        weight = round((TITLE if where == "title" else SUMMARY) * share)
        old = keys.get(key)
        if old is None:
            if len(keys) >= MAX_KEYS:
                return
            keys[key] = weight
        elif named:
            keys[key] = max(old, weight) + (AGAIN if where != "title" and max(old, weight) <= TITLE else 0)
        if named:
            if where == "title":
                titled.add(key)
            words.setdefault(key, _slice(reading, first, last))

    covered: set[int] = set()
    seen: set[tuple[str, int]] = set()
    subject = {m.words for m in reading.mentions if m.via is None and m.concept[0].isupper()}
    for mention in reading.mentions:
        if mention.words in subject and mention.concept[0].islower():
            # The subject's own concept says it better than the general notion of the same words.
            continue
        covered.update(range(mention.first, mention.last + 1))
        if (mention.concept, mention.first) in seen:
            continue
        seen.add((mention.concept, mention.first))
        named = mention.via is None
        add(mention.concept, mention.first, mention.last, mention.quality * (1.0 if named else IMPLIED), named)
    for number in reading.numbers:
        covered.update(range(number.first, number.last + 1))
        key = number_feature(number)
        if key is not None:
            add(key, number.first, number.last)
            if key in words and number.unit:
                words[key] = _with_unit(reading, number)
    for mentioned in reading.dates:
        covered.update(range(mentioned.first, mentioned.last + 1))
        key = day_feature(mentioned)
        if key is not None:
            add(key, mentioned.first, mentioned.last)
    for name in reading.names:
        covered.add(name.token)
        add(f"~{name.key}", name.token, name.token)
    for i, token in enumerate(tokens):
        if token.field == "body":
            break
        if token.stop or token.part or i in covered or token.hits.parts:
            continue
        if token.form.isalpha() and len(token.form) >= 3:
            add(f"~{skeleton(token.stem) or token.skeleton}", i, i)
    return Features(keys, words, frozenset(titled), sketch([t.stem for t in reading.content()]))


def number_feature(number: Number) -> str | None:
    """The key of a number, or None for one that says nothing by itself: a bare year, zero, one, two."""
    bare = not number.unit
    if bare and (number.value in (0, 1, 2) or (number.value == int(number.value) and int(number.value) in _YEARS)):
        return None
    if number.unit == "ord":
        return None
    return f"#{number.value:.15g}{number.unit}"


def _with_unit(reading: Reading, number: Number) -> str:
    """The number as written, with a sign or word of unit beside it («$20 billion», «30 %», «20 Milliarden Dollar»)."""
    first, last = reading.tokens[number.first], reading.tokens[number.last]
    text = reading.text_of(first.field)
    start, end = first.start, last.end
    before = text[:start].rstrip()
    if before and unicodedata.category(before[-1]) == "Sc" and start - len(before) <= 1:
        return text[len(before) - 1 : end][:MAX_WORDS]
    after = re.compile(r"[\s\u00a0\u202f]?(?:[%‰]|[^\W\d_]+|[$€£₴₽])").match(text, end)
    return text[start : after.end() if after else end][:MAX_WORDS]


def day_feature(mentioned: DateMention) -> str | None:
    """The key of a single day; without its year, which an article without a date of its own does not know. None for a span of days."""
    if mentioned.start != mentioned.end:
        return None
    return "@{:02d}-{:02d}".format(*mentioned.start)


def _slice(reading: Reading, first: int, last: int) -> str:
    start, end = reading.tokens[first], reading.tokens[last]
    return reading.text_of(start.field)[start.start : end.end][:MAX_WORDS]
