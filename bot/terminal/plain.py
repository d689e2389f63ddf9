"""Foreign text made harmless for a terminal.

A feed's title may hold ESC sequences (colours, cursor moves, window titles, hyperlinks), a carriage return that overwrites a line, or bidi
overrides that show another text than is there. All of these are control (Cc), format (Cf), surrogate (Cs) or separator (Zl, Zp) characters
of Unicode; none is needed to read a headline, except the zero-width joiners inside words and emoji.
"""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\u200c\u200d")
"""Zero-width non-joiner and joiner: they shape letters and steer nothing."""

_BLANKS = frozenset("\n\t\r\x0b\x0c\x85\u2028\u2029")


def plain(text: str) -> str:
    """``text`` on one line, without any character that could steer a terminal. Blanks of all kinds become one space each."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if c in _BLANKS else c for c in text if c in _BLANKS or _harmless(c))


def _harmless(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
