"""Interactions: what a person does (slash command, click, choice, modal, autocomplete) and what the bot answered.

Payload shapes: docs, interactions/receiving-and-responding, "Interaction Object".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standins.discord import components as c
from tests.standins.discord.errors import Json
from tests.standins.discord.messages import Message
from tests.standins.discord.rules import EPHEMERAL
from tests.standins.discord.world import Channel, Guild, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
PONG, REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 1, 4, 5, 6, 7, 8, 9
IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2
FIRST_RESPONSE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


@dataclass(eq=False)
class Interaction:
    """One interaction and its answer so far.

    ``response_type`` is the type of the first response (None: none came), ``response`` its data, ``elapsed`` the seconds
    until it, ``original`` the message it made or changed, ``followups`` those sent after. ``failed`` is true when no
    response came within three seconds: the user saw "The application did not respond".
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    guild: Guild | None
    created: float
    created_wall: float
    owners: dict[str, str]
    name: str = ""
    source: Message | None = None
    """The message whose control was used."""
    parent: Interaction | None = None
    """The interaction that opened the modal."""
    payload: Json = field(default_factory=dict)
    option_type: int = 3
    response_type: int | None = None
    response: Json = field(default_factory=dict)
    elapsed: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    original_deleted: bool = False
    resolved_at: float | None = None
    """Seconds until a deferred response was filled in."""
    _waiters: list[asyncio.Event] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return self.response_type is None

    @property
    def deferred(self) -> bool:
        return self.response_type in (DEFER, DEFER_UPDATE)

    @property
    def pending(self) -> bool:
        """Deferred and nothing came yet."""
        return self.deferred and self.resolved_at is None

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral_for is not None

    @property
    def modal(self) -> Json | None:
        return self.response if self.response_type == MODAL else None

    @property
    def choices(self) -> list[Json]:
        return list(self.response.get("choices") or []) if self.response_type == CHOICES else []

    @property
    def message(self) -> Message:
        """The message that answers. Raises LookupError when there is none."""
        if self.original is not None and not self.original_deleted:
            return self.original
        if self.followups:
            return self.followups[0]
        raise LookupError(f"no message answers {self.name!r} (response type {self.response_type})")

    @property
    def text(self) -> str:
        """All that the answer says now: original message, then follow-ups."""
        shown = [self.original] if self.original and not self.original_deleted else []
        return "\n".join(m.text for m in [*shown, *self.followups] if not m.deleted)

    @property
    def files(self) -> list[Any]:
        shown = [self.original] if self.original else []
        return [f for m in [*shown, *self.followups] for f in m.files]

    def metadata(self) -> Json:
        """interaction_metadata of a message."""
        data: Json = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.user.payload(),
            "authorizing_integration_owners": self.owners,
        }
        if self.kind == COMMAND:
            data |= {"name": self.name, "command_type": self.payload["data"]["type"]}
        elif self.kind == COMPONENT and self.source:
            data["interacted_message_id"] = str(self.source.id)
        elif self.kind == MODAL_SUBMIT and self.parent:
            data["triggering_interaction_metadata"] = self.parent.metadata()
        return data

    def changed(self) -> None:
        for event in self._waiters:
            event.set()

    async def wait_for(self, condition: Callable[[Interaction], bool], timeout: float) -> bool:
        """Waits until ``condition(self)``; False when ``timeout`` seconds passed first."""
        event = asyncio.Event()
        self._waiters.append(event)
        try:
            async with asyncio.timeout(timeout):
                while not condition(self):
                    event.clear()
                    await event.wait()
        except TimeoutError:
            return condition(self)
        finally:
            self._waiters.remove(event)
        return True


Answer = Interaction


class Unavailable(Exception):
    """Discord would not let this user do this here: the command does not exist, is hidden, or an option does not fit."""


def find_command(commands: list[Json], path: str, kind: int, locale: str) -> tuple[Json, list[Json], list[Json]]:
    """(command, the sub-command options on the way, the leaf's options); names may be those of ``locale``. Raises Unavailable."""
    words = path.split() if kind == 1 else [path]
    command = next((x for x in commands if x["type"] == kind and _named(x, words[0], locale)), None)
    if command is None:
        there = sorted(x["name"] for x in commands if x["type"] == kind)
        raise Unavailable(f"no command {words[0]!r}; there are {there}")
    way: list[Json] = []
    options = command.get("options") or []
    for word in words[1:]:
        found = next((o for o in options if o["type"] in (1, 2) and _named(o, word, locale)), None)
        if found is None:
            raise Unavailable(f"{path!r}: no {word!r}; there are {[o['name'] for o in options]}")
        way.append(found)
        options = found.get("options") or []
    if any(o["type"] in (1, 2) for o in options):
        raise Unavailable(f"{path!r} is a group; it has {[o['name'] for o in options]}")
    return command, way, options


def _named(thing: Json, word: str, locale: str) -> bool:
    return thing["name"] == word or (thing.get("name_localizations") or {}).get(locale) == word


def fill_options(
    declared: list[Json], given: dict[str, Any], resolve: Callable[[Any, int], str], *, locale: str, focused: str | None
) -> list[Json]:
    """The ``options`` of a command's data, checked as Discord's client does. Raises Unavailable.

    ``resolve(value, type)`` turns a user, role, channel or attachment into its id and notes it as resolved.
    """
    filled: list[Json] = []
    left = dict(given)
    for option in declared:
        key = next((k for k in left if _named(option, k, locale)), None)
        if key is None:
            if option.get("required") and focused is None:
                raise Unavailable(f"option {option['name']!r} is required")
            continue
        value = left.pop(key)
        is_focused = focused is not None and _named(option, focused, locale)
        if not is_focused:
            value = _checked(option, value, resolve)
        entry = {"name": option["name"], "type": option["type"], "value": value}
        if is_focused:
            if not option.get("autocomplete"):
                raise Unavailable(f"option {option['name']!r} has no autocompletion")
            entry["focused"] = True
        filled.append(entry)
    if left:
        raise Unavailable(f"no options {sorted(left)}; there are {[o['name'] for o in declared]}")
    return filled


