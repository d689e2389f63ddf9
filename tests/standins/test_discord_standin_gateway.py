"""The stand-in's gateway over a raw websocket: handshake, close codes, compression, resuming, shards."""

from __future__ import annotations

import json
import zlib
from typing import Any

import aiohttp
import pytest

from tests.standins.discord import DiscordStandin

pytestmark = pytest.mark.asyncio


class Socket:
    """A gateway client without discord.py."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self._inflate = zlib.decompressobj()
        self.seq = 0

    async def next(self) -> dict[str, Any]:
        """The next frame; a close frame comes as {"closed": code}."""
        message = await self.ws.receive(timeout=5)
        if message.type is aiohttp.WSMsgType.BINARY:
            frame: dict[str, Any] = json.loads(self._inflate.decompress(message.data))
        elif message.type is aiohttp.WSMsgType.TEXT:
            frame = json.loads(message.data)
        else:
            return {"closed": self.ws.close_code}
        self.seq = frame.get("s") or self.seq
        return frame

    async def until(self, event: str) -> dict[str, Any]:
        while True:
            frame = await self.next()
            assert "closed" not in frame, frame
            if frame.get("t") == event:
                return dict(frame["d"])

    async def send(self, op: int, data: Any) -> None:
        await self.ws.send_json({"op": op, "d": data})

    async def identify(self, standin: DiscordStandin, **more: Any) -> None:
        await self.send(2, {"token": standin.token, "intents": 1, "properties": {}, **more})


async def connect(session: aiohttp.ClientSession, standin: DiscordStandin, compress: str = "") -> Socket:
    query = "?v=10&encoding=json" + (f"&compress={compress}" if compress else "")
    socket = Socket(await session.ws_connect(standin.state.gateway_url + query))
    hello = await socket.next()
    assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41250)
    return socket


@pytest.mark.parametrize("compress", ["", "zlib-stream"])
async def test_identify_gives_ready_and_then_the_guilds(compress: str) -> None:
    async with DiscordStandin() as d, aiohttp.ClientSession() as session:
        guild = d.guild("Salon")
        socket = await connect(session, d, compress)
        await socket.identify(d)
        ready = await socket.until("READY")
        assert ready["guilds"] == [{"id": str(guild.id), "unavailable": True}]
        assert ready["resume_gateway_url"].startswith("ws://127.0.0.1:")
        created = await socket.until("GUILD_CREATE")
        assert (created["name"], created["member_count"]) == ("Salon", 2)
        await socket.send(1, socket.seq)
        assert (await socket.next())["op"] == 11
        d.channel(guild, "new")
        assert (await socket.until("CHANNEL_CREATE"))["name"] == "new"


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "other", "intents": 1}, 4004),
        (2, {"token": "stand-in.of.discord", "intents": 1, "shard": [2, 2]}, 4010),
        (2, {"token": "stand-in.of.discord", "intents": 1 << 15}, 4014),
        (2, {"token": "stand-in.of.discord"}, 4013),
        (3, {}, 4003),
        (6, {"token": "other", "session_id": "x", "seq": 1}, 4004),
    ],
)
async def test_close_codes(op: int, data: dict[str, Any], code: int) -> None:
    async with DiscordStandin() as d, aiohttp.ClientSession() as session:
        socket = await connect(session, d)
        await socket.send(op, data)
        assert await socket.next() == {"closed": code}
        assert d.gateway.live == []


async def test_nonsense_and_floods_close_the_connection() -> None:
    async with DiscordStandin() as d, aiohttp.ClientSession() as session:
        socket = await connect(session, d)
        await socket.ws.send_str("{no json")
        assert await socket.next() == {"closed": 4002}
        socket = await connect(session, d)
        for _ in range(121):
            await socket.send(1, None)
        frames = [await socket.next() for _ in range(121)]
        assert frames[-1] == {"closed": 4008}
        assert all(f["op"] == 11 for f in frames[:-1])


async def test_a_resume_replays_what_was_missed() -> None:
    async with DiscordStandin() as d, aiohttp.ClientSession() as session:
        guild = d.guild("Salon")
        first = await connect(session, d)
        await first.identify(d)
        ready = await first.until("READY")
        await first.until("GUILD_CREATE")
        d.gateway.drop()
        await d.wait_for(lambda: not d.gateway.live)
        d.channel(guild, "missed")
        second = await connect(session, d)
        await second.send(6, {"token": d.token, "session_id": ready["session_id"], "seq": first.seq})
        assert (await second.next())["d"]["name"] == "missed"
        assert (await second.next())["t"] == "RESUMED"
        assert d.gateway.resumes == 1
        third = await connect(session, d)
        await third.send(6, {"token": d.token, "session_id": ready["session_id"], "seq": 999})
        assert await third.next() == {"closed": 4007}
        d.gateway.forget()
        fourth = await connect(session, d)
        await fourth.send(6, {"token": d.token, "session_id": ready["session_id"], "seq": second.seq})
        assert await fourth.next() == {"op": 9, "d": False}


async def test_a_session_can_be_resumed_only_for_a_while() -> None:
    async with DiscordStandin(resume_window=0.0) as d, aiohttp.ClientSession() as session:
        socket = await connect(session, d)
        await socket.identify(d)
        ready = await socket.until("READY")
        d.gateway.drop()
        await d.wait_for(lambda: not d.gateway.live)
        again = await connect(session, d)
        await again.send(6, {"token": d.token, "session_id": ready["session_id"], "seq": socket.seq})
        assert await again.next() == {"op": 9, "d": False}


async def test_events_go_to_the_shard_of_their_guild() -> None:
    async with DiscordStandin(shards=2) as d, aiohttp.ClientSession() as session:
        guilds = [d.guild(f"g{n}", shard=(n, 2)) for n in range(2)]
        assert [(g.id >> 22) % 2 for g in guilds] == [0, 1]
        sockets = [await connect(session, d) for _ in range(2)]
        for number, socket in enumerate(sockets):
            await socket.identify(d, shard=[number, 2])
            ready = await socket.until("READY")
            assert ready["guilds"] == [{"id": str(guilds[number].id), "unavailable": True}]
            await socket.until("GUILD_CREATE")
        d.channel(guilds[1], "one")
        d.channel(guilds[0], "zero")
        assert [(await s.until("CHANNEL_CREATE"))["name"] for s in sockets] == ["zero", "one"]


async def test_too_quick_an_identify_is_an_invalid_session() -> None:
    async with DiscordStandin(identify_interval=60.0) as d, aiohttp.ClientSession() as session:
        first = await connect(session, d)
        await first.identify(d)
        await first.until("READY")
        second = await connect(session, d)
        await second.identify(d)
        assert await second.next() == {"op": 9, "d": False}


async def test_a_refused_handshake() -> None:
    async with DiscordStandin() as d, aiohttp.ClientSession() as session:
        d.down()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(d.state.gateway_url)
        assert refused.value.status == 503
