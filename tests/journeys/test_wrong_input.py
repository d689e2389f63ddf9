"""What an operator gets wrong: one clear line each, exit 1 or 2, nothing lost."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.world import CACHE
from tests.standins.discord import DiscordStandin

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "lexicon").symlink_to(ROOT / "config" / "lexicon", target_is_directory=True)
    (folder / "watches.yaml").write_text(
        (ROOT / "config" / "watches.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (folder / "feeds.yaml").write_text(json.dumps({"feeds": []}), encoding="utf-8")
    CACHE.mkdir(exist_ok=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache").symlink_to(CACHE, target_is_directory=True)
    return folder


def environment(config: Path, **changes: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIE_", "DISCORD_"))}
    database = f"sqlite:///{config.parent}/data/vigie.db"
    return {**kept, "VIGIE_CONFIG": str(config), "VIGIE_DATABASE_URL": database, **changes}


def vigie(config: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment(config, **changes),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def assert_one_clear_line(result: subprocess.CompletedProcess[str], *words: str, code: int) -> None:
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert result.returncode == code, result.stderr
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0], result.stderr
    assert "Traceback" not in result.stderr


def test_broken_yaml_is_told_with_its_line(config: Path) -> None:
    (config / "feeds.yaml").write_text("feeds:\n  - url: [\n", encoding="utf-8")
    assert_one_clear_line(vigie(config, "run", "--once"), "feeds.yaml:", "YAML", code=1)


def test_an_unknown_key_is_told_with_its_line(config: Path) -> None:
    (config / "vigie.toml").write_text("[fetch]\nintervall_s = 900\n", encoding="utf-8")
    assert_one_clear_line(vigie(config, "run", "--once"), "vigie.toml:2", "fetch.intervall_s", "no such key", code=1)


def test_discord_without_a_token(config: Path) -> None:
    assert_one_clear_line(vigie(config, "run", "--sink", "discord"), "DISCORD_TOKEN", code=2)


@pytest.mark.asyncio
async def test_a_wrong_token(config: Path) -> None:
    import asyncio

    async with DiscordStandin() as discord:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=ROOT,
            env=environment(
                config, DISCORD_TOKEN="not.the.token", DISCORD_API_BASE=discord.api_base, VIGIE_LOG__LEVEL="error"
            ),
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await asyncio.wait_for(process.communicate(), 60)
    text = errors.decode()
    assert process.returncode == 1, text
    assert "token" in text.lower()
    assert "not.the.token" not in text
    assert "Traceback" not in text


def test_a_database_of_a_newer_version(config: Path) -> None:
    assert vigie(config, "db", "upgrade").returncode == 0
    file = config.parent / "data" / "vigie.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    assert_one_clear_line(vigie(config, "run", "--once"), "newer", "restore a backup", code=1)
    assert file.read_bytes() == before


def test_a_port_that_is_in_use(config: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = vigie(config, "run", "--sink", "terminal", VIGIE_HTTP__LISTEN=address, VIGIE_LOG__LEVEL="error")
    assert result.returncode == 1, result.stderr
    assert address.rpartition(":")[2] in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_that_is_no_database(config: Path) -> None:
    folder = config.parent / "data"
    (folder / "vigie.db").write_bytes(b"this is a letter, not a database\n" * 100)
    assert_one_clear_line(vigie(config, "run", "--once"), "vigie.db", code=1)
    assert (folder / "vigie.db").read_bytes().startswith(b"this is a letter")
