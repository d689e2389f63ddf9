"""The connection: commands told once, refused tokens, greetings, outages, and blocked channels that come back."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import app
from bot.discord_front.bot import TokenRefused, connect
from bot.language.lexicon import Lexicon
from bot.model.deliveries import DeliveryState
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind
from bot.services.members import WatchDraft
from tests.discord.house import House, house
from tests.standins.discord.schema import OpenApi

pytestmark = pytest.mark.asyncio

NAME = re.compile(r"[-_'\w]{1,32}")
"""Documentation, Application Command Naming (without the scripts that Vigie does not use)."""


async def test_commands_are_told_to_discord_once_and_not_again_unchanged(
    tmp_path: Path, lexicon: Lexicon, document: OpenApi | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "load_lexicon", lambda *args, **more: lexicon)
    async with house(tmp_path, document) as home:
        written = len([r for r in home.discord.requests if r.method == "PUT" and r.path.endswith("/commands")])
        async with connect(home.front, home.discord.token, api_base=home.discord.api_base) as again:
            ready = asyncio.Event()
            task = asyncio.create_task(again.serve(home.deliver, ready))
            await asyncio.wait_for(ready.wait(), 30)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        total = len([r for r in home.discord.requests if r.method == "PUT" and r.path.endswith("/commands")])

        assert (written, total) == (1, 1)
        home.clean()


async def test_every_command_is_localised_by_discords_rules(home: House) -> None:
    def walk(node: dict, path: str) -> None:  # type: ignore[type-arg]
        for language in ("fr", "uk"):
            name, about = (
                node["name_localizations"].get(language),
                (node.get("description_localizations") or {}).get(language),
            )
            assert name, (path, language)
            if node.get("type", 1) != 3 or node.get("description"):
                assert NAME.fullmatch(name) and name == name.lower(), (path, name)
                assert about and len(about) <= 100, (path, language)
        for option in node.get("options", ()):
            walk(option, f"{path}/{option['name']}")

    names = {command["name"] for command in home.discord.commands}
    for command in home.discord.commands:
        walk(command, command["name"])

    assert names == {
        "watch", "alerts", "digest", "search", "latest", "whatsnew", "story", "timeline", "trend", "why", "feeds",
        "settings", "mydata", "status", "help", "Why this alert?", "Follow this story", "Mute this story",
    }  # fmt: skip


async def test_a_refused_token_is_one_clear_line(poster: House) -> None:
    async with connect(poster.front, "not.the.token", api_base=poster.discord.api_base) as connection:
        with pytest.raises(TokenRefused) as serving:
            await connection.serve(poster.deliver, asyncio.Event())
        with pytest.raises(TokenRefused):
            await connection.sign_in()

    assert "not.the.token" not in str(serving.value)
    assert "\n" not in str(serving.value)


async def test_a_server_is_greeted_once_where_it_may(home: House) -> None:
    guild = home.discord.guild("Nouveau", locale="fr", bot_present=False)
    silent = home.discord.channel(guild, "annonces")
    home.discord.deny(silent, "send_messages")
    channel = home.discord.channel(guild, "general")

    # Discord leaves ``unavailable`` out when a server is joined (documentation, Guild Create); by that discord.py tells it from a comeback.
    event = guild.create_event
    guild.create_event = lambda bot: {key: value for key, value in event(bot).items() if key != "unavailable"}  # type: ignore[method-assign]
    home.discord.invite_bot(guild)
    await home.discord.wait_for(lambda: home.discord.posts(channel), timeout=10)
    home.discord.kick_bot(guild)
    await asyncio.sleep(0.2)
    home.discord.invite_bot(guild)
    await asyncio.sleep(0.5)

    (greeting,) = home.discord.posts(channel)
    assert "Bonjour, ici Vigie" in greeting.text
    assert home.discord.posts(silent) == []
    home.clean()


async def test_a_channel_whose_permission_comes_back_gets_what_waited(home: House) -> None:
    guild = home.discord.guild("Salon", locale="fr")
    channel = home.discord.channel(guild, "alertes")
    saved = await home.front.members.add_watch(
        Owner(OwnerKind.GUILD, guild.id),
        WatchDraft("sommet Poutine-Zelensky", mode=Mode.INSTANT, lang="fr"),
        Destination(home.services.new_id(), DestinationKind.TEXT, guild_id=guild.id, channel_id=channel.id),
        by=1,
    )
    home.discord.deny(channel, "send_messages")
    _, story = await home.article("Sommet Poutine-Zelensky à Genève vendredi")
    delivery = await home.plan(saved.view.destination, story, [saved.view.watch.id])
    await home.deliver.drain()
    blocked = await home.delivery(delivery.id)

    home.discord.allow(channel, "send_messages")
    await asyncio.sleep(0.5)
    await home.deliver.drain()

    assert blocked.state is DeliveryState.BLOCKED
    assert (await home.delivery(delivery.id)).state is DeliveryState.SENT
    assert len(home.discord.posts(channel)) == 1


async def test_an_outage_of_a_server_is_no_removal(home: House) -> None:
    guild = home.discord.guild("Salon", locale="fr")
    channel = home.discord.channel(guild, "alertes")
    await home.front.members.add_watch(
        Owner(OwnerKind.GUILD, guild.id),
        WatchDraft("sommet Poutine-Zelensky", lang="fr"),
        Destination(home.services.new_id(), DestinationKind.TEXT, guild_id=guild.id, channel_id=channel.id),
        by=1,
    )

    home.discord.guild_outage(guild)
    await asyncio.sleep(0.2)
    home.discord.guild_back(guild)
    await asyncio.sleep(0.2)

    assert len(await home.watches_of_server(guild.id)) == 1
    assert home.discord.posts(channel) == [], "a server that comes back is not greeted as a new one"


async def test_an_unexpected_error_gets_a_reference_and_no_details(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    async with home.services.store.write() as unit:
        await unit.connection.execute(text("ALTER TABLE watches RENAME TO lost"))

    answer = await home.discord.slash(anna, None, "watch list")

    assert re.search(r"\b[0-9a-f]{8}\b", answer.text)
    assert "Traceback" not in answer.text and "sqlite" not in answer.text.lower()
