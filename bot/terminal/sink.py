"""The terminal as a place messages go to, behind the port ``bot.model.ports.Sink``."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.text import Text

from bot.i18n import Translator, translator
from bot.model.content import Content
from bot.model.ports import Receipt
from bot.model.watches import Destination
from bot.terminal.layout import Layout

REMEMBERED = 10_000
"""Deliveries whose receipts are kept for :meth:`TerminalSink.find`."""


class TerminalSink:
    """Prints messages. What was printed cannot be taken back: an edit prints the message anew, named as completed.

    The receipt's message id is the delivery's own id. Only what this process printed can be found again; a terminal keeps no record.
    """

    def __init__(self, console: Console, words: Translator, timezone: str = "Europe/Paris") -> None:
        """``words`` and ``timezone`` are for :meth:`show`; a delivery is shown in its destination's own."""
        self._console = console
        self._layout = Layout(words, timezone)
        self._shown: dict[int, Receipt] = {}

    async def post(self, destination: Destination, content: Content, *, delivery_id: int, nonce: str) -> Receipt:
        """Prints a message in the destination's language, with times on its clock."""
        self._print(_layout_of(destination), content)
        receipt = Receipt(channel_id=destination.id, message_id=delivery_id)
        while len(self._shown) >= REMEMBERED:
            del self._shown[next(iter(self._shown))]
        self._shown[delivery_id] = receipt
        return receipt

    async def edit(self, destination: Destination, receipt: Receipt, content: Content, *, delivery_id: int) -> None:
        """Prints the message as it is now."""
        self._print(_layout_of(destination), content, edited=True)

    async def find(self, destination: Destination, *, delivery_id: int, since: datetime) -> Receipt | None:
        """The receipt of a message that this process printed."""
        return self._shown.get(delivery_id)

    async def show(self, content: Content) -> None:
        """Prints what is no delivery, such as a digest asked for."""
        self._print(self._layout, content)

    def _print(self, layout: Layout, content: Content, *, edited: bool = False) -> None:
        for line in layout.message(content, edited=edited):
            # Wrapped here and not by the console, which would fill each row with blanks: what is piped on has none at its end.
            rows = line.text.wrap(self._console, max(20, self._console.width - line.indent), overflow="fold")
            for row in rows or [line.text]:
                row.rstrip()
                self._console.print(Text(" " * line.indent) + row if row.plain else row, soft_wrap=True)


def _layout_of(destination: Destination) -> Layout:
    return Layout(translator(destination.language), destination.timezone)
