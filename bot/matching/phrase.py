"""A watch's phrase as understood: what each word stands for, in which languages, and what was put right.

Syntax: words; ``a|b`` either; ``-word`` or ``-"two words"`` takes articles out; ``"as written"`` without any fuzziness. Number words
are numbers, «9 mai» is a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.language.detect import detect
from bot.language.lemmas import CYRILLIC, LATIN
from bot.language.lexicon import Lexicon
from bot.language.numbers import Number, measure, number_key
from bot.language.reading import SWALLOWED, Reader, Reading
from bot.language.text import clean_text
from bot.language.tokens import Word, split_words
from bot.language.translit import is_cyrillic
from bot.matching.families import widened
from bot.matching.spelling import Speller
from bot.model.errors import UsageError

MAX_SLOTS = 12
MAX_PHRASE = 200
"""Characters of a phrase."""
MAX_EXCLUSIONS = 20
GENERIC_WEIGHT = 0.8
"""Concepts up to this weight (summit, plan, meeting) may be missing from an article that has the rest in its title."""
WORD_WEIGHT = 1.0
NUMBER_WEIGHT = 0.9
TYPO_QUALITY = 0.95
METONYM_QUALITY = 0.9
"""A place or body of the subject that implies its state at least this well stands for it in a phrase («sanctions contre Moscou» means
Russia), unless a preposition makes it a place («Merz in Kiew»)."""
_NAME_KINDS = frozenset(("person", "state", "body", "place"))
_LOCATIVE = frozenset(["a", "in", "at", "en", "w", "v", "у", "в", "во", "nach", "auf"])


class PhraseError(UsageError):
    """A phrase that cannot be a watch. ``key`` names the message in the catalogues, ``values`` fill it; ``str()`` is English."""

    def __init__(self, key: str, text: str, values: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.key = key
        self.values: dict[str, str] = dict(values or {})


class Atom(NamedTuple):
    """One thing a slot may be met by. ``kind``: concept, word, exact, number, date; ``key``: concept id, folded word(s), ``#30``, ``05-09``."""

    kind: str
    key: str
    quality: float


class Slot(NamedTuple):
    """A word or term of the phrase: any of its atoms meets it.

    ``ambient``: the subject itself (Ukraine, Russia): an article of the subject meets it in part without naming it.
    ``generic``: a word that says little (sommet, plan): it may be missing where all the rest stands in the title.
    """

    atoms: tuple[Atom, ...]
    weight: float
    ambient: bool
    generic: bool
    lang: str | None


class Pattern(NamedTuple):
    """Slots that must come together. ``tight``: in one sentence, or nearly (the words of a term taken apart)."""

    slots: tuple[Slot, ...]
    tight: bool


@dataclass(frozen=True, slots=True)
class UnderstoodSlot:
    """One slot for people: the words typed, what they were taken for, and how that is called in each language."""

    typed: str
    kind: str
    """``concept``, ``word``, ``exact``, ``number`` or ``date``."""
    concepts: tuple[str, ...]
    names: Mapping[str, str]
    """The plainest name in each language; ``any`` for names alike in all Latin scripts. Empty for an unknown word."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a phrase was understood as."""

    phrase: str
    lang: str | None
    slots: tuple[UnderstoodSlot, ...]
    unknown: tuple[str, ...]
    """Words the lexicon does not know: met by spelling and sound only."""
    corrected: tuple[tuple[str, str], ...]
    """(typed, taken for)."""
    excluded: tuple[str, ...]
    warnings: tuple[str, ...]
    """Catalogue keys: ``phrase.warning.generic`` (says little), ``phrase.warning.unknown``, ``phrase.warning.corrected``,
    ``phrase.warning.subject`` (only the subject itself: nearly every article matches)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed phrase: alternatives to score (the best counts), patterns whose presence excludes, and the understanding."""

    patterns: tuple[Pattern, ...]
    exclusions: tuple[Pattern, ...]
    understanding: Understanding


class _Unit(NamedTuple):
    """A piece of the phrase: plain words, or a quoted one, or alternatives."""

    alternatives: tuple[str, ...]
    exact: bool
    excluded: bool


_PIECE = re.compile(r'(?P<minus>(?<!\S)[-−–](?=[^\s\-−–]))?(?:["«“„](?P<quoted>[^"»”“]*)["»”“]|(?P<bare>[^\s"«“„»”]+))')


