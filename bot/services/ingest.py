"""From a feed that is due to deliveries that are planned: the way of an article.

One transaction a check: the feed's new state, its entries, the articles, their matches, stories and deliveries become true together or not at
all. What the process learned in memory (the window) is rebuilt from the store when that transaction fails.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.clock import SteadyTime
from bot.feeds.article import make_article
from bot.feeds.fetcher import Fetcher
from bot.feeds.identity import EntryPlan, Known, Route, sort_entries, wanted
from bot.feeds.results import Checked
from bot.feeds.schedule import decide_next, rebased
from bot.grouping.features import features_of
from bot.grouping.window import Arrival
from bot.language.detect import detect
from bot.language.reading import Reader, Reading
from bot.language.text import clean_html
from bot.matching.search_terms import terms_of
from bot.model.articles import Article
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.errors import StoreError
from bot.model.feeds import Feed, FeedState
from bot.model.matches import Match
from bot.model.ports import Clock
from bot.model.records import FetchLine, PlacedArticle
from bot.model.stories import Placement
from bot.model.watches import Destination, Subscription, Watch
from bot.planning.alerts import Caught, Pace, edit_due, plan_alerts
from bot.services.live import Live
from bot.services.notices import tell_feed_owners
from bot.services.overflow import SILENT, overflow_of
from bot.store import Store, Unit

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """Figures of the fetch and delivery settings; times in seconds."""

    concurrency: int = 12
    burst: int = 5
    window: timedelta = timedelta(hours=72)
    pace: Pace = field(default_factory=Pace)
    worker: str = "worker"
    lease_s: float = 120
    idle_s: float = 20


@dataclass(slots=True)
class PassReport:
    """What a pass over the feeds did."""

    feeds: int = 0
    reached: int = 0
    failed: int = 0
    articles: int = 0
    alerts: int = 0
    errors: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Taken:
    """An article on its way: understood and matched, not yet placed."""

    article: Article
    reading: Reading
    matches: list[Match]
    key: str
    """The entry's key within its feed."""
    silent: str | None
    """Why it may not alert, None when it may."""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    taken: _Taken
    placement: Placement


