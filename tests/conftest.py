"""Where the shared material is, when the developer has it: data, and Discord's OpenAPI document."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.standins.discord import OpenApi

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def openapi_path() -> Path | None:
    """The document beside the repository (or under VIGIE_SHARED), None when it is not there."""
    path = Path(os.environ.get("VIGIE_SHARED") or ROOT.parent / "shared") / "discord" / "openapi.json"
    return path if path.is_file() else None


@pytest.fixture(scope="session")
def openapi(openapi_path: Path | None) -> OpenApi | None:
    return OpenApi(openapi_path) if openapi_path else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data beside the repository (or under VIGIE_SHARED); tests that need it skip, saying so, where it is missing."""
    path = Path(os.environ.get("VIGIE_SHARED") or ROOT.parent / "shared") / "data"
    if not path.is_dir():
        pytest.skip("the shared data (../shared, or VIGIE_SHARED) is not here")
    return path
