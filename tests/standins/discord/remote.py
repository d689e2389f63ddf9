"""A stand-in in a process of its own, seen from a test: ``async with RemoteStandin.spawn() as d: await d.call("guild", name="Salon")``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[3]


class RemoteError(Exception):
    """The control API refused; the words are those of the stand-in."""


class RemoteStandin:
    """``call`` reaches every method of ``control.Control`` by name, with named values."""

    def __init__(self, session: aiohttp.ClientSession, api_base: str, control: str, token: str) -> None:
        self._session = session
        self.api_base = api_base
        self.control = control
        self.token = token

    async def call(self, name: str, /, **values: Any) -> Any:
        """Raises RemoteError, or TimeoutError when the stand-in waited in vain."""
        async with self._session.post(f"{self.control}/call/{name}", data=json.dumps(values)) as answer:
            value = await answer.json()
            if answer.status == 504:
                raise TimeoutError(value["message"])
            if answer.status != 200:
                raise RemoteError(f"{name}: {value['error']}: {value['message']}")
            return value

    async def ready(self) -> None:
        """Waits until the bot's shards are connected. Raises TimeoutError."""
        await self.call("ready")

    @classmethod
    @contextlib.asynccontextmanager
    async def spawn(
        cls,
        *,
        token: str = "stand-in.of.discord",
        openapi: str | Path | None = None,
        shards: int = 1,
        sample: bool = False,
    ) -> AsyncIterator[RemoteStandin]:
        """Starts the process and ends it. Raises RuntimeError when it does not come up."""
        command = [sys.executable, "-m", "tests.standins.discord", "--token", token, "--shards", str(shards)]
        command += ["--openapi", str(openapi)] if openapi else []
        command += ["--sample"] if sample else []
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), 30)
            if not line:
                raise RuntimeError(f"the stand-in ended with {await process.wait()}")
            about = json.loads(line)
            timeout = aiohttp.ClientTimeout(total=120)
            async with aiohttp.ClientSession(timeout=timeout) as session:
                yield cls(session, about["api_base"], about["control"], token)
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 10)
                except TimeoutError:
                    process.kill()
                    await process.wait()
