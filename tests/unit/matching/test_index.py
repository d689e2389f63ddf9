"""The index gives what the definition gives, whatever comes and goes."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language.lexicon import Lexicon
from bot.language.reading import Reader, Reading
from bot.matching.index import MatchIndex
from bot.matching.oracle import best_pattern, excluded_by
from bot.matching.phrase import Phrase, PhraseError, PhraseParser

WORDS = [
    "sommet",
    "Poutine",
    "Zelensky",
    "Trump",
    "trêve",
    "accord",
    "céréales",
    "minerais",
    "Kiev",
    "Moscou",
    "Ukraine",
    "Russie",
    "garanties",
    "de",
    "sécurité",
    "mer",
    "Noire",
    "prisonniers",
    "échange",
    "nouvelles",
    "sanctions",
    "paquet",
    "Riyad",
    "Bürgenstock",
    "Otan",
    "rencontre",
    "pourparlers",
    "négociations",
    "30",
    "jours",
    "9",
    "mai",
    "hiver",
    "Trifouilly",
    "Trifouilli",
    "Dupontel",
    "marmelade",
    "marmelades",
    "le",
    "la",
    "truce",
    "ceasefire",
    "summit",
    "перемир'я",
    "Київ",
    "саміт",
    "Зеленський",
    "переговори",
    "обмін",
    "полонених",
    "Москва",
    "гарантії",
    "безпеки",
    "Sicherheitsgarantien",
    "Gefangenenaustausch",
    "Gipfel",
    "Treffen",
    "Selenskyj",
    "Merz",
    "Mertz",
    ".",
    ".",
    ",",
    ":",
    "«",
]
THRESHOLDS = (40.0, 55.0, 65.0, 76.0, 85.0, 95.0)

word = st.sampled_from(WORDS)
phrase = st.lists(word, min_size=1, max_size=5).map(" ".join)
text = st.lists(word, min_size=0, max_size=25).map(" ".join)


@pytest.fixture(scope="module")
def tools(lexicon: Lexicon) -> tuple[Lexicon, Reader, PhraseParser]:
    reader = Reader(lexicon)
    return lexicon, reader, PhraseParser(lexicon, reader)


def defined(watches: dict[object, tuple[Phrase, float]], reading: Reading, lexicon: Lexicon) -> dict[object, float]:
    """The matches by the definition: every watch, no index."""
    found = {}
    for name, (parsed, threshold) in watches.items():
        score = best_pattern(parsed, reading, lexicon.morphology)[1].score
        if score >= threshold and excluded_by(parsed, reading, lexicon.morphology) is None:
            found[name] = score
    return found


class Both:
    """An index and the watches it should hold."""

    def __init__(self, tools: tuple[Lexicon, Reader, PhraseParser]) -> None:
        self.lexicon, self.reader, self.parser = tools
        self.index = MatchIndex(self.lexicon, self.reader)
        self.watches: dict[object, tuple[Phrase, float]] = {}

    def add(
        self, name: object, typed: str, threshold: float, exclude: tuple[str, ...] = (), lang: str | None = None
    ) -> None:
        try:
            parsed = self.parser.parse(typed, exclude=exclude, lang=lang)
        except PhraseError:
            with pytest.raises(PhraseError):
                self.index.add(name, typed, exclude=exclude, threshold=threshold, lang=lang)
            return
        self.index.add(name, typed, exclude=exclude, threshold=threshold, lang=lang)
        self.watches[name] = (parsed, threshold)

    def remove(self, name: object) -> None:
        self.index.remove(name)
        self.watches.pop(name, None)

    def check(self, title: str, summary: str, lang: str | None) -> int:
        reading = self.reader.read("a", title, summary, lang)
        found = self.index.match(reading)
        assert {m.watch: m.score for m in found} == defined(self.watches, reading, self.lexicon)
        for match in found:
            for hit in match.hits:
                assert reading.text_of(hit.field)[hit.start : hit.end] == hit.text
        return len(found)


@given(
    watches=st.lists(
        st.tuples(phrase, st.sampled_from(THRESHOLDS), st.lists(word, max_size=1)), min_size=1, max_size=12
    ),
    articles=st.lists(st.tuples(text, text, st.sampled_from([None, "fr", "uk", "de", "en"])), min_size=1, max_size=4),
    gone=st.lists(st.integers(0, 11), max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_index_and_definition_agree(
    tools: tuple[Lexicon, Reader, PhraseParser],
    watches: list[tuple[str, float, list[str]]],
    articles: list[tuple[str, str, str | None]],
    gone: list[int],
) -> None:
    both = Both(tools)
    for i, (typed, threshold, exclude) in enumerate(watches):
        both.add(i, typed, threshold, tuple(exclude))
    for article in articles:
        both.check(*article)
    for i in gone:
        both.remove(i)
    for article in articles:
        both.check(*article)


def test_a_thousand_article_states_while_watches_come_and_go(tools: tuple[Lexicon, Reader, PhraseParser]) -> None:
    rng = random.Random(20261122)
    both = Both(tools)
    matched = 0
    for state in range(1_000):
        for _ in range(rng.randint(0, 3)):
            typed = " ".join(rng.choices(WORDS, k=rng.randint(1, 4)))
            both.add(
                rng.randrange(60),
                typed,
                rng.choice(THRESHOLDS),
                tuple(rng.choices(WORDS, k=rng.randint(0, 1))),
                rng.choice((None, "fr", "uk")),
            )
        if rng.random() < 0.5:
            both.remove(rng.randrange(60))
        title = " ".join(rng.choices(WORDS, k=rng.randint(1, 8)))
        summary = " ".join(rng.choices(WORDS, k=rng.randint(0, 25)))
        matched += both.check(title, summary, rng.choice((None, "fr", "en", "uk", "de")))
        assert len(both.index) == len(both.watches), state
    assert matched > 1_000


def test_an_emptied_index_holds_nothing(tools: tuple[Lexicon, Reader, PhraseParser]) -> None:
    both = Both(tools)
    for i in range(200):
        both.add(
            i, f"{WORDS[i % 40]} {WORDS[(i * 7 + 3) % 40]} {'Trifouilly' if i % 3 else '30 jours'}", 76.0, lang="fr"
        )
    for i in range(200):
        both.remove(i)
    index = both.index
    assert len(index) == 0
    assert not index._patterns
    assert not index._slots
    assert not index._slot_ids
    assert not index._single
    assert not index._pairs
    assert not index._by_concept
    assert not index._by_number
    assert index.match(both.reader.read("a", "Zelensky Trifouilly", "", "fr")) == []


def test_adding_again_replaces_and_a_bad_phrase_changes_nothing(tools: tuple[Lexicon, Reader, PhraseParser]) -> None:
    lexicon, reader, _ = tools
    index = MatchIndex(lexicon, reader)
    index.add("w", "Zelensky", lang="fr")
    reading = reader.read("a", "Zelensky à Kiev", "", "fr")
    index.add("w", "Poutine", lang="fr")
    assert index.match(reading) == []
    with pytest.raises(PhraseError):
        index.add("w", "de la", lang="fr")
    assert len(index) == 1
    assert [m.watch for m in index.match(reader.read("a", "Poutine à Kiev", "", "fr"))] == ["w"]


def test_equal_phrases_share_a_pattern_and_matches_keep_the_order_of_adding(
    tools: tuple[Lexicon, Reader, PhraseParser],
) -> None:
    lexicon, reader, _ = tools
    index = MatchIndex(lexicon, reader)
    for name in ("z", "a", "m"):
        index.add(name, "Zelensky", lang="fr")
    assert len(index._patterns) == 1
    assert [m.watch for m in index.match(reader.read("a", "Zelensky à Kiev", "", "fr"))] == ["z", "a", "m"]


@pytest.mark.parametrize(
    "hostile", ["a" * 1_000_000, "Zelensky " * 100_000, "x " * 500_000, "trêve accord Kiev " * 50_000]
)
def test_hostile_texts_are_matched_within_fifty_milliseconds(
    tools: tuple[Lexicon, Reader, PhraseParser], hostile: str
) -> None:
    lexicon, reader, _ = tools
    index = MatchIndex(lexicon, reader)
    for i, one in enumerate(WORDS):
        for other in WORDS[::5]:
            if len(one) > 3 and len(other) > 3:
                index.add((i, other), f"{one} {other}", lang="fr")
    index.match(reader.read("a", "Zelensky à Kiev", "trêve", "fr"))

    def once() -> float:
        start = time.process_time()
        index.match(reader.read("a", hostile, hostile, "fr"))
        return time.process_time() - start

    assert min(once() for _ in range(3)) < 0.05
