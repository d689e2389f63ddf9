"""The exact semantics of a match, written plainly. The index (`index.py`) must give the same; tests hold it to that.

A pattern's score is ``100 x sum of weight x value over its slots / sum of weights x context``. A slot's value is its best hit's quality, less
where it stands in another sentence than the rest: a watch's words make its subject only together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.language.numbers import number_key
from bot.language.reading import MAX_TOKENS, Reading, Token
from bot.language.translit import skeleton
from bot.matching.phrase import Atom, Pattern, Slot

TITLE = 1.0
SUMMARY = 0.97
BODY = 0.85
"""What a hit is worth by its field."""
NEAR = (1.0, 0.92, 0.7)
"""What a hit is worth in the sentence itself, in a neighbouring one (the title is next to every sentence), and farther."""
TIGHT_NEAR = (1.0, 0.6, 0.0)
BACKGROUND_FROM = 3
"""Two or more specific words that all stand in the third sentence of the summary or later, none in the title, are background."""
BACKGROUND = 0.75
NO_CONTEXT = 0.6
"""Factor for an article that names nothing of the subject."""
AMBIENT = 0.85
"""Value of a missing slot that is the subject itself, in an article of the subject."""
FAINT_WEIGHT = 0.5
"""A generic slot that says so little (nouveau, grand) may always be missing."""
GENERIC = 0.5
"""Value of a missing generic slot where all specific ones are met, two of them or one in the title."""
TIGHT = 0.95
STEM = 0.97
SKELETON = 0.95
MIN_SKELETON = 4
MIN_EDITED = 5


class SlotHit(NamedTuple):
    """A place of the article that meets a slot: tokens ``first`` to ``last``."""

    quality: float
    first: int
    last: int
    kind: str
    concept: str | None


class Scored(NamedTuple):
    """A pattern's score and, for each slot, the hit that counted (None: missing)."""

    score: float
    hits: tuple[SlotHit | None, ...]


Stemmer = Callable[[str, str], str]


def word_quality(word: str, stem: str, key: str, token: Token) -> float:
    """How well a token is the unknown word of a watch: folded ``word``, its ``stem`` and skeleton ``key``. 0: not at all.

    Edits are allowed for words the lexicon does not know: one from 5 letters of skeleton, two from 9; same first letter.
    """
    if token.form == word:
        return 1.0
    hits = token.hits
    if len(stem) >= MIN_SKELETON and hits.stem == stem:
        return STEM
    other = hits.skeleton
    if len(key) >= MIN_SKELETON and other == key:
        return SKELETON
    return edited_quality(key, other) if not hits.known else 0.0


def edited_quality(key: str, other: str) -> float:
    """Quality of a skeleton that is another by few edits, 0 when it is not."""
    n = min(len(key), len(other))
    if n < MIN_EDITED or key[0] != other[0] or not key.isalpha() or not other.isalpha():
        return 0.0
    allowed = 1 if n < 9 else 2
    distance = OSA.distance(key, other, score_cutoff=allowed)
    return 0.0 if distance > allowed else 1.0 - 1.2 * distance / n


def word_hit(token: Token) -> bool:
    """True for tokens that a watch's unknown word may be: no stop words, no parts of compounds."""
    return not token.stop and not token.part


def exact_hits(words: Sequence[str], reading: Reading) -> Iterable[SlotHit]:
    """The places where these folded words stand one after the other in one sentence, stop words included."""
    tokens = reading.tokens
    n = len(words)
    for i, token in enumerate(tokens):
        if token.form == words[0] and not token.part:
            j, k = i, 1
            while (
                k < n
                and j + 1 < len(tokens)
                and tokens[j + 1].sentence == token.sentence
                and (tokens[j + 1].part or tokens[j + 1].form == words[k])
            ):
                j += 1
                if not tokens[j].part:
                    k += 1
            if k == n:
                yield SlotHit(1.0, i, j, "word", None)


def atom_hits(atom: Atom, lang: str | None, reading: Reading, stem: Stemmer) -> Iterable[SlotHit]:
    """All places of the article that meet an atom, by looking at everything: the definition."""
    if atom.kind == "concept":
        for m in reading.spans.get(atom.key, ()):
            yield SlotHit(m.quality * atom.quality, m.first, m.last, "concept", atom.key)
    elif atom.kind == "word":
        own, key = stem(atom.key, lang or ""), skeleton(atom.key)
        for i, token in enumerate(reading.tokens):
            if word_hit(token):
                quality = word_quality(atom.key, own, key, token)
                if quality > 0:
                    yield SlotHit(quality * atom.quality, i, i, "word", None)
    elif atom.kind == "exact":
        for hit in exact_hits(atom.key.split(" "), reading):
            yield hit._replace(quality=atom.quality)
    elif atom.kind == "number":
        for number in reading.numbers:
            if atom.key in (number_key(number), number_key(number._replace(unit=""))):
                yield SlotHit(atom.quality, number.first, number.last, "word", None)
    else:
        month, day = int(atom.key[:2]), int(atom.key[3:])
        for when in reading.dates:
            if when.covers(month, day):
                yield SlotHit(atom.quality, when.first, when.last, "word", None)


