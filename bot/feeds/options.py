"""Every figure of fetching as one frozen value; the defaults are the house's rules (docs/operations.md, «Fetching»)."""

from __future__ import annotations

from dataclasses import dataclass

from bot import __version__

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Limits and paces of fetching. Durations are seconds (``_s``), sizes bytes."""

    # -- who asks
    contact: str = "https://github.com/vigie-bot/vigie"
    """Where a site's owner learns who asks; it is part of the User-Agent."""
    allow_private: frozenset[tuple[str, int]] = frozenset()
    """Exact ``(host, port)`` pairs on private addresses that the operator's own feeds may use; never open to members."""

    # -- one exchange
    wire_cap_bytes: int = 2 * 1024 * 1024
    decoded_cap_bytes: int = 5 * 1024 * 1024
    page_cap_bytes: int = 512 * 1024
    """HTML read for autodiscovery."""
    connect_s: float = 10.0
    read_s: float = 15.0
    exchange_s: float = 30.0
    redirects: int = 5
    url_chars: int = 2048

    # -- courtesy
    requests_at_once: int = 12
    requests_per_host: int = 1
    host_gap_s: float = 1.0
    """Between two starts at one host."""

    # -- the parser
    parsers: int = 2
    parser_memory_bytes: int = 256 * 1024 * 1024
    """Address space of one parser child; with two children the pool stays within 512 MB."""
    parser_cpu_s: int = 3
    parser_wall_s: float = 6.0
    parser_reuse: int = 400
    """Bodies after which a child is replaced."""
    parser_retire_bytes: int = 96 * 1024 * 1024
    """A child that has grown beyond this resident size is replaced after its answer."""
    entries_cap: int = 500
    title_chars: int = 1000
    summary_chars: int = 8000

    # -- pace
    interval_s: float = 15 * MINUTE
    floor_s: float = 5 * MINUTE
    slowest_s: float = 6 * HOUR
    unconditional_s: float = HOUR
    """The fastest pace for a feed that gives no validators."""
    hint_cap_s: float = DAY
    """max-age, Expires and ttl are believed up to here."""
    retry_after_cap_s: float = 7 * DAY
    error_cap_s: float = DAY
    jitter_low: float = 0.10
    jitter_high: float = 0.25
    pause_after_s: float = 30 * DAY
    """Of errors without a success."""
    move_checks: int = 10
    """How often the target of a permanent redirect must have given a feed before the address is replaced…"""
    move_after_s: float = 7 * DAY
    """…and over how long."""

    # -- entries
    old_after_s: float = 7 * DAY
    future_s: float = DAY
    keep_seen_s: float = 90 * DAY
    edits: int = 24
    mass_share: float = 0.5
    mass_least: int = 5
    alerts_per_check: int = 20
    """New entries of one check that may alert; the rest is left to one digest."""

    @property
    def user_agent(self) -> str:
        """``Name/version (+contact; robot)``: the same for every site, also for one that refuses (rule 2)."""
        return f"Vigie/{__version__} (+{self.contact}; robot)"
