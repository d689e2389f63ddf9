"""What the tests of the front share: the compiled lexicon and Discord's OpenAPI document, read once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.language.lexicon import load_lexicon
from tests.discord.house import OPENAPI, ROOT, House, house
from tests.standins.discord.schema import OpenApi


@pytest.fixture(scope="session")
def lexicon_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the compiled lexicon."""
    folder = tmp_path_factory.mktemp("lexicon")
    load_lexicon(ROOT / "config" / "lexicon", cache_dir=folder)
    return folder


@pytest.fixture(scope="session")
def document() -> OpenApi | None:
    """Discord's own description of its API; None where ../shared is not there, then only the rules across fields are checked."""
    return OpenApi(OPENAPI) if OPENAPI.exists() else None


@pytest_asyncio.fixture
async def home(tmp_path: Path, lexicon_cache: Path, document: OpenApi | None) -> AsyncIterator[House]:
    """The front, connected."""
    async with house(tmp_path, lexicon_cache, document) as made:
        yield made
