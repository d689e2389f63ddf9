"""Reading ``vigie.toml``, the environment and the token."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.settings.problems import ConfigurationProblems, describe
from bot.settings.schema import Settings

_PREFIX = "VIGIE_"
_OTHER_VARIABLES = {"VIGIE_CONFIG", "VIGIE_SHARED", "VIGIE_TEST_DATABASE_URL"}
"""Variables of this prefix that are no settings."""


def load_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """Settings from ``path`` (a missing file means the defaults), overridden by ``VIGIE_SECTION__KEY`` of ``environment``.

    Raises ConfigurationProblems with every problem at once.
    """
    data, text = _read_toml(path)
    problems: list[str] = []
    origin: dict[tuple[str, ...], str] = {}
    for name, raw in sorted(environment.items()):
        if not name.startswith(_PREFIX) or name in _OTHER_VARIABLES:
            continue
        keys = tuple(part.lower() for part in name.removeprefix(_PREFIX).split("__"))
        if len(keys) > 2 or (len(keys) == 1 and keys[0] != "database_url"):
            if len(keys) > 2:
                problems.append(f"environment: {name}: no such setting; the form is VIGIE_SECTION__KEY")
            continue
        target = data
        for key in keys[:-1]:
            child = target.setdefault(key, {})
            if not isinstance(child, dict):
                problems.append(f"environment: {name}: {key} is not a section")
                break
            target = child
        else:
            target[keys[-1]] = _environment_value(raw)
            origin[keys] = name
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        problems += [_from_environment(line, origin) for line in describe(error, path, lambda p: _line_of(text, p))]
        raise ConfigurationProblems(problems) from None
    if problems:
        raise ConfigurationProblems(problems)
    return settings


def read_token(environment: Mapping[str, str]) -> str | None:
    """The bot token of ``DISCORD_TOKEN`` or of the file ``DISCORD_TOKEN_FILE`` names; None when neither is set.

    Raises ConfigurationProblems when the file cannot be read. The token itself never appears in a message.
    """
    token = environment.get("DISCORD_TOKEN", "").strip()
    if token:
        return token
    file = environment.get("DISCORD_TOKEN_FILE", "").strip()
    if not file:
        return None
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigurationProblems([f"environment: DISCORD_TOKEN_FILE: {file} cannot be read: {reason}"]) from None
    if not token:
        raise ConfigurationProblems([f"environment: DISCORD_TOKEN_FILE: {file} is empty; put the bot token into it"])
    return token


def _read_toml(path: Path) -> tuple[dict[str, object], str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationProblems([f"{path}: cannot be read as UTF-8 text: {error}"]) from None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        where = f"{path}:{found.group(1)}" if found else f"{path}"
        raise ConfigurationProblems([f"{where}: not valid TOML: {str(error).split(' (at', maxsplit=1)[0]}"]) from None


def _environment_value(raw: str) -> object:
    """Lists and numbers as JSON, anything else as the text it is."""
    if re.fullmatch(r"\s*(\[.*\]|true|false|-?\d+(\.\d+)?)\s*", raw, re.DOTALL):
        try:
            value: object = json.loads(raw)
        except json.JSONDecodeError:
            return raw
        return value
    return raw


def _from_environment(line: str, origin: Mapping[tuple[str, ...], str]) -> str:
    for keys, name in origin.items():
        field = ".".join(keys)
        if f": {field}:" in line or f": {field}." in line:
            return f"environment: {name}: " + line.split(f": {field}", maxsplit=1)[1].split(": ", maxsplit=1)[1]
    return line


def _line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    """The line where a section's key stands in TOML ``text``; the section's own line when the key is not found."""
    names = [part for part in path if isinstance(part, str)]
    section = ""
    section_line = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[([^\]]+)\]", line)
        if header:
            section = header.group(1).strip()
            if names and section == names[0]:
                section_line = number
            continue
        key = re.match(r"\s*([A-Za-z0-9_-]+)\s*=", line)
        if key and (
            (len(names) > 1 and section == names[0] and key.group(1) == names[1])
            or (names == [key.group(1)] and not section)
        ):
            return number
    return section_line
