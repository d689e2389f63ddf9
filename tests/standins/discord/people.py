"""What people do with the bot: each method sends INTERACTION_CREATE and returns the answer (``interactions.Interaction``)."""

from __future__ import annotations

import secrets
from typing import Any

from tests.standins.discord import components as c
from tests.standins.discord import interactions as ia
from tests.standins.discord import permissions as perms
from tests.standins.discord import world as w
from tests.standins.discord.errors import Json
from tests.standins.discord.interactions import Answer, Interaction, Unavailable
from tests.standins.discord.messages import File, Message
from tests.standins.discord.state import State

SETTLE = 15.0


class _Resolved:
    """Gathers the ``resolved`` part of an interaction's data."""

    def __init__(self, state: State, guild: w.Guild | None) -> None:
        self._state = state
        self._guild = guild
        self.data: dict[str, Json] = {}

    def __call__(self, value: Any, option_type: int) -> str:
        if isinstance(value, w.User) and option_type in (6, 9):
            self._add("users", value.id, value.payload())
            member = self._guild.members.get(value.id) if self._guild else None
            if member:
                payload = member.payload()
                del payload["user"], payload["deaf"], payload["mute"]
                assert self._guild is not None
                payload["permissions"] = str(self._guild.permissions_of(value))
                self._add("members", value.id, payload)
        elif isinstance(value, w.Role) and option_type in (8, 9):
            self._add("roles", value.id, value.payload())
        elif isinstance(value, w.Channel) and option_type == 7:
            self._add("channels", value.id, value.payload() | {"permissions": str(perms.ALL)})
        elif isinstance(value, tuple) and option_type == 11:
            return self._attachment(*value)
        else:
            raise Unavailable(f"{value!r} does not fit option type {option_type}")
        return str(value.id)

    def _attachment(self, filename: str, data: bytes) -> str:
        file_id = self._state.ids.next()
        url = f"{self._state.base_url}/attachments/0/{file_id}/{filename}"
        file = File(file_id, filename, data, None, None, url)
        self._state.files[file_id] = file
        self._add("attachments", file_id, file.payload() | {"ephemeral": True})
        return str(file_id)

    def message(self, message: Message) -> None:
        self._add("messages", message.id, message.payload())

    def user(self, user: w.User) -> None:
        self(user, 6)

    def _add(self, kind: str, key: int, payload: Json) -> None:
        self.data.setdefault(kind, {})[str(key)] = payload


