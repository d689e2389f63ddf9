"""Forgetting: what is past its time goes in small steps, so that nobody waits long for the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.store.schema import feed_adds, removed_watches
from bot.store.unit import Unit

BATCH_ROWS = 500
"""Rows a table removed in one transaction."""

REMOVED_WATCHES_KEPT = timedelta(days=7)
"""How long other processes can still learn that a watch is gone; one that was away longer loads all watches anew."""


async def purge_batch(unit: Unit, articles_before: datetime, deliveries_before: datetime) -> dict[str, int]:
    """Removes up to ``BATCH_ROWS`` rows of each kind and returns how many; all zero when nothing old is left."""
    gone = {
        "deliveries": await unit.deliveries.purge(deliveries_before, BATCH_ROWS),
        "seen_entries": await unit.entries.purge(articles_before, BATCH_ROWS),
        "articles": await unit.articles.purge(articles_before, BATCH_ROWS),
        "stories": await unit.stories.purge_empty(articles_before, BATCH_ROWS),
    }
    if not any(gone.values()):
        gone["destinations"] = await unit.watches.purge_destinations()
        now = unit.clock.now()
        await unit.connection.execute(delete(removed_watches).where(removed_watches.c.at < now - REMOVED_WATCHES_KEPT))
        await unit.connection.execute(delete(feed_adds).where(feed_adds.c.at < now - timedelta(days=1)))
    return gone
