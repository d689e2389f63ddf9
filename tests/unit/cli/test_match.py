"""The commands match and lexicon, as processes would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.lexicon import app as lexicon_app
from bot.cli.match import match

SMALL = Path(__file__).parents[1] / "data"
app = typer.Typer()
app.command()(match)
ARTICLES = [
    {
        "id": "a1",
        "lang": "fr",
        "published": "2025-03-14",
        "title": "Zelensky accepte une trêve de 30 jours",
        "summary": "Kiev attend Moscou.",
        "source": "x",
        "url": "",
    },
    {
        "id": 2,
        "lang": None,
        "published": None,
        "title": "Путін та Зеленський: саміт",
        "summary": "Україна чекає на це",
        "source": "x",
        "url": "",
    },
    {
        "id": "a3",
        "lang": "fr",
        "published": "2025-03-14T10:00:00+02:00",
        "title": "La recette du jour",
        "summary": "Marmelade",
        "source": "x",
        "url": "",
    },
]
WATCHES = [
    {"id": "w1", "phrase": "sommet Poutine-Zelensky", "lang": "fr"},
    {"id": "w2", "phrase": "trêve de 30 jours"},
    {"id": "w3", "phrase": "Zelensky", "languages": ["uk"]},
    {"id": "w4", "phrase": "Zelensky", "exclude": ["trêve"], "strictness": "strict"},
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n\n" for r in rows), encoding="utf-8")
    return str(path)


def run(
    tmp_path: Path, *options: str, watches: list[dict[str, object]] | None = None, stdin: str | None = None
) -> tuple[int, list[dict[str, object]], str]:
    w = write(tmp_path / "w.jsonl", WATCHES if watches is None else watches)  # type: ignore[arg-type]
    a = write(tmp_path / "a.jsonl", ARTICLES)  # type: ignore[arg-type]
    arguments = ["--config", str(SMALL), "--watches", w, a if stdin is None else "-", *options]
    result = CliRunner().invoke(app, arguments, input=stdin)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_matches_come_article_by_article_in_the_order_of_the_watches(tmp_path: Path) -> None:
    code, rows, _ = run(tmp_path)
    assert code == 0
    assert [(r["article"], r["watch"]) for r in rows] == [("a1", "w2"), (2, "w1"), (2, "w3"), (2, "w4")]
    assert set(rows[0]) == {"watch", "article", "score", "hits"}
    assert set(rows[0]["hits"][0]) == {"slot", "kind", "concept", "field", "start", "end", "text", "quality"}  # type: ignore[index]
    for row in rows:
        article = next(a for a in ARTICLES if a["id"] == row["article"])
        for hit in row["hits"]:  # type: ignore[attr-defined]
            assert str(article[hit["field"]])[hit["start"] : hit["end"]] == hit["text"]


def test_standard_input_and_minimum_score(tmp_path: Path) -> None:
    body = "".join(json.dumps(a) + "\n" for a in ARTICLES)
    assert [r["watch"] for r in run(tmp_path, stdin=body)[1]] == ["w2", "w1", "w3", "w4"]
    assert [r["watch"] for r in run(tmp_path, "--min-score", "1", stdin=body)[1]][:1] == ["w1"]
    assert run(tmp_path, "--min-score", "101")[0] == 2


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", "line"), ("[]", "line"), ('{"phrase": "x"}', "id"), ('{"id": true, "phrase": "x"}', "id"), ('{"id": "w"}', "phrase"), ('{"id": "w", "phrase": 5}', "phrase"),
        ('{"id": "w", "phrase": "de la"}', "phrase"), ('{"id": "w", "phrase": "Kiev", "strictness": "hard"}', "strictness"), ('{"id": "w", "phrase": "Kiev", "exclude": [1]}', "exclude"),
        ('{"id": "w", "phrase": "Kiev", "languages": {}}', "languages"), ('{"id": "w", "phrase": "Kiev", "lang": "french"}', "lang"), ('{"id": "w0", "phrase": "Kiev"}', "id"),
        ("[" * 100_000, "line"),
    ],
)  # fmt: skip
def test_a_wrong_watch_is_one_clear_line_and_exit_code_two(tmp_path: Path, line: str, field: str) -> None:
    path = tmp_path / "w.jsonl"
    path.write_text('{"id": "w0", "phrase": "Kiev"}\n' + line + "\n", encoding="utf-8")
    articles = write(tmp_path / "a.jsonl", ARTICLES)  # type: ignore[arg-type]
    result = CliRunner().invoke(app, ["--config", str(SMALL), "--watches", str(path), articles])
    assert result.exit_code == 2
    assert result.stderr.strip().startswith(f"{path}:2: {field}: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"id": 1, "title": null}', "title"),
        ('{"id": 1, "title": "x", "published": "yesterday"}', "published"),
        ("\udc80", "line"),
    ],
)
def test_a_wrong_article_is_named_too(tmp_path: Path, line: str, field: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line.encode("utf-8", "surrogateescape") + b"\n")
    watches = write(tmp_path / "w.jsonl", WATCHES)  # type: ignore[arg-type]
    result = CliRunner().invoke(app, ["--config", str(SMALL), "--watches", watches, str(path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{path}:1: {field}: ")


def test_a_missing_file_and_a_lone_surrogate(tmp_path: Path) -> None:
    watches = write(tmp_path / "w.jsonl", WATCHES)  # type: ignore[arg-type]
    result = CliRunner().invoke(app, ["--config", str(SMALL), "--watches", watches, str(tmp_path / "none.jsonl")])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr
    code, rows, _ = run(tmp_path, stdin='{"id": "\\ud800", "lang": "uk", "title": "Зеленський", "summary": ""}\n')
    assert code == 0
    assert [r["article"] for r in rows] == ["\ud800", "\ud800"]


def test_lexicon_lookup_and_check(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        lexicon_app, ["lookup", "--config", str(SMALL), "--lang", "fr", "Garanties de sécurité pour Trifouilly"]
    )
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [r["text"] for r in rows] == ["Garanties", "sécurité", "Trifouilly"]
    assert rows[0]["concepts"][0]["concept"] in ("GUARANTEE", "SECURITY_GUARANTEES")
    checked = CliRunner().invoke(lexicon_app, ["check", "--config", str(SMALL)])
    assert checked.exit_code == 0
    assert "0 errors" in checked.stderr
    assert CliRunner().invoke(lexicon_app, ["check", "--config", str(tmp_path)]).exit_code == 1
