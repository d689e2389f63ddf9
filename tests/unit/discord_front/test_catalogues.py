"""The catalogues: every key in every language, with the same values and all plural forms; no words for people in the code."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.i18n import LANGUAGES, translator

BOT = Path(__file__).resolve().parents[3] / "bot"
NO_SENTENCES = {"deleted on Discord", "in a catch-up digest"}
"""Beginnings of recorded reasons (``messages/why.py``)."""
PLURALS = {"fr": 2, "en": 2, "uk": 3}
NAME = re.compile(r"[-_'\w]{1,32}")
_KEY = re.compile(
    r"(?:alert|button|choice|cmd|denied|digest|error|fact|feeds|help|kind|lang|mark|menu|mydata|notice|opt|pages|permission|phrase"
    r"|preview|reason|rehearsal|relevance|settings|state|status|story|terminal|timeline|trend|trouble|understood|watch|weekday"
    r"|welcome|whatsnew|why)\.[a-z0-9_.-]+"
)


def forms(language: str) -> dict[str, tuple[str, ...]]:
    with (BOT / "locales" / language / "LC_MESSAGES" / "vigie.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    found = {}
    for message in catalog:
        if message.id:
            key = message.id[0] if isinstance(message.id, list | tuple) else message.id
            texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
            found[str(key)] = tuple(str(text) for text in texts)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_key() -> None:
    french, english, ukrainian = (set(forms(language)) for language in LANGUAGES)
    assert french == english == ukrainian
    assert len(french) > 450


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_with_all_its_forms_and_the_values_of_the_others(language: str) -> None:
    french = forms("fr")
    for key, texts in forms(language).items():
        assert all(text.strip() for text in texts), key
        assert len(texts) in ({PLURALS[language]} if len(french[key]) > 1 else {1}), key
        wanted = set().union(*(fields(text) for text in french[key])) - {"n"}
        for text in texts:
            assert fields(text) - {"n"} == wanted, (key, text)


def test_command_names_obey_discords_rules_and_differ_among_siblings() -> None:
    for language in LANGUAGES:
        words = translator(language)
        seen: dict[str, set[str]] = {}
        for key in words.keys():  # noqa: SIM118 - a Translator is no mapping
            if key.startswith(("cmd.", "opt.")):
                text = words(key)
                if key.endswith(".about"):
                    assert 1 <= len(text) <= 100, key
                else:
                    assert NAME.fullmatch(text) and text == text.lower(), (key, text)
                    parent = key.rpartition(".")[0]
                    if key.startswith("cmd."):
                        assert text not in seen.setdefault(parent, set()), (key, text)
                        seen[parent].add(text)
            if key.startswith("menu."):
                assert len(words(key)) <= 32, key
            if key.startswith("choice."):
                assert len(words(key)) <= 100
            if key.startswith("button."):
                assert len(words(key)) <= 34, "longer labels are cut on screen"


def test_french_and_ukrainian_hold_no_straight_quotes_and_french_spaces_do_not_break() -> None:
    for key, texts in forms("fr").items():
        for text in texts:
            plain = re.sub(r"`[^`]*`|https?:\S*", "", text)
            assert "'" not in plain, key
            assert not re.search(r" [:;?!»]|« ", plain), key
    for key, texts in forms("uk").items():
        assert all("'" not in re.sub(r"`[^`]*`", "", text) for text in texts), key


def constants(path: Path) -> list[tuple[int, str]]:
    """String constants of a module that are no docstrings and no parts of a logger's or an exception's call."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Expr):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                    skipped.add(id(child.value))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.startswith("log.") or name.endswith(("Error", "Retry", "Blocked", "Gone", "Rejected", "Refused")):
                skipped.update(id(inner) for inner in ast.walk(node))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
    ]


def test_every_key_in_the_code_is_in_the_catalogues() -> None:
    known = forms("fr")
    modules = [
        *(BOT / "discord_front").rglob("*.py"),
        *(BOT / "services").glob("*.py"),
        *(BOT / "terminal").glob("*.py"),
    ]
    for path in modules:
        for line, text in constants(path):
            if _KEY.fullmatch(text) and not text.endswith((".", ".about")):
                stem = any(key.startswith((f"{text}.", text if text.endswith("_") else "\0")) for key in known)
                assert text in known or f"cmd.{text}" in known or stem, f"{path.name}:{line}: {text}"


def test_the_front_holds_no_words_for_people() -> None:
    sentence = re.compile(r"[A-Za-zÀ-ÿ]{3,} [A-Za-zÀ-ÿ]{2,} ")
    for path in (BOT / "discord_front").rglob("*.py"):
        for line, text in constants(path):
            assert text in NO_SENTENCES or not sentence.search(text), f"{path.name}:{line}: {text!r}"
