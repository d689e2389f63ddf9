"""Every command and menu, in the order Discord lists them."""

from __future__ import annotations

from discord import app_commands

from bot.discord_front.commands.alerts import alerts_commands
from bot.discord_front.commands.digest import digest_commands
from bot.discord_front.commands.feeds import feeds_commands
from bot.discord_front.commands.help import help_commands
from bot.discord_front.commands.mydata import mydata_commands
from bot.discord_front.commands.search import search_commands
from bot.discord_front.commands.settings import settings_command
from bot.discord_front.commands.trend import trend_command
from bot.discord_front.commands.watch import watch_commands
from bot.discord_front.commands.why import menus, why_command
from bot.discord_front.front import Front


def add_commands(tree: app_commands.CommandTree, front: Front) -> None:
    """Declares them all on ``tree``."""
    groups = (watch_commands(front), alerts_commands(front), digest_commands(front))
    singles = (*search_commands(front), trend_command(front), why_command(front))
    for group in (*groups, feeds_commands(front), mydata_commands(front)):
        tree.add_command(group)
    for single in (*singles, settings_command(front), *help_commands(front)):
        tree.add_command(single)
    for entry in menus(front):
        tree.add_command(entry)
