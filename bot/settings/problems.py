"""The one error of the configuration, and how pydantic's findings become its lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError


class ConfigurationProblems(Exception):
    """Everything that is wrong with the configuration, one line each: ``file:line: field: what is wrong; what is accepted``."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def describe(
    error: ValidationError, file: Path | str, line_of: Callable[[tuple[str | int, ...]], int | None]
) -> list[str]:
    """One line for each finding of ``error``; ``line_of`` finds the line of a path of keys in the file."""
    lines: list[str] = []
    for found in error.errors(include_url=False, include_context=True):
        path = tuple(part for part in found["loc"] if isinstance(part, str | int))
        line = line_of(path)
        where = f"{file}:{line}" if line else f"{file}"
        field = ".".join(str(part) for part in path) or "(file)"
        lines.append(f"{where}: {field}: {_words(found['type'], found['msg'], found.get('input'))}")
    return lines


def _words(kind: str, message: str, given: object) -> str:
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return "no such key; the accepted keys stand, each with its comment, in the shipped file of this name"
    if kind == "missing":
        return "is missing and has no default"
    shown = repr(given)
    if len(shown) > 60:
        shown = shown[:57] + "..."
    text = message.removeprefix("Value error, ")
    return f"{text[:1].lower()}{text[1:]} (found {shown})"
