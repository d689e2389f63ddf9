"""What a person or a server sets up: watches, alerts, digests, settings, their data. Ownership and quotas are checked here, for every caller.

Denials are ``UsageError`` whose text is a catalogue key and whose values the front puts into the reader's language (``Denied``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from zoneinfo import available_timezones

from bot.language.reading import Reader
from bot.matching.phrase import PhraseParser, Understanding
from bot.model.errors import UsageError
from bot.model.members import Feedback, GuildSettings, Mark, MemberSettings
from bot.model.ports import Clock
from bot.model.watches import (
    Destination,
    DestinationKind,
    DigestSchedule,
    Mode,
    Owner,
    OwnerKind,
    QuietHours,
    Strictness,
    Subscription,
    Watch,
)
from bot.services.live import Live
from bot.services.rehearsal import Rehearsal, rehearse
from bot.store import Store, Unit

DEFAULT_DIGEST = (time(8, 0),)
"""When a destination that asked for digests and named no time gets them."""


class Denied(UsageError):
    """A request that is refused. ``key`` names the sentence of the catalogues that says why and what to do, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{key} {values}" if values else key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Quotas:
    """Allowances (settings)."""

    watches_member: int = 25
    watches_guild: int = 100


@dataclass(frozen=True, slots=True)
class WatchDraft:
    """A watch as somebody asks for it."""

    phrase: str
    mode: Mode = Mode.INSTANT
    strictness: Strictness = Strictness.NORMAL
    exclude: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    lang: str | None = None
    preset: str | None = None
    mention_role: int | None = None