def slot_view(slot: Slot, reading: Reading, stem: Stemmer) -> SlotView | None:
    """All hits of a slot by the definition; None when there are none."""
    hits = order_hits(hit for atom in slot.atoms for hit in atom_hits(atom, slot.lang, reading, stem))
    return view(hits, reading) if hits else None


def order_hits(hits: Iterable[SlotHit]) -> list[SlotHit]:
    """Hits by place, the best of each place only."""
    best: dict[tuple[int, int], SlotHit] = {}
    for hit in hits:
        old = best.get((hit.first, hit.last))
        if old is None or (hit.quality, hit.kind, hit.concept or "") > (old.quality, old.kind, old.concept or ""):
            best[hit.first, hit.last] = hit
    return [best[place] for place in sorted(best)]


def field_factor(token: Token) -> float:
    """What a hit at this token is worth by its field."""
    return TITLE if token.field == "title" else SUMMARY if token.field == "summary" else BODY


class SlotView(NamedTuple):
    """The hits of a slot, and the best of each sentence with what it is worth by its field."""

    hits: list[SlotHit]
    by_sentence: dict[int, tuple[float, SlotHit]]


def view(hits: list[SlotHit], reading: Reading) -> SlotView:
    """A slot's hits (in order of place) arranged for scoring."""
    tokens = reading.tokens
    by_sentence: dict[int, tuple[float, SlotHit]] = {}
    for hit in hits:
        token = tokens[hit.first]
        value = hit.quality * field_factor(token)
        old = by_sentence.get(token.sentence)
        if old is None or value > old[0]:
            by_sentence[token.sentence] = (value, hit)
    return SlotView(hits, by_sentence)


def score_pattern(pattern: Pattern, views: Sequence[SlotView | None], reading: Reading) -> Scored:
    """The score of a pattern (0 to 100) given the view of each slot (None: no hit), and the hits that counted."""
    slots = pattern.slots
    many = len(slots) > 1
    if not many:
        return _score_one(views[0], reading)
    core = sum(not s.generic and not s.ambient for s in slots)
    in_context = reading.context
    near = TIGHT_NEAR if pattern.tight else NEAR
    best_sum = 0.0
    best: list[SlotHit | None] = [None] * len(slots)
    sentences = {sentence for v in views if v is not None for sentence in v.by_sentence}
    for sentence in sorted(sentences):
        chosen: list[SlotHit | None] = []
        total = missing = 0.0
        titled = found = subject = 0
        earliest = MAX_TOKENS
        for slot, v in zip(slots, views, strict=True):
            place: SlotHit | None = None
            value = 0.0
            if v is not None:
                at = sentence
                for other, (worth, hit) in v.by_sentence.items():
                    worth *= near[0] if other == sentence else near[_apart(other, sentence)]
                    if worth > value:
                        place, value, at = hit, worth, other
                earliest = min(earliest, at)
            if slot.ambient:
                subject += place is not None
                if in_context and value < AMBIENT:
                    value = AMBIENT
            elif slot.generic:
                if place is None:
                    if slot.weight <= FAINT_WEIGHT:
                        value = GENERIC
                    else:
                        missing += slot.weight
            elif v is not None:
                found += 1
                titled += 0 in v.by_sentence
            chosen.append(place)
            total += slot.weight * value
        if missing and found == core and (titled or core + subject > 1):
            total += GENERIC * missing
        if core > 1 and earliest >= BACKGROUND_FROM and not titled:
            total *= BACKGROUND
        if total > best_sum:
            best_sum, best = total, chosen
    score = 100.0 * best_sum / sum(s.weight for s in slots)
    if pattern.tight:
        score *= TIGHT
    return Scored(round(score if in_context else score * NO_CONTEXT, 2), tuple(best))


def _score_one(seen: SlotView | None, reading: Reading) -> Scored:
    """A pattern of one slot: its best hit, the first of equals."""
    top: SlotHit | None = None
    best = 0.0
    if seen is not None:
        for sentence in sorted(seen.by_sentence):
            worth, hit = seen.by_sentence[sentence]
            if worth > best:
                best, top = worth, hit
    return Scored(round(100.0 * best * (1.0 if reading.context else NO_CONTEXT), 2), (top,))


def _apart(sentence: int, other: int) -> int:
    """1: neighbours (the title is next to every sentence); 2: farther."""
    return 1 if sentence == 0 or other == 0 or -1 <= sentence - other <= 1 else 2
