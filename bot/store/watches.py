"""Watches and their subscriptions, with a change counter from which other processes bring their index up to date."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, Select, delete, func, insert, select, update

from bot.model.watches import Destination, Mode, Owner, OwnerKind, Strictness, Subscription, Watch
from bot.store.columns import batches, dump, strings
from bot.store.deliveries import DeliveryQueries
from bot.store.destinations import DestinationQueries
from bot.store.schema import counters, removed_watches, subscriptions, watches

_COUNTER = "watches"


class WatchQueries(DestinationQueries):
    """Queries on watches, subscriptions and destinations."""

    async def add(
        self, watch: Watch, destination: Destination, mode: Mode, mention_role: int | None = None
    ) -> Subscription:
        """Stores a watch and its subscription; the destination is stored too when its place is new."""
        stored = await self.ensure_destination(destination)
        version = await self._next_version()
        await self._change(insert(watches).values(**_values(watch), version=version))
        row = await self._one(
            insert(subscriptions)
            .values(watch_id=watch.id, destination_id=stored.id, mode=mode.value, mention_role=mention_role)
            .returning(subscriptions)
        )
        return subscription_from(row)

    async def get(self, watch_id: int) -> Watch | None:
        row = await self._row(select(watches).where(watches.c.id == watch_id))
        return None if row is None else watch_from(row)

    async def many(self, ids: Sequence[int]) -> dict[int, Watch]:
        """The watches among ``ids`` that there are."""
        found: dict[int, Watch] = {}
        for batch in batches(ids):
            rows = await self._rows(select(watches).where(watches.c.id.in_(batch)))
            found.update((row["id"], watch_from(row)) for row in rows)
        return found

    async def of(self, owner: Owner) -> list[Watch]:
        """An owner's watchlist, oldest first."""
        rows = await self._rows(_owned(owner).order_by(watches.c.id))
        return [watch_from(row) for row in rows]

    async def all(self) -> list[Watch]:
        """Every watch, paused ones too, oldest first."""
        return [watch_from(row) for row in await self._rows(select(watches).order_by(watches.c.id))]

    async def count(self, owner: Owner) -> int:
        return await self._number(select(func.count()).select_from(_owned(owner).subquery()))

    async def update(self, watch: Watch) -> bool:
        """Writes a known watch. False: there is none with its id (any more)."""
        values = _values(watch)
        del values["id"]
        version = await self._next_version()
        return await self._change(update(watches).where(watches.c.id == watch.id).values(**values, version=version)) > 0

    async def remove(self, watch_id: int) -> bool:
        """Removes a watch with its subscription, matches and feedback; what it had planned and unsent is dropped. False: none."""
        return await self.remove_many([watch_id]) > 0

    async def remove_many(self, ids: Sequence[int]) -> int:
        """``remove`` for many; returns how many there were."""
        version = await self._next_version()
        now = self.clock.now()
        await DeliveryQueries(self.connection, self.clock, self.woken).drop_for(
            now=now, reason="watch removed", watch_ids=ids
        )
        gone: list[int] = []
        for batch in batches(ids):
            rows = await self._rows(delete(watches).where(watches.c.id.in_(batch)).returning(watches.c.id))
            gone += [row["id"] for row in rows]
        await self._many(
            self._insert(removed_watches).on_conflict_do_nothing(index_elements=["watch_id"]),
            [{"watch_id": watch_id, "version": version, "at": now} for watch_id in gone],
        )
        return len(gone)

    async def subscriptions(self, watch_ids: Sequence[int]) -> list[tuple[Watch, Subscription, Destination]]:
        """The watches among ``watch_ids`` with where and how each is delivered, in the order of their ids."""
        found: list[tuple[Watch, Subscription]] = []
        for batch in batches(watch_ids):
            joined = (
                select(watches, *(column.label(f"subscription_{column.name}") for column in subscriptions.c))
                .join(subscriptions, subscriptions.c.watch_id == watches.c.id)
                .where(watches.c.id.in_(batch))
            )
            for row in await self._rows(joined):
                found.append((watch_from(row), subscription_from(row, "subscription_")))
        places = await self.destinations_by_id(list({subscription.destination_id for _, subscription in found}))
        found.sort(key=lambda pair: pair[0].id)
        return [(watch, subscription, places[subscription.destination_id]) for watch, subscription in found]

    async def of_destination(self, destination_id: int) -> list[tuple[Watch, Subscription]]:
        """The watches delivered to a destination, oldest first."""
        statement = (
            select(watches, *(column.label(f"subscription_{column.name}") for column in subscriptions.c))
            .join(subscriptions, subscriptions.c.watch_id == watches.c.id)
            .where(subscriptions.c.destination_id == destination_id)
            .order_by(watches.c.id)
        )
        return [(watch_from(row), subscription_from(row, "subscription_")) for row in await self._rows(statement)]

    async def subscription_of(self, watch_id: int) -> Subscription | None:
        row = await self._row(select(subscriptions).where(subscriptions.c.watch_id == watch_id))
        return None if row is None else subscription_from(row)

    async def set_subscription(self, subscription: Subscription) -> Subscription:
        """Changes where (a stored destination) and how a watch is delivered; a watch has one subscription."""
        watch_id = subscription.watch_id
        statement = self._insert(subscriptions).values(
            watch_id=watch_id,
            destination_id=subscription.destination_id,
            mode=subscription.mode.value,
            mention_role=subscription.mention_role,
        )
        new = statement.excluded
        await self._change(
            statement.on_conflict_do_update(
                index_elements=["watch_id"],
                set_={"destination_id": new.destination_id, "mode": new.mode, "mention_role": new.mention_role},
            )
        )
        await self._change(update(watches).where(watches.c.id == watch_id).values(version=await self._next_version()))
        return subscription_from(await self._one(select(subscriptions).where(subscriptions.c.watch_id == watch_id)))

    async def changed_since(self, version: int) -> tuple[int, list[Watch], list[int]]:
        """What other processes did to the watches since ``version`` (0: everything): (version now, added or changed, removed)."""
        now = await self._number(select(counters.c.value).where(counters.c.name == _COUNTER))
        if now == version:
            return now, [], []
        changed = await self._rows(
            select(watches).where(watches.c.version > version, watches.c.version <= now).order_by(watches.c.version)
        )
        removed = await self._rows(
            select(removed_watches.c.watch_id)
            .where(removed_watches.c.version > version, removed_watches.c.version <= now)
            .order_by(removed_watches.c.version, removed_watches.c.watch_id)
        )
        return now, [watch_from(row) for row in changed], [row["watch_id"] for row in removed]

    async def _next_version(self) -> int:
        # The counter's row stays locked until the commit: versions become visible in their order, none is skipped by a reader.
        self.woken.add("watches")
        statement = self._insert(counters).values(name=_COUNTER, value=1)
        row = await self._one(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1}).returning(
                counters.c.value
            )
        )
        return int(row["value"])


