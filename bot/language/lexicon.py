"""The compiled lexicon: from a word of a text to the concepts it may stand for. Immutable, shared, language-aware.

Words of forms are numbered; a form is a sequence of such numbers. Looking a text's word up gives the numbers it may be (`Lexicon.word_hits`),
and `Reader` follows the forms that begin with one of them. See docs/lexicon.md for what the notation means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.language import lexicon_cache
from bot.language.dates import CALENDAR_WORDS
from bot.language.lemmas import CYRILLIC, LANGUAGES, LATIN, Morphology
from bot.language.lexicon_cache import TableData
from bot.language.lexicon_source import MIN_IMPLIED, Concept, Form, FormWord, read_folder
from bot.language.names import declined
from bot.language.translit import is_cyrillic, skeleton
from bot.model.errors import ConfigurationError

MAX_MEMO = 60_000
"""Words whose look-up is remembered; the memo is emptied when full."""
STEM_QUALITY = 0.95
SKELETON_QUALITY = 0.95
EDIT_QUALITY = 0.9
COMPOUND_QUALITY = 0.92
FOREIGN_QUALITY = 0.95
_NAME_KINDS = frozenset(("person", "state", "body", "place", "plan", "document", "weapon", "group"))
_MIN_SPOKEN = 4
_MIN_COMPOUND = 9
_MIN_PART = 4
_LINKS = ("s", "en", "n", "es", "er", "e", "")


@dataclass(frozen=True, slots=True)
class ConceptInfo:
    """What is known of a concept apart from its forms. ``names``: its plainest form in each language that has one."""

    id: str
    kind: str
    weight: float
    context: bool
    names: Mapping[str, str]
    implied: tuple[tuple[str, float], ...]
    """All concepts it implies, through every step, with the product of the qualities (0.6 or more)."""
    pos: str = "n"


class Pattern(NamedTuple):
    """A form, compiled: the word numbers after the first one, the concept, the quality."""

    rest: tuple[int, ...]
    concept: str
    quality: float


class WordHits(NamedTuple):
    """What a word of a text may be: numbers of form words with a quality, whether the lexicon knows it, and the parts of a compound."""

    words: tuple[tuple[int, float], ...]
    known: bool
    """True when the word itself (not by stem, spelling or parts) stands in the lexicon: it is then no typing mistake of another."""
    parts: tuple[str, ...]
    """Folded parts of a German compound whose whole is unknown."""
    stem: str
    skeleton: str


class Lexicon:
    """All concepts and the tables to find them by. Build it with `load_lexicon` or `compile_lexicon`."""

    def __init__(self, data: lexicon_cache.Compiled, morphology: Morphology) -> None:
        self.morphology = morphology
        self.fingerprint = data["fingerprint"]
        self.concepts: dict[str, ConceptInfo] = {
            c["id"]: ConceptInfo(
                c["id"], c["kind"], c["weight"], c["context"], c["names"], tuple(c["implied"].items()), c["pos"]
            )
            for c in data["concepts"]
        }
        self._cased: dict[int, str] = {int(k): v for k, v in data["cased"].items()}
        self._capital = frozenset(data["capital"])
        self._starts: dict[int, list[Pattern]] = {}
        ids = list(self.concepts)
        for words, concept, quality in zip(
            data["pattern_words"], data["pattern_concepts"], data["pattern_qualities"], strict=True
        ):
            self._starts.setdefault(words[0], []).append(Pattern(tuple(words[1:]), ids[concept], quality))
        self._tables: dict[str, TableData] = data["tables"]
        self._skeletons: dict[str, list[int]] = data["skeletons"]
        self._skeletons_by_head: dict[str, list[str]] = {}
        for key in self._skeletons:
            if len(key) >= 7:
                self._skeletons_by_head.setdefault(key[0], []).append(key)
        self._memo: dict[tuple[str, str | None, str], WordHits] = {}
        self._written: dict[tuple[str, str | None], dict[int, float]] = {}

    def __len__(self) -> int:
        return len(self.concepts)

    def patterns(self, word: int) -> list[Pattern]:
        """The forms that begin with this word number."""
        return self._starts.get(word, [])

    def word_hits(self, form: str, text: str, lang: str | None) -> WordHits:
        """What a word may be: ``form`` folded, ``text`` as written, ``lang`` the language of its text (None: unknown).

        The language's own words come first, then names of all languages of its script, then, for a capitalised unknown word, names
        by their sound across scripts.
        """
        shape = text if text.isupper() else ("A" if text[:1].isupper() else "a")
        key = (form, lang, shape)
        hits = self._memo.get(key)
        if hits is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            hits = self._memo[key] = self._look_up(form, text, lang)
        return hits

    def written(self, form: str, text: str, lang: str | None) -> str | None:
        """How a known word must be capitalised to be known: ``text`` itself where that does, else its listed or a capital form.

        None when the lexicon does not know the word in any capitalisation. For phrases, which people type in small letters.
        """
        key = (form, lang)
        found = self._written.get(key)
        if found is None:
            if len(self._written) >= MAX_MEMO:
                self._written.clear()
            found = self._written[key] = {}
            for one in self._languages(form, lang):
                self._exact(form, None, one, found)
        if not found:
            return None
        typed = dict(found)
        self._drop_case(typed, text)
        if typed:
            return text
        for word in found:
            if word in self._cased:
                return self._cased[word]
        return text[:1].upper() + text[1:]

    def _look_up(self, form: str, text: str, lang: str | None) -> WordHits:
        found: dict[int, float] = {}
        languages = self._languages(form, lang)
        stem = self.morphology.stem(form, languages[0]) if lang is not None else form
        sound = skeleton(form)
        for one in languages:
            self._exact(form, text, one, found)
        if found:
            return WordHits(tuple(found.items()), True, (), stem, sound)
        for one in languages:
            if one != "any":
                for word in self._tables[one]["stems"].get(self.morphology.stem(form, one), ()):
                    found.setdefault(word, STEM_QUALITY)
        self._drop_case(found, text)
        if found:
            return WordHits(tuple(found.items()), False, (), stem, sound)
        if "de" in languages and len(form) >= _MIN_COMPOUND and form.isalpha():
            parts = self._split_compound(form)
            if parts:
                return WordHits((), False, parts, stem, sound)
        if text[:1].isupper() and form.isalpha() and len(form) >= 4:
            self._by_sound(form, text, found)
        return WordHits(tuple(found.items()), False, (), stem, sound)

    def _languages(self, form: str, lang: str | None) -> tuple[str, ...]:
        cyrillic = is_cyrillic(form)
        if cyrillic:
            return (lang,) if lang in CYRILLIC else CYRILLIC
        if lang in LATIN:
            return (lang, "any")
        if lang in CYRILLIC:
            return ("en", "any")
        return (*LATIN, "any")

    def _exact(self, form: str, text: str | None, lang: str, found: dict[int, float]) -> None:
        """Adds the words a form is, as listed or inflected. A word listed just so is not also an inflection of another."""
        table = self._tables[lang]
        here: dict[int, float] = {}
        for word in table["forms"].get(form, ()):
            here[word] = 1.0
        if text is not None:
            self._drop_case(here, text)
        # A name listed just so (Лавров) is not also a case of something else (лавра); nor, in the Latin script, is any listed word.
        name = any(w in self._capital for w in here)
        whole = name or (lang in LATIN and self._alone(here))
        if table["lemmas"] and form not in CALENDAR_WORDS:
            for lemma in self.morphology.lemmas(form, lang):
                for word in table["lemmas"].get(lemma, ()):
                    if word not in here and not (whole and self._alone((word,))):
                        here[word] = 1.0
        prefixes = table["prefixes"]
        if prefixes:
            for length in range(3, len(form) + 1):
                for word in prefixes.get(form[:length], ()):
                    here[word] = 1.0
        if text is not None:
            self._drop_case(here, text)
        found.update(here)

    def _alone(self, words: Iterable[int]) -> bool:
        """True when one of these is a form by itself, not only a part of longer ones."""
        return any(not p.rest for w in words for p in self._starts.get(w, ()))

    def _drop_case(self, found: dict[int, float], text: str) -> None:
        small = not text[:1].isupper()
        for word in [w for w in found if w in self._cased or (small and w in self._capital)]:
            surface = self._cased.get(word)
            # The French press writes Otan: an abbreviation of four letters or more may be read as a word.
            if surface is None or (
                surface != text and not (len(surface) >= _MIN_SPOKEN and surface.capitalize() == text)
            ):
                del found[word]

    def _split_compound(self, form: str) -> tuple[str, ...]:
        """Gefangenenaustausch: the longest known head and tail with a linking element between; at most three parts."""
        forms, lemmas = self._tables["de"]["forms"], self._tables["de"]["lemmas"]

        def known(part: str) -> bool:
            return part in forms or any(lemma in lemmas for lemma in self.morphology.lemmas(part, "de"))

        for cut in range(len(form) - _MIN_PART, _MIN_PART - 1, -1):
            head, tail = form[:cut], form[cut:]
            bases = (head[: len(head) - len(link)] for link in _LINKS if head.endswith(link))
            bare = next((base for base in bases if len(base) >= _MIN_PART and known(base)), None)
            if bare is None:
                continue
            if known(tail):
                return (bare, tail)
            if len(tail) >= _MIN_COMPOUND:
                rest = self._split_compound(tail)
                if rest and len(rest) < 3:
                    return (bare, *rest)
        return ()

    def _by_sound(self, form: str, text: str, found: dict[int, float]) -> None:
        key = skeleton(form)
        if len(key) < 4:
            return
        for word in self._skeletons.get(key, ()):
            found[word] = SKELETON_QUALITY
        if found or len(key) < 7:
            return
        allowed = 1 if len(key) < 10 else 2
        best = allowed + 1
        for other in self._skeletons_by_head.get(key[0], ()):
            if abs(len(other) - len(key)) <= allowed:
                distance = OSA.distance(key, other, score_cutoff=min(allowed, best))
                if distance < best:
                    best = distance
                    found.clear()
                if distance <= best and distance <= allowed:
                    for word in self._skeletons[other]:
                        found[word] = EDIT_QUALITY

    def sounds_like(self, form: str, limit: int) -> Iterator[tuple[str, int]]:
        """Skeletons of names within ``limit`` edits of a form's own, for typing mistakes in a watch: (skeleton, distance)."""
        key = skeleton(form)
        for other in self._skeletons:
            if other[:1] == key[:1] and abs(len(other) - len(key)) <= limit:
                distance = OSA.distance(key, other, score_cutoff=limit)
                if distance <= limit:
                    yield other, distance

    def skeleton_words(self, key: str) -> list[int]:
        """The word numbers of names with this skeleton."""
        return self._skeletons.get(key, [])

    def vocabulary(self, lang: str) -> Iterable[str]:
        """The folded words of one language's forms."""
        table = self._tables[lang]
        return {**dict.fromkeys(table["forms"]), **dict.fromkeys(table["lemmas"])}


