"""Creating and editing messages: the same rules for channels, follow-ups and interaction responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standins.discord import components as c
from tests.standins.discord import permissions as perms
from tests.standins.discord import rules
from tests.standins.discord.errors import ApiError, FieldError, Json, empty_message, invalid_form
from tests.standins.discord.mentions import Ping, mentioned
from tests.standins.discord.messages import File, Message, Version, numbered, trimmed
from tests.standins.discord.world import Channel

if TYPE_CHECKING:
    from tests.standins.discord.interactions import Interaction
    from tests.standins.discord.server import Call, Upload
    from tests.standins.discord.state import State

COMMAND = 2
REPLY, CHAT_INPUT_REPLY, CONTEXT_MENU_REPLY = 19, 20, 23
MAX_FILE = 10 * 1024 * 1024
KEPT_FLAGS = rules.V2 | rules.EPHEMERAL | rules.SUPPRESS_EMBEDS | rules.SUPPRESS_NOTIFICATIONS


def create(
    state: State,
    call: Call,
    channel: Channel,
    body: Json,
    *,
    prefix: tuple[str | int, ...] = (),
    interaction: Interaction | None = None,
    ephemeral_for: int | None = None,
    message_id: int | None = None,
    flags: int = 0,
) -> Message:
    """A new message of the bot in ``channel``; the log, pings and events follow. Raises ApiError.

    ``prefix`` is where the message stands in the body (``("data",)``, ``("message",)``), for error paths.
    """
    version = _compose(state, call, channel, body, None, prefix, flags)
    if channel.guild is not None and interaction is None:
        _check_parts(state, channel, version)
    message = Message(
        id=message_id or state.ids.next(),
        channel=channel,
        author=state.bot,
        versions=[version],
        nonce=str(body["nonce"]) if body.get("nonce") is not None else None,
        ephemeral_for=ephemeral_for,
        interaction=interaction,
        reference=body.get("message_reference"),
    )
    if interaction is not None and interaction.original is None and interaction.kind == COMMAND:
        message.kind = CHAT_INPUT_REPLY if interaction.payload["data"]["type"] == 1 else CONTEXT_MENU_REPLY
    elif interaction is not None and interaction.original is not None:
        message.kind = REPLY
        message.reference = {"type": 0, "channel_id": str(channel.id), "message_id": str(interaction.original.id)}
    channel.log[message.id] = message
    state.remember(message)
    _note(state, call, message, version, edit=False, interaction=interaction is not None)
    if ephemeral_for is None:
        state.message_event("MESSAGE_CREATE", message)
    return message


def edit(
    state: State,
    call: Call,
    message: Message,
    body: Json,
    *,
    prefix: tuple[str | int, ...] = (),
    interaction: bool = False,
    clear_flags: int = 0,
) -> Message:
    """Edits a message in place; what the body does not name stays. Raises ApiError."""
    first_fill = bool(message.now.flags & rules.LOADING)
    version = _compose(state, call, message.channel, body, message, prefix, 0, clear_flags | rules.LOADING)
    if message.channel.guild is not None and not interaction:
        _check_parts(state, message.channel, version)
    if first_fill:
        message.versions[-1] = version
    else:
        message.versions.append(version)
    _note(state, call, message, version, edit=not first_fill, interaction=interaction)
    if message.ephemeral_for is None:
        state.message_event("MESSAGE_UPDATE", message)
    return message


def _compose(
    state: State,
    call: Call,
    channel: Channel,
    body: Json,
    before: Message | None,
    prefix: tuple[str | int, ...],
    flags: int,
    clear_flags: int = 0,
) -> Version:
    files = _files(state, call.uploads, channel, body, before)
    names = [f.filename for f in files]
    problems = rules.message_problems(body, files=names, before=before.as_body() if before else None)
    if problems:
        raise invalid_form([FieldError((*prefix, *p.path), p.code, p.message) for p in problems])
    old = before.now if before else Version(0.0)
    by_name = {f.filename: f for f in files}

    def resolve(url: str) -> Json:
        name = url.removeprefix("attachment://")
        file = by_name.get(name) if url.startswith("attachment://") else None
        if file is None:
            return {"id": str(state.ids.next()), "url": url, "proxy_url": url, "width": 0, "height": 0}
        return file.payload() | {"attachment_id": str(file.id), "name": file.filename}

    content = (body.get("content") or "").strip() if "content" in body else old.content
    embeds = trimmed(body.get("embeds") or []) if "embeds" in body else old.embeds
    for embed in embeds if "embeds" in body else ():
        for key in ("image", "thumbnail"):
            url = (embed.get(key) or {}).get("url", "")
            if url.startswith("attachment://"):
                embed[key] = {"url": by_name[url.removeprefix("attachment://")].url}
    parts = numbered(body.get("components") or [], resolve) if "components" in body else old.components
    asked = int(body.get("flags") or 0) & KEPT_FLAGS & (-1 if call.interaction else ~rules.EPHEMERAL)
    kept = (old.flags & (rules.V2 | rules.EPHEMERAL | rules.SUPPRESS_NOTIFICATIONS)) | (
        old.flags & rules.SUPPRESS_EMBEDS if "flags" not in body else 0
    )
    version = Version(
        at=state.now(),
        content=content,
        embeds=embeds,
        components=parts,
        files=tuple(files),
        flags=(kept | asked | flags) & ~clear_flags,
        allowed_mentions=body.get("allowed_mentions"),
    )
    if not flags & rules.LOADING and rules.is_empty(content, embeds, parts, files, body):
        raise empty_message()
    return version


def _files(
    state: State, uploads: dict[int, Upload], channel: Channel, body: Json, before: Message | None
) -> list[File]:
    """The files that a message will have: kept ones and uploads (docs, reference, "Editing Message Attachments")."""
    if any(len(upload.data) > MAX_FILE for upload in uploads.values()):
        raise ApiError(413, 40005, "Request entity too large")
    declared = body.get("attachments")
    described = {str(item.get("id")): item for item in declared or ()}
    if len(described) > 10 or len(uploads) > 10:
        raise invalid_form([FieldError(("attachments",), "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.")])
    old = before.files if before else []
    kept = [f for f in old if declared is None or str(f.id) in described]
    known = {str(f.id) for f in old}
    for index, (key, _) in enumerate(described.items()):
        if key not in known and not (key.isdecimal() and int(key) in uploads):
            raise invalid_form(
                [FieldError(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", f"No file with id {key} was sent")]
            )
    for number, upload in uploads.items():
        about = described.get(str(number), {})
        file_id = state.ids.next()
        name = "".join(ch if ch.isalnum() or ch in "._-" else "_" for ch in about.get("filename") or upload.filename)
        url = f"{state.base_url}/attachments/{channel.id}/{file_id}/{name}"
        file = File(file_id, name, upload.data, _mime(name), about.get("description"), url)
        state.files[file_id] = file
        kept.append(file)
    return kept


def _mime(name: str) -> str | None:
    endings = {"png": "image/png", "json": "application/json; charset=utf-8", "txt": "text/plain; charset=utf-8"}
    return endings.get(name.rsplit(".", 1)[-1].lower())


def _check_parts(state: State, channel: Channel, version: Version) -> None:
    mine = channel.permissions_for(state.bot)
    if version.files and not perms.has(mine, "attach_files"):
        raise ApiError(403, 50013, "Missing Permissions")
    if version.embeds and not perms.has(mine, "embed_links"):
        raise ApiError(403, 50013, "Missing Permissions")


def _note(state: State, call: Call, message: Message, version: Version, *, edit: bool, interaction: bool) -> None:
    """Records pings, and a violation of the house rule that text never goes out without ``allowed_mentions``."""
    texts = [version.content, *c.texts(list(version.components))]
    if any(t.strip() for t in texts) and version.allowed_mentions is None:
        problem = FieldError(("allowed_mentions",), "ALLOWED_MENTIONS_ABSENT", "text went out without allowed_mentions")
        state.violate("house", call, problem)
    mine = message.channel.permissions_for(state.bot)
    loud = not edit and not version.flags & rules.SUPPRESS_NOTIFICATIONS
    for kind, target in mentioned(texts, version.allowed_mentions, interaction=interaction):
        guild = message.channel.guild
        if kind == "user":
            real = target in (guild.members if guild else {message.channel.recipient and message.channel.recipient.id})
        elif kind == "role":
            role = guild.roles.get(target or 0) if guild else None
            real = role is not None and (role.mentionable or perms.has(mine, "mention_everyone"))
        else:
            real = guild is not None and perms.has(mine, "mention_everyone")
        state.pings.append(Ping(message.id, message.channel.id, kind, target, bool(real and loud), edit))
