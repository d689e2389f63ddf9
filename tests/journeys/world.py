"""A world for the whole bot: its own process, Discord's stand-in, a feed server, a configuration folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.standins.discord import DiscordStandin, OpenApi
from tests.standins.discord.world import Channel, Guild, User
from tests.standins.feed_server import FeedServer

ROOT = Path(__file__).resolve().parents[2]

CACHE = Path(tempfile.gettempdir()) / f"vigie-test-lexicon-{os.getuid()}"

FAST = {
    # The pace of a test: the same rules with small figures.
    "VIGIE_FETCH__INTERVAL_S": "0.5",
    "VIGIE_FETCH__FLOOR_S": "0.3",
    "VIGIE_FETCH__SLOWEST_S": "0.5",
    "VIGIE_FETCH__UNCONDITIONAL_S": "0.5",
    "VIGIE_FETCH__HOST_GAP_S": "0.01",
    "VIGIE_FETCH__HINT_CAP_S": "0.5",
    "VIGIE_FETCH__REQUESTS_PER_HOST": "4",
    "VIGIE_FETCH__JITTER_LOW": "0",
    "VIGIE_FETCH__JITTER_HIGH": "0",
    "VIGIE_FETCH__PARSERS": "1",
    # The texts are of other years.
    "VIGIE_FETCH__OLD_AFTER_S": "1000000000",
    "VIGIE_DELIVERY__EDIT_GAP_S": "0.5",
    "VIGIE_DELIVERY__BURST": "50",
    "VIGIE_LOG__FORMAT": "console",
}


@dataclass
class BotProcess:
    """``python -m bot run`` as its own process."""

    environment: dict[str, str]
    log: Path
    arguments: tuple[str, ...] = ("run",)
    process: asyncio.subprocess.Process | None = None
    starts: int = field(default=0)

    async def start(self, **changes: str) -> None:
        self.starts += 1
        output = self.log.open("ab")
        try:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *self.arguments,
                cwd=ROOT,
                env={**os.environ, **self.environment, **changes},
                stdout=output,
                stderr=output,
                stdin=asyncio.subprocess.DEVNULL,
            )
        finally:
            output.close()

    async def stop(self, how: signal.Signals = signal.SIGTERM, timeout: float = 20) -> int:
        """Ends the process; answers its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), timeout)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


@dataclass
class World:
    """Everything around the bot."""

    discord: DiscordStandin
    feeds: FeedServer
    bot: BotProcess
    folder: Path
    guild: Guild
    admin: User

    def channel(self, name: str) -> Channel:
        return self.discord.channel(self.guild, name)

    async def start(self, **changes: str) -> None:
        """Starts the bot and waits until its commands are there."""
        await self.bot.start(**changes)
        try:
            await self.discord.ready(timeout=90)
            await self.discord.synced()
        except TimeoutError:
            raise AssertionError(f"the bot did not come up:\n{self.bot.text()[-4000:]}") from None

    async def stop(self) -> None:
        assert await self.bot.stop() == 0, self.bot.text()[-4000:]

    async def alert(self, channel: Channel, phrase: str, **options: object) -> str:
        """An admin adds a channel watch; answers what was said."""
        answer = await self.discord.slash(
            self.admin, channel, "alerts add", {"phrase": phrase, "channel": channel, **options}
        )
        assert not answer.failed, answer.text
        return answer.text

    async def seen(self, path: str, times: int = 2) -> None:
        """Waits until a feed's newest content was asked for and taken in."""
        before = len(self.feeds.requests(path))
        await self.discord.wait_for(lambda: len(self.feeds.requests(path)) >= before + times, timeout=60)

    async def quiet(self, seconds: float = 1.5) -> None:
        """Waits until nothing was posted or edited for a while."""

        def written() -> int:
            return sum(
                request.method in {"POST", "PATCH"} and "/messages" in request.path for request in self.discord.requests
            )

        seen = written()
        while True:
            await asyncio.sleep(seconds)
            if written() == seen:
                return
            seen = written()

    def check(self) -> None:
        """Nothing that Discord would refuse, no ping, nothing the stand-in lacks."""
        assert self.discord.violations == []
        assert self.discord.pings == []
        assert self.discord.state.unhandled == []
        assert self.discord.state.errors == []


@asynccontextmanager
async def world(
    tmp_path: Path,
    openapi: Path | OpenApi | None,
    feeds: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
    *,
    lexicon: Path | None = None,
) -> AsyncIterator[World]:
    """A world with the feeds ``path → language`` in the operator's catalogue. The bot is not started yet.

    ``lexicon``: another folder than the shipped one (a small one makes starts fast).
    """
    async with FeedServer() as server, DiscordStandin(openapi=openapi) as discord:
        config = tmp_path / "config"
        config.mkdir()
        # The compiled lexicon is kept beside the database: one compilation serves all tests (it is keyed by the lexicon's contents).
        CACHE.mkdir(exist_ok=True)
        (tmp_path / "cache").symlink_to(CACHE, target_is_directory=True)
        (config / "lexicon").symlink_to(lexicon or ROOT / "config" / "lexicon", target_is_directory=True)
        (config / "watches.yaml").write_text(
            (ROOT / "config" / "watches.yaml").read_text(encoding="utf-8"), encoding="utf-8"
        )
        rows = [
            {
                "url": server.url(path),
                "title": f"Feed {path}",
                "language": language,
                "kind": "daily",
            }
            for path, language in feeds.items()
        ]
        # JSON is YAML.
        (config / "feeds.yaml").write_text(json.dumps({"feeds": rows}), encoding="utf-8")
        admin = discord.user("anna", locale="fr")
        guild = discord.guild("Salon", locale="fr", members=[admin])
        discord.member(guild, admin, permissions="manage_guild")
        host = server.url("/").removeprefix("http://").rstrip("/")
        bot = BotProcess(
            {
                **FAST,
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_BASE": discord.api_base,
                "VIGIE_CONFIG": str(config),
                "VIGIE_DATABASE_URL": f"sqlite:///{tmp_path}/vigie.db",
                "VIGIE_FETCH__ALLOW_PRIVATE": json.dumps([host]),
                **(environment or {}),
            },
            tmp_path / "bot.log",
        )
        try:
            yield World(discord, server, bot, tmp_path, guild, admin)
        finally:
            if bot.running:
                await bot.stop(signal.SIGKILL)