def load_lexicon(folder: Path, *, morphology: Morphology | None = None, cache_dir: Path | None = None) -> Lexicon:
    """The lexicon of ``folder``, from the cache when its files are unchanged.

    A cache that is missing, of another version or damaged is made anew; one that cannot be written is done without. Raises
    ConfigurationError with a line for each mistake, OSError when a file cannot be read.
    """
    morphology = morphology or Morphology()
    fingerprint = lexicon_cache.fingerprint(folder)
    if cache_dir is not None:
        cached = lexicon_cache.read(cache_dir, fingerprint)
        if cached is not None:
            return Lexicon(cached, morphology)
    concepts, problems = read_folder(folder)
    if problems:
        raise ConfigurationError([str(p) for p in problems])
    if not concepts:
        raise ConfigurationError([f"{folder}: lexicon: no concept found; subject/*.yaml and general/*.tsv are read"])
    compiled = compile_concepts(concepts, morphology, fingerprint)
    if cache_dir is not None:
        lexicon_cache.write(cache_dir, compiled)
    return Lexicon(compiled, morphology)


def compile_lexicon(concepts: Iterable[Concept], morphology: Morphology) -> Lexicon:
    """A lexicon from concepts in memory."""
    return Lexicon(compile_concepts(list(concepts), morphology, ""), morphology)


