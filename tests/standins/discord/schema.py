"""Request bodies (and, in the stand-in's own tests, its answers) against Discord's OpenAPI document.

The document's conventions: ``oneOf``/``anyOf`` name the possible types of a value; integers may come as strings that parse
as integers, and snowflakes as numbers. It states lengths and counts, not the rules that span fields (see ``rules.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema
from jsonschema import validators

from tests.standins.discord.errors import FieldError, Json

_CODES = {
    "required": "BASE_TYPE_REQUIRED",
    "maxLength": "BASE_TYPE_MAX_LENGTH",
    "minLength": "BASE_TYPE_MIN_LENGTH",
    "maxItems": "BASE_TYPE_BAD_LENGTH",
    "minItems": "BASE_TYPE_BAD_LENGTH",
    "enum": "BASE_TYPE_CHOICES",
    "const": "BASE_TYPE_CHOICES",
    "minimum": "NUMBER_TYPE_MIN",
    "maximum": "NUMBER_TYPE_MAX",
    "uniqueItems": "SET_TYPE_ALREADY_CONTAINS_VALUE",
    "oneOf": "UNION_TYPE_CHOICES",
    "anyOf": "UNION_TYPE_CHOICES",
}


def _number(instance: Any) -> int | float | None:
    if isinstance(instance, bool):
        return None
    if isinstance(instance, int | float):
        return instance
    if isinstance(instance, str):
        try:
            return int(instance)
        except ValueError:
            return None
    return None


def _type(validator: Any, types: Any, instance: Any, schema: Json) -> Iterator[jsonschema.ValidationError]:
    names = [types] if isinstance(types, str) else types
    if any(validator.is_type(instance, name) for name in names):
        return
    if "integer" in names and isinstance(instance, str) and _number(instance) is not None:
        return
    if "string" in names and schema.get("format") == "snowflake" and type(instance) is int:
        return
    yield jsonschema.ValidationError(f"{type(instance).__name__} is not of type {', '.join(names)}")


def _minimum(validator: Any, limit: Any, instance: Any, schema: Json) -> Iterator[jsonschema.ValidationError]:
    value = _number(instance) if "integer" in schema.get("type", ()) or "number" in schema.get("type", ()) else None
    if value is not None and value < limit:
        yield jsonschema.ValidationError(f"value should be greater than or equal to {limit}")


def _maximum(validator: Any, limit: Any, instance: Any, schema: Json) -> Iterator[jsonschema.ValidationError]:
    value = _number(instance) if "integer" in schema.get("type", ()) or "number" in schema.get("type", ()) else None
    if value is not None and value > limit:
        yield jsonschema.ValidationError(f"value should be less than or equal to {limit}")


def _enum(validator: Any, values: Any, instance: Any, schema: Json) -> Iterator[jsonschema.ValidationError]:
    # allow_unknown-style integers as strings count as their number
    if instance in values and not isinstance(instance, bool):
        return
    if isinstance(instance, bool) and any(v is instance for v in values):
        return
    number = _number(instance)
    if number is not None and any(isinstance(v, int) and v == number for v in values):
        return
    yield jsonschema.ValidationError(f"Value must be one of {{{', '.join(map(repr, values))}}}.")


def _union(validator: Any, branches: Any, instance: Any, schema: Json) -> Iterator[jsonschema.ValidationError]:
    """One of these types. Where the branches are told apart by ``type``, only the named branch is looked at."""
    if isinstance(instance, dict) and "type" in instance:
        named = [b for b in branches if _allows_type(validator, b, instance["type"])]
        if len(named) == 1:
            yield from validator.descend(instance, named[0])
            return
        if not named and all(_type_values(validator, b) for b in branches):
            wanted = sorted({v for b in branches for v in _type_values(validator, b)})
            yield jsonschema.ValidationError(f'Value of field "type" must be one of {tuple(wanted)}.')
            return
    best: list[jsonschema.ValidationError] | None = None
    for branch in branches:
        errors = list(validator.descend(instance, branch))
        if not errors:
            return
        deepest = max(len(error.path) for error in errors)
        if best is None or deepest > max(len(error.path) for error in best):
            best = errors
    if (best and max(len(error.path) for error in best)) or (
        best and len([b for b in branches if b.get("type") != "null"]) == 1
    ):
        yield from best
    else:
        yield jsonschema.ValidationError("the value is none of the possible types")


def _resolve(validator: Any, branch: Json) -> Json:
    while "$ref" in branch:
        branch = validator._resolver.lookup(branch["$ref"]).contents
    return branch


def _type_values(validator: Any, branch: Json) -> list[int]:
    kind = _resolve(validator, branch).get("properties", {}).get("type", {})
    return list(kind.get("enum", [])) if isinstance(kind, dict) else []


def _allows_type(validator: Any, branch: Json, value: Any) -> bool:
    return value in _type_values(validator, branch)


class OpenApi:
    """Discord's OpenAPI document, ready to check bodies. Raises OSError or ValueError when it cannot be read."""

    def __init__(self, path: str | Path) -> None:
        self.document: Json = json.loads(Path(path).read_text(encoding="utf-8"))
        self._validator_class = validators.extend(  # type: ignore[no-untyped-call]  # its stub has no types
            jsonschema.Draft202012Validator,
            {"type": _type, "minimum": _minimum, "maximum": _maximum, "enum": _enum, "oneOf": _union, "anyOf": _union},
        )
        self._cached = lru_cache(maxsize=512)(self._make)

    def knows(self, method: str, route: str) -> bool:
        return self._operation(method, route) is not None

    def check_request(self, method: str, route: str, body: Any) -> list[FieldError]:
        """What is wrong with a request body; ``route`` is the template (``/channels/{channel_id}/messages``)."""
        operation = self._operation(method, route)
        content = (operation or {}).get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return []
        validator = self._cached((method.lower(), route, "request"))
        return [_as_field_error(error) for error in validator.iter_errors({} if body is None else body)]

    def check_response(self, method: str, route: str, status: int, body: Any) -> list[FieldError]:
        """What is wrong with an answer of the stand-in itself. Unknown statuses pass."""
        operation = self._operation(method, route)
        answer = (operation or {}).get("responses", {}).get(str(status), {})
        if "application/json" not in answer.get("content", {}):
            return []
        validator = self._cached((method.lower(), route, str(status)))
        return [_as_field_error(error) for error in validator.iter_errors(body)]

    def _operation(self, method: str, route: str) -> Json | None:
        return cast("Json | None", self.document["paths"].get(route, {}).get(method.lower()))

    def _make(self, key: tuple[str, str, str]) -> Any:
        method, route, what = key
        step = route.replace("~", "~0").replace("/", "~1")
        tail = "requestBody" if what == "request" else f"responses/{what}"
        reference = f"#/paths/{step}/{method}/{tail}/content/application~1json/schema"
        return self._validator_class({"$ref": reference, **{k: self.document[k] for k in ("components", "paths")}})


def _as_field_error(error: jsonschema.ValidationError) -> FieldError:
    path = tuple(error.absolute_path)
    code = _CODES.get(str(error.validator), "BASE_TYPE_INVALID")
    message = error.message
    if error.validator == "required":
        names = [str(name) for name in cast(list[str], error.validator_value)]
        missing = next(name for name in names if repr(name) in message)
        path, message = (*path, missing), "This field is required"
    elif error.validator == "maxLength":
        message = f"Must be {error.validator_value} or fewer in length."
    elif error.validator == "minLength":
        message = f"Must be {error.validator_value} or more in length."
    elif error.validator in ("maxItems", "minItems"):
        message = (
            f"Must be {'at most' if error.validator == 'maxItems' else 'at least'} {error.validator_value} in length."
        )
    return FieldError(path, code, message)
