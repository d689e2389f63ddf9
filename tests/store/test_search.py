"""The search: the same answers on both engines, in both scripts, whatever a question holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import Store
from bot.store import search as search_module
from bot.store.search import LONGEST_TERM, MOST_TERMS, fold_terms
from tests.store.samples import T0, article, put_story

TEXTS = {
    "fr": "Négociations à Genève : l’accord de cessez-le-feu c_ceasefire c_geneva",
    "uk": "Переговори в Женеві: угода про припинення вогню, її підписано c_ceasefire c_geneva",
    "de": "Gespräche über Waffenruhe in Genf, Straße c_ceasefire",
    "en": "Grain exports rise 12% c_grain",
}


async def _fill(store: Store) -> dict[int, str]:
    async with store.write() as unit:
        names: dict[int, str] = {}
        for hours, (lang, terms) in enumerate(TEXTS.items()):
            source = f"www.{lang}.example" if lang == "fr" else f"{lang}.example"
            one = article(lang=lang, published=T0 - timedelta(hours=hours), source=source)
            await put_story(unit, one, terms=terms)
            names[one.id] = lang
    return names


async def _find(store: Store, names: dict[int, str], *groups: list[str], **filters: object) -> list[str]:
    async with store.read() as unit:
        found = await unit.search.find(groups, **filters)  # type: ignore[arg-type]
        stories = await unit.articles.stories_of([hit.article_id for hit in found])
        assert [stories[hit.article_id] for hit in found] == [hit.story_id for hit in found]
    return [names[hit.article_id] for hit in found]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([["negociations"]], ["fr"]),
        ([["NÉGOCIATIONS"]], ["fr"]),
        ([["ge\u0301neve"]], ["fr"]),
        ([["gene\u0300ve"]], ["fr"]),
        ([["перегово\u0301ри"]], ["uk"]),
        ([["ПЕРЕГОВОРИ"]], ["uk"]),
        ([["її"]], ["uk"]),
        ([["ii"]], []),
        ([["іі"]], []),
        ([["strasse"]], ["de"]),
        ([["c_ceasefire"]], ["fr", "uk", "de"]),
        ([["ceasefire"]], []),
        ([["c_ceasefire"], ["c_geneva", "genf"]], ["fr", "uk", "de"]),
        ([["c_ceasefire"], ["genf"]], ["de"]),
        ([["cessez-le-feu"]], ["fr"]),
        ([["feu cessez"]], ["fr"]),
        ([["cessez grain"]], []),
        ([["12"]], ["en"]),
        ([["nothing"]], []),
        ([["grain"], []], ["en"]),
        ([["grain"], ["!?"]], ["en"]),
        ([], []),
        ([[]], []),
        ([["?!", "«»"]], []),
    ],
)
async def test_words_and_concepts_are_found(store: Store, groups: list[list[str]], found: list[str]) -> None:
    assert await _find(store, await _fill(store), *groups) == found


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "question",
    [
        '"', "'", "a'b", 'a" OR "b', "(", ")", "*", "gen*", "NEAR(a b)", "terms: grain", "-grain", "^grain", "AND", "OR NOT",
        "a & !b | c:*", "<->", "'' | ''", "\\", "\\'", "%", "\x00", "\ud800", "𞤀𞤁", "x𞤀x", "grain'; DROP TABLE articles; --",
        "{}", "a:b", "١٢", "½", "ﬁ", "㍿", "🕊", "e" * 5000, "\u0301", "_", "__ _",
    ],
)  # fmt: skip
async def test_no_question_is_read_as_a_command(store: Store, question: str) -> None:
    names = await _fill(store)
    await _find(store, names, [question])
    await _find(store, names, ["grain", question], [question, "c_grain"])
    async with store.write() as unit:
        told = article()
        await put_story(unit, told, terms=f"{question} grain")
        if fold_terms(question):
            assert told.id in [hit.article_id for hit in await unit.search.find([[question]])]
    assert await store.integrity() == []


@pytest.mark.asyncio
async def test_filters_order_and_pages(store: Store) -> None:
    names = await _fill(store)
    word = ["c_ceasefire"]
    assert await _find(store, names, word, lang="uk") == ["uk"]
    assert await _find(store, names, word, source="fr.example") == ["fr"], "a host and those under it"
    assert await _find(store, names, word, source="r.example") == []
    assert await _find(store, names, word, source="%.example") == []
    assert await _find(store, names, word, since=T0 - timedelta(hours=1)) == ["fr", "uk"]
    assert await _find(store, names, word, until=T0) == ["uk", "de"]
    assert await _find(store, names, word, limit=2) == ["fr", "uk"]
    assert await _find(store, names, word, limit=2, offset=2) == ["de"]
    assert await _find(store, names, word, limit=2, offset=3) == []


@pytest.mark.asyncio
async def test_a_search_looks_at_the_newest_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "SEARCH_BOUND", 3)
    async with store.write() as unit:
        ids = []
        for hours in range(6):
            one = article(published=T0 + timedelta(hours=hours), lang="fr" if hours < 2 else "en")
            await put_story(unit, one, terms="word")
            ids.append(one.id)
        assert [hit.article_id for hit in await unit.search.find([["word"]])] == [ids[5], ids[4], ids[3]]
        # What the filters leave out does not use the bound up.
        assert [hit.article_id for hit in await unit.search.find([["word"]], lang="fr")] == [ids[1], ids[0]]


@pytest.mark.asyncio
async def test_rank_prefers_early_and_often(store: Store) -> None:
    async with store.write() as unit:
        texts = {"best": "peace talks peace plan", "middle": "talks on peace", "worst": "a b c d e f g h i j k peace"}
        names = {}
        for name, terms in texts.items():
            one = article()
            await put_story(unit, one, terms=terms)
            names[one.id] = name
        hits = await unit.search.find([["peace"]])
    assert [names[hit.article_id] for hit in sorted(hits, key=lambda hit: -hit.rank)] == ["best", "middle", "worst"]


@pytest.mark.asyncio
async def test_articles_a_day(store: Store) -> None:
    async with store.write() as unit:
        midnight = T0.replace(hour=0, minute=0, second=0, microsecond=0)
        for at, lang in [
            (midnight - timedelta(microseconds=1), "fr"),
            (midnight, "fr"),
            (midnight + timedelta(hours=23), "fr"),
            (midnight, "uk"),
            (midnight + timedelta(days=2), "uk"),
        ]:
            await put_story(unit, article(published=at, lang=lang), terms="c_grain word")
        await put_story(unit, article(published=midnight), terms="other")
        found = await unit.search.per_day([["c_grain"], ["word"]], midnight - timedelta(days=9))
        day = date(2026, 3, 1)
        assert [(row.day, row.lang, row.count) for row in found] == [
            (day - timedelta(days=1), "fr", 1),
            (day, "fr", 2),
            (day, "uk", 1),
            (day + timedelta(days=2), "uk", 1),
        ]
        found = await unit.search.per_day([["c_grain"]], midnight, midnight + timedelta(days=1))
        assert sum(row.count for row in found) == 3
        assert await unit.search.per_day([], midnight) == []


@given(st.text())
def test_folding_folds_once_and_leaves_words_only(text: str) -> None:
    folded = fold_terms(text)
    assert fold_terms(folded) == folded
    assert all(word.replace("_", "a").isalnum() for word in folded.split(" ") if folded)


def test_folding_is_bounded() -> None:
    words = fold_terms(" ".join(["x" * 500] * 10_000)).split()
    assert len(words) == MOST_TERMS
    assert {len(word) for word in words} == {LONGEST_TERM}
