"""Routes of the application, its commands, users and guilds (docs, resources/*, interactions/application-commands)."""

from __future__ import annotations

from typing import Any

from tests.standins.discord import command_rules, errors
from tests.standins.discord import permissions as perms
from tests.standins.discord import world as w
from tests.standins.discord.errors import ApiError, FieldError, Json
from tests.standins.discord.server import Call, Reply, Routes
from tests.standins.discord.state import State

A = "/applications/{application_id}"
G = "/guilds/{guild_id}"


def gateway(state: State, call: Call) -> Reply:
    return 200, {"url": state.gateway_url}


def gateway_bot(state: State, call: Call) -> Reply:
    left = max(0, 1000 - len(state.gateway.identifies))
    limit = {"total": 1000, "remaining": left, "reset_after": 86_400_000, "max_concurrency": state.max_concurrency}
    return 200, {"url": state.gateway_url, "shards": state.shards, "session_start_limit": limit}


def me(state: State, call: Call) -> Reply:
    return 200, state.bot.payload() | {
        "verified": True,
        "mfa_enabled": True,
        "locale": "en-US",
        "email": None,
        "premium_type": 0,
    }


def application(state: State, call: Call) -> Reply:
    return 200, state.application()


# -- commands ----------------------------------------------------------------------------------------------------------


def _scope(state: State, call: Call) -> tuple[list[Json], int | None]:
    """The list of commands that the route speaks of, and its guild."""
    if call.id("application_id") != state.bot.id:
        raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
    if "guild_id" not in call.params:
        return state.global_commands, None
    guild = state.guilds.get(call.id("guild_id"))
    if guild is None or not guild.bot_present:
        raise errors.missing_access()
    return state.guild_commands.setdefault(guild.id, []), guild.id


def _kept(state: State, body: Json, guild_id: int | None, earlier: Json | None) -> Json:
    """A command as Discord keeps it; the id of an earlier one of the same name and type stays."""
    kind = body.get("type") or command_rules.CHAT_INPUT
    member = body.get("default_member_permissions")
    kept: Json = {
        "id": earlier["id"] if earlier else str(state.ids.next()),
        "application_id": str(state.bot.id),
        "version": str(state.ids.next()),
        "type": kind,
        "name": body["name"],
        "name_localizations": body.get("name_localizations"),
        "description": body.get("description") or "",
        "description_localizations": body.get("description_localizations"),
        "default_member_permissions": None if member is None else str(member),
        "nsfw": bool(body.get("nsfw", False)),
    }
    if body.get("options"):
        kept["options"] = [_without_nulls(o) for o in body["options"]]
    if guild_id is None:
        dm = body.get("dm_permission")
        kept |= {
            "dm_permission": dm is not False,
            "contexts": body.get("contexts"),
            "integration_types": body.get("integration_types") or [0],
        }
    else:
        kept["guild_id"] = str(guild_id)
    return kept


def _without_nulls(option: Json) -> Json:
    kept = {k: v for k, v in option.items() if v is not None}
    if "options" in kept:
        kept["options"] = [_without_nulls(o) for o in kept["options"]]
    return kept


def _check(state: State, call: Call, commands: list[Json]) -> None:
    problems = command_rules.command_problems(commands)
    for problem in command_rules.house_problems(commands):
        state.violate("house", call, problem)
    if problems:
        raise errors.invalid_form(problems)


def list_commands(state: State, call: Call) -> Reply:
    return 200, _scope(state, call)[0]


