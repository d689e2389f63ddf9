"""The stand-in for Discord over raw HTTP: does it refuse what Discord refuses, and in Discord's form?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.standins.discord import SEND, Channel, DiscordStandin, OpenApi
from tests.standins.discord.rules import V2

pytestmark = pytest.mark.asyncio
NOBODY: dict[str, Any] = {"parse": []}


class Client:
    """Requests as a bot would make them, without discord.py."""

    def __init__(self, standin: DiscordStandin, session: aiohttp.ClientSession) -> None:
        self.standin = standin
        self.session = session

    async def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any
    ) -> tuple[int, Any, dict[str, str]]:
        headers = {"Authorization": f"Bot {token or self.standin.token}"}
        if body is not None:
            more["json"] = body
        async with self.session.request(method, self.standin.api_base + path, headers=headers, **more) as answer:
            kind = answer.headers.get("Content-Type")
            value = await answer.json() if kind == "application/json" else await answer.text()
            return answer.status, value, dict(answer.headers)

    async def send(self, channel: Channel, **body: Any) -> tuple[int, Any, dict[str, str]]:
        body.setdefault("allowed_mentions", NOBODY)
        return await self("POST", f"/channels/{channel.id}/messages", body)


class Scene:
    def __init__(self, standin: DiscordStandin, client: Client) -> None:
        self.standin = standin
        self.call = client
        self.send = client.send
        self.anna = standin.user("anna")
        self.guild = standin.guild("Salon", members=[self.anna])
        self.channel = standin.channel(self.guild, "alerts")
        standin.limit("POST", SEND, 1000, 1.0)


@pytest_asyncio.fixture
async def scene(openapi: OpenApi | None) -> AsyncIterator[Scene]:
    async with DiscordStandin(openapi=openapi) as standin, aiohttp.ClientSession() as session:
        yield Scene(standin, Client(standin, session))
        assert standin.state.errors == []


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def codes(answer: Any) -> set[str]:
    """All error codes in a body of Discord's form."""
    found: set[str] = set()
    if isinstance(answer, dict):
        for key, value in answer.items():
            found |= {e["code"] for e in value} if key == "_errors" else codes(value)
    return found


async def test_a_wrong_token_is_refused_in_discords_form_and_content_type(scene: Scene) -> None:
    status, body, headers = await scene.call("GET", "/users/@me", token="other")
    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})
    assert headers["Content-Type"] == "application/json"
    assert scene.standin.state.invalid_requests == 1


async def test_an_unknown_route_is_recorded(scene: Scene) -> None:
    status, body, _ = await scene.call("GET", "/no/such/route")
    assert (status, body["code"]) == (404, 0)
    assert scene.standin.state.unhandled == ["GET /api/v10/no/such/route"]


async def test_messages_are_listed_newest_first_and_paged(scene: Scene) -> None:
    ids = [(await scene.send(scene.channel, content=f"n{n}"))[1]["id"] for n in range(5)]
    where = f"/channels/{scene.channel.id}/messages"
    _, newest, _ = await scene.call("GET", where, params={"limit": 2})
    assert [m["id"] for m in newest] == [ids[4], ids[3]]
    _, older, _ = await scene.call("GET", where, params={"limit": 2, "before": ids[2]})
    assert [m["id"] for m in older] == [ids[1], ids[0]]
    _, later, _ = await scene.call("GET", where, params={"limit": 2, "after": ids[1]})
    assert [m["id"] for m in later] == [ids[3], ids[2]]
    status, body, _ = await scene.call("GET", where, params={"limit": 101})
    assert (status, body["code"]) == (400, 50035)


async def test_history_of_edits_is_kept(scene: Scene) -> None:
    _, made, _ = await scene.send(scene.channel, content="first")
    where = f"/channels/{scene.channel.id}/messages/{made['id']}"
    status, edited, _ = await scene.call("PATCH", where, {"content": "second", "allowed_mentions": NOBODY})
    assert (status, edited["content"]) == (200, "second")
    assert edited["edited_timestamp"] is not None
    (message,) = scene.standin.messages(scene.channel)
    assert [v.content for v in message.versions] == ["first", "second"]
    assert (await scene.call("DELETE", where))[0] == 204
    status, body, _ = await scene.call("GET", where)
    assert (status, body["code"]) == (404, 10008)
    assert scene.standin.messages(scene.channel) == []
    assert len(scene.standin.messages(scene.channel, deleted=True)) == 1


