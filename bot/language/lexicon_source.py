"""The lexicon as people write it (docs/lexicon.md): files to values, every mistake named with its file, line and field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bot.language.lemmas import LANGUAGES
from bot.language.tokens import split_words
from bot.language.translit import fold

KINDS = ("person", "state", "body", "place", "plan", "document", "notion", "event", "weapon", "group")
GENERAL = "general"
"""Kind of the concepts that come from general rows."""
POS = ("n", "v", "a", "d", "p")
MAX_WORDS = 5
GENERAL_COLUMNS = ("key", "pos", "weight", *LANGUAGES)
MIN_IMPLIED = 0.6

_SUBJECT_ID = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_GENERAL_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_FIELDS = {"id", "kind", "weight", "context", "implies", "forms"}


@dataclass(frozen=True, slots=True)
class FormWord:
    """One word of a form: folded text and how it must be met."""

    text: str
    surface: str
    prefix: bool
    stop: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a concept in one language (``any``: names written alike in all Latin-script languages)."""

    lang: str
    written: str
    words: tuple[FormWord, ...]
    quality: float
    exact: bool
    cased: bool
    line: int


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of the subject layer or a notion of the general layer, as its file says."""

    id: str
    kind: str
    weight: float
    context: bool
    implies: tuple[tuple[str, float], ...]
    forms: tuple[Form, ...]
    file: str
    line: int
    pos: str = "n"


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a lexicon file."""

    file: str
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.text}"


def parse_form(written: str, lang: str, line: int = 0) -> Form | str:
    """A form from its notation, or what is wrong with it."""
    text = written.strip()
    quality, exact, cased = 1.0, False, False
    while text and text[0] in "~=!":
        if text.startswith("~~"):
            quality, text = 0.8, text[2:]
        elif text[0] == "~":
            quality, text = 0.9, text[1:]
        elif text[0] == "=":
            exact, text = True, text[1:]
        else:
            cased, exact, text = True, True, text[1:]
        text = text.lstrip()
    if not text:
        return "is empty"
    words: list[FormWord] = []
    for word in split_words(text, 200, lang):
        star = text[word.end : word.end + 1] == "*"
        letter = len(word.text) == 1 and word.text.isupper() and len(words) + len(text[word.end :].strip()) > 0
        words.append(FormWord(word.form, word.text, star, word.stop and not letter))  # the V of V-Day says something
    content = [w for w in words if not w.stop]
    if len(words) > 1 and len(content) > 1:
        words = content  # stop words inside a form are ignored, unless nothing but one word would be left (contre-offensive)
    if not words:
        return f"«{written}» holds no word"
    if len(words) > MAX_WORDS:
        return f"«{written}» has {len(words)} words; at most {MAX_WORDS} are accepted"
    if any(w.prefix and len(w.text) < 3 for w in words):
        return f"«{written}» begins too short for a *; at least 3 letters are accepted"
    return Form(lang, text, tuple(words), quality, exact, cased, line)


def read_folder(folder: Path) -> tuple[list[Concept], list[Problem]]:
    """All concepts of ``folder`` (``subject/*.yaml``, ``general/*.tsv``; files in order of their names), and the mistakes found.

    Two subject concepts of one id and implications that name nothing are mistakes too; general rows of one key are joined. Raises OSError when a file cannot be read.
    """
    concepts: list[Concept] = []
    problems: list[Problem] = []
    for path in sorted((folder / "subject").glob("*.yaml")):
        concepts.extend(_read_subject(path, f"subject/{path.name}", problems))
    for path in sorted((folder / "general").glob("*.tsv")):
        concepts.extend(_read_general(path, f"general/{path.name}", problems))
    seen: dict[str, Concept] = {}
    for concept in concepts:
        other = seen.get(concept.id)
        if other is None:
            seen[concept.id] = concept
        elif other.kind == concept.kind == GENERAL:
            # Two areas may need the same notion: its forms are joined (`lexicon_check` warns).
            known = {(f.lang, f.words, f.cased) for f in other.forms}
            more = tuple(f for f in concept.forms if (f.lang, f.words, f.cased) not in known)
            seen[concept.id] = replace(other, weight=max(other.weight, concept.weight), forms=(*other.forms, *more))
        else:
            place = f"{other.file}:{other.line}"
            problems.append(Problem(concept.file, concept.line, "id", f"{concept.id} is already defined at {place}"))
    unique = list(seen.values())
    for concept in unique:
        for target, _ in concept.implies:
            if target not in seen:
                problem = f"{concept.id} implies {target}, which is not defined"
                problems.append(Problem(concept.file, concept.line, "implies", problem))
    return unique, problems


