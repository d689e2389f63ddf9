"""What an operator meets: a full disk, a read-only file, a locked or foreign file. Each ends as one line that says what to do."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from bot.model.errors import StoreError
from bot.store import Store
from bot.store import engines as engines_module
from tests.store.samples import TestClock, article, put_story
from tests.store.servers import NOBODY

pytestmark = pytest.mark.asyncio


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everything; for this block the process is an ordinary user."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://localhost/vigie", "mysql is no database Vigie knows; accepted: sqlite and postgresql"),
        ("sqlite://", "an SQLite address names a file"),
        ("sqlite:///:memory:", "an SQLite address names a file"),
        ("data/vigie.db", "not a database address; accepted: sqlite:///path or postgresql://"),
        ("postgresql://nobody:s3cret@127.0.0.1:1/vigie", "no server answers there: start PostgreSQL"),
        ("sqlite:////proc/vigie/vigie.db", "the folder cannot be made"),
    ],
)
async def test_an_address_that_cannot_be_used_says_why(address: str, says: str, clock: TestClock) -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open(address, clock=clock)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_missing_database_and_a_wrong_password_are_told_without_the_password(
    postgres_url: str, clock: TestClock
) -> None:
    missing = make_url(postgres_url).set(database="vigie_not_there").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="the database or role is missing: create it, or check VIGIE_DATABASE_URL"):
        await Store.open(missing, clock=clock)


async def test_a_file_that_is_no_database(tmp_path: Path, clock: TestClock) -> None:
    path = tmp_path / "vigie.db"
    path.write_bytes(b"Dear diary, " * 500)
    with pytest.raises(StoreError, match="not an SQLite database: move it away or restore a backup"):
        await Store.open(f"sqlite:///{path}", clock=clock)
    assert path.read_bytes() == b"Dear diary, " * 500


async def test_a_damaged_file(tmp_path: Path, sqlite_template: Path, clock: TestClock) -> None:
    path = tmp_path / "vigie.db"
    body = bytearray(sqlite_template.read_bytes())
    body[4096 : 40 * 4096] = os.urandom(39 * 4096)
    path.write_bytes(body)
    with pytest.raises(StoreError, match="damaged: restore a backup"):
        async with await Store.open(f"sqlite:///{path}", clock=clock) as store:
            for _ in range(50):
                async with store.write() as unit:
                    await put_story(unit)


async def test_a_folder_instead_of_a_file(tmp_path: Path, clock: TestClock) -> None:
    with pytest.raises(StoreError, match="this is a folder"):
        await Store.open(f"sqlite:///{tmp_path}", clock=clock)


@pytest.mark.parametrize("locked", ["file", "folder"])
async def test_a_read_only_file_or_folder(locked: str, tmp_path: Path, sqlite_template: Path, clock: TestClock) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "vigie.db"
    shutil.copyfile(sqlite_template, path)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    path.chmod(0o444 if locked == "file" else 0o666)
    folder.chmod(0o777 if locked == "file" else 0o555)
    try:
        with unprivileged(), pytest.raises(StoreError) as caught:
            await Store.open(f"sqlite:///{path}", clock=clock)
    finally:
        folder.chmod(0o777)
    assert "right to write" in str(caught.value) or "may write there" in str(caught.value)


async def test_a_file_that_another_process_holds(
    tmp_path: Path, sqlite_template: Path, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines_module, "BUSY_TIMEOUT_MS", 200)
    path = tmp_path / "vigie.db"
    shutil.copyfile(sqlite_template, path)
    async with await Store.open(f"sqlite:///{path}", clock=clock) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(StoreError, match="another process holds the database: stop it, or wait and try again"):
                async with store.write() as unit:
                    await put_story(unit)
            async with store.read() as unit:
                assert await unit.stories.latest(5) == [], "reading goes on"
        finally:
            other.execute("ROLLBACK")
            other.close()
        async with store.write() as unit:
            await put_story(unit)


async def _fill(store: Store, most: int = 4_000) -> None:
    for _ in range(most):
        async with store.write() as unit:
            await put_story(unit, article(summary="x" * 20_000))


async def test_a_full_file_writes_nothing_and_works_again(
    tmp_path: Path, sqlite_template: Path, clock: TestClock
) -> None:
    path = tmp_path / "vigie.db"
    shutil.copyfile(sqlite_template, path)
    async with await Store.open(f"sqlite:///{path}", clock=clock) as store:
        async with store.write() as unit:
            # The writer's one connection keeps this limit: SQLite answers SQLITE_FULL as it does when the disk is.
            await unit.connection.execute(text("PRAGMA max_page_count = 150"))
        with pytest.raises(StoreError, match="the disk is full: free space where the database lies, then try again"):
            await _fill(store)
        before = (await store.stats()).rows
        assert before["articles"] == before["placements"] == before["article_texts"] == before["stories"] > 0
        assert await store.integrity() == []
        async with store.write() as unit:
            await unit.connection.execute(text("PRAGMA max_page_count = 100000"))
            await put_story(unit)
        assert (await store.stats()).rows["articles"] == before["articles"] + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk; the full file of the test before stands in for it")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=False)


async def test_a_full_disk_writes_nothing_and_works_again(small_disk: Path, clock: TestClock) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 300_000)
    async with await Store.open(f"sqlite:///{small_disk / 'vigie.db'}", clock=clock) as store:
        with pytest.raises(StoreError, match="disk"):
            await _fill(store)
        before = (await store.stats()).rows
        assert before["articles"] == before["placements"] > 0
        ballast.unlink()
        async with store.write() as unit:
            await put_story(unit)
        assert (await store.stats()).rows["articles"] == before["articles"] + 1
        assert await store.integrity() == []


async def test_a_server_that_drops_connections_is_told_and_used_again(store: Store, engine: str, url: str) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has no server")

    async def end_connections() -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(StoreError, match="connection to the server was lost"):
        async with store.write() as unit:
            await put_story(unit)
            await end_connections()
            await put_story(unit)
    async with store.write() as unit:
        await put_story(unit)
    assert (await store.stats()).rows["articles"] == 1
