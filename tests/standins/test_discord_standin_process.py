"""The stand-in as a process of its own, its control API, and messages as pages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.standins.discord import DiscordStandin
from tests.standins.discord.remote import RemoteError, RemoteStandin
from tests.standins.discord.render import markdown, page
from tests.standins.discord_bot import panel, running


@pytest.mark.asyncio
async def test_a_bot_meets_a_stand_in_of_another_process(openapi_path: Path | None) -> None:
    async with RemoteStandin.spawn(openapi=openapi_path, sample=True, token="of.this.test") as d:
        state = await d.call("state")
        (guild,) = state["guilds"]
        anna = next(u["id"] for u in state["users"] if u["name"] == "anna")
        channel = next(c["id"] for c in guild["channels"] if c["name"] == "alertes")
        async with running(d) as bot:
            answer = await d.call("slash", user=anna, where=channel, path="echo", options={"text": "salut"})
            assert (answer["response_type"], answer["text"], answer["ephemeral"]) == (4, "salut", True)
            where = await d.call(
                "slash", user=anna, where=channel, path="desk where", options={"channel": {"channel": channel}}
            )
            assert where["text"] == "alertes True None fr fr"
            opened = await d.call("slash", user=anna, path="ask")
            sent = await d.call("submit_modal", answer=opened["id"], values={"Your name": "Anna", "Colour": "Blue"})
            assert sent["text"] == "Anna likes Blue"
            menu = await d.call("slash", user=anna, path="menu")
            message = menu["original"]["id"]
            picked = await d.call("select", user=anna, message=message, which="pick", values=["One"])
            assert picked["response_type"] == 7
            assert len((await d.call("messages", user=anna))[1]["versions"]) == 2
            gate = (await d.call("hold", method="POST", route="/channels/{channel_id}/messages", when="before"))["id"]
            place = bot.get_partial_messageable(channel)
            sending = asyncio.create_task(place.send(view=panel("held", 1)))
            await d.call("gate_reached", gate=gate)
            assert await d.call("posts", channel=channel) == []
            await d.call("gate_release", gate=gate)
            await sending
            (post,) = await d.call("posts", channel=channel)
            assert post["links"] == [["Read", "https://example.org/article"]]
            pressed = await d.call("click", user=anna, message=post["id"], which="Stamp 1")
            assert pressed["text"] == "stamped 1"
            with pytest.raises(RemoteError, match="no control"):
                await d.call("click", user=anna, message=post["id"], which="nothing")
            with pytest.raises(RemoteError, match="there are"):
                await d.call("no_such_method")
            assert "Stamp 1" in await d.call("html", message=post["id"])
            await d.call("gateway", action="drop")
            again = await d.call("slash", user=anna, where=channel, path="echo", options={"text": "still here"})
            assert again["text"] == "still here"
        assert await d.call("violations") == []
        assert (await d.call("state"))["errors"] == []


@pytest.mark.asyncio
async def test_a_message_as_a_page() -> None:
    async with DiscordStandin() as d:
        guild = d.guild("Salon")
        channel = d.channel(guild, "alertes")
        async with running(d, sync=False) as bot:
            await bot.get_partial_messageable(channel.id).send(
                view=panel("## Sommet <script>alert(1)</script>\n**garanties** `code` <t:1790000000:R>", 4)
            )
        for theme in ("dark", "light"):
            tree = LexborHTMLParser(page(d.posts(channel), theme=theme))
            assert tree.css("script") == []
            assert tree.css("h2")[0].text() == "Sommet <script>alert(1)</script>"
            assert tree.css(".container b")[0].text() == "garanties"
            assert [b.text(strip=True) for b in tree.css(".button")] == ["Odd", "Stamp 4", "Read ↗"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\*not bold\* **bold**", "<div>*not bold* <b>bold</b></div>"),
        ("[a & b](https://e.org/?x=1&y=2)", '<div><a href="https://e.org/?x=1&amp;y=2">a &amp; b</a></div>'),
        ("-# small\n> quote", '<div class="sub">small</div><blockquote>quote</blockquote>'),
        ("snake_case_name _slanted_", "<div>snake_case_name <i>slanted</i></div>"),
        ("<@&12> <@!3> <#4>", "@&amp;12 @3 #4"),
    ],
)
def test_markdown(text: str, shown: str) -> None:
    made = markdown(text).replace('<span class="mention">', "").replace("</span>", "")
    assert shown in made
