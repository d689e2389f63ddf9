"""The operator's view of a running service: readiness checks and figures over the services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.model.feeds import FeedState
from bot.ops.health import Health, serve_health
from bot.ops.metrics import Metrics

if TYPE_CHECKING:
    from bot.app import Services


@asynccontextmanager
async def operations(services: Services) -> AsyncIterator[Health]:
    """Serves health and metrics at ``http.listen`` while the block runs. Raises ListenError when the address cannot be used."""

    async def database() -> None:
        async with services.store.read() as unit:
            await unit.feeds.next_due()

    async def refresh(metrics: Metrics) -> None:
        stats = await services.store.stats()
        metrics.set_rows(stats.rows)
        metrics.size_bytes.set(stats.size_bytes)
        if stats.newest_article is not None:
            metrics.newest_article.set(stats.newest_article.timestamp())
        async with services.store.read() as unit:
            feeds = await unit.feeds.all()
            states = await unit.deliveries.counts()
        counts = {state.value: sum(feed.state is state for feed in feeds) for state in FeedState}
        counts["failing"] = sum(feed.errors > 0 for feed in feeds)
        metrics.set_states(metrics.feeds, counts)
        metrics.set_states(metrics.deliveries, {state.value: count for state, count in states.items()})

    health = Health(services.clock, checks={"database": database}, refresh=refresh)
    async with serve_health(services.settings.http.listen, health):
        yield health
