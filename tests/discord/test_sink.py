"""Deliveries through the real sender and sink: where they land, what they carry, and what Discord's refusals turn into."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.content import NoticeContent
from bot.model.deliveries import DeliveryKind, DeliveryState
from bot.model.errors import SinkBlocked, SinkMessageGone, SinkRejected, SinkRetry
from bot.model.ports import Receipt
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind
from bot.services.contents import content_of
from bot.services.members import WatchDraft
from tests.discord.house import House
from tests.standins.discord import SEND, Channel, Guild, Message

pytestmark = pytest.mark.asyncio

PHRASE = "sommet Poutine-Zelensky"
TITLE = "Sommet Poutine-Zelensky à Genève vendredi"


def place(poster: House, channel: Channel, kind: DestinationKind = DestinationKind.TEXT) -> Destination:
    assert channel.guild is not None
    return Destination(poster.services.new_id(), kind, guild_id=channel.guild.id, channel_id=channel.id)


async def watched(
    poster: House, channel: Channel, kind: DestinationKind = DestinationKind.TEXT, role: int | None = None
) -> tuple[Destination, int]:
    """A channel with the watch, and the watch's id."""
    assert channel.guild is not None
    saved = await poster.front.members.add_watch(
        Owner(OwnerKind.GUILD, channel.guild.id),
        WatchDraft(PHRASE, mode=Mode.INSTANT, lang="fr", mention_role=role),
        place(poster, channel, kind),
        by=1,
    )
    return saved.view.destination, saved.view.watch.id


def raw(post: Message) -> str:
    """The texts of a message as they were sent."""

    def texts(components: list[dict[str, object]]) -> list[str]:
        found = []
        for component in components:
            if isinstance(component.get("content"), str):
                found.append(str(component["content"]))
            inner = component.get("components")
            found += texts(inner) if isinstance(inner, list) else []
        return found

    return "\n".join(texts(post.components))


def salon(poster: House) -> Guild:
    return poster.discord.guild("Salon", locale="fr")


async def test_an_alert_shows_headline_watch_words_sources_and_times(poster: House) -> None:
    channel = poster.discord.channel(salon(poster), "alertes")
    destination, watch_id = await watched(poster, channel)
    article, story = await poster.article(
        TITLE, "Les deux présidents se rencontrent en Suisse.", age=timedelta(hours=1)
    )
    await poster.article(
        "Putin and Zelensky to meet in Geneva on Friday", lang="en", source="daily.example", story=story
    )
    await poster.plan(destination, story, [watch_id])

    await poster.deliver.drain()

    (post,) = poster.discord.posts(channel)
    assert f"### [**Sommet Poutine\\-Zelensky** à Genève vendredi]({article.url})" in raw(post)
    assert "2 médias indépendants" in post.text
    assert "🇫🇷 FR" in post.text and "🇬🇧 EN" in post.text
    assert "<t:" in post.text and ":R>" in post.text
    assert [b for b in ("Pourquoi", "Hors sujet", "Suivre", "Taire", "Lire") if b not in str(post.components)] == []
    poster.clean()


async def test_only_the_watchs_role_is_mentioned_and_an_edit_mentions_nobody(poster: House) -> None:
    guild = salon(poster)
    channel = poster.discord.channel(guild, "alertes")
    role = poster.discord.role(guild, "Diplomatie", mentionable=True)
    destination, watch_id = await watched(poster, channel, role=role.id)
    _, story = await poster.article(f"{TITLE} @everyone <@&{role.id}>", "@here <@1>")
    delivery = await poster.plan(destination, story, [watch_id])

    await poster.deliver.drain()
    sent = await poster.delivery(delivery.id)
    assert sent.message_id is not None and sent.channel_id is not None
    async with poster.services.store.read() as unit:
        content = await content_of(unit, sent, destination)
    assert content is not None
    await poster.connection.sink.edit(
        destination, Receipt(sent.channel_id, sent.message_id), content, delivery_id=delivery.id
    )

    assert [(ping.kind, ping.target) for ping in poster.discord.pings] == [("role", role.id)]
    (post,) = poster.discord.posts(channel)
    assert post.edits == 1
    assert poster.discord.violations == []


