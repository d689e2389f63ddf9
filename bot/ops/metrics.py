"""Figures for a monitoring system, in Prometheus' text form."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """All figures of one process, in a registry of their own, so that two of them can live side by side."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.started = Gauge(
            "vigie_start_time_seconds", "When this process was ready, in Unix seconds.", registry=registry
        )
        self.rows = Gauge("vigie_store_rows", "Rows in the database.", ["table"], registry=registry)
        self.size_bytes = Gauge("vigie_store_size_bytes", "Size of the database.", registry=registry)
        self.newest_article = Gauge(
            "vigie_newest_article_time_seconds",
            "When the newest article was first seen, in Unix seconds.",
            registry=registry,
        )
        self.feeds = Gauge(
            "vigie_feeds", "Feeds by state (failing: at least one error in a row).", ["state"], registry=registry
        )
        self.checks = Counter("vigie_feed_checks", "Checks of feeds by outcome.", ["outcome"], registry=registry)
        self.articles = Counter("vigie_articles", "Articles taken in.", registry=registry)
        self.planned = Counter("vigie_deliveries_planned", "Messages planned.", registry=registry)
        self.deliveries = Gauge("vigie_deliveries", "Deliveries kept, by state.", ["state"], registry=registry)
        self.stall = Gauge(
            "vigie_loop_stall_max_seconds", "Longest time the event loop was held since the start.", registry=registry
        )
        self.lag = Histogram(
            "vigie_loop_lag_seconds",
            "How late the event loop woke from a short sleep.",
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=registry,
        )

    def set_rows(self, rows: Mapping[str, int]) -> None:
        """Takes the database's rows a table."""
        for table, count in rows.items():
            self.rows.labels(table).set(count)

    def set_states(self, gauge: Gauge, counts: Mapping[str, int]) -> None:
        """Sets a gauge with the label ``state`` to exactly ``counts``: a state that is gone does not linger with its old figure."""
        gauge.clear()
        for state, count in counts.items():
            gauge.labels(state).set(count)

    def text(self) -> bytes:
        """The figures as ``/metrics`` answers them."""
        return generate_latest(self.registry)
