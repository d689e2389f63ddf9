"""Small HTTP servers of the house: bind, say clearly when the port is taken, close in order."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.model.errors import VigieError


class ListenError(VigieError):
    """An address cannot be listened on; the text says which and what to do."""


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int, *, setting: str) -> AsyncIterator[int]:
    """Serves ``app`` on ``host:port`` (port 0: any free one) and gives the port. ``setting`` names what to change in an error.

    Raises ListenError.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ListenError(f"{setting}: {host}:{port} {_words(error)}") from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use by another program; stop it, or choose another port"
    if error.errno == errno.EACCES:
        return "may not be used by this account; choose a port from 1024"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all"
    return f"cannot be listened on: {error.strerror or error}"
