"""Column types that mean the same on SQLite and PostgreSQL, and the JSON they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from sqlalchemy import BigInteger, BindParameter, Dialect, Integer, Text, literal
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

BATCH = 5_000
"""Most ids in one statement: well under SQLite's 32,766 and PostgreSQL's 65,535 bound values."""

Id = BigInteger().with_variant(Integer(), "sqlite")
"""63-bit keys. On SQLite the declared type must be INTEGER for the key to be the row id itself, which is 64 bits wide too."""

T = TypeVar("T")


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 UTC. Raises ValueError for a naive time: its zone would be a guess."""
    if value.tzinfo is None:
        raise ValueError(f"a naive time cannot be stored: {value.isoformat()}")
    return (value - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC time of ``value`` microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


class UtcTime(TypeDecorator[datetime]):
    """A UTC time as whole microseconds: exact on both engines, ordered, free of time zone settings of the server."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


def at(value: datetime) -> BindParameter[datetime]:
    """``value`` inside an expression (COALESCE, CASE), where no column says that it is a time."""
    return literal(value, UtcTime)


class SafeText(TypeDecorator[str]):
    """Text from anywhere. NUL (PostgreSQL refuses it) and lone surrogates (no UTF-8) become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value


def storable(text: str) -> str:
    """``text`` as it will be read back: see ``SafeText``."""
    return _UNSTORABLE.sub("\ufffd", text)


def dump(value: object) -> str:
    """Compact JSON with letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def strings(text: str | None) -> tuple[str, ...]:
    """A stored JSON list of strings."""
    return tuple(str(item) for item in json.loads(text)) if text else ()


def integers(text: str | None) -> tuple[int, ...]:
    """A stored JSON list of integers."""
    return tuple(int(item) for item in json.loads(text)) if text else ()


def dump_time(value: time | None) -> str | None:
    """A local clock time in ISO 8601 form."""
    return None if value is None else value.isoformat()


def load_time(text: str) -> time:
    """A clock time written by ``dump_time``."""
    return time.fromisoformat(text)


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """``items`` in slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
