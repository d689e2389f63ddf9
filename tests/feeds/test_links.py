"""Links: what a reader is given, what identifies a page, and that neither ever raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.links import canonical_link, names_a_page, public_link, source_host


@pytest.mark.parametrize(
    ("link", "public"),
    [
        ("https://news.example.org/a?b=c#d", "https://news.example.org/a?b=c#d"),
        ("  https://news.example.org/a\n", "https://news.example.org/a"),
        ("HTTP://News.Example.org/A", "http://news.example.org/A"),
        ("https://новини.укр/а", "https://xn--b1amarcd.xn--j1amh/%D0%B0"),
        ("https://news.example.org/a (b)>\"c'<d", "https://news.example.org/a%20%28b%29%3E%22c%27%3Cd"),
        ("https://news.example.org/a[b]|`*", "https://news.example.org/a%5Bb%5D%7C%60*"),
        ("https://user:pass@news.example.org/a", "https://news.example.org/a"),
        ("https://news.example.org:8443/a", "https://news.example.org:8443/a"),
        ("https://news.example.org", "https://news.example.org/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("discord://news.example.org/", ""),
        ("file:///etc/passwd", ""),
        ("https://", ""),
        ("https:///a", ""),
        ("//news.example.org/a", ""),
        ("/a", ""),
        ("https://news.example.org:99999/", ""),
        ("https://[::1/", ""),
        ("https://news.exam\u202eple.org/", ""),
        ("https://news.example.org/" + "a" * 2048, ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_link_for_readers(link: str | None, public: str) -> None:
    assert public_link(link) == public


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://www.lemonde.example/a/?utm_source=rss&id=5&xtor=RSS-3#x", "lemonde.example/a?id=5"),
        ("http://dw.example/uk/a-1?maca=ukr-rss", "dw.example/uk/a-1"),
        ("https://news.example.org.:443/", "news.example.org"),
        ("https://news.example.org:8443/a/", "news.example.org:8443/a"),
        ("https://news.example.org/?p=5", "news.example.org?p=5"),
        ("https://news.example.org/a?at=1&at_x=2&attack=3", "news.example.org/a?attack=3"),
        ("mailto:a@b.example", ""),
    ],
)
def test_what_identifies_a_page(link: str, canonical: str) -> None:
    assert canonical_link(link) == canonical


def test_a_front_page_names_no_article() -> None:
    assert not names_a_page(canonical_link("https://www.news.example.org/#top"))
    assert not names_a_page("")
    assert names_a_page("news.example.org?p=5")
    assert names_a_page("news.example.org/a")


@given(st.one_of(st.text(), st.text().map("https://news.example.org/".__add__), st.from_regex(r"https?://[^\s]{0,40}")))
def test_any_text_gives_a_link_that_is_safe_to_show_or_none(text: str) -> None:
    link = public_link(text)
    assert link == "" or link.startswith(("http://", "https://"))
    assert not set(link) & set(" ()<>\"'\n\r\t`|\\")
    assert link.isascii()
    assert len(link) <= 2048
    assert public_link(link) == link
    assert canonical_link(link) == canonical_link(text)
    assert not source_host(link).startswith("www.") or link.startswith(("http://www.www.", "https://www.www."))