@dataclass(frozen=True, slots=True)
class WatchView:
    """A watch with where it goes."""

    watch: Watch
    subscription: Subscription
    destination: Destination


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer to a new or changed watch."""

    view: WatchView
    understanding: Understanding
    rehearsal: Rehearsal


class Members:
    """Settings of members and servers."""

    def __init__(
        self,
        store: Store,
        live: Live,
        parser: PhraseParser,
        reader: Reader,
        clock: Clock,
        new_id: Callable[[], int],
        quotas: Quotas,
    ) -> None:
        self._store = store
        self._live = live
        self._parser = parser
        self._reader = reader
        self._clock = clock
        self._new_id = new_id
        self._quotas = quotas

    # -- watches

    async def add_watch(self, owner: Owner, draft: WatchDraft, place: Destination, *, by: int) -> Saved:
        """Saves a watch of ``owner`` that delivers to ``place`` (its id is only used when the place is new).

        Raises PhraseError for a phrase that cannot be used, Denied when it exists already or the quota is used up.
        """
        understanding = self.understand(draft)
        now = self._clock.now()
        async with self._store.write() as unit:
            count = await unit.watches.count(owner)
            limit = self._quotas.watches_member if owner.kind is OwnerKind.MEMBER else self._quotas.watches_guild
            if count >= limit:
                raise Denied("denied.watch_quota", n=limit)
            destination = await unit.watches.ensure_destination(place)
            if any(
                watch.phrase.casefold() == draft.phrase.strip().casefold()
                for watch, _ in await unit.watches.of_destination(destination.id)
            ):
                raise Denied("denied.watch_exists", phrase=draft.phrase.strip())
            watch = Watch(
                id=self._new_id(),
                owner=owner,
                phrase=draft.phrase.strip(),
                lang=draft.lang,
                strictness=draft.strictness,
                exclude=draft.exclude,
                languages=draft.languages,
                preset=draft.preset,
                created=now,
                created_by=by,
            )
            subscription = await unit.watches.add(watch, destination, draft.mode, draft.mention_role)
            if draft.mode.digests:
                await self._ensure_schedule(unit, destination)
        await self._live.follow_watches()
        return Saved(WatchView(watch, subscription, destination), understanding, await self.rehearse(draft))

    async def edit_watch(
        self,
        owner: Owner,
        watch_id: int,
        *,
        phrase: str | None = None,
        mode: Mode | None = None,
        strictness: Strictness | None = None,
        exclude: tuple[str, ...] | None = None,
        languages: tuple[str, ...] | None = None,
        mention_role: int | None = None,
    ) -> Saved:
        """Changes what is given of an own watch. Raises Denied when it is not the owner's, PhraseError for an unusable phrase."""
        async with self._store.write() as unit:
            view = await self._own(unit, owner, watch_id)
            watch = replace(
                view.watch,
                phrase=view.watch.phrase if phrase is None else phrase.strip(),
                strictness=strictness or view.watch.strictness,
                exclude=view.watch.exclude if exclude is None else exclude,
                languages=view.watch.languages if languages is None else languages,
            )
            draft = WatchDraft(
                watch.phrase,
                strictness=watch.strictness,
                exclude=watch.exclude,
                languages=watch.languages,
                lang=watch.lang,
            )
            understanding = self.understand(draft)
            await unit.watches.update(watch)
            subscription = replace(
                view.subscription,
                mode=mode or view.subscription.mode,
                mention_role=view.subscription.mention_role if mention_role is None else mention_role or None,
            )
            await unit.watches.set_subscription(subscription)
            if subscription.mode.digests:
                await self._ensure_schedule(unit, view.destination)
        await self._live.follow_watches()
        return Saved(WatchView(watch, subscription, view.destination), understanding, await self.rehearse(draft))

    async def remove_watch(self, owner: Owner, watch_id: int) -> WatchView:
        """Removes an own watch; what it had planned and not sent is dropped."""
        async with self._store.write() as unit:
            view = await self._own(unit, owner, watch_id)
            await unit.watches.remove(watch_id)
        await self._live.follow_watches()
        return view

    async def pause_watch(self, owner: Owner, watch_id: int, paused: bool) -> WatchView:
        """Stops or resumes an own watch without losing it."""
        async with self._store.write() as unit:
            view = await self._own(unit, owner, watch_id)
            watch = replace(view.watch, paused=paused)
            await unit.watches.update(watch)
        await self._live.follow_watches()
        return replace(view, watch=watch)

    async def watches(self, owner: Owner) -> list[WatchView]:
        """The owner's watches, oldest first."""
        async with self._store.read() as unit:
            return await self._views(unit, await unit.watches.of(owner))

    def understand(self, draft: WatchDraft) -> Understanding:
        """What a phrase is understood as. Raises PhraseError when it cannot be used."""
        return self._parser.parse(draft.phrase, lang=draft.lang, exclude=draft.exclude).understanding

    async def rehearse(self, draft: WatchDraft, days: int = 7) -> Rehearsal:
        """What the watch would have caught in the last ``days`` days. Raises PhraseError."""
        now = self._clock.now()
        return await rehearse(self._store, self._parser, self._reader, draft, now - timedelta(days=days), now)

    # -- digests

    async def schedule_digest(
        self, place: Destination, times: Sequence[time], days: Sequence[int], timezone: str
    ) -> DigestSchedule:
        """Sets when a destination gets its digests; it replaces what was set."""
        if timezone not in available_timezones():
            raise Denied("denied.timezone", timezone=timezone)
        now = self._clock.now()
        async with self._store.write() as unit:
            destination = await unit.watches.ensure_destination(place)
            old = await unit.digests.schedules(destination.id)
            schedule = DigestSchedule(
                id=old[0].id if old else self._new_id(),
                destination_id=destination.id,
                times=tuple(sorted(set(times))),
                days=tuple(sorted(set(days))),
                timezone=timezone,
                cursor=(old[0].cursor if old else None) or now,
            )
            return await unit.digests.save_schedule(schedule)

    # -- settings

    async def member(self, user_id: int) -> MemberSettings | None:
        async with self._store.read() as unit:
            return await unit.members.settings(user_id)

    async def save_member(self, settings: MemberSettings) -> None:
        """Saves a member's settings; their direct messages follow them from now on. Raises Denied for an unknown zone."""
        if settings.timezone is not None and settings.timezone not in available_timezones():
            raise Denied("denied.timezone", timezone=settings.timezone)
        async with self._store.write() as unit:
            await unit.members.save_settings(settings)
            place = await unit.watches.destination_for(DestinationKind.DM, user_id=settings.user_id)
            if place is not None:
                await unit.watches.save_destination(
                    replace(
                        place,
                        language=settings.language or place.language,
                        timezone=settings.timezone or place.timezone,
                        quiet=settings.quiet,
                        budget=settings.budget,
                    )
                )

    async def guild(self, guild_id: int) -> GuildSettings | None:
        async with self._store.read() as unit:
            return await unit.members.guild(guild_id)

    async def save_guild(self, settings: GuildSettings) -> None:
        async with self._store.write() as unit:
            await unit.members.save_guild(settings)

    async def destination(self, place: Destination) -> Destination:
        """The stored destination for a place, made when it is new."""
        async with self._store.write() as unit:
            return await unit.watches.ensure_destination(place)

    async def save_destination(self, destination: Destination) -> None:
        """Language, zone, quiet hours, budget of a channel."""
        async with self._store.write() as unit:
            await unit.watches.save_destination(destination)

    async def mark_story(self, place: Destination, story_id: int, mark: Mark | None) -> None:
        """Follows or mutes a story for a destination; None takes the mark back."""
        async with self._store.write() as unit:
            destination = await unit.watches.ensure_destination(place)
            await unit.members.set_mark(destination.id, story_id, mark)

    # -- feedback

    async def not_relevant(
        self, user_id: int, watch_id: int, article_id: int, *, manager: bool
    ) -> tuple[Watch, Watch, int]:
        """A reader says that an alert was not relevant: the watch becomes one level stricter.

        Answers the watch before, after, and the feedback's id, with which it can be undone. ``manager``: the reader may change the
        server's watches. Raises Denied when the watch is somebody else's or already strict.
        """
        order = [Strictness.WIDE, Strictness.NORMAL, Strictness.STRICT]
        async with self._store.write() as unit:
            before = await unit.watches.get(watch_id)
            if before is None:
                raise Denied("denied.no_such_watch")
            if before.owner.id != user_id if before.owner.kind is OwnerKind.MEMBER else not manager:
                raise Denied("denied.not_yours")
            level = order.index(before.strictness)
            if level + 1 >= len(order):
                raise Denied("denied.already_strict", phrase=before.phrase)
            after = replace(before, strictness=order[level + 1])
            feedback = Feedback(
                id=self._new_id(),
                watch_id=watch_id,
                user_id=user_id,
                at=self._clock.now(),
                before=before.strictness.value,
                after=after.strictness.value,
                article_id=article_id,
            )
            await unit.members.add_feedback(feedback)
            await unit.watches.update(after)
        await self._live.follow_watches()
        return before, after, feedback.id

    async def undo_feedback(self, user_id: int, feedback_id: int) -> Watch:
        """Takes a feedback back: the watch is as strict as before."""
        async with self._store.write() as unit:
            feedback = await unit.members.feedback(feedback_id)
            if feedback is None or feedback.user_id != user_id:
                raise Denied("denied.nothing_to_undo")
            watch = await unit.watches.get(feedback.watch_id)
            if watch is None:
                raise Denied("denied.no_such_watch")
            restored = replace(watch, strictness=Strictness(feedback.before))
            await unit.watches.update(restored)
            await unit.members.undo_feedback(feedback_id)
        await self._live.follow_watches()
        return restored

    # -- data

    async def export(self, user_id: int) -> Mapping[str, object]:
        """All that is stored on a member, as plain data."""
        async with self._store.read() as unit:
            return await unit.members.export(user_id)

    async def erase(self, user_id: int) -> dict[str, int]:
        """Erases all that is stored on a member, at once; deliveries under way end."""
        async with self._store.write() as unit:
            counts = await unit.members.erase(user_id, self._clock.now())
        await self._live.follow_watches()
        return counts

    # -- inside

    async def _own(self, unit: Unit, owner: Owner, watch_id: int) -> WatchView:
        watch = await unit.watches.get(watch_id)
        if watch is None or watch.owner != owner:
            raise Denied("denied.no_such_watch")
        return (await self._views(unit, [watch]))[0]

    async def _views(self, unit: Unit, watches: Sequence[Watch]) -> list[WatchView]:
        rows = await unit.watches.subscriptions([watch.id for watch in watches])
        return sorted((WatchView(*row) for row in rows), key=lambda view: view.watch.id)

    async def _ensure_schedule(self, unit: Unit, destination: Destination) -> None:
        if not await unit.digests.schedules(destination.id):
            await unit.digests.save_schedule(
                DigestSchedule(
                    id=self._new_id(),
                    destination_id=destination.id,
                    times=DEFAULT_DIGEST,
                    timezone=destination.timezone,
                    cursor=self._clock.now(),
                )
            )


