"""The stand-in with a real discord.py bot: does it look like Discord to the library that Vigie uses?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio

from tests.standins.discord import CALLBACK, SEND, DiscordStandin, OpenApi, Unavailable
from tests.standins.discord_bot import SampleBot, panel, running

pytestmark = pytest.mark.asyncio


class Scene:
    """A server with a manager and a reader, and the bot in it."""

    def __init__(self, standin: DiscordStandin) -> None:
        self.d = standin
        self.anna = standin.user("anna", locale="fr")
        self.ben = standin.user("ben")
        self.guild = standin.guild("Salon", locale="fr", members=[self.anna, self.ben])
        standin.member(self.guild, self.anna, permissions="manage_guild")
        self.channel = standin.channel(self.guild, "alertes")


@pytest_asyncio.fixture
async def scene(openapi: OpenApi | None) -> AsyncIterator[Scene]:
    async with DiscordStandin(openapi=openapi) as standin:
        yield Scene(standin)
        assert standin.state.errors == []
        assert standin.state.unhandled == []


async def text_channel(bot: SampleBot, channel_id: int) -> discord.TextChannel:
    channel = bot.get_channel(channel_id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_a_person_talks_with_the_bot(scene: Scene) -> None:
    d, anna, channel = scene.d, scene.anna, scene.channel
    async with running(d):
        answer = await d.slash(anna, channel, "echo", {"text": "salut", "times": 2})
        assert (answer.response_type, answer.text, answer.ephemeral) == (4, "salut salut", True)
        assert answer.elapsed is not None
        assert answer.elapsed < 3
        typed = await d.autocomplete(anna, channel, "echo", "text", "ab")
        assert [c["value"] for c in typed.choices] == ["ab0", "ab1", "ab2"]
        slow = await d.slash(anna, channel, "slow", {"seconds": 0.1})
        assert slow.deferred
        assert slow.resolved_at is not None
        assert slow.resolved_at >= 0.1
        assert "done slowly" in slow.text
        assert slow.message.links == [("Read", "https://example.org/article")]
        await d.wait_for(lambda: slow.followups)
        assert "and more" in slow.text
        pressed = await d.click(anna, slow, "Stamp 7")
        assert pressed.text == "stamped 7"
        opened = await d.slash(anna, channel, "ask")
        assert opened.modal is not None
        sent = await d.submit_modal(opened, {"Your name": "Anna", "Colour": "Red"})
        assert sent.text == "Anna likes r"
        menu = await d.slash(anna, channel, "menu")
        chosen = await d.select(anna, menu, "pick", ["Two"])
        assert chosen.response_type == 7
        assert [v.text for v in menu.message.versions] == ["pick one\n[pick]", "picked Two"]
        role = d.role(scene.guild, "veilleurs")
        where = await d.slash(anna, channel, "desk where", {"channel": channel, "role": role}, guild_locale="uk")
        assert where.text == "alertes True veilleurs fr uk"
        picture = await d.slash(anna, channel, "picture")
        assert [f.data for f in picture.files] == [b"one dot"]
        private = await d.slash(anna, None, "echo", {"text": "dm"})
        assert (private.text, private.guild) == ("dm", None)
        said = d.say(scene.ben, channel, "a headline")
        why = await d.message_command("Why this alert?", said, anna)
        assert why.text == f"because of {said.id}"
        assert d.violations == []
        assert d.pings == []
        assert all(r.status and r.status < 300 for r in d.requests), [r for r in d.requests if r.status != 200]


async def test_what_discord_would_not_offer_is_unavailable(scene: Scene) -> None:
    d, anna, ben, channel = scene.d, scene.anna, scene.ben, scene.channel
    async with running(d):
        with pytest.raises(Unavailable, match="permissions"):
            await d.slash(ben, channel, "desk where", {"channel": channel})
        forced = await d.slash(ben, channel, "desk where", {"channel": channel}, force=True)
        assert not forced.failed
        for where, path, options, why in (
            (None, "desk where", {"channel": channel}, "not offered"),
            (channel, "nothing", {}, "no command"),
            (channel, "desk", {}, "group"),
            (channel, "echo", {}, "required"),
            (channel, "echo", {"text": "x", "times": 4}, "range"),
            (channel, "echo", {"text": "x", "colour": "red"}, "no options"),
            (channel, "desk where", {"channel": anna}, "does not fit"),
        ):
            with pytest.raises(Unavailable, match=why):
                await d.slash(anna, where, path, options)
        slow = await d.slash(anna, channel, "slow")
        with pytest.raises(Unavailable, match="ephemeral"):
            await d.click(ben, slow, "Stamp 7")
        with pytest.raises(LookupError):
            await d.click(anna, slow, "No such button")
        opened = await d.slash(anna, channel, "ask")
        for values, why in (
            ({"Your name": "x" * 21}, "characters"),
            ({"Colour": "Red"}, "filled in"),
            ({"Your name": "A", "Colour": "Red", "Age": "3"}, "no fields"),
        ):
            with pytest.raises(Unavailable, match=why):
                await d.submit_modal(opened, values)


async def test_three_seconds_without_an_answer(scene: Scene) -> None:
    d = scene.d
    async with running(d) as bot:
        started = time.monotonic()
        answer = await d.slash(scene.anna, scene.channel, "mute")
        assert answer.failed
        assert 2.9 < time.monotonic() - started < 4
        late = discord.Object(answer.id)
        with pytest.raises(discord.NotFound) as refused:
            await bot.http.request(
                discord.http.Route(
                    "POST",
                    "/interactions/{interaction_id}/{interaction_token}/callback",
                    interaction_id=late.id,
                    interaction_token=answer.token,
                ),
                json={"type": 5},
            )
        assert refused.value.code == 10062


async def test_a_lost_answer_to_a_callback_ends_in_40060(scene: Scene) -> None:
    """discord.py repeats a callback after a 5xx: the user was served, the library raises."""
    d = scene.d
    async with running(d) as bot:
        errors: list[discord.app_commands.AppCommandError] = []

        @bot.tree.error
        async def on_error(interaction: discord.Interaction, error: discord.app_commands.AppCommandError) -> None:
            errors.append(error)

        d.fail("POST", CALLBACK, 502, carried_out=True)
        answer = await d.slash(scene.anna, scene.channel, "echo", {"text": "served"})
        assert answer.text == "served"
        await d.wait_for(lambda: errors)
        cause = errors[0].__cause__
        assert isinstance(cause, discord.HTTPException)
        assert cause.code == 40060


async def test_the_bot_posts_everywhere(scene: Scene) -> None:
    d = scene.d
    news = d.announcement(scene.guild, "annonces")
    forum = d.forum(scene.guild, "dossiers", tags=["paix"])
    async with running(d) as bot:
        channel = await text_channel(bot, scene.channel.id)
        first = await channel.send(view=panel("Story", 1), nonce="fixed", suppress_embeds=True)
        again = await channel.send(view=panel("Story", 1), nonce="fixed")
        assert first.id == again.id
        # discord.py names the bot's own allowed_mentions in an edit only together with content
        await first.edit(view=panel("Story, updated", 1), allowed_mentions=discord.AllowedMentions.none())
        (message,) = d.posts(scene.channel)
        assert [v.text.split("\n")[0] for v in message.versions] == ["Story", "Story, updated"]
        assert message.custom_ids == ["odd", "stamp:1"]
        history = [m async for m in channel.history(limit=5)]
        assert [m.id for m in history] == [first.id]
        assert history[0].author.id == d.bot.id
        announcement = await text_channel(bot, news.id)
        published = await announcement.send("news")
        await published.publish()
        assert d.posts(news)[0].crossposted
        board = bot.get_channel(forum.id)
        assert isinstance(board, discord.ForumChannel)
        post = await board.create_thread(name="Sommet", content="first", applied_tags=[board.available_tags[0]])
        await post.thread.send("second")
        assert [m.text for m in d.posts(post.thread.id)] == ["first", "second"]
        user = await bot.fetch_user(scene.anna.id)
        await user.send("hello")
        assert [m.text for m in d.posts(scene.anna)] == ["hello"]
        d.close_dms(scene.anna)
        with pytest.raises(discord.Forbidden) as refused:
            await user.send("hello?")
        assert refused.value.code == 50007
        d.deny(scene.channel, "send_messages")
        await asyncio.sleep(0.05)
        assert not channel.permissions_for(channel.guild.me).send_messages
        with pytest.raises(discord.Forbidden) as refused:
            await channel.send("x")
        assert refused.value.code == 50013
        assert d.violations == []


async def test_rate_limits_are_waited_out_by_discord_py(scene: Scene) -> None:
    d = scene.d
    async with running(d) as bot:
        channel = await text_channel(bot, scene.channel.id)
        started = time.monotonic()
        for n in range(7):
            await channel.send(f"n{n}")
        assert 4.5 < time.monotonic() - started < 8
        assert [m.content for m in d.posts(scene.channel)] == [f"n{n}" for n in range(7)]
        assert all(r.status == 200 for r in d.requests if r.route == SEND), "the headers prevented every 429"
        d.limits.reset()
        d.rate_limit("POST", SEND, 0.2)
        await channel.send("after an unasked 429")
        assert d.posts(scene.channel)[-1].content == "after an unasked 429"
        d.rate_limit("POST", SEND, 0.2, cloudflare=True)
        with pytest.raises(discord.HTTPException):
            await channel.send("x")
        d.fail("POST", SEND, 503)
        with pytest.raises(discord.DiscordServerError):
            await channel.send("x")


async def test_the_gateway_drops_and_the_bot_resumes(scene: Scene) -> None:
    d = scene.d
    async with running(d) as bot:
        for number, trouble in enumerate((d.gateway.drop, d.gateway.reconnect, d.gateway.close), start=1):
            trouble()
            await d.wait_for(lambda: (d.gateway.resumes, bot.resumed) == (number, number))  # noqa: B023 - awaited at once
            assert (await d.slash(scene.anna, scene.channel, "echo", {"text": "x"})).text == "x"
        assert len(d.gateway.identifies) == 1


async def test_an_interaction_in_a_gap_of_the_gateway_is_replayed(scene: Scene) -> None:
    d = scene.d
    async with running(d):
        d.gateway.drop()
        answer = await d.slash(scene.anna, scene.channel, "echo", {"text": "kept"})
        assert answer.text == "kept"
        assert d.gateway.resumes == 1


async def test_an_invalid_session_makes_the_bot_identify_anew(scene: Scene) -> None:
    d = scene.d
    async with running(d):
        d.gateway.invalidate()
        await d.wait_for(lambda: len(d.gateway.identifies) == 2, 20)
        await d.ready()
        assert (await d.slash(scene.anna, scene.channel, "echo", {"text": "x"})).text == "x"


async def test_two_shards(openapi: OpenApi | None) -> None:
    async with DiscordStandin(openapi=openapi, shards=2) as d:
        anna = d.user("anna")
        guilds = [d.guild(f"g{n}", members=[anna], shard=(n, 2)) for n in range(2)]
        channels = [d.channel(g, "c") for g in guilds]
        async with running(d) as bot:
            assert set(bot.shards) == {0, 1}
            for channel in (*channels, None):
                assert (await d.slash(anna, channel, "echo", {"text": "x"})).text == "x"
            assert sorted(d.gateway.identifies) == [(0, 2), (1, 2)]


async def test_a_wrong_token(scene: Scene) -> None:
    scene.d.state.token = "a-new-one"
    bot = SampleBot()
    base = discord.http.Route.BASE
    discord.http.Route.BASE = scene.d.api_base
    try:
        with pytest.raises(discord.LoginFailure):
            await bot.start("the-old-one")
    finally:
        discord.http.Route.BASE = base
        await bot.close()


async def test_an_outage_of_a_guild_is_no_removal(scene: Scene) -> None:
    d = scene.d
    async with running(d) as bot:
        seen: list[str] = []

        async def on_guild_unavailable(guild: discord.Guild) -> None:
            seen.append("unavailable")

        async def on_guild_remove(guild: discord.Guild) -> None:
            seen.append("removed")

        bot.event(on_guild_unavailable)
        bot.event(on_guild_remove)
        d.guild_outage(scene.guild)
        await d.wait_for(lambda: seen)
        d.guild_back(scene.guild)
        d.kick_bot(scene.guild)
        await d.wait_for(lambda: len(seen) == 2)
        assert seen == ["unavailable", "removed"]


async def test_a_user_installation_in_a_foreign_guild(scene: Scene) -> None:
    d = scene.d
    carla = d.user("carla", installed=True)
    foreign = d.guild("Elsewhere", bot_present=False, members=[carla])
    channel = d.channel(foreign, "general")
    installs = discord.app_commands.AppInstallationType(guild=True, user=True)
    async with running(d, allowed_installs=installs) as bot:
        answer = await d.slash(carla, channel, "slow")
        assert "done slowly" in answer.text
        assert answer.payload["authorizing_integration_owners"] == {"1": str(carla.id)}
        with pytest.raises(discord.Forbidden) as refused:
            await bot.http.send_message(channel.id, params=discord.http.handle_message_parameters("x"))
        assert refused.value.code == 50001
        d.deny(channel, "use_external_apps", target=foreign.everyone)
        public = await d.slash(carla, channel, "menu")
        assert public.ephemeral, "without USE_EXTERNAL_APPS every answer is ephemeral"
