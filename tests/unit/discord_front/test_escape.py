"""Feed text in Discord: every letter shown, nothing else done."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_front.escape import (
    cut,
    emphasised,
    escaped,
    fitted,
    grapheme_end,
    link,
    looks_like_address,
    safe_url,
)
from bot.language.text import clean_text
from bot.model.matches import Hit

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(
            [
                *"*_~|`>#-[]()<@:\\/.&!1 ",
                "\n",
                "\u202e",
                "\u200b",
                "\u0301",
                "\u0336",
                "🇺",
                "👩",
                "\u200d",
                "😀",
                "ї",
                "ع",
            ]
        ),
        st.characters(),
    ),
    max_size=300,
)
_UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[*_~|`>#\[\]()<@]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone *gras* _x_", r"\@everyone \*gras\* \_x\_"),
        ("<@123> <#4> <t:1:R> </cmd:1>", r"\<\@123\> \<\#4\> \<t\:1\:R\> \</cmd\:1\>"),
        ("# titre", r"\# titre"),
        ("1. liste", r"1\. liste"),
        ("`code` ```ansi", r"\`code\` \`\`\`ansi"),
        ("[lien](https://evil.example)", r"\[lien\]\(https\://evil.example\)"),
        ("discord.gg/abc discordapp.com/invite/x", r"discord\.gg/abc discordapp\.com/invite/x"),
        ("deux\nlignes\u202e\u200b", "deux lignes"),
    ],
)
def test_markup_is_shown_letter_by_letter(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(HOSTILE)
def test_no_live_markup_survives_and_nothing_is_lost(text: str) -> None:
    shown = escaped(text)
    assert not _UNESCAPED.search(shown)
    assert "\n" not in shown
    assert re.sub(r"\\([^0-9A-Za-z\s])", r"\1", shown) == clean_text(text)


@given(HOSTILE, st.integers(0, 80))
def test_cutting_keeps_the_limit_and_whole_graphemes(text: str, limit: int) -> None:
    clean = clean_text(text)
    shown = cut(clean, limit)
    assert len(shown) <= limit
    if shown != clean and shown not in {"", "…"}:
        assert clean.startswith(shown[:-1])
        rest = clean[len(shown) - 1 :]
        assert not rest or unicodedata.category(rest[0]) not in {"Mn", "Me"}


@given(HOSTILE, st.integers(0, 120))
def test_fitted_text_keeps_the_limit_with_its_escapes(text: str, limit: int) -> None:
    shown = fitted(text, limit)
    assert len(shown) <= limit
    assert not _UNESCAPED.search(shown)


def test_flags_and_joined_emoji_are_not_split() -> None:
    assert grapheme_end("🇺🇦🇫🇷", 3) == 2
    assert grapheme_end("a👩\u200d🚀b", 2) == 1
    assert grapheme_end("e\u0301x", 1) == 0


def test_matched_words_are_bold_and_the_rest_stays_escaped() -> None:
    text = "Sommet *Poutine*-Zelensky à Genève"
    hits = [hit(text, "Sommet"), hit(text, "Poutine"), hit(text, "Zelensky")]

    assert emphasised(text, hits, "title", 200) == r"**Sommet** \***Poutine**\*\-**Zelensky** à Genève"
    assert emphasised(text, hits, "summary", 200) == r"Sommet \*Poutine\*\-Zelensky à Genève"


def test_a_hit_that_does_not_fit_the_text_is_left_out() -> None:
    moved = Hit(0, "word", None, "title", 3, 9, "Sommet", 1.0)

    assert emphasised("Le sommet", [moved], "title", 100) == "Le sommet"


@given(HOSTILE, st.integers(0, 150), st.integers(0, 100), st.integers(1, 30))
def test_bold_text_keeps_its_limit_and_its_pairs(text: str, limit: int, start: int, length: int) -> None:
    end = min(len(text), start + length)
    hits = [Hit(0, "word", None, "title", start, end, text[start:end], 1.0)] if start < end else []
    shown = emphasised(text, hits, "title", limit)
    assert len(shown) <= limit
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\*\*", shown)) % 2 == 0


def hit(text: str, word: str) -> Hit:
    start = text.index(word)
    return Hit(0, "word", None, "title", start, start + len(word), word, 1.0)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://lemonde.fr/a?b=c#d", "https://lemonde.fr/a?b=c#d"),
        ('https://lemonde.fr/a(b)>c "d"', "https://lemonde.fr/a%28b%29%3Ec%20%22d%22"),
        ("https://éditeur.example/é", "https://xn--diteur-9ua.example/%C3%A9"),
        ("https://user:secret@site.example/x", "https://site.example/x"),
        ("javascript:alert(1)", None),
        ("ftp://site.example/x", None),
        ("https://", None),
        ("https://site.example/" + "a" * 2048, None),
        ("https://exa mple.example/", None),
    ],
)
def test_only_safe_addresses_are_linked(url: str, safe: str | None) -> None:
    assert safe_url(url) == safe


@given(st.text(max_size=200))
def test_no_address_breaks_out_of_its_link(url: str) -> None:
    safe = safe_url("https://site.example/" + url)
    assert safe is None or not re.search(r"[\s()<>\"\\\[\]`|^{}]", safe)


def test_a_text_that_looks_like_an_address_is_no_link() -> None:
    assert looks_like_address("https://bank.example connexion")
    assert looks_like_address("www.bank.example")
    assert looks_like_address("Allez sur bank.com/login")
    assert not looks_like_address("Sommet à Genève. Poutine arrive")
    assert link("bank\\.com", "https://evil.example", "bank.com") == "bank\\.com"
