"""How a command is declared: its name and its words come from the catalogues, so the code holds none.

``cmd.<path>`` is a command's name, ``cmd.<path>.about`` its description, ``opt.<name>`` and ``opt.<name>.about`` those of its options,
``choice.<value>`` the name of a choice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_front.translator import local

Callback = Callable[..., Coroutine[Any, Any, None]]
Completer = Callable[[discord.Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]

CHOICES: dict[str, tuple[str, ...]] = {
    "mode": ("instant", "digest", "both"),
    "strictness": ("strict", "normal", "wide"),
}
"""Options with a fixed list of values, wherever they occur."""

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
ANY_INSTALL = app_commands.AppInstallationType(guild=True, user=True)
SERVER_INSTALL = app_commands.AppInstallationType(guild=True, user=False)


def group(name: str, *, manage_server: bool = False) -> app_commands.Group:
    """A command group. ``manage_server``: only in servers, hidden from who may not manage them."""
    return app_commands.Group(
        name=local(f"cmd.{name}"),
        description=local(f"cmd.{name}.about"),
        default_permissions=discord.Permissions(manage_guild=True) if manage_server else None,
        allowed_contexts=IN_SERVERS if manage_server else EVERYWHERE,
        allowed_installs=SERVER_INSTALL if manage_server else ANY_INSTALL,
    )


def command(
    path: str,
    callback: Callback,
    *,
    parent: app_commands.Group | None = None,
    about: Mapping[str, str] | None = None,
    complete: Mapping[str, Completer] | None = None,
) -> app_commands.Command[Any, ..., None]:
    """A command from its callback, added to ``parent`` when there is one.

    ``path``: words joined by dots (``watch.add``). ``about``: other description keys than the options' own. ``complete``: what
    suggests values for an option.
    """
    options = [name for name in inspect.signature(callback).parameters if name != "interaction"]
    keys = dict(about or {})
    app_commands.rename(**{name: local(f"opt.{name}") for name in options})(callback)
    app_commands.describe(**{name: local(keys.get(name, f"opt.{name}.about")) for name in options})(callback)
    fixed = {name: choices(CHOICES[name]) for name in options if name in CHOICES}
    if fixed:
        app_commands.choices(**fixed)(callback)
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=local(f"cmd.{path}"),
        description=local(f"cmd.{path}.about"),
        callback=callback,
        allowed_contexts=None if parent is not None else EVERYWHERE,
        allowed_installs=None if parent is not None else ANY_INSTALL,
    )
    for name, completer in (complete or {}).items():
        made.autocomplete(name)(completer)
    if parent is not None:
        parent.add_command(made)
    return made


def menu(key: str, callback: Callback) -> app_commands.ContextMenu:
    """A message menu entry."""
    return app_commands.ContextMenu(
        name=local(key),
        callback=callback,
        allowed_contexts=EVERYWHERE,
        allowed_installs=ANY_INSTALL,
    )


def choices(values: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Localised choices."""
    return [app_commands.Choice(name=local(f"choice.{value}"), value=value) for value in values]