async def test_a_lost_answer_makes_no_second_message(poster: House) -> None:
    channel = poster.discord.channel(salon(poster), "alertes")
    destination, watch_id = await watched(poster, channel)
    _, story = await poster.article(TITLE)
    delivery = await poster.plan(destination, story, [watch_id])
    poster.discord.drop("POST", SEND, when="after")

    await poster.deliver.drain()
    lost = await poster.delivery(delivery.id)
    poster.clock.ahead += timedelta(minutes=1)
    await poster.deliver.drain()

    assert lost.state is DeliveryState.PLANNED
    assert (await poster.delivery(delivery.id)).state is DeliveryState.SENT
    assert len(poster.discord.posts(channel)) == 1


async def test_a_late_repetition_finds_the_message_by_its_mark(poster: House) -> None:
    channel = poster.discord.channel(salon(poster), "alertes")
    destination, watch_id = await watched(poster, channel)
    _, story = await poster.article(TITLE)
    delivery = await poster.plan(destination, story, [watch_id])
    poster.discord.drop("POST", SEND, when="after")

    await poster.deliver.drain()
    poster.clock.ahead += timedelta(hours=1)
    await poster.deliver.drain()

    sent = await poster.delivery(delivery.id)
    (post,) = poster.discord.posts(channel)
    assert sent.state is DeliveryState.SENT
    assert sent.message_id == post.id
    poster.clean()


async def test_a_forum_gets_a_post_a_story_with_the_watchs_tag_and_is_found_again(poster: House) -> None:
    guild = salon(poster)
    forum = poster.discord.forum(guild, "actualité", tags=["autre", PHRASE])
    destination, watch_id = await watched(poster, forum, DestinationKind.FORUM)
    _, story = await poster.article(TITLE)
    delivery = await poster.plan(destination, story, [watch_id])

    await poster.deliver.drain()

    sent = await poster.delivery(delivery.id)
    assert sent.state is DeliveryState.SENT, sent.reason
    assert sent.channel_id == forum.id
    (thread,) = guild.threads.values()
    assert thread.name == TITLE
    assert sent.thread_id == thread.id
    found = await poster.connection.sink.find(
        destination, delivery_id=delivery.id, since=poster.clock.now() - timedelta(minutes=5)
    )
    assert found == Receipt(forum.id, sent.message_id or 0, thread.id)
    poster.clean()


async def test_an_announcement_is_published_and_a_used_up_budget_is_no_failure(poster: House) -> None:
    guild = salon(poster)
    channel = poster.discord.announcement(guild, "annonces")
    destination, watch_id = await watched(poster, channel, DestinationKind.ANNOUNCEMENT)
    _, first = await poster.article(TITLE)
    _, second = await poster.article("Poutine et Zelensky : le sommet est confirmé")
    await poster.plan(destination, first, [watch_id])
    await poster.deliver.drain()
    poster.discord.refuse("POST", "/channels/{channel_id}/messages/{message_id}/crosspost", 403, 20022)
    late = await poster.plan(destination, second, [watch_id])
    await poster.deliver.drain()

    posts = poster.discord.posts(channel)
    assert [post.crossposted for post in posts] == [True, False]
    assert (await poster.delivery(late.id)).state is DeliveryState.SENT


async def test_a_digest_and_a_notice_carry_their_marks(poster: House) -> None:
    anna = poster.discord.user("anna", locale="fr")
    poster.discord.guild("Salon", members=[anna])
    dm = Destination(poster.services.new_id(), DestinationKind.DM, user_id=anna.id)
    stored = await poster.front.members.destination(dm)
    delivery = await poster.plan(
        stored,
        None,
        [],
        kind=DeliveryKind.NOTICE,
        payload='{"key": "notice.feed_gone", "values": {"feed": "Le <@1> *Quotidien*"}}',
    )

    await poster.deliver.drain()

    (post,) = poster.discord.posts(anna)
    assert "a été fermée par son éditeur" in post.text
    assert r"Le \<\@1\> \*Quotidien\*" in raw(post)
    found = await poster.connection.sink.find(
        stored, delivery_id=delivery.id, since=poster.clock.now() - timedelta(minutes=5)
    )
    assert found is not None and found.message_id == post.id
    poster.clean()


