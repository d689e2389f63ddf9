"""A message under way: one framed container whose limits cannot be exceeded.

Limits (documentation, Component Reference; discord.py LayoutView): 4,000 characters over all texts and 40 components, nested ones counted.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import discord

from bot.discord_front.messages.controls import Row

TEXT_LIMIT = 4000
COMPONENT_LIMIT = 40


class Accent(IntEnum):
    """The frame's colour by kind; every kind also says in words what it is. Distinct for colour-blind readers (Okabe and Ito's palette)."""

    ALERT = 0xD55E00
    UPDATE = 0xE69F00
    DIGEST = 0x0072B2
    ANSWER = 0x56B4E9
    GOOD = 0x009E73
    NOTICE = 0xCC79A7


class Sheet:
    """Collects texts, lines and rows as long as they fit."""

    def __init__(self, accent: Accent, *, reserve: int = 0) -> None:
        """``reserve``: components kept free for rows that are added at the end."""
        self._container: discord.ui.Container[Any] = discord.ui.Container(accent_colour=discord.Colour(int(accent)))
        self._before: list[discord.ui.TextDisplay[Any]] = []
        self._chars = 0
        self._components = 1
        self._reserve = reserve

    @property
    def room(self) -> int:
        """Characters that still fit."""
        return TEXT_LIMIT - self._chars

    def text(self, *lines: str) -> bool:
        """Adds the lines that are not empty as one block; False, and nothing added, when it does not fit."""
        block = "\n".join(line for line in lines if line)
        if not block:
            return True
        if len(block) > self.room or self._components + 1 + self._reserve > COMPONENT_LIMIT:
            return False
        self._container.add_item(discord.ui.TextDisplay(block))
        self._chars += len(block)
        self._components += 1
        return True

    def separator(self) -> None:
        """A thin line, where one more component fits."""
        if self._components + 1 + self._reserve <= COMPONENT_LIMIT:
            self._container.add_item(discord.ui.Separator(spacing=discord.SeparatorSpacing.small))
            self._components += 1

    def picture(self, filename: str, alt: str) -> None:
        """An attached picture with its alternative text (1,024 characters)."""
        self._container.add_item(
            discord.ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{filename}", description=alt[:1024]))
        )
        self._components += 1

    def file(self, filename: str) -> None:
        """An attached file."""
        self._container.add_item(discord.ui.File(f"attachment://{filename}"))
        self._components += 1

    def above(self, text: str) -> None:
        """A text before the frame (a mention: inside a frame it is easily overlooked)."""
        self._before.append(discord.ui.TextDisplay(text))
        self._chars += len(text)
        self._components += 1

    def row(self, row: Row | None) -> None:
        """A row of buttons; it may use what was reserved."""
        if row is None:
            return
        size = 1 + len(row.children)
        if self._components + size <= COMPONENT_LIMIT:
            self._container.add_item(row)
            self._components += size

    def view(self) -> discord.ui.LayoutView:
        """The finished view. It is stopped: discord.py stores nothing of it, clicks go to the dynamic items."""
        view = discord.ui.LayoutView(timeout=None)
        for text in self._before:
            view.add_item(text)
        view.add_item(self._container)
        view.stop()
        return view
