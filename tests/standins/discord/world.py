"""What is there: users, guilds, roles, channels, threads; with their payloads as Discord gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.standins.discord import permissions as perms
from tests.standins.discord.errors import Json

if TYPE_CHECKING:
    from tests.standins.discord.messages import Message

TEXT, DM, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, FORUM, MEDIA = 0, 1, 5, 10, 11, 12, 15, 16
CATEGORY, VOICE = 4, 2
THREADS = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})
REQUIRE_TAG = 1 << 4


def iso(at: float) -> str:
    """Unix seconds as Discord writes times."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


@dataclass(eq=False)
class User:
    """An account. ``dms_open`` False: answers 50007 to the bot's messages; ``installed``: has installed the app for themselves."""

    id: int
    name: str
    locale: str = "en-US"
    bot: bool = False
    dms_open: bool = True
    installed: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def payload(self) -> Json:
        return {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0000" if self.bot else "0",
            "global_name": None if self.bot else self.name.title(),
            "avatar": None,
            "bot": self.bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
            "banner": None,
            "accent_color": None,
            "avatar_decoration_data": None,
            "collectibles": None,
            "primary_guild": None,
        }


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int = 0
    mentionable: bool = False
    position: int = 1
    managed: bool = False
    color: int = 0

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"

    def payload(self) -> Json:
        return {
            "id": str(self.id),
            "name": self.name,
            "description": None,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.managed,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass(eq=False)
class Member:
    user: User
    joined_at: float
    roles: list[Role] = field(default_factory=list)
    extra_permissions: int = 0
    """Bits a test gave this member directly, as if by a role of their own."""

    def payload(self) -> Json:
        return {
            "user": self.user.payload(),
            "nick": None,
            "avatar": None,
            "banner": None,
            "roles": [str(r.id) for r in self.roles],
            "joined_at": iso(self.joined_at),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": None,
        }


@dataclass(eq=False)
class Tag:
    id: int
    name: str
    moderated: bool = False

    def payload(self) -> Json:
        return {
            "id": str(self.id),
            "name": self.name,
            "moderated": self.moderated,
            "emoji_id": None,
            "emoji_name": None,
        }


@dataclass(eq=False)
class Channel:
    """A channel or thread. A deleted one answers 10003."""

    id: int
    kind: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    overwrites: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """id -> (0 role, 1 member; allow; deny)."""
    tags: list[Tag] = field(default_factory=list)
    applied_tags: list[int] = field(default_factory=list)
    flags: int = 0
    topic: str | None = None
    position: int = 0
    deleted: bool = False
    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    auto_archive: int = 4320
    created_at: float = 0.0
    archive_changed_at: float = 0.0
    log: dict[int, Message] = field(default_factory=dict)
    pins: list[int] = field(default_factory=list)

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def permissions_for(self, user: User) -> int:
        """A user's permissions here; in a thread those of its parent (docs, topics/permissions, "Inherited Permissions")."""
        if self.guild is None:
            return perms.bits(perms.DM)
        base = self.parent if self.is_thread and self.parent else self
        return self.guild.permissions_of(user, base)

    def visible_messages(self) -> list[Message]:
        """What GET shows, oldest first."""
        return [m for m in self.log.values() if not m.deleted and m.ephemeral_for is None]

    def payload(self) -> Json:
        shown = self.visible_messages()
        base: Json = {
            "id": str(self.id),
            "type": self.kind,
            "last_message_id": str(shown[-1].id) if shown else None,
            "flags": self.flags,
        }
        if self.guild is None:
            base["recipients"] = [self.recipient.payload()] if self.recipient else []
            return base
        base |= {"guild_id": str(self.guild.id), "name": self.name}
        if self.is_thread:
            count = len(shown)
            base |= {
                "parent_id": str(self.parent.id) if self.parent else None,
                "owner_id": str(self.owner_id),
                "message_count": max(0, count - 1) if self.parent and self.parent.kind == FORUM else count,
                "total_message_sent": count,
                "member_count": 1,
                "rate_limit_per_user": 0,
                "applied_tags": [str(t) for t in self.applied_tags],
                "thread_metadata": {
                    "archived": self.archived,
                    "auto_archive_duration": self.auto_archive,
                    "archive_timestamp": iso(self.archive_changed_at),
                    "create_timestamp": iso(self.created_at),
                    "locked": self.locked,
                },
            }
            return base
        base |= {
            "parent_id": str(self.parent.id) if self.parent else None,
            "position": self.position,
            "nsfw": False,
            "topic": self.topic,
            "rate_limit_per_user": 0,
            "permission_overwrites": [
                {"id": str(i), "type": kind, "allow": str(allow), "deny": str(deny)}
                for i, (kind, allow, deny) in self.overwrites.items()
            ],
        }
        if self.kind in (FORUM, MEDIA):
            base |= {
                "available_tags": [t.payload() for t in self.tags],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "default_thread_rate_limit_per_user": 0,
                "template": "",
            }
        if self.kind == VOICE:
            base |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        return base


@dataclass(eq=False)
class Guild:
    """A server. ``bot_present`` False: the bot was not invited (only a user's own installation reaches here)."""

    id: int
    name: str
    owner: User
    locale: str = "en-US"
    bot_present: bool = True
    available: bool = True
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    def permissions_of(self, user: User, channel: Channel | None = None) -> int:
        member = self.members.get(user.id)
        if member is None:
            return 0
        overwrites = {i: (allow, deny) for i, (_, allow, deny) in channel.overwrites.items()} if channel else {}
        return perms.combine(
            everyone_id=self.id,
            everyone=self.everyone.permissions | member.extra_permissions,
            roles={r.id: r.permissions for r in member.roles},
            member_id=user.id,
            owner=user is self.owner,
            overwrites=overwrites,
        )

    def text_channels(self) -> Iterator[Channel]:
        return (c for c in self.channels.values() if c.kind in (TEXT, ANNOUNCEMENT) and not c.deleted)

    def payload(self) -> Json:
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "description": None,
            "home_header": None,
            "splash": None,
            "discovery_splash": None,
            "features": ["NEWS", "COMMUNITY"],
            "banner": None,
            "owner_id": str(self.owner.id),
            "application_id": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 1,
            "roles": [r.payload() for r in self.roles.values()],
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_presences": None,
            "max_members": 500000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": self.locale,
            "rules_channel_id": None,
            "safety_alerts_channel_id": None,
            "public_updates_channel_id": None,
            "premium_progress_bar_enabled": False,
            "premium_progress_bar_enabled_user_updated_at": None,
            "nsfw": False,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": None,
        }

    def create_event(self, bot: User) -> Json:
        """GUILD_CREATE (docs, events/gateway-events): without GUILD_MEMBERS only the bot's own member is listed."""
        me = self.members.get(bot.id)
        return self.payload() | {
            "joined_at": iso(me.joined_at if me else 0),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "voice_states": [],
            "members": [me.payload()] if me else [],
            "channels": [c.payload() for c in self.channels.values() if not c.deleted],
            "threads": [t.payload() for t in self.threads.values() if not (t.deleted or t.archived)],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def partial(self) -> Json:
        """The guild as an interaction names it."""
        return {"id": str(self.id), "locale": self.locale, "features": ["NEWS", "COMMUNITY"]}


def thread_member(user_id: int, thread: Channel) -> Json:
    return {"id": str(thread.id), "user_id": str(user_id), "join_timestamp": iso(thread.created_at), "flags": 0}
