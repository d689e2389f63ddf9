"""Buttons that carry in their custom_id all they need, so that they work after a restart and on old messages.

Form: ``vigie:<verb>:<delivery>:<argument>...``. The delivery is the mark by which the sink finds its own message again; 0 stands for an
answer that is no delivery. Limit: 100 characters (documentation, Component Reference).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord

from bot.discord_front.escape import safe_url
from bot.i18n import Translator

PREFIX = "vigie"
ID_LIMIT = 100
LINK_LIMIT = 512
"""Characters of a link button's URL (Discord's OpenAPI document)."""

Row = discord.ui.ActionRow[Any]
Button = discord.ui.Button[Any]


def control_id(verb: str, delivery: int, *arguments: object) -> str:
    """The custom_id of a control."""
    return ":".join([PREFIX, verb, str(delivery), *map(str, arguments)])[:ID_LIMIT]


def delivery_of(custom_id: str) -> int | None:
    """The delivery that a control's custom_id names; None for foreign controls and for answers that are no delivery."""
    pieces = custom_id.split(":")
    if len(pieces) < 3 or pieces[0] != PREFIX or not pieces[2].isdigit():
        return None
    return int(pieces[2]) or None


def deliveries_in(components: Iterable[object]) -> set[int]:
    """The deliveries that the controls of a message name, however deep they stand."""
    found: set[int] = set()
    for component in components:
        custom_id = getattr(component, "custom_id", None)
        if isinstance(custom_id, str) and (delivery := delivery_of(custom_id)) is not None:
            found.add(delivery)
        found |= deliveries_in(getattr(component, "children", ()) or ())
        accessory = getattr(component, "accessory", None)
        if accessory is not None:
            found |= deliveries_in([accessory])
    return found


def button(label: str, custom_id: str, *, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> Button:
    """A button that a DynamicItem of ``views`` answers."""
    return discord.ui.Button(label=label[:80], custom_id=custom_id, style=style)


def read_button(words: Translator, url: str) -> Button | None:
    """The link to the article; None when its address cannot be linked."""
    safe = safe_url(url)
    if safe is None or len(safe) > LINK_LIMIT:
        return None
    return discord.ui.Button(label=words("button.read"), url=safe)


def row(*buttons: Button | None) -> Row | None:
    """The buttons that are there, in a row; None without any."""
    present = [item for item in buttons if item is not None]
    return discord.ui.ActionRow(*present) if present else None