def _read_text(path: Path, name: str, problems: list[Problem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(name, 1, "encoding", f"is not UTF-8 at byte {error.start}"))
        return None


def _read_subject(path: Path, name: str, problems: list[Problem]) -> Iterator[Concept]:
    text = _read_text(path, name, problems)
    if text is None:
        return
    try:
        # The base loader makes every scalar a string: «no», «on» and «12:30» stay what they are.
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.append(Problem(name, mark.line + 1 if mark else 1, "yaml", str(getattr(error, "problem", error))))
        return
    if root is None:
        return
    if not isinstance(root, yaml.SequenceNode):
        problems.append(Problem(name, 1, "yaml", "a list of concepts («- id: …») is expected"))
        return
    for node in root.value:
        concept = _subject_concept(node, name, problems)
        if concept is not None:
            yield concept


def _subject_concept(node: yaml.Node, file: str, problems: list[Problem]) -> Concept | None:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        problems.append(Problem(file, line, "concept", "a mapping with id, kind and forms is expected"))
        return None
    fields: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if key.value not in _FIELDS:
            problems.append(
                Problem(
                    file, key.start_mark.line + 1, str(key.value), f"unknown; accepted are {', '.join(sorted(_FIELDS))}"
                )
            )
        fields[key.value] = value
    id_node, kind_node = fields.get("id"), fields.get("kind")
    concept_id = id_node.value if isinstance(id_node, yaml.ScalarNode) else ""
    if not _SUBJECT_ID.match(concept_id):
        problems.append(Problem(file, line, "id", f"«{concept_id}» is no id; capitals, digits and _ are accepted"))
        return None
    kind = kind_node.value if isinstance(kind_node, yaml.ScalarNode) else ""
    if kind not in KINDS:
        problems.append(
            Problem(file, line, "kind", f"«{kind}» of {concept_id} is unknown; accepted are {', '.join(KINDS)}")
        )
        return None
    weight = _number(fields.get("weight"), 1.0, file, f"{concept_id}.weight", problems)
    context_node = fields.get("context")
    context = isinstance(context_node, yaml.ScalarNode) and context_node.value == "true"
    if context_node is not None and (
        not isinstance(context_node, yaml.ScalarNode) or context_node.value not in ("true", "false")
    ):
        problems.append(
            Problem(file, context_node.start_mark.line + 1, f"{concept_id}.context", "true or false is accepted")
        )
    implies: list[tuple[str, float]] = []
    implies_node = fields.get("implies")
    if isinstance(implies_node, yaml.MappingNode):
        for key, value in implies_node.value:
            implies.append((str(key.value), _number(value, 1.0, file, f"{concept_id}.implies", problems)))
    elif implies_node is not None and not (
        isinstance(implies_node, yaml.ScalarNode) and implies_node.value in ("", "{}", "null", "~")
    ):
        problems.append(
            Problem(file, implies_node.start_mark.line + 1, f"{concept_id}.implies", "{OTHER: quality} is accepted")
        )
    forms = tuple(_subject_forms(fields.get("forms"), concept_id, file, line, problems))
    return Concept(concept_id, kind, weight, context, tuple(implies), forms, file, line)


def _subject_forms(
    node: yaml.Node | None, concept_id: str, file: str, line: int, problems: list[Problem]
) -> Iterator[Form]:
    if not isinstance(node, yaml.MappingNode):
        problems.append(
            Problem(file, line, f"{concept_id}.forms", "a mapping of languages to lists of forms is expected")
        )
        return
    for key, value in node.value:
        lang = str(key.value)
        if lang != "any" and lang not in LANGUAGES:
            problems.append(
                Problem(
                    file,
                    key.start_mark.line + 1,
                    f"{concept_id}.forms",
                    f"«{lang}» is unknown; accepted are any, {', '.join(LANGUAGES)}",
                )
            )
            continue
        if isinstance(value, yaml.ScalarNode) and value.value in ("", "null"):
            continue
        if not isinstance(value, yaml.SequenceNode):
            problems.append(
                Problem(file, value.start_mark.line + 1, f"{concept_id}.{lang}", "a list of forms is expected")
            )
            continue
        for item in value.value:
            at = item.start_mark.line + 1
            form = parse_form(item.value, lang, at) if isinstance(item, yaml.ScalarNode) else "is no text"
            if isinstance(form, str):
                problems.append(Problem(file, at, f"{concept_id}.{lang}", form))
            else:
                yield form


def _number(node: yaml.Node | None, default: float, file: str, field: str, problems: list[Problem]) -> float:
    if node is None:
        return default
    try:
        value = float(node.value) if isinstance(node, yaml.ScalarNode) else -1.0
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        problems.append(Problem(file, node.start_mark.line + 1, field, "a number above 0 and at most 1 is accepted"))
        return default
    return value


def _read_general(path: Path, name: str, problems: list[Problem]) -> Iterator[Concept]:
    text = _read_text(path, name, problems)
    if text is None:
        return
    header: list[str] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.startswith("#"):
            continue
        cells = raw.split("\t")
        if header is None:
            header = [c.strip() for c in cells]
            if header[:3] != ["key", "pos", "weight"] or not set(header[3:]) <= set(LANGUAGES):
                problems.append(
                    Problem(name, number, "header", f"expected is: {' '.join(GENERAL_COLUMNS)} (tab-separated)")
                )
                return
            continue
        concept = _general_row(cells, header, name, number, problems)
        if concept is not None:
            yield concept


def _general_row(cells: list[str], header: list[str], file: str, line: int, problems: list[Problem]) -> Concept | None:
    if len(cells) > len(header) and any(c.strip() for c in cells[len(header) :]):
        problems.append(Problem(file, line, "columns", f"{len(cells)} cells; {len(header)} are accepted"))
        return None
    row = dict(zip(header, (c.strip() for c in cells), strict=False))
    key, pos = row.get("key", ""), row.get("pos", "")
    if not _GENERAL_KEY.match(key):
        problems.append(Problem(file, line, "key", f"«{key}» is no key; small letters, digits and _ are accepted"))
        return None
    if pos not in POS:
        problems.append(Problem(file, line, "pos", f"«{pos}» is unknown; accepted are {', '.join(POS)}"))
    try:
        weight = float(row.get("weight", ""))
    except ValueError:
        weight = -1.0
    if not 0 < weight <= 1:
        problems.append(
            Problem(file, line, "weight", f"«{row.get('weight', '')}»: a number above 0 and at most 1 is accepted")
        )
        weight = 0.7
    forms: list[Form] = []
    for lang in header[3:]:
        for written in row.get(lang, "").split("|"):
            if not written.strip():
                continue
            form = parse_form(written, lang, line)
            if isinstance(form, str):
                problems.append(Problem(file, line, lang, form))
            else:
                forms.append(form)
    return Concept(key, GENERAL, weight, False, (), tuple(forms), file, line, pos)


def is_name_form(form: Form) -> bool:
    """True for a form written with a capital where its language does not capitalise common nouns."""
    return (
        form.lang != "de"
        and form.words[0].surface[:1].isupper()
        and fold(form.words[0].surface) != form.words[0].surface
    )
