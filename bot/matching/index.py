"""The index of watches: which watches an article meets, without looking at every watch. Gives what the definition (`oracle.py`) gives.

Watches are patterns of slots; equal slots and equal patterns are shared. An article's concepts and words lead to the slots they meet. A
pattern can only reach its lowest threshold when certain slots are met; it is posted under the rarest pair of these (or one, or a few
of which one must be met), so that an article visits only patterns whose posting it meets. The score is then computed by the definition.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.lexicon import Lexicon
from bot.language.numbers import number_key
from bot.language.reading import Reader, Reading, Token
from bot.language.translit import skeleton
from bot.matching.explain import hits_of
from bot.matching.oracle import excluded_by
from bot.matching.phrase import Atom, Pattern, Phrase, PhraseParser, Slot, Understanding
from bot.matching.score import (
    AMBIENT,
    GENERIC,
    MIN_EDITED,
    MIN_SKELETON,
    NO_CONTEXT,
    SKELETON,
    STEM,
    TIGHT,
    Scored,
    SlotHit,
    SlotView,
    edited_quality,
    exact_hits,
    field_factor,
    order_hits,
    score_pattern,
    view,
    word_hit,
)
from bot.model.matches import Hit, Match
from bot.model.watches import Strictness

_K = TypeVar("_K", bound=Hashable)

MAX_MEMO = 50_000
"""Words of articles whose look-up among the watches' unknown words is remembered."""
_ROUNDING = 0.01
"""Scores are rounded to two places: bounds leave room for that."""


class _Posted:
    """A pattern shared by its watches."""

    __slots__ = ("floor", "parts", "pattern", "places", "slots", "total", "watches")

    def __init__(self, pattern: Pattern, slots: tuple[int, ...]) -> None:
        self.pattern = pattern
        self.slots = slots
        self.total = sum(s.weight for s in pattern.slots)
        many = len(slots) > 1
        self.parts = tuple(
            (n, s.weight / self.total, _credit(s, many)) for n, s in zip(slots, pattern.slots, strict=True)
        )
        """(slot, share of the weight, what it may be worth when missing)."""
        self.watches: list[_Watch] = []
        self.floor = 1000.0
        """The lowest threshold any of its watches asks."""
        self.places: tuple[tuple[int, int], ...] = ()
        """Where it is posted: (slot, other slot or -1)."""


class _Watch:
    __slots__ = ("exclusions", "id", "languages", "posted", "sequence", "threshold")

    def __init__(
        self,
        watch_id: Hashable,
        sequence: int,
        threshold: float,
        languages: frozenset[str] | None,
        exclusions: Phrase | None,
    ) -> None:
        self.id = watch_id
        self.sequence = sequence
        self.threshold = threshold
        self.languages = languages
        self.exclusions = exclusions
        self.posted: tuple[_Posted, ...] = ()


class _Words:
    """The unknown words of watches, found from a token by form, stem, skeleton and bounded edits."""

    __slots__ = ("_buckets", "_by_form", "_by_skeleton", "_by_stem", "_memo")

    def __init__(self) -> None:
        self._by_form: dict[str, dict[int, float]] = {}
        self._by_stem: dict[str, dict[int, float]] = {}
        self._by_skeleton: dict[str, dict[int, float]] = {}
        self._buckets: dict[tuple[str, int], dict[str, None]] = {}
        self._memo: dict[tuple[str, str, bool], tuple[tuple[int, float], ...]] = {}

    def add(self, slot: int, atom: Atom, stem: str) -> None:
        self._memo.clear()
        self._by_form.setdefault(atom.key, {})[slot] = atom.quality
        if len(stem) >= MIN_SKELETON:
            self._by_stem.setdefault(stem, {})[slot] = atom.quality
        key = skeleton(atom.key)
        self._by_skeleton.setdefault(key, {})[slot] = atom.quality
        if len(key) >= MIN_EDITED and key.isalpha():
            self._buckets.setdefault((key[0], len(key)), {})[key] = None

    def remove(self, slot: int, atom: Atom, stem: str) -> None:
        self._memo.clear()
        key = skeleton(atom.key)
        for table, name in ((self._by_form, atom.key), (self._by_stem, stem), (self._by_skeleton, key)):
            row = table.get(name)
            if row is not None:
                row.pop(slot, None)
                if not row:
                    del table[name]
        if key not in self._by_skeleton and key:
            self._buckets.get((key[0], len(key)), {}).pop(key, None)

    def met_by(self, token: Token) -> tuple[tuple[int, float], ...]:
        """The slots a token meets, each with the quality of `score.word_quality`."""
        hits = token.hits
        memo_key = (token.form, hits.stem, hits.known)
        found = self._memo.get(memo_key)
        if found is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            found = self._memo[memo_key] = self._look_up(token.form, hits.stem, hits.skeleton, hits.known)
        return found

    def _look_up(self, form: str, stem: str, key: str, known: bool) -> tuple[tuple[int, float], ...]:
        met: dict[int, float] = {}
        if not known and len(key) >= MIN_EDITED and key.isalpha():
            choices = [w for n in range(len(key) - 2, len(key) + 3) for w in self._buckets.get((key[0], n), ())]
            if choices:
                for other, _, _ in process.extract(key, choices, scorer=OSA.distance, score_cutoff=2, limit=None):
                    quality = edited_quality(other, key)
                    if quality > 0:
                        for slot, own in self._by_skeleton[other].items():
                            met[slot] = quality * own
        if len(key) >= MIN_SKELETON:
            for slot, own in self._by_skeleton.get(key, {}).items():
                met[slot] = SKELETON * own
        for slot, own in self._by_stem.get(stem, {}).items():
            met[slot] = STEM * own
        for slot, own in self._by_form.get(form, {}).items():
            met[slot] = own
        return tuple(met.items())


