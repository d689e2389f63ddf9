"""Permission bits and how they combine (docs, topics/permissions)."""

from __future__ import annotations

from collections.abc import Iterable

BITS: dict[str, int] = {
    name: 1 << bit
    for name, bit in {
        "create_instant_invite": 0,
        "kick_members": 1,
        "ban_members": 2,
        "administrator": 3,
        "manage_channels": 4,
        "manage_guild": 5,
        "add_reactions": 6,
        "view_audit_log": 7,
        "priority_speaker": 8,
        "stream": 9,
        "view_channel": 10,
        "send_messages": 11,
        "send_tts_messages": 12,
        "manage_messages": 13,
        "embed_links": 14,
        "attach_files": 15,
        "read_message_history": 16,
        "mention_everyone": 17,
        "use_external_emojis": 18,
        "connect": 20,
        "speak": 21,
        "manage_roles": 28,
        "manage_webhooks": 29,
        "use_application_commands": 31,
        "manage_threads": 34,
        "create_public_threads": 35,
        "create_private_threads": 36,
        "send_messages_in_threads": 38,
        "send_polls": 49,
        "use_external_apps": 50,
        "pin_messages": 51,
        "bypass_slowmode": 52,
    }.items()
}
ALL = (1 << 53) - 1
EVERYONE = ("create_instant_invite", "add_reactions", "view_channel", "send_messages", "embed_links", "attach_files",
            "read_message_history", "use_external_emojis", "connect", "speak", "use_application_commands",
            "create_public_threads", "send_messages_in_threads", "send_polls", "use_external_apps")  # fmt: skip
DM = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history", "add_reactions",
      "use_external_emojis", "mention_everyone", "use_application_commands", "use_external_apps")  # fmt: skip


def bits(names: int | str | Iterable[str]) -> int:
    """The number for permission names (``"manage_guild"``); numbers pass through. Raises KeyError for an unknown name."""
    if isinstance(names, int):
        return names
    if isinstance(names, str):
        names = (names,)
    value = 0
    for name in names:
        value |= ALL if name == "all" else BITS[name]
    return value


def has(value: int, *names: str) -> bool:
    needed = bits(names)
    return value & needed == needed


def combine(
    *,
    everyone_id: int,
    everyone: int,
    roles: dict[int, int],
    member_id: int,
    owner: bool,
    overwrites: dict[int, tuple[int, int]],
) -> int:
    """A member's permissions in a channel; ``overwrites`` are id -> (allow, deny).

    Source: docs, topics/permissions, "Permission Overwrites" and "Implicit Permissions".
    """
    value = everyone
    for role in roles.values():
        value |= role
    if owner or value & BITS["administrator"]:
        return ALL
    allow, deny = overwrites.get(everyone_id, (0, 0))
    value = value & ~deny | allow
    allow = deny = 0
    for role_id in roles:
        if role_id != everyone_id:
            role_allow, role_deny = overwrites.get(role_id, (0, 0))
            allow |= role_allow
            deny |= role_deny
    value = value & ~deny | allow
    allow, deny = overwrites.get(member_id, (0, 0))
    value = value & ~deny | allow
    if not value & BITS["view_channel"]:
        return 0
    if not value & BITS["send_messages"]:
        value &= ~bits(("mention_everyone", "send_tts_messages", "attach_files", "embed_links"))
    return value
