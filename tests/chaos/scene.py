"""What the chaos runs play on: one story after the other, six kinds of places, and the count of what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.journeys.world import World, world
from tests.standins.discord import OpenApi
from tests.standins.discord import world as w
from tests.standins.discord.messages import Message

PHRASE = "pourparlers"
FIRST, SECOND = "/premier.xml", "/second.xml"
HOSTS = {FIRST: "premier.example", SECOND: "second.example"}
ENTRIES = 60
"""A feed lists its newest entries only, as feeds do."""

TERM = """- id: NEGOTIATION
  kind: notion
  forms:
    fr: [pourparlers]
    en: [talks]
- id: UKRAINE
  kind: state
  context: true
  forms:
    fr: [Ukraine]
    en: [Ukraine]
"""
ROWS = "key\tpos\tweight\tfr\ten\tuk\tru\tde\tpl\tes\tit\nweather\tn\t0.5\tmétéo\tweather\t\t\t\t\t\t\n"

START = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "qua", "bre", "cli", "dro")
END = ("lor", "mand", "nix", "pard", "quin", "rost", "sil", "tour", "vand", "xel", "brac", "chon")


@dataclass(frozen=True)
class Item:
    """A development: one article, perhaps confirmed by a second outlet."""

    number: int
    published: datetime

    def words(self, count: int, salt: int) -> str:
        """Words of no language that no other item has."""
        made = []
        for position in range(count):
            code = self.number * 40 + salt * 20 + position
            a, b, c = code % 18, code // 18 % 12, code // 216 % 18
            made.append(f"{START[a]}{END[b]}{START[c]}{START[code // 3888 % 18]}")
        return " ".join(made)

    @property
    def title(self) -> str:
        return f"Ukraine : pourparlers {self.words(6, 0)}"

    def link(self, path: str) -> str:
        return f"https://{HOSTS[path]}/item/{self.number}"

    def entry(self, path: str) -> str:
        return (
            f"<item><title>{self.title}</title><link>{self.link(path)}</link><guid>{self.link(path)}</guid>"
            f"<pubDate>{format_datetime(self.published)}</pubDate><description>{self.words(12, 1)}.</description></item>"
        )


@dataclass
class Scene:
    """The bot's world with its places; ``alerted`` get an alert a story, ``digested`` digests only."""

    world: World
    alerted: dict[str, w.Channel | w.User]
    digested: w.Channel
    member: w.User
    items: list[Item] = field(default_factory=list)
    confirmed: set[int] = field(default_factory=set)

    def publish(self, count: int = 1) -> list[Item]:
        """The first outlet reports something new, all at once."""
        first = len(self.items) + 1
        # A feed dates to the second: what is newer has to be dated newer, or many at once look like old entries under new guids (rule 46).
        newest = max((item.published for item in self.items), default=datetime.min.replace(tzinfo=UTC))
        dated = max(datetime.now(UTC), newest + timedelta(seconds=1))
        new = [Item(number, dated) for number in range(first, first + count)]
        self.items += new
        self._serve(FIRST, self.items)
        return new

    def confirm(self, item: Item) -> None:
        """The second outlet reports the same."""
        self.confirmed.add(item.number)
        self._serve(SECOND, [other for other in self.items if other.number in self.confirmed])

    def _serve(self, path: str, items: list[Item]) -> None:
        body = "".join(item.entry(path) for item in reversed(items[-ENTRIES:]))
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{path}</title><link>https://{HOSTS[path]}/</link>{body}</channel></rss>'
        self.world.feeds.serve(path, text.encode())

    async def prepare(self) -> None:
        """First fetches over, watches set, digests every few minutes: from here on everything is to be told."""
        discord = self.world.discord
        self._serve(FIRST, [])
        self._serve(SECOND, [])
        await self.world.start()
        for place in self.alerted.values():
            if isinstance(place, w.Channel):
                await self.world.alert(place, PHRASE)
            else:
                hall = next(channel for channel in self.alerted.values() if isinstance(channel, w.Channel))
                answer = await discord.slash(place, hall, "watch add", {"phrase": PHRASE})
                assert not answer.failed, answer.text
        await self.world.alert(self.digested, PHRASE, mode="digest")
        await self.schedule()
        for path in (FIRST, SECOND):
            await self.world.seen(path)

    async def schedule(self) -> datetime:
        """Digests in each of the next minutes; answers the last one's time."""
        now = datetime.now(UTC)
        minutes = [now + timedelta(minutes=number) for number in range(1, 7)]
        times = ",".join(f"{minute:%H:%M}" for minute in minutes)
        answer = await self.world.discord.slash(
            self.world.admin,
            self.digested,
            "digest schedule",
            {"times": times, "timezone": "UTC", "channel": self.digested},
        )
        assert not answer.failed, answer.text
        return minutes[-1].replace(second=0, microsecond=0)

    # -- what came of it

    def posts(self, place: w.Channel | w.User) -> list[Message]:
        """What the bot posted there; of a forum, in its posts."""
        discord = self.world.discord
        if isinstance(place, w.Channel) and place.kind == w.FORUM:
            return [m for m in discord.posts() if m.channel.parent is place]
        return discord.posts(place)

    def count(self, place: w.Channel | w.User, item: Item) -> int:
        """How many of the place's messages tell this item."""
        address = item.link(FIRST), item.link(SECOND)
        return sum(any(url in address for _, url in post.links) for post in self.posts(place))

    def spread(self, item: Item) -> int:
        """In how many places it was told."""
        return sum(self.count(place, item) > 0 for place in self.alerted.values())

    def missing(self) -> list[str]:
        return [
            f"{name}: item {item.number}"
            for name, place in self.alerted.items()
            for item in self.items
            if self.count(place, item) == 0
        ]

    def doubled(self) -> list[str]:
        return [
            f"{name}: item {item.number} {count} times"
            for name, place in self.alerted.items()
            for item in self.items
            if (count := self.count(place, item)) > 1
        ]

    def stale(self) -> list[str]:
        """Messages that do not show the second outlet although it reported."""
        return [
            f"{name}: item {item.number}"
            for name, place in self.alerted.items()
            for item in self.items
            if item.number in self.confirmed
            for post in self.posts(place)
            if any(url == item.link(FIRST) for _, url in post.links) and HOSTS[SECOND] not in post.text
        ]

    def told(self, item: Item) -> int:
        """In how many of the digests an item stands."""
        return sum(item.words(6, 0) in post.text.replace("*", "") for post in self.posts(self.digested))


