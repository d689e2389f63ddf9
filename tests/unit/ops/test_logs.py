"""No secret reaches the log, whichever way it tries."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.ops.logs import MASK, SecretFilter, configure_logging

# Made up; the shape is that of a bot token.
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".GaBcDe." + "abcdefghijklmnopqrstuvwxyz0123456789_-AB"
PLAIN_SECRET = "correct-horse-battery"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        f"login with {TOKEN} failed",
        f"Authorization: Bot {TOKEN}",
        f"b'{TOKEN}'",
        f"https://discord.com/api/v10/webhooks/123456789/{'aB3-_' * 12}",
        f"https://discord.com/api/v10/interactions/123456789/{'aB3-_' * 12}/callback",
        "postgresql://vigie:geheim123@db/vigie is down",
        f"the secret is {PLAIN_SECRET}.",
    ],
)
def test_secrets_in_texts_are_masked(text: str) -> None:
    masked = SecretFilter([PLAIN_SECRET]).mask(text)
    assert MASK in masked
    for secret in (TOKEN, "aB3-_aB3-_", "geheim123", PLAIN_SECRET):
        assert secret not in masked


@pytest.mark.parametrize(
    "text",
    [
        "https://www.lemonde.fr/international/rss_full.xml",
        "bot.services.ingest.Ingest.pass_once took 3.14.15 s",
        "alert:123456789012345678:987654321098765432",
        "2026-11-22T09:00:00.123456+00:00",
        "postgresql://vigie@db/vigie",
    ],
)
def test_ordinary_texts_stay(text: str) -> None:
    assert SecretFilter([PLAIN_SECRET]).mask(text) == text


def test_json_lines_hold_level_time_event_and_no_secret(stream: io.StringIO) -> None:
    configure_logging("info", "json", secrets=[PLAIN_SECRET], stream=stream)
    structlog.get_logger("vigie.test").warning(
        f"start {TOKEN}", deep={"list": [PLAIN_SECRET, {"token": "kurz"}]}, number=3
    )
    line = json.loads(stream.getvalue())
    assert line["level"] == "warning"
    assert line["number"] == 3
    assert line["deep"] == {"list": [MASK, {"token": MASK}]}
    assert line["timestamp"].endswith("Z")
    assert TOKEN not in stream.getvalue() and PLAIN_SECRET not in stream.getvalue()


def test_other_libraries_and_tracebacks_go_through_the_same_filter(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream=stream)
    try:
        raise RuntimeError(f"with {TOKEN} inside")
    except RuntimeError:
        logging.getLogger("discord.http").exception("request %s failed", f"Bot {TOKEN}")
        structlog.get_logger("vigie.test").exception("own")
    lines = [json.loads(row) for row in stream.getvalue().splitlines()]
    assert len(lines) == 2
    assert all("RuntimeError" in line["exception"] for line in lines)
    assert TOKEN not in stream.getvalue()


def test_level_and_form_are_kept(stream: io.StringIO) -> None:
    configure_logging("error", "console", stream=stream)
    structlog.get_logger("vigie.test").warning("leise")
    assert stream.getvalue() == ""
    structlog.get_logger("vigie.test").error("laut", token=TOKEN)
    assert "laut" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert TOKEN not in stream.getvalue()
