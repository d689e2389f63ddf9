"""Routes of channels: messages, threads and forum posts, publishing, reactions, pins (docs, resources/channel, /message)."""

from __future__ import annotations

from typing import Any

from tests.standins.discord import errors, posting
from tests.standins.discord import permissions as perms
from tests.standins.discord import world as w
from tests.standins.discord.errors import ApiError, FieldError
from tests.standins.discord.messages import Message
from tests.standins.discord.server import Call, Reply, Routes
from tests.standins.discord.state import State

C = "/channels/{channel_id}"
M = C + "/messages/{message_id}"


def _channel(state: State, call: Call, *needed: str) -> w.Channel:
    """The channel that the bot may see, with these permissions. Raises ApiError 10003, 50001, 50013."""
    channel = state.channel(call.id("channel_id"))
    if channel is None:
        raise errors.unknown_channel()
    if channel.guild is not None:
        if not channel.guild.bot_present:
            raise errors.missing_access()
        mine = channel.permissions_for(state.bot)
        if not perms.has(mine, "view_channel"):
            raise errors.missing_access()
        if not perms.has(mine, *needed):
            raise errors.missing_permissions()
    return channel


def _message(state: State, call: Call, channel: w.Channel) -> Message:
    message = channel.log.get(call.id("message_id"))
    if message is None or message.deleted or message.ephemeral_for is not None:
        raise errors.unknown_message()
    return message


def get_channel(state: State, call: Call) -> Reply:
    return 200, _channel(state, call).payload()


