"""Groups whose commands are imported when they are named, so that a small command does not load the whole bot."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Command, Context

HELP_NAMES = {"help_option_names": ["-h", "--help"]}


class LazyGroup(TyperGroup):
    """A group whose subclass names its commands in ``lazy``: name → ``module:attribute`` of a function or a ``typer.Typer``."""

    lazy: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Context) -> list[str]:
        return [*super().list_commands(ctx), *self.lazy]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name in self.lazy:
            return load(cmd_name, self.lazy[cmd_name])
        return super().get_command(ctx, cmd_name)


def load(name: str, target: str) -> Command:
    """The command at ``target``, under ``name``."""
    module_name, _, attribute = target.partition(":")
    found = getattr(importlib.import_module(module_name), attribute)
    if isinstance(found, typer.Typer):
        command = typer.main.get_command(found)
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=HELP_NAMES)
        single.command()(found)
        command = typer.main.get_command(single)
    command.name = name
    return command
