"""What the tests of the front share: the compiled lexicon and Discord's OpenAPI document, read once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot import app
from bot.language.lexicon import Lexicon, load_lexicon
from tests.discord.house import OPENAPI, ROOT, House, house
from tests.standins.discord.schema import OpenApi


@pytest.fixture(scope="session")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """The shipped lexicon, loaded once for all tests: it cannot be changed."""
    return load_lexicon(ROOT / "config" / "lexicon", cache_dir=tmp_path_factory.mktemp("lexicon"))


@pytest.fixture(scope="session")
def document() -> OpenApi | None:
    """Discord's own description of its API; None where ../shared is not there, then only the rules across fields are checked."""
    return OpenApi(OPENAPI) if OPENAPI.exists() else None


@pytest_asyncio.fixture
async def home(
    tmp_path: Path, lexicon: Lexicon, document: OpenApi | None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """The front, connected."""
    monkeypatch.setattr(app, "load_lexicon", lambda *args, **more: lexicon)
    async with house(tmp_path, document) as made:
        yield made


@pytest_asyncio.fixture
async def poster(
    tmp_path: Path, lexicon: Lexicon, document: OpenApi | None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """The front signed in without the gateway: it can post and edit, as in a single pass."""
    monkeypatch.setattr(app, "load_lexicon", lambda *args, **more: lexicon)
    async with house(tmp_path, document, online=False) as made:
        yield made
