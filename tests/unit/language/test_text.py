"""Clean text from hostile markup."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.text import MAX_TEXT, clean_html, clean_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("<p>Kyiv</p><p>Moscow</p>", "Kyiv Moscow"),
        ("un <b>accord</b> signé", "un accord signé"),
        ("L&#039;Ukraine &amp; la paix", "L'Ukraine & la paix"),
        ("L&amp;#039;Ukraine", "L'Ukraine"),
        ("d&amp;eacute;cision", "décision"),
        ("&lt;p&gt;Un &lt;b&gt;texte&lt;/b&gt;&lt;/p&gt;", "Un texte"),
        ("<script>alert(1)</script>Texte", "Texte"),
        ("<style>p{color:red}</style>Texte<iframe src=x>cadre</iframe>", "Texte"),
        ("a<br>b<br/>c", "a b c"),
        ("30\u00a0% \u202fde\u2009taxes", "30 % de taxes"),
        ("zero\u200bwidth \u202eright\u202c to\u2066left\u2069", "zerowidth right toleft"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tab\tnew\nline\r\n", "tab new line"),
        ("bell\x07 null\x00 esc\x1b[31m", "bell null esc[31m"),
        ("e\u0301te\u0301", "été"),
        ("a" + "\u0301" * 50, "á\u0301\u0301"),
        ("3 < 5 and 7 > 2", "3 < 5 and 7 > 2"),
        ("<img src=x onerror=alert(1)>photo", "photo"),
        ("unclosed <b>bold", "unclosed bold"),
        ("", ""),
        ("<p></p>", ""),
    ],
)
def test_markup_becomes_the_text_a_reader_sees(markup: str, text: str) -> None:
    assert clean_html(markup) == text


@given(st.text(max_size=300))
def test_clean_text_is_stable_and_has_no_control_or_format_characters(text: str) -> None:
    import unicodedata

    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()


@given(st.text(alphabet="<>&;#xpabt/\"'= é\u0301", max_size=200))
def test_no_markup_raises(markup: str) -> None:
    assert len(clean_html(markup)) <= MAX_TEXT


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 1_000_000,
        "<b>" * 300_000,
        "&amp;" * 200_000,
        "a" + "\u0301" * 1_000_000,
        "\u202e" * 1_000_000,
        "&#x41;" * 100_000,
        "<p " + "x" * 1_000_000,
    ],
    ids=["angles", "deep", "entities", "marks", "bidi", "references", "attribute"],
)
def test_a_megabyte_of_nothing_is_quick_and_bounded(hostile: str) -> None:
    start = time.process_time()
    text = clean_html(hostile)
    assert time.process_time() - start < 1.0
    assert len(text) <= MAX_TEXT
