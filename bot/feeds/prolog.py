"""What stands before a document's first element, taken away before feedparser sees it; and shapes that only an attack has.

feedparser looks for DOCTYPE and ENTITY with expressions whose cost is quadratic in blanks before the root (100 KB: 51 s), and
expands internal entities (110 KB: 2.9 GB). Both are stopped here in linear time. Pure; runs in the parser's child.
"""

from __future__ import annotations

import codecs
import re
from xml.parsers import expat

TAG_BYTES = 16 * 1024
"""A start tag longer than this is looked at more closely."""
TAG_ATTRIBUTES = 1024
XML_BASES = 4096
DEPTH = 256
"""Elements within each other; XHTML in an Atom entry stays far below."""
JUNK_BYTES = 64 * 1024
"""How far a document may be hidden behind text that is no XML (a warning printed by the server's software)."""

_BLANKS = re.compile(rb"(?:[ \t\r\n\x0b\x0c\0]|\xef\xbb\xbf)*+")
_DECLARATION = re.compile(rb"<\?xml\s[^<>]{0,400}\?>")
_ROOT = re.compile(rb"<[A-Za-z_:][^\s/>]{0,127}")
_JUNK_END = re.compile(rb"<(?:\?xml\s|rss[\s>]|feed[\s>]|rdf:RDF[\s>])", re.IGNORECASE)
_LONG_TAG = re.compile(rb"<[A-Za-z_:][^<>]{%d,}" % TAG_BYTES)
_SURROGATE = re.compile(rb"&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5(?:529[6-9]|5[3-9]\d\d|[67]\d{3}));")
"""References to lone surrogates (55296 to 57343 and a little more) end feedparser's loose parser."""
_CONTROLS = bytes(c for c in range(0x20) if c not in b"\t\n\r\x1b")
"""Bytes that no XML document may hold (XML 1.0 §2.2); one of them would cost the strict parser. Escape belongs to ISO-2022."""
_BOMS = ((codecs.BOM_UTF8, None), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


class BodyRefusedError(ValueError):
    """The body is no feed, or of a shape that is refused. ``reason`` is a stable word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def strip_prolog(body: bytes) -> tuple[bytes, str, bool]:
    """Takes blanks, comments, processing instructions and a DOCTYPE from before the first element; keeps the XML declaration.

    Returns the document in its own encoding, the name of its root element in lower case, and whether text that is no XML stood
    before it. Raises BodyRefusedError: ``doctype`` for a DTD with an internal subset, ``not_a_feed`` where no element is found,
    ``hostile`` for shapes that only an attack has.
    """
    wide = next((codec for bom, codec in _BOMS if body.startswith(bom)), None)
    if wide is None and not body.startswith(codecs.BOM_UTF8):
        wide = next((codec for mark, codec in _WIDE if body.startswith(mark)), None)
    if wide is None:
        return _strip(body)
    # feedparser decodes UTF-16 by its mark; the filter works on UTF-8 and the result goes back as it came.
    document, root, junk = _strip(body.decode(wide, "replace").encode("utf-8", "replace"))
    mark = next(bom for bom, codec in _BOMS if codec == wide)
    return mark + document.decode("utf-8", "replace").encode(wide), root, junk


def _strip(body: bytes) -> tuple[bytes, str, bool]:
    start, junk = 0, False
    declaration = b""
    while True:
        start = blanks.end() if (blanks := _BLANKS.match(body, start)) else start
        if body.startswith(b"<?", start):
            if not declaration and (found := _DECLARATION.match(body, start)):
                declaration = found[0]
            start = _after(body, b"?>", start, "a processing instruction")
        elif body.startswith(b"<!--", start):
            start = _after(body, b"-->", start + 4, "a comment")
        elif body[start : start + 9].upper() == b"<!DOCTYPE":
            end = _after(body, b">", start, "the document type")
            if b"[" in body[start:end]:
                raise BodyRefusedError("doctype", "a document type with an internal subset")
            start = end
        elif found := _ROOT.match(body, start):
            break
        else:
            found = None if junk else _JUNK_END.search(body, start, start + JUNK_BYTES)
            if found is None:
                raise BodyRefusedError("not_a_feed", "no XML element and no JSON object")
            start, junk = found.start(), True
    root = found[0][1:].decode("ascii", "replace").lower()
    document = _SURROGATE.sub(b"&#xFFFD;", body[start:].translate(None, _CONTROLS))
    _refuse_shapes(document)
    _refuse_depth(declaration + document)
    return declaration + document, root, junk


def _after(body: bytes, mark: bytes, start: int, what: str) -> int:
    end = body.find(mark, start)
    if end < 0:
        raise BodyRefusedError("not_a_feed", f"{what} before the first element does not end")
    return end + len(mark)


def _refuse_shapes(document: bytes) -> None:
    """Thousands of attributes on one element, or of xml:base, cost feedparser quadratic time; no feed has them."""
    if any(tag[0].count(b"=") > TAG_ATTRIBUTES for tag in _LONG_TAG.finditer(document)):
        raise BodyRefusedError("hostile", f"more than {TAG_ATTRIBUTES} attributes on one element")
    if document.count(b"xml:base") > XML_BASES:
        raise BodyRefusedError("hostile", f"more than {XML_BASES} times xml:base")


def _refuse_depth(document: bytes) -> None:
    """Feeds nested without end cost feedparser seconds (200,000 elements: 3 s, 177 MB); expat alone is through in a moment."""
    depth = 0

    def opened(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH:
            raise BodyRefusedError("hostile", f"more than {DEPTH} elements within each other")

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError):
        return  # malformed, or in an encoding that expat does not know: feedparser has the last word
