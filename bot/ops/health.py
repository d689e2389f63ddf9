"""``/healthz``, ``/readyz`` and ``/metrics`` on ``VIGIE_HTTP__LISTEN``.

``/healthz`` answers 200 while the process lives and its event loop turns: restart the process when it does not. ``/readyz`` answers 200 when it is
started and every check passes (the database answers, Discord is connected), else 503: look at the body, do not restart. No address of a feed, no
name of a server and no token appears in an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from bot.model.errors import VigieError
from bot.model.ports import Clock
from bot.ops.listen import listening
from bot.ops.metrics import CONTENT_TYPE, Metrics

log = structlog.get_logger(__name__)

CHECK_S = 3.0
"""A readiness check that takes longer has failed: a probe waits for the answer."""

LAG_EVERY_S = 0.1

Check = Callable[[], Awaitable[None]]
"""Returns when all is well; raises VigieError with the reason."""

Refresh = Callable[[Metrics], Awaitable[None]]
"""Fills in the figures that are looked up when they are asked for."""


class Health:
    """What the probes ask. ``checks``: name → check; ``refresh`` is awaited before ``/metrics`` answers."""

    def __init__(
        self,
        clock: Clock,
        *,
        checks: Mapping[str, Check] | None = None,
        metrics: Metrics | None = None,
        refresh: Refresh | None = None,
    ) -> None:
        self._clock = clock
        self._checks = dict(checks or {})
        self._refresh = refresh
        self._ready = False
        self.metrics = metrics or Metrics()

    def add_check(self, name: str, check: Check) -> None:
        """One more thing that must be well for ``/readyz``."""
        self._checks[name] = check

    def started(self) -> None:
        """The service is up: from now on ``/readyz`` asks the checks."""
        self._ready = True
        self.metrics.started.set(self._clock.now().timestamp())

    def stopping(self) -> None:
        """The service ends: ``/readyz`` answers 503, so that no new work is sent here."""
        self._ready = False

    async def problems(self) -> dict[str, str]:
        """What is not well: name → reason; empty when ready."""
        if not self._ready:
            return {"start": "the service is not up"}
        results = await asyncio.gather(*(self._ask(check) for check in self._checks.values()))
        return {name: reason for name, reason in zip(self._checks, results, strict=True) if reason is not None}

    async def _ask(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(CHECK_S):
                await check()
        except TimeoutError:
            return f"no answer within {CHECK_S:.0f} s"
        except VigieError as error:
            log.warning("a readiness check failed", problem=str(error))
            return type(error).__name__
        return None

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        return app

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, request: web.Request) -> web.Response:
        problems = await self.problems()
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        if self._refresh is not None:
            try:
                async with asyncio.timeout(CHECK_S):
                    await self._refresh(self.metrics)
            except (VigieError, TimeoutError) as error:
                # The process's own figures are worth most when the database does not answer.
                log.warning("some figures could not be looked up", problem=str(error) or type(error).__name__)
        return web.Response(body=self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


@asynccontextmanager
async def serve_health(listen: str, health: Health) -> AsyncIterator[int | None]:
    """Serves ``health`` on ``host:port`` until the block ends, and measures the event loop's lag; gives the port, None when ``listen`` is empty.

    Raises ListenError when the address cannot be used.
    """
    if not listen:
        yield None
        return
    host, _, port = listen.rpartition(":")
    async with listening(health.application(), host.strip("[]"), int(port), setting="VIGIE_HTTP__LISTEN") as bound:
        task = asyncio.create_task(_measure_lag(health.metrics), name="loop lag")
        try:
            yield bound
        finally:
            health.stopping()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _measure_lag(metrics: Metrics) -> None:
    loop = asyncio.get_running_loop()
    longest = 0.0
    while True:
        before = loop.time()
        await asyncio.sleep(LAG_EVERY_S)
        late = max(0.0, loop.time() - before - LAG_EVERY_S)
        metrics.lag.observe(late)
        longest = max(longest, late)
        metrics.stall.set(longest)