class PhraseParser:
    """Understands phrases with one lexicon."""

    def __init__(self, lexicon: Lexicon, reader: Reader | None = None) -> None:
        self.lexicon = lexicon
        self.reader = reader or Reader(lexicon)
        self.speller = Speller(lexicon)

    def parse(self, phrase: str, *, lang: str | None = None, exclude: Sequence[str] = ()) -> Phrase:
        """The phrase as understood. ``lang``: the language it was typed in, where known. Raises PhraseError."""
        text = clean_text(phrase)
        if not text:
            raise PhraseError("phrase.error.empty", "the phrase is empty; type one to twelve words")
        if len(text) > MAX_PHRASE:
            raise PhraseError(
                "phrase.error.long",
                f"the phrase has {len(text)} characters; at most {MAX_PHRASE} are accepted",
                {"limit": str(MAX_PHRASE)},
            )
        if len(exclude) > MAX_EXCLUSIONS:
            raise PhraseError(
                "phrase.error.exclusions",
                f"{len(exclude)} exclusions; at most {MAX_EXCLUSIONS} are accepted",
                {"limit": str(MAX_EXCLUSIONS)},
            )
        own = self._language(text, lang)
        units = _units(text)
        wanted = [u for u in units if not u.excluded]
        unwanted = [u.alternatives[0] for u in units if u.excluded] + [e for e in (clean_text(x) for x in exclude) if e]
        if not wanted:
            if units:
                raise PhraseError(
                    "phrase.error.only_exclusions", "the phrase only excludes; type at least one word to look for"
                )
            raise PhraseError("phrase.error.no_word", f"«{text}» holds no word to look for", {"phrase": text})
        builder = _Builder(self, own)
        for run in _runs(wanted):
            builder.add(run)
        slots = builder.slots
        if not slots:
            raise PhraseError(
                "phrase.error.stop_words",
                f"«{text}» holds only words that say nothing by themselves; add a name or a subject",
                {"phrase": text},
            )
        if len(slots) > MAX_SLOTS:
            raise PhraseError(
                "phrase.error.too_many",
                f"the phrase has {len(slots)} words; at most {MAX_SLOTS} are accepted",
                {"count": str(len(slots)), "limit": str(MAX_SLOTS)},
            )
        patterns = [Pattern(self._widened(slots), False)]
        loose = builder.loose
        if loose is not None and 1 < len(loose) <= MAX_SLOTS:
            patterns.append(Pattern(self._widened(loose), not builder.named_apart))
        exclusions = []
        for item in unwanted:
            inner = _Builder(self, own)
            inner.add(_Unit((item,), False, True))
            if inner.slots:
                exclusions.append(
                    Pattern(tuple(s._replace(ambient=False, generic=False) for s in inner.slots[:MAX_SLOTS]), False)
                )
        understanding = Understanding(
            text,
            own,
            tuple(builder.understood),
            tuple(builder.unknown),
            tuple(builder.corrected),
            tuple(unwanted),
            tuple(_warnings(slots, builder)),
        )
        return Phrase(tuple(patterns), tuple(exclusions), understanding)

    def _widened(self, slots: Sequence[Slot]) -> tuple[Slot, ...]:
        """The slots of a pattern, each once; those of a family (`families`) widened when another slot is specific."""
        known = self.lexicon.concepts
        unique = list(dict.fromkeys(slots))
        result: list[Slot] = []
        for slot in unique:
            concepts = frozenset(a.key for a in slot.atoms if a.kind == "concept")
            others = [s for s in unique if s is not slot and not s.generic and not s.ambient]
            extra = {c: q for c, q in widened(concepts, bool(others)).items() if c in known}
            atoms = (*slot.atoms, *(Atom("concept", c, q) for c, q in extra.items()))
            result.append(slot._replace(atoms=tuple(sorted(atoms)), generic=slot.generic and bool(others)))
        return tuple(result)

    def _language(self, text: str, lang: str | None) -> str | None:
        """The phrase's language: what the caller says unless the script contradicts; else what its words say, if they do."""
        cyrillic = is_cyrillic(text)
        if lang in CYRILLIC or lang in LATIN:
            return lang if (lang in CYRILLIC) == cyrillic else None
        return detect(text, None) if len(text) > 12 else None


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    join = False
    for match in _PIECE.finditer(text):
        excluded = match["minus"] is not None
        if match["quoted"] is not None:
            quoted = match["quoted"].strip()
            if not quoted:
                continue
            if (join or text[: match.start()].endswith("|")) and units and not excluded:
                units[-1] = units[-1]._replace(alternatives=(*units[-1].alternatives, quoted))
            else:
                units.append(_Unit((quoted,), True, excluded))
            join = False
            continue
        bare = match["bare"]
        if bare.strip("|") == "":
            join = True
            continue
        parts = tuple(p for p in bare.split("|") if p)
        if (join or bare.startswith("|")) and units and not excluded:
            units[-1] = units[-1]._replace(alternatives=(*units[-1].alternatives, *parts), exact=False)
        else:
            units.append(_Unit(parts, False, excluded))
        join = bare.endswith("|")
    return units


