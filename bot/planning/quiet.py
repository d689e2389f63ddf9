"""Quiet hours: messages wait, they are not dropped (product.md, promise 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model.watches import QuietHours


def release_at(quiet: QuietHours | None, timezone: str, now: datetime) -> datetime | None:
    """When a message that is due ``now`` may go out; None when it may go at once.

    Quiet hours are read on the clock of ``timezone``. An end that a daylight-saving change skips is the first instant after the gap;
    one that comes twice is the first of the two.
    """
    if quiet is None or quiet.start == quiet.end:
        return None
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if quiet.start < quiet.end:
        if not quiet.start <= clock < quiet.end:
            return None
        end_day = local.date()
    else:
        if quiet.end <= clock < quiet.start:
            return None
        end_day = local.date() if clock < quiet.end else local.date() + timedelta(days=1)
    end = datetime.combine(end_day, quiet.end, tzinfo=zone).astimezone(UTC)
    return end if end > now else None
