"""Floor 0: typed settings and the operator's lists. A mistake anywhere is reported with file, line and accepted values."""

from bot.settings.catalogue import CatalogueFeed, load_catalogue
from bot.settings.load import load_settings, read_token
from bot.settings.presets import Preset, load_presets
from bot.settings.schema import Settings

__all__ = ["CatalogueFeed", "Preset", "Settings", "load_catalogue", "load_presets", "load_settings", "read_token"]
