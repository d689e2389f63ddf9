"""The probes, asked over HTTP."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.model.errors import StoreError
from bot.ops.health import Health, serve_health
from bot.ops.listen import ListenError
from bot.ops.metrics import Metrics
from bot.ops.sample_server import serve_sample
from bot.sample import STEPS


async def get(port: int | None, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


@pytest.mark.asyncio
async def test_ready_only_between_start_and_stop_and_while_every_check_passes() -> None:
    broken = False

    async def database() -> None:
        if broken:
            raise StoreError("postgresql://vigie:geheim@db is gone")

    health = Health(SystemClock(), checks={"database": database})
    async with serve_health("127.0.0.1:0", health) as port:
        assert (await get(port, "/healthz"))[0] == 200
        assert (await get(port, "/readyz"))[0] == 503
        health.started()
        assert (await get(port, "/readyz"))[0] == 200
        broken = True
        status, text = await get(port, "/readyz")
        assert status == 503
        assert "database" in text and "geheim" not in text
        broken = False
        health.stopping()
        assert (await get(port, "/readyz"))[0] == 503
        assert (await get(port, "/healthz"))[0] == 200


@pytest.mark.asyncio
async def test_a_check_that_hangs_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ops.health.CHECK_S", 0.05)

    async def hang() -> None:
        await asyncio.sleep(60)

    health = Health(SystemClock(), checks={"discord": hang})
    health.started()
    assert list(await health.problems()) == ["discord"]


@pytest.mark.asyncio
async def test_metrics_are_looked_up_when_asked_and_survive_a_broken_store() -> None:
    broken = False

    async def refresh(metrics: Metrics) -> None:
        if broken:
            raise StoreError("gone")
        metrics.set_rows({"articles": 12})
        metrics.set_states(metrics.feeds, {"active": 3})

    async with serve_health("127.0.0.1:0", Health(SystemClock(), refresh=refresh)) as port:
        status, text = await get(port, "/metrics")
        assert status == 200
        assert 'vigie_store_rows{table="articles"} 12.0' in text
        assert 'vigie_feeds{state="active"} 3.0' in text
        broken = True
        assert (await get(port, "/metrics"))[0] == 200


def test_a_state_that_is_gone_does_not_linger() -> None:
    metrics = Metrics()
    metrics.set_states(metrics.deliveries, {"blocked": 4})
    metrics.set_states(metrics.deliveries, {"sent": 1})
    assert b'vigie_deliveries{state="sent"} 1.0' in metrics.text()
    assert b'state="blocked"' not in metrics.text()


@pytest.mark.asyncio
async def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ListenError) as caught:
            async with serve_health(address, Health(SystemClock())):
                pass
    assert (
        str(caught.value)
        == f"VIGIE_HTTP__LISTEN: {address} is in use by another program; stop it, or choose another port"
    )


@pytest.mark.asyncio
async def test_nothing_listens_when_the_setting_is_empty() -> None:
    async with serve_health("", Health(SystemClock())) as port:
        assert port is None


@pytest.mark.asyncio
async def test_the_sample_server_answers_as_a_well_kept_feed_does() -> None:
    async with serve_sample(step=0) as sample, aiohttp.ClientSession() as session:
        assert sample.allow_private == {("127.0.0.1", sample.port)}
        assert [feed.language for feed in sample.feeds] == ["fr", "en", "uk"]
        url = sample.feeds[0].url
        async with session.get(url) as first:
            assert first.status == 200
            etag = first.headers["ETag"]
        async with session.get(url, headers={"If-None-Match": etag}) as again:
            assert again.status == 304
        sample.step = STEPS - 1
        async with session.get(url, headers={"If-None-Match": etag}) as moved:
            assert moved.status == 200
            assert "Poutine-Zelensky" in await moved.text()


@pytest.mark.asyncio
async def test_the_containers_health_check_asks_the_running_service() -> None:
    script = Path(__file__).parents[3] / "packaging" / "container-health.py"

    async def code(listen: str) -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, str(script), env={"VIGIE_HTTP__LISTEN": listen})
        return await process.wait()

    async with serve_health("127.0.0.1:0", Health(SystemClock())) as port:
        assert await code(f"0.0.0.0:{port}") == 0
    assert await code(f"0.0.0.0:{port}") == 1