async def test_nonce_returns_the_earlier_message_until_it_is_deleted(scene: Scene) -> None:
    other = scene.standin.channel(scene.guild, "other")
    body = {"content": "once", "nonce": "n-1", "enforce_nonce": True}
    _, first, _ = await scene.send(scene.channel, **body)
    status, again, _ = await scene.send(scene.channel, **body | {"content": "twice"})
    assert (status, again["id"], again["content"], again["nonce"]) == (200, first["id"], "once", "n-1")
    _, elsewhere, _ = await scene.send(other, **body)
    assert elsewhere["id"] == first["id"], "the nonce counts per author, not per channel"
    _, loose, _ = await scene.send(scene.channel, content="once", nonce="n-1")
    assert loose["id"] != first["id"], "without enforce_nonce there is no such promise"
    _, third, _ = await scene.send(scene.channel, **body | {"nonce": "n-2"})
    await scene.call("DELETE", f"/channels/{scene.channel.id}/messages/{third['id']}")
    status, gone, _ = await scene.send(scene.channel, **body | {"nonce": "n-2"})
    assert (status, gone["code"]) == (404, 10008)
    status, _, _ = await scene.send(scene.channel, content="x", nonce="x" * 26, enforce_nonce=True)
    assert status == (400 if scene.standin.state.openapi else 200)


async def test_a_nonce_is_forgotten_after_its_window(scene: Scene) -> None:
    scene.standin.state.nonce_window = 0.05
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    _, first, _ = await scene.send(scene.channel, **body)
    await asyncio.sleep(0.06)
    _, second, _ = await scene.send(scene.channel, **body)
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x" * 2001}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x" * 257}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, "MAX_EMBED_SIZE_EXCEEDED"),
        ({"embeds": [{"title": "t", "url": "javascript:alert(1)"}]}, "URL_TYPE_INVALID_URL"),
        ({"embeds": [{"title": "t", "fields": [{"name": "n", "value": " "}]}]}, "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"title": "t", "image": {"url": "attachment://no.png"}}]}, "ATTACHMENT_NOT_FOUND"),
        ({"components": [text("x")]}, "UNION_TYPE_CHOICES"),
        (
            {"flags": V2, "content": "x", "components": [text("x")]},
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        ({"flags": V2, "components": [text("x" * 2001), text("y" * 2000)]}, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
        (
            {"flags": V2, "components": [{"type": 17, "components": [text("x")] * 20}, *[text("x")] * 20]},
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        (
            {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "a"}]}]},
            "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
        ),
        (
            {
                "content": "x",
                "components": [
                    {
                        "type": 1,
                        "components": [
                            {"type": 2, "style": 1, "label": "a", "custom_id": "same"},
                            {"type": 2, "style": 1, "label": "b", "custom_id": "same"},
                        ],
                    }
                ],
            },
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            {
                "content": "x",
                "components": [
                    {
                        "type": 1,
                        "components": [{"type": 2, "style": 5, "label": "a", "url": "https://e.org/" + "x" * 500}],
                    }
                ],
            },
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
    ],
)
async def test_broken_rules_answer_400_and_are_recorded(scene: Scene, body: dict[str, Any], code: str) -> None:
    status, answer, _ = await scene.send(scene.channel, **body)
    assert (status, answer["code"]) == (400, 50035), answer
    assert code in codes(answer["errors"])
    assert code in {v.code for v in scene.standin.violations}
    assert scene.standin.messages(scene.channel) == []


async def test_what_is_just_within_the_limits_passes(scene: Scene) -> None:
    forty = [{"type": 17, "components": [text("x" * 100)] * 19}, *[text("y" * 105)] * 20]
    assert (await scene.send(scene.channel, content=" " * 50 + "x" * 2000))[0] == 200
    assert (await scene.send(scene.channel, flags=V2, components=forty))[0] == 200
    embeds = [{"description": "x" * 3000}, {"description": "  " + "x" * 3000 + "  "}]
    assert (await scene.send(scene.channel, embeds=embeds))[0] == 200
    assert scene.standin.violations == []


