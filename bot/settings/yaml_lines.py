"""YAML without its traps, and with line numbers.

Only ``true``/``false``, ``null`` and whole or decimal numbers are anything but text: PyYAML's YAML 1.1 rules turn
``country: no`` into False and ``12:30`` into 750.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.settings.problems import ConfigurationProblems

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]


class _PlainLoader(yaml.SafeLoader):
    """A loader that resolves only what a person would expect to be resolved."""


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
):
    _PlainLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


class YamlFile:
    """A parsed YAML file: its plain value, and where each key stands."""

    def __init__(self, path: Path) -> None:
        """Reads and parses ``path``. Raises ConfigurationProblems with the line when it cannot be read or is not YAML."""
        self.path = path
        self._lines: dict[tuple[str | int, ...], int] = {}
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ConfigurationProblems([f"{path}: the file is missing"]) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationProblems([f"{path}: cannot be read as UTF-8 text: {error}"]) from None
        loader = _PlainLoader(text)
        try:
            node = loader.get_single_node()
            self.value: Value = None if node is None else self._build(loader, node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ConfigurationProblems([f"{path}:{line}: not valid YAML: {error.problem or error.context}"]) from None
        except yaml.YAMLError as error:
            raise ConfigurationProblems([f"{path}: not valid YAML: {error}"]) from None
        finally:
            loader.dispose()

    def line_of(self, path: tuple[str | int, ...]) -> int | None:
        """The line of the longest known beginning of ``path``."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return self._lines.get((), 1)

    def _build(self, loader: _PlainLoader, node: yaml.Node, path: tuple[str | int, ...]) -> Value:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            result: dict[str, Value] = {}
            for key_node, value_node in node.value:
                key = str(loader.construct_object(key_node))
                if key in result:
                    line = key_node.start_mark.line + 1
                    raise ConfigurationProblems([f"{self.path}:{line}: {key}: stands twice; keep one of them"])
                self._lines[(*path, key)] = key_node.start_mark.line + 1
                result[key] = self._build(loader, value_node, (*path, key))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self._build(loader, child, (*path, index)) for index, child in enumerate(node.value)]
        scalar = loader.construct_object(node)
        if scalar is None or isinstance(scalar, bool | int | float | str):
            return scalar
        raise ConfigurationProblems(
            [f"{self.path}:{node.start_mark.line + 1}: a tagged value ({node.tag}) is not accepted here"]
        )
