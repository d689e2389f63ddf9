"""Words for people: gettext catalogues, one a language, read from ``bot/locales``.

A message is asked for by a stable key (``alert.first_seen``). Values are put in by name; they are never taken for format strings, so a feed's
text may stand among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = ("fr", "en", "uk")
"""Interface languages, complete; the first is the default."""

DOMAIN = "vigie"
_LOCALES = Path(__file__).parent / "locales"


def interface_language(*candidates: str | None) -> str:
    """The first of ``candidates`` (Discord locales such as ``en-GB``, or language codes) that Vigie speaks; else French."""
    for candidate in candidates:
        if candidate:
            language = candidate.split("-")[0].split("_")[0].lower()
            if language in LANGUAGES:
                return language
    return LANGUAGES[0]


class Translator:
    """The catalogue of one language."""

    def __init__(self, language: str, messages: Mapping[str, tuple[str, ...]], plural: Callable[[int], int]) -> None:
        self.language = language
        self._messages = messages
        self._plural = plural

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key`` with ``{name}`` replaced by ``values``. ``n`` chooses the plural form. Raises KeyError for an unknown key."""
        forms = self._messages[key]
        form = forms[0]
        number = values.get("n")
        if len(forms) > 1 and isinstance(number, int):
            form = forms[min(self._plural(number), len(forms) - 1)]
            values["n"] = self.number(number)
        return form.format_map(values) if "{" in form else form

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def keys(self) -> frozenset[str]:
        return frozenset(self._messages)

    def number(self, value: float) -> str:
        """``value`` as this language writes numbers."""
        return str(format_decimal(value, locale=self.language))

    def moment(self, value: datetime, timezone: str, form: str = "medium") -> str:
        """``value`` (aware) on the clock of ``timezone``, as this language writes dates; ``form`` as in Babel (short, medium, long)."""
        return str(format_datetime(value, format=form, tzinfo=ZoneInfo(timezone), locale=self.language))


@lru_cache(maxsize=len(LANGUAGES))
def translator(language: str) -> Translator:
    """The catalogue of ``language``, one of LANGUAGES."""
    path = _LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        catalog: Catalog = read_po(file, locale=language)
    messages: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, list | tuple) else message.id
        forms = tuple(message.string) if isinstance(message.string, list | tuple) else (str(message.string),)
        messages[str(key)] = forms
    rule = _plural_rules()[language]
    return Translator(language, messages, rule)


def _plural_rules() -> dict[str, Callable[[int], int]]:
    """CLDR's rules for whole numbers, in the order of the catalogues' forms."""

    def french(n: int) -> int:
        return 0 if abs(n) < 2 else 1

    def english(n: int) -> int:
        return 0 if abs(n) == 1 else 1

    def ukrainian(n: int) -> int:
        last, two = abs(n) % 10, abs(n) % 100
        if last == 1 and two != 11:
            return 0
        return 1 if 2 <= last <= 4 and not 12 <= two <= 14 else 2

    return {"fr": french, "en": english, "uk": ukrainian}