class Ingest:
    """Polls feeds and turns what is new into stories and planned deliveries."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        reader: Reader,
        live: Live,
        clock: Clock,
        rng: random.Random,
        new_id: Callable[[], int],
        options: IngestOptions,
        *,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called after a commit that planned deliveries or edits."""
        self._store = store
        self._fetcher = fetcher
        self._reader = reader
        self._live = live
        self._clock = clock
        self._rng = rng
        self._new_id = new_id
        self._options = options
        self._wake = wake
        self._placing = asyncio.Lock()
        self._steady = SteadyTime(clock)

    async def run(self, stop: asyncio.Event) -> None:
        """Polls until ``stop`` is set; a check under way is finished."""
        await self._rebase()
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                free = self._options.concurrency - len(under_way)
                started = 0
                try:
                    if free > 0:
                        for feed in await self._claim(free):
                            task = asyncio.create_task(self._guarded(feed, PassReport()))
                            under_way.add(task)
                            task.add_done_callback(under_way.discard)
                            started += 1
                except StoreError as error:
                    log.error("the store refuses; polling waits", problem=str(error))
                if started == 0 or started >= free:
                    await self._pause(under_way, stop)
            if under_way:
                await asyncio.wait(under_way)
        finally:
            left = list(under_way)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def pass_once(self, *, progress: Callable[[int, int, Feed], None] | None = None) -> PassReport:
        """One full pass over all feeds that are due; ``progress`` gets (done, all, feed) after each."""
        report = PassReport()
        await self._rebase()
        feeds: list[Feed] = []
        while batch := await self._claim(500):
            feeds += batch
        gate = asyncio.Semaphore(self._options.concurrency)

        async def one(feed: Feed) -> None:
            async with gate:
                await self._guarded(feed, report)
            report.feeds += 1
            if progress is not None:
                progress(report.feeds, len(feeds), feed)

        await asyncio.gather(*(one(feed) for feed in feeds))
        return report

    async def check(self, feed: Feed, report: PassReport | None = None) -> None:
        """Fetches one feed and carries out what follows. Raises StoreError when nothing could be written."""
        checked = await self._fetcher.check(feed)
        await self.take_in(feed, checked, report if report is not None else PassReport())

    async def take_in(self, feed: Feed, checked: Checked, report: PassReport) -> None:
        """Everything after the fetch, up to the commit."""
        now = self._clock.now()
        async with self._store.read() as unit:
            keys, links = wanted(checked.entries)
            known = await unit.entries.known(feed.id, list(keys), list(links))
            any_known, newest = await unit.entries.newest(
                feed.id, now + timedelta(seconds=self._fetcher.settings.future_s)
            )
        settings = self._fetcher.settings
        plan = sort_entries(
            feed,
            Known.of(known, newest, empty=not any_known),
            checked.entries,
            now,
            settings,
        )
        after = decide_next(feed, checked, self._steady.now(), self._rng, settings, plan)
        taken, twins = await self._understand(after, plan, now)
        if checked.outcome.success:
            report.reached += 1
        else:
            report.failed += 1
            word = checked.reason or checked.outcome.value
            report.errors[word] = report.errors.get(word, 0) + 1
        async with self._placing, self._store.placing():
            try:
                planned = await self._commit(feed, after, checked, plan, taken, twins, now)
            except BaseException:
                # What the window learned was not written: forget it.
                await self._live.rebuild_window(now)
                raise
        report.articles += sum(1 for item in taken if not item.edited)
        report.alerts += planned
        if planned:
            self._wake()

    async def _rebase(self) -> None:
        """Planned times that a changed wall clock made senseless get sense again."""
        now = self._steady.now()
        async with self._store.write() as unit:
            for feed in await unit.feeds.all():
                planned = rebased(feed, now, self._fetcher.settings)
                if planned != feed:
                    await unit.feeds.save(planned)

    async def _claim(self, limit: int) -> list[Feed]:
        async with self._store.write() as unit:
            return await unit.feeds.claim_due(self._steady.now(), limit, self._options.worker, self._options.lease_s)

    async def _guarded(self, feed: Feed, report: PassReport) -> None:
        try:
            await self.check(feed, report)
        except StoreError as error:
            log.error("a check could not be stored; it will be made again", feed=feed.url, problem=str(error))
        except Exception:
            log.exception("a fault in a check; the feed is tried again when its claim has run out", feed=feed.url)

    async def _pause(self, under_way: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
        due: datetime | None = None
        try:
            async with self._store.read() as unit:
                due = await unit.feeds.next_due()
        except StoreError as error:
            log.error("the store refuses; polling waits", problem=str(error))
        now = self._steady.now()
        wait = self._options.idle_s if due is None else min(self._options.idle_s, max(0.2, (due - now).total_seconds()))
        waits = [asyncio.create_task(_until(stop)), asyncio.create_task(self._clock.sleep(wait))]
        try:
            await asyncio.wait([*waits, *under_way], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for item in waits:
                item.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _understand(self, feed: Feed, plan: EntryPlan, now: datetime) -> tuple[list[_Taken], dict[str, int]]:
        """The plan's articles, read and matched, oldest first; and for entries whose page is stored already, entry key → article id.

        The same page in another feed of its outlet is the same article: it is stored once and told once.
        """
        fresh = [make_article(item.entry, feed, now, self._new_id, clean_html, detect) for item in plan.new]
        async with self._store.read() as unit:
            stored = await unit.articles.by_canonical([article.canonical for article in fresh if article.canonical])
            olds = await unit.articles.get([item.seen.article_id for item in plan.edited if item.seen.article_id])
        taken: list[_Taken] = []
        twins: dict[str, int] = {}
        pages = {canonical: article.id for canonical, article in stored.items()}
        for item, article in zip(plan.new, fresh, strict=True):
            twin = pages.get(article.canonical) if article.canonical else None
            if twin is not None:
                twins[item.seen.key] = twin
                continue
            if article.canonical:
                pages[article.canonical] = article.id
            article = replace(article, published=item.published)
            silent = item.why.value if item.route is Route.SILENT and item.why is not None else None
            taken.append(self._read(article, key=item.seen.key, silent=silent))
            await asyncio.sleep(0)
        for edit in plan.edited:
            old = olds.get(edit.seen.article_id or 0)
            if old is None:
                continue
            renewed = make_article(edit.entry, feed, now, lambda: 0, clean_html, detect)
            article = replace(old, title=renewed.title, summary=renewed.summary, lang=renewed.lang, edited=now)
            taken.append(self._read(article, key=edit.seen.key, silent="edited", edited=True))
            await asyncio.sleep(0)
        return taken, twins

    def _read(self, article: Article, *, key: str, silent: str | None, edited: bool = False) -> _Taken:
        reading = self._reader.read(article.id, article.title, article.summary, article.lang, article.published)
        return _Taken(article, reading, self._live.index.match(reading), key, silent, edited)

    async def _commit(
        self,
        before: Feed,
        after: Feed,
        checked: Checked,
        plan: EntryPlan,
        taken: Sequence[_Taken],
        twins: Mapping[str, int],
        now: datetime,
    ) -> int:
        """One transaction: the feed, its entries, the articles, their matches, stories and deliveries. Answers how many are planned."""
        async with self._store.write() as unit:
            feed = await self._save_feed(unit, before, after, checked, plan, now)
            # Asked again where it holds: another feed may have brought the same page since the articles were read.
            pages = [item.article.canonical for item in taken if item.article.canonical and not item.edited]
            stored = await unit.articles.by_canonical(pages)
            late = {
                item.key: stored[item.article.canonical].id
                for item in taken
                if not item.edited and item.article.canonical in stored
            }
            taken = [item for item in taken if item.edited or item.key not in late]
            placed = await self._place(unit, feed, taken, now)
            await self._save_entries(unit, plan, {**twins, **late, **{item.key: item.article.id for item in taken}})
            await self._save_edits(unit, [item for item in taken if item.edited], now)
            changed = await self._plan(unit, placed, now)
            if changed:
                unit.wake("deliveries")
        return changed

    async def _save_feed(
        self, unit: Unit, before: Feed, after: Feed, checked: Checked, plan: EntryPlan, now: datetime
    ) -> Feed:
        if checked.feed_title and not after.title:
            after = replace(after, title=checked.feed_title[:200])
        if after.url != before.url:
            # A move that proved lasting; when another feed has that address already, the two become one (rules 31, 33).
            twin = await unit.feeds.by_url(after.url)
            if twin is not None and twin.id != after.id:
                await unit.feeds.save(before)
                await unit.feeds.merge(before.id, twin.id)
                log.info("two feeds are one now", feed=before.url, into=twin.url)
                return twin
        saved = await unit.feeds.save(after)
        reason = (
            None
            if checked.outcome.success
            else f"{checked.reason or checked.outcome.value}: {checked.detail}".rstrip(": ")
        )
        await unit.feeds.log(
            saved.id,
            FetchLine(
                now,
                checked.status,
                checked.wire_bytes,
                checked.elapsed_ms,
                len(checked.entries),
                len(plan.new),
                saved.next_check,
                reason,
            ),
        )
        if saved.state is not before.state and saved.state in {FeedState.PAUSED, FeedState.GONE}:
            await tell_feed_owners(unit, saved, now, self._new_id)
        return saved

    async def _save_entries(self, unit: Unit, plan: EntryPlan, article_ids: Mapping[str, int]) -> None:
        new = [replace(item.seen, article_id=article_ids.get(item.seen.key)) for item in plan.new]
        await unit.entries.save([*new, *(item.seen for item in plan.edited), *plan.touched])

    async def _place(self, unit: Unit, feed: Feed, taken: Sequence[_Taken], now: datetime) -> list[_Placed]:
        """Puts each new article into its story, in memory and in the store."""
        placed: list[_Placed] = []
        rows: list[PlacedArticle] = []
        for item in taken:
            if item.edited:
                continue
            article = item.article
            features = features_of(item.reading)
            placement = self._live.window.place(
                Arrival(
                    article_id=article.id,
                    features=features,
                    lang=article.lang,
                    source=article.source,
                    family=feed.family or article.source,
                    kind=feed.kind.value,
                    published=article.published,
                    seen=article.seen,
                ),
                self._new_id,
            )
            if item.silent is not None:
                placement = replace(placement, evidence=(*placement.evidence, f"{SILENT}{item.silent}"))
            if placement.merged:
                await unit.articles.add_many(rows)
                rows = []
                await unit.stories.merge(placement.merged, placement.story_id, now)
            rows.append(PlacedArticle(article, features.to_json(), terms_of(item.reading), placement))
            opened = self._live.window.opened(placement.story_id)
            await unit.stories.save(
                placement.story_id, opened or article.published, now, self._live.window.topics(placement.story_id)
            )
            placed.append(_Placed(item, placement))
            await asyncio.sleep(0)
        await unit.articles.add_many(rows)
        await unit.matches.add([match for item in placed for match in item.taken.matches])
        return placed

    async def _save_edits(self, unit: Unit, edited: Sequence[_Taken], now: datetime) -> None:
        """New words of known articles: stored, matched again, and shown by the messages that stand; nobody is alerted."""
        if not edited:
            return
        for item in edited:
            await unit.articles.update(item.article, features_of(item.reading).to_json(), terms_of(item.reading))
            await unit.matches.replace(item.article.id, item.matches)
        placements = await unit.articles.placements([item.article.id for item in edited])
        stories = sorted({placement.story_id for placement in placements.values()})
        shown = [d for d in await unit.deliveries.of_story(stories) if d.state is not DeliveryState.DROPPED]
        for delivery in shown:
            if delivery.kind in {DeliveryKind.ALERT, DeliveryKind.UPDATE}:
                await unit.deliveries.request_edit([delivery.id], edit_due(delivery, now=now, pace=self._options.pace))
        if shown:
            unit.wake("deliveries")

    async def _plan(self, unit: Unit, placed: Sequence[_Placed], now: datetime) -> int:
        """Plans what the placed articles ask for. Answers how many deliveries and edits there are."""
        watch_ids = sorted(
            {match.watch for item in placed for match in item.taken.matches if isinstance(match.watch, int)}
        )
        subscribed = await unit.watches.subscriptions(watch_ids)
        by_watch: dict[int, list[tuple[Watch, Subscription, Destination]]] = {}
        for row in subscribed:
            by_watch.setdefault(row[0].id, []).append(row)
        final = {merged: item.placement.story_id for item in placed for merged in item.placement.merged}
        for story_id in {item.placement.story_id for item in placed}:
            # What was merged into it by earlier articles: whoever was told of one of these was told of the story.
            final.update((merged, story_id) for merged in await unit.stories.merged(story_id) if merged not in final)
        story_ids = sorted(
            {i for item in placed for i in (item.placement.story_id, *item.placement.merged)} | set(final)
        )
        existing = await unit.deliveries.of_story(story_ids)
        marks = await unit.members.marks_on(story_ids)
        planned: list[Delivery] = []
        edits: dict[int, datetime] = {}
        dropped: set[int] = set()
        for item in placed:
            story_id = item.placement.story_id
            family = {story_id, *(i for i in story_ids if _root(i, final) == _root(story_id, final))}
            caught = [
                Caught(match, *row)
                for match in item.taken.matches
                if isinstance(match.watch, int)
                for row in by_watch.get(match.watch, [])
            ]
            change = plan_alerts(
                item.placement,
                caught,
                [d for d in (*existing, *planned) if d.story_id in family],
                {destination: mark for (destination, story), mark in marks.items() if story in family},
                now=now,
                new_id=self._new_id,
                pace=self._options.pace,
                silent=item.taken.silent is not None,
            )
            planned += change.deliveries
            dropped |= set(change.dropped)
            for edit in change.edits:
                edits[edit.delivery_id] = min(edit.due, edits.get(edit.delivery_id, edit.due))
        fresh = {delivery.id for delivery in planned}
        for delivery_id in sorted(dropped - fresh):
            await unit.deliveries.move(delivery_id, DeliveryState.DROPPED, now=now, reason="merged")
        planned = [delivery for delivery in planned if delivery.id not in dropped]
        planned = overflow_of(planned, keep=self._options.burst, now=now, new_id=self._new_id)
        await unit.deliveries.plan(planned)
        for delivery_id, due in edits.items():
            if delivery_id not in fresh and delivery_id not in dropped:
                await unit.deliveries.request_edit([delivery_id], due)
        return len(planned) + len(edits)


def _root(story_id: int, merged: Mapping[int, int]) -> int:
    while story_id in merged:
        story_id = merged[story_id]
    return story_id


async def _until(event: asyncio.Event) -> None:
    await event.wait()
