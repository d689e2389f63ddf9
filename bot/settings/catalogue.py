"""``feeds.yaml``: the operator's catalogue of feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.settings.problems import ConfigurationProblems, describe
from bot.settings.yaml_lines import YamlFile


class CatalogueFeed(BaseModel):
    """One feed of the catalogue (product.md, section 4)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(max_length=2048)
    title: str = Field(min_length=1, max_length=200)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2,4}$")
    kind: Literal["agency", "daily", "broadcaster", "institution", "think-tank", "state-controlled"] = "daily"
    note: str | None = Field(default=None, max_length=500)
    family: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    enabled: bool = True
    interval: int | None = Field(default=None, ge=300, le=86400)

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http:// or https:// address")
        return value


class _CatalogueFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    feeds: list[CatalogueFeed]


def load_catalogue(path: Path) -> list[CatalogueFeed]:
    """The feeds of ``path`` in their order. Raises ConfigurationProblems, all problems at once."""
    source = YamlFile(path)
    try:
        feeds = _CatalogueFile.model_validate(source.value).feeds
    except ValidationError as error:
        raise ConfigurationProblems(describe(error, path, source.line_of)) from None
    first: dict[str, int] = {}
    twice = [
        f"{path}:{source.line_of(('feeds', i, 'url'))}: url: {f.url} stands already in line {source.line_of(('feeds', first[f.url], 'url'))}"
        for i, f in enumerate(feeds)
        if first.setdefault(f.url, i) != i
    ]
    if twice:
        raise ConfigurationProblems(twice)
    return feeds
