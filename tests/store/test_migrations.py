"""The schema: from nothing, from an older version, and against a newer one."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.model.errors import StoreError, StoreVersionError
from bot.store import Store
from bot.store.engines import database_url, make_engines
from bot.store.migrate import MIGRATIONS, current_revision, newest_revision, upgrade
from bot.store.schema import REVISION, metadata
from tests.store.samples import TestClock, put_story

pytestmark = pytest.mark.asyncio

NEXT = """
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

import sqlalchemy as sa
from alembic import op


def upgrade():
    with op.batch_alter_table("articles") as batch:
        batch.add_column(sa.Column("words", sa.Integer(), nullable=False, server_default="7"))
        batch.alter_column("summary", new_column_name="teaser")
"""


async def test_an_empty_database_gets_the_schema_that_the_queries_expect(empty_url: str, clock: TestClock) -> None:
    async with await Store.open(empty_url, clock=clock) as store:
        differences: list[object] = []

        def compare(connection: Connection) -> None:
            context = MigrationContext.configure(connection, opts={"include_object": _ours, "compare_type": True})
            differences.extend(compare_metadata(context, metadata))

        async with store.read() as unit:
            await unit.connection.run_sync(compare)
        assert differences == []
        assert await store.integrity() == []
        assert (await store.stats()).version == newest_revision()


def _ours(thing: object, name: str | None, kind: str, reflected: bool, against: object) -> bool:
    """All but the full-text index, which differs by engine and is tested by searching."""
    return not (name or "").startswith("article_search") and name not in {"document", "ix_article_texts_document"}


async def test_the_schema_names_its_newest_migration() -> None:
    assert newest_revision() == REVISION


async def test_opening_again_changes_nothing(url: str, clock: TestClock) -> None:
    for _ in range(2):
        async with await Store.open(url, clock=clock) as store, store.write() as unit:
            await put_story(unit)
    async with await Store.open(url, clock=clock) as store:
        assert (await store.stats()).rows["articles"] == 2


async def test_two_processes_that_start_together_migrate_once(empty_url: str, clock: TestClock) -> None:
    stores = await asyncio.gather(*(Store.open(empty_url, clock=clock) for _ in range(3)))
    for store in stores:
        async with store.write() as unit:
            await put_story(unit)
    assert (await stores[0].stats()).rows["articles"] == 3
    for store in stores:
        await store.close()


@pytest_asyncio.fixture
async def own_url(empty_url: str, clock: TestClock) -> str:
    """The address of a database with the schema that may be changed."""
    await (await Store.open(empty_url, clock=clock)).close()
    return empty_url


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The shipped migrations and one more: the next Vigie's."""
    folder = tmp_path / "next"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0002_next.py").write_text(NEXT)
    return folder


async def test_an_older_database_is_upgraded_with_its_data(own_url: str, clock: TestClock, next_version: Path) -> None:
    async with await Store.open(own_url, clock=clock) as store, store.write() as unit:
        story_id = await put_story(unit)
    engines = make_engines(database_url(own_url))
    assert await upgrade(engines, scripts=next_version) == "0002"
    async with engines.reader.begin() as connection:
        assert (await connection.execute(text("SELECT teaser, words FROM articles"))).all() == [
            ("Deux délégations se parlent.", 7)
        ]
        # What points to the rebuilt table is still there.
        assert (await connection.execute(text("SELECT story_id FROM placements"))).scalar() == story_id
    await engines.dispose()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    own_url: str, clock: TestClock, next_version: Path
) -> None:
    engines = make_engines(database_url(own_url))
    await upgrade(engines, scripts=next_version)
    with pytest.raises(
        StoreVersionError, match=r"newer Vigie \(schema 0002, this one knows up to 0001\); upgrade Vigie"
    ):
        await Store.open(own_url, clock=clock)
    async with engines.reader.begin() as connection:
        assert await connection.run_sync(current_revision) == "0002"
    await engines.dispose()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    own_url: str, clock: TestClock, next_version: Path
) -> None:
    script = next_version / "versions" / "0002_next.py"
    script.write_text(script.read_text() + "\n    op.execute('SELECT nothing FROM nowhere')\n")
    engines = make_engines(database_url(own_url))
    with pytest.raises(Exception, match="nowhere"):
        await upgrade(engines, scripts=next_version)
    await engines.dispose()
    async with await Store.open(own_url, clock=clock) as store, store.write() as unit:
        await put_story(unit)


async def test_tables_of_somebody_else_are_not_touched(empty_url: str, clock: TestClock) -> None:
    engines = make_engines(database_url(empty_url))
    if engines.sqlite:
        engines.path.parent.mkdir(parents=True)
    async with engines.writer.begin() as connection:
        await connection.execute(text("CREATE TABLE invoices (id INTEGER PRIMARY KEY)"))
    await engines.dispose()
    with pytest.raises(StoreError, match=r"tables that are not Vigie's \(invoices\); give Vigie a database of its own"):
        await Store.open(empty_url, clock=clock)


async def test_rows_that_point_nowhere_stop_an_upgrade(
    tmp_path: Path, sqlite_template: Path, next_version: Path
) -> None:
    path = tmp_path / "broken.db"
    shutil.copyfile(sqlite_template, path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO marks (destination_id, story_id, mark) VALUES (1, 2, 'mute')")
    connection.close()
    engines = make_engines(database_url(f"sqlite:///{path}"))
    with pytest.raises(StoreError, match="2 rows point nowhere after the upgrade; nothing was changed"):
        await upgrade(engines, scripts=next_version)
    async with engines.reader.begin() as connection2:
        assert await connection2.run_sync(current_revision) == "0001"
    await engines.dispose()
