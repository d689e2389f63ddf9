"""The gateway: a real websocket that speaks Discord's protocol v10 (docs, events/gateway; topics/opcodes-and-status-codes)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from tests.standins.discord.errors import Json

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME, RECONNECT, REQUEST_MEMBERS = 0, 1, 2, 3, 4, 6, 7, 8
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11
SOUNDBOARD = 31
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
REPLAY_BOUND = 2_000
SENDS_PER_MINUTE = 120


class _Compressor(Protocol):
    def frame(self, data: bytes) -> bytes: ...


class _Zlib:
    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def frame(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class _Zstd:
    """zstd-stream; Python 3.14 has it built in, before that the ``zstandard`` package is needed. Raises ImportError."""

    def __init__(self) -> None:
        try:
            from compression import zstd  # type: ignore[import-not-found]  # Python 3.14
        except ImportError:
            import zstandard  # type: ignore[import-not-found]  # optional

            stream = zstandard.ZstdCompressor().compressobj()

            def frame(data: bytes) -> bytes:
                return bytes(stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))

        else:
            compressor = zstd.ZstdCompressor()

            def frame(data: bytes) -> bytes:
                return bytes(compressor.compress(data, mode=zstd.ZstdCompressor.FLUSH_BLOCK))

        self._frame = frame

    def frame(self, data: bytes) -> bytes:
        return self._frame(data)


class Session:
    """What survives a lost connection: the sequence and the events that can be replayed."""

    def __init__(self, shard: int, count: int, intents: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.count = count
        self.intents = intents
        self.seq = 0
        self.log: deque[tuple[int, Json]] = deque(maxlen=REPLAY_BOUND)
        self.connection: Connection | None = None
        self.lost_at: float | None = None
        self.presence: Json | None = None

    def dispatch(self, event: str, data: Any) -> None:
        self.seq += 1
        frame = {"op": DISPATCH, "t": event, "s": self.seq, "d": data}
        self.log.append((self.seq, frame))
        if self.connection:
            self.connection.push(frame)

    def since(self, seq: int) -> list[Json] | None:
        """The events after ``seq``, None when they are no longer kept."""
        if seq < self.seq and (not self.log or self.log[0][0] > seq + 1):
            return None
        return [frame for number, frame in self.log if number > seq]


class Connection:
    """One websocket. Frames go out in order through one writer."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request, compressor: _Compressor | None) -> None:
        self.ws = ws
        self.request = request
        self.session: Session | None = None
        self.sends: deque[float] = deque(maxlen=SENDS_PER_MINUTE + 1)
        self.last_heartbeat = time.monotonic()
        self.closed_by_us = False
        self._compressor = compressor
        self._out: asyncio.Queue[Json | int] = asyncio.Queue()

    def push(self, frame: Json) -> None:
        self._out.put_nowait(frame)

    def close(self, code: int) -> None:
        """Closes after what is already queued."""
        self.closed_by_us = True
        self._out.put_nowait(code)

    def abort(self) -> None:
        """The network is gone: no close frame."""
        if self.request.transport:
            self.request.transport.abort()

    async def write(self) -> None:
        while True:
            item = await self._out.get()
            if isinstance(item, int):
                await self.ws.close(code=item)
                return
            text = json.dumps(item, ensure_ascii=False)
            if self._compressor:
                await self.ws.send_bytes(self._compressor.frame(text.encode()))
            else:
                await self.ws.send_str(text)


class GatewayState(Protocol):
    """What the gateway asks of the world."""

    token: str
    heartbeat_interval: float
    resume_window: float
    allowed_intents: int
    identify_interval: float
    max_concurrency: int

    def ready_payload(self, session: Session) -> Json: ...

    def guild_events(self, session: Session) -> Iterator[Json]: ...

    def members_chunk(self, data: Json) -> Iterator[Json]: ...


