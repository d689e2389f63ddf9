"""Building and changing the world while the bot looks on: guilds, channels, roles, members, what the bot may do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.standins.discord import permissions as perms
from tests.standins.discord import world as w
from tests.standins.discord.messages import Message, Version
from tests.standins.discord.state import State

Names = int | str | Iterable[str]


class Building:
    """The scripting side for the world. Changes of a guild are told to the bot by gateway events at once."""

    state: State

    def user(self, name: str, *, locale: str = "en-US", dms_open: bool = True, installed: bool = False) -> w.User:
        """A person; ``installed``: has installed the app for themselves."""
        user = w.User(self.state.ids.next(), name, locale=locale, dms_open=dms_open, installed=installed)
        self.state.users[user.id] = user
        return user

    def guild(
        self,
        name: str,
        *,
        locale: str = "en-US",
        owner: w.User | None = None,
        members: Iterable[w.User] = (),
        bot_permissions: Names = (),
        bot_present: bool = True,
        shard: tuple[int, int] | None = None,
    ) -> w.Guild:
        """A server with an @everyone role (Discord's defaults) and, if present, the bot with a managed role of its own.

        ``shard``: (number, count), to get a guild of that shard.
        """
        state = self.state
        guild_id = state.ids.for_shard(*shard) if shard else state.ids.next()
        while guild_id in state.guilds:
            guild_id += 1 << 22 if shard is None else shard[1] << 22
        guild = w.Guild(guild_id, name, owner or self.user(f"owner-{len(state.guilds)}"), locale, bot_present)
        guild.roles[guild_id] = w.Role(guild_id, "@everyone", perms.bits(perms.EVERYONE), position=0)
        for user in (guild.owner, *members):
            guild.members[user.id] = w.Member(user, state.now())
        state.guilds[guild_id] = guild
        if bot_present:
            self._admit_bot(guild, bot_permissions)
        return guild

    def invite_bot(self, guild: w.Guild, *, bot_permissions: Names = ()) -> None:
        """Adds the bot to a guild it is not in."""
        guild.bot_present = True
        self._admit_bot(guild, bot_permissions)

    def _admit_bot(self, guild: w.Guild, bot_permissions: Names) -> None:
        role = w.Role(self.state.ids.next(), "Vigie", perms.bits(bot_permissions), managed=True)
        guild.roles[role.id] = role
        guild.members[self.state.bot.id] = w.Member(self.state.bot, self.state.now(), [role])
        self.state.guild_event("GUILD_CREATE", guild, guild.create_event(self.state.bot))

    def kick_bot(self, guild: w.Guild) -> None:
        """GUILD_DELETE without ``unavailable``: a removal."""
        self.state.guild_event("GUILD_DELETE", guild, {"id": str(guild.id)})
        guild.bot_present = False
        guild.members.pop(self.state.bot.id, None)

    def guild_outage(self, guild: w.Guild) -> None:
        """GUILD_DELETE with ``unavailable``: an outage, not a removal."""
        guild.available = False
        self.state.guild_event("GUILD_DELETE", guild, {"id": str(guild.id), "unavailable": True})

    def guild_back(self, guild: w.Guild) -> None:
        guild.available = True
        self.state.guild_event("GUILD_CREATE", guild, guild.create_event(self.state.bot))

    # -- channels ----------------------------------------------------------------------------------------------------

    def channel(self, guild: w.Guild, name: str, kind: int = w.TEXT, **more: object) -> w.Channel:
        """A channel of a guild: ``kind`` is a type number of ``world`` (TEXT, ANNOUNCEMENT, FORUM …)."""
        channel = w.Channel(self.state.ids.next(), kind, name=name, guild=guild, position=len(guild.channels))
        for key, value in more.items():
            setattr(channel, key, value)
        guild.channels[channel.id] = channel
        self.state.guild_event("CHANNEL_CREATE", guild, channel.payload())
        return channel

    def announcement(self, guild: w.Guild, name: str) -> w.Channel:
        return self.channel(guild, name, w.ANNOUNCEMENT)

    def forum(self, guild: w.Guild, name: str, *, tags: Sequence[str] = (), require_tag: bool = False) -> w.Channel:
        made = [w.Tag(self.state.ids.next(), tag) for tag in tags]
        return self.channel(guild, name, w.FORUM, tags=made, flags=w.REQUIRE_TAG if require_tag else 0)

    def thread(self, parent: w.Channel, name: str, *, owner: w.User | None = None) -> w.Channel:
        """A public thread that a person opened."""
        assert parent.guild is not None
        now = self.state.now()
        kind = w.ANNOUNCEMENT_THREAD if parent.kind == w.ANNOUNCEMENT else w.PUBLIC_THREAD
        thread = w.Channel(
            self.state.ids.next(),
            kind,
            name=name,
            guild=parent.guild,
            parent=parent,
            owner_id=(owner or parent.guild.owner).id,
            created_at=now,
            archive_changed_at=now,
        )
        parent.guild.threads[thread.id] = thread
        self.state.guild_event("THREAD_CREATE", parent.guild, thread.payload() | {"newly_created": True})
        return thread

    def set_thread(self, thread: w.Channel, *, archived: bool | None = None, locked: bool | None = None) -> None:
        assert thread.guild is not None
        thread.archived = thread.archived if archived is None else archived
        thread.locked = thread.locked if locked is None else locked
        thread.archive_changed_at = self.state.now()
        self.state.guild_event("THREAD_UPDATE", thread.guild, thread.payload())

    def dm(self, user: w.User) -> w.Channel:
        """The direct messages between the bot and ``user``."""
        return self.state.dm_with(user)

    def close_dms(self, user: w.User) -> None:
        user.dms_open = False

    def open_dms(self, user: w.User) -> None:
        user.dms_open = True

    def delete_channel(self, channel: w.Channel) -> None:
        """From now on 10003."""
        payload = channel.payload()
        channel.deleted = True
        if channel.guild:
            event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
            self.state.guild_event(event, channel.guild, payload)

    # -- people and permissions --------------------------------------------------------------------------------------

    def role(self, guild: w.Guild, name: str, *, permissions: Names = (), mentionable: bool = False) -> w.Role:
        role = w.Role(self.state.ids.next(), name, perms.bits(permissions), mentionable, position=len(guild.roles))
        guild.roles[role.id] = role
        self.state.guild_event("GUILD_ROLE_CREATE", guild, {"guild_id": str(guild.id), "role": role.payload()})
        return role

    def set_role(
        self, guild: w.Guild, role: w.Role, *, permissions: Names | None = None, mentionable: bool | None = None
    ) -> None:
        """Changes a role, such as ``guild.everyone`` or the bot's own (``bot_role(guild)``)."""
        role.permissions = role.permissions if permissions is None else perms.bits(permissions)
        role.mentionable = role.mentionable if mentionable is None else mentionable
        self.state.guild_event("GUILD_ROLE_UPDATE", guild, {"guild_id": str(guild.id), "role": role.payload()})

    def bot_role(self, guild: w.Guild) -> w.Role:
        """The bot's managed role."""
        return next(r for r in guild.members[self.state.bot.id].roles if r.managed)

    def delete_role(self, guild: w.Guild, role: w.Role) -> None:
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles = [r for r in member.roles if r is not role]
        self.state.guild_event("GUILD_ROLE_DELETE", guild, {"guild_id": str(guild.id), "role_id": str(role.id)})

    def member(
        self, guild: w.Guild, user: w.User, *, roles: Iterable[w.Role] = (), permissions: Names = ()
    ) -> w.Member:
        """Makes ``user`` a member (or changes them); ``permissions`` as by a role of their own (``"manage_guild"``)."""
        member = guild.members.get(user.id) or w.Member(user, self.state.now())
        member.roles = list(roles)
        member.extra_permissions = perms.bits(permissions)
        guild.members[user.id] = member
        return member

    def deny(self, channel: w.Channel, *names: str, target: w.User | w.Role | None = None) -> None:
        """Takes permissions in a channel from the bot (or ``target``)."""
        self._overwrite(channel, target, 0, perms.bits(names))

    def allow(self, channel: w.Channel, *names: str, target: w.User | w.Role | None = None) -> None:
        """Gives permissions in a channel to the bot (or ``target``), whatever was denied before."""
        self._overwrite(channel, target, perms.bits(names), 0)

    def _overwrite(self, channel: w.Channel, target: w.User | w.Role | None, allow: int, deny: int) -> None:
        assert channel.guild is not None
        who = target or self.state.bot
        kind = 0 if isinstance(who, w.Role) else 1
        _, old_allow, old_deny = channel.overwrites.get(who.id, (kind, 0, 0))
        channel.overwrites[who.id] = (kind, old_allow & ~deny | allow, old_deny & ~allow | deny)
        self.state.guild_event("CHANNEL_UPDATE", channel.guild, channel.payload())

    # -- messages of people ------------------------------------------------------------------------------------------

    def say(self, user: w.User, channel: w.Channel, content: str) -> Message:
        """A message that a person writes (its content reaches the bot only with the intents for it)."""
        message = Message(self.state.ids.next(), channel, user, [Version(self.state.now(), content)])
        channel.log[message.id] = message
        self.state.remember(message)
        self.state.message_event("MESSAGE_CREATE", message)
        return message

    def delete_message(self, message: Message) -> None:
        """A moderator deletes a message."""
        message.deleted = True
        self.state.message_event("MESSAGE_DELETE", message)
