"""The rules of application commands (docs, interactions/application-commands)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from tests.standins.discord.errors import FieldError, Json

CHAT_INPUT, USER, MESSAGE, ENTRY_POINT = 1, 2, 3, 4
(
    SUB_COMMAND,
    SUB_COMMAND_GROUP,
    STRING,
    INTEGER,
    BOOLEAN,
    USER_OPTION,
    CHANNEL,
    ROLE,
    MENTIONABLE,
    NUMBER,
    ATTACHMENT,
) = range(1, 12)
LIMITS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15, ENTRY_POINT: 1}
LOCALES = frozenset(
    [
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
    ]
)

Path = tuple[str | int, ...]


def name_is_valid(name: str) -> bool:
    r"""``^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`` and lower case where there is one."""
    return 1 <= len(name) <= 32 and name == name.lower() and all(map(_name_character, name))


def _name_character(char: str) -> bool:
    if char in "-_'" or unicodedata.category(char)[0] in "LN":
        return True
    return unicodedata.name(char, "").startswith(("DEVANAGARI", "THAI"))


def command_problems(commands: list[Json]) -> list[FieldError]:
    """What is wrong with a list of commands that shall become all commands of an app (or of a guild)."""
    return list(_commands(commands))


def house_problems(commands: list[Json]) -> list[FieldError]:
    """What Discord takes but a user could not tell apart: two names that are the same in one locale."""
    return [problem for index, command in enumerate(commands) for problem in _same_names(command, (index,))]


def _commands(commands: list[Json]) -> Iterator[FieldError]:
    names: set[tuple[int, str]] = set()
    counts: dict[int, int] = {}
    for index, command in enumerate(commands):
        kind = command.get("type") or CHAT_INPUT
        key = (kind, command.get("name") or "")
        counts[kind] = counts.get(kind, 0) + 1
        if key in names:
            yield FieldError(
                (index, "name"),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
        names.add(key)
        yield from _command(command, kind, (index,))
    for kind, count in counts.items():
        if count > LIMITS.get(kind, 100):
            yield FieldError(
                (), "APPLICATION_COMMANDS_MAX", f"Maximum number of commands of type {kind} reached: {count}"
            )


def _command(command: Json, kind: int, path: Path) -> Iterator[FieldError]:
    if kind == CHAT_INPUT:
        yield from _words(command, path)
        yield from _options(command.get("options") or [], path, depth=0)
        size = measured(command)
        if size > 8000:
            yield FieldError(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size (8000): {size}")
    else:
        for where, name in _names(command, path):
            if not 1 <= len(name) <= 32:
                yield FieldError(where, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
        for key in ("description", "options"):
            if command.get(key):
                yield FieldError(
                    (*path, key), "APPLICATION_COMMAND_CONTEXT_MENU_FIELD", f"Context menu commands cannot have {key}"
                )
    yield from _locales(command, path)


def _names(thing: Json, path: Path) -> Iterator[tuple[Path, str]]:
    yield (*path, "name"), str(thing.get("name") or "")
    for locale, name in (thing.get("name_localizations") or {}).items():
        yield (*path, "name_localizations", locale), name


def _words(thing: Json, path: Path) -> Iterator[FieldError]:
    for where, name in _names(thing, path):
        if not name_is_valid(name):
            yield FieldError(where, "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name!r}")
    described = [((*path, "description"), thing.get("description") or "")]
    for locale, text in (thing.get("description_localizations") or {}).items():
        described.append(((*path, "description_localizations", locale), text))
    for where, text in described:
        if not 1 <= len(text) <= 100:
            yield FieldError(where, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def _locales(thing: Json, path: Path) -> Iterator[FieldError]:
    for key in ("name_localizations", "description_localizations"):
        for locale in thing.get(key) or {}:
            if locale not in LOCALES:
                yield FieldError((*path, key, locale), "DICT_TYPE_KEY_INVALID", f"{locale} is not a locale of Discord")


def _options(options: list[Json], path: Path, *, depth: int) -> Iterator[FieldError]:
    if len(options) > 25:
        yield FieldError((*path, "options"), "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")
    nests = [o.get("type") in (SUB_COMMAND, SUB_COMMAND_GROUP) for o in options]
    if any(nests) and not all(nests):
        yield FieldError(
            (*path, "options"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        )
    seen: set[str] = set()
    optional = False
    for index, option in enumerate(options):
        where = (*path, "options", index)
        kind = option.get("type")
        yield from _words(option, where)
        yield from _locales(option, where)
        if option.get("name") in seen:
            yield FieldError(
                (*where, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name is already used"
            )
        seen.add(str(option.get("name")))
        if kind in (SUB_COMMAND, SUB_COMMAND_GROUP):
            if kind == SUB_COMMAND_GROUP and depth > 0:
                yield FieldError(
                    (*where, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Groups cannot be nested"
                )
            yield from _options(option.get("options") or [], where, depth=depth + 1)
            continue
        if option.get("required") and optional:
            yield FieldError(
                where,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not option.get("required")
        yield from _option_values(option, where)


def _option_values(option: Json, path: Path) -> Iterator[FieldError]:
    choices = option.get("choices") or []
    if choices and option.get("autocomplete"):
        yield FieldError(
            (*path, "autocomplete"), "APPLICATION_COMMAND_OPTION_CHOICES_AUTOCOMPLETE", "Choices exclude autocomplete"
        )
    yield from choice_problems(choices, (*path, "choices"), str(option.get("type")))
    for low, high in (("min_value", "max_value"), ("min_length", "max_length")):
        if option.get(low) is not None and option.get(high) is not None and option[low] > option[high]:
            yield FieldError((*path, low), "APPLICATION_COMMAND_OPTION_RANGE", f"{low} is above {high}")


def choice_problems(choices: list[Json], path: Path, kind: str) -> Iterator[FieldError]:
    """Choices of an option or of an autocomplete answer; ``kind`` is the option type as text."""
    if len(choices) > 25:
        yield FieldError(path, "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        where = (*path, index)
        name, value = choice.get("name") or "", choice.get("value")
        names = [((*where, "name"), name)]
        names += [((*where, "name_localizations", k), v) for k, v in (choice.get("name_localizations") or {}).items()]
        for at, text in names:
            if not 1 <= len(text) <= 100:
                yield FieldError(at, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        yield from _locales(choice, where)
        if name in seen:
            yield FieldError(
                (*where, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE", "Choice name is used"
            )
        seen.add(name)
        fits = _fits(kind, value)
        if not fits:
            yield FieldError((*where, "value"), "BASE_TYPE_INVALID", f"{value!r} does not fit option type {kind}")


def _fits(kind: str, value: Any) -> bool:
    if kind == str(STRING):
        return isinstance(value, str) and 1 <= len(value) <= 100
    if kind == str(INTEGER):
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53
    return isinstance(value, int | float) and not isinstance(value, bool)


def measured(thing: Json) -> int:
    """Characters of a command that count towards 8000: names, descriptions and string values; of localisations the longest."""
    size = 0
    for key in ("name", "description"):
        texts = [str(thing.get(key) or ""), *(thing.get(f"{key}_localizations") or {}).values()]
        size += max(map(len, texts))
    for choice in thing.get("choices") or ():
        names = [str(choice.get("name") or ""), *(choice.get("name_localizations") or {}).values()]
        size += max(map(len, names)) + len(str(choice.get("value")))
    return size + sum(measured(option) for option in thing.get("options") or ())


def _same_names(thing: Json, path: Path) -> Iterator[FieldError]:
    options = thing.get("options") or []
    for locale in sorted({loc for o in options for loc in (o.get("name_localizations") or {})}):
        seen: set[str] = set()
        for index, option in enumerate(options):
            name = (option.get("name_localizations") or {}).get(locale) or option.get("name") or ""
            if name in seen:
                where = (*path, "options", index, "name_localizations", locale)
                yield FieldError(where, "SAME_LOCALISED_NAME", f"{name!r} stands twice in {locale}")
            seen.add(name)
    for index, option in enumerate(options):
        yield from _same_names(option, (*path, "options", index))