class Gateway:
    """All connections and sessions. ``monotonic`` dates lost sessions and IDENTIFYs (seconds)."""

    def __init__(self, state: GatewayState, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._state = state
        self._monotonic = monotonic
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies: list[tuple[int, int]] = []
        """(shard, count) of every accepted IDENTIFY."""
        self.resumes = 0
        self.refusing = False
        self._identified_at: dict[int, float] = {}
        self._changed = asyncio.Event()

    # -- for tests ---------------------------------------------------------------------------------------------------

    @property
    def live(self) -> list[Session]:
        return [s for s in self.sessions.values() if s.connection]

    async def wait_for(self, condition: Callable[[], bool], timeout: float = 15.0) -> None:
        """Waits for a condition over sessions. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def close(self, code: int = 4000) -> None:
        for connection in list(self.connections):
            connection.close(code)

    def drop(self) -> None:
        """Cuts every connection without a close frame."""
        for connection in list(self.connections):
            connection.abort()

    def reconnect(self) -> None:
        """Asks every client to reconnect and resume (opcode 7)."""
        for connection in list(self.connections):
            connection.push({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Opcode 9; not resumable: the sessions are forgotten too."""
        for connection in list(self.connections):
            connection.push({"op": INVALID_SESSION, "d": resumable})
        if not resumable:
            self.forget()

    def forget(self) -> None:
        """Kills all sessions: a RESUME will be refused."""
        for session in self.sessions.values():
            session.connection = None
        self.sessions.clear()

    # -- events ------------------------------------------------------------------------------------------------------

    def dispatch(self, event: str, data: Any, *, guild_id: int | None, intent: int = 0) -> int:
        """Sends an event to every session of the right shard that asked for it; returns to how many.

        Shard: ``(guild_id >> 22) % count``, direct messages to shard 0 (docs, events/gateway, "Sharding").
        """
        reached = 0
        for session in list(self.sessions.values()):
            shard = 0 if guild_id is None else (guild_id >> 22) % session.count
            if shard == session.shard and (not intent or session.intents & intent):
                session.dispatch(event, data)
                reached += session.connection is not None
        return reached

    # -- protocol ----------------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One websocket, from the handshake to its end."""
        if self.refusing:
            return web.Response(status=503, text="gateway unavailable")
        if request.query.get("encoding", "json") != "json" or request.query.get("v", "10") not in ("9", "10"):
            return web.Response(status=400, text="unsupported encoding or version")
        kinds: dict[str, Callable[[], _Compressor]] = {"zlib-stream": _Zlib, "zstd-stream": _Zstd}
        make = kinds.get(request.query.get("compress", ""))
        compressor = make() if make else None
        ws = web.WebSocketResponse(compress=False, max_msg_size=4096 * 4, autoping=True)
        await ws.prepare(request)
        connection = Connection(ws, request, compressor)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        watch = asyncio.create_task(self._watch_heartbeats(connection))
        connection.push(
            {
                "op": HELLO,
                "d": {"heartbeat_interval": int(self._state.heartbeat_interval * 1000), "_trace": ["stand-in"]},
            }
        )
        try:
            async for message in ws:
                if message.type != WSMsgType.TEXT and message.type != WSMsgType.BINARY:
                    break
                self._receive(connection, message.data)
        finally:
            for task in (writer, watch):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await task
            self.connections.discard(connection)
            session = connection.session
            if session and session.connection is connection:
                session.connection = None
                session.lost_at = self._monotonic()
                # a client that closes with 1000 or 1001 gives its session up (docs, "Disconnecting")
                if ws.close_code in (1000, 1001) and not connection.closed_by_us:
                    self.sessions.pop(session.id, None)
            self._changed.set()
        return ws

    async def _watch_heartbeats(self, connection: Connection) -> None:
        interval = self._state.heartbeat_interval
        while True:
            await asyncio.sleep(interval)
            if time.monotonic() - connection.last_heartbeat > interval * 2:
                connection.close(4009)
                return

    def _receive(self, connection: Connection, raw: str | bytes) -> None:
        now = time.monotonic()
        connection.sends.append(now)
        if len(connection.sends) > SENDS_PER_MINUTE and now - connection.sends[0] < 60:
            connection.close(4008)
            return
        try:
            frame = json.loads(raw)
            op, data = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError):
            connection.close(4002)
            return
        if op == HEARTBEAT:
            connection.last_heartbeat = now
            connection.push({"op": HEARTBEAT_ACK, "d": None})
        elif op == IDENTIFY:
            self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            connection.close(4003)
        elif op == REQUEST_MEMBERS:
            for chunk in self._state.members_chunk(data):
                connection.session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
        elif op == PRESENCE:
            connection.session.presence = data
        elif op not in (VOICE_STATE, SOUNDBOARD):
            connection.close(4001)

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session:
            connection.close(4005)
            return
        if data.get("token") != self._state.token:
            connection.close(4004)
            return
        shard, count = data.get("shard") or (0, 1)
        if not 0 <= shard < count:
            connection.close(4010)
            return
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents >= 1 << 26:
            connection.close(4013)
            return
        if intents & PRIVILEGED & ~self._state.allowed_intents:
            connection.close(4014)
            return
        key = shard % self._state.max_concurrency
        now = self._monotonic()
        if now - self._identified_at.get(key, float("-inf")) < self._state.identify_interval:
            connection.push({"op": INVALID_SESSION, "d": False})
            return
        self._identified_at[key] = now
        self.identifies.append((shard, count))
        session = Session(shard, count, intents)
        session.presence = data.get("presence")
        self.sessions[session.id] = session
        connection.session, session.connection = session, connection
        session.dispatch("READY", self._state.ready_payload(session))
        if intents & GUILDS:
            for event in self._state.guild_events(session):
                session.dispatch("GUILD_CREATE", event)
        self._changed.set()

    def _resume(self, connection: Connection, data: Json) -> None:
        if data.get("token") != self._state.token:
            connection.close(4004)
            return
        session = self.sessions.get(str(data.get("session_id")))
        now = self._monotonic()
        expired = session and session.lost_at is not None and now - session.lost_at > self._state.resume_window
        if session is None or expired:
            connection.push({"op": INVALID_SESSION, "d": False})
            return
        seq = data.get("seq")
        missed = session.since(seq) if isinstance(seq, int) else None
        if not isinstance(seq, int) or seq > session.seq:
            connection.close(4007)
            return
        if missed is None:
            connection.push({"op": INVALID_SESSION, "d": False})
            return
        if session.connection and session.connection is not connection:
            session.connection.close(4000)
        connection.session, session.connection, session.lost_at = session, connection, None
        self.resumes += 1
        for frame in missed:
            connection.push(frame)
        session.dispatch("RESUMED", {"_trace": ["stand-in"]})
        self._changed.set()