async def test_an_empty_message_is_50006(scene: Scene) -> None:
    status, body, _ = await scene.send(scene.channel, content="  ")
    assert (status, body["code"]) == (400, 50006)


async def test_a_v2_message_stays_v2(scene: Scene) -> None:
    _, made, _ = await scene.send(scene.channel, flags=V2, components=[text("new")])
    where = f"/channels/{scene.channel.id}/messages/{made['id']}"
    status, body, _ = await scene.call("PATCH", where, {"content": "old style"})
    assert (status, body["code"]) == (400, 50035)
    status, body, _ = await scene.call("PATCH", where, {"flags": 0})
    assert (status, body["code"]) == (400, 50035)
    _, plain, _ = await scene.send(scene.channel, content="plain")
    where = f"/channels/{scene.channel.id}/messages/{plain['id']}"
    turned = {"flags": V2, "components": [text("x")], "allowed_mentions": NOBODY}
    assert (await scene.call("PATCH", where, turned))[0] == 400, "content has to be reset"
    status, body, _ = await scene.call("PATCH", where, turned | {"content": None})
    assert (status, body["content"], body["flags"] & V2) == (200, "", V2)


async def test_text_without_allowed_mentions_is_a_house_violation(scene: Scene) -> None:
    status, _, _ = await scene.send(scene.channel, content="hello", allowed_mentions=None)
    assert status == 200
    assert [v.kind for v in scene.standin.violations] == ["house"]


async def test_pings_follow_allowed_mentions(scene: Scene) -> None:
    role = scene.standin.role(scene.guild, "night watch", mentionable=True)
    hostile = f"@everyone {scene.anna.mention} {role.mention}"
    await scene.send(scene.channel, content=hostile)
    await scene.send(scene.channel, flags=V2, components=[text(hostile)])
    await scene.send(scene.channel, content=f"`{hostile}`", allowed_mentions={"parse": ["everyone", "users", "roles"]})
    assert scene.standin.pings == []
    allowed = {"parse": [], "roles": [str(role.id)]}
    await scene.send(scene.channel, flags=V2, components=[text(hostile)], allowed_mentions=allowed)
    assert [(p.kind, p.target, p.notified) for p in scene.standin.pings] == [("role", role.id, True)]
    scene.standin.pings.clear()
    await scene.send(scene.channel, content=hostile, allowed_mentions=None)
    assert {(p.kind, p.notified) for p in scene.standin.pings} == {("everyone", False), ("user", True), ("role", True)}


async def test_permissions_and_missing_things_have_their_codes(scene: Scene) -> None:
    d, guild = scene.standin, scene.guild

    async def refusal(channel: Channel) -> tuple[int, int]:
        status, body, _ = await scene.send(channel, content="x")
        return status, body.get("code", 0)

    hidden = d.channel(guild, "hidden")
    d.deny(hidden, "view_channel")
    silent = d.channel(guild, "silent")
    d.deny(silent, "send_messages", target=guild.everyone)
    assert await refusal(hidden) == (403, 50001)
    assert await refusal(silent) == (403, 50013)
    d.allow(silent, "send_messages")
    assert await refusal(silent) == (200, 0)
    d.deny(silent, "embed_links")
    status, body, _ = await scene.send(silent, embeds=[{"title": "t"}])
    assert (status, body["code"]) == (403, 50013)
    gone = d.channel(guild, "gone")
    d.delete_channel(gone)
    assert await refusal(gone) == (404, 10003)
    thread = d.thread(scene.channel, "talk")
    assert await refusal(thread) == (200, 0)
    d.set_thread(thread, archived=True)
    assert await refusal(thread) == (200, 0)
    assert not thread.archived, "a message opens an archived thread"
    d.set_thread(thread, locked=True)
    assert await refusal(thread) == (400, 160005)
    d.close_dms(scene.anna)
    assert await refusal(d.dm(scene.anna)) == (403, 50007)
    stranger = d.user("stranger")
    assert await refusal(d.dm(stranger)) == (403, 50278)
    stranger.installed = True
    assert await refusal(d.dm(stranger)) == (200, 0)
    d.kick_bot(guild)
    assert await refusal(scene.channel) == (403, 50001)