REFUSALS: list[tuple[int, int, type[Exception]]] = [
    (403, 50001, SinkBlocked),
    (403, 50013, SinkBlocked),
    (403, 50007, SinkBlocked),
    (403, 50278, SinkBlocked),
    (403, 160005, SinkBlocked),
    (400, 50083, SinkBlocked),
    (404, 10003, SinkBlocked),
    (404, 10008, SinkMessageGone),
    (400, 50035, SinkRejected),
    (403, 200000, SinkRejected),
    (400, 30046, SinkRetry),
    (400, 40003, SinkRetry),
    (403, 20022, SinkRetry),
    (401, 0, SinkRetry),
    (503, 0, SinkRetry),
]


async def test_refusals_are_told_apart(poster: House) -> None:
    for status, code, expected in REFUSALS:
        # A channel each: the stand-in limits posts per channel, as Discord does.
        channel = poster.discord.channel(salon(poster), "alertes")
        poster.discord.refuse("POST", SEND, status, code)

        with pytest.raises(expected) as caught:
            await poster.connection.sink.post(
                place(poster, channel), NoticeContent("notice.budget"), delivery_id=5, nonce="n1"
            )

        error = caught.value
        assert type(error) is expected, (status, code)
        if isinstance(error, SinkBlocked):
            assert error.code == code and error.gone == (code == 10003)
        if isinstance(error, SinkRetry):
            assert error.maybe_done == (status == 503)


async def test_a_hard_rate_limit_goes_back_to_the_sender_with_its_time(poster: House) -> None:
    channel = poster.discord.channel(salon(poster), "alertes")
    poster.discord.rate_limit("POST", SEND, 120, cloudflare=True)

    with pytest.raises(SinkRetry) as caught:
        await poster.connection.sink.post(
            place(poster, channel), NoticeContent("notice.budget"), delivery_id=5, nonce="n1"
        )

    assert caught.value.after_s is not None and caught.value.after_s >= 120
    assert not caught.value.maybe_done


async def test_an_edit_of_a_deleted_message_says_so(poster: House) -> None:
    channel = poster.discord.channel(salon(poster), "alertes")
    where = place(poster, channel)
    content = NoticeContent("notice.budget")
    receipt = await poster.connection.sink.post(where, content, delivery_id=5, nonce="n1")
    poster.discord.delete_message(poster.discord.posts(channel)[0])

    with pytest.raises(SinkMessageGone):
        await poster.connection.sink.edit(where, receipt, content, delivery_id=5)


async def test_a_closed_direct_message_blocks_and_opens_again(poster: House) -> None:
    anna = poster.discord.user("anna", locale="fr", dms_open=False)
    poster.discord.guild("Salon", members=[anna])
    saved = await poster.front.members.add_watch(
        Owner(OwnerKind.MEMBER, anna.id),
        WatchDraft(PHRASE, lang="fr"),
        Destination(poster.services.new_id(), DestinationKind.DM, user_id=anna.id),
        by=anna.id,
    )
    _, story = await poster.article(TITLE)
    delivery = await poster.plan(saved.view.destination, story, [saved.view.watch.id])
    await poster.deliver.drain()
    blocked = await poster.delivery(delivery.id)
    poster.discord.open_dms(anna)
    poster.clock.ahead += timedelta(hours=2)
    await poster.deliver.probe()
    await poster.deliver.drain()

    assert blocked.state is DeliveryState.BLOCKED
    assert (await poster.delivery(delivery.id)).state is DeliveryState.SENT
    assert len(poster.discord.posts(anna)) == 1
