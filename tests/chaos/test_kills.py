"""The chaos run in small: fifteen kills. ``make chaos`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.kills import chaos
from tests.standins.discord import OpenApi

KILLS = 15
SEED = 20261122


@pytest.mark.asyncio
async def test_each_message_arrives_once_whatever_happens(tmp_path: Path, openapi: OpenApi | None) -> None:
    out = await chaos(tmp_path, openapi, KILLS, SEED)
    assert out.good, out.table()
    assert out.kills == KILLS
    assert out.found == out.expected > 5 * KILLS
    assert out.digests >= 1
