"""`vigie stories` as it is typed: data form, order, errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.grouping.news import ABU_DHABI, GENEVA

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent


def _vigie(tmp_path: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VIGIE_CONFIG": str(HERE), "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "bot", "stories", *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
        encoding="utf-8",
    )


def _line(name: str, text: tuple[str, str], lang: str | None, published: str | None) -> str:
    return json.dumps({"id": name, "lang": lang, "published": published, "title": text[0], "summary": text[1]})


def test_a_json_line_an_article_in_the_order_of_the_input(tmp_path: Path) -> None:
    news = [
        _line("late", GENEVA["uk"], "uk", "2026-01-22T12:00:00Z"),
        _line("other", ABU_DHABI["fr"], "fr", "2026-01-22"),
        _line("undated", GENEVA["de"], "de", None),
        _line("early", GENEVA["fr"], None, "2026-01-22T09:00:00+02:00"),
        _line("week", GENEVA["en"], "en", "2026-01-30"),
    ]
    done = _vigie(tmp_path, "-", given="\n".join(news))
    assert done.returncode == 0, done.stderr
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert [p["id"] for p in printed] == ["late", "other", "undated", "early", "week"]
    story = {p["id"]: p["story"] for p in printed}
    assert story["late"] == story["early"]
    assert story["undated"] in {story["early"], story["week"]}, "time says nothing of it"
    assert len({story["late"], story["other"], story["week"]}) == 3


def test_a_later_article_changes_nothing_for_the_earlier_ones(tmp_path: Path) -> None:
    news = [
        _line("a", GENEVA["uk"], "uk", "2026-01-22T08:00:00Z"),
        _line("b", ABU_DHABI["fr"], "fr", "2026-01-22T09:00:00Z"),
        _line("c", GENEVA["fr"], "fr", "2026-01-22T10:00:00Z"),
    ]
    whole = _vigie(tmp_path, "-", given="\n".join(news)).stdout.splitlines()
    assert len(whole) == 3
    assert _vigie(tmp_path, "-", given="\n".join(news[:2])).stdout.splitlines() == whole[:2]


def test_the_hour_24_that_some_sites_write_is_the_next_day(tmp_path: Path) -> None:
    done = _vigie(tmp_path, "-", given=_line("a", GENEVA["fr"], "fr", "2026-01-22T24:04:30Z"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": 1, "title": "x", "published": "yesterday"}', "news.jsonl:1: published:"),
        ('{"id": 1}', "news.jsonl:1: title:"),
        ("[]", "news.jsonl:1: line:"),
    ],
)
def test_wrong_input_is_one_line_with_file_line_and_field(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "news.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    done = _vigie(tmp_path, str(file))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
