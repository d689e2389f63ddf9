"""What the front stands on: the services, and the figures it needs of the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model.ports import Clock
from bot.services.digests import Digests
from bot.services.lookup import Lookup
from bot.services.members import Members
from bot.services.sources import Sources
from bot.settings import Preset, Settings
from bot.store import Store


class ServicesLike(Protocol):
    """What the composition root builds (``bot.app.Services``), as far as the front uses it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def new_id(self) -> Callable[[], int]: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def lookup(self) -> Lookup: ...
    @property
    def members(self) -> Members: ...
    @property
    def sources(self) -> Sources: ...


@dataclass(frozen=True, slots=True)
class Front:
    """The services as commands and views use them."""

    members: Members
    lookup: Lookup
    sources: Sources
    digests: Digests
    store: Store
    presets: tuple[Preset, ...]
    clock: Clock
    new_id: Callable[[], int]
    started: datetime
    language: str = "fr"
    """What a server speaks before it chooses."""
    timezone: str = "Europe/Paris"
    dm_gap_s: float = 1.0

    @classmethod
    def of(cls, services: ServicesLike, presets: Sequence[Preset]) -> Front:
        """The front's share of the services."""
        settings = services.settings
        return cls(
            members=services.members,
            lookup=services.lookup,
            sources=services.sources,
            digests=services.digests,
            store=services.store,
            presets=tuple(presets),
            clock=services.clock,
            new_id=services.new_id,
            started=services.clock.now(),
            language=settings.general.language,
            timezone=settings.general.timezone,
            dm_gap_s=settings.delivery.dm_gap_s,
        )