def parse_quiet(text: str) -> QuietHours | None:
    """Quiet hours such as ``22:00-07:00``; None for ``off``, ``-`` or an empty text. Raises Denied for anything else."""
    cleaned = text.strip().lower().replace("–", "-").replace("h", ":")
    if cleaned in {"", "-", "off", "non", "no", "ні"}:
        return None
    start, separator, end = cleaned.partition("-")
    if not separator:
        raise Denied("denied.quiet", text=text)
    try:
        return QuietHours(parse_time(start), parse_time(end))
    except ValueError:
        raise Denied("denied.quiet", text=text) from None


def parse_times(text: str) -> tuple[time, ...]:
    """Digest times such as ``08:00,18:30`` (also 8h, 18h30). Raises Denied when one is no time, or there are more than six."""
    try:
        times = tuple(
            sorted({parse_time(part) for part in text.replace(";", ",").replace(" ", ",").split(",") if part.strip()})
        )
    except ValueError:
        raise Denied("denied.times", text=text) from None
    if not 1 <= len(times) <= 6:
        raise Denied("denied.times", text=text)
    return times


def parse_time(text: str) -> time:
    """A clock time: 8, 08:00, 8h, 18h30. Raises ValueError."""
    hours, _, minutes = text.strip().lower().replace("h", ":").partition(":")
    return time(int(hours), int(minutes or 0))
