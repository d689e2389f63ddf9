"""The sender's pace: a flood drains without a single 429, near the least time that Discord's limits allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.delivery import flood


@pytest.mark.asyncio
async def test_a_flood_drains_without_exceeding_a_limit(tmp_path: Path) -> None:
    drained = await flood(tmp_path, channels=10, alerts=120)
    assert (drained.sent, drained.posts, drained.doubled, drained.limited) == (120, 120, 0, 0), drained.table()
    assert drained.least_s <= drained.seconds < drained.least_s * 6
