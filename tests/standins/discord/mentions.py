"""Whom a message would ping, given its text and ``allowed_mentions`` (docs, resources/message, "Allowed Mentions Object")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.standins.discord.errors import Json

_CODE = re.compile(r"```.*?```|``[^`]+``|`[^`\n]+`", re.S)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)")


@dataclass(frozen=True, slots=True)
class Ping:
    """A mention that ``allowed_mentions`` lets through.

    ``notified`` is False where Discord would show the mention without a notification: an edit, a message with
    SUPPRESS_NOTIFICATIONS, an unknown id, or a missing Mention Everyone permission.
    """

    message_id: int
    channel_id: int
    kind: str
    target: int | None
    notified: bool
    edit: bool


def mentioned(texts: Iterable[str], allowed: Json | None, *, interaction: bool) -> list[tuple[str, int | None]]:
    """(kind, id) of what may be pinged; kinds are user, role, everyone. Text in code is no mention.

    Without ``allowed``, plain messages parse everything, interactions and webhooks users only.
    """
    if allowed is None:
        parse: set[str] = {"users"} if interaction else {"users", "roles", "everyone"}
        users: set[int] = set()
        roles: set[int] = set()
    else:
        parse = set(allowed.get("parse") or ())
        users = _ids(allowed.get("users"))
        roles = _ids(allowed.get("roles"))
    found: list[tuple[str, int | None]] = []
    for text in texts:
        plain = _CODE.sub(" ", text)
        found += [("user", int(m)) for m in _USER.findall(plain) if "users" in parse or int(m) in users]
        found += [("role", int(m)) for m in _ROLE.findall(plain) if "roles" in parse or int(m) in roles]
        if "everyone" in parse and _EVERYONE.search(plain):
            found.append(("everyone", None))
    return list(dict.fromkeys(found))


def _ids(value: Any) -> set[int]:
    return {int(item) for item in value or () if item is not None}
