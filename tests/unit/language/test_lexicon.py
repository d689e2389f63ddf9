"""Loading, caching and checking the lexicon."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.language.lemmas import Morphology
from bot.language.lexicon import Lexicon, closure, load_lexicon
from bot.language.lexicon_check import check_lexicon
from bot.language.lexicon_source import parse_form, read_folder
from bot.language.reading import Reader
from bot.model.errors import ConfigurationError

SMALL = Path(__file__).parents[1] / "data" / "lexicon"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path / "lexicon")
    return tmp_path / "lexicon"


def concepts(lexicon: Lexicon, text: str, lang: str | None) -> set[str]:
    return {m.concept for m in Reader(lexicon).read("", "", text, lang).mentions}


def test_a_warm_start_from_the_cache_gives_the_same_lexicon(
    folder: Path, tmp_path: Path, morphology: Morphology
) -> None:
    cold = load_lexicon(folder, morphology=morphology, cache_dir=tmp_path / "cache")
    assert (tmp_path / "cache" / "lexicon.json").exists()
    warm = load_lexicon(folder, morphology=morphology, cache_dir=tmp_path / "cache")
    assert warm.concepts == cold.concepts
    text = "Зустріч у Києві: гарантії безпеки"
    assert (
        concepts(warm, text, "uk")
        == concepts(cold, text, "uk")
        >= {"MEETING", "KYIV", "SECURITY_GUARANTEES", "GUARANTEE", "UKRAINE"}
    )


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe\x00", b"0" * 64 + b"\n{}", b"null"])
def test_a_damaged_cache_is_made_anew(folder: Path, tmp_path: Path, morphology: Morphology, damage: bytes) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "lexicon.json").write_bytes(damage)
    assert len(load_lexicon(folder, morphology=morphology, cache_dir=cache)) > 20
    assert len((cache / "lexicon.json").read_bytes()) > 1000


def test_a_changed_file_is_not_answered_from_the_cache(folder: Path, tmp_path: Path, morphology: Morphology) -> None:
    load_lexicon(folder, morphology=morphology, cache_dir=tmp_path / "cache")
    with (folder / "general" / "small.tsv").open("a", encoding="utf-8") as file:
        file.write("drone\tn\t1\tdrone\tdrone\tдрон\tдрон\tDrohne\tdron\tdron\tdrone\n")
    assert "drone" in load_lexicon(folder, morphology=morphology, cache_dir=tmp_path / "cache").concepts


def test_a_cache_folder_that_cannot_be_written_is_done_without(
    folder: Path, tmp_path: Path, morphology: Morphology
) -> None:
    (tmp_path / "file").write_text("")
    assert len(load_lexicon(folder, morphology=morphology, cache_dir=tmp_path / "file" / "cache")) > 20


@pytest.mark.parametrize(
    ("file", "content", "line", "words"),
    [
        ("subject/zz.yaml", "- id: lower\n  kind: person\n  forms: {fr: [x y]}\n", 1, "id"),
        ("subject/zz.yaml", "- id: A_B\n  kind: planet\n  forms: {fr: [mot]}\n", 1, "kind"),
        ("subject/zz.yaml", "- id: A_B\n  kind: notion\n  weight: 3\n  forms: {fr: [mot]}\n", 3, "weight"),
        ("subject/zz.yaml", "- id: A_B\n  kind: notion\n  forms:\n    fr: [mot]\n    xx: [mot]\n", 5, "xx"),
        ("subject/zz.yaml", "- id: A_B\n  kind: notion\n  implies: {NOBODY: 1}\n  forms: {fr: [mot]}\n", 1, "NOBODY"),
        ("subject/zz.yaml", "- id: TRUMP\n  kind: person\n  forms: {fr: [mot]}\n", 1, "already"),
        (
            "subject/zz.yaml",
            "- id: A_B\n  kind: notion\n  forms:\n    fr: [un deux trois quatre cinq six sept]\n",
            4,
            "words",
        ),
        ("subject/zz.yaml", "- id: A_B\n  kind: notion\n  colour: red\n  forms: {fr: [mot]}\n", 3, "colour"),
        ("subject/zz.yaml", "- id: [\n", 2, "yaml"),
        ("general/zz.tsv", "key\tpos\n", 1, "header"),
        ("general/zz.tsv", "key\tpos\tweight\tfr\nBig\tn\t1\tmot\n", 2, "key"),
        ("general/zz.tsv", "key\tpos\tweight\tfr\nbig\tq\t1\tmot\n", 2, "pos"),
        ("general/zz.tsv", "key\tpos\tweight\tfr\nbig\tn\theavy\tmot\n", 2, "weight"),
        ("general/zz.tsv", "key\tpos\tweight\tfr\nbig\tn\t1\tab*\n", 2, "fr"),
    ],
)
def test_each_mistake_is_named_with_file_line_and_field(
    folder: Path, morphology: Morphology, file: str, content: str, line: int, words: str
) -> None:
    (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_lexicon(folder, morphology=morphology)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{file}:{line}: ")
    assert words in caught.value.problems[0]


def test_yaml_words_that_look_like_booleans_stay_words(folder: Path) -> None:
    (folder / "subject" / "more.yaml").write_text(
        "- id: NORWAY_CODE\n  kind: state\n  forms:\n    en: [no, on, yes, 12:30]\n", encoding="utf-8"
    )
    found, problems = read_folder(folder)
    assert problems == []
    assert [f.written for c in found if c.id == "NORWAY_CODE" for f in c.forms] == ["no", "on", "yes", "12:30"]


def test_an_empty_folder_is_a_clear_error(tmp_path: Path, morphology: Morphology) -> None:
    with pytest.raises(ConfigurationError, match="no concept found"):
        load_lexicon(tmp_path, morphology=morphology)


@pytest.mark.parametrize(
    ("written", "quality", "exact", "cased", "words"),
    [
        ("garantie de sécurité", 1.0, False, False, ["garantie", "securite"]), ("~Bankova", 0.9, False, False, ["bankova"]), ("~~Bankova", 0.8, False, False, ["bankova"]),
        ("=trêve", 1.0, True, False, ["treve"]), ("!US", 1.0, True, True, ["us"]), ("~=russo", 0.9, True, False, ["russo"]), ("contre-offensive", 1.0, False, False, ["contre", "offensive"]),
        ("V-Day", 1.0, False, False, ["v", "day"]),
    ],
)  # fmt: skip
def test_the_notation_of_forms(written: str, quality: float, exact: bool, cased: bool, words: list[str]) -> None:
    form = parse_form(written, "fr")
    assert not isinstance(form, str)
    assert (form.quality, form.exact, form.cased, [w.text for w in form.words]) == (quality, exact, cased, words)


def test_implication_is_transitive_and_stops_below_six_tenths() -> None:
    result = closure({"A": {"B": 0.9}, "B": {"C": 0.8}, "C": {"D": 0.8}, "D": {"A": 1.0}})
    assert result["A"] == {"B": 0.9, "C": 0.72}
    assert result["C"] == {"D": 0.8, "A": 0.8, "B": 0.72}


@pytest.mark.parametrize(
    ("text", "lang", "has", "has_not"),
    [
        ("les garanties de sécurité", "fr", {"SECURITY_GUARANTEES", "GUARANTEE"}, set()),
        ("de nouvelles garanties sérieuses de sécurité", "fr", {"SECURITY_GUARANTEES"}, set()),
        ("garanties longtemps attendues et discutées de sécurité", "fr", {"GUARANTEE"}, {"SECURITY_GUARANTEES"}),
        ("Sicherheitsgarantien für Kiew", "de", {"SECURITY_GUARANTEES", "KYIV", "UKRAINE"}, set()),
        ("ein Gefangenenaustausch", "de", {"prisoner", "exchange"}, set()),
        ("keine Bodentruppen", "de", {"GROUND_TROOPS"}, set()),
        ("гарантій безпеки для Києва", "uk", {"SECURITY_GUARANTEES", "KYIV"}, set()),
        ("Зустріч Зеленської в Києві", "uk", {"ZELENSKA"}, {"ZELENSKY"}),
        ("Зустріч Зеленського в Києві", "uk", {"ZELENSKY"}, {"ZELENSKA"}),
        ("встреча с Зеленской", "ru", {"ZELENSKA"}, {"ZELENSKY"}),
        ("Selenskyjs Treffen", "de", {"ZELENSKY", "MEETING"}, set()),
        ("Zеlensky parle", "fr", {"ZELENSKY"}, set()),
        ("a Zelenskij szerint", None, {"ZELENSKY"}, set()),
        ("the US said it helps us", "en", {"USA"}, set()),
        ("it helps us all", "en", set(), {"USA"}),
        ("l'Otan et l'OTAN", "fr", {"NATO"}, set()),
        ("un important accord", "fr", {"important", "agreement"}, {"import_trade"}),
        ("la trêve hivernale", "fr", {"WINTER_EVICTION_TRUCE"}, set()),
        ("un truce in the Black Sea", "en", {"TRUCE", "BLACK_SEA"}, set()),
        ("о Черном море", "ru", {"BLACK_SEA"}, set()),
        ("rozejmu w Kijowie na Ukrainie", "pl", {"TRUCE", "UKRAINE"}, set()),
        ("day after day a ceasefire", "en", {"TRUCE"}, {"VICTORY_DAY"}),
        ("Waffenstillstandsabkommen", "de", {"TRUCE"}, set()),
        ("les céréaliers ukrainiens", "fr", {"grain", "UKRAINE"}, set()),
    ],
)
def test_what_a_text_is_understood_as(
    lexicon: Lexicon, text: str, lang: str | None, has: set[str], has_not: set[str]
) -> None:
    found = concepts(lexicon, text, lang)
    assert has <= found
    assert not has_not & found


def test_a_notion_inside_a_longer_term_of_another_sense_loses_weight(lexicon: Lexicon) -> None:
    best = Reader(lexicon).read("", "La trêve hivernale commence", "", "fr").best()
    assert best["TRUCE"][0] == 0.5
    assert Reader(lexicon).read("", "La trêve commence", "", "fr").best()["TRUCE"][0] == 1.0


def test_check_names_conflicts_and_missing_languages(folder: Path) -> None:
    (folder / "subject" / "more.yaml").write_text(
        "- id: OTHER_TRUCE\n  kind: notion\n  forms:\n    fr: [trêve]\n    de: ['Waffen*']\n", encoding="utf-8"
    )
    text = "\n".join(str(f) for f in check_lexicon(folder))
    assert "«trêve» is also a form of OTHER_TRUCE" in text
    assert "«Waffen*» also takes «Waffenruhe» of TRUCE" in text
    assert "has no form in en, uk, ru" in text
    assert not any(f.error for f in check_lexicon(folder))


def test_the_shipped_lexicon_loads(shipped: Lexicon) -> None:
    assert len(shipped) > 1000
