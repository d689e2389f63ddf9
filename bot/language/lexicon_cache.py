"""The compiled lexicon on disk: JSON, so that a damaged or foreign file can do no harm; keyed by the contents of the lexicon's files."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TypedDict

VERSION = 2
"""Raise it whenever compiling gives other data from the same files."""


class ConceptData(TypedDict):
    id: str
    kind: str
    weight: float
    context: bool
    names: dict[str, str]
    implied: dict[str, float]
    pos: str


class TableData(TypedDict):
    forms: dict[str, list[int]]
    lemmas: dict[str, list[int]]
    stems: dict[str, list[int]]
    prefixes: dict[str, list[int]]


class Compiled(TypedDict):
    """The plain data of a compiled lexicon. The three ``pattern_`` lists run in parallel: word numbers, index of the concept, quality."""

    version: int
    fingerprint: str
    concepts: list[ConceptData]
    pattern_words: list[list[int]]
    pattern_concepts: list[int]
    pattern_qualities: list[float]
    cased: dict[str, str]
    capital: list[int]
    tables: dict[str, TableData]
    skeletons: dict[str, list[int]]


def fingerprint(folder: Path) -> str:
    """A hash over the names and contents of the lexicon's files and the version of the compiler. Raises OSError."""
    digest = hashlib.sha256(str(VERSION).encode())
    for path in sorted([*(folder / "subject").glob("*.yaml"), *(folder / "general").glob("*.tsv")]):
        digest.update(f"\0{path.parent.name}/{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _path(cache_dir: Path) -> Path:
    return cache_dir / "lexicon.json"


def read(cache_dir: Path, wanted: str) -> Compiled | None:
    """The cached data with this fingerprint, or None when there is none that can be trusted."""
    try:
        raw = _path(cache_dir).read_bytes()
    except OSError:
        return None
    checksum, _, body = raw.partition(b"\n")
    if checksum.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
        return None
    try:
        data: Compiled = json.loads(body)
    except ValueError:
        return None
    if not isinstance(data, dict) or data.get("version") != VERSION or data.get("fingerprint") != wanted:
        return None
    return data


def write(cache_dir: Path, data: Compiled) -> None:
    """Writes the cache at once or not at all. A folder that cannot be written is no error: the next start compiles again."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cache_dir, prefix=".lexicon-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode("ascii") + b"\n" + body)
            Path(name).replace(_path(cache_dir))
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return