def modify_channel(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    mine = channel.permissions_for(state.bot)
    if channel.is_thread:
        own = channel.owner_id == state.bot.id
        if not (own or perms.has(mine, "manage_threads")):
            raise errors.missing_permissions()
        if "archived" in call.json:
            channel.archived = bool(call.json["archived"])
            channel.archive_changed_at = state.now()
        channel.locked = bool(call.json.get("locked", channel.locked))
        channel.auto_archive = int(call.json.get("auto_archive_duration") or channel.auto_archive)
        if "applied_tags" in call.json:
            channel.applied_tags = [int(t) for t in call.json["applied_tags"]]
    elif not perms.has(mine, "manage_channels"):
        raise errors.missing_permissions()
    channel.name = call.json.get("name") or channel.name
    channel.topic = call.json.get("topic", channel.topic)
    if channel.guild:
        event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        state.guild_event(event, channel.guild, channel.payload())
    return 200, channel.payload()


def delete_channel(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    if channel.guild is None:
        return 200, channel.payload()
    if not perms.has(channel.permissions_for(state.bot), "manage_threads" if channel.is_thread else "manage_channels"):
        raise errors.missing_permissions()
    payload = channel.payload()
    channel.deleted = True
    state.guild_event("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel.guild, payload)
    return 200, payload


def list_messages(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    if channel.guild and not perms.has(channel.permissions_for(state.bot), "read_message_history"):
        return 200, []
    try:
        limit = int(call.query.get("limit", 50))
        before, after, around = (int(call.query.get(k, 0)) for k in ("before", "after", "around"))
    except ValueError:
        raise errors.invalid_form([FieldError(("limit",), "NUMBER_TYPE_COERCE", "is not a number")]) from None
    if not 1 <= limit <= 100:
        raise errors.invalid_form([FieldError(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")])
    shown = channel.visible_messages()
    if before:
        shown = [m for m in shown if m.id < before][-limit:]
    elif after:
        shown = [m for m in shown if m.id > after][:limit]
    elif around:
        shown = sorted(shown, key=lambda m: abs(m.id - around))[:limit]
        shown.sort(key=lambda m: m.id)
    else:
        shown = shown[-limit:]
    return 200, [m.payload() for m in reversed(shown)]


def get_message(state: State, call: Call) -> Reply:
    return 200, _message(state, call, _channel(state, call, "read_message_history")).payload()


def create_message(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    _may_send(state, channel)
    nonce = call.json.get("nonce")
    key = (channel.id if state.nonce_per_channel else 0, str(nonce))
    if nonce is not None and call.json.get("enforce_nonce"):
        at, earlier_id = state.nonces.get(key, (float("-inf"), 0))
        if state.monotonic() - at < state.nonce_window:
            earlier = state.messages[earlier_id]
            if earlier.deleted:
                raise errors.unknown_message()
            return 200, earlier.payload(with_nonce=True)
    message = posting.create(state, call, channel, call.json)
    if nonce is not None:
        state.nonces[key] = (state.monotonic(), message.id)
    if channel.archived:
        channel.archived = False
        channel.archive_changed_at = state.now()
        if channel.guild:
            state.guild_event("THREAD_UPDATE", channel.guild, channel.payload())
    return 200, message.payload(with_nonce=True)


def _may_send(state: State, channel: w.Channel) -> None:
    """Codes: docs, topics/opcodes-and-status-codes."""
    if channel.guild is None:
        user = channel.recipient
        if user is None or not user.dms_open:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        shared = any(g.bot_present and user.id in g.members for g in state.guilds.values())
        if not shared and not user.installed:
            raise ApiError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
        return
    if channel.kind in (w.FORUM, w.MEDIA, w.CATEGORY):
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    mine = channel.permissions_for(state.bot)
    if not perms.has(mine, "send_messages_in_threads" if channel.is_thread else "send_messages"):
        raise errors.missing_permissions()
    if channel.locked and not perms.has(mine, "manage_threads"):
        raise ApiError(400, 160005, "Thread is locked")


def edit_message(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    message = _message(state, call, channel)
    if message.author is not state.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    if channel.guild is None and channel.recipient and not channel.recipient.dms_open:
        raise ApiError(403, 50007, "Cannot send messages to this user")
    if channel.archived:
        raise ApiError(400, 50083, "Thread is archived")
    posting.edit(state, call, message, call.json)
    return 200, message.payload()


def delete_message(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    message = _message(state, call, channel)
    if message.author is not state.bot and not perms.has(channel.permissions_for(state.bot), "manage_messages"):
        raise errors.missing_permissions()
    remove_message(state, message)
    return 204, None


def remove_message(state: State, message: Message) -> None:
    message.deleted = True
    state.message_event("MESSAGE_DELETE", message)


def bulk_delete(state: State, call: Call) -> Reply:
    channel = _channel(state, call, "manage_messages")
    for message_id in call.json.get("messages", []):
        message = channel.log.get(int(message_id))
        if message and not message.deleted:
            remove_message(state, message)
    return 204, None


def crosspost(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    message = _message(state, call, channel)
    if channel.kind != w.ANNOUNCEMENT:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    own = message.author is state.bot
    if not perms.has(channel.permissions_for(state.bot), "send_messages" if own else "manage_messages"):
        raise errors.missing_permissions()
    if message.crossposted:
        raise ApiError(400, 40033, "This message has already been crossposted")
    message.crossposted = True
    return 200, message.payload()


def start_thread(state: State, call: Call) -> Reply:
    """A forum post (with ``message``) or a thread in a text channel."""
    parent = _channel(state, call)
    body = call.json
    mine = parent.permissions_for(state.bot)
    if parent.guild is None or parent.is_thread:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    forum = parent.kind in (w.FORUM, w.MEDIA)
    if not perms.has(mine, "send_messages" if forum else "create_public_threads"):
        raise errors.missing_permissions()
    if forum and not isinstance(body.get("message"), dict):
        raise errors.invalid_form([FieldError(("message",), "BASE_TYPE_REQUIRED", "This field is required")])
    tags = _tags(parent, body.get("applied_tags") or []) if forum else []
    thread = _new_thread(state, parent, body, body.get("type", w.PUBLIC_THREAD) if not forum else w.PUBLIC_THREAD)
    thread.applied_tags = tags
    payload = thread.payload()
    if forum:
        try:
            message = posting.create(state, call, thread, body["message"], prefix=("message",), message_id=thread.id)
        except ApiError:
            del parent.guild.threads[thread.id]
            raise
        payload = thread.payload() | {"message": message.payload()}
    state.guild_event("THREAD_CREATE", parent.guild, thread.payload() | {"newly_created": True})
    return 201, payload


def _tags(forum: w.Channel, wanted: list[Any]) -> list[int]:
    ids = [int(t) for t in wanted]
    known = {t.id for t in forum.tags}
    if len(ids) > 5 or any(t not in known for t in ids):
        raise errors.invalid_form([FieldError(("applied_tags",), "INVALID_FORUM_TAG", "Unknown or too many tags")])
    if not ids and forum.flags & w.REQUIRE_TAG:
        raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
    return ids


def _new_thread(state: State, parent: w.Channel, body: dict[str, Any], kind: int) -> w.Channel:
    name = str(body.get("name") or "").strip()
    if not 1 <= len(name) <= 100:
        raise errors.invalid_form(
            [FieldError(("name",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")]
        )
    thread = w.Channel(
        state.ids.next(),
        w.ANNOUNCEMENT_THREAD if parent.kind == w.ANNOUNCEMENT and kind != w.PRIVATE_THREAD else kind,
        name=name,
        guild=parent.guild,
        parent=parent,
        owner_id=state.bot.id,
        created_at=state.now(),
        archive_changed_at=state.now(),
        auto_archive=int(body.get("auto_archive_duration") or 4320),
    )
    assert parent.guild is not None
    parent.guild.threads[thread.id] = thread
    return thread


def thread_from_message(state: State, call: Call) -> Reply:
    parent = _channel(state, call, "create_public_threads")
    message = _message(state, call, parent)
    if message.thread:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    if parent.guild is None:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    thread = _new_thread(state, parent, call.json, w.PUBLIC_THREAD)
    del parent.guild.threads[thread.id]
    thread.id = message.id
    parent.guild.threads[thread.id] = thread
    message.thread = thread
    state.guild_event("THREAD_CREATE", parent.guild, thread.payload() | {"newly_created": True})
    return 201, thread.payload()


def archived_threads(state: State, call: Call) -> Reply:
    parent = _channel(state, call, "read_message_history")
    threads = parent.guild.threads.values() if parent.guild else ()
    found = [t.payload() for t in threads if t.parent is parent and t.archived and not t.deleted]
    return 200, {"threads": found, "members": [], "has_more": False}


def thread_membership(state: State, call: Call) -> Reply:
    _channel(state, call)
    return 204, None


def thread_members(state: State, call: Call) -> Reply:
    thread = _channel(state, call)
    return 200, [w.thread_member(state.bot.id, thread)]


def typing(state: State, call: Call) -> Reply:
    channel = _channel(state, call, "send_messages")
    state.typing.append(channel.id)
    return 204, None


def add_reaction(state: State, call: Call) -> Reply:
    channel = _channel(state, call, "read_message_history", "add_reactions")
    message = _message(state, call, channel)
    name = call.params["emoji_name"]
    if name not in message.reactions:
        if len(message.reactions) >= 20:
            raise ApiError(400, 30010, "Maximum number of reactions reached (20)")
        message.reactions.append(name)
    return 204, None


def remove_reaction(state: State, call: Call) -> Reply:
    message = _message(state, call, _channel(state, call, "read_message_history"))
    name = call.params.get("emoji_name")
    message.reactions = [r for r in message.reactions if name is not None and r != name]
    return 204, None


def pin(state: State, call: Call) -> Reply:
    channel = _channel(state, call, "pin_messages")
    message = _message(state, call, channel)
    if message.id not in channel.pins:
        channel.pins.insert(0, message.id)
    return 204, None


def unpin(state: State, call: Call) -> Reply:
    channel = _channel(state, call, "pin_messages")
    channel.pins = [i for i in channel.pins if i != call.id("message_id")]
    return 204, None


def list_pins(state: State, call: Call) -> Reply:
    channel = _channel(state, call)
    items = [
        {"pinned_at": w.iso(state.now()), "message": channel.log[i].payload()}
        for i in channel.pins
        if not channel.log[i].deleted
    ]
    return 200, {"items": items, "has_more": False}


def no_webhooks(state: State, call: Call) -> Reply:
    _channel(state, call, "manage_webhooks")
    return 200, []


ROUTES: Routes = {
    ("GET", C): get_channel,
    ("PATCH", C): modify_channel,
    ("DELETE", C): delete_channel,
    ("GET", C + "/messages"): list_messages,
    ("POST", C + "/messages"): create_message,
    ("POST", C + "/messages/bulk-delete"): bulk_delete,
    ("GET", C + "/messages/pins"): list_pins,
    ("PUT", C + "/messages/pins/{message_id}"): pin,
    ("DELETE", C + "/messages/pins/{message_id}"): unpin,
    ("GET", M): get_message,
    ("PATCH", M): edit_message,
    ("DELETE", M): delete_message,
    ("POST", M + "/crosspost"): crosspost,
    ("POST", M + "/threads"): thread_from_message,
    ("PUT", M + "/reactions/{emoji_name}/@me"): add_reaction,
    ("DELETE", M + "/reactions/{emoji_name}/@me"): remove_reaction,
    ("DELETE", M + "/reactions"): remove_reaction,
    ("POST", C + "/threads"): start_thread,
    ("GET", C + "/threads/archived/public"): archived_threads,
    ("GET", C + "/thread-members"): thread_members,
    ("PUT", C + "/thread-members/@me"): thread_membership,
    ("DELETE", C + "/thread-members/@me"): thread_membership,
    ("POST", C + "/typing"): typing,
    ("GET", C + "/webhooks"): no_webhooks,
}
