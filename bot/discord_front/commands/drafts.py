"""From what somebody typed to the values that the services take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from bot.discord_front.completion import parse_languages
from bot.i18n import LANGUAGES, Translator, translator
from bot.model.watches import Mode, Strictness
from bot.services.members import Denied, WatchDraft, WatchView

EXCLUDE_LIMIT = 20
_SPAN = re.compile(r"(\d{1,4})\s*([a-zа-яіїє]*)", re.IGNORECASE)
_HOURS = frozenset({"h", "heure", "heures", "hour", "hours", "г", "год", "годин", "години"})
_DAYS = frozenset({"", "d", "j", "day", "days", "jour", "jours", "д", "день", "дні", "днів"})
_WEEKS = frozenset({"w", "s", "week", "weeks", "semaine", "semaines", "т", "тиждень", "тижні", "тижнів"})


def draft_of(
    phrase: str,
    language: str,
    mode: str | None,
    strictness: str | None,
    exclude: str | None,
    languages: str | None,
    *,
    preset: str | None = None,
    mention_role: int | None = None,
) -> WatchDraft:
    """A watch as asked for. Raises Denied for an unknown language."""
    return WatchDraft(
        phrase=phrase.strip(),
        mode=Mode(mode) if mode else Mode.INSTANT,
        strictness=Strictness(strictness) if strictness else Strictness.NORMAL,
        exclude=parse_exclude(exclude),
        languages=parse_languages(languages),
        lang=language,
        preset=preset,
        mention_role=mention_role,
    )


def parse_exclude(text: str | None) -> tuple[str, ...]:
    """Words or phrases separated by commas."""
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[,;]", text or "") if part.strip()))[:EXCLUDE_LIMIT]


def pick(views: Sequence[WatchView], typed: str) -> WatchView:
    """The watch that was chosen from the suggestions (its id) or typed by its phrase. Raises Denied."""
    wanted = typed.strip()
    for view in views:
        if str(view.watch.id) == wanted:
            return view
    named = [view for view in views if view.watch.phrase.casefold() == wanted.casefold()]
    if len(named) != 1:
        raise Denied("denied.no_such_watch")
    return named[0]


def parse_since(text: str | None, now: datetime) -> datetime | None:
    """``24h``, ``7d``, ``2w`` (also in French and Ukrainian) or a date; None for nothing. Raises Denied."""
    cleaned = (text or "").strip()
    if not cleaned:
        return None
    span = _SPAN.fullmatch(cleaned)
    if span is not None:
        number, unit = int(span[1]), span[2].casefold()
        hours = 1 if unit in _HOURS else 24 if unit in _DAYS else 168 if unit in _WEEKS else None
        if hours is not None and 0 < number * hours <= 24 * 400:
            return now - timedelta(hours=number * hours)
        raise Denied("denied.since", text=cleaned)
    try:
        day = date.fromisoformat(cleaned)
    except ValueError:
        raise Denied("denied.since", text=cleaned) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def parse_days(text: str | None) -> tuple[int, ...]:
    """ISO weekdays from ``mon-fri`` or ``lun, mer`` (names in every interface language, or 1 to 7); all for nothing. Raises Denied."""
    cleaned = (text or "").strip().casefold().replace("–", "-")
    everything = tuple(range(1, 8))
    names = {translator(language)("weekday.all").casefold() for language in LANGUAGES}
    if not cleaned or cleaned in names or cleaned == "*":
        return everything
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", re.sub(r"\s*-\s*", "-", cleaned)):
        if not part:
            continue
        first, separator, last = part.partition("-")
        start = _weekday(first, cleaned)
        end = _weekday(last, cleaned) if separator else start
        found.update(range(start, end + 1) if start <= end else (*range(start, 8), *range(1, end + 1)))
    if not found:
        raise Denied("denied.days", text=cleaned)
    return tuple(sorted(found))


def _weekday(text: str, whole: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 7:
        return int(text)
    for language in LANGUAGES:
        words = translator(language)
        for day in range(1, 8):
            short = words(f"weekday.{day}").casefold()
            if text.rstrip(".").startswith(short):
                return day
    raise Denied("denied.days", text=whole)


def days_text(words: Translator, days: Sequence[int]) -> str:
    """Weekdays in the reader's language."""
    if len(set(days)) == 7:
        return words("weekday.all")
    return ", ".join(words(f"weekday.{day}") for day in sorted(set(days)))