def compile_concepts(concepts: list[Concept], morphology: Morphology, fingerprint: str) -> lexicon_cache.Compiled:
    """The plain data of a compiled lexicon."""
    return _Compiler(morphology).run(concepts, fingerprint)


class _Compiler:
    def __init__(self, morphology: Morphology) -> None:
        self.morphology = morphology
        self.numbers: dict[tuple[str, ...], int] = {}
        self.tables: dict[str, TableData] = {}
        self.skeletons: dict[str, list[int]] = {}
        self.cased: dict[str, str] = {}
        self.capital: list[int] = []
        self.patterns: dict[tuple[tuple[int, ...], int], float] = {}

    def run(self, concepts: list[Concept], fingerprint: str) -> lexicon_cache.Compiled:
        for lang in (*LANGUAGES, "any"):
            self.tables[lang] = {"forms": {}, "lemmas": {}, "stems": {}, "prefixes": {}}
        for index, concept in enumerate(concepts):
            for form in concept.forms:
                self._form(form, concept, index, form.lang)
                if form.lang == "any":
                    self._form(form, concept, index, "pl")
        implied = closure({c.id: dict(c.implies) for c in concepts})
        return {
            "version": lexicon_cache.VERSION,
            "fingerprint": fingerprint,
            "concepts": [
                {
                    "id": c.id,
                    "kind": c.kind,
                    "weight": c.weight,
                    "context": c.context,
                    "names": _names(c),
                    "implied": implied[c.id],
                    "pos": c.pos,
                }
                for c in concepts
            ],
            "pattern_words": [list(words) for words, _ in self.patterns],
            "pattern_concepts": [concept for _, concept in self.patterns],
            "pattern_qualities": list(self.patterns.values()),
            "cased": self.cased,
            "capital": self.capital,
            "tables": self.tables,
            "skeletons": self.skeletons,
        }

    def _form(self, form: Form, concept: Concept, index: int, lang: str) -> None:
        key = tuple(self._word(word, form, concept, lang, len(form.words)) for word in form.words)
        self.patterns[key, index] = max(form.quality, self.patterns.get((key, index), 0.0))

    def _word(self, word: FormWord, form: Form, concept: Concept, lang: str, size: int) -> int:
        name = concept.kind in _NAME_KINDS and word.surface[:1].isupper()
        person = concept.kind == "person" and word.surface[:1].isupper()
        if word.prefix:
            how = "prefix"
        elif form.exact:
            how = "cased" if form.cased else "exact"
        else:
            how = "person" if person else "name" if name else "word"
        # A single name needs its capital in the text; inside a longer term («mer Noire») it does not.
        capital = size == 1 and how in ("person", "name")
        key = (lang, how, "A" if capital else "", word.surface if form.cased else word.text)
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.numbers)
            self._list(number, word, how, lang)
            if capital:
                self.capital.append(number)
        if name and not form.exact and not word.prefix and (size == 1 or person) and len(word.text) >= 4:
            sound = self.skeletons.setdefault(skeleton(word.text), [])
            if number not in sound:
                sound.append(number)
        return number

    def _list(self, number: int, word: FormWord, how: str, lang: str) -> None:
        table = self.tables[lang]
        if how == "prefix":
            table["prefixes"].setdefault(word.text, []).append(number)
            return
        if how in ("exact", "cased"):
            table["forms"].setdefault(word.text, []).append(number)
            if how == "cased":
                self.cased[str(number)] = word.surface
            return
        if how in ("person", "name"):
            for case in declined(word.text, lang):
                table["forms"].setdefault(case, []).append(number)
        else:
            table["forms"].setdefault(word.text, []).append(number)
        if how == "person" or lang == "any":
            return
        for lemma in self.morphology.listed(word.text, lang):
            table["lemmas"].setdefault(lemma, []).append(number)
        if how == "word" and len(word.text) >= 4 and not word.stop:
            table["stems"].setdefault(self.morphology.stem(word.text, lang), []).append(number)


def _names(concept: Concept) -> dict[str, str]:
    """The plainest form in each language; German first letters stay as written."""
    names: dict[str, str] = {}
    for form in concept.forms:
        if not any(w.prefix for w in form.words):
            names.setdefault(form.lang, form.written)
    return names


def closure(implies: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """All that each concept implies, through every step, best product of qualities; what falls below 0.6 is not implied."""
    result: dict[str, dict[str, float]] = {}
    for concept in implies:
        best: dict[str, float] = {}
        todo = [(concept, 1.0)]
        while todo:
            current, quality = todo.pop()
            for target, step in implies.get(current, {}).items():
                product = round(quality * step, 4)
                if (
                    product >= MIN_IMPLIED
                    and product > best.get(target, 0.0)
                    and target != concept
                    and target in implies
                ):
                    best[target] = product
                    todo.append((target, product))
        result[concept] = best
    return result
