"""Floor 3: the store. The only room that knows SQL; ``Store`` and ``Unit`` are its public face."""

from bot.store.errors import IllegalMove
from bot.store.store import Store
from bot.store.unit import Unit
from bot.store.wakes import Channel, Listener

__all__ = ["Channel", "IllegalMove", "Listener", "Store", "Unit"]
