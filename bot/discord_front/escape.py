"""Foreign text made harmless for Discord: feeds and members write it, readers see exactly its letters and nothing else.

Order: clean text → cut on graphemes → escape → invites defused. Mentions are switched off by ``allowed_mentions`` besides; what is done
here also keeps them from looking like mentions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from bot.language.text import clean_text
from bot.model.matches import Hit

URL_LIMIT = 2048
"""Discord's limit of an address in an embed; longer ones are not linked at all."""
ELLIPSIS = "…"

_JOINTS = frozenset(" -–’'")
_SPECIAL = re.compile(r"([\\*_~|`>#\-\[\]()<@:])")
_INVITE = re.compile(r"(?i)(discord(?:app)?)\.(gg|com|me)")
_LIST = re.compile(r"^(\d{1,9})\.")
_ADDRESS = re.compile(r"(?i)(?:https?:|www\.|[\w-]{2,}\.[a-z]{2,}(?:[/:?#]|\s|$))")


def escaped(text: str) -> str:
    """``text`` on one line so that Discord shows it letter by letter: no markdown, mention, time stamp, emoji code or invite in it."""
    shown = _SPECIAL.sub(r"\\\1", clean_text(text))
    shown = _LIST.sub(r"\1\\.", shown)
    return _INVITE.sub(r"\1\\.\2", shown)


def cut(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, whole graphemes only, at a blank where one is near, with an ellipsis when cut."""
    if len(text) <= limit:
        return text
    if limit <= 0:
        return ""
    end = grapheme_end(text, limit - len(ELLIPSIS))
    blank = text.rfind(" ", 0, end)
    if blank > end * 2 // 3:
        end = blank
    return text[:end].rstrip(" ,;:.-–—«([") + ELLIPSIS


def grapheme_end(text: str, position: int) -> int:
    """The last place at or before ``position`` where ``text`` can be cut without splitting what a reader takes for one sign.

    Covers combining marks, variation selectors, joined and toned emoji, and flags (the common part of Unicode's UAX #29).
    """
    position = max(0, min(position, len(text)))
    while 0 < position < len(text) and _continues(text, position):
        position -= 1
    return position


def _continues(text: str, position: int) -> bool:
    """Whether the character at ``position`` belongs to the sign before it."""
    here, before = text[position], text[position - 1]
    if unicodedata.category(here) in {"Mn", "Me", "Mc"} or here == "\u200d" or before == "\u200d":
        return True
    if "\U0001f3fb" <= here <= "\U0001f3ff":
        return True
    if _flag_letter(here) and _flag_letter(before):
        start = position
        while start > 0 and _flag_letter(text[start - 1]):
            start -= 1
        return (position - start) % 2 == 1
    return False


def _flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def fitted(text: str, limit: int) -> str:
    """``text`` cut and escaped so that the result has at most ``limit`` characters."""
    text = clean_text(text)
    room = limit
    while room > 0:
        shown = escaped(cut(text, room))
        if len(shown) <= limit:
            return shown
        room = min(room - 1, room - (len(shown) - limit) // 2)
    return ""


def emphasised(text: str, hits: Sequence[Hit], field: str, limit: int) -> str:
    """``text`` escaped, at most ``limit`` characters, with the hits of ``field`` in bold.

    Offsets are those of the article's own text: a hit whose slice is not its text any more is left out.
    """
    room = limit
    spans = _spans(text, hits, field)
    while room > 0:
        shown = _with_bold(text, spans, room)
        if len(shown) <= limit:
            return shown
        room = min(room - 1, room - (len(shown) - limit) // 2)
    return ""


def _spans(text: str, hits: Sequence[Hit], field: str) -> list[tuple[int, int]]:
    found = sorted(
        (hit.start, hit.end)
        for hit in hits
        if hit.field == field and 0 <= hit.start < hit.end and text[hit.start : hit.end] == hit.text
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        # Words one blank or hyphen apart become one bold run: «**Poutine-Zelensky**» reads better and costs less.
        if merged and (start <= merged[-1][1] or text[merged[-1][1] : start] in _JOINTS):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _with_bold(text: str, spans: Sequence[tuple[int, int]], room: int) -> str:
    kept = cut(text, room)
    length = len(kept) if kept == text else len(kept) - len(ELLIPSIS)
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        if end > length:
            break
        inner = _escaped_piece(text[start:end])
        if inner.strip():
            pieces += [_escaped_piece(text[position:start]), "**", inner, "**"]
            position = end
    pieces.append(_escaped_piece(text[position:length]) + (ELLIPSIS if kept != text else ""))
    return _LIST.sub(r"\1\\.", "".join(pieces))


def _escaped_piece(text: str) -> str:
    """Like :func:`escaped`, but blanks at the ends stay."""
    core = escaped(text)
    lead = " " if text[:1].isspace() and core else ""
    tail = " " if text[-1:].isspace() and (core or not lead) else ""
    return f"{lead}{core}{tail}" if core else (" " if text else "")


def looks_like_address(text: str) -> bool:
    """Whether a reader could take ``text`` for an address: such text is never made a link to somewhere else."""
    return _ADDRESS.search(text) is not None


def safe_url(url: str) -> str | None:
    """``url`` fit for a masked link: http(s), host in ASCII, no user name, nothing that ends the link early; None when it cannot be."""
    if not url or len(url) > URL_LIMIT:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        port = parts.port
        if parts.scheme.lower() not in {"http", "https"} or not host:
            return None
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return None
    if not re.fullmatch(r"[A-Za-z0-9.\-:_]+", host):
        return None
    place = f"[{host}]" if ":" in host else host
    if port is not None:
        place += f":{port}"
    # The safe characters leave out brackets, quotes, blanks, backslash and angle brackets: these end a markdown link or hide it.
    path = quote(parts.path, safe="/%:@!$&'*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'*+,;=~-._?")
    fragment = quote(parts.fragment, safe="/%:@!$&'*+,;=~-._?")
    result = urlunsplit((parts.scheme.lower(), place, path, query, fragment))
    return result if len(result) <= URL_LIMIT else None


def link(shown: str, url: str | None, plain: str) -> str:
    """A masked link with the already escaped text ``shown``; the text alone when ``plain`` looks like an address or there is no usable URL."""
    if url is None or not shown or looks_like_address(plain):
        return shown
    return f"[{shown}]({url})"
