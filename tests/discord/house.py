"""The front in one process: the real bot over the real services on a SQLite store, against the stand-in for Discord."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import app
from bot.discord_front.bot import Connection, Front, connect
from bot.discord_front.speaker import server_owner
from bot.matching.search_terms import terms_of
from bot.model.articles import Article
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.matches import Match
from bot.model.records import PlacedArticle
from bot.model.stories import Placement
from bot.model.watches import Destination, Subscription, Watch
from bot.planning.nonce import nonce_of
from bot.services.deliver import Deliver
from bot.settings import Settings, load_presets
from tests.standins.discord import DiscordStandin
from tests.standins.discord.schema import OpenApi

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared"))
OPENAPI = SHARED / "discord" / "openapi.json"


class SteadyClock:
    """Real monotonic time and sleep; a wall clock that a test may move ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


@dataclass
class House:
    """Everything a test of the front touches."""

    discord: DiscordStandin
    services: app.Services
    front: Front
    connection: Connection
    deliver: Deliver
    clock: SteadyClock

    async def article(
        self,
        title: str,
        summary: str = "",
        *,
        lang: str = "fr",
        source: str = "quotidien.example",
        url: str | None = None,
        story: int | None = None,
        age: timedelta = timedelta(minutes=5),
    ) -> tuple[Article, int]:
        """Stores an article in a story of its own, or in ``story``; searchable and, where watches match it, matched."""
        number = self.services.new_id()
        seen = self.clock.now() - age
        article = Article(
            id=number,
            title=title,
            summary=summary,
            lang=lang,
            url=url if url is not None else f"https://{source}/{number}",
            canonical=f"https://{source}/{number}",
            source=source,
            published=seen,
            seen=seen,
        )
        story_id = story or self.services.new_id()
        reading = self.services.reader.read(number, title, summary, lang, seen)
        placement = Placement(number, story_id, story is None, evidence=("concept:PUTIN",) if story else ())
        matches = self.services.live.index.match(reading)
        async with self.services.store.write() as unit:
            if story is None:
                await unit.stories.save(story_id, seen, seen, ())
            await unit.articles.add_many([PlacedArticle(article, "{}", terms_of(reading), placement)])
            if story is not None:
                known = await unit.stories.get(story_id)
                assert known is not None
                await unit.stories.save(story_id, known.opened, seen, ())
            await unit.matches.add([Match(m.watch, number, m.score, m.hits) for m in matches])
        return article, story_id

    async def plan(
        self,
        destination: Destination,
        story_id: int | None,
        watch_ids: Sequence[int],
        *,
        kind: DeliveryKind = DeliveryKind.ALERT,
        payload: str | None = None,
    ) -> Delivery:
        """Plans a delivery, due now."""
        number = self.services.new_id()
        now = self.clock.now()
        delivery = Delivery(
            id=number,
            key=f"{kind.value}:{destination.id}:{story_id}:{next(_keys)}",
            kind=kind,
            destination_id=destination.id,
            story_id=story_id,
            nonce=nonce_of(number, destination.id),
            state=DeliveryState.PLANNED,
            created=now,
            due=now,
            watch_ids=tuple(watch_ids),
            payload=payload,
        )
        async with self.services.store.write() as unit:
            await unit.deliveries.plan([delivery])
        return delivery

    async def delivery(self, delivery_id: int) -> Delivery:
        """How a delivery stands now."""
        async with self.services.store.read() as unit:
            found = await unit.deliveries.get(delivery_id)
        assert found is not None
        return found

    async def watches_of_server(self, guild_id: int) -> list[tuple[Watch, Subscription, Destination]]:
        views = await self.front.members.watches(server_owner(guild_id))
        return [(view.watch, view.subscription, view.destination) for view in views]

    def clean(self) -> None:
        """Nothing broke a rule of Discord, nobody was pinged, and the stand-in itself held."""
        assert self.discord.violations == []
        assert self.discord.pings == []
        assert self.discord.state.errors == []
        assert self.discord.state.unhandled == []


_keys = itertools.count()


@contextlib.asynccontextmanager
async def house(folder: Path, document: OpenApi | None, *, online: bool = True) -> AsyncIterator[House]:
    """The whole front; ``online``: connected to the gateway, with its commands told to Discord; else it can only post."""
    settings = Settings(database_url=f"sqlite:///{folder}/vigie.db")
    clock = SteadyClock()
    async with (
        DiscordStandin(openapi=document) as discord,
        app.open_services(settings, ROOT / "config", clock=clock) as services,
    ):
        await services.live.load(clock.now())
        front = Front.of(services, load_presets(ROOT / "config" / "watches.yaml"))
        async with connect(front, discord.token, api_base=discord.api_base) as connection:
            deliver = app.make_deliver(services, connection.sink)
            made = House(discord, services, front, connection, deliver, clock)
            if not online:
                await connection.sign_in()
                yield made
                return
            ready = asyncio.Event()
            task = asyncio.create_task(connection.serve(deliver, ready))
            try:
                waiting = asyncio.create_task(ready.wait())
                await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=30)
                if task.done():
                    task.result()
                await waiting
                yield made
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
