"""The terminal as a place messages go to, behind the port ``bot.model.ports.Sink``."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console

from bot.i18n import translator
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

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[int, Receipt] = {}

    async def post(self, destination: Destination, content: Content, *, delivery_id: int, nonce: str) -> Receipt:
        """Prints a message in the destination's language, with times on its clock."""
        self.show(destination, content)
        receipt = Receipt(channel_id=destination.id, message_id=delivery_id)
        while len(self._shown) >= REMEMBERED:
            del self._shown[next(iter(self._shown))]
        self._shown[delivery_id] = receipt
        return receipt

    async def edit(self, destination: Destination, receipt: Receipt, content: Content, *, delivery_id: int) -> None:
        """Prints the message as it is now."""
        self.show(destination, content, edited=True)

    async def find(self, destination: Destination, *, delivery_id: int, since: datetime) -> Receipt | None:
        """The receipt of a message that this process printed."""
        return self._shown.get(delivery_id)

    def show(self, destination: Destination, content: Content, *, edited: bool = False) -> None:
        """Prints ``content``; for messages that are no deliveries, such as a digest asked for."""
        layout = Layout(translator(destination.language), destination.timezone)
        for line in layout.message(content, edited=edited):
            self._console.print(line)


def terminal_console(width: int | None = None) -> Console:
    """Standard output for messages: no markup, no emoji codes, no colour when it is no terminal; 80 columns there unless ``width`` is given."""
    return Console(markup=False, emoji=False, highlight=False, width=width)
