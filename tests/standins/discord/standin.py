"""The stand-in as tests use it: ``async with DiscordStandin(token="…") as discord: …``."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.standins.discord import rest_app, rest_channels, rest_interactions
from tests.standins.discord import world as w
from tests.standins.discord.building import Building
from tests.standins.discord.faults import Fault, Gate, route_pattern
from tests.standins.discord.gateway import Gateway
from tests.standins.discord.ids import snowflake
from tests.standins.discord.limits import Limit, RateLimits
from tests.standins.discord.mentions import Ping
from tests.standins.discord.messages import Message
from tests.standins.discord.people import People
from tests.standins.discord.schema import OpenApi
from tests.standins.discord.server import PREFIX, Server
from tests.standins.discord.state import Request, State, Violation

Route = str | re.Pattern[str]
SEND = "/channels/{channel_id}/messages"
EDIT = "/channels/{channel_id}/messages/{message_id}"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"


class DiscordStandin(Building, People):
    """Discord on loopback: HTTP API v10 and gateway, one bot, one event loop.

    ``openapi`` is the path of Discord's OpenAPI document; without it only the rules that span fields are checked.
    ``now`` (Unix seconds) dates messages and ids, ``monotonic`` (seconds) drives every window and deadline.
    ``nonce_window`` and ``resume_window`` are in seconds; ``identify_interval`` above 0 refuses quicker IDENTIFYs.
    """

    def __init__(
        self,
        token: str = "stand-in.of.discord",
        *,
        openapi: str | Path | OpenApi | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        shards: int = 1,
        heartbeat_interval: float = 41.25,
        nonce_window: float = 300.0,
        nonce_per_channel: bool = False,
        resume_window: float = 120.0,
        identify_interval: float = 0.0,
        max_concurrency: int = 1,
        global_limit: int = 50,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        document = OpenApi(openapi) if isinstance(openapi, str | Path) else openapi
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.state = State(
            token,
            now,
            monotonic,
            shards=shards,
            heartbeat_interval=heartbeat_interval,
            nonce_window=nonce_window,
            nonce_per_channel=nonce_per_channel,
            resume_window=resume_window,
            identify_interval=identify_interval,
            max_concurrency=max_concurrency,
            openapi=document,
        )
        self.state.limits.global_count = global_limit

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listens. Raises OSError when the port is taken."""
        routes = {**rest_app.ROUTES, **rest_channels.ROUTES, **rest_interactions.ROUTES}
        app = Server(self.state, routes).application()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.state.base_url = f"http://{self._host}:{self._port}"

    async def stop(self) -> None:
        for fault in self.state.faults:
            if fault.gate:
                fault.gate.release()
        self.gateway.drop()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # -- what there is -------------------------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        return self.state.token

    @property
    def api_base(self) -> str:
        """What DISCORD_API_BASE takes: with version, no slash at the end."""
        return self.state.base_url + PREFIX

    @property
    def gateway(self) -> Gateway:
        return self.state.gateway

    @property
    def bot(self) -> w.User:
        return self.state.bot

    @property
    def application_id(self) -> int:
        return self.state.bot.id

    @property
    def limits(self) -> RateLimits:
        return self.state.limits

    @property
    def violations(self) -> list[Violation]:
        """Every request that broke a rule; a test asserts that it is empty."""
        return self.state.violations

    @property
    def pings(self) -> list[Ping]:
        """Every mention that ``allowed_mentions`` let through."""
        return self.state.pings

    @property
    def requests(self) -> list[Request]:
        return list(self.state.requests)

    @property
    def commands(self) -> list[dict[str, Any]]:
        """The global commands as synced."""
        return self.state.global_commands

    def messages(self, channel: w.Channel | w.User | int | None = None, *, deleted: bool = False) -> list[Message]:
        """Messages with their versions, oldest first: of a channel, of a user's direct messages, or all.

        Ephemeral answers are included; deleted messages only on request.
        """
        if isinstance(channel, w.User):
            channel = self.state.dm_with(channel)
        if channel is None:
            found = list(self.state.messages.values())
        else:
            channel_id = channel if isinstance(channel, int) else channel.id
            found = [m for m in self.state.messages.values() if m.channel.id == channel_id]
        return [m for m in found if deleted or not m.deleted]

    def posts(self, channel: w.Channel | w.User | int | None = None) -> list[Message]:
        """The bot's own public messages (no interaction answers), oldest first."""
        return [m for m in self.messages(channel) if m.author is self.bot and m.interaction is None]

    async def wait_for(self, condition: Callable[[], Any], timeout: float = 10.0) -> Any:
        """Waits until ``condition()`` is true and returns it. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not (value := condition()):  # noqa: ASYNC110 - any condition of a test, not one event
                await asyncio.sleep(0.01)
        return value

    async def ready(self, *, shards: int | None = None, timeout: float = 30.0) -> None:
        """Waits until the bot's shards are connected. Raises TimeoutError."""
        count = shards or self.state.shards
        await self.gateway.wait_for(lambda: len({s.shard for s in self.gateway.live}) >= count, timeout)

    async def synced(self, timeout: float = 30.0) -> None:
        """Waits until the bot has synced commands. Raises TimeoutError."""
        await self.wait_for(lambda: self.state.syncs, timeout)

    def snowflake_at(self, at: float) -> int:
        return snowflake(at)

    # -- trouble -------------------------------------------------------------------------------------------------------

    def fail(
        self,
        method: str,
        route: Route,
        status: int,
        body: Any = None,
        *,
        times: int | None = 1,
        skip: int = 0,
        headers: dict[str, str] | None = None,
        contains: str | None = None,
        carried_out: bool = False,
    ) -> Fault:
        """Answers matching requests with ``status`` instead of carrying them out (or, ``carried_out``, although it did).

        ``body``: JSON, or text for an answer that is no JSON. ``contains``: only requests whose body, as text, has this.
        """
        fault = Fault(method, route_pattern(route), times, skip, status=status, body=body, headers=headers or {})
        fault.contains, fault.carried_out = contains, carried_out
        return self._order(fault)

    def refuse(self, method: str, route: Route, status: int, code: int, message: str = "ordered", **more: Any) -> Fault:
        """Like ``fail``, with an error in Discord's form."""
        return self.fail(method, route, status, {"message": message, "code": code}, **more)

    def rate_limit(
        self,
        method: str,
        route: Route,
        retry_after: float,
        *,
        times: int | None = 1,
        is_global: bool = False,
        shared: bool = False,
        cloudflare: bool = False,
    ) -> Fault:
        """A 429 out of the blue. ``cloudflare``: text body and no Via header, which discord.py raises at once."""
        scope = "global" if is_global else "shared" if shared else "user"
        if cloudflare:
            return self.fail(
                method, route, 429, "error code: 1015", times=times, headers={"Retry-After": str(int(retry_after) + 1)}
            )
        headers = {"Retry-After": str(int(retry_after) + 1), "X-RateLimit-Scope": scope}
        if is_global:
            headers["X-RateLimit-Global"] = "true"
        body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": is_global}
        return self.fail(method, route, 429, body, times=times, headers=headers)

    def drop(
        self, method: str, route: Route, *, when: str, times: int | None = 1, skip: int = 0, contains: str | None = None
    ) -> Fault:
        """Cuts the connection "before" the request is carried out or "after" it (the answer is lost)."""
        if when not in ("before", "after"):
            raise ValueError(when)
        return self._order(Fault(method, route_pattern(route), times, skip, drop=when, contains=contains))

    def delay(self, method: str, route: Route, seconds: float, *, times: int | None = 1) -> Fault:
        return self._order(Fault(method, route_pattern(route), times, delay=seconds))

    def hold(
        self, method: str, route: Route, *, when: str, times: int | None = 1, skip: int = 0, contains: str | None = None
    ) -> Gate:
        """Holds a request "before" it is carried out or "after" it (before the answer) until ``release()``."""
        if when not in ("before", "after"):
            raise ValueError(when)
        gate = Gate(when)
        self._order(Fault(method, route_pattern(route), times, skip, gate=gate, contains=contains))
        return gate

    def _order(self, fault: Fault) -> Fault:
        self.state.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Takes back all faults and the outage."""
        for fault in self.state.faults:
            if fault.gate:
                fault.gate.release()
        self.state.faults.clear()
        self.up()

    def down(self) -> None:
        """An outage: every request 503, gateway cut and refused."""
        self.state.down = True
        self.gateway.refusing = True
        self.gateway.drop()

    def up(self) -> None:
        self.state.down = False
        self.gateway.refusing = False

    def limit(self, method: str, route: str, count: int, seconds: float) -> None:
        """Sets the rate limit of a route template."""
        self.limits.limits[method, route] = Limit(count, seconds)
