"""A flood: alerts for many channels, all planned at once, against the stand-in with Discord's rate limits.

    python -m bench.delivery [--channels 100] [--alerts 5000]

Beside the time to drain stands the least that the limits allow: 5 messages in 5 s a channel, 50 requests a second for the bot.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import discord

from bot.clock import SystemClock
from bot.discord_front.sink import DiscordSink
from bot.model.articles import Article
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.ids import IdMaker
from bot.model.matches import Hit, Match
from bot.model.records import PlacedArticle
from bot.model.stories import Placement
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Watch
from bot.planning.nonce import nonce_of
from bot.services.deliver import Deliver, DeliverOptions
from bot.store import Store
from tests.standins.discord import DiscordStandin

SHARE, WINDOW_S = 5, 5.0
GLOBAL_A_SECOND = 50


@dataclass(frozen=True)
class Drained:
    """What became of a flood."""

    alerts: int
    sent: int
    posts: int
    doubled: int
    limited: int
    """Requests that Discord answered with 429."""
    seconds: float
    least_s: float

    def table(self) -> str:
        rate = self.posts / self.seconds
        return (
            f"{'alerts':>8}{'sent':>8}{'doubled':>9}{'429s':>6}{'drained in':>12}{'the least':>11}{'a second':>10}\n"
            f"{self.alerts:>8}{self.sent:>8}{self.doubled:>9}{self.limited:>6}{self.seconds:>10.1f} s{self.least_s:>9.1f} s{rate:>10.1f}"
        )


def least(channels: int, alerts: int) -> float:
    """Seconds that the limits alone cost."""
    a_channel = math.ceil(alerts / channels)
    return max((math.ceil(a_channel / SHARE) - 1) * WINDOW_S, alerts / GLOBAL_A_SECOND - 1, 0.1)


async def flood(folder: Path, channels: int, alerts: int) -> Drained:
    """Plans the alerts and sends them all."""
    clock = SystemClock()
    new_id = IdMaker(clock.now, worker=1)
    async with (
        DiscordStandin() as standin,
        await Store.open(f"sqlite:///{folder}/vigie.db", clock=clock) as store,
    ):
        guild = standin.guild("Salon")
        places = [standin.channel(guild, f"c{number}") for number in range(channels)]
        await _plan(store, new_id, [place.id for place in places], guild.id, alerts)
        base, discord.http.Route.BASE = discord.http.Route.BASE, standin.api_base
        client = discord.Client(
            intents=discord.Intents.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=45.0,
        )
        try:
            await client.login(standin.token)
            options = DeliverOptions(burst=alerts, place_gap_s=1.0)
            deliver = Deliver(store, DiscordSink(lambda: client, clock), clock, new_id, options)
            began = time.monotonic()
            await deliver.drain()
            seconds = time.monotonic() - began
        finally:
            await client.close()
            discord.http.Route.BASE = base
        async with store.read() as unit:
            sent = (await unit.deliveries.counts())[DeliveryState.SENT]
        told = Counter((post.channel.id, post.links[0][1]) for post in standin.posts())
        return Drained(
            alerts,
            sent,
            len(standin.posts()),
            sum(count - 1 for count in told.values()),
            sum(request.status == 429 for request in standin.requests),
            seconds,
            least(channels, alerts),
        )


async def _plan(store: Store, new_id: IdMaker, channels: list[int], guild: int, alerts: int) -> None:
    """A story for each round of channels, an alert of it for each of them."""
    now = datetime.now(UTC)
    async with store.write() as unit:
        places: list[tuple[Destination, Watch]] = []
        for channel in channels:
            here = Destination(new_id(), DestinationKind.TEXT, guild_id=guild, channel_id=channel)
            watch = Watch(new_id(), Owner(OwnerKind.GUILD, guild), "pourparlers")
            await unit.watches.add(watch, here, Mode.INSTANT)
            places.append((here, watch))
        planned: list[Delivery] = []
        while len(planned) < alerts:
            story, number = new_id(), new_id()
            url = f"https://quotidien.example/{number}"
            article = Article(number, f"Pourparlers {number}", "Résumé.", "fr", url, url, "quotidien.example", now, now)
            await unit.articles.add_many([PlacedArticle(article, "{}", "pourparlers", Placement(number, story, True))])
            await unit.stories.save(story, now, now, [])
            hit = Hit(0, "word", None, "title", 0, 11, "Pourparlers", 1.0)
            await unit.matches.add([Match(watch.id, number, 100.0, (hit,)) for _, watch in places])
            for here, watch in places[: alerts - len(planned)]:
                delivery = new_id()
                planned.append(
                    Delivery(
                        id=delivery,
                        key=f"alert:{here.id}:{story}",
                        kind=DeliveryKind.ALERT,
                        destination_id=here.id,
                        story_id=story,
                        nonce=nonce_of(delivery, here.id),
                        state=DeliveryState.PLANNED,
                        created=now,
                        due=now,
                        watch_ids=(watch.id,),
                    )
                )
        await unit.deliveries.plan(planned)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.delivery", description="Time to send a flood of alerts.")
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--alerts", type=int, default=5000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-flood-") as folder:
        drained = asyncio.run(flood(Path(folder), options.channels, options.alerts))
    print(f"{options.channels} channels; stand-in and sender in one process")
    print(drained.table())
    return 0 if drained.sent == drained.posts == drained.alerts and not drained.doubled + drained.limited else 1


if __name__ == "__main__":
    sys.exit(main())
