"""JSON Lines from files and standard input: values or one clear line of error with file, line and field."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from bot.model.errors import UsageError
from bot.model.watches import Strictness

MAX_LINE = 4_000_000
"""Bytes of one line."""


class InputError(UsageError):
    """A line of input that cannot be used: ``file:line: field: what is wrong; what is accepted``."""


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article as the data form gives it; ``id`` is kept as it came (text or number)."""

    id: str | int
    lang: str | None
    published: datetime | date | None
    title: str
    summary: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch as the data form gives it."""

    id: str | int
    phrase: str
    lang: str | None
    strictness: Strictness | None
    exclude: tuple[str, ...]
    languages: tuple[str, ...]
    line: int


def objects(name: str) -> Iterator[tuple[int, dict[str, object]]]:
    """The JSON objects of a file (``-``: standard input), with their line numbers. Blank lines are skipped. Raises InputError."""
    shown = "<stdin>" if name == "-" else name
    with ExitStack() as stack:
        try:
            lines: BinaryIO = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise InputError(f"{shown}: cannot be read: {error.strerror or error}") from error
        number = 0
        while True:
            try:
                raw = lines.readline(MAX_LINE + 1)
            except OSError as error:
                raise InputError(f"{shown}: cannot be read: {error.strerror or error}") from error
            if not raw:
                return
            number += 1
            if len(raw) > MAX_LINE:
                raise InputError(f"{shown}:{number}: line: is longer than {MAX_LINE} bytes")
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise InputError(f"{shown}:{number}: line: is not UTF-8 at byte {error.start}") from error
            if not text:
                continue
            try:
                value = json.loads(text)
            except RecursionError as error:
                raise InputError(f"{shown}:{number}: line: is nested too deeply") from error
            except ValueError as error:
                reason = error.msg if isinstance(error, json.JSONDecodeError) else "a number is too long"
                raise InputError(f"{shown}:{number}: line: is not JSON: {reason}") from error
            if not isinstance(value, dict):
                raise InputError(f"{shown}:{number}: line: a JSON object is expected")
            yield number, value


def articles(name: str) -> Iterator[ArticleLine]:
    """The articles of a JSON Lines file. Raises InputError at the first that cannot be used."""
    for line, row in objects(name):
        at = _Row(name, line, row)
        yield ArticleLine(
            at.identity(),
            at.language(),
            at.moment(),
            at.text("title", required=True),
            at.text("summary"),
            at.text("source"),
            at.text("url"),
        )


def watches(name: str) -> Iterator[WatchLine]:
    """The watches of a JSON Lines file. Raises InputError; two watches with one id are an error."""
    seen: dict[str | int, int] = {}
    for line, row in objects(name):
        at = _Row(name, line, row)
        identity = at.identity()
        if identity in seen:
            raise at.error("id", f"{identity!r} is already used in line {seen[identity]}")
        seen[identity] = line
        yield WatchLine(
            identity,
            at.text("phrase", required=True),
            at.language(),
            at.strictness(),
            at.texts("exclude"),
            at.texts("languages"),
            line,
        )


class _Row:
    def __init__(self, name: str, line: int, row: dict[str, object]) -> None:
        self.place = f"{'<stdin>' if name == '-' else name}:{line}"
        self.row = row

    def error(self, field: str, text: str) -> InputError:
        return InputError(f"{self.place}: {field}: {text}")

    def identity(self) -> str | int:
        value = self.row.get("id")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.error(
                "id",
                "is missing; a text or a whole number is accepted"
                if value is None
                else "a text or a whole number is accepted",
            )
        return value

    def text(self, field: str, required: bool = False) -> str:
        value = self.row.get(field)
        if value is None:
            if required:
                raise self.error(field, "is missing; a text is accepted")
            return ""
        if not isinstance(value, str):
            raise self.error(field, "a text is accepted")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.row.get(field)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.error(field, "a list of texts is accepted")
        return tuple(value)

    def language(self) -> str | None:
        value = self.text("lang").strip().lower()
        if not value:
            return None
        code = value.replace("_", "-").split("-")[0]
        if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
            raise self.error("lang", f"{value!r}: an ISO 639-1 code (fr, en, uk …) or null is accepted")
        return code

    def moment(self) -> datetime | date | None:
        value = self.text("published").strip()
        if not value:
            return None
        try:
            if len(value) <= 10:
                return date.fromisoformat(value)
            # ISO 8601 knows 24:00 as the end of a day; real feeds also write 24:04 for the next day's 00:04.
            midnight = value[10:11] in "T " and value[11:13] == "24"
            moment = datetime.fromisoformat(f"{value[:11]}00{value[13:]}" if midnight else value)
            moment += timedelta(days=midnight)
            # A time without an offset is taken as UTC, as everywhere inside.
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.error("published", f"{value[:40]!r}: an ISO date or datetime or null is accepted") from None

    def strictness(self) -> Strictness | None:
        value = self.text("strictness")
        if not value:
            return None
        try:
            return Strictness(value)
        except ValueError:
            raise self.error("strictness", f"{value[:40]!r}: strict, normal or wide is accepted") from None


def print_json(value: dict[str, object]) -> None:
    """One JSON line on standard output, in UTF-8 whatever the locale."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        data = line.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate from a \\ud800 of the input
        data = json.dumps(value).encode("ascii")
    sys.stdout.buffer.write(data + b"\n")