def _checked(option: Json, value: Any, resolve: Callable[[Any, int], str]) -> Any:
    kind, name = option["type"], option["name"]
    if kind == 3:
        if not isinstance(value, str):
            raise Unavailable(f"{name}: {value!r} is no text")
        size = len(value)
        if size < (option.get("min_length") or 0) or size > (option.get("max_length") or 6000) or not size:
            raise Unavailable(f"{name}: {size} characters do not fit")
    elif kind in (4, 10):
        wanted = int if kind == 4 else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise Unavailable(f"{name}: {value!r} is no number of this kind")
        low, high = option.get("min_value"), option.get("max_value")
        if (low is not None and value < low) or (high is not None and value > high):
            raise Unavailable(f"{name}: {value} is out of range")
    elif kind == 5:
        if not isinstance(value, bool):
            raise Unavailable(f"{name}: {value!r} is neither true nor false")
    else:
        return resolve(value, kind)
    choices = option.get("choices")
    if choices:
        for choice in choices:
            if value in (choice["value"], choice["name"]):
                return choice["value"]
        raise Unavailable(f"{name}: {value!r} is none of {[x['value'] for x in choices]}")
    return value


def fill_modal(modal: Json, values: dict[str, Any], resolve: Callable[[Any, int], str]) -> list[Json]:
    """The ``components`` of a modal submit. Keys of ``values`` are custom ids or labels. Raises Unavailable."""
    left = dict(values)

    def take(part: Json, label: str | None) -> Any:
        for key in (part.get("custom_id"), label, part.get("label")):
            if key in left:
                return left.pop(key)
        return None

    def field_of(part: Json, label: str | None) -> Json:
        value = take(part, label)
        kind = part["type"]
        out: Json = {"type": kind, "id": part.get("id", 0), "custom_id": part["custom_id"]}
        title = label or part.get("label") or part["custom_id"]
        is_required = part.get("required", kind != c.CHECKBOX) is not False
        if kind == c.TEXT_INPUT:
            text = value if value is not None else (part.get("value") or "")
            if is_required and not text:
                raise Unavailable(f"{title!r} must be filled in")
            high = part.get("max_length") or 4000
            if text and not (part.get("min_length") or 0) <= len(text) <= high:
                raise Unavailable(f"{title!r}: {len(text)} characters do not fit")
            return out | {"value": text}
        if kind == c.CHECKBOX:
            return out | {"value": bool(part.get("default") if value is None else value)}
        if kind == c.RADIO_GROUP:
            chosen = _chosen(part, [] if value is None else [value], title)
            return out | {"value": chosen[0] if chosen else None}
        given = value if isinstance(value, list) else [] if value is None else [value]
        if kind in (c.STRING_SELECT, c.CHECKBOX_GROUP):
            picked = _chosen(part, given, title)
        else:
            option_type = {5: 6, 6: 8, 7: 9, 8: 7, c.FILE_UPLOAD: 11}[kind]
            picked = [resolve(v, option_type) for v in given]
        if is_required and not picked:
            raise Unavailable(f"{title!r} must be filled in")
        if len(picked) > (part.get("max_values") or 1 if kind != c.CHECKBOX_GROUP else len(part["options"])):
            raise Unavailable(f"{title!r}: too many values")
        return out | {"values": picked}

    filled: list[Json] = []
    for part in modal["components"]:
        if part["type"] == c.LABEL:
            inner = field_of(part["component"], part.get("label"))
            filled.append({"type": c.LABEL, "id": part.get("id", 0), "component": inner})
        elif part["type"] == c.ROW:
            rows = [field_of(p, None) for p in part["components"]]
            filled.append({"type": c.ROW, "id": part.get("id", 0), "components": rows})
        else:
            filled.append({"type": part["type"], "id": part.get("id", 0)})
    if left:
        raise Unavailable(f"the modal has no fields {sorted(left)}")
    return filled


def _chosen(part: Json, given: list[Any], title: str) -> list[str]:
    options = part.get("options") or []
    if not given:
        return [o["value"] for o in options if o.get("default")]
    chosen: list[str] = []
    for value in given:
        match = next((o["value"] for o in options if value in (o["value"], o["label"])), None)
        if match is None:
            raise Unavailable(f"{title!r}: {value!r} is none of {[o['label'] for o in options]}")
        chosen.append(match)
    return chosen


def pick_values(select: Json, given: list[Any], resolve: Callable[[Any, int], str]) -> list[str]:
    """The values of a select in a message; string selects by value or label. Raises Unavailable."""
    low = 1 if select.get("min_values") is None else select["min_values"]
    high = select.get("max_values") or 1
    if not low <= len(given) <= high:
        raise Unavailable(f"{len(given)} values chosen, {low} to {high} are possible")
    if select["type"] == c.STRING_SELECT:
        return _chosen(select, given, select["custom_id"]) if given else []
    option_type = {c.USER_SELECT: 6, c.ROLE_SELECT: 8, c.MENTIONABLE_SELECT: 9, c.CHANNEL_SELECT: 7}[select["type"]]
    return [resolve(value, option_type) for value in given]


def is_ephemeral(data: Json) -> bool:
    return bool(int(data.get("flags") or 0) & EPHEMERAL)
