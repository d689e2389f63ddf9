"""From the markup of a feed to clean text, the text that every offset in Vigie refers to.

Feed fields are hostile: scripts, bidi overrides, zero-width marks, megabytes of nothing. What leaves this file is NFC text of one line
without control or format characters, bounded in length.
"""

from __future__ import annotations

import html
import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

MAX_MARKUP = 200_000
"""Characters of markup that are looked at; the rest of a longer field is dropped before parsing."""
MAX_TEXT = 20_000
"""Characters of clean text kept."""
MAX_MARKS = 3
"""Combining marks kept on one letter: real writing needs two, stacked ones (so-called zalgo) only break layouts. NFC sorts a run of
marks in quadratic time, so the runs are cut before it."""

_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS = re.compile(f"({_MARK}{{{MAX_MARKS}}}){_MARK}+")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SILENT = "script,style,noscript,template,iframe,object,svg,head,title,textarea,select,form,button,math,audio,video"
_BLOCK = (
    "p,div,br,li,ul,ol,h1,h2,h3,h4,h5,h6,tr,td,th,table,blockquote,section,article,figure,figcaption,img,hr,pre,dd,dt"
)
# Cc (controls), Cf (format: bidi, zero-width, soft hyphen, tags), Co, Cs, Cn are dropped; Zs, Zl, Zp and the blank controls become a space.
_BLANK = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u2800\u3164\uffa0\u115f\u1160]+")
_PLAIN = re.compile(
    r"[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20c0]*\Z"
)


def clean_text(text: str) -> str:
    """Plain text made clean: NFC, no control, format, private or unassigned characters, blanks folded to one space, at most ``MAX_TEXT`` long."""
    text = text[:MAX_MARKUP]
    if not _PLAIN.match(text):
        text = _BLANK.sub(" ", text)
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn"))
        text = unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))
    return _BLANK.sub(" ", text).strip()[:MAX_TEXT].rstrip()


def clean_html(markup: str) -> str:
    """The visible text of a feed field that may be markup, escaped markup, or plain text with entities, escaped once or twice.

    Scripts, styles, frames and attributes leave nothing behind; blocks are separated by a space. Never raises on any input.
    """
    text = markup[:MAX_MARKUP]
    for _ in range(2):  # feeds escape twice often, thrice never (seen in the wild: «&amp;eacute;», «&lt;p&gt;»)
        if _TAG.search(text):
            text = _visible(text)
        unescaped = html.unescape(text) if _ENTITY.search(text) else text
        if unescaped == text:
            break
        text = unescaped
    if _TAG.search(text) and re.search(r"</[a-zA-Z]|<(?:br|img|p|a|b|i|div|span|script|style)\b", text, re.IGNORECASE):
        text = _visible(text)
    return clean_text(text)


def _visible(markup: str) -> str:
    # C0 controls other than blanks end lexbor's text early in some versions: take them out first.
    tree = LexborHTMLParser(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", markup))
    root = tree.body
    if root is None:
        return ""
    for node in root.css(_SILENT):
        node.decompose()
    for node in root.css(_BLOCK):
        node.insert_before(" ")
        node.insert_after(" ")
    return root.text(deep=True)
