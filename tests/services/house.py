"""The services over a real SQLite store, with a clock that stands where a test puts it and a place that keeps what is posted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.model.content import AlertContent, Content, DigestContent, NoticeContent
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.ports import Receipt
from bot.model.watches import Destination, Mode, Watch
from bot.planning.alerts import Caught, Pace, plan_alerts
from bot.services.deliver import Deliver, DeliverOptions
from bot.services.digests import Digests
from bot.services.overflow import overflow_of
from bot.store import Store
from tests.store.samples import TestClock, article, channel, match, new_id, placed, watch

MONDAY = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@dataclass
class Post:
    """A message as it stands."""

    destination: Destination
    content: Content
    delivery_id: int
    at: datetime
    edits: int = 0

    @property
    def stories(self) -> list[int]:
        if isinstance(self.content, AlertContent):
            return [self.content.story.id]
        if isinstance(self.content, DigestContent):
            return [item.story.id for group in self.content.groups for item in group.items]
        return []


@dataclass
class Ledger:
    """A place for messages behind the port ``Sink``: it keeps them, finds them again, and refuses when told to.

    ``troubles``: raised by the next posts, in turn; None lets one through. ``lost``: the next posts are kept, and then this is raised.
    """

    clock: TestClock
    posts: dict[int, Post] = field(default_factory=dict)
    troubles: list[Exception | None] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)
    edit_troubles: list[Exception | None] = field(default_factory=list)
    closed: dict[int, Exception] = field(default_factory=dict)
    """By destination id."""
    spoilt: set[int] = field(default_factory=set)
    """Delivery ids on which our own code fails."""
    asked: int = 0
    during: Callable[[], Awaitable[None]] | None = None
    """Awaited while a post is under way, after it was carried out."""

    async def post(self, destination: Destination, content: Content, *, delivery_id: int, nonce: str) -> Receipt:
        self.asked += 1
        if destination.id in self.closed:
            raise self.closed[destination.id]
        if delivery_id in self.spoilt:
            raise KeyError("a defect")
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        number = new_id()
        self.posts[number] = Post(destination, content, delivery_id, self.clock.now())
        if self.during is not None:
            await self.during()
        if self.lost:
            raise self.lost.pop(0)
        return Receipt(destination.channel_id or 1, number)

    async def edit(self, destination: Destination, receipt: Receipt, content: Content, *, delivery_id: int) -> None:
        self.asked += 1
        if destination.id in self.closed:
            raise self.closed[destination.id]
        if self.edit_troubles and (trouble := self.edit_troubles.pop(0)) is not None:
            raise trouble
        post = self.posts[receipt.message_id]
        post.content, post.edits = content, post.edits + 1

    async def find(self, destination: Destination, *, delivery_id: int, since: datetime) -> Receipt | None:
        for number, post in self.posts.items():
            if post.destination.id == destination.id and post.delivery_id == delivery_id and post.at >= since:
                return Receipt(destination.channel_id or 1, number)
        return None

    def of(self, destination: Destination, kind: type = object) -> list[Post]:
        return [p for p in self.posts.values() if p.destination.id == destination.id and isinstance(p.content, kind)]


@dataclass
class House:
    """The services and what they stand on."""

    store: Store
    clock: TestClock
    ledger: Ledger
    deliver: Deliver
    digests: Digests

    async def place(self, mode: Mode = Mode.INSTANT, **changes: object) -> tuple[Destination, Watch]:
        """A channel with a watch."""
        here, one = channel(timezone="UTC", **changes), watch("pourparlers", created_by=700)
        async with self.store.write() as unit:
            await unit.watches.add(one, here, mode)
            stored = await unit.watches.destination(here.id)
        assert stored is not None
        return stored, one

    async def store_mode(self, one: Watch, mode: Mode) -> Watch:
        """Delivers a watch in another mode."""
        async with self.store.write() as unit:
            ((_, subscription, _),) = await unit.watches.subscriptions([one.id])
            await unit.watches.set_subscription(replace(subscription, mode=mode))
        return one

    async def story(self, *watches: Watch, outlets: int = 1, title: str = "Pourparlers à Genève") -> int:
        """A story of some outlets that these watches caught just now; nothing is planned."""
        now = self.clock.now()
        story_id = new_id()
        some = [article(title, seen=now, source=f"outlet{i}.example", published=now) for i in range(outlets)]
        async with self.store.write() as unit:
            await unit.articles.add_many([placed(one, story_id, opened=i == 0) for i, one in enumerate(some)])
            await unit.stories.save(story_id, now, now, [])
            await unit.matches.add([match(w, one) for w in watches for one in some])
        return story_id

    async def caught(self, to: Destination, one: Watch, *stories: int, burst: int = 100) -> list[Delivery]:
        """Plans the alerts that a check of a feed would plan for these stories."""
        async with self.store.write() as unit:
            planned: list[Delivery] = []
            for story_id in stories:
                story = await unit.stories.get(story_id)
                assert story is not None
                placement = await unit.articles.placement(story.articles[0].article_id)
                assert placement is not None
                (row,) = await unit.watches.subscriptions([one.id])
                matches = await unit.matches.of_story(story_id, [one.id])
                change = plan_alerts(
                    placement,
                    [Caught(matches[0], *row)],
                    await unit.deliveries.of_story([story_id]),
                    {},
                    now=self.clock.now(),
                    new_id=new_id,
                    pace=Pace(),
                )
                planned += change.deliveries
            planned = overflow_of(planned, keep=burst, now=self.clock.now(), new_id=new_id)
            await unit.deliveries.plan(planned)
        return planned

    async def alert(self, to: Destination, one: Watch, **more: int) -> Delivery:
        """A story, caught and planned."""
        (planned,) = await self.caught(to, one, await self.story(one, **more))
        return planned

    async def now(self, delivery: Delivery) -> Delivery:
        async with self.store.read() as unit:
            found = await unit.deliveries.get(delivery.id)
        assert found is not None
        return found

    async def of(self, destination: Destination, kind: DeliveryKind | None = None) -> list[Delivery]:
        async with self.store.read() as unit:
            found = await unit.deliveries.of_destination(destination.id)
        return sorted((d for d in found if kind in {None, d.kind}), key=lambda d: d.id)

    async def destination(self, of: Destination) -> Destination:
        async with self.store.read() as unit:
            found = await unit.watches.destination(of.id)
        assert found is not None
        return found

    async def change(self, of: Destination, **values: object) -> Destination:
        async with self.store.write() as unit:
            changed = replace(of, **values)  # type: ignore[arg-type]
            await unit.watches.save_destination(changed)
        return changed

    async def later(self, *, drain: bool = True, **by: float) -> None:
        """Time goes on; what is due then is sent."""
        self.clock.time += timedelta(**by)
        if drain:
            await self.deliver.drain()

    async def check(self) -> None:
        """The store is sound, and each sent delivery is one message."""
        assert await self.store.integrity() == []
        ids = [post.delivery_id for post in self.ledger.posts.values()]
        assert len(ids) == len(set(ids)), "a delivery was posted twice"

    def notices(self) -> Sequence[str]:
        return [p.content.key for p in self.ledger.posts.values() if isinstance(p.content, NoticeContent)]


def states(deliveries: Sequence[Delivery]) -> list[DeliveryState]:
    return [delivery.state for delivery in deliveries]


def payload(delivery: Delivery) -> dict[str, object]:
    return dict(json.loads(delivery.payload or "{}"))


@asynccontextmanager
async def house(folder: Path, **options: float) -> AsyncIterator[House]:
    clock = TestClock(MONDAY)
    ledger = Ledger(clock)
    async with await Store.open(f"sqlite:///{folder}/vigie.db", clock=clock) as store:
        deliver = Deliver(store, ledger, clock, new_id, DeliverOptions(**options))  # type: ignore[arg-type]
        digests = Digests(store, clock, new_id, wake=deliver.wake)
        yield House(store, clock, ledger, deliver, digests)
