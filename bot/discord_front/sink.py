"""Discord as the place deliveries go to, behind the port ``bot.model.ports.Sink``."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import discord
import structlog

from bot.discord_front.messages.controls import deliveries_in
from bot.discord_front.refusals import (
    ALREADY_PUBLISHED,
    ARCHIVED,
    FORUM_NEEDS_POST,
    LOCKED,
    UNKNOWN_CHANNEL,
    is_network,
    sink_error,
)
from bot.discord_front.render import mentions, post_name, render
from bot.i18n import translator
from bot.model.content import AlertContent, Content
from bot.model.errors import SinkBlocked, SinkRetry
from bot.model.ports import Clock, Receipt
from bot.model.watches import Destination, DestinationKind

log = structlog.get_logger(__name__)

POST_TIMEOUT_S = 60.0
"""One post or edit, with discord.py's own repetitions inside, ends after this long; what then happened is found out later."""
PUBLISH_TIMEOUT_S = 15.0
"""Publishing is extra: it may not hold the destination's next alerts up."""
HISTORY_LOOKED_AT = 200
"""Messages of a channel that are read back at most."""
DMS_REMEMBERED = 10_000
TAGS_APPLIED = 5
"""Discord's limit of tags on a forum post."""


class DiscordSink:
    """Posts, edits and finds messages with the client that is connected now."""

    def __init__(self, client: Callable[[], discord.Client | None], clock: Clock, *, dm_gap_s: float = 1.0) -> None:
        """``client``: the client of the moment, None while there is none. ``dm_gap_s``: seconds between two newly opened direct messages."""
        self._client = client
        self._clock = clock
        self._dm_gap_s = dm_gap_s
        self._dms: OrderedDict[int, int] = OrderedDict()
        self._opening = asyncio.Lock()
        self._opened_at: float | None = None

    async def post(self, destination: Destination, content: Content, *, delivery_id: int, nonce: str) -> Receipt:
        """Posts once. Raises the ``Sink…`` errors; SinkRetry(maybe_done=True) when the answer was lost."""
        words = translator(destination.language)
        view = render(words, content, delivery_id)
        async with self._guarded():
            if destination.kind is DestinationKind.FORUM:
                return await self._post_to_forum(destination, content, view, nonce)
            channel = await self._messageable(destination)
            try:
                message = await channel.send(view=view, nonce=nonce, allowed_mentions=mentions(content))
            except discord.HTTPException as error:
                if error.code != FORUM_NEEDS_POST:
                    raise
                # The channel has become a forum since it was set up.
                return await self._post_to_forum(destination, content, view, nonce)
            if destination.kind is DestinationKind.ANNOUNCEMENT:
                await self._publish(message)
            thread = message.channel.id if destination.kind is DestinationKind.THREAD else None
            return Receipt(message.channel.id, message.id, thread)

    async def edit(self, destination: Destination, receipt: Receipt, content: Content, *, delivery_id: int) -> None:
        """Makes a message show ``content``. A thread that Discord archived meanwhile is opened again for it."""
        view = render(translator(destination.language), content, delivery_id)
        async with self._guarded():
            place = self._client_now().get_partial_messageable(receipt.thread_id or receipt.channel_id)
            message = place.get_partial_message(receipt.message_id)
            try:
                await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
            except discord.HTTPException as error:
                if error.code != ARCHIVED or receipt.thread_id is None:
                    raise
                thread = await self._client_now().fetch_channel(receipt.thread_id)
                if not isinstance(thread, discord.Thread) or thread.locked:
                    raise
                await thread.edit(archived=False)
                await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())

    async def find(self, destination: Destination, *, delivery_id: int, since: datetime) -> Receipt | None:
        """Looks for this delivery's mark in the destination's own messages since ``since`` (a forum: its posts' first messages).

        Without the permission to read the history nothing can be found, and None is answered.
        """
        async with self._guarded():
            try:
                if destination.kind is DestinationKind.FORUM:
                    return await self._find_post(destination, delivery_id, since)
                channel = await self._messageable(destination)
                async for message in channel.history(limit=HISTORY_LOOKED_AT, after=since, oldest_first=False):
                    if self._marked(message, delivery_id):
                        thread = message.channel.id if destination.kind is DestinationKind.THREAD else None
                        return Receipt(message.channel.id, message.id, thread)
            except discord.Forbidden as error:
                log.warning("the history of a channel cannot be read", destination=destination.id, code=error.code)
        return None

    # -- places

    def _client_now(self) -> discord.Client:
        client = self._client()
        if client is None or client.is_closed():
            raise SinkRetry("not connected to Discord", after_s=5.0)
        return client

    async def _messageable(self, destination: Destination) -> discord.PartialMessageable:
        client = self._client_now()
        if destination.channel_id is not None:
            return client.get_partial_messageable(destination.channel_id, guild_id=destination.guild_id)
        if destination.user_id is None:
            raise SinkBlocked("the destination is no place on Discord", UNKNOWN_CHANNEL, gone=True)
        return client.get_partial_messageable(await self._dm(destination.user_id))

    async def _dm(self, user_id: int) -> int:
        """The channel of a member's direct messages: opened once, one at a time, with a gap (code 40003 punishes haste)."""
        if user_id in self._dms:
            self._dms.move_to_end(user_id)
            return self._dms[user_id]
        async with self._opening:
            if user_id in self._dms:
                return self._dms[user_id]
            if self._opened_at is not None:
                wait = self._opened_at + self._dm_gap_s - self._clock.monotonic()
                if wait > 0:
                    await self._clock.sleep(wait)
            self._opened_at = self._clock.monotonic()
            channel = await self._client_now().create_dm(discord.Object(user_id))
        self._dms[user_id] = channel.id
        while len(self._dms) > DMS_REMEMBERED:
            self._dms.popitem(last=False)
        return channel.id

    # -- forums

    async def _forum(self, destination: Destination) -> discord.ForumChannel | None:
        """The forum; None when the channel is none (any more)."""
        if destination.channel_id is None:
            return None
        client = self._client_now()
        channel = client.get_channel(destination.channel_id) or await client.fetch_channel(destination.channel_id)
        return channel if isinstance(channel, discord.ForumChannel) else None

    async def _post_to_forum(
        self, destination: Destination, content: Content, view: discord.ui.LayoutView, nonce: str
    ) -> Receipt:
        """A post a story; an update goes into the story's own post. Discord knows no nonce for the making of a post."""
        forum = await self._forum(destination)
        if forum is None:
            place = await self._messageable(destination)
            sent = await place.send(view=view, nonce=nonce, allowed_mentions=mentions(content))
            return Receipt(sent.channel.id, sent.id)
        thread_id = _thread_of(content)
        if thread_id is not None:
            try:
                sent = (
                    await self._client_now()
                    .get_partial_messageable(thread_id)
                    .send(view=view, nonce=nonce, allowed_mentions=mentions(content))
                )
                return Receipt(forum.id, sent.id, thread_id)
            except discord.HTTPException as error:
                if error.status != 404 and error.code not in LOCKED:
                    raise
                log.info("a story's forum post was deleted or locked; a new one is made", thread=thread_id)
        return await self._make_post(forum, post_name(translator(destination.language), content), content, view)

    async def _make_post(
        self, forum: discord.ForumChannel, name: str, content: Content, view: discord.ui.LayoutView
    ) -> Receipt:
        """One request, never repeated here: what looks like a failure may have made the post, which only ``find`` can tell.

        ``ForumChannel.create_thread`` cannot be used: discord.py repeats every 5xx by itself (its http.py), and a forum post has no nonce.
        """
        params = discord.http.handle_message_parameters(
            view=view,
            allowed_mentions=mentions(content),
            previous_allowed_mentions=discord.AllowedMentions.none(),
            channel_payload={
                "name": name,
                "auto_archive_duration": forum.default_auto_archive_duration,
                "type": discord.ChannelType.public_thread.value,
                "applied_tags": [str(tag.id) for tag in _tags(forum, content)],
            },
        )
        route = discord.http.Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id)
        data = await self._client_now().http.request(
            route, files=[_OneAttempt()], json=params.payload, params={"use_nested_fields": 1}
        )
        return Receipt(forum.id, int(data["message"]["id"]), int(data["id"]))

    async def _find_post(self, destination: Destination, delivery_id: int, since: datetime) -> Receipt | None:
        forum = await self._forum(destination)
        if forum is None:
            return None
        async for thread in _threads(forum, since):
            if thread.owner_id != self._own_id():
                continue
            async for message in thread.history(limit=HISTORY_LOOKED_AT, after=since, oldest_first=True):
                if self._marked(message, delivery_id):
                    return Receipt(forum.id, message.id, thread.id)
        return None

    # -- inside

    async def _publish(self, message: discord.Message) -> None:
        """Publishes to following servers. The alert is delivered either way: publishing has a small budget of its own (code 20022)."""
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await message.publish()
        except discord.HTTPException as error:
            if error.code != ALREADY_PUBLISHED:
                log.info("a message was not published to followers", message=message.id, code=error.code)
        except Exception as error:
            if not isinstance(error, discord.RateLimited) and not is_network(error):
                raise
            log.info("a message was not published to followers", message=message.id, problem=type(error).__name__)

    def _marked(self, message: discord.Message, delivery_id: int) -> bool:
        return message.author.id == self._own_id() and delivery_id in deliveries_in(message.components)

    def _own_id(self) -> int | None:
        user = self._client_now().user
        return None if user is None else user.id

    @asynccontextmanager
    async def _guarded(self) -> AsyncIterator[None]:
        """Bounds the time and turns what discord.py raises into the ``Sink…`` errors."""
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                yield
        except Exception as error:
            known = sink_error(error)
            if known is None or known is error:
                raise
            raise known from error


