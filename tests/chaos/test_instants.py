"""The process dies at one exact instant, with a message of every kind on its way at once: alert, forum post, digest parts, edit, notice."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from pathlib import Path

import pytest

from tests.chaos.scene import HOSTS, SECOND, Item, Scene, locked, scene, settle
from tests.standins.discord import EDIT, SEND, OpenApi
from tests.standins.discord import world as w
from tests.standins.discord.faults import Gate

BURST = 2
"""Alerts of one check; what is above goes into a catch-up digest."""
FLOOD = BURST + 11
"""Makes a digest of two parts."""
INSTANTS = ("never carried out", "carried out after the death", "answer lost", "answered, not recorded")


def sending(channel: w.Channel) -> str:
    return SEND.replace("{channel_id}", str(channel.id))


@pytest.mark.asyncio
async def test_each_kind_of_message_survives_each_instant_of_death(tmp_path: Path, openapi: OpenApi | None) -> None:
    async with scene(tmp_path, openapi, {"VIGIE_DELIVERY__BURST": str(BURST)}) as here:
        closing = {instant: here.world.channel(f"ferme-{number}") for number, instant in enumerate(INSTANTS)}
        await here.prepare()
        for channel in closing.values():
            await here.world.alert(channel, "pourparlers")
        (told,) = here.publish()
        await settle(here, 60)
        for instant in INSTANTS:
            told = (await die_at(here, instant, closing[instant], told))[-1]  # the newest are alerts
        here.world.check()
        await here.world.stop()


async def die_at(here: Scene, instant: str, closing: w.Channel, known: Item) -> list[Item]:
    """One death at ``instant``; answers what was published."""
    discord, bot = here.world.discord, here.world.bot
    member_dm, admin_dm = discord.dm(here.member), discord.dm(here.world.admin)
    text, announcement = here.alerted["text"], here.alerted["announcement"]
    forum, thread = here.alerted["forum"], here.alerted["thread"]
    assert isinstance(text, w.Channel) and isinstance(announcement, w.Channel)
    assert isinstance(forum, w.Channel) and isinstance(thread, w.Channel)
    discord.deny(closing, "send_messages")
    when = "before" if instant in INSTANTS[:2] else "after"
    ways: dict[str, tuple[str, str, int]] = {
        "alert": ("POST", sending(text), 0),
        "forum post": ("POST", f"/channels/{forum.id}/threads", 0),
        "first part of a digest": ("POST", sending(announcement), BURST),
        "second part of a digest": ("POST", sending(thread), BURST + 1),
        "edit": ("PATCH", EDIT.replace("{channel_id}", str(member_dm.id)), 0),
        "notice": ("POST", sending(admin_dm), 0),
    }
    gates: dict[str, Gate] = {}
    for name, (method, route, skip) in ways.items():
        gates[name] = discord.hold(method, route, when=when, skip=skip)
        if instant == INSTANTS[0]:
            discord.drop(method, route, when="before", skip=skip)
    here.confirm(known)
    new = here.publish(FLOOD)
    for name, gate in gates.items():
        try:
            await gate.reached(timeout=40)
        except TimeoutError:
            pytest.fail(f"{instant}: no {name} was sent\n{bot.text()[-3000:]}")
    with contextlib.ExitStack() as stack:
        if instant == INSTANTS[3]:
            stack.enter_context(locked(here.world.folder / "vigie.db"))
            for gate in gates.values():
                gate.release()
            await asyncio.sleep(0.7)
        assert bot.running
        await bot.stop(signal.SIGKILL)
    for gate in gates.values():
        gate.release()
    await discord.wait_for(lambda: not discord.gateway.live)
    await asyncio.sleep(0.2)
    discord.heal()
    await bot.start()
    await discord.ready(timeout=120)
    await settle(here, 60)
    await discord.wait_for(lambda: notices(here, closing), timeout=30)
    await here.world.quiet(1.5)
    assert here.missing() == [], f"{instant}: lost"
    assert here.doubled() == [], f"{instant}: doubled"
    assert here.stale() == [], f"{instant}: an edit was lost"
    assert notices(here, closing) == 1, f"{instant}: the owner is told once"
    edited = [post for post in here.posts(here.member) if HOSTS[SECOND] in post.text]
    assert len(edited) == len(here.confirmed), instant
    return new


def notices(here: Scene, closing: w.Channel) -> int:
    """Messages to the admin that name the channel."""
    return sum(bool(re.search(rf"<#{closing.id}>|{closing.id}", post.text)) for post in here.posts(here.world.admin))
