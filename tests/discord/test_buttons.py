"""Buttons and the message menu on alerts, also on old messages and after a restart of the front."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot import app
from bot.language.lexicon import Lexicon
from bot.model.deliveries import DeliveryKind, DeliveryState
from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind, Strictness
from bot.services.members import WatchDraft
from tests.discord.house import House, house
from tests.standins.discord import Channel, Guild, Message, User
from tests.standins.discord.schema import OpenApi

pytestmark = pytest.mark.asyncio

PHRASE = "sommet Poutine-Zelensky"
TITLE = "Sommet Poutine-Zelensky à Genève vendredi"


async def alerted(home: House) -> tuple[Guild, Channel, Message, int, int]:
    """A channel with an alert in it: server, channel, message, story id, watch id."""
    guild = home.discord.guild("Salon", locale="fr")
    channel = home.discord.channel(guild, "alertes")
    saved = await home.front.members.add_watch(
        Owner(OwnerKind.GUILD, guild.id),
        WatchDraft(PHRASE, mode=Mode.INSTANT, lang="fr"),
        Destination(home.services.new_id(), DestinationKind.TEXT, guild_id=guild.id, channel_id=channel.id),
        by=1,
    )
    _, story = await home.article(TITLE)
    await home.plan(saved.view.destination, story, [saved.view.watch.id])
    await home.deliver.drain()
    (post,) = home.discord.posts(channel)
    return guild, channel, post, story, saved.view.watch.id


def member(home: House, guild: Guild, name: str, *, manager: bool = False) -> User:
    user = home.discord.user(name, locale="fr")
    home.discord.member(guild, user, permissions="manage_guild" if manager else ())
    return user


async def test_why_says_what_matched_and_what_was_sent(home: House) -> None:
    guild, _, post, _, _ = await alerted(home)
    anna = member(home, guild, "anna")

    why = await home.discord.click(anna, post, "Pourquoi ?".replace(" ", "\u202f"))
    menu = await home.discord.message_command("Pourquoi cette alerte ?".replace(" ?", "\u202f?"), post, anna)

    for answer in (why, menu):
        assert answer.ephemeral
        assert "sur 100" in answer.text and "envoyé" in answer.text
        assert "ouvert une histoire nouvelle" in answer.text
    home.clean()


async def test_not_relevant_makes_the_watch_stricter_and_can_be_undone(home: House) -> None:
    guild, _, post, _, watch_id = await alerted(home)
    admin = member(home, guild, "admin", manager=True)

    changed = await home.discord.click(admin, post, "Hors sujet")
    async with home.services.store.read() as unit:
        stricter = await unit.watches.get(watch_id)
    undone = await home.discord.click(admin, changed, "Annuler")
    async with home.services.store.read() as unit:
        restored = await unit.watches.get(watch_id)

    assert "plus exigeante" in changed.message.versions[0].text
    assert stricter is not None and stricter.strictness is Strictness.STRICT
    assert "C’est annulé" in undone.text
    assert restored is not None and restored.strictness is Strictness.NORMAL
    home.clean()


async def test_a_member_cannot_change_a_channels_watch(home: House) -> None:
    guild, _, post, _, watch_id = await alerted(home)
    anna = member(home, guild, "anna")

    refused = await home.discord.click(anna, post, "Hors sujet")

    assert "n’est pas la vôtre" in refused.text
    async with home.services.store.read() as unit:
        watch = await unit.watches.get(watch_id)
    assert watch is not None and watch.strictness is Strictness.NORMAL
    home.clean()


async def test_a_manager_mutes_for_the_channel_and_a_member_for_themselves(home: House) -> None:
    guild, channel, post, story, _ = await alerted(home)
    admin, anna = member(home, guild, "admin", manager=True), member(home, guild, "anna")

    own = await home.discord.click(anna, post, "Taire")
    shared = await home.discord.click(admin, post, "Taire")
    async with home.services.store.read() as unit:
        place = await unit.watches.destination_for(DestinationKind.TEXT, guild.id, channel.id)
        assert place is not None
        marks = await unit.members.marks(place.id, [story])
    followed = await home.discord.message_command("Suivre cette histoire", post, admin)

    assert "vos messages privés" in own.text
    assert f"<#{channel.id}>" in shared.text
    assert list(marks.values()) == ["mute"]
    assert "Histoire suivie" in followed.text
    home.clean()


async def test_the_menu_on_a_foreign_message_says_so(home: House) -> None:
    guild, channel, _, _, _ = await alerted(home)
    anna = member(home, guild, "anna")
    foreign = home.discord.say(anna, channel, "bonjour")

    answer = await home.discord.message_command("Taire cette histoire", foreign, anna)

    assert "n’est pas une alerte de Vigie" in answer.text
    home.clean()


async def test_a_digest_leads_to_the_latest_stories_of_its_channel(home: House) -> None:
    guild, channel, _, story, watch_id = await alerted(home)
    anna = member(home, guild, "anna")
    await home.article("Autre sujet : le blé", age=timedelta(minutes=1))
    async with home.services.store.read() as unit:
        place = await unit.watches.destination_for(DestinationKind.TEXT, guild.id, channel.id)
    assert place is not None
    until = home.clock.now()
    payload = (
        f'{{"since": "{(until - timedelta(days=1)).isoformat()}", "until": "{until.isoformat()}",'
        f' "items": [[{watch_id}, {story}, true, 1]], "part": 1, "parts": 1, "late": true, "catch_up": false, "schedule": null}}'
    )
    delivery = await home.plan(place, None, [watch_id], kind=DeliveryKind.DIGEST, payload=payload)
    await home.deliver.drain()

    assert (await home.delivery(delivery.id)).state is DeliveryState.SENT
    digest = home.discord.posts(channel)[-1]
    latest = await home.discord.click(anna, digest, "Dernières histoires")

    assert "Envoyé en retard" in digest.text and "Genève" in digest.text
    assert "Genève" in latest.text and "blé" not in latest.text
    home.clean()


async def test_a_forged_button_is_refused(home: House) -> None:
    guild, _, post, _, _ = await alerted(home)
    anna = member(home, guild, "anna")
    for component in post.components[0]["components"][-1]["components"]:
        if "custom_id" in component and component["custom_id"].startswith("vigie:why"):
            component["custom_id"] = "vigie:why:1:nonsense"
        if "custom_id" in component and component["custom_id"].startswith("vigie:mute"):
            component["custom_id"] = f"vigie:erase:0:{anna.id + 1}"

    forged = await home.discord.click(anna, post, "vigie:why:1:nonsense")
    stolen = await home.discord.click(anna, post, f"vigie:erase:0:{anna.id + 1}")

    assert "ne mène plus nulle part" in forged.text
    assert "quelqu’un d’autre" in stolen.text
    home.clean()


async def test_buttons_work_after_a_restart(
    tmp_path: Path, lexicon: Lexicon, document: OpenApi | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "load_lexicon", lambda *args, **more: lexicon)
    async with house(tmp_path, document) as home:
        guild, _, post, _, _ = await alerted(home)
        anna = member(home, guild, "anna")
        first = home.connection.bot
        assert first is not None

        await first.close()
        home.discord.gateway.forget()
        await home.discord.wait_for(lambda: home.connection.bot is not first, timeout=30)
        await home.discord.ready()
        await asyncio.sleep(0.2)
        why = await home.discord.click(anna, post, "Pourquoi\u202f?")

        assert "sur 100" in why.text
