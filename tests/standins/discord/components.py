"""Walking message components: text, buttons, links, counts (docs, components/reference)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.standins.discord.errors import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(1, 9)
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = range(9, 15)
CONTAINER, LABEL, FILE_UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
LINK_STYLE, PREMIUM_STYLE = 5, 6

Path = tuple[str | int, ...]


def walk(components: Any, path: Path = ("components",)) -> Iterator[tuple[Path, Json]]:
    """Every component with its path, parents before children; a section's accessory and a label's component are children."""
    if not isinstance(components, list):
        return
    for index, component in enumerate(components):
        if isinstance(component, dict):
            yield from _below(component, (*path, index))


def _below(component: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    yield path, component
    yield from walk(component.get("components"), (*path, "components"))
    for key in ("accessory", "component"):
        child = component.get(key)
        if isinstance(child, dict):
            yield from _below(child, (*path, key))


def texts(components: Any) -> list[str]:
    """The contents of all TextDisplays in reading order."""
    return [str(c.get("content") or "") for _, c in walk(components) if c.get("type") == TEXT_DISPLAY]


def flatten(content: str | None, embeds: list[Json], components: list[Json]) -> str:
    """A message as plain lines of text: content, embeds, then components in reading order, controls in brackets."""
    lines: list[str | None] = []
    if content:
        lines.append(content)
    for embed in embeds:
        lines += [embed.get("author", {}).get("name"), embed.get("title"), embed.get("description")]
        for field in embed.get("fields") or ():
            lines += [field.get("name"), field.get("value")]
        lines.append(embed.get("footer", {}).get("text"))
    for _, component in walk(components):
        kind = component.get("type")
        if kind == TEXT_DISPLAY:
            lines.append(component.get("content"))
        elif kind == BUTTON:
            label = component.get("label") or (component.get("emoji") or {}).get("name") or ""
            lines.append(f"[{label}]" + (f"({component['url']})" if component.get("url") else ""))
        elif kind in SELECTS:
            lines.append(f"[{component.get('placeholder') or component.get('custom_id')}]")
        elif kind == LABEL:
            lines += [component.get("label"), component.get("description")]
        elif kind == SEPARATOR and component.get("divider", True):
            lines.append("---")
        elif kind == GALLERY:
            lines += [item.get("description") for item in component.get("items") or ()]
        elif kind == THUMBNAIL:
            lines.append(component.get("description"))
    return "\n".join(line for line in lines if line)


def controls(components: Any) -> list[Json]:
    """Buttons and selects, in order."""
    return [c for _, c in walk(components) if c.get("type") == BUTTON or c.get("type") in SELECTS]


def custom_ids(components: Any) -> list[str]:
    return [c["custom_id"] for _, c in walk(components) if c.get("custom_id")]


_LINK = re.compile(r"\[([^\]\n]*)\]\(<?(https?://[^\s)>]+)>?[^)]*\)|<?(https?://[^\s<>)\]]+)")


def links(content: str | None, embeds: list[Json], components: list[Json]) -> list[tuple[str, str]]:
    """(label, address) of every link a reader could click: markdown and bare links in text, embed links, link buttons."""
    found: list[tuple[str, str]] = []
    parts = [content or "", *texts(components)]
    for embed in embeds:
        if embed.get("url"):
            found.append((embed.get("title") or "", embed["url"]))
        parts += [embed.get("description") or "", *(f.get("value") or "" for f in embed.get("fields") or ())]
    for part in parts:
        for match in _LINK.finditer(part):
            found.append((match[1] or "", match[2]) if match[2] else ("", match[3]))
    found += [(c.get("label") or "", c["url"]) for c in controls(components) if c.get("url")]
    return found


def _fits(control: Json, which: str) -> tuple[bool, bool, bool, bool]:
    """By custom_id, by label or placeholder, by emoji, by a custom_id prefix."""
    custom_id = str(control.get("custom_id", ""))
    return (
        custom_id == which,
        which in (control.get("label"), control.get("placeholder")),
        (control.get("emoji") or {}).get("name") == which,
        which.endswith("*") and custom_id.startswith(which[:-1]),
    )


def find_control(components: Any, which: str) -> Json:
    """The button or select with this custom_id, label, or emoji name (or a custom_id prefix ending in ``*``).

    Raises LookupError with what is there when none fits or several do.
    """
    every = controls(components)
    for way in range(4):
        found = [c for c in every if _fits(c, which)[way]]
        if len(found) > 1:
            raise LookupError(f"{len(found)} controls fit {which!r}: {[c.get('custom_id') for c in found]}")
        if found:
            return found[0]
    there = [(c.get("custom_id"), c.get("label") or c.get("placeholder")) for c in every]
    raise LookupError(f"no control {which!r}; there are {there}")