def _owned(owner: Owner) -> Select[tuple[object, ...]]:
    return select(watches).where(watches.c.owner_kind == owner.kind.value, watches.c.owner_id == owner.id)


def _values(watch: Watch) -> dict[str, object]:
    return {
        "id": watch.id,
        "owner_kind": watch.owner.kind.value,
        "owner_id": watch.owner.id,
        "phrase": watch.phrase,
        "lang": watch.lang,
        "strictness": watch.strictness.value,
        "exclude": dump(watch.exclude),
        "languages": dump(watch.languages),
        "preset": watch.preset,
        "created": watch.created,
        "created_by": watch.created_by,
        "paused": watch.paused,
    }


def watch_from(row: RowMapping) -> Watch:
    """A row of ``watches`` as a value."""
    return Watch(
        id=row["id"],
        owner=Owner(OwnerKind(row["owner_kind"]), row["owner_id"]),
        phrase=row["phrase"],
        lang=row["lang"],
        strictness=Strictness(row["strictness"]),
        exclude=strings(row["exclude"]),
        languages=strings(row["languages"]),
        preset=row["preset"],
        created=row["created"],
        created_by=row["created_by"],
        paused=row["paused"],
    )


def subscription_from(row: RowMapping, prefix: str = "") -> Subscription:
    """A row of ``subscriptions``, its columns named with ``prefix``, as a value."""
    return Subscription(
        id=row[f"{prefix}id"],
        watch_id=row[f"{prefix}watch_id"],
        destination_id=row[f"{prefix}destination_id"],
        mode=Mode(row[f"{prefix}mode"]),
        mention_role=row[f"{prefix}mention_role"],
    )
