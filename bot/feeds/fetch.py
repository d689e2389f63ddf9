"""One conditional fetch of a feed: the redirect loop carried out, and what the answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from yarl import URL

from bot.feeds.guard import check_url, host_port, to_url
from bot.feeds.hints import read_hints
from bot.feeds.http import Answer, HttpClient
from bot.feeds.options import FetchSettings
from bot.feeds.pacing import HostHolds, HostPacing, Slot
from bot.feeds.redirects import REDIRECTS, Trail, follow
from bot.feeds.results import NO_HINTS, Outcome, PaceHints, RedirectFacts
from bot.model.errors import FetchError
from bot.model.feeds import Validators
from bot.model.ports import Clock

VALIDATOR_CHARS = 1024
"""A longer validator is not kept: it would be sent with every request."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the exchange gave, before any parsing. ``outcome`` PARSED means: a body to be parsed."""

    outcome: Outcome
    validators: Validators
    """To be remembered; with a body, only once that was parsed whole."""
    hints: PaceHints = NO_HINTS
    redirect: RedirectFacts | None = None
    status: int | None = None
    wire_bytes: int = 0
    body: bytes = b""
    content_type: str | None = None
    link_header: str = ""
    reason: str | None = None
    detail: str = ""


class FeedFetch:
    """Fetches addresses conditionally, politely and guarded."""

    def __init__(
        self, http: HttpClient, pacing: HostPacing, holds: HostHolds, clock: Clock, settings: FetchSettings
    ) -> None:
        self._http = http
        self._pacing = pacing
        self._holds = holds
        self._clock = clock
        self._settings = settings

    async def get(
        self, address: str, known: Validators, *, private: bool, cap_bytes: int
    ) -> tuple[Fetched, Slot | None]:
        """Asks for ``address``. With a body comes the slot that is still held, so that parsing keeps its place: leave it.

        ``known`` are the validators of last time; ``private`` says whether the operator's private pairs may be used. Failures are
        values, not exceptions.
        """
        allowed = self._settings.allow_private if private else frozenset()
        trail: Trail | None = None
        try:
            url = to_url(address)
            check_url(url, allowed=allowed, url_chars=self._settings.url_chars)
            trail = Trail((url,))
            spent = 0.0
            while True:
                slot = await self._pacing.enter(host_port(trail.here)[0])
                keep = False
                try:
                    started = self._clock.monotonic()
                    extra = conditional_headers(trail.here, url, known)
                    budget_s = max(self._settings.exchange_s - spent, 0.001)
                    answer = await self._http.get(
                        trail.here, extra, budget_s=budget_s, private=private, cap_bytes=cap_bytes
                    )
                    spent += self._clock.monotonic() - started
                    if answer.status not in REDIRECTS:
                        fetched = self._understand(trail, answer, known, asked=bool(extra))
                        keep = bool(fetched.body)
                        slot.leave_host()
                        return fetched, (slot if keep else None)
                finally:
                    if not keep:
                        slot.leave()
                location = answer.headers.get("Location")
                limits = self._settings
                trail = follow(
                    trail, answer.status, location, limit=limits.redirects, allowed=allowed, url_chars=limits.url_chars
                )
        except FetchError as e:
            facts = None if trail is None else _facts(trail)
            return Fetched(Outcome.FAILED, known, redirect=facts, reason=e.reason, detail=e.detail), None

    def _understand(self, trail: Trail, answer: Answer, known: Validators, *, asked: bool) -> Fetched:
        now, settings = self._clock.now(), self._settings
        hints = read_hints(
            answer.status, answer.headers, now, hint_cap_s=settings.hint_cap_s, retry_cap_s=settings.retry_after_cap_s
        )
        if answer.status == 429:
            wait = max(hints.retry_after_s or 0.0, hints.fresh_s or 0.0, settings.interval_s)
            mono = self._clock.monotonic()
            self._holds.note(host_port(trail.here)[0], str(trail.here), mono + wait, mono)
        base = Fetched(
            Outcome.FAILED,
            known,
            hints=hints,
            redirect=_facts(trail),
            status=answer.status,
            wire_bytes=answer.wire_bytes,
        )
        return judge(base, trail, answer, known, asked=asked)


def conditional_headers(here: URL, stored: URL, known: Validators) -> Mapping[str, str]:
    """The validators, byte for byte, and only for the very address that gave them (rules 8 to 10)."""
    if str(here) != (known.url or str(stored)):
        return {}
    headers = {}
    if known.etag is not None:
        headers["If-None-Match"] = known.etag
    if known.last_modified is not None:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def judge(base: Fetched, trail: Trail, answer: Answer, known: Validators, *, asked: bool) -> Fetched:
    """What a final answer means (rules 7, 11, 12, 14, 15, 34, 35, 42). Pure."""
    given = given_validators(answer.headers, str(trail.here))
    match answer.status:
        case 304 if not asked:
            return replace(base, reason="unasked_304", detail="304 to a request without validators")
        case 304:
            kept = replace(
                known,
                etag=known.etag if given.etag is None else given.etag,
                last_modified=known.last_modified if given.last_modified is None else given.last_modified,
                url=given.url,
            )
            return replace(base, outcome=Outcome.NOT_MODIFIED, validators=kept)
        case 200 if not answer.body:
            return replace(base, reason="empty", detail="200 without a body")
        case 200 if "cf-mitigated" in answer.headers:
            return replace(base, outcome=Outcome.REFUSED, reason="refuses_robots", detail="a challenge page")
        case 200:
            fresh = replace(given, body_hash=answer.digest)
            same = answer.digest == known.body_hash
            return replace(
                base,
                outcome=Outcome.UNCHANGED if same else Outcome.PARSED,
                validators=fresh,
                body=b"" if same else answer.body,
                content_type=answer.headers.get("Content-Type"),
                link_header=answer.headers.get("Link", "")[:4096],
            )
        case 410 if not trail.statuses or trail.permanent:
            return replace(base, outcome=Outcome.GONE, reason="gone", detail="410")
        case 401 | 403:
            return replace(base, outcome=Outcome.REFUSED, reason="refuses_robots", detail=str(answer.status))
        case 429:
            return replace(base, outcome=Outcome.THROTTLED, reason="throttled", detail="429")
        case 503 if "cf-mitigated" in answer.headers:
            return replace(base, outcome=Outcome.REFUSED, reason="refuses_robots", detail="a challenge page")
        case 503 if base.hints.retry_after_s is not None:
            return replace(base, outcome=Outcome.THROTTLED, reason="throttled", detail="503")
        case 404:
            return replace(base, reason="not_found", detail="404")
        case status:
            return replace(base, reason=f"status_{status}", detail=f"the server answered {status}")


def given_validators(headers: Mapping[str, str], url: str) -> Validators:
    """The validators of a response as opaque strings; what could not be sent back byte for byte counts as not given."""
    return Validators(etag=_opaque(headers.get("ETag")), last_modified=_opaque(headers.get("Last-Modified")), url=url)


def _opaque(value: str | None) -> str | None:
    if not value or len(value) > VALIDATOR_CHARS:
        return None
    sendable = value.isprintable() or (value.replace("\t", " ").isprintable())
    return value if sendable else None


def _facts(trail: Trail) -> RedirectFacts:
    return RedirectFacts(str(trail.here), hops=len(trail.statuses), permanent=trail.permanent)
