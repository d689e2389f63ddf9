"""``vigie db`` as a process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store import Store
from bot.store.migrate import newest_revision
from tests.store.samples import TestClock, article, put_story

ROOT = Path(__file__).resolve().parents[2]


def vigie(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "db", *arguments],
        env={**os.environ, "VIGIE_DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def _put(url: str) -> None:
    async with await Store.open(url, clock=TestClock()) as store, store.write() as unit:
        await put_story(unit, article(), article())


def test_a_database_is_made_filled_counted_and_checked(empty_url: str) -> None:
    made = vigie(empty_url, "upgrade")
    assert (made.returncode, made.stdout) == (0, "")
    assert f"is at schema {newest_revision()}" in made.stderr
    asyncio.run(_put(empty_url))
    counted = vigie(empty_url, "stats")
    assert (counted.returncode, counted.stderr) == (0, "")
    assert json.loads(counted.stdout)["rows"]["articles"] == 2
    checked = vigie(empty_url, "check")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "the database is sound\n")


def test_a_backup_is_a_database_and_never_overwrites(url: str, engine: str, tmp_path: Path) -> None:
    asyncio.run(_put(url))
    file = tmp_path / "copy.db"
    done = vigie(url, "backup", str(file))
    if engine == "postgresql":
        assert done.returncode == 1
        assert "pg_dump" in done.stderr
        assert done.stderr.count("\n") == 1
        return
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(vigie(f"sqlite:///{file}", "stats").stdout)["rows"]["stories"] == 1
    again = vigie(url, "backup", str(file))
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "exists already: name a new file" in again.stderr


@pytest.mark.parametrize("command", [("upgrade",), ("stats",), ("check",), ("backup", "never-written.db")])
def test_a_database_that_cannot_be_used_is_one_line(command: tuple[str, ...]) -> None:
    url = "sqlite:////proc/nowhere/vigie.db"
    failed = vigie(url, *command)
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.count("\n") == 1, failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_backup_leaves_an_older_schema_as_it_is(tmp_path: Path, sqlite_template: Path) -> None:
    """One makes a backup before an upgrade: it must not upgrade."""
    import shutil
    import sqlite3

    old = tmp_path / "old.db"
    shutil.copyfile(sqlite_template, old)
    with sqlite3.connect(old) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    assert vigie(f"sqlite:///{old}", "backup", str(tmp_path / "copy.db")).returncode == 0
    for path in (old, tmp_path / "copy.db"):
        reader = sqlite3.connect(path)
        assert reader.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]
        reader.close()
