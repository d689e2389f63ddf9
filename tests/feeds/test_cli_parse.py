"""``vigie feeds parse`` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.feeds.conftest import item, rss

RUN = "import typer; from bot.cli.feeds_parse import parse; typer.run(parse)"


def _parse(*arguments: str, body: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments], input=body, capture_output=True, timeout=30, check=False
    )


def test_a_file_gives_a_json_line_an_article(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    text = "<![CDATA[<p>Les négociations reprennent à Genève&nbsp;: <b>rien</b> n’est signé.</p><script>x()</script>]]>"
    file.write_bytes(
        rss(
            item(1, link="/n/1?utm_source=rss", title="L’accord &amp;amp; la paix", text=text),
            item(2, date=None),
            head="<language>fr-FR</language>",
        )
    )
    done = _parse(str(file), "--url", "https://www.news.example.org/feed.xml")
    assert (done.returncode, done.stderr) == (0, b"")
    one, two = map(json.loads, done.stdout.decode().splitlines())
    assert isinstance(one.pop("id"), int)
    assert one == {
        "lang": "fr",
        "published": "2026-03-10T12:34:00+00:00",
        "title": "L’accord & la paix",
        "summary": "Les négociations reprennent à Genève : rien n’est signé.",
        "source": "news.example.org",
        "url": "https://www.news.example.org/n/1?utm_source=rss",
    }
    assert two["published"] is None


def test_standard_input_and_a_content_type() -> None:
    body = rss(item(1, title="Гарантії")).decode().replace(' encoding="UTF-8"', "").encode("windows-1251")
    done = _parse("-", "--content-type", "text/xml; charset=windows-1251", body=body)
    assert json.loads(done.stdout)["title"] == "Гарантії"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b"no feed", "not_a_feed"),
        (b"<!doctype html><html></html>", "html_page"),
        (b"/etc/passwd", "not_a_feed"),
        (b"<rss><channel><item>", "malformed"),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>', "doctype"),
        (b"<rss><channel>" + b"<a>" * 1_000_000, "parser_"),
        (b"x" * (6 * 1024 * 1024), "too_large"),
    ],
    ids=["empty", "text", "page", "path", "malformed", "document type", "nested", "too large"],
)
def test_what_is_no_feed_or_hostile_ends_in_one_line_and_status_1(body: bytes, word: str) -> None:
    started = time.monotonic()
    done = _parse("-", body=body)
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"vigie: -: {word}")
    assert "Traceback" not in line
    assert time.monotonic() - started < 10


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    done = _parse(str(tmp_path / "none.xml"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