async def test_forum_posts(scene: Scene) -> None:
    forum = scene.standin.forum(scene.guild, "posts", tags=["peace"], require_tag=True)
    assert (await scene.send(forum, content="x"))[1]["code"] == 50008
    post = {"name": "A post", "message": {"content": "first", "allowed_mentions": NOBODY}}
    where = f"/channels/{forum.id}/threads"
    status, body, _ = await scene.call("POST", where, post)
    assert (status, body["code"]) == (400, 40067)
    post["applied_tags"] = [str(forum.tags[0].id)]
    status, body, _ = await scene.call("POST", where, post)
    assert (status, body["type"], body["message"]["content"]) == (201, 11, "first")
    assert body["message"]["id"] == body["id"]
    status, body, _ = await scene.call("POST", where, post | {"message": {"content": "x" * 2001}})
    assert status == 400
    assert [m.content for m in scene.standin.messages(int(body.get("id", 0)) or None)] == ["first"]


async def test_publishing(scene: Scene) -> None:
    news = scene.standin.announcement(scene.guild, "news")
    _, made, _ = await scene.send(news, content="n")
    where = f"/channels/{news.id}/messages/{made['id']}/crosspost"
    status, body, _ = await scene.call("POST", where)
    assert (status, body["flags"] & 1) == (200, 1)
    status, body, _ = await scene.call("POST", where)
    assert (status, body["code"]) == (400, 40033)
    _, made, _ = await scene.send(scene.channel, content="n")
    status, body, _ = await scene.call("POST", f"/channels/{scene.channel.id}/messages/{made['id']}/crosspost")
    assert (status, body["code"]) == (400, 50024)


async def test_publishing_has_an_hourly_budget(scene: Scene) -> None:
    news = scene.standin.announcement(scene.guild, "news")
    answers = []
    for n in range(11):
        _, made, _ = await scene.send(news, content=f"n{n}")
        answers.append(await scene.call("POST", f"/channels/{news.id}/messages/{made['id']}/crosspost"))
    assert [a[0] for a in answers] == [200] * 10 + [429]
    assert answers[-1][1]["code"] == 20022
    assert answers[-1][2]["X-RateLimit-Scope"] == "shared"
    assert scene.standin.state.invalid_requests == 0


async def test_create_message_is_limited_per_channel(scene: Scene) -> None:
    scene.standin.limit("POST", SEND, 2, 0.3)
    other = scene.standin.channel(scene.guild, "other")
    first = await scene.send(scene.channel, content="1")
    assert (first[2]["X-RateLimit-Limit"], first[2]["X-RateLimit-Remaining"]) == ("2", "1")
    await scene.send(scene.channel, content="2")
    status, body, headers = await scene.send(scene.channel, content="3")
    assert (status, body["global"]) == (429, False)
    assert 0 < body["retry_after"] <= 0.3
    assert headers["Via"]
    assert int(headers["Retry-After"]) >= 1
    assert (await scene.send(other, content="1"))[0] == 200
    await asyncio.sleep(body["retry_after"] + 0.01)
    assert (await scene.send(scene.channel, content="3"))[0] == 200


async def test_the_global_limit(scene: Scene) -> None:
    scene.standin.limits.global_count = 5
    answers = await asyncio.gather(*(scene.call("GET", "/users/@me") for _ in range(7)))
    refused = [a for a in answers if a[0] == 429]
    assert len(refused) == 2
    assert all(a[1]["global"] and a[2]["X-RateLimit-Scope"] == "global" for a in refused)


async def test_faults(scene: Scene) -> None:
    d = scene.standin
    d.fail("POST", SEND, 502, times=2)
    assert [(await scene.send(scene.channel, content="x"))[0] for _ in range(3)] == [502, 502, 200]
    d.refuse("POST", f"/channels/{scene.channel.id}/messages", 403, 50013)
    assert (await scene.send(d.channel(scene.guild, "b"), content="x"))[0] == 200
    assert (await scene.send(scene.channel, content="x"))[1]["code"] == 50013
    d.rate_limit("POST", SEND, 0.1)
    assert (await scene.send(scene.channel, content="x"))[0] == 429
    before = len(d.messages(scene.channel))
    d.drop("POST", SEND, when="before")
    with pytest.raises(aiohttp.ClientError):
        await scene.send(scene.channel, content="lost before")
    assert len(d.messages(scene.channel)) == before
    d.drop("POST", SEND, when="after", contains="this one")
    assert (await scene.send(scene.channel, content="not"))[0] == 200
    with pytest.raises(aiohttp.ClientError):
        await scene.send(scene.channel, content="this one")
    assert d.messages(scene.channel)[-1].content == "this one"
    d.delay("GET", "/users/@me", 0.2)
    started = time.monotonic()
    assert (await scene.call("GET", "/users/@me"))[0] == 200
    assert time.monotonic() - started >= 0.2
    d.down()
    assert (await scene.call("GET", "/users/@me"))[0] == 503
    d.heal()
    assert (await scene.call("GET", "/users/@me"))[0] == 200