@asynccontextmanager
async def scene(
    folder: Path, openapi: Path | OpenApi | None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Scene]:
    """A scene whose bot is not started yet; ``prepare`` starts it. ``environment``: further settings."""
    lexicon = folder / "lexicon"
    (lexicon / "subject").mkdir(parents=True)
    (lexicon / "general").mkdir()
    (lexicon / "subject" / "talks.yaml").write_text(TERM, encoding="utf-8")
    (lexicon / "general" / "words.tsv").write_text(ROWS, encoding="utf-8")
    figures = {"VIGIE_STORIES__WINDOW_HOURS": "12", "VIGIE_DELIVERY__DM_GAP_S": "0.1"}
    settings = {**figures, **(environment or {})}
    async with world(folder, openapi, {FIRST: "fr", SECOND: "fr"}, settings, lexicon=lexicon) as here:
        (folder / "config" / "watches.yaml").write_text("presets: []\n", encoding="utf-8")
        discord, guild = here.discord, here.guild
        member = discord.user("boris", locale="fr")
        discord.member(guild, member)
        text = here.channel("alertes")
        yield Scene(
            here,
            {
                "text": text,
                "announcement": discord.channel(guild, "annonces", w.ANNOUNCEMENT),
                "forum": discord.forum(guild, "dossiers"),
                "thread": discord.thread(text, "fil"),
                "direct": member,
            },
            here.channel("resumes"),
            member,
        )


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process writes and does not end."""
    connection = sqlite3.connect(database, timeout=20, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def settle(here: Scene, seconds: float) -> None:
    """Waits until all is told and shown, or the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while here.missing() or here.stale():  # noqa: ASYNC110 - any state of the world, not one event
                await asyncio.sleep(0.1)
