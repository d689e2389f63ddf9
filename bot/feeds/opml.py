"""OPML, the form in which readers exchange lists of feeds (http://opml.org/spec2.opml)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

import listparser

from bot.feeds.prolog import BodyRefusedError, strip_prolog
from bot.feeds.results import Candidate

FEEDS = 1000
"""The most that one list may name."""
LIST_BYTES = 1024 * 1024
_TITLE_CHARS = 200


def read_opml(body: bytes) -> tuple[Candidate, ...]:
    """The feeds of an OPML document, each once, in its order. The addresses are as hostile as any: check each before use.

    Runs in the parser's child. Raises BodyRefusedError when it is no OPML, or names more than FEEDS feeds.
    """
    document, root, _ = strip_prolog(body)
    if root != "opml":
        raise BodyRefusedError("not_a_list", f"the document is <{root[:40]}>, not <opml>")
    try:
        read = listparser.parse(document)
    except UnicodeDecodeError as e:
        raise BodyRefusedError("malformed", "the list is not in UTF-8") from e
    found: dict[str, Candidate] = {}
    for feed in read.feeds:
        url = str(feed.url).strip()
        if url:
            found.setdefault(url, Candidate(url, " ".join(str(feed.title or "").split())[:_TITLE_CHARS]))
    if read.bozo and not found:
        raise BodyRefusedError("malformed", str(read.bozo_exception)[:200])
    if len(found) > FEEDS:
        raise BodyRefusedError("too_large", f"{len(found)} feeds; {FEEDS} are accepted")
    return tuple(found.values())


def write_opml(title: str, feeds: Iterable[Candidate]) -> bytes:
    """An OPML 2.0 document of the feeds, in UTF-8."""
    opml = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = _xml_text(title)
    body = ET.SubElement(opml, "body")
    for feed in feeds:
        name = _xml_text(feed.title or feed.url)
        ET.SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=_xml_text(feed.url))
    ET.indent(opml)
    data: bytes = ET.tostring(opml, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _xml_text(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold (§2.2), which ElementTree would write all the same."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