def _runs(units: list[_Unit]) -> list[_Unit]:
    """Neighbouring plain words joined, so that terms of several words are seen; alternatives and quotes stay alone."""
    runs: list[_Unit] = []
    for unit in units:
        plain = len(unit.alternatives) == 1 and not unit.exact
        if plain and runs and len(runs[-1].alternatives) == 1 and not runs[-1].exact:
            runs[-1] = _Unit((f"{runs[-1].alternatives[0]} {unit.alternatives[0]}",), False, False)
        else:
            runs.append(unit)
    return runs


class _Builder:
    """Collects the slots of one phrase."""

    def __init__(self, parser: PhraseParser, lang: str | None) -> None:
        self.parser = parser
        self.lang = lang
        self.slots: list[Slot] = []
        self._loose: list[Slot] = []
        self._parted = False
        self.named_apart = False
        self.understood: list[UnderstoodSlot] = []
        self.unknown: list[str] = []
        self.corrected: list[tuple[str, str]] = []

    @property
    def loose(self) -> list[Slot] | None:
        """The slots with terms taken apart into their words, None where no term was."""
        return self._loose if self._parted else None

    def add(self, unit: _Unit) -> None:
        if unit.exact and len(unit.alternatives) == 1:
            words = split_words(unit.alternatives[0], MAX_PHRASE)
            if words:
                self._take(
                    Slot((Atom("exact", " ".join(w.form for w in words), 1.0),), WORD_WEIGHT, False, False, None),
                    unit.alternatives[0],
                    "exact",
                )
            return
        if len(unit.alternatives) == 1:
            self._words(unit.alternatives[0])
            return
        atoms: dict[tuple[str, str], Atom] = {}
        weight, ambient, generic = 0.0, False, True
        for alternative in unit.alternatives:
            inner = _Builder(self.parser, self.lang)
            inner._words(alternative)
            self.unknown.extend(inner.unknown)
            self.corrected.extend(inner.corrected)
            for slot in inner.slots[:1] if len(inner.slots) == 1 else ():
                for atom in slot.atoms:
                    atoms[atom.kind, atom.key] = atom
                weight, ambient, generic = max(weight, slot.weight), ambient or slot.ambient, generic and slot.generic
            if len(inner.slots) > 1:
                words = split_words(alternative, MAX_PHRASE)
                atoms["exact", alternative] = Atom("exact", " ".join(w.form for w in words), 1.0)
                weight, generic = max(weight, WORD_WEIGHT), False
        if atoms:
            self._take(
                Slot(tuple(sorted(atoms.values())), weight, ambient, generic, self.lang),
                "|".join(unit.alternatives),
                "concept",
            )

    def _take(self, slot: Slot, typed: str, kind: str) -> None:
        if slot in self.slots:
            return
        self.slots.append(slot)
        self._loose.append(slot)
        concepts = tuple(a.key for a in slot.atoms if a.kind == "concept")
        names: dict[str, str] = {}
        for concept in concepts:
            for lang, name in self.parser.lexicon.concepts[concept].names.items():
                names.setdefault(lang, name)
        self.understood.append(
            UnderstoodSlot(typed, kind if kind != "concept" or concepts else "word", concepts, names)
        )

    def _words(self, text: str) -> None:
        fixed = self._spelled(text)
        reading = self.parser.reader.read("", fixed, "", self.lang)
        if self.lang is not None and self._weak(reading):
            # A phrase may be in another language than its words' speaker was thought to use.
            other = self.parser.reader.read("", fixed, "", None)
            if not self._weak(other):
                reading = other
        self._segment(fixed, reading)

    @staticmethod
    def _weak(reading: Reading) -> bool:
        covered = {i for m in reading.mentions for i in range(m.first, m.last + 1)}
        return any(i not in covered and not t.stop and t.form.isalpha() for i, t in enumerate(reading.tokens))

    def _spelled(self, text: str) -> str:
        """The text with capitals and spelling put right where that makes a word known."""
        pieces: list[str] = []
        at = 0
        for word in split_words(text, MAX_PHRASE, self.lang):
            pieces.append(text[at : word.start])
            pieces.append(self._spell(word))
            at = word.end
        return "".join(pieces) + text[at:]

    def _spell(self, word: Word) -> str:
        if word.stop or not word.form.isalpha():
            return word.text
        lexicon = self.parser.lexicon
        for lang in dict.fromkeys((self.lang, None)):
            written = lexicon.written(word.form, word.text, lang)
            if written is not None:
                return written
        if lexicon.word_hits(word.form, word.text, self.lang).words:
            return word.text  # known by its stem
        taken = self.parser.speller.correct(word.form, self.lang)
        if taken is not None:
            taken = lexicon.written(taken, taken, self.lang) or lexicon.written(taken, taken, None) or taken
            self.corrected.append((word.text, taken))
            return taken
        found = lexicon.word_hits(word.form, word.text.capitalize(), self.lang)
        if found.words and not found.known:
            self.corrected.append((word.text, word.text.capitalize()))
            return word.text.capitalize()
        return word.text

    def _segment(self, text: str, reading: Reading) -> None:
        tokens = reading.tokens
        dates = {d.first: d for d in reading.dates if not d.relative}
        counted = {n.first: n for n in reading.numbers if n.first not in dates and _measured(n, reading)}
        fixed = [(d.first, d.last) for d in dates.values()]
        counts = {(n.first, n.last + 1) for n in counted.values()}
        spans = self._spans(reading, 0, len(tokens) - 1, fixed, counts, None)
        for first, last in spans:
            typed = text[tokens[first].start : tokens[last].end]
            if first in dates and dates[first].last == last:
                self._date(dates[first].start, first, last, typed, reading)
            elif (first, last) in counts:
                self._take(_number_slot(counted[first]), typed, "number")
            elif last > first:
                self._term(first, last, typed, reading)
            else:
                slot, kind = self._word_slot(first, reading)
                if kind == "word":
                    self.unknown.append(tokens[first].text)
                self._take(slot, typed, kind)

    @staticmethod
    def _spans(
        reading: Reading,
        start: int,
        end: int,
        fixed: list[tuple[int, int]],
        counts: set[tuple[int, int]],
        whole: tuple[int, int] | None,
    ) -> list[tuple[int, int]]:
        """The token spans of slots between two tokens: fixed ones, then terms whose words stand together and counted things («30 jours»),
        longest first, then words. ``whole`` is a term that is being taken apart."""
        tokens = reading.tokens
        spans = list(fixed)
        taken = {i for first, last in fixed for i in range(first, last + 1)}
        terms = set(counts)
        for m in reading.mentions:
            if (
                m.via is None
                and start <= m.first < m.last <= end
                and m.quality > SWALLOWED
                and (m.first, m.last) != whole
            ):
                terms.add((m.first, m.last))
        alone = {m.first for m in reading.mentions if m.first == m.last}

        def order(span: tuple[int, int]) -> tuple[int, int, int]:
            # The longest first; of two alike the one that takes a word which means nothing alone («chefs d'état-major»).
            helpless = sum(i not in alone and not tokens[i].stop for i in range(span[0], span[1] + 1))
            return span[0] - span[1], -helpless, span[0]

        for first, last in sorted(terms, key=order):
            inside = {i for i in range(first, last + 1) if not tokens[i].stop}
            own = {i for m in reading.mentions if (m.first, m.last) == (first, last) for i in m.words}
            if (first, last) in counts:
                own = inside
            if not inside & taken and inside <= own:
                spans.append((first, last))
                taken |= inside
        spans.extend(
            (i, i) for i in range(start, end + 1) if i not in taken and not tokens[i].stop and not tokens[i].part
        )
        return sorted(spans)

    def _date(self, day: tuple[int, int], first: int, last: int, typed: str, reading: Reading) -> None:
        atoms = [Atom("date", f"{day[0]:02}-{day[1]:02}", 1.0)]
        atoms.extend(Atom("concept", c, q) for c, q in self._named(first, last, reading).items())
        self._take(Slot(tuple(sorted(set(atoms))), WORD_WEIGHT, False, False, self.lang), typed, "date")

    def _term(self, first: int, last: int, typed: str, reading: Reading) -> None:
        concepts = self.parser.lexicon.concepts
        best = self._named(first, last, reading)
        before = len(self._loose)
        self._take(self._concept_slot(best, False), typed, "concept")
        if any(concepts[c].kind in ("person", "state", "body", "place") for c in best):
            return
        counted = {n.first: n for n in reading.numbers if first <= n.first and n.last < last and _measured(n, reading)}
        spans = self._spans(reading, first, last, [], {(n.first, n.last + 1) for n in counted.values()}, (first, last))
        parts: list[Slot] = []
        for f, t in spans:
            if f in counted:
                parts.append(_number_slot(counted[f]))
            else:
                parts.append(
                    self._concept_slot(self._named(f, t, reading), False) if t > f else self._word_slot(f, reading)[0]
                )
        if len(parts) > 1 and len(self._loose) > before:
            self._loose[before:] = parts
            self._parted = True
            # «trêve mer Noire»: with a name or a figure among its words a term is also just these words together.
            if counted or any(
                concepts[a.key].kind in _NAME_KINDS for s in parts for a in s.atoms if a.kind == "concept"
            ):
                self.named_apart = True

    @staticmethod
    def _named(first: int, last: int, reading: Reading) -> dict[str, float]:
        """The concepts named by exactly these tokens."""
        best: dict[str, float] = {}
        for m in reading.mentions:
            if m.first == first and m.last == last and m.via is None:
                best[m.concept] = max(best.get(m.concept, 0.0), m.quality)
        return best

    def _word_slot(self, i: int, reading: Reading) -> tuple[Slot, str]:
        token = reading.tokens[i]
        number = next((n for n in reading.numbers if n.first == i), None)
        if number is not None and (token.form[0].isdigit() or not token.hits.words):
            return _number_slot(number), "number"
        best: dict[str, float] = {}
        end = i
        while end + 1 < len(reading.tokens) and reading.tokens[end + 1].part:
            end += 1
        for m in reading.mentions:
            if m.via is None and i <= m.first and m.last <= end:
                best[m.concept] = max(best.get(m.concept, 0.0), m.quality)
        if not best:
            return Slot((Atom("word", token.form, 1.0),), WORD_WEIGHT, False, False, reading.lang), "word"
        locative = i > 0 and reading.tokens[i - 1].form in _LOCATIVE
        slot = self._concept_slot(best, not locative)
        if not token.hits.known and not token.hits.parts:
            slot = slot._replace(atoms=tuple(sorted((*slot.atoms, Atom("word", token.form, 1.0)))))
        return slot, "concept"

    def _concept_slot(self, best: Mapping[str, float], metonym: bool) -> Slot:
        concepts = self.parser.lexicon.concepts
        top = max(best.values())
        atoms = {c: q / top for c, q in best.items()}
        if metonym:
            for concept in list(best):
                if concepts[concept].context and concepts[concept].kind in ("place", "body"):
                    for target, quality in concepts[concept].implied:
                        if quality >= METONYM_QUALITY and concepts[target].kind == "state":
                            atoms.setdefault(target, METONYM_QUALITY)
        weight = max(concepts[c].weight for c in best)
        ambient = any(concepts[c].context and concepts[c].kind == "state" for c in atoms)
        generic = weight <= GENERIC_WEIGHT
        return Slot(
            tuple(sorted(Atom("concept", c, round(q, 4)) for c, q in atoms.items())),
            weight,
            ambient,
            generic,
            self.lang,
        )


def _measured(number: Number, reading: Reading) -> bool:
    after = number.last + 1
    return number.unit != "" and after < len(reading.tokens) and measure(reading.tokens[after].form) == number.unit


def _number_slot(number: Number) -> Slot:
    return Slot((Atom("number", number_key(number), 1.0),), NUMBER_WEIGHT, False, False, None)


def _warnings(slots: Sequence[Slot], builder: _Builder) -> Iterable[str]:
    if all(s.ambient for s in slots):
        yield "phrase.warning.subject"
    elif all(s.generic or s.ambient for s in slots):
        yield "phrase.warning.generic"
    if builder.unknown:
        yield "phrase.warning.unknown"
    if builder.corrected:
        yield "phrase.warning.corrected"


__all__ = ["Atom", "Pattern", "Phrase", "PhraseError", "PhraseParser", "Slot", "Understanding", "UnderstoodSlot"]
