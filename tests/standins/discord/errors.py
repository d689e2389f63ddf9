"""Discord's error bodies (docs, reference, "Error Messages"; topics/opcodes-and-status-codes for the numbers)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; ``path`` leads to it from the root of the body."""

    path: tuple[str | int, ...]
    code: str
    message: str

    @property
    def where(self) -> str:
        return ".".join(map(str, self.path)) or "(body)"


class ApiError(Exception):
    """An answer that refuses a request. ``code`` is Discord's JSON error code, 0 where there is none."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        headers: dict[str, str] | None = None,
        extra: Json | None = None,
        problems: tuple[FieldError, ...] = (),
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.headers = headers or {}
        self.extra = extra or {}
        self.problems = problems

    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code, **self.extra}
        if self.errors:
            body["errors"] = self.errors
        return body


def nested(problems: Iterable[FieldError]) -> Json:
    """The ``errors`` object: keys lead to ``_errors`` lists."""
    root: Json = {}
    for problem in problems:
        node = root
        for step in problem.path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return root


def invalid_form(problems: Iterable[FieldError]) -> ApiError:
    problems = tuple(problems)
    return ApiError(400, 50035, "Invalid Form Body", errors=nested(problems), problems=problems)


def empty_message() -> ApiError:
    problem = FieldError((), "EMPTY_MESSAGE", "Cannot send an empty message")
    return ApiError(400, 50006, "Cannot send an empty message", problems=(problem,))


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def unknown_channel() -> ApiError:
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    return ApiError(404, 10004, "Unknown Guild")


def unknown_member() -> ApiError:
    return ApiError(404, 10007, "Unknown Member")


def unknown_message() -> ApiError:
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    return ApiError(404, 10013, "Unknown User")


def unknown_webhook() -> ApiError:
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    return ApiError(404, 10063, "Unknown application command")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")
