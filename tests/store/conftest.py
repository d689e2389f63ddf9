"""Each test of the store runs on both engines, each time on a fresh database with the migrated schema."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from bot.store import Store
from bot.store.schema import metadata
from tests.store.samples import TestClock
from tests.store.servers import postgres_server

_names = itertools.count()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database with the schema, emptied for each test: making one takes the server half a second."""
    with Database(postgres_url) as url:
        _migrate(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "vigie.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    async def run() -> None:
        await (await Store.open(url, clock=TestClock())).close()

    asyncio.run(run())


def empty_database(url: str) -> None:
    with psycopg.connect(url) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(f"DELETE FROM {table.name}")


class Database:
    """A new database on the server at ``url``; dropped at the end."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._name = f"vigie_test_{os.getpid()}_{next(_names)}"

    def __enter__(self) -> str:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self._name}")
        return make_url(self._server).set(database=self._name).render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self._name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database with the schema in it, which nobody else uses."""
    if engine == "sqlite":
        path = tmp_path / "vigie.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        made = request.getfixturevalue("postgres_database")
        empty_database(made)
        yield made


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without any schema."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'vigie.db'}"
    else:
        with Database(request.getfixturevalue("postgres_url")) as made:
            yield made


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest_asyncio.fixture
async def store(url: str, clock: TestClock) -> AsyncIterator[Store]:
    opened = await Store.open(url, clock=clock)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def second(url: str, clock: TestClock, store: Store) -> AsyncIterator[Store]:
    """The same database opened once more: what another process would see."""
    opened = await Store.open(url, clock=clock)
    yield opened
    await opened.close()
