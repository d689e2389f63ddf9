"""A small JSON control API over HTTP, for a stand-in that runs as a process of its own.

``POST /call/<method>`` with a JSON object of named values; the answer is JSON. Things are named by their ids.
A value of a command option may be plain, or ``{"user": id}``, ``{"role": id}``, ``{"channel": id}``, ``{"file": [name, text]}``.
What a person could not do, and wrong values, answer 400 with ``{"error": kind, "message": words}``.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.standins.discord import components as c
from tests.standins.discord import world as w
from tests.standins.discord.errors import Json
from tests.standins.discord.faults import Gate
from tests.standins.discord.interactions import Interaction, Unavailable
from tests.standins.discord.messages import Message, Version
from tests.standins.discord.render import page
from tests.standins.discord.standin import DiscordStandin

KINDS = {"text": w.TEXT, "announcement": w.ANNOUNCEMENT, "voice": w.VOICE, "category": w.CATEGORY}
Method = Callable[..., Any | Awaitable[Any]]


def version_json(version: Version) -> Json:
    return {
        "at": version.at,
        "text": version.text,
        "content": version.content,
        "embeds": list(version.embeds),
        "components": list(version.components),
        "flags": version.flags,
        "files": [{"name": f.filename, "size": len(f.data), "url": f.url} for f in version.files],
        "allowed_mentions": version.allowed_mentions,
    }


def message_json(message: Message) -> Json:
    """A message with its history; ``text`` is all a reader sees now."""
    return {
        "id": message.id,
        "channel": message.channel.id,
        "author": message.author.id,
        "by_bot": message.author.bot,
        "text": message.text,
        "links": message.links,
        "controls": [
            {k: x.get(k) for k in ("custom_id", "label", "placeholder", "url", "disabled") if x.get(k) is not None}
            for x in c.controls(message.components)
        ],
        "versions": [version_json(v) for v in message.versions],
        "deleted": message.deleted,
        "crossposted": message.crossposted,
        "ephemeral_for": message.ephemeral_for,
        "interaction": message.interaction.id if message.interaction else None,
        "nonce": message.nonce,
    }


def answer_json(answer: Interaction) -> Json:
    return {
        "id": answer.id,
        "failed": answer.failed,
        "response_type": answer.response_type,
        "elapsed": answer.elapsed,
        "resolved_at": answer.resolved_at,
        "pending": answer.pending,
        "ephemeral": answer.ephemeral,
        "text": answer.text,
        "modal": answer.modal,
        "choices": answer.choices,
        "original": message_json(answer.original) if answer.original else None,
        "followups": [message_json(m) for m in answer.followups],
    }


class Control:
    """The methods of the control API over one stand-in. Every public method with a name is callable."""

    def __init__(self, standin: DiscordStandin) -> None:
        self._d = standin
        self._gates: dict[int, Gate] = {}

    # -- looking things up; LookupError when an id is unknown ------------------------------------------------------------

    def _user(self, user: int) -> w.User:
        return self._d.state.users[int(user)]

    def _guild(self, guild: int) -> w.Guild:
        return self._d.state.guilds[int(guild)]

    def _channel(self, channel: int) -> w.Channel:
        found = self._d.state.channel(int(channel))
        if found is None:
            raise LookupError(f"no channel {channel}")
        return found

    def _where(self, where: int | None) -> w.Guild | w.Channel | None:
        if where is None:
            return None
        return self._d.state.guilds.get(int(where)) or self._channel(where)

    def _message(self, message: int) -> Message:
        return self._d.state.messages[int(message)]

    def _values(self, options: Json | None) -> Json:
        def value(given: Any) -> Any:
            if not isinstance(given, dict):
                return given
            if "user" in given:
                return self._user(given["user"])
            if "channel" in given:
                return self._channel(given["channel"])
            if "role" in given:
                return next(
                    g.roles[int(given["role"])] for g in self._d.state.guilds.values() if int(given["role"]) in g.roles
                )
            name, text = given["file"]
            return name, str(text).encode()

        return {key: value(given) for key, given in (options or {}).items()}

    # -- the world -------------------------------------------------------------------------------------------------------

    def state(self) -> Json:
        d = self._d
        return {
            "api_base": d.api_base,
            "application_id": d.application_id,
            "shards_connected": sorted({s.shard for s in d.gateway.live}),
            "identifies": len(d.gateway.identifies),
            "resumes": d.gateway.resumes,
            "syncs": d.state.syncs,
            "requests": len(d.state.requests),
            "invalid_requests": d.state.invalid_requests,
            "unhandled": d.state.unhandled,
            "errors": [repr(e) for e in d.state.errors],
            "commands": [x["name"] for x in d.commands],
            "guilds": [
                {
                    "id": g.id,
                    "name": g.name,
                    "channels": [
                        {"id": x.id, "name": x.name, "type": x.kind} for x in g.channels.values() if not x.deleted
                    ],
                    "threads": [{"id": x.id, "name": x.name} for x in g.threads.values() if not x.deleted],
                    "members": [m.user.id for m in g.members.values()],
                }
                for g in d.state.guilds.values()
            ],
            "users": [{"id": u.id, "name": u.name, "bot": u.bot} for u in d.state.users.values()],
        }

    def user(self, name: str, **more: Any) -> Json:
        return {"id": self._d.user(name, **more).id}

    def guild(self, name: str, *, members: list[int] | None = None, **more: Any) -> Json:
        if "shard" in more:
            more["shard"] = tuple(more["shard"])
        return {"id": self._d.guild(name, members=[self._user(u) for u in members or ()], **more).id}

    def channel(self, guild: int, name: str, kind: str = "text") -> Json:
        return {"id": self._d.channel(self._guild(guild), name, KINDS[kind]).id}

    def forum(self, guild: int, name: str, tags: list[str] | None = None, require_tag: bool = False) -> Json:
        made = self._d.forum(self._guild(guild), name, tags=tags or (), require_tag=require_tag)
        return {"id": made.id, "tags": {t.name: t.id for t in made.tags}}

    def thread(self, channel: int, name: str) -> Json:
        return {"id": self._d.thread(self._channel(channel), name).id}

    def set_thread(self, thread: int, archived: bool | None = None, locked: bool | None = None) -> None:
        self._d.set_thread(self._channel(thread), archived=archived, locked=locked)

    def role(self, guild: int, name: str, **more: Any) -> Json:
        return {"id": self._d.role(self._guild(guild), name, **more).id}

    def member(
        self, guild: int, user: int, permissions: list[str] | None = None, roles: list[int] | None = None
    ) -> None:
        found = self._guild(guild)
        self._d.member(
            found, self._user(user), permissions=permissions or (), roles=[found.roles[int(r)] for r in roles or ()]
        )

    def dm(self, user: int) -> Json:
        return {"id": self._d.dm(self._user(user)).id}

    def deny(self, channel: int, permissions: list[str]) -> None:
        self._d.deny(self._channel(channel), *permissions)

    def allow(self, channel: int, permissions: list[str]) -> None:
        self._d.allow(self._channel(channel), *permissions)

    def delete_channel(self, channel: int) -> None:
        self._d.delete_channel(self._channel(channel))

    def delete_message(self, message: int) -> None:
        self._d.delete_message(self._message(message))

    def kick_bot(self, guild: int) -> None:
        self._d.kick_bot(self._guild(guild))

    def invite_bot(self, guild: int) -> None:
        self._d.invite_bot(self._guild(guild))

    def guild_outage(self, guild: int) -> None:
        self._d.guild_outage(self._guild(guild))

    def guild_back(self, guild: int) -> None:
        self._d.guild_back(self._guild(guild))

    def close_dms(self, user: int) -> None:
        self._d.close_dms(self._user(user))

    def open_dms(self, user: int) -> None:
        self._d.open_dms(self._user(user))

    def say(self, user: int, channel: int, content: str) -> Json:
        return message_json(self._d.say(self._user(user), self._channel(channel), content))

    # -- records ---------------------------------------------------------------------------------------------------------

    def messages(self, channel: int | None = None, user: int | None = None, deleted: bool = False) -> list[Json]:
        """Of a channel (also a deleted one), of a user's direct messages, or all."""
        where = self._user(user) if user is not None else None if channel is None else int(channel)
        return [message_json(m) for m in self._d.messages(where, deleted=deleted)]

    def posts(self, channel: int | None = None, user: int | None = None) -> list[Json]:
        """The bot's own public messages."""
        where = self._user(user) if user is not None else None if channel is None else int(channel)
        return [message_json(m) for m in self._d.posts(where)]

    def violations(self) -> list[Json]:
        return [dataclasses.asdict(v) for v in self._d.violations]

    def pings(self) -> list[Json]:
        return [dataclasses.asdict(p) for p in self._d.pings]

    def requests(self, method: str | None = None, route: str | None = None) -> list[Json]:
        return [
            {"at": r.at, "method": r.method, "route": r.route, "path": r.path, "status": r.status, "body": r.body}
            for r in self._d.requests
            if method in (None, r.method) and route in (None, r.route)
        ]

    def html(self, message: int, theme: str = "dark") -> str:
        return page([self._message(message)], theme=theme)

    # -- people ----------------------------------------------------------------------------------------------------------

    async def slash(
        self, user: int, path: str, where: int | None = None, options: Json | None = None, **more: Any
    ) -> Json:
        values = self._values(options)
        return answer_json(await self._d.slash(self._user(user), self._where(where), path, values, **more))

    async def autocomplete(
        self,
        user: int,
        path: str,
        option: str,
        value: Any = "",
        where: int | None = None,
        options: Json | None = None,
        **more: Any,
    ) -> Json:
        values = self._values(options)
        person, place = self._user(user), self._where(where)
        return answer_json(await self._d.autocomplete(person, place, path, option, value, values, **more))

    async def click(self, user: int, message: int, which: str, **more: Any) -> Json:
        return answer_json(await self._d.click(self._user(user), self._message(message), which, **more))

    async def select(self, user: int, message: int, which: str, values: list[Any], **more: Any) -> Json:
        chosen = list(self._values(dict(enumerate(values))).values())  # type: ignore[arg-type]
        return answer_json(await self._d.select(self._user(user), self._message(message), which, chosen, **more))

    async def submit_modal(self, answer: int, values: Json) -> Json:
        opened = self._d.state.interactions[int(answer)]
        return answer_json(await self._d.submit_modal(opened, self._values(values)))

    async def message_command(self, user: int, message: int, name: str, **more: Any) -> Json:
        return answer_json(await self._d.message_command(name, self._message(message), self._user(user), **more))

    # -- trouble ---------------------------------------------------------------------------------------------------------

    def fail(self, method: str, route: str, status: int, body: Any = None, **more: Any) -> None:
        self._d.fail(method, route, status, body, **more)

    def refuse(self, method: str, route: str, status: int, code: int, **more: Any) -> None:
        self._d.refuse(method, route, status, code, **more)

    def rate_limit(self, method: str, route: str, retry_after: float, **more: Any) -> None:
        self._d.rate_limit(method, route, retry_after, **more)

    def drop(self, method: str, route: str, when: str, **more: Any) -> None:
        self._d.drop(method, route, when=when, **more)

    def delay(self, method: str, route: str, seconds: float, **more: Any) -> None:
        self._d.delay(method, route, seconds, **more)

    def hold(self, method: str, route: str, when: str, **more: Any) -> Json:
        """A gate; its id is for gate_reached and gate_release."""
        number = len(self._gates) + 1
        self._gates[number] = self._d.hold(method, route, when=when, **more)
        return {"id": number}

    async def gate_reached(self, gate: int, timeout: float = 10.0) -> None:
        await self._gates[gate].reached(timeout)

    def gate_release(self, gate: int) -> None:
        self._gates[gate].release()

    def limit(self, method: str, route: str, count: int, seconds: float) -> None:
        self._d.limit(method, route, count, seconds)

    def heal(self) -> None:
        self._d.heal()

    def down(self) -> None:
        self._d.down()

    def up(self) -> None:
        self._d.up()

    def gateway(self, action: str) -> None:
        """drop, close, reconnect, invalidate or forget."""
        actions = {
            name: getattr(self._d.gateway, name) for name in ("drop", "close", "reconnect", "invalidate", "forget")
        }
        actions[action]()

    async def ready(self, timeout: float = 30.0) -> None:
        await self._d.ready(timeout=timeout)

    async def synced(self, timeout: float = 30.0) -> None:
        await self._d.synced(timeout)


def control_app(standin: DiscordStandin) -> web.Application:
    control = Control(standin)
    methods: dict[str, Method] = {
        name: method for name, method in inspect.getmembers(control, inspect.ismethod) if not name.startswith("_")
    }

    async def call(request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        if name not in methods:
            return web.json_response({"error": "LookupError", "message": f"there are {sorted(methods)}"}, status=404)
        try:
            raw = await request.text()
            outcome = methods[name](**(json.loads(raw) if raw else {}))
            value = await outcome if inspect.isawaitable(outcome) else outcome
        except TimeoutError:
            return web.json_response({"error": "TimeoutError", "message": "it did not come in time"}, status=504)
        except (Unavailable, LookupError, TypeError, ValueError) as error:
            return web.json_response({"error": type(error).__name__, "message": str(error)}, status=400)
        return web.json_response(value)

    app = web.Application()
    app.router.add_post("/call/{method}", call)
    return app
