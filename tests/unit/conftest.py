"""What several unit tests need: the small lexicon of the tests, the shipped one where it is there, the shared data where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.language.lemmas import Morphology
from bot.language.lexicon import Lexicon, load_lexicon
from bot.language.reading import Reader

ROOT = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).parent / "data" / "lexicon"


@pytest.fixture(scope="session")
def morphology() -> Morphology:
    return Morphology()


@pytest.fixture(scope="session")
def lexicon(morphology: Morphology) -> Lexicon:
    """The small lexicon under tests/unit/data/lexicon."""
    return load_lexicon(SMALL, morphology=morphology)


@pytest.fixture(scope="session")
def reader(lexicon: Lexicon) -> Reader:
    return Reader(lexicon)


@pytest.fixture(scope="session")
def shipped(morphology: Morphology) -> Lexicon:
    """The lexicon in config/lexicon."""
    folder = ROOT / "config" / "lexicon"
    if not any(folder.glob("subject/*.yaml")):
        pytest.skip("config/lexicon is not there")
    return load_lexicon(folder, morphology=morphology)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data (../shared or VIGIE_SHARED)."""
    folder = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: this test needs the shared data")
    return folder