class MatchIndex:
    """All watches of a process. Add, remove and match at any time; not safe for threads."""

    def __init__(self, lexicon: Lexicon, reader: Reader | None = None, parser: PhraseParser | None = None) -> None:
        """``parser``: one that is there already; making one costs its vocabularies (about a second at the first misspelt word)."""
        self.lexicon = lexicon
        self.parser = parser or PhraseParser(lexicon, reader)
        self._watches: dict[Hashable, _Watch] = {}
        self._sequence = 0
        self._slot_ids: dict[Slot, int] = {}
        self._slots: dict[int, tuple[Slot, int]] = {}
        """Slot and how many patterns have it, by number."""
        self._next_slot = 0
        self._patterns: dict[Pattern, _Posted] = {}
        self._by_concept: dict[str, dict[int, float]] = {}
        self._words = _Words()
        self._by_exact: dict[str, dict[tuple[int, str], float]] = {}
        self._by_number: dict[str, dict[int, float]] = {}
        self._by_date: dict[tuple[int, int], dict[int, float]] = {}
        self._single: dict[int, dict[_Posted, None]] = {}
        self._pairs: dict[int, dict[int, dict[_Posted, None]]] = {}
        self._floor = 1000.0

    def __len__(self) -> int:
        return len(self._watches)

    def __contains__(self, watch_id: Hashable) -> bool:
        return watch_id in self._watches

    def add(
        self,
        watch_id: Hashable,
        phrase: str,
        *,
        lang: str | None = None,
        strictness: Strictness = Strictness.NORMAL,
        exclude: Sequence[str] = (),
        languages: Sequence[str] = (),
        threshold: float | None = None,
    ) -> Understanding:
        """Adds a watch, or puts another in its place, and answers what its phrase was understood as. Raises PhraseError, changing nothing.

        ``threshold`` (0 to 100) stands in for that of ``strictness``. ``languages``: only articles in these.
        """
        parsed = self.parser.parse(phrase, lang=lang, exclude=exclude)
        if watch_id in self._watches:
            self.remove(watch_id)
        floor = strictness.threshold if threshold is None else threshold
        self._sequence += 1
        watch = _Watch(
            watch_id, self._sequence, floor, frozenset(languages) or None, parsed if parsed.exclusions else None
        )
        watch.posted = tuple(self._post(pattern, watch) for pattern in dict.fromkeys(parsed.patterns))
        self._watches[watch_id] = watch
        self._floor = min(self._floor, floor)
        return parsed.understanding

    def remove(self, watch_id: Hashable) -> None:
        """Takes a watch out. An unknown one is no error."""
        watch = self._watches.pop(watch_id, None)
        if watch is None:
            return
        for posted in watch.posted:
            posted.watches.remove(watch)
            if not posted.watches:
                self._unpost(posted)
                del self._patterns[posted.pattern]
                for number in posted.slots:
                    self._release(number)

    def match(self, reading: Reading) -> list[Match]:
        """The watches that the article meets, in the order in which they were added."""
        factor = 100.0 if reading.context else 100.0 * NO_CONTEXT
        if not self._watches or factor < self._floor:
            return []
        hits = self._hits(reading)
        views: dict[int, SlotView] = {}
        bounds = _bounds(hits, reading)
        best: dict[_Watch, tuple[float, _Posted, Scored]] = {}
        for posted in self._candidates(hits):
            reach = 0.0
            for number, weight, credit in posted.parts:
                value = bounds.get(number, 0.0)
                reach += weight * (value if value > credit else credit)
            if factor * reach + _ROUNDING < posted.floor:
                continue
            seen: list[SlotView | None] = []
            for number in posted.slots:
                one = views.get(number)
                if one is None and number in hits:
                    one = views[number] = view(order_hits(hits[number]), reading)
                seen.append(one)
            scored = score_pattern(posted.pattern, seen, reading)
            if scored.score < posted.floor:
                continue
            for watch in posted.watches:
                if scored.score >= watch.threshold and (watch.languages is None or reading.lang in watch.languages):
                    old = best.get(watch)
                    if old is None or (scored.score, -watch.posted.index(posted)) > (
                        old[0],
                        -watch.posted.index(old[1]),
                    ):
                        best[watch] = (scored.score, posted, scored)
        return self._matches(best, reading)

    def _matches(self, best: dict[_Watch, tuple[float, _Posted, Scored]], reading: Reading) -> list[Match]:
        rendered: dict[_Posted, tuple[Hit, ...]] = {}
        excluded: dict[int, bool] = {}
        matches: list[Match] = []
        for watch in sorted(best, key=lambda w: w.sequence):
            score, posted, scored = best[watch]
            if watch.exclusions is not None:
                out = excluded.get(id(watch.exclusions))
                if out is None:
                    out = excluded_by(watch.exclusions, reading, self.lexicon.morphology) is not None
                    excluded[id(watch.exclusions)] = out
                if out:
                    continue
            shown = rendered.get(posted)
            if shown is None:
                shown = rendered[posted] = hits_of(scored, reading)
            matches.append(Match(watch.id, reading.article_id, score, shown))
        return matches

    def _hits(self, reading: Reading) -> dict[int, list[SlotHit]]:
        """All hits of every slot that the article meets."""
        hits: dict[int, list[SlotHit]] = {}
        exact: set[tuple[int, str]] = set()
        for concept, mentions in reading.spans.items():
            for number, quality in self._by_concept.get(concept, {}).items():
                found = hits.setdefault(number, [])
                for m in mentions:
                    found.append(SlotHit(m.quality * quality, m.first, m.last, "concept", concept))
        for i, token in enumerate(reading.tokens):
            if word_hit(token):
                for number, quality in self._words.met_by(token):
                    hits.setdefault(number, []).append(SlotHit(quality, i, i, "word", None))
            for (number, words), quality in self._by_exact.get(token.form, {}).items():
                if (number, words) not in exact:
                    exact.add((number, words))
                    found = [h._replace(quality=quality) for h in exact_hits(words.split(" "), reading)]
                    if found:
                        hits.setdefault(number, []).extend(found)
        for mention in reading.numbers:
            for key in {number_key(mention), number_key(mention._replace(unit=""))} if self._by_number else ():
                for number, quality in self._by_number.get(key, {}).items():
                    hits.setdefault(number, []).append(SlotHit(quality, mention.first, mention.last, "word", None))
        if self._by_date:
            for when in reading.dates:
                for (month, day), slots in self._by_date.items():
                    if when.covers(month, day):
                        for number, quality in slots.items():
                            hits.setdefault(number, []).append(SlotHit(quality, when.first, when.last, "word", None))
        return hits

    def _candidates(self, hits: dict[int, list[SlotHit]]) -> Iterable[_Posted]:
        seen: set[int] = set()
        keys = hits.keys()
        for number in keys:
            for posted in self._single.get(number, ()):
                if len(posted.places) == 1:
                    yield posted
                elif id(posted) not in seen:
                    seen.add(id(posted))
                    yield posted
            row = self._pairs.get(number)
            if row:
                for other in row.keys() & keys:
                    yield from row[other]

    def _post(self, pattern: Pattern, watch: _Watch) -> _Posted:
        posted = self._patterns.get(pattern)
        if posted is None:
            numbers = tuple(self._take(slot) for slot in pattern.slots)
            shared = Pattern(tuple(self._slots[n][0] for n in numbers), pattern.tight)
            posted = self._patterns[shared] = _Posted(shared, numbers)
        posted.watches.append(watch)
        if watch.threshold < posted.floor:
            self._unpost(posted)
            posted.floor = watch.threshold
            posted.places = self._places(posted)
            for number, other in posted.places:
                if other < 0:
                    self._single.setdefault(number, {})[posted] = None
                else:
                    self._pairs.setdefault(number, {}).setdefault(other, {})[posted] = None
        return posted

    def _unpost(self, posted: _Posted) -> None:
        for number, other in posted.places:
            if other < 0:
                row = self._single[number]
                del row[posted]
                if not row:
                    del self._single[number]
            else:
                pairs = self._pairs[number]
                del pairs[other][posted]
                if not pairs[other]:
                    del pairs[other]
                if not pairs:
                    del self._pairs[number]
        posted.places = ()

    def _places(self, posted: _Posted) -> tuple[tuple[int, int], ...]:
        """Where a pattern must be posted so that no article that reaches its floor passes it by."""
        slots = posted.pattern.slots
        many = len(slots) > 1
        top = TIGHT if posted.pattern.tight else 1.0
        rarity = sorted(range(len(slots)), key=lambda i: (self._slots[posted.slots[i]][1], posted.slots[i]))

        def reach(missing: Iterable[int]) -> float:
            lost = sum(slots[i].weight * (1.0 - _credit(slots[i], many)) for i in missing)
            return 100.0 * top * (1.0 - lost / posted.total) + _ROUNDING

        needed = [i for i in rarity if reach((i,)) < posted.floor]
        if len(needed) >= 2:
            return ((posted.slots[needed[0]], posted.slots[needed[1]]),)
        if needed:
            return ((posted.slots[needed[0]], -1),)
        chosen: list[int] = []
        for i in rarity:
            chosen.append(i)
            if reach(chosen) < posted.floor:
                break
        return tuple(dict.fromkeys((posted.slots[i], -1) for i in chosen))

    def _take(self, slot: Slot) -> int:
        number = self._slot_ids.get(slot)
        if number is not None:
            known, count = self._slots[number]
            self._slots[number] = (known, count + 1)
            return number
        number = self._next_slot
        self._next_slot += 1
        self._slot_ids[slot] = number
        self._slots[number] = (slot, 1)
        for atom in slot.atoms:
            if atom.kind == "concept":
                self._by_concept.setdefault(atom.key, {})[number] = atom.quality
            elif atom.kind == "word":
                self._words.add(number, atom, self._stem(atom, slot))
            elif atom.kind == "exact":
                self._by_exact.setdefault(atom.key.split(" ")[0], {})[number, atom.key] = atom.quality
            elif atom.kind == "number":
                self._by_number.setdefault(atom.key, {})[number] = atom.quality
            else:
                self._by_date.setdefault((int(atom.key[:2]), int(atom.key[3:])), {})[number] = atom.quality
        return number

    def _stem(self, atom: Atom, slot: Slot) -> str:
        return self.lexicon.morphology.stem(atom.key, slot.lang or "")

    def _release(self, number: int) -> None:
        slot, count = self._slots[number]
        if count > 1:
            self._slots[number] = (slot, count - 1)
            return
        del self._slots[number]
        del self._slot_ids[slot]
        for atom in slot.atoms:
            if atom.kind == "concept":
                _drop(self._by_concept, atom.key, number)
            elif atom.kind == "word":
                self._words.remove(number, atom, self._stem(atom, slot))
            elif atom.kind == "exact":
                row = self._by_exact[atom.key.split(" ")[0]]
                row.pop((number, atom.key), None)
            elif atom.kind == "number":
                _drop(self._by_number, atom.key, number)
            else:
                _drop(self._by_date, (int(atom.key[:2]), int(atom.key[3:])), number)


def _bounds(hits: dict[int, list[SlotHit]], reading: Reading) -> dict[int, float]:
    """What each slot can be worth at most in this article."""
    factors = [field_factor(t) for t in reading.tokens]
    bounds: dict[int, float] = {}
    for number, found in hits.items():
        top = 0.0
        for hit in found:
            value = hit[0] * factors[hit[1]]
            if value > top:
                top = value
        bounds[number] = top
    return bounds


def _drop(table: dict[_K, dict[int, float]], key: _K, number: int) -> None:
    row = table.get(key)
    if row is not None:
        row.pop(number, None)
        if not row:
            del table[key]


def _credit(slot: Slot, many: bool) -> float:
    """What a missing slot may still be worth."""
    if not many:
        return 0.0
    return AMBIENT if slot.ambient else GENERIC if slot.generic else 0.0
