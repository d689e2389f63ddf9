"""The founder's four items: what the project began with, over real HTTP into Discord's stand-in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.journeys.world import world

EMPTY = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Seed</title><link>https://seed.example/</link></channel></rss>'

WANTED = {
    "sommet Poutine-Zelensky": {"sommet-15-jours"},
    "garanties de sécurité": {"soutien-aerien", "securite-russie", "chefs-etat-major"},
    "troupes au sol": {"soutien-aerien"},
    "soutien aérien": {"soutien-aerien"},
    "réunion chefs d'état-major Otan": {"chefs-etat-major"},
    "Macron": {"sommet-15-jours"},
}


@pytest.mark.asyncio
async def test_the_seed_reaches_exactly_the_channels_that_want_it(
    tmp_path: Path, openapi_path: Path | None, shared_data: Path
) -> None:
    seed = (shared_data / "seed" / "peace-track.xml").read_bytes()
    async with world(tmp_path, openapi_path, {"/seed.xml": "fr"}) as here:
        here.feeds.serve("/seed.xml", EMPTY)
        await here.start()
        channels = {phrase: here.channel(f"veille-{number}") for number, phrase in enumerate(WANTED)}
        for phrase, channel in channels.items():
            await here.alert(channel, phrase)
        await here.seen("/seed.xml")
        here.feeds.serve("/seed.xml", seed)
        expected = sum(len(items) for items in WANTED.values())
        await here.discord.wait_for(
            lambda: sum(len(here.discord.posts(c)) for c in channels.values()) >= expected, timeout=60
        )
        await here.seen("/seed.xml", times=3)
        got = {
            phrase: [
                item
                for post in here.discord.posts(channel)
                for item in ("sommet-15-jours", "soutien-aerien", "securite-russie", "chefs-etat-major")
                if any(item in url for _, url in post.links)
            ]
            for phrase, channel in channels.items()
        }
        assert {phrase: set(items) for phrase, items in got.items()} == WANTED
        assert all(len(items) == len(set(items)) for items in got.values())
        here.check()
        await here.stop()
        await here.start()
        await here.seen("/seed.xml", times=3)
        await asyncio.sleep(0.5)
        assert sum(len(here.discord.posts(channel)) for channel in channels.values()) == expected, (
            "a restart told something again"
        )
        here.check()
