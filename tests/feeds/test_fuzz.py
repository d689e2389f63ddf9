"""Mangled bodies: whatever comes, the parser's answer is a feed within its bounds or an error, and it survives the wire."""

from __future__ import annotations

import json
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.feeds.parse_child import answer
from bot.feeds.prolog import BodyRefusedError, strip_prolog
from bot.feeds.raw import LENGTH, Job, feed_from_fields, pack, pack_job, unpack_job
from tests.feeds.conftest import item, rss

ATOM = (
    b'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example.org/"><title type="html">T</title>'
    b'<entry><id>urn:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b></div></title><link href="a"/>'
    b"<updated>2026-03-10T12:34:00Z</updated><author><name>N</name><email>n@example.org</email></author><content type='html'>&lt;p&gt;x</content></entry></feed>"
)
JSON = b'{"version":"https://jsonfeed.org/version/1","title":"J","items":[{"id":"1","url":"/a","title":"T","date_published":"2026-03-10T12:34:00Z"}]}'
SEEDS = (rss(item(1), item(2, date=None)), ATOM, JSON, rss(item(1)).decode().encode("utf-16"))
SCRAPS = st.sampled_from(
    [b"<", b">", b"&", b"<!--", b"]]>", b"<![CDATA[", b"&#xD800;", b"&#55500;", b"\0", b"\xff\xfe", b"<!DOCTYPE rss [", b"</item>", b"<item>", b"\n" * 50, b"{", b'"'],
)  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 30))
        body[at : at + cut] = draw(st.one_of(st.binary(max_size=8), SCRAPS))
    return bytes(body)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mangled())
def test_any_body_gives_a_bounded_feed_or_an_error(body: bytes) -> None:
    job = Job("feed", len(body), url="https://news.example.org/f", entries=1, title_chars=10, summary_chars=20)
    data = pack(answer(job, body))
    read = json.loads(data[LENGTH.size :])
    assert LENGTH.unpack(data[: LENGTH.size])[0] == len(data) - LENGTH.size
    if "error" in read:
        assert read["error"] in ("malformed", "not_a_feed", "html_page", "doctype", "hostile"), read
        return
    feed = feed_from_fields(read["feed"])
    assert len(feed.entries) <= 1
    for entry in feed.entries:
        assert len(entry.title) <= 10
        assert len(entry.summary) <= 20
        assert not any(ord(c) < 32 and c not in "\t\n\r" for c in entry.title + entry.summary + (entry.guid or ""))


@given(st.binary(max_size=300))
def test_the_prolog_filter_ends_in_a_document_or_a_refusal(body: bytes) -> None:
    try:
        document, root, _ = strip_prolog(body)
    except BodyRefusedError:
        return
    assert root
    assert b"<" in document.replace(b"\0", b"")


def test_the_prolog_filter_takes_linear_time() -> None:
    def took_s(times: int) -> float:
        body = (b"<!-- " + b"\n" * 40 + b"-->" + b"\n" * 50 + b"<?x y?>") * times + rss(item())
        started = time.perf_counter()
        strip_prolog(body)
        return time.perf_counter() - started

    small, large = min(took_s(2_000) for _ in range(3)), min(took_s(20_000) for _ in range(3))
    assert large < max(small * 40, 0.2)


@given(st.text(), st.text(), st.integers(0, 2**31))
def test_a_job_survives_the_wire(url: str, kind: str, size: int) -> None:
    job = Job(
        "feed", size, url=url.encode("utf-8", "replace").decode(), content_type=kind.encode("utf-8", "replace").decode()
    )
    assert unpack_job(pack_job(job)[LENGTH.size :]) == job
