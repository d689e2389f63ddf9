"""The figures of fetching, as this floor uses them."""

from bot.settings.fetch import DAY, HOUR, MINUTE, FetchSettings

__all__ = ["DAY", "HOUR", "MINUTE", "FetchSettings"]
