"""The stand-in as a process: ``python -m tests.standins.discord --port 0 --control-port 0``.

Prints one line of JSON with the addresses once it listens, then runs until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from aiohttp import web

from tests.standins.discord.control import control_app
from tests.standins.discord.standin import DiscordStandin


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.standins.discord", description="A stand-in for Discord on loopback."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port of the HTTP API and the gateway (default: any)")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API (default: any)")
    parser.add_argument("--token", default="stand-in.of.discord", help="the only token that is right")
    parser.add_argument("--openapi", help="path of Discord's OpenAPI document, to check requests against")
    parser.add_argument("--shards", type=int, default=1, help="shards to recommend (default 1)")
    parser.add_argument("--sample", action="store_true", help="start with a server, its channels and two members")
    return parser.parse_args()


def sample(standin: DiscordStandin) -> None:
    """A server to play with."""
    anna, ben = standin.user("anna", locale="fr"), standin.user("ben")
    guild = standin.guild("Salon", locale="fr", members=[anna, ben])
    standin.member(guild, anna, permissions="manage_guild")
    standin.channel(guild, "alertes")
    standin.announcement(guild, "annonces")
    standin.forum(guild, "dossiers", tags=["paix", "sommet"])
    standin.role(guild, "veilleurs", mentionable=True)


async def serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    standin = DiscordStandin(
        options.token, openapi=options.openapi, host=options.host, port=options.port, shards=options.shards
    )
    async with standin:
        if options.sample:
            sample(standin)
        runner = web.AppRunner(control_app(standin), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, options.host, options.control_port).start()
        control = f"http://{options.host}:{runner.addresses[0][1]}"
        sys.stdout.write(json.dumps({"api_base": standin.api_base, "control": control}) + "\n")
        sys.stdout.flush()
        await stop.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