class _OneAttempt(discord.File):
    """Not sent: discord.py rewinds a request's files before each attempt, and this one refuses the second."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), filename="none")

    def reset(self, *, seek: int | bool = True) -> None:
        if seek:
            raise SinkRetry("Discord did not confirm a forum post", maybe_done=True)


def _thread_of(content: Content) -> int | None:
    """The forum post that an update belongs to, from the jump link of the story's first message."""
    if not isinstance(content, AlertContent) or content.earlier is None:
        return None
    pieces = content.earlier.rstrip("/").split("/")
    return int(pieces[-2]) if len(pieces) >= 2 and pieces[-2].isdigit() else None


def _tags(forum: discord.ForumChannel, content: Content) -> list[discord.ForumTag]:
    """The tags named like the watches; where the forum demands one and none fits, its first."""
    names = {note.phrase.casefold() for note in content.watches} if isinstance(content, AlertContent) else set()
    usable = [tag for tag in forum.available_tags if not tag.moderated]
    chosen = [tag for tag in usable if tag.name.casefold() in names]
    if not chosen and forum.flags.require_tag and usable:
        chosen = usable[:1]
    return chosen[:TAGS_APPLIED]


async def _threads(forum: discord.ForumChannel, since: datetime) -> AsyncIterator[discord.Thread]:
    """The forum's posts made since ``since``, open ones first; posts Discord made no event for are asked for."""
    seen: set[int] = set()
    for thread in await forum.guild.active_threads():
        if thread.parent_id == forum.id and thread.id not in seen:
            seen.add(thread.id)
            yield thread
    async for thread in forum.archived_threads(limit=50):
        if thread.created_at is not None and thread.created_at < since:
            return
        if thread.id not in seen:
            seen.add(thread.id)
            yield thread
