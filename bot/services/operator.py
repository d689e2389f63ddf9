"""The operator's own view without Discord: every preset, delivered to the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Watch
from bot.settings import Preset
from bot.store import Store

OPERATOR = Owner(OwnerKind.GUILD, 0)
"""Owner of the terminal's watches; no server has the id 0."""


async def terminal_destination(
    store: Store, presets: Sequence[Preset], language: str, timezone: str, new_id: Callable[[], int]
) -> Destination:
    """The terminal as a destination, subscribed to every preset; presets that left the file are removed."""
    async with store.write() as unit:
        destination = await unit.watches.ensure_destination(
            Destination(id=new_id(), kind=DestinationKind.TERMINAL, language=language, timezone=timezone)
        )
        present = {watch.preset: watch for watch in await unit.watches.of(OPERATOR)}
        wanted = {preset.key: preset for preset in presets}
        for key, watch in present.items():
            if key not in wanted or wanted[key].phrase != watch.phrase:
                await unit.watches.remove(watch.id)
        for key, preset in wanted.items():
            known = present.get(key)
            if known is None or known.phrase != preset.phrase:
                watch = Watch(
                    id=new_id(),
                    owner=OPERATOR,
                    phrase=preset.phrase,
                    lang=preset.lang,
                    exclude=tuple(preset.exclude),
                    preset=key,
                )
                await unit.watches.add(watch, destination, Mode.BOTH, None)
    return destination
