"""Values for the tests of the store, and a clock that a test sets."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.model.articles import Article
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.feeds import SeenEntry
from bot.model.matches import Hit, Match
from bot.model.records import PlacedArticle
from bot.model.stories import Fact, Placement
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Watch
from bot.store import Unit

T0 = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

_ids = itertools.count(1 << 40)


def new_id() -> int:
    return next(_ids)


class TestClock:
    """Real monotonic time and sleep, and a wall clock that stands where the test puts it."""

    __test__ = False

    def __init__(self, now: datetime = T0) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Listed:
    """A catalogue row as the settings give it."""

    url: str
    title: str = "Le Quotidien"
    language: str | None = "fr"
    country: str | None = "FR"
    kind: str = "daily"
    note: str | None = None
    family: str | None = None
    enabled: bool = True
    interval: int | None = None


def article(title: str = "Pourparlers à Genève", *, seen: datetime = T0, **changes: object) -> Article:
    number = new_id()
    values: dict[str, object] = {
        "id": number,
        "title": title,
        "summary": "Deux délégations se parlent.",
        "lang": "fr",
        "url": f"https://quotidien.example/{number}?utm_source=rss",
        "canonical": f"quotidien.example/{number}",
        "source": "quotidien.example",
        "published": seen - timedelta(minutes=5),
        "seen": seen,
    }
    return Article(**{**values, **changes})  # type: ignore[arg-type]


def placed(
    one: Article, story_id: int, *, terms: str = "pourparlers geneve", opened: bool = True, copy_of: int | None = None
) -> PlacedArticle:
    placement = Placement(
        one.id,
        story_id,
        opened,
        similarity=0.0 if opened else 0.625,
        evidence=("concept:GENEVA", "number:2"),
        novelty=(Fact("place", "Genève", "à Genève"),),
        copy_of=copy_of,
    )
    return PlacedArticle(one, json.dumps({"n": one.id}), terms, placement)


async def put_story(unit: Unit, *articles: Article, terms: str = "pourparlers geneve", changed: datetime = T0) -> int:
    """Stores a story of these articles (a new one when none is given) and returns its id."""
    story_id = new_id()
    some = articles or (article(),)
    await unit.articles.add_many([placed(one, story_id, terms=terms, opened=i == 0) for i, one in enumerate(some)])
    await unit.stories.save(story_id, min(one.seen for one in some), changed, ["GENEVA"])
    return story_id


def channel(number: int | None = None, **changes: object) -> Destination:
    number = number or new_id()
    values: dict[str, object] = {"id": new_id(), "kind": DestinationKind.TEXT, "guild_id": 77, "channel_id": number}
    return Destination(**{**values, **changes})  # type: ignore[arg-type]


def direct(user_id: int) -> Destination:
    return Destination(new_id(), DestinationKind.DM, user_id=user_id)


def watch(phrase: str = "pourparlers", owner: Owner | None = None, **changes: object) -> Watch:
    return Watch(new_id(), owner or Owner(OwnerKind.GUILD, 77), phrase, **changes)  # type: ignore[arg-type]


def match(one: Watch, of: Article, score: float = 90.5) -> Match:
    return Match(one.id, of.id, score, (Hit(0, "concept", "NEGOTIATION", "title", 0, 11, "Pourparlers", 1.0),))


def delivery(destination: Destination, story_id: int | None = None, **changes: object) -> Delivery:
    number = new_id()
    values: dict[str, object] = {
        "id": number,
        "key": f"alert:{destination.id}:{story_id or number}",
        "kind": DeliveryKind.ALERT,
        "destination_id": destination.id,
        "story_id": story_id,
        "nonce": f"n{number}",
        "state": DeliveryState.PLANNED,
        "created": T0,
        "due": T0,
    }
    return Delivery(**{**values, **changes})  # type: ignore[arg-type]


def entry(feed_id: int, key: str, *, seen: datetime = T0, **changes: object) -> SeenEntry:
    values: dict[str, object] = {
        "feed_id": feed_id,
        "key": key,
        "canonical": f"quotidien.example/{key}",
        "title": "Titre",
        "hash": "0" * 64,
        "published": seen - timedelta(hours=1),
        "first_seen": seen,
        "last_seen": seen,
    }
    return SeenEntry(**{**values, **changes})  # type: ignore[arg-type]


async def put_destination(unit: Unit, destination: Destination | None = None) -> Destination:
    return await unit.watches.ensure_destination(destination or channel())


async def put_watch(unit: Unit, one: Watch | None = None, to: Destination | None = None) -> Watch:
    stored = one or watch()
    await unit.watches.add(stored, to or channel(), Mode.INSTANT)
    return stored
