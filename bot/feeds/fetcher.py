"""The public face of fetching: check a feed, read a body, look for feeds on a page."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import TracebackType

from bot.feeds.fetch import FeedFetch, Fetched
from bot.feeds.guard import check_url, host_port, to_url
from bot.feeds.http import HttpClient
from bot.feeds.links import canonical_feed_url
from bot.feeds.opml import LIST_BYTES
from bot.feeds.options import FetchSettings
from bot.feeds.pacing import HostHolds, HostPacing
from bot.feeds.parse import ParserPool
from bot.feeds.results import Candidate, Checked, Outcome, PaceHints, Parsed
from bot.feeds.schedule import may_force
from bot.model.errors import FetchError
from bot.model.feeds import Feed, FeedKind, Validators
from bot.model.ports import Clock


class Fetcher:
    """Fetches and reads feeds. An async context manager: it owns the connections and the parser's children.

    It keeps nothing of a feed between checks but courtesy towards hosts; what is to be remembered comes back in ``Checked`` and is
    decided on by ``schedule.decide_next`` and ``identity.sort_entries``.
    """

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._http = HttpClient(settings)
        self._pool = ParserPool(settings)
        self._holds = HostHolds()
        pacing = HostPacing(
            clock, at_once=settings.requests_at_once, per_host=settings.requests_per_host, gap_s=settings.host_gap_s
        )
        self._fetch = FeedFetch(self._http, pacing, self._holds, clock, settings)
        self._running: dict[tuple[str, bool], asyncio.Task[Checked]] = {}

    async def __aenter__(self) -> Fetcher:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._pool.__aexit__(kind, error, trace)
        await self._http.__aexit__(kind, error, trace)

    async def check(self, feed: Feed, *, forced: bool = False) -> Checked:
        """One conditional fetch and, where there is a new body, its parsing. Failures are values: see ``Checked.reason``.

        ``forced``: somebody asked for it; the floor interval holds all the same (rule 16). Two checks of one address at the same
        time are one request (rule 1).
        """
        if forced and not may_force(feed, self._clock.now(), self.settings):
            return Checked(Outcome.TOO_SOON, feed.url, feed.validators, reason="too_soon", asked=False)
        # A member's check never gets the answer of one that may use the operator's private pairs.
        key = (feed.url, feed.kind is not FeedKind.MEMBER)
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._check(feed), name=f"check feed {feed.id}")
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def parse_body(self, body: bytes, url: str = "", content_type: str | None = None) -> Parsed:
        """Reads a feed body in a parser's child; ``url`` is the base of its relative links. Raises FetchError."""
        if len(body) > self.settings.decoded_cap_bytes:
            raise FetchError("too_large", f"{len(body)} bytes, {self.settings.decoded_cap_bytes} are read")
        return await self._pool.feed(body, url, content_type)

    async def read_opml(self, body: bytes) -> tuple[Candidate, ...]:
        """The feeds of an OPML list whose addresses a feed may have. Raises FetchError."""
        if len(body) > LIST_BYTES:
            raise FetchError("too_large", f"{len(body)} bytes, {LIST_BYTES} are read")
        return tuple(c for c in await self._pool.opml(body) if _may_be_added(c.url))

    async def discover(self, address: str, *, operator: bool = False) -> tuple[Candidate, ...]:
        """The feeds at an address a person gave: the address itself when it is a feed, else those its page names (rules 61, 62).

        The operator's private pairs are open to the ``operator`` only. Raises FetchError; show ``results.member_word`` of its reason.
        """
        url = to_url(address)
        address = str(url)
        cap = self.settings.decoded_cap_bytes
        fetched, slot = await self._fetch.get(address, Validators(), private=operator, cap_bytes=cap)
        try:
            if fetched.outcome is not Outcome.PARSED:
                raise FetchError(fetched.reason or fetched.outcome.value, fetched.detail)
            final = address if fetched.redirect is None else fetched.redirect.final_url
            try:
                parsed = await self._pool.feed(fetched.body, final, fetched.content_type)
            except FetchError as e:
                if e.reason != "html_page":
                    raise
                return await self._pool.page(fetched.body[: self.settings.page_cap_bytes], final, fetched.link_header)
            # A temporary redirect is followed, never stored (rule 32).
            lasting = fetched.redirect is not None and fetched.redirect.permanent
            return (Candidate(canonical_feed_url(to_url(final if lasting else address)), parsed.title),)
        finally:
            if slot is not None:
                slot.leave()

    async def _check(self, feed: Feed) -> Checked:
        started = self._clock.monotonic()
        if (wait_s := self._host_hold_s(feed.url)) is not None:
            hints = PaceHints(retry_after_s=wait_s)
            return Checked(
                Outcome.THROTTLED, feed.url, feed.validators, hints=hints, reason="throttled", detail="its host asked for a pause", asked=False
            )  # fmt: skip
        private = feed.kind is not FeedKind.MEMBER
        fetched, slot = await self._fetch.get(
            feed.url, feed.validators, private=private, cap_bytes=self.settings.decoded_cap_bytes
        )
        try:
            checked = await self._read(feed, fetched)
        finally:
            if slot is not None:
                slot.leave()
        return replace(checked, elapsed_ms=round((self._clock.monotonic() - started) * 1000))

    async def _read(self, feed: Feed, fetched: Fetched) -> Checked:
        checked = Checked(
            fetched.outcome, feed.url, fetched.validators, status=fetched.status, wire_bytes=fetched.wire_bytes,
            body_bytes=len(fetched.body), hints=fetched.hints, redirect=fetched.redirect, reason=fetched.reason, detail=fetched.detail,
        )  # fmt: skip
        if fetched.outcome is not Outcome.PARSED:
            return checked
        final = feed.url if fetched.redirect is None else fetched.redirect.final_url
        try:
            parsed = await self._pool.feed(fetched.body, final, fetched.content_type)
        except FetchError as e:
            # The old validators stay, or what a broken body held back would never be asked for again (rule 13).
            return replace(
                checked, outcome=Outcome.FAILED, validators=feed.validators, reason=e.reason, detail=e.detail
            )
        hints = replace(
            fetched.hints,
            ttl_s=parsed.ttl_s,
            update_s=parsed.update_s,
            skip_hours=parsed.skip_hours,
            skip_days=parsed.skip_days,
        )
        return replace(
            checked, validators=fetched.validators if parsed.whole else feed.validators, entries=parsed.entries, hints=hints,
            feed_title=parsed.title, feed_language=parsed.language, warning=parsed.warning,
        )  # fmt: skip

    def _host_hold_s(self, url: str) -> float | None:
        now = self._clock.monotonic()
        try:
            until = self._holds.held_until(host_port(to_url(url))[0], now)
        except FetchError:
            return None
        return None if until is None else until - now


def _may_be_added(url: str) -> bool:
    try:
        check_url(to_url(url))
    except FetchError:
        return False
    return True