async def test_a_gate_holds_a_request_at_an_exact_point(scene: Scene) -> None:
    d = scene.standin
    for when, carried_out in (("before", 0), ("after", 1)):
        gate = d.hold("POST", SEND, when=when)
        channel = d.channel(scene.guild, when)
        sending = asyncio.create_task(scene.send(channel, content="held"))
        await gate.reached()
        assert len(d.messages(channel)) == carried_out
        assert not sending.done()
        gate.release()
        assert (await sending)[0] == 200
        assert len(d.messages(channel)) == 1


async def test_files(scene: Scene) -> None:
    form = aiohttp.FormData(quote_fields=False)
    about = '{"content": "see", "allowed_mentions": {"parse": []}, "attachments": [{"id": 0, "filename": "a.csv"}]}'
    form.add_field("payload_json", about)
    form.add_field("files[0]", b"1;2", filename="a.csv", content_type="application/octet-stream")
    status, made, _ = await scene.call("POST", f"/channels/{scene.channel.id}/messages", data=form)
    assert status == 200, made
    (message,) = scene.standin.messages(scene.channel)
    assert [(f.filename, f.data) for f in message.files] == [("a.csv", b"1;2")]
    async with scene.call.session.get(made["attachments"][0]["url"]) as answer:
        assert await answer.read() == b"1;2"
    where = f"/channels/{scene.channel.id}/messages/{made['id']}"
    _, edited, _ = await scene.call("PATCH", where, {"content": "still", "allowed_mentions": NOBODY})
    assert len(edited["attachments"]) == 1
    _, edited, _ = await scene.call("PATCH", where, {"attachments": []})
    assert edited["attachments"] == []
    big = aiohttp.FormData(quote_fields=False)
    big.add_field("payload_json", "{}")
    big.add_field("files[0]", b"0" * (10 * 1024 * 1024 + 1), filename="big")
    status, body, _ = await scene.call("POST", f"/channels/{scene.channel.id}/messages", data=big)
    assert (status, body["code"]) == (413, 40005)


def command(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "d", "type": 1, **more}


def option(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "d", "type": 3, **more}


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ([command("Watch")], "APPLICATION_COMMAND_INVALID_NAME"),
        ([command("dernières nouvelles")], "APPLICATION_COMMAND_INVALID_NAME"),
        ([command("ok", name_localizations={"fr": "Veille"})], "APPLICATION_COMMAND_INVALID_NAME"),
        ([command("ok", name_localizations={"fr-FR": "veille"})], "DICT_TYPE_KEY_INVALID"),
        ([command("same"), command("same")], "APPLICATION_COMMANDS_DUPLICATE_NAME"),
        (
            [command("a", options=[option("x"), option("y", required=True)])],
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        ([command("a", options=[option("x"), option("x")])], "APPLICATION_COMMAND_OPTIONS_NAME_INVALID"),
        ([command("a", options=[option(f"o{n}") for n in range(26)])], "BASE_TYPE_BAD_LENGTH"),
        (
            [
                command(
                    "a",
                    options=[
                        option(f"o{n}", choices=[{"name": f"{i}" + "x" * 90, "value": "v" * 90} for i in range(25)])
                        for n in range(2)
                    ],
                )
            ],
            "APPLICATION_COMMAND_TOO_LARGE",
        ),
        ([{"name": "m" * 33, "type": 3}], "BASE_TYPE_BAD_LENGTH"),
        ([{"name": f"m{n}", "type": 3} for n in range(16)], "APPLICATION_COMMANDS_MAX"),
    ],
)
async def test_commands_that_break_a_rule_fail_the_whole_sync(
    scene: Scene, commands: list[dict[str, Any]], code: str
) -> None:
    where = f"/applications/{scene.standin.application_id}/commands"
    status, body, _ = await scene.call("PUT", where, commands)
    assert (status, body["code"]) == (400, 50035)
    expected = {code, "BASE_TYPE_MAX_LENGTH"} if scene.standin.state.openapi else {code}
    assert codes(body["errors"]) & expected
    assert scene.standin.commands == []


