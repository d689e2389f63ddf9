"""Commands are told to Discord only when they changed: an unchanged start costs one reading request and no write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.http import Route

log = structlog.get_logger(__name__)

_EMPTY: tuple[object, ...] = (None, False, [], {}, "")
"""What Discord leaves out of its answer, or adds to it, where a field was not set."""


async def sync_if_changed(client: discord.Client, tree: app_commands.CommandTree[Any]) -> bool:
    """Compares the declared commands with those Discord has, and replaces these if they differ. Answers whether it wrote.

    Raises discord.HTTPException. Bulk overwriting keeps the ids of commands with the same name (documentation, Application Commands).
    """
    translator = tree.translator
    declared = [
        await command.get_translated_payload(tree, translator) if translator is not None else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    route = Route("GET", "/applications/{application_id}/commands", application_id=client.application_id)
    known: list[dict[str, Any]] = await client.http.request(route, params={"with_localizations": "true"})
    if same_commands(declared, known):
        return False
    await tree.sync()
    log.info("the commands were told to Discord", commands=len(declared))
    return True


def same_commands(declared: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> bool:
    """Whether Discord has exactly the declared commands. Fields that only Discord knows (ids, versions) do not count."""
    ours = {(command.get("type", 1), command["name"]): command for command in declared}
    theirs = {(command.get("type", 1), command["name"]): command for command in known}
    return ours.keys() == theirs.keys() and all(_holds(theirs[key], ours[key]) for key in ours)


def _holds(theirs: object, ours: object) -> bool:
    """Whether ``theirs`` says the same as ``ours`` in every field that ``ours`` sets, and sets none that ``ours`` leaves empty."""
    if isinstance(ours, Mapping):
        if not isinstance(theirs, Mapping):
            return not ours and theirs in _EMPTY
        return all(_holds(theirs.get(key), value) for key, value in ours.items()) and all(
            theirs.get(key) in _EMPTY
            for key in ("options", "choices", "name_localizations", "description_localizations")
            if key not in ours
        )
    if isinstance(ours, list):
        if not isinstance(theirs, list):
            return not ours and theirs in _EMPTY
        if all(isinstance(item, int) for item in ours):
            return sorted(ours) == sorted(theirs)
        return len(ours) == len(theirs) and all(_holds(a, b) for a, b in zip(theirs, ours, strict=True))
    if ours in _EMPTY:
        return theirs in _EMPTY
    return theirs == ours or str(theirs) == str(ours)
