"""Content decoding in small steps, so that a cap on the output can hold while a bomb is still being read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no types

from bot.model.errors import FetchError

STEP_BYTES = 64 * 1024
"""The most a decoder hands out at once."""
GZIP_MEMBERS = 16


class Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decodes ``data`` in steps of at most STEP_BYTES. Raises FetchError ``encoding``."""
        ...

    def finish(self) -> None:
        """Raises FetchError ``truncated`` when the stream broke off."""
        ...


class _Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        return


class _Gzip:
    """RFC 1952, with a bound on the members of one stream: each costs time and yields nothing when empty."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._stream.eof:
                    data = data.lstrip(b"\0")
                    if not data:
                        return
                    self._members += 1
                    if self._members > GZIP_MEMBERS:
                        raise FetchError("encoding", f"more than {GZIP_MEMBERS} gzip members")
                    self._stream = zlib.decompressobj(wbits=31)
                out = self._stream.decompress(data, STEP_BYTES)
                data = self._stream.unconsumed_tail or self._stream.unused_data
                if out:
                    yield out
        except zlib.error as e:
            raise FetchError("encoding", str(e)) from e

    def finish(self) -> None:
        if not self._stream.eof:
            raise FetchError("truncated", "the gzip stream breaks off")


class _Brotli:
    """RFC 7932; needs brotli 1.2, the first whose output can be limited."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            out = self._stream.process(data, output_buffer_limit=STEP_BYTES)
            while out or not self._stream.can_accept_more_data():
                if out:
                    yield out
                out = self._stream.process(b"", output_buffer_limit=STEP_BYTES)
        except brotli.error as e:
            raise FetchError("encoding", str(e)) from e

    def finish(self) -> None:
        if not self._stream.is_finished():
            raise FetchError("truncated", "the br stream breaks off")


def _decoders() -> dict[str, type[_Gzip] | type[_Brotli]]:
    found: dict[str, type[_Gzip] | type[_Brotli]] = {"gzip": _Gzip}
    if hasattr(brotli.Decompressor, "can_accept_more_data"):
        found["br"] = _Brotli
    return found


def accept_encoding() -> str:
    """The Accept-Encoding header: exactly what can be decoded under a cap here (rule 4)."""
    return ", ".join(_decoders())


def make_decoder(encoding: str) -> Decoder:
    """The decoder for a Content-Encoding header's value. Raises FetchError ``encoding`` for what was not offered."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Identity()
    decoder = _decoders().get("gzip" if name == "x-gzip" else name)
    if decoder is None:
        raise FetchError("encoding", f"{name[:40]!r} was not offered")
    return decoder()
