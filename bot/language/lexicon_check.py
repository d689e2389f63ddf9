"""What is doubtful in a lexicon: the mistakes that stop it from loading, and the conflicts that only a person can judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.language.lexicon_source import GENERAL, Concept, Form, Problem, read_folder

EXPECTED = ("fr", "en", "uk", "ru", "de")
"""Languages in which every concept should have a form (docs/lexicon.md)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``error``: the lexicon does not load until it is mended; else a warning."""

    error: bool
    problem: Problem

    def __str__(self) -> str:
        return f"{'error' if self.error else 'warning'}: {self.problem}"


def check_lexicon(folder: Path) -> list[Finding]:
    """All findings of a lexicon folder, errors first. Raises OSError when a file cannot be read."""
    concepts, problems = read_folder(folder)
    findings = [Finding(True, p) for p in problems]
    if not concepts:
        findings.append(
            Finding(
                True, Problem(str(folder), 1, "lexicon", "no concept found; subject/*.yaml and general/*.tsv are read")
            )
        )
    findings.extend(
        Finding(False, p) for p in (*_missing(concepts), *_conflicts(concepts), *_swallowed(concepts), *_weak(concepts))
    )
    return findings


def _missing(concepts: list[Concept]) -> Iterator[Problem]:
    for concept in concepts:
        have = {form.lang for form in concept.forms}
        if "any" in have:
            have |= {"fr", "en", "de"}
        lacking = [lang for lang in EXPECTED if lang not in have]
        if not have:
            yield Problem(concept.file, concept.line, concept.id, "has no form in any language")
        elif lacking and concept.kind != GENERAL:
            yield Problem(concept.file, concept.line, concept.id, f"has no form in {', '.join(lacking)}")


def _key(form: Form) -> tuple[str, ...]:
    return tuple(w.text + ("*" if w.prefix else "") for w in form.words)


def _conflicts(concepts: list[Concept]) -> Iterator[Problem]:
    """The same form in two concepts of one layer, when neither implies the other: every text that has it gets both."""
    seen: dict[tuple[str, tuple[str, ...], bool, bool], tuple[Concept, Form]] = {}
    for concept in concepts:
        for form in concept.forms:
            key = (form.lang, _key(form), form.cased, concept.kind == GENERAL)
            other = seen.setdefault(key, (concept, form))
            if other[0].id == concept.id:
                if other[1] is not form and other[1].written == form.written:
                    yield Problem(
                        concept.file, form.line, f"{concept.id}.{form.lang}", f"«{form.written}» is listed twice"
                    )
                continue
            if other[0].id in dict(concept.implies) or concept.id in dict(other[0].implies):
                continue
            yield Problem(
                concept.file,
                form.line,
                f"{concept.id}.{form.lang}",
                f"«{form.written}» is also a form of {other[0].id} ({other[0].file}:{other[1].line})",
            )


def _swallowed(concepts: list[Concept]) -> Iterator[Problem]:
    """A form of one word that ends in * and takes a word of another concept with it."""
    prefixes: dict[str, list[tuple[str, Concept, Form]]] = defaultdict(list)
    for concept in concepts:
        for form in concept.forms:
            if len(form.words) == 1 and form.words[0].prefix:
                prefixes[form.lang].append((form.words[0].text, concept, form))
    for concept in concepts:
        implied = dict(concept.implies)
        for form in concept.forms:
            if len(form.words) != 1 or form.words[0].prefix:
                continue
            for start, owner, wide in prefixes.get(form.lang, ()):
                if form.words[0].text.startswith(start) and owner.id != concept.id and owner.id not in implied:
                    yield Problem(
                        owner.file,
                        wide.line,
                        f"{owner.id}.{form.lang}",
                        f"«{wide.written}» also takes «{form.written}» of {concept.id}",
                    )


def _weak(concepts: list[Concept]) -> Iterator[Problem]:
    for concept in concepts:
        for form in concept.forms:
            if all(w.stop for w in form.words):
                yield Problem(
                    concept.file,
                    form.line,
                    f"{concept.id}.{form.lang}",
                    f"«{form.written}» holds only words that say nothing by themselves",
                )
            elif len(form.words) == 1 and len(form.words[0].text) <= 2 and not form.exact:
                yield Problem(
                    concept.file,
                    form.line,
                    f"{concept.id}.{form.lang}",
                    f"«{form.written}» is so short that it needs = or !",
                )
