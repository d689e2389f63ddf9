"""Which articles a watch meets, case by case, through the index."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bot.language.lexicon import Lexicon
from bot.language.reading import Reader
from bot.language.text import clean_html
from bot.matching.explain import explain
from bot.matching.index import MatchIndex
from bot.model.matches import Match
from bot.model.watches import Strictness


def matches(
    lexicon: Lexicon, phrase: str, title: str, summary: str = "", lang: str | None = "fr", **options: object
) -> list[Match]:
    reader = Reader(lexicon)
    index = MatchIndex(lexicon, reader)
    index.add("w", phrase, **options)  # type: ignore[arg-type]
    return index.match(reader.read("a", title, summary, lang))


@pytest.mark.parametrize(
    ("phrase", "title", "summary", "lang", "met"),
    [
        ("sommet Poutine-Zelensky", "Poutine et Zelensky : un sommet bientôt ?", "", "fr", True),
        ("sommet Poutine-Zelensky", "Саміт Путіна і Зеленського", "", "uk", True),
        ("sommet Poutine-Zelensky", "Sommet entre Trump et Poutine", "", "fr", False),
        ("garanties de sécurité", "Kyiv wants security guarantees", "", "en", True),
        ("garanties de sécurité", "Київ просить безпекових гарантій", "", "uk", True),
        ("garanties de sécurité", "Sicherheitsgarantien für die Ukraine", "", "de", True),
        ("garanties de sécurité", "La Russie veut garantir sa « sécurité »", "", "fr", True),
        ("garanties de sécurité", "La garantie du lave-linge, question de sécurité", "", "fr", False),
        ("trêve", "Cessez-le-feu en Ukraine", "", "fr", True),
        ("trêve", "Trêve à Gaza", "", "fr", False),
        ("trêve Ukraine", "La trêve hivernale protège des locataires ukrainiens", "", "fr", False),
        ("sommet Burgenstock", "Конференція на Бюргенштоку: Київ задоволений", "", "uk", True),
        ("sommet Burgenstock", "Bürgenstock : Kiev veut la suite", "", "fr", True),
        ("pourparlers Ryiad", "Delegations meet in Riyadh on Ukraine", "", "en", True),
        ("trêve de 30 jours", "Kyiv agrees to a 30-day ceasefire", "", "en", True),
        ("trêve de 30 jours", "Kyiv agrees to a ceasefire", "Thirty countries watch it.", "en", False),
        ("trêve du 9 mai", "Перемирие с 8 по 11 мая: Москва ждет Киев", "", "ru", True),
        ("trêve du 9 mai", "Перемирие с 20 по 22 мая: Москва ждет Киев", "", "ru", False),
        ("Trifouilly Ukraine", "Une conférence à Trifouilli pour l'Ukraine", "", "fr", True),
        ('"Kiev demande"', "Kiev demande un accord", "", "fr", True),
        ('"Kiev demande"', "Kiev a demandé un accord", "", "fr", False),
        ("minerais|prisonniers Ukraine", "Обмін полонених", "", "uk", True),
        ("Zelensky -Poutine", "Zelensky à Kiev", "", "fr", True),
        ("Zelensky -Poutine", "Zelensky et Poutine à Kiev", "", "fr", False),
        ("Merz in Kiew", "Merz besucht Kiew", "", "de", True),
    ],
)
def test_an_article_is_met_or_not(
    lexicon: Lexicon, phrase: str, title: str, summary: str, lang: str, met: bool
) -> None:
    assert bool(matches(lexicon, phrase, title, summary, lang)) is met


def test_words_far_apart_in_the_background_do_not_make_a_subject(lexicon: Lexicon) -> None:
    filler = "Les alliés de Kiev travaillent. Les discussions durent encore. "
    background = filler + "Un sommet avait réuni Trump et Poutine, puis une rencontre Trump et Zelensky."
    assert not matches(lexicon, "sommet Poutine-Zelensky", "Une réunion des états-majors", background)
    assert matches(lexicon, "sommet Poutine-Zelensky", "Sommet Poutine et Zelensky", background)


def test_hits_are_exact_slices_with_their_slots(lexicon: Lexicon) -> None:
    title, summary = "« Zеlensky » : l’accord", "La trêve en mer, dite Noire, selon Kiev"
    (match,) = matches(lexicon, "accord Zelensky", title, summary)
    texts = {"title": title, "summary": summary}
    assert {(h.concept, h.text) for h in match.hits} == {("agreement", "accord"), ("ZELENSKY", "Zеlensky")}
    for hit in match.hits:
        assert texts[hit.field][hit.start : hit.end] == hit.text
        assert hit.kind == "concept"
        assert 0 < hit.quality <= 1
    assert [h.slot for h in match.hits] == [0, 1]


def test_an_unknown_word_is_a_word_hit(lexicon: Lexicon) -> None:
    (match,) = matches(lexicon, "Trifouilly", "Trifouilly soutient Kiev")
    assert [(h.kind, h.concept, h.text) for h in match.hits] == [("word", None, "Trifouilly")]


def test_strictness_languages_and_threshold(lexicon: Lexicon) -> None:
    text = "Delegations meet in Riyadh on Ukraine"
    (found,) = matches(lexicon, "pourparlers Ryiad", text, lang="en", strictness=Strictness.WIDE)
    assert matches(lexicon, "pourparlers Ryiad", text, lang="en", threshold=found.score)
    assert not matches(lexicon, "pourparlers Ryiad", text, lang="en", threshold=found.score + 0.01)
    assert not matches(lexicon, "pourparlers Ryiad", text, lang="en", languages=("fr", "uk"))
    assert matches(lexicon, "pourparlers Ryiad", text, lang="en", languages=("en",))


def test_why_an_article_did_not_match(lexicon: Lexicon) -> None:
    reading = Reader(lexicon).read("a", "Sommet entre Trump et Poutine", "", "fr")
    told = explain(lexicon, "sommet Poutine-Zelensky", reading, lang="fr")
    assert not told.matched
    assert told.score < told.threshold == 76
    assert [told.slots[i].split("|")[0] for i in told.missing] == ["Zelensky"]
    assert {h.text for h in told.hits} == {"Sommet", "Poutine"}
    gaza = explain(lexicon, "trêve", Reader(lexicon).read("a", "Trêve à Gaza", "", "fr"), lang="fr")
    assert (gaza.matched, gaza.in_context, gaza.found) == (False, False, (0,))
    out = explain(
        lexicon, "trêve", Reader(lexicon).read("a", "Trêve à Kiev et Moscou", "", "fr"), lang="fr", exclude=("Moscou",)
    )
    assert (out.matched, out.excluded) == (False, "Moscou")
    assert explain(lexicon, "trêve", reading, languages=("uk",)).other_language


SEED = {
    "sommet Poutine-Zelensky": {"sommet-15-jours"},
    "garanties de sécurité": {"soutien-aerien", "securite-russie", "chefs-etat-major"},
    "troupes au sol": {"soutien-aerien"},
    "soutien aérien": {"soutien-aerien"},
    "réunion chefs d'état-major Otan": {"chefs-etat-major"},
    "Macron": {"sommet-15-jours"},
}


def test_the_founders_four_items(shipped: Lexicon, shared: Path) -> None:
    reader = Reader(shipped)
    index = MatchIndex(shipped, reader)
    for phrase in SEED:
        index.add(phrase, phrase, lang="fr")
    found: dict[str, set[str]] = {phrase: set() for phrase in SEED}
    for item in ET.parse(shared / "data/seed/peace-track.xml").iter("item"):
        name = str(item.findtext("link")).rsplit("/", 1)[1]
        reading = reader.read(
            name, clean_html(str(item.findtext("title"))), clean_html(str(item.findtext("description"))), "fr"
        )
        for match in index.match(reading):
            found[str(match.watch)].add(name)
    assert found == SEED
