"""A stand-in for Discord on loopback that speaks the real protocol: HTTP API v10, gateway, interactions. See README.md."""

from tests.standins.discord.faults import Fault, Gate
from tests.standins.discord.interactions import Answer, Unavailable
from tests.standins.discord.mentions import Ping
from tests.standins.discord.messages import Message, Version
from tests.standins.discord.schema import OpenApi
from tests.standins.discord.standin import CALLBACK, EDIT, SEND, DiscordStandin
from tests.standins.discord.state import Request, Violation
from tests.standins.discord.world import Channel, Guild, Member, Role, User

__all__ = [
    "CALLBACK",
    "EDIT",
    "SEND",
    "Answer",
    "Channel",
    "DiscordStandin",
    "Fault",
    "Gate",
    "Guild",
    "Member",
    "Message",
    "OpenApi",
    "Ping",
    "Request",
    "Role",
    "Unavailable",
    "User",
    "Version",
    "Violation",
]
