"""The HTTP side: parsing, faults, authorisation, rate limits, schema check, then the handler of the route."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.standins.discord import errors
from tests.standins.discord.errors import ApiError, Json
from tests.standins.discord.faults import Fault
from tests.standins.discord.state import Request, State

PREFIX = "/api/v10"
MAX_REQUEST = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    filename: str
    data: bytes


@dataclass(eq=False)
class Call:
    """A request made ready for its handler: path parameters, query, JSON body, uploaded files by their number."""

    method: str
    route: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: Any = None
    uploads: dict[int, Upload] = field(default_factory=dict)

    @property
    def interaction(self) -> bool:
        """Whether this is a callback or a follow-up."""
        return without_token(self.route)

    def id(self, name: str) -> int:
        """A path parameter as snowflake. Raises ApiError 50035."""
        value = self.params[name]
        if not value.isdecimal():
            problem = errors.FieldError((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            raise errors.invalid_form([problem])
        return int(value)

    @property
    def json(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}


Reply = tuple[int, Any]
"""Status and JSON body (None: no body)."""
Handler = Callable[[State, Call], Reply | Awaitable[Reply]]
Routes = dict[tuple[str, str], Handler]


def without_token(route: str) -> bool:
    """Routes that a token in the address authorises; they do not count against the global limit (docs, topics/rate-limits)."""
    return route.startswith(("/interactions/", "/webhooks/{webhook_id}/{webhook_token}"))


class Server:
    def __init__(self, state: State, routes: Routes) -> None:
        self._state = state
        self._routes = routes

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST + 65_536)
        # literal segments before placeholders, so that @me is not taken for an id
        for method, route in sorted(self._routes, key=lambda key: (key[1].replace("{", "~"), key[0])):
            app.router.add_route(method, PREFIX + route, self._handle)
        app.router.add_get("/gateway", self._state.gateway.handle)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self._attachment)
        app.router.add_route("*", "/{tail:.*}", self._unknown)
        return app

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        self._state.unhandled.append(f"{request.method} {request.path}")
        return _response(404, {"message": "404: Not Found", "code": 0}, {})

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        file = self._state.files.get(int(request.match_info["file"]))
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.data, headers={"Content-Type": file.content_type or "application/octet-stream"})

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        state = self._state
        resource = request.match_info.route.resource
        route = resource.canonical.removeprefix(PREFIX) if resource else request.path
        path = request.path.removeprefix(PREFIX)
        call = Call(request.method, route, path, dict(request.match_info), dict(request.query))
        try:
            await _read_body(request, call)
        except ApiError as error:
            return _response(error.status, error.body(), {})
        except (ConnectionError, web.HTTPException):
            return _response(413, {"message": "Request entity too large", "code": 40005}, {})
        record = Request(state.monotonic(), call.method, route, path, call.body)
        state.requests.append(record)
        struck = [f for f in list(state.faults) if f.strikes(call.method, path, call.body)]
        await _suffer(struck, "before")
        if any(f.drop == "before" for f in struck):
            return _drop(request, record)
        reply = _ordered(struck)
        if reply is None or any(f.carried_out for f in struck):
            answered = await self._answer(request, call)
            reply = reply or answered
        status, body, headers = reply
        record.status, record.answer = status, body
        await _suffer(struck, "after")
        if any(f.drop == "after" for f in struck):
            return _drop(request, record)
        if status in (401, 403) or (status == 429 and headers.get("X-RateLimit-Scope") != "shared"):
            state.invalid_requests += 1
        return _response(status, body, headers)

    async def _answer(self, request: web.Request, call: Call) -> tuple[int, Any, dict[str, str]]:
        state = self._state
        headers: dict[str, str] = {}
        try:
            if state.down:
                return 503, {"message": "Service unavailable", "code": 0}, {}
            if not without_token(call.route) and request.headers.get("Authorization") != f"Bot {state.token}":
                raise errors.unauthorized()
            major = "/".join(call.params.get(k, "") for k in ("channel_id", "guild_id", "webhook_id", "webhook_token"))
            verdict = state.limits.take(call.method, call.route, major, counts_globally=not without_token(call.route))
            headers = dict(verdict.headers)
            if verdict.retry_after is not None:
                return _limited(verdict.retry_after, verdict.scope, verdict.code, headers)
            self._check_schema(call)
            outcome = self._routes[call.method, call.route](state, call)
            status, body = outcome if isinstance(outcome, tuple) else await outcome
        except ApiError as error:
            for problem in error.problems:
                state.violate("rule", call, problem)
            return error.status, error.body(), headers | error.headers
        except Exception as defect:
            state.errors.append(defect)
            raise
        return status, body, headers

    def _check_schema(self, call: Call) -> None:
        if self._state.openapi is None:
            return
        problems = self._state.openapi.check_request(call.method, call.route, call.body)
        for problem in problems:
            self._state.violate("schema", call, problem)
        if problems:
            error = errors.invalid_form(problems)
            error.problems = ()
            raise error


async def _read_body(request: web.Request, call: Call) -> None:
    if request.content_type == "multipart/form-data":
        reader = await request.multipart()
        total = 0
        async for part in reader:
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=True))
            total += len(data)
            if total > MAX_REQUEST:
                raise ApiError(413, 40005, "Request entity too large")
            name = part.name or ""
            if name == "payload_json":
                call.body = json.loads(data)
            elif name.startswith("files[") and name.endswith("]"):
                call.uploads[int(name[6:-1])] = Upload(part.filename or "unknown", data)
        return
    raw = await request.read()
    if not raw:
        return
    if request.content_type != "application/json":
        problem = errors.FieldError(("_misc",), "CONTENT_TYPE_INVALID", "Expected application/json")
        raise errors.invalid_form([problem])
    try:
        call.body = json.loads(raw)
    except ValueError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None


async def _suffer(faults: list[Fault], when: str) -> None:
    for fault in faults:
        if when == "before" and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.gate and fault.gate.when == when:
            await fault.gate.hold()


def _ordered(faults: list[Fault]) -> tuple[int, Any, dict[str, str]] | None:
    """The answer that a fault dictates instead of the handler's."""
    for fault in faults:
        if fault.status is not None:
            body = fault.body if fault.body is not None else {"message": f"{fault.status}: ordered", "code": 0}
            return fault.status, body, dict(fault.headers)
    return None


def _limited(retry_after: float, scope: str, code: int, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
    body: Json = {"message": "You are being rate limited.", "retry_after": retry_after, "global": scope == "global"}
    if code:
        body["code"] = code
    return 429, body, headers | {"Retry-After": str(max(1, round(retry_after + 0.5)))}


def _drop(request: web.Request, record: Request) -> web.StreamResponse:
    record.status = 0
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def _response(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    headers = {"Via": "1.1 google", **headers}
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers={k: v for k, v in headers.items() if k != "Via"})
    data = json.dumps(body, ensure_ascii=False).encode()
    # exactly application/json, without a charset, as Discord sends it
    return web.Response(status=status, body=data, headers=headers | {"Content-Type": "application/json"})
