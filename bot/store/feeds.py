"""Feeds: the operator's list, the servers' additions, the claims of workers and the polling state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import RowMapping, bindparam, case, delete, exists, func, insert, or_, select, update

from bot.model.feeds import Feed, FeedKind, FeedState, Validators
from bot.model.records import CatalogueFeed, FetchLine
from bot.store.columns import at, batches
from bot.store.queries import Queries
from bot.store.schema import articles, feed_adds, feed_guilds, feed_lines, feeds, seen_entries

LINES_KEPT = 50
"""Fetch lines kept a feed (rule 65)."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class FeedQueries(Queries):
    """Queries on feeds."""

    async def sync_catalogue(self, catalogue: Sequence[CatalogueFeed]) -> tuple[int, int, int]:
        """Makes the operator's list (by its addresses) the stored one; returns how many were (added, updated, taken off it).

        The polling state stays. A feed that left the list or is not enabled there is disabled, unless a server still uses it.
        One that comes back is polled again.
        """
        listed = {row.url: row for row in catalogue}
        stored = {str(row["catalogue_url"] or row["url"]): row for row in await self._rows(select(feeds))}
        by_url = {str(row["url"]): row for row in stored.values()}
        changes: list[dict[str, object]] = []
        new_rows: list[dict[str, object]] = []
        for url, row in listed.items():
            values = _catalogue_values(row)
            known = stored.get(url) or by_url.get(url)
            if known is None:
                state = FeedState.ACTIVE if row.enabled else FeedState.DISABLED
                new_rows.append({"url": url, "state": state.value, **values})
                continue
            state = _listed_state(FeedState(known["state"]), row.enabled)
            values["state"] = state.value
            if any(known[name] != value for name, value in values.items()):
                changes.append({"feed": known["id"], **values})
        await self._many(insert(feeds), new_rows)
        await self._many(update(feeds).where(feeds.c.id == bindparam("feed")), changes)
        disabled = await self._leave_catalogue([int(row["id"]) for row in stored.values() if _left(row, listed)])
        return len(new_rows), len(changes), disabled

    async def _leave_catalogue(self, ids: Sequence[int]) -> int:
        disabled = 0
        for batch in batches(ids):
            used = exists().where(feed_guilds.c.feed_id == feeds.c.id)
            disabled += await self._change(
                update(feeds)
                .where(feeds.c.id.in_(batch), ~used)
                .values(state=FeedState.DISABLED.value, catalogue_url=None)
            )
            await self._change(
                update(feeds).where(feeds.c.id.in_(batch), used).values(catalogue_url=None, kind=FeedKind.MEMBER.value)
            )
        return disabled

    async def claim_due(self, now: datetime, limit: int, worker: str, lease_s: float) -> list[Feed]:
        """Takes up to ``limit`` feeds whose time has come, the longest waiting first, for ``lease_s`` seconds.

        Nobody else gets them until ``save`` or until the lease runs out. Two workers never get the same feed.
        """
        free = or_(feeds.c.claimed_until.is_(None), feeds.c.claimed_until <= now)
        due = or_(feeds.c.next_check.is_(None), feeds.c.next_check <= now)
        chosen = (
            select(feeds.c.id)
            .where(feeds.c.state == FeedState.ACTIVE.value, due, free)
            .order_by(feeds.c.next_check.asc().nulls_first(), feeds.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = [row["id"] for row in await self._rows(chosen)]
        rows = await self._rows(
            update(feeds)
            .where(feeds.c.id.in_(ids))
            .values(claimed_by=worker, claimed_until=now + timedelta(seconds=lease_s))
            .returning(feeds)
        )
        claimed = [feed_from(row) for row in rows]
        return sorted(claimed, key=lambda feed: (feed.next_check is not None, feed.next_check or now, feed.id))

    async def free_claims(self) -> int:
        """Takes back every claim: at the start of the only process on a database, they are those of a dead one. Answers how many."""
        return await self._change(
            update(feeds).where(feeds.c.claimed_until.is_not(None)).values(claimed_by=None, claimed_until=None)
        )

    async def next_due(self) -> datetime | None:
        """When the next free feed comes due: in the past when one is due already, None when there is none to poll.

        A feed that was never checked is due since its lease ended, or since the beginning of time.
        """
        when = func.coalesce(feeds.c.next_check, at(_BEGINNING))
        held = func.coalesce(feeds.c.claimed_until, at(_BEGINNING))
        row = await self._row(
            select(case((when > held, when), else_=held).label("at"))
            .where(feeds.c.state == FeedState.ACTIVE.value)
            .order_by("at")
            .limit(1)
        )
        return None if row is None else row["at"]

    async def get(self, feed_id: int) -> Feed | None:
        row = await self._row(select(feeds).where(feeds.c.id == feed_id))
        return None if row is None else feed_from(row)

    async def by_url(self, url: str) -> Feed | None:
        """The feed at ``url``, or the one that the operator's list calls so."""
        row = await self._row(
            select(feeds)
            .where(or_(feeds.c.url == url, feeds.c.catalogue_url == url))
            .order_by(case((feeds.c.url == url, 0), else_=1))
            .limit(1)
        )
        return None if row is None else feed_from(row)

    async def all(self) -> list[Feed]:
        """Every feed, by title."""
        return [feed_from(row) for row in await self._rows(select(feeds).order_by(feeds.c.title, feeds.c.id))]

    async def save(self, feed: Feed) -> Feed:
        """Writes a feed's facts and polling state, ends its claim, and returns it as stored; an id of 0 makes a new one.

        A feed that was disabled while it was being fetched stays disabled.
        """
        values = _feed_values(feed)
        del values["id"]
        if feed.id == 0:
            row = await self._row(insert(feeds).values(**values).returning(feeds))
        else:
            if feed.state is FeedState.ACTIVE:
                disabled = feeds.c.state == FeedState.DISABLED.value
                values["state"] = case((disabled, feeds.c.state), else_=feed.state.value)
            row = await self._row(
                update(feeds)
                .where(feeds.c.id == feed.id)
                .values(**values, claimed_by=None, claimed_until=None)
                .returning(feeds)
            )
        return feed if row is None else feed_from(row)

    async def merge(self, source: int, into: int) -> None:
        """Two addresses turned out to be one feed (rule 33): servers, known entries and articles of ``source`` go to ``into``.

        The operator's name for ``source`` goes along, so that his list does not bring it back.
        """
        for table, rest in ((feed_guilds, feed_guilds.c.guild_id), (seen_entries, seen_entries.c.key)):
            other = table.alias()
            there = select(other.c[rest.name]).where(other.c.feed_id == into)
            await self._change(delete(table).where(table.c.feed_id == source, rest.in_(there)))
            await self._change(update(table).where(table.c.feed_id == source).values(feed_id=into))
        await self._change(update(articles).where(articles.c.feed_id == source).values(feed_id=into))
        name = (await self.connection.execute(select(feeds.c.catalogue_url).where(feeds.c.id == source))).scalar()
        await self._change(delete(feeds).where(feeds.c.id == source))
        if name is not None:
            await self._change(
                update(feeds).where(feeds.c.id == into, feeds.c.catalogue_url.is_(None)).values(catalogue_url=name)
            )

    async def attach(self, feed: Feed, guild_id: int, added_by: int | None) -> Feed:
        """A server uses ``feed``, looked up by its address and made when new (with its id, unless that is 0). Twice is once.

        Returns it as stored. A known feed that had stopped is polled again when ``feed`` says ACTIVE, but one that the
        operator switched off stays off.
        """
        now = self.clock.now()
        known = await self.by_url(feed.url)
        if known is None:
            values = _feed_values(replace(feed, kind=FeedKind.MEMBER))
            if feed.id == 0:
                del values["id"]
            await self._change(self._insert(feeds).values(**values).on_conflict_do_nothing(index_elements=["url"]))
            known = feed_from(await self._one(select(feeds).where(feeds.c.url == feed.url)))
        elif known.state is not FeedState.ACTIVE:
            known = await self._revive(known, feed)
        await self._change(
            self._insert(feed_guilds)
            .values(feed_id=known.id, guild_id=guild_id, added_by=added_by, added=now)
            .on_conflict_do_nothing(index_elements=["feed_id", "guild_id"])
        )
        await self._change(insert(feed_adds).values(guild_id=guild_id, at=now))
        return known

    async def _revive(self, known: Feed, wanted: Feed) -> Feed:
        listed = (await self.connection.execute(select(feeds.c.catalogue_url).where(feeds.c.id == known.id))).scalar()
        if known.state is FeedState.DISABLED and listed is not None:
            return known
        if known.state is not FeedState.DISABLED and wanted.state is not FeedState.ACTIVE:
            return known
        revived = replace(known, state=FeedState.ACTIVE, next_check=self.clock.now(), errors=0, failing_since=None)
        values = {"next_check": revived.next_check, "errors": 0, "failing_since": None}
        await self._change(update(feeds).where(feeds.c.id == known.id).values(state=FeedState.ACTIVE.value, **values))
        return revived

    async def detach(self, feed_id: int, guild_id: int) -> bool:
        """A server stops using a feed; one that neither the operator nor a server uses is removed. False: it did not use it."""
        gone = await self._change(
            delete(feed_guilds).where(feed_guilds.c.feed_id == feed_id, feed_guilds.c.guild_id == guild_id)
        )
        used = exists().where(feed_guilds.c.feed_id == feeds.c.id)
        await self._change(delete(feeds).where(feeds.c.id == feed_id, feeds.c.catalogue_url.is_(None), ~used))
        return gone > 0

    async def remove(self, feed_id: int) -> bool:
        """Removes a feed with all that is known of its entries; its articles stay. False: there was none."""
        return await self._change(delete(feeds).where(feeds.c.id == feed_id)) > 0

    async def for_guild(self, guild_id: int) -> list[Feed]:
        """The feeds that a server added, by title."""
        statement = (
            select(feeds)
            .join(feed_guilds, feed_guilds.c.feed_id == feeds.c.id)
            .where(feed_guilds.c.guild_id == guild_id)
            .order_by(feeds.c.title, feeds.c.id)
        )
        return [feed_from(row) for row in await self._rows(statement)]

    async def guilds_of(self, feed_id: int) -> list[int]:
        """The servers that added a feed: whom to tell when it stops."""
        statement = (
            select(feed_guilds.c.guild_id).where(feed_guilds.c.feed_id == feed_id).order_by(feed_guilds.c.guild_id)
        )
        return [int(row["guild_id"]) for row in await self._rows(statement)]

    async def owners_of(self, feed_id: int) -> list[int]:
        """The members who added a feed to their servers: whom to tell when it stops."""
        statement = select(feed_guilds.c.added_by).where(
            feed_guilds.c.feed_id == feed_id, feed_guilds.c.added_by.is_not(None)
        )
        return sorted({int(row["added_by"]) for row in await self._rows(statement)})

    async def count_for_guild(self, guild_id: int) -> int:
        return await self._number(select(func.count()).where(feed_guilds.c.guild_id == guild_id))

    async def adds_since(self, guild_id: int, since: datetime) -> int:
        """How often a server added a feed since then, removed ones counted (rule 63)."""
        return await self._number(select(func.count()).where(feed_adds.c.guild_id == guild_id, feed_adds.c.at >= since))

    async def log(self, feed_id: int, line: FetchLine) -> None:
        """Keeps what a fetch left behind, and the last ``LINES_KEPT`` of them."""
        await self._change(
            insert(feed_lines).values(
                feed_id=feed_id,
                at=line.at,
                status=line.status,
                bytes=line.bytes,
                ms=line.ms,
                entries=line.entries,
                new=line.new,
                next_check=line.next_check,
                reason=line.reason,
            )
        )
        oldest = (
            select(feed_lines.c.id)
            .where(feed_lines.c.feed_id == feed_id)
            .order_by(feed_lines.c.id.desc())
            .offset(LINES_KEPT)
            .limit(1)
            .scalar_subquery()
        )
        await self._change(delete(feed_lines).where(feed_lines.c.feed_id == feed_id, feed_lines.c.id <= oldest))

    async def lines(self, feed_id: int, limit: int = LINES_KEPT) -> list[FetchLine]:
        """The last fetches of a feed, newest first."""
        statement = (
            select(feed_lines).where(feed_lines.c.feed_id == feed_id).order_by(feed_lines.c.id.desc()).limit(limit)
        )
        return [
            FetchLine(
                at=row["at"],
                status=row["status"],
                bytes=row["bytes"],
                ms=row["ms"],
                entries=row["entries"],
                new=row["new"],
                next_check=row["next_check"],
                reason=row["reason"],
            )
            for row in await self._rows(statement)
        ]


def _left(row: RowMapping, listed: dict[str, CatalogueFeed]) -> bool:
    return row["catalogue_url"] is not None and row["catalogue_url"] not in listed


def _listed_state(state: FeedState, enabled: bool) -> FeedState:
    if not enabled:
        return FeedState.DISABLED
    return FeedState.ACTIVE if state is FeedState.DISABLED else state


def _catalogue_values(row: CatalogueFeed) -> dict[str, object]:
    return {
        "catalogue_url": row.url,
        "title": row.title,
        "language": row.language,
        "country": row.country,
        "kind": FeedKind(row.kind).value,
        "note": row.note,
        "family": row.family,
        "interval_s": row.interval,
    }


def _feed_values(feed: Feed) -> dict[str, object]:
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "language": feed.language,
        "country": feed.country,
        "kind": feed.kind.value,
        "note": feed.note,
        "family": feed.family,
        "interval_s": feed.interval_s,
        "state": feed.state.value,
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "validators_url": feed.validators.url,
        "body_hash": feed.validators.body_hash,
        "first_fetched": feed.first_fetched,
        "next_check": feed.next_check,
        "last_checked": feed.last_checked,
        "last_success": feed.last_success,
        "last_error": feed.last_error,
        "failing_since": feed.failing_since,
        "errors": feed.errors,
        "delay_s": feed.delay_s,
        "entries_week": feed.entries_week,
        "redirect_url": feed.redirect_url,
        "redirect_since": feed.redirect_since,
        "redirect_count": feed.redirect_count,
    }


def feed_from(row: RowMapping) -> Feed:
    """A row of ``feeds`` as a value."""
    return Feed(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        language=row["language"],
        country=row["country"],
        kind=FeedKind(row["kind"]),
        note=row["note"],
        family=row["family"],
        interval_s=row["interval_s"],
        state=FeedState(row["state"]),
        validators=Validators(row["etag"], row["last_modified"], row["validators_url"], row["body_hash"]),
        first_fetched=row["first_fetched"],
        next_check=row["next_check"],
        last_checked=row["last_checked"],
        last_success=row["last_success"],
        last_error=row["last_error"],
        failing_since=row["failing_since"],
        errors=row["errors"],
        delay_s=row["delay_s"],
        entries_week=row["entries_week"],
        redirect_url=row["redirect_url"],
        redirect_since=row["redirect_since"],
        redirect_count=row["redirect_count"],
    )
