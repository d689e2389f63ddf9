"""Foreign text cannot steer a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.plain import plain


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mrouge\x1b[0m", "[31mrouge[0m"),
        ("\x1b]0;titre de fenêtre\x07texte", "]0;titre de fenêtretexte"),
        ("\x1b]8;;https://piege.example\x1b\\lien\x1b]8;;\x1b\\", "]8;;https://piege.example\\lien]8;;\\"),
        ("vrai\rfaux", "vrai faux"),
        ("un\ndeux\ttrois", "un deux trois"),
        ("\x9b2Jeffacé", "2Jeffacé"),
        ("a\u202eb\u2066c", "abc"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\ud800seul", "seul"),
        ("L’été à Kyïv : «oui»", "L’été à Kyïv : «oui»"),
        ("👩‍👩‍👧 unies", "👩‍👩‍👧 unies"),
    ],
)
def test_control_and_format_characters_are_taken_out_and_words_stay(hostile: str, shown: str) -> None:
    assert plain(hostile) == shown


@given(st.text())
def test_whatever_comes_nothing_that_steers_is_left(text: str) -> None:
    shown = plain(text)
    steering = {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert steering <= {"\u200c", "\u200d"}
    assert plain(shown) == shown
