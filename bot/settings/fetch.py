"""Every figure of fetching as one frozen value: the ``[fetch]`` section of ``vigie.toml``. The defaults are the house's rules
(docs/operations.md, «Fetching»)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from bot import __version__

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


def _pairs(value: object) -> object:
    """``host:port`` texts as pairs; pairs stay as they are."""
    if not isinstance(value, Iterable) or isinstance(value, str | bytes):
        raise ValueError('must be a list of host:port, such as ["127.0.0.1:8000"]')
    pairs: list[object] = []
    for item in value:
        if not isinstance(item, str):
            pairs.append(item)
            continue
        host, _, port = item.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"each must be host:port, such as 127.0.0.1:8000; {item!r} is not")
        pairs.append((host.strip("[]"), int(port)))
    return frozenset(tuple(pair) if isinstance(pair, list) else pair for pair in pairs)


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class FetchSettings:
    """Limits and paces of fetching. Durations are seconds (``_s``), sizes bytes."""

    # -- who asks
    contact: Annotated[str, Field(max_length=200)] = "https://github.com/vigie-bot/vigie"
    """Where a site's owner learns who asks; it is part of the User-Agent."""
    allow_private: Annotated[frozenset[tuple[str, int]], BeforeValidator(_pairs)] = frozenset()
    """Exact ``(host, port)`` pairs on private addresses that the operator's own feeds may use; never open to members."""

    # -- one exchange
    wire_cap_bytes: Annotated[int, Field(gt=0)] = 2 * 1024 * 1024
    decoded_cap_bytes: Annotated[int, Field(gt=0)] = 5 * 1024 * 1024
    page_cap_bytes: Annotated[int, Field(gt=0)] = 512 * 1024
    """HTML read for autodiscovery."""
    connect_s: Annotated[float, Field(gt=0)] = 10.0
    read_s: Annotated[float, Field(gt=0)] = 15.0
    exchange_s: Annotated[float, Field(gt=0)] = 30.0
    redirects: Annotated[int, Field(ge=0, le=20)] = 5
    url_chars: Annotated[int, Field(gt=0)] = 2048

    # -- courtesy
    requests_at_once: Annotated[int, Field(gt=0)] = 12
    requests_per_host: Annotated[int, Field(gt=0)] = 1
    host_gap_s: Annotated[float, Field(ge=0)] = 1.0
    """Between two starts at one host."""

    # -- the parser
    parsers: Annotated[int, Field(ge=1, le=8)] = 2
    parser_memory_bytes: Annotated[int, Field(gt=0)] = 256 * 1024 * 1024
    """Address space of one parser child; with two children the pool stays within 512 MB."""
    parser_cpu_s: Annotated[int, Field(gt=0)] = 3
    parser_wall_s: Annotated[float, Field(gt=0)] = 8.0
    parser_reuse: Annotated[int, Field(gt=0)] = 400
    """Bodies after which a child is replaced."""
    parser_retire_bytes: Annotated[int, Field(gt=0)] = 96 * 1024 * 1024
    """A child that has grown beyond this resident size is replaced after its answer."""
    entries_cap: Annotated[int, Field(gt=0)] = 500
    title_chars: Annotated[int, Field(gt=0)] = 1000
    summary_chars: Annotated[int, Field(gt=0)] = 8000

    # -- pace
    interval_s: Annotated[float, Field(gt=0)] = 15 * MINUTE
    floor_s: Annotated[float, Field(gt=0)] = 5 * MINUTE
    slowest_s: Annotated[float, Field(gt=0)] = 6 * HOUR
    unconditional_s: Annotated[float, Field(gt=0)] = HOUR
    """The fastest pace for a feed that gives no validators."""
    hint_cap_s: Annotated[float, Field(gt=0)] = DAY
    """max-age, Expires and ttl are believed up to here."""
    retry_after_cap_s: Annotated[float, Field(gt=0)] = 7 * DAY
    error_cap_s: Annotated[float, Field(gt=0)] = DAY
    jitter_low: Annotated[float, Field(ge=0, le=1)] = 0.10
    jitter_high: Annotated[float, Field(ge=0, le=1)] = 0.25
    pause_after_s: Annotated[float, Field(gt=0)] = 30 * DAY
    """Of errors without a success."""
    move_checks: Annotated[int, Field(gt=0)] = 10
    """How often the target of a permanent redirect must have given a feed before the address is replaced…"""
    move_after_s: Annotated[float, Field(gt=0)] = 7 * DAY
    """…and over how long."""

    # -- entries
    old_after_s: Annotated[float, Field(gt=0)] = 7 * DAY
    future_s: Annotated[float, Field(gt=0)] = DAY
    keep_seen_s: Annotated[float, Field(gt=0)] = 90 * DAY
    edits: Annotated[int, Field(gt=0)] = 24
    mass_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    mass_least: Annotated[int, Field(gt=0)] = 5
    alerts_per_check: Annotated[int, Field(gt=0)] = 20
    """New entries of one check that may alert; the rest is left to one digest."""

    @property
    def user_agent(self) -> str:
        """``Name/version (+contact; robot)``: the same for every site, also for one that refuses (rule 2)."""
        return f"Vigie/{__version__} (+{self.contact}; robot)"