async def test_commands_keep_their_ids_over_syncs(scene: Scene) -> None:
    where = f"/applications/{scene.standin.application_id}/commands"
    names = [command("dernières"), command("новини"), command("watch"), {"name": "Why this alert?", "type": 3}]
    _, first, _ = await scene.call("PUT", where, names)
    _, second, _ = await scene.call("PUT", where, list(reversed(names)))
    assert {c["name"]: c["id"] for c in first} == {c["name"]: c["id"] for c in second}
    assert scene.standin.violations == []
    _, listed, _ = await scene.call("GET", where)
    assert [c["name"] for c in listed] == ["Why this alert?", "watch", "новини", "dernières"]


async def test_the_same_localised_name_twice_is_a_house_violation(scene: Scene) -> None:
    options = [option("a", name_localizations={"fr": "mot"}), option("b", name_localizations={"fr": "mot"})]
    status, _, _ = await scene.call(
        "PUT", f"/applications/{scene.standin.application_id}/commands", [command("x", options=options)]
    )
    assert status == 200
    assert [v.code for v in scene.standin.violations] == ["SAME_LOCALISED_NAME"]


async def test_the_openapi_document_is_applied_with_its_conventions(scene: Scene) -> None:
    if scene.standin.state.openapi is None:
        pytest.skip("Discord's OpenAPI document is not here (../shared/discord/openapi.json)")
    status, body, _ = await scene.send(scene.channel, content="x", components=[{"type": 99}])
    assert status == 400
    assert body["errors"]["components"]["0"]["_errors"][0]["code"] == "UNION_TYPE_CHOICES"
    status, body, _ = await scene.send(scene.channel, content=["not text"])
    assert (status, list(body["errors"])) == (400, ["content"])
    status, body, _ = await scene.send(scene.channel, content="x", flags="4")
    assert (status, body["flags"]) == (200, 4), "an integer may come as text"
    assert (await scene.call("POST", "/users/@me/channels", {"recipient_id": scene.anna.id}))[0] == 200
    assert (await scene.send(scene.channel, content="x", flags="four"))[0] == 400
    row = {"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "x", "label": "y" * 81}]}
    _, body, _ = await scene.send(scene.channel, content="x", components=[row])
    deep = body["errors"]["components"]["0"]["components"]["0"]["label"]["_errors"]
    assert deep == [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 80 or fewer in length."}]
    assert {v.kind for v in scene.standin.violations} == {"schema"}


async def test_its_own_answers_fit_the_openapi_document(scene: Scene) -> None:
    document = scene.standin.state.openapi
    if document is None:
        pytest.skip("Discord's OpenAPI document is not here (../shared/discord/openapi.json)")
    d, guild = scene.standin, scene.guild
    forum = d.forum(guild, "posts", tags=["a"])
    thread = d.thread(scene.channel, "talk")
    d.role(guild, "r")
    parts = [
        {"type": 17, "components": [text("x"), {"type": 14}]},
        {
            "type": 9,
            "components": [text("y")],
            "accessory": {"type": 11, "media": {"url": "https://example.org/a.png"}},
        },
        {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}]},
        {"type": 1, "components": [{"type": 2, "style": 5, "label": "l", "url": "https://example.org"}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": [{"label": "l", "value": "v"}]}]},
    ]
    _, made, _ = await scene.send(scene.channel, flags=V2, components=parts)
    await scene.send(
        scene.channel, content="x", embeds=[{"title": "t", "fields": [{"name": "n", "value": "v"}]}], nonce=1
    )
    await scene.call("POST", f"/channels/{forum.id}/threads", {"name": "n", "message": {"content": "c"}})
    await scene.call("POST", f"/channels/{scene.channel.id}/threads", {"name": "n", "type": 11})
    await scene.call("POST", "/users/@me/channels", {"recipient_id": str(scene.anna.id)})
    await scene.call("PUT", f"/applications/{d.application_id}/commands", [command("x", options=[option("y")])])
    for path in (
        "/gateway/bot",
        "/users/@me",
        f"/users/{scene.anna.id}",
        "/applications/@me",
        "/oauth2/applications/@me",
        f"/applications/{d.application_id}/commands",
        f"/applications/{d.application_id}/emojis",
        f"/guilds/{guild.id}",
        f"/guilds/{guild.id}?with_counts=1",
        f"/guilds/{guild.id}/channels",
        f"/guilds/{guild.id}/roles",
        f"/guilds/{guild.id}/members/{scene.anna.id}",
        f"/guilds/{guild.id}/threads/active",
        "/users/@me/guilds",
        f"/channels/{scene.channel.id}",
        f"/channels/{forum.id}",
        f"/channels/{thread.id}",
        f"/channels/{d.dm(scene.anna).id}",
        f"/channels/{scene.channel.id}/messages",
        f"/channels/{scene.channel.id}/messages/{made['id']}",
        f"/channels/{scene.channel.id}/threads/archived/public",
    ):
        status, _, _ = await scene.call("GET", path)
        assert status == 200, path
    problems = [
        (r.method, r.route, p.where, p.message)
        for r in d.requests
        for p in document.check_response(r.method, r.route, r.status or 0, r.answer)
    ]
    assert problems == [], "\n".join(map(str, sorted(set(problems))))


async def test_every_route_is_one_of_discords(openapi: OpenApi | None) -> None:
    if openapi is None:
        pytest.skip("Discord's OpenAPI document is not here (../shared/discord/openapi.json)")
    from tests.standins.discord import rest_app, rest_channels, rest_interactions

    routes = {**rest_app.ROUTES, **rest_channels.ROUTES, **rest_interactions.ROUTES}
    unknown = [key for key in routes if not openapi.knows(*key)]
    # discord.py asks for the SKUs of an application; the document leaves that route out
    assert unknown == [("GET", "/applications/{application_id}/skus")]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_client_that_dies_at_a_gate_has_still_sent_its_request(scene: Scene, when: str) -> None:
    d = scene.standin
    gate = d.hold("POST", SEND, when=when)
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    dying = asyncio.create_task(scene.send(scene.channel, **body))
    await gate.reached()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    gate.release()
    (message,) = await d.wait_for(lambda: d.messages(scene.channel))
    status, again, _ = await scene.send(scene.channel, **body)
    assert (status, again["id"]) == (200, str(message.id))


async def test_history_does_not_show_the_nonce(scene: Scene) -> None:
    _, made, _ = await scene.send(scene.channel, content="x", nonce="n")
    assert made["nonce"] == "n"
    _, (listed,), _ = await scene.call("GET", f"/channels/{scene.channel.id}/messages")
    assert "nonce" not in listed


class Talk:
    """An interaction that this test answers itself, in place of a bot."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.d = scene.standin

    async def open(self, name: str = "x") -> None:
        where = f"/applications/{self.d.application_id}/commands"
        await self.scene.call("PUT", where, [command(name, options=[option("word", autocomplete=True)])])

    async def ask(self, *, autocomplete: bool = False) -> asyncio.Task[Any]:
        anna, channel = self.scene.anna, self.scene.channel
        going = (
            self.d.autocomplete(anna, channel, "x", "word", "a")
            if autocomplete
            else self.d.slash(anna, channel, "x", settle=0)
        )
        task = asyncio.create_task(going)
        await asyncio.sleep(0)
        return task

    async def answer(self, body: dict[str, Any], *, with_response: bool = False) -> tuple[int, Any]:
        interaction = list(self.d.state.interactions.values())[-1]
        query = "?with_response=true" if with_response else ""
        path = f"/interactions/{interaction.id}/{interaction.token}/callback{query}"
        status, value, _ = await self.scene.call("POST", path, body, token="none is needed")
        return status, value

    async def hook(self, method: str, tail: str = "", body: Any = None) -> tuple[int, Any]:
        interaction = list(self.d.state.interactions.values())[-1]
        status, value, _ = await self.scene.call(
            method, f"/webhooks/{self.d.application_id}/{interaction.token}{tail}", body, token="none is needed"
        )
        return status, value


async def test_the_rules_of_responses(scene: Scene) -> None:
    talk = Talk(scene)
    await talk.open()
    asking = await talk.ask()
    assert (await talk.hook("POST", "", {"content": "too early"}))[1]["code"] == 10015
    status, body = await talk.answer({"type": 5, "data": {"flags": V2}})
    assert (status, body["code"]) == (400, 50035)
    status, body = await talk.answer({"type": 8, "data": {"choices": []}})
    assert (status, body["code"]) == (400, 50035)
    status, body = await talk.answer({"type": 7, "data": {"content": "there is no message to update"}})
    assert (status, body["code"]) == (400, 50035)
    status, body = await talk.answer({"type": 5, "data": {"flags": 64}}, with_response=True)
    assert (status, body["interaction"]["response_message_loading"]) == (200, True)
    status, body = await talk.answer({"type": 4, "data": {"content": "again"}})
    assert (status, body["code"]) == (400, 40060)
    answer = await asking
    assert (answer.deferred, answer.pending, answer.ephemeral) == (True, True, True)
    status, body = await talk.hook("POST", "", {"content": "fills the placeholder", "allowed_mentions": NOBODY})
    assert (status, body["id"]) == (200, str(answer.message.id))
    assert (answer.pending, answer.ephemeral, answer.followups) == (False, True, [])
    v2 = {"flags": V2, "content": None, "components": [text("as V2")], "allowed_mentions": NOBODY}
    assert (await talk.hook("PATCH", "/messages/@original", v2))[0] == 200
    assert [v.text for v in answer.message.versions] == ["fills the placeholder", "as V2"]
    assert (await talk.hook("POST", "", {"content": "a second", "allowed_mentions": NOBODY}))[0] == 200
    assert [m.text for m in answer.followups] == ["a second"]
    _, listed, _ = await scene.call("GET", f"/channels/{scene.channel.id}/messages")
    assert [m["content"] for m in listed] == ["a second"], "ephemeral messages are not listed"
    assert (await talk.hook("DELETE", "/messages/@original"))[0] == 204
    assert (await talk.hook("GET", "/messages/@original"))[1]["code"] == 10008
    status, _, _ = await scene.call("POST", f"/webhooks/{scene.standin.application_id}/wrong", {"content": "x"})
    assert status == 404


async def test_the_rules_of_autocompletion_answers(scene: Scene) -> None:
    talk = Talk(scene)
    await talk.open()
    asking = await talk.ask(autocomplete=True)

    def choices(*values: Any) -> dict[str, Any]:
        return {"type": 8, "data": {"choices": [{"name": f"n{n}", "value": v} for n, v in enumerate(values)]}}

    for wrong in (choices(*map(str, range(26))), choices("x" * 101), choices(3), {"type": 4, "data": {"content": "x"}}):
        assert (await talk.answer(wrong))[0] == 400
    assert (await talk.answer(choices("fine")))[0] == 204
    assert (await asking).choices == [{"name": "n0", "value": "fine"}]


@pytest.mark.parametrize(
    ("title", "parts", "code"),
    [
        ("t" * 46, [{"type": 18, "label": "l", "component": {"type": 4, "custom_id": "a", "style": 1}}], None),
        ("t", [], None),
        (
            "t",
            [{"type": 18, "label": "l", "component": {"type": 4, "custom_id": f"a{n}", "style": 1}} for n in range(6)],
            None,
        ),
        ("t", [{"type": 18, "label": "l" * 46, "component": {"type": 4, "custom_id": "a", "style": 1}}], None),
        (
            "t",
            [{"type": 18, "label": "l", "component": {"type": 4, "custom_id": "same", "style": 1}} for _ in range(2)],
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
    ],
)
async def test_the_rules_of_modals(scene: Scene, title: str, parts: list[Any], code: str | None) -> None:
    talk = Talk(scene)
    await talk.open()
    asking = await talk.ask()
    status, body = await talk.answer({"type": 9, "data": {"title": title, "custom_id": "m", "components": parts}})
    assert (status, body["code"]) == (400, 50035)
    assert code is None or code in codes(body["errors"])
    part = {"type": 18, "label": "l", "component": {"type": 4, "custom_id": "a", "style": 1}}
    assert (await talk.answer({"type": 9, "data": {"title": "t", "custom_id": "m", "components": [part]}}))[0] == 204
    assert (await asking).modal is not None
