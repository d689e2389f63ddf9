"""Each of Discord's answers to a post or an edit: what becomes of the delivery and of its destination, through the real sink."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.model.deliveries import Delivery, DeliveryState
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Watch
from tests.discord.house import House
from tests.standins.discord import EDIT, SEND
from tests.standins.discord import world as w

pytestmark = pytest.mark.asyncio

SENT, PLANNED, BLOCKED, DROPPED = (
    DeliveryState.SENT,
    DeliveryState.PLANNED,
    DeliveryState.BLOCKED,
    DeliveryState.DROPPED,
)
ARTICLE = ("Sommet Poutine-Zelensky à Genève", "Les présidents se voient vendredi.")
POST = "/channels/{channel_id}/threads"


@dataclass(frozen=True)
class Row:
    """An answer to a post. ``wait``: seconds until the next attempt; ``blocked``: the code the destination then carries."""

    status: int
    code: int
    state: DeliveryState
    reason: str | None = None
    wait: float | None = None
    blocked: int | None = None


def stops(status: int, code: int, carried: int | None = None) -> Row:
    carried = carried or code
    return Row(status, code, BLOCKED, f"blocked: Discord code {carried}", None, carried)


TABLE = (
    stops(403, 50001),  # no access
    stops(403, 50013),  # no permission
    stops(404, 10003),  # no such channel any more
    stops(404, 10004),  # no such server any more
    stops(404, 10013),  # no such user any more
    stops(403, 50007),  # closed direct messages
    stops(403, 50278),  # no mutual server
    stops(400, 50083),  # archived thread
    stops(400, 160005),  # locked thread
    stops(400, 50008),  # not a text channel
    stops(403, 0, 403),  # forbidden without a code
    Row(404, 10008, DROPPED, "deleted on Discord after it was delivered"),
    Row(400, 50035, DROPPED, "rejected: Discord code 50035"),  # invalid form
    Row(400, 50006, DROPPED, "rejected: Discord code 50006"),  # empty message
    Row(413, 40005, DROPPED, "rejected: Discord code 40005"),  # too large
    Row(403, 200000, DROPPED, "rejected: Discord code 200000"),  # the server's filter refuses this text
    Row(403, 240000, DROPPED, "rejected: Discord code 240000"),  # harmful link
    Row(400, 40003, PLANNED, "retry", 60),  # opening direct messages too fast
    Row(400, 20016, PLANNED, "retry", 60),  # slow mode
    Row(400, 20028, PLANNED, "retry", 60),  # write limit of a channel
    Row(401, 0, PLANNED, "retry", 300),  # the token was taken back
    Row(503, 0, PLANNED, "retry: may have been carried out", 5),
    Row(408, 0, PLANNED, "retry: may have been carried out", 5),
    Row(500, 0, SENT),  # discord.py repeats it with the same nonce
    Row(502, 0, SENT),
)


async def place(
    home: House, channel: w.Channel, kind: DestinationKind = DestinationKind.TEXT
) -> tuple[Destination, Watch]:
    assert channel.guild is not None
    new_id = home.services.new_id
    here = Destination(new_id(), kind, guild_id=channel.guild.id, channel_id=channel.id)
    one = Watch(new_id(), Owner(OwnerKind.GUILD, channel.guild.id), "sommet Poutine-Zelensky")
    async with home.services.store.write() as unit:
        await unit.watches.add(one, here, Mode.INSTANT)
    await home.services.live.follow_watches()
    return here, one


async def alert(home: House, here: Destination, one: Watch) -> Delivery:
    _, story = await home.article(*ARTICLE)
    return await home.plan(here, story, [one.id])


async def blocked_code(home: House, here: Destination) -> int | None:
    async with home.services.store.read() as unit:
        found = await unit.watches.destination(here.id)
    assert found is not None
    return found.blocked_code


async def test_what_each_answer_to_a_post_means(poster: House) -> None:
    home = poster
    guild = home.discord.guild("Salon", locale="fr")
    wrong = []
    for number, row in enumerate(TABLE):
        channel = home.discord.channel(guild, f"veille-{number}")
        here, one = await place(home, channel)
        planned = await alert(home, here, one)
        home.discord.refuse("POST", SEND.replace("{channel_id}", str(channel.id)), row.status, row.code)
        before = home.clock.now()
        await home.deliver.drain()
        now = await home.delivery(planned.id)
        wait = None if row.wait is None else (now.due - before).total_seconds()
        found = Row(row.status, row.code, now.state, now.reason, wait, await blocked_code(home, here))
        late = row.wait is not None and wait is not None and 0 <= wait - row.wait < 15
        if found != row and not (late and found == Row(*[*_fields(row)[:4], wait, row.blocked])):
            wrong.append((found, row))
        posts = len(home.discord.posts(channel))
        if posts != (row.state is SENT):
            wrong.append((f"{posts} posts", row))
    assert wrong == []
    # 401 and 403 count against the limit of invalid requests: each was asked once.
    assert home.discord.state.invalid_requests == sum(row.status in {401, 403} for row in TABLE)


def _fields(row: Row) -> tuple[int, int, DeliveryState, str | None, float | None, int | None]:
    return row.status, row.code, row.state, row.reason, row.wait, row.blocked


async def test_what_each_answer_to_an_edit_means(poster: House) -> None:
    home = poster
    guild = home.discord.guild("Salon", locale="fr")
    cases = {
        (400, 30046): (PLANNED, 900.0),  # too many edits of old messages: later
        (503, 0): (PLANNED, 60.0),
        (404, 10008): (DROPPED, None),  # deleted: never again
        (400, 50035): (SENT, None),
        (403, 50001): (BLOCKED, 60.0),  # lands when the channel is open again
    }
    for (status, code), (meaning, wait) in cases.items():
        channel = home.discord.channel(guild, f"c{code}-{status}")
        here, one = await place(home, channel)
        sent = await alert(home, here, one)
        await home.deliver.drain()
        async with home.services.store.write() as unit:
            await unit.deliveries.request_edit([sent.id], home.clock.now())
        home.discord.refuse("PATCH", EDIT.replace("{channel_id}", str(channel.id)), status, code)
        began = home.clock.now()
        await home.deliver.drain()
        now = await home.delivery(sent.id)
        assert now.state is SENT
        if wait is None:
            assert (now.edit_due, now.shown) == (None, now.wanted), code
        else:
            assert now.shown < now.wanted and now.edit_due is not None, code
            assert 0 <= (now.edit_due - began).total_seconds() - wait < 15, code
        assert (await blocked_code(home, here) is not None) == (meaning is BLOCKED), code


async def test_limits_are_waited_out_and_never_hit(poster: House) -> None:
    home = poster
    channel = home.discord.channel(home.discord.guild("Salon", locale="fr"), "veille")
    here, one = await place(home, channel)
    planned = [await alert(home, here, one) for _ in range(7)]
    home.discord.rate_limit("POST", SEND, 0.3)
    await home.deliver.drain()
    assert [(await home.delivery(d.id)).state for d in planned] == [SENT] * 7
    assert len(home.discord.posts(channel)) == 7
    assert sum(request.status == 429 for request in home.discord.requests) == 1, "the one that was ordered"


async def test_cloudflares_limit_is_no_refusal(poster: House) -> None:
    home = poster
    channel = home.discord.channel(home.discord.guild("Salon", locale="fr"), "veille")
    here, one = await place(home, channel)
    planned = await alert(home, here, one)
    home.discord.rate_limit("POST", SEND, 40, cloudflare=True)
    before = home.clock.now()
    await home.deliver.drain()
    now = await home.delivery(planned.id)
    assert now.state is PLANNED and 40 <= (now.due - before).total_seconds() < 60


@pytest.mark.parametrize("status", [500, 503])
async def test_a_forum_post_whose_answer_is_an_error_is_found_and_not_made_twice(poster: House, status: int) -> None:
    home = poster
    guild = home.discord.guild("Salon", locale="fr")
    forum = home.discord.forum(guild, "dossiers")
    here, one = await place(home, forum, DestinationKind.FORUM)
    planned = await alert(home, here, one)
    home.discord.fail("POST", POST, status, carried_out=True)
    await home.deliver.drain()
    assert (await home.delivery(planned.id)).state is PLANNED
    home.clock.ahead += timedelta(seconds=30)
    await home.deliver.drain()
    now = await home.delivery(planned.id)
    posts = [message for message in home.discord.posts() if message.channel.parent is forum]
    assert (now.state, len(posts)) == (SENT, 1)
    assert (now.message_id, now.thread_id) == (posts[0].id, posts[0].channel.id)
    assert sum(r.method == "POST" and r.route == POST for r in home.discord.requests) == 1


async def test_after_the_nonces_time_the_channel_is_read_before_anything_is_posted(poster: House) -> None:
    home = poster
    channel = home.discord.channel(home.discord.guild("Salon", locale="fr"), "veille")
    here, one = await place(home, channel)
    lost, never = [await alert(home, here, one) for _ in range(2)]
    home.discord.drop("POST", SEND, when="after")
    await home.deliver.drain()
    assert (await home.delivery(lost.id)).state is PLANNED
    home.discord.state.nonces.clear()
    home.clock.ahead += timedelta(minutes=20)
    await home.deliver.drain()
    assert [(await home.delivery(d.id)).state for d in (lost, never)] == [SENT, SENT]
    assert len(home.discord.posts(channel)) == 2
    assert (await home.delivery(lost.id)).message_id == home.discord.posts(channel)[0].id


async def test_a_locked_forum_post_blocks_its_own_edits_only(poster: House) -> None:
    home = poster
    forum = home.discord.forum(home.discord.guild("Salon", locale="fr"), "dossiers")
    here, one = await place(home, forum, DestinationKind.FORUM)
    first = await alert(home, here, one)
    await home.deliver.drain()
    (post,) = [message for message in home.discord.posts() if message.channel.parent is forum]
    home.discord.set_thread(post.channel, archived=True, locked=True)
    async with home.services.store.write() as unit:
        await unit.deliveries.request_edit([first.id], home.clock.now())
    home.discord.refuse("PATCH", EDIT, 400, 50083)
    second = await alert(home, here, one)
    await home.deliver.drain()
    assert (await home.delivery(second.id)).state is SENT
    assert await blocked_code(home, here) is None
