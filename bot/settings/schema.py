"""The settings as one typed tree. Every key stands, with its comment, in the shipped ``config/vigie.toml``."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.settings.fetch import FetchSettings


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GeneralSettings(_Section):
    """What a server or member gets before choosing."""

    language: Literal["fr", "en", "uk"] = "fr"
    timezone: str = "Europe/Paris"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a name of the IANA time zone database, such as Europe/Paris")
        ZoneInfo(value)
        return value


class MatchingSettings(_Section):
    """How articles meet watches."""

    max_words: int = Field(default=12, ge=2, le=30)


class StorySettings(_Section):
    """How articles become stories."""

    window_hours: int = Field(default=72, ge=12, le=336)


class DeliverySettings(_Section):
    """Posting, editing and holding back."""

    edit_gap_s: float = Field(default=60, gt=0)
    old_edit_gap_s: float = Field(default=600, gt=0)
    update_gap_s: float = Field(default=14400, gt=0)
    burst: int = Field(default=5, ge=1, le=100)
    outage_after_s: float = Field(default=7200, gt=0)
    dm_gap_s: float = Field(default=1.0, ge=0.1)
    channel_gap_s: float = Field(default=1.0, ge=0)


class DigestSettings(_Section):
    """Scheduled messages."""

    late_hours: int = Field(default=6, ge=1, le=24)


class QuotaSettings(_Section):
    """Allowances, so that one member or server cannot use up the bot."""

    watches_member: int = Field(default=25, ge=1)
    watches_guild: int = Field(default=100, ge=1)
    feeds_guild: int = Field(default=50, ge=0)
    feed_adds_hour: int = Field(default=10, ge=1)


class RetentionSettings(_Section):
    """How long things are kept."""

    articles_days: int = Field(default=90, ge=2)
    deliveries_days: int = Field(default=30, ge=2)


class HttpSettings(_Section):
    """The health and metrics server."""

    listen: str = ""

    @field_validator("listen")
    @classmethod
    def _host_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and (not host or not port.isdigit() or not 0 <= int(port) < 65536):
            raise ValueError("must be host:port, such as 127.0.0.1:8080, or empty")
        return value


class LogSettings(_Section):
    """The operator's log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Settings(_Section):
    """All settings. Built by :func:`bot.settings.load_settings`."""

    database_url: str = "sqlite:///data/vigie.db"
    general: GeneralSettings = GeneralSettings()
    fetch: FetchSettings = FetchSettings()
    matching: MatchingSettings = MatchingSettings()
    stories: StorySettings = StorySettings()
    delivery: DeliverySettings = DeliverySettings()
    digest: DigestSettings = DigestSettings()
    quotas: QuotaSettings = QuotaSettings()
    retention: RetentionSettings = RetentionSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()

    @field_validator("database_url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value