def bulk_commands(state: State, call: Call) -> Reply:
    kept, guild_id = _scope(state, call)
    if not isinstance(call.body, list):
        raise errors.invalid_form([FieldError((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")])
    _check(state, call, call.body)
    before = {(x["type"], x["name"]): x for x in kept}
    kept[:] = [_kept(state, b, guild_id, before.get((b.get("type") or 1, b["name"]))) for b in call.body]
    state.syncs += 1
    return 200, kept


def create_command(state: State, call: Call) -> Reply:
    kept, guild_id = _scope(state, call)
    key = (call.json.get("type") or 1, call.json.get("name"))
    others = [x for x in kept if (x["type"], x["name"]) != key]
    _check(state, call, [call.json])
    earlier = next((x for x in kept if (x["type"], x["name"]) == key), None)
    command = _kept(state, call.json, guild_id, earlier)
    kept[:] = [*others, command]
    return (200 if earlier else 201), command


def _one(kept: list[Json], call: Call) -> Json:
    found = next((x for x in kept if x["id"] == str(call.id("command_id"))), None)
    if found is None:
        raise errors.unknown_command()
    return found


def get_command(state: State, call: Call) -> Reply:
    return 200, _one(_scope(state, call)[0], call)


def edit_command(state: State, call: Call) -> Reply:
    kept, guild_id = _scope(state, call)
    old = _one(kept, call)
    merged = {**old, **call.json}
    _check(state, call, [merged])
    new = _kept(state, merged, guild_id, old)
    kept[kept.index(old)] = new
    return 200, new


def delete_command(state: State, call: Call) -> Reply:
    kept, _ = _scope(state, call)
    kept.remove(_one(kept, call))
    return 204, None


def command_permissions(state: State, call: Call) -> Reply:
    _scope(state, call)
    if "command_id" in call.params:
        raise ApiError(404, 10066, "Unknown application command permissions")
    return 200, []


def no_emojis(state: State, call: Call) -> Reply:
    return 200, {"items": []}


def nothing(state: State, call: Call) -> Reply:
    return 200, []


# -- users and guilds --------------------------------------------------------------------------------------------------


def open_dm(state: State, call: Call) -> Reply:
    recipient = call.json.get("recipient_id")
    user = state.users.get(int(recipient)) if recipient is not None else None
    if user is None:
        raise errors.unknown_user()
    if user.bot:
        raise ApiError(400, 50007, "Cannot send messages to this user")
    return 200, state.dm_with(user).payload()


def get_user(state: State, call: Call) -> Reply:
    user = state.users.get(call.id("user_id"))
    if user is None:
        raise errors.unknown_user()
    return 200, user.payload()


def my_guilds(state: State, call: Call) -> Reply:
    found: list[Json] = [
        {
            "id": str(g.id),
            "name": g.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(g.permissions_of(state.bot)),
            "features": [],
        }
        for g in state.guilds.values()
        if g.bot_present
    ]
    return 200, found


def _guild(state: State, call: Call) -> w.Guild:
    guild = state.guilds.get(call.id("guild_id"))
    if guild is None:
        raise errors.unknown_guild()
    if not guild.bot_present:
        raise errors.missing_access()
    return guild


def leave_guild(state: State, call: Call) -> Reply:
    guild = _guild(state, call)
    state.guild_event("GUILD_DELETE", guild, {"id": str(guild.id)})
    guild.bot_present = False
    guild.members.pop(state.bot.id, None)
    return 204, None


def get_guild(state: State, call: Call) -> Reply:
    guild = _guild(state, call)
    payload = guild.payload()
    if call.query.get("with_counts"):
        count = len(guild.members)
        payload |= {"approximate_member_count": count, "approximate_presence_count": count}
    return 200, payload


def guild_channels(state: State, call: Call) -> Reply:
    return 200, [c.payload() for c in _guild(state, call).channels.values() if not c.deleted]


def guild_roles(state: State, call: Call) -> Reply:
    return 200, [r.payload() for r in _guild(state, call).roles.values()]


def guild_role(state: State, call: Call) -> Reply:
    role = _guild(state, call).roles.get(call.id("role_id"))
    if role is None:
        raise ApiError(404, 10011, "Unknown Role")
    return 200, role.payload()


def guild_member(state: State, call: Call) -> Reply:
    member = _guild(state, call).members.get(call.id("user_id"))
    if member is None:
        raise errors.unknown_member()
    return 200, member.payload()


def search_members(state: State, call: Call) -> Reply:
    query = call.query.get("query", "").lower()
    members = _guild(state, call).members.values()
    limit = int(call.query.get("limit", 1))
    return 200, [m.payload() for m in members if m.user.name.lower().startswith(query)][:limit]


def active_threads(state: State, call: Call) -> Reply:
    guild = _guild(state, call)
    open_threads = [t for t in guild.threads.values() if not (t.archived or t.deleted)]
    shown = [t for t in open_threads if perms.has(t.permissions_for(state.bot), "view_channel")]
    members = [w.thread_member(state.bot.id, t) for t in shown if t.owner_id == state.bot.id]
    return 200, {"threads": [t.payload() for t in shown], "members": members, "has_more": False}


def _pair(path: str, **by_method: Any) -> Routes:
    return {(method, path): handler for method, handler in by_method.items()}


ROUTES: Routes = {
    **_pair("/gateway", GET=gateway),
    **_pair("/gateway/bot", GET=gateway_bot),
    **_pair("/users/@me", GET=me),
    **_pair("/users/@me/channels", POST=open_dm),
    **_pair("/users/@me/guilds", GET=my_guilds),
    **_pair("/users/@me/guilds/{guild_id}", DELETE=leave_guild),
    **_pair("/users/{user_id}", GET=get_user),
    **_pair("/applications/@me", GET=application),
    **_pair("/oauth2/applications/@me", GET=application),
    **_pair(A + "/emojis", GET=no_emojis),
    **_pair(A + "/entitlements", GET=nothing),
    **_pair(A + "/skus", GET=nothing),
    **_pair(G, GET=get_guild),
    **_pair(G + "/channels", GET=guild_channels),
    **_pair(G + "/roles", GET=guild_roles),
    **_pair(G + "/roles/{role_id}", GET=guild_role),
    **_pair(G + "/members/search", GET=search_members),
    **_pair(G + "/members/{user_id}", GET=guild_member),
    **_pair(G + "/threads/active", GET=active_threads),
    **_pair(G + "/emojis", GET=nothing),
    **_pair(G + "/stickers", GET=nothing),
    **_pair(A + "/guilds/{guild_id}/commands/permissions", GET=command_permissions),
    **_pair(A + "/guilds/{guild_id}/commands/{command_id}/permissions", GET=command_permissions),
    **{
        key: handler
        for scope in (A + "/commands", A + "/guilds/{guild_id}/commands")
        for key, handler in {
            **_pair(scope, GET=list_commands, PUT=bulk_commands, POST=create_command),
            **_pair(scope + "/{command_id}", GET=get_command, PATCH=edit_command, DELETE=delete_command),
        }.items()
    },
}
