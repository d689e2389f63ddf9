"""``watches.yaml``: the watch presets offered to everyone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.settings.problems import ConfigurationProblems, describe
from bot.settings.yaml_lines import YamlFile


class PresetNames(BaseModel):
    """The preset's name in each interface language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fr: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)
    uk: str = Field(min_length=1, max_length=100)

    def for_language(self, language: str) -> str:
        return {"fr": self.fr, "en": self.en, "uk": self.uk}.get(language, self.en)


class Preset(BaseModel):
    """One preset (product.md, section 4)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    phrase: str = Field(min_length=1, max_length=200)
    names: PresetNames
    lang: str = Field(default="fr", pattern=r"^[a-z]{2,3}$")
    strictness: Literal["strict", "normal", "wide"] = "normal"
    exclude: list[str] = []


class _PresetFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    presets: list[Preset]


def load_presets(path: Path) -> list[Preset]:
    """The presets of ``path`` in their order. Raises ConfigurationProblems, all problems at once."""
    source = YamlFile(path)
    try:
        presets = _PresetFile.model_validate(source.value).presets
    except ValidationError as error:
        raise ConfigurationProblems(describe(error, path, source.line_of)) from None
    keys: set[str] = set()
    problems = []
    for index, preset in enumerate(presets):
        if preset.key in keys:
            problems.append(
                f"{path}:{source.line_of(('presets', index, 'key'))}: key: {preset.key} stands twice; keep one of them"
            )
        keys.add(preset.key)
    if problems:
        raise ConfigurationProblems(problems)
    return presets
