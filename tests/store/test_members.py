"""People and servers: settings, marks, feedback; export and erasure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import String, cast, select

from bot.model.deliveries import DeliveryKind, DeliveryState
from bot.model.feeds import Feed
from bot.model.members import Feedback, GuildSettings, Mark, MemberSettings
from bot.model.ports import Receipt
from bot.model.watches import DigestSchedule, Mode, Owner, OwnerKind, QuietHours
from bot.store import IllegalMove, Store
from bot.store.schema import metadata
from tests.store.samples import (
    T0,
    article,
    channel,
    delivery,
    direct,
    match,
    new_id,
    put_destination,
    put_story,
    put_watch,
    watch,
)

pytestmark = pytest.mark.asyncio

USER, OTHER = 987_654_321_012_345_678, 111_222_333_444_555_666


async def test_settings(store: Store) -> None:
    async with store.write() as unit:
        assert await unit.members.settings(USER) is None
        full = MemberSettings(USER, "uk", "Europe/Kyiv", QuietHours(time(22), time(7, 0, 30)), 12)
        for settings in (full, replace(full, quiet=None, budget=None, timezone=None, language=None), full):
            await unit.members.save_settings(settings)
            assert await unit.members.settings(USER) == settings
        assert await unit.members.guild(77) is None
        for guild in (GuildSettings(77), GuildSettings(77, "en", "Europe/London", True)):
            await unit.members.save_guild(guild)
            assert await unit.members.guild(77) == guild
        assert await unit.members.last_looked(USER) is None
        for at in (T0, T0 + timedelta(hours=1)):
            await unit.members.set_last_looked(USER, at)
            assert await unit.members.last_looked(USER) == at


async def test_marks(store: Store) -> None:
    async with store.write() as unit:
        here, there = await put_destination(unit), await put_destination(unit)
        story, other = await put_story(unit), await put_story(unit)
        await unit.members.set_mark(here.id, story, Mark.FOLLOW)
        await unit.members.set_mark(here.id, story, "mute")
        await unit.members.set_mark(here.id, other, Mark.FOLLOW)
        await unit.members.set_mark(there.id, story, Mark.FOLLOW)
        assert await unit.members.marks(here.id) == {story: Mark.MUTE, other: Mark.FOLLOW}
        assert await unit.members.marks(here.id, [story]) == {story: Mark.MUTE}
        assert await unit.members.marks_on([story]) == {(here.id, story): Mark.MUTE, (there.id, story): Mark.FOLLOW}
        await unit.members.set_mark(here.id, story, None)
        await unit.members.set_mark(here.id, story, None)
        assert await unit.members.marks(here.id) == {other: Mark.FOLLOW}
        with pytest.raises(ValueError, match="shout"):
            await unit.members.set_mark(here.id, story, "shout")


async def test_feedback(store: Store) -> None:
    async with store.write() as unit:
        one = article()
        await put_story(unit, one)
        watched = await put_watch(unit)
        given = Feedback(new_id(), watched.id, USER, T0, "normal", "strict", one.id)
        bare = Feedback(new_id(), watched.id, OTHER, T0 + timedelta(hours=1), "strict", "strict")
        assert await unit.members.add_feedback(given)
        assert await unit.members.add_feedback(bare)
        assert not await unit.members.add_feedback(replace(bare, id=new_id(), watch_id=12345))
        assert await unit.members.feedback_of(watched.id) == [given, bare]
        assert await unit.members.feedback(given.id) == given
        assert await unit.members.undo_feedback(given.id) == given
        assert await unit.members.undo_feedback(given.id) is None
        await unit.watches.remove(watched.id)
        assert await unit.members.feedback(bare.id) is None


async def _populate(store: Store) -> dict[str, int]:
    """A member with everything that can be kept on one, beside another and a server."""
    async with store.write() as unit:
        one = article()
        story = await put_story(unit, one)
        ids: dict[str, int] = {"story": story}
        for user in (USER, OTHER):
            place = await put_destination(unit, direct(user))
            mine = watch("mon secret" if user == USER else "autre", Owner(OwnerKind.MEMBER, user), created_by=user)
            await unit.watches.add(mine, place, Mode.BOTH)
            await unit.matches.add([match(mine, one)])
            await unit.members.save_settings(MemberSettings(user, "fr", "Europe/Paris"))
            await unit.members.set_last_looked(user, T0)
            await unit.members.set_mark(place.id, story, Mark.FOLLOW)
            await unit.members.add_feedback(Feedback(new_id(), mine.id, user, T0, "normal", "strict", one.id))
            await unit.digests.save_schedule(DigestSchedule(new_id(), place.id, (time(8),), cursor=T0))
            planned = delivery(place, story, watch_ids=(mine.id,), payload=json.dumps({"user": user}))
            under_way = delivery(place, key=f"under way {user}", state=DeliveryState.SENDING)
            notice = delivery(place, key=f"notice:{user}", kind=DeliveryKind.NOTICE, state=DeliveryState.SENDING)
            await unit.deliveries.plan([planned, under_way, notice])
            await unit.deliveries.sent(notice.id, Receipt(user - 1, user - 2), 1, T0)
            if user == USER:
                ids.update(place=place.id, watch=mine.id, planned=planned.id, under_way=under_way.id)
        guilds = await put_watch(unit, watch("la chaîne", Owner(OwnerKind.GUILD, 77), created_by=USER), channel())
        await unit.members.add_feedback(Feedback(new_id(), guilds.id, USER, T0, "normal", "strict"))
        await unit.feeds.attach(Feed(0, "https://f.example/", "F"), 77, USER)
        ids["guild watch"] = guilds.id
    return ids


async def test_the_export_holds_everything_on_a_member_and_nothing_of_others(store: Store) -> None:
    ids = await _populate(store)
    async with store.read() as unit:
        data = await unit.members.export(USER)
        nobody = await unit.members.export(5)
    text = json.dumps(data)
    assert str(OTHER) not in text
    assert "autre" not in text
    assert {name: len(rows) for name, rows in data.items() if isinstance(rows, list)} == {
        "member_settings": 1,
        "member_looks": 1,
        "watches": 2,
        "subscriptions": 1,
        "destinations": 1,
        "digest_schedules": 1,
        "marks": 1,
        "deliveries": 3,
        "delivery_log": 4,
        "feedback": 2,
        "feed_guilds": 1,
    }
    assert "mon secret" in text
    assert T0.isoformat() in text
    assert str(ids["planned"]) in text
    assert all(rows == [] for rows in nobody.values())


async def test_erasing_leaves_nothing_in_any_table(store: Store) -> None:
    ids = await _populate(store)
    async with store.write() as unit:
        before = await unit.members.export(OTHER)
        counts = await unit.members.erase(USER, T0 + timedelta(hours=1))
    assert counts == {
        "dropped": 1,
        "watches": 1,
        "deliveries": 3,
        "destinations": 1,
        "feedback": 1,
        "member_settings": 1,
        "member_looks": 1,
    }
    async with store.read() as unit:
        # Every column of every table is looked through as text: the member's number, the numbers of what was theirs, their words.
        traces = [USER, ids["place"], ids["planned"], ids["under_way"]]
        for table in metadata.sorted_tables:
            for column in table.c:
                for trace in (*map(str, traces), "mon secret"):
                    found = select(table).where(cast(column, String).contains(trace))
                    assert (await unit.connection.execute(found)).all() == [], f"{table.name}.{column.name}: {trace}"
        assert await unit.members.export(OTHER) == before
        kept = await unit.watches.get(ids["guild watch"])
        assert kept is not None and kept.created_by is None, "the server keeps its watch, without the name"
        _, _, removed = await unit.watches.changed_since(0)
        assert removed == [ids["watch"]], "other processes learn it"
    assert await store.integrity() == []
    with pytest.raises(IllegalMove, match="is gone"):
        async with store.write() as unit:
            await unit.deliveries.sent(ids["under_way"], Receipt(1, 2), 1, T0)
    async with store.write() as unit:
        assert not any((await unit.members.erase(USER, T0)).values()), "twice is once"


async def test_a_server_that_removed_the_bot_leaves_nothing(store: Store) -> None:
    async with store.write() as unit:
        place = await put_destination(unit)
        gone = await put_watch(unit, to=place)
        stays = await put_watch(unit, watch("x", Owner(OwnerKind.GUILD, 78)), channel(guild_id=78))
        await unit.members.save_guild(GuildSettings(77))
        await unit.deliveries.plan([delivery(place)])
        await unit.members.remove_guild(77)
        assert await unit.watches.all() == [stays]
        assert await unit.watches.guild_destinations(77) == []
        assert await unit.members.guild(77) is None
        assert (await unit.watches.changed_since(0))[2] == [gone.id]