class People:
    """The scripting side for people. ``where`` is a guild channel, a thread, a DM channel, or a guild (its first text channel).

    Every method returns after the first response (or three seconds without one); after a deferred one it also waits, up to
    ``settle`` seconds, until the response is filled in. Raises Unavailable where Discord's client would not let the person do it.
    """

    state: State

    async def slash(
        self,
        user: w.User,
        where: w.Guild | w.Channel | w.User | None,
        path: str,
        options: dict[str, Any] | None = None,
        *,
        locale: str | None = None,
        guild_locale: str | None = None,
        permissions: Any = None,
        force: bool = False,
        settle: float = SETTLE,
    ) -> Answer:
        """``/path`` with options by name; ``where`` None: the user's direct messages.

        Values: text, numbers, User, Role, Channel, or (file name, bytes). ``permissions`` replaces the member's own;
        ``force`` sends what Discord would hide (an administrator may have overridden default_member_permissions).
        """
        data, interaction = self._command(user, where, path, options or {}, 1, locale, permissions, force, None)
        return await self._go(interaction, data, locale, guild_locale, permissions, settle)

    async def autocomplete(
        self,
        user: w.User,
        where: w.Guild | w.Channel | w.User | None,
        path: str,
        option: str,
        value: Any = "",
        options: dict[str, Any] | None = None,
        *,
        locale: str | None = None,
        guild_locale: str | None = None,
        permissions: Any = None,
    ) -> Answer:
        """The user types ``value`` into ``option``; the suggestions are in ``.choices``."""
        given = {**(options or {}), option: value}
        data, interaction = self._command(user, where, path, given, 1, locale, permissions, False, option)
        return await self._go(interaction, data, locale, guild_locale, permissions, SETTLE)

    async def message_command(
        self,
        name: str,
        message: Message,
        user: w.User,
        *,
        locale: str | None = None,
        guild_locale: str | None = None,
        permissions: Any = None,
        settle: float = SETTLE,
    ) -> Answer:
        """The message menu (right click, Apps)."""
        data, interaction = self._command(
            user, message.channel, name, {}, 3, locale, permissions, False, None, target=message
        )
        return await self._go(interaction, data, locale, guild_locale, permissions, settle)

    async def user_command(
        self,
        name: str,
        target: w.User,
        user: w.User,
        where: w.Guild | w.Channel,
        *,
        locale: str | None = None,
        permissions: Any = None,
        settle: float = SETTLE,
    ) -> Answer:
        """The user menu."""
        data, interaction = self._command(user, where, name, {}, 2, locale, permissions, False, None, target=target)
        return await self._go(interaction, data, locale, None, permissions, settle)

    async def click(
        self,
        user: w.User,
        message: Message | Answer,
        which: str,
        *,
        locale: str | None = None,
        guild_locale: str | None = None,
        permissions: Any = None,
        settle: float = SETTLE,
    ) -> Answer:
        """Presses a button, by custom_id, label or emoji."""
        message = self._seen(user, message)
        button = c.find_control(message.components, which)
        if button["type"] != c.BUTTON or button.get("url"):
            raise Unavailable(f"{which!r} is no button that can be pressed here")
        if button.get("disabled"):
            raise Unavailable(f"{which!r} is disabled")
        data = {"custom_id": button["custom_id"], "component_type": c.BUTTON, "id": button["id"]}
        interaction = self._interaction(ia.COMPONENT, user, message.channel, which, source=message)
        return await self._go(interaction, data, locale, guild_locale, permissions, settle)

    async def select(
        self,
        user: w.User,
        message: Message | Answer,
        which: str,
        values: list[Any],
        *,
        locale: str | None = None,
        guild_locale: str | None = None,
        permissions: Any = None,
        settle: float = SETTLE,
    ) -> Answer:
        """Chooses in a select, by custom_id or placeholder; string values by value or label, others as User, Role, Channel."""
        message = self._seen(user, message)
        menu = c.find_control(message.components, which)
        if menu["type"] not in c.SELECTS:
            raise Unavailable(f"{which!r} is no select")
        if menu.get("disabled"):
            raise Unavailable(f"{which!r} is disabled")
        resolved = _Resolved(self.state, message.channel.guild)
        data = {
            "custom_id": menu["custom_id"],
            "component_type": menu["type"],
            "id": menu["id"],
            "values": ia.pick_values(menu, values, resolved),
        }
        if resolved.data:
            data["resolved"] = resolved.data
        interaction = self._interaction(ia.COMPONENT, user, message.channel, which, source=message)
        return await self._go(interaction, data, locale, guild_locale, permissions, settle)

    async def submit_modal(
        self,
        opened: Answer,
        values: dict[str, Any],
        *,
        settle: float = SETTLE,
    ) -> Answer:
        """Fills in and sends the modal that ``opened`` answered with; keys are labels or custom ids."""
        if opened.modal is None:
            raise Unavailable(f"{opened.name!r} was not answered with a modal")
        resolved = _Resolved(self.state, opened.guild)
        data: Json = {
            "custom_id": opened.modal["custom_id"],
            "components": ia.fill_modal(opened.modal, values, resolved),
        }
        if resolved.data:
            data["resolved"] = resolved.data
        interaction = self._interaction(
            ia.MODAL_SUBMIT, opened.user, opened.channel, opened.modal["title"], source=opened.source, parent=opened
        )
        sent = opened.payload
        permissions = int(sent["member"]["permissions"]) if "member" in sent else None
        return await self._go(interaction, data, sent["locale"], sent.get("guild_locale"), permissions, settle)

    # -- how -----------------------------------------------------------------------------------------------------------

    def _command(
        self,
        user: w.User,
        where: w.Guild | w.Channel | w.User | None,
        path: str,
        options: dict[str, Any],
        kind: int,
        locale: str | None,
        permissions: Any,
        force: bool,
        focused: str | None,
        target: Message | w.User | None = None,
    ) -> tuple[Json, Interaction]:
        channel = self._place(user, where)
        guild = channel.guild
        tongue = locale or user.locale
        command, way, declared = ia.find_command(self.state.commands_in(guild), path, kind, tongue)
        if not force:
            self._available(command, user, channel, permissions)
        resolved = _Resolved(self.state, guild)
        filled = ia.fill_options(declared, options, resolved, locale=tongue, focused=focused)
        for step in reversed(way):
            filled = [{"name": step["name"], "type": step["type"], "options": filled}]
        data: Json = {"id": command["id"], "name": command["name"], "type": kind}
        if filled:
            data["options"] = filled
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        if isinstance(target, Message):
            resolved.message(target)
        elif target is not None:
            resolved.user(target)
        if target is not None:
            data["target_id"] = str(target.id)
        if resolved.data:
            data["resolved"] = resolved.data
        action = ia.AUTOCOMPLETE if focused is not None else ia.COMMAND
        interaction = self._interaction(action, user, channel, path)
        if focused is not None:
            interaction.option_type = next(o["type"] for o in declared if ia._named(o, focused, tongue))
        return data, interaction

    def _place(self, user: w.User, where: w.Guild | w.Channel | w.User | None) -> w.Channel:
        if where is None or isinstance(where, w.User):
            return self.state.dm_with(user)
        if isinstance(where, w.Guild):
            channel = next(where.text_channels(), None)
            if channel is None:
                raise Unavailable(f"guild {where.name!r} has no text channel")
            return channel
        return where

    def _available(self, command: Json, user: w.User, channel: w.Channel, permissions: Any) -> None:
        """Whether Discord would show the command to the user here (docs, interactions/application-commands, "Contexts")."""
        guild = channel.guild
        installs = command.get("integration_types") or [0]
        by_guild = 0 in installs and (guild is not None and guild.bot_present)
        in_own_dm = guild is None and (0 in installs or user.installed)
        by_user = 1 in installs and user.installed
        if not (by_guild or by_user or in_own_dm or command.get("guild_id")):
            raise Unavailable(f"/{command['name']} is not installed here")
        contexts = command.get("contexts")
        here = ia.IN_GUILD if guild else ia.IN_BOT_DM
        if contexts is not None and here not in contexts:
            raise Unavailable(f"/{command['name']} is not offered in context {here}, only in {contexts}")
        if contexts is None and guild is None and command.get("dm_permission") is False:
            raise Unavailable(f"/{command['name']} is not offered in direct messages")
        needed = command.get("default_member_permissions")
        if guild is not None and needed is not None:
            theirs = channel.permissions_for(user) if permissions is None else perms.bits(permissions)
            if theirs & perms.BITS["administrator"] == 0 and (int(needed) == 0 or theirs & int(needed) != int(needed)):
                raise Unavailable(f"/{command['name']} is hidden from {user.name}: permissions missing")

    def _seen(self, user: w.User, message: Message | Answer) -> Message:
        if isinstance(message, Interaction):
            message = message.message
        if message.deleted:
            raise Unavailable("the message is deleted")
        if message.ephemeral_for not in (None, user.id):
            raise Unavailable(f"{user.name} does not see this ephemeral message")
        if message.channel.guild is None and message.channel.recipient is not user:
            raise Unavailable(f"{user.name} does not see these direct messages")
        return message

    def _interaction(
        self,
        kind: int,
        user: w.User,
        channel: w.Channel,
        name: str,
        *,
        source: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        guild = channel.guild
        owners: dict[str, str] = {}
        if guild is None or guild.bot_present:
            owners["0"] = str(guild.id) if guild else "0"
        if user.installed:
            owners["1"] = str(user.id)
        interaction = Interaction(
            self.state.ids.next(),
            secrets.token_urlsafe(96),
            kind,
            user,
            channel,
            guild,
            self.state.monotonic(),
            self.state.now(),
            owners,
            name=name,
            source=source,
            parent=parent,
        )
        self.state.interactions[interaction.id] = interaction
        self.state.by_token[interaction.token] = interaction
        return interaction

    async def _go(
        self,
        interaction: Interaction,
        data: Json,
        locale: str | None,
        guild_locale: str | None,
        permissions: Any,
        settle: float,
    ) -> Answer:
        state = self.state
        interaction.payload = self._payload(interaction, data, locale, guild_locale, permissions)
        interaction.created = state.monotonic()
        guild_id = interaction.guild.id if interaction.guild else None
        state.gateway.dispatch("INTERACTION_CREATE", interaction.payload, guild_id=guild_id)
        answered = await interaction.wait_for(lambda i: not i.failed, state.first_response_seconds)
        if answered and interaction.deferred and settle:
            await interaction.wait_for(lambda i: not i.pending, settle)
        return interaction

    def _payload(
        self, interaction: Interaction, data: Json, locale: str | None, guild_locale: str | None, permissions: Any
    ) -> Json:
        state, user, channel, guild = self.state, interaction.user, interaction.channel, interaction.guild
        mine = channel.permissions_for(state.bot) if guild is None or guild.bot_present else perms.bits(
            ("view_channel", "send_messages", "embed_links", "attach_files", "use_application_commands")
        )  # fmt: skip
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(state.bot.id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel": channel.payload(),
            "channel_id": str(channel.id),
            "app_permissions": str(mine),
            "locale": locale or user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": interaction.owners,
            "context": ia.IN_GUILD if guild else ia.IN_BOT_DM,
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if guild is None:
            payload["user"] = user.payload()
        else:
            member = guild.members.get(user.id)
            if member is None:
                raise Unavailable(f"{user.name} is no member of {guild.name}")
            theirs = channel.permissions_for(user) if permissions is None else perms.bits(permissions)
            payload["channel"]["permissions"] = str(theirs)
            payload |= {
                "guild": guild.partial(),
                "guild_id": str(guild.id),
                "guild_locale": guild_locale or guild.locale,
                "member": member.payload() | {"permissions": str(theirs)},
            }
        if interaction.source is not None:
            payload["message"] = interaction.source.payload()
        return payload
