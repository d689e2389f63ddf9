"""Messages with the history of their edits, and their payloads (docs, resources/message)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.standins.discord import components as c
from tests.standins.discord.errors import Json
from tests.standins.discord.rules import V2
from tests.standins.discord.world import Channel, User, iso

if TYPE_CHECKING:
    from tests.standins.discord.interactions import Interaction

CROSSPOSTED = 1 << 0
HAS_THREAD = 1 << 5


@dataclass(eq=False)
class File:
    """An uploaded file; ``data`` is what was sent."""

    id: int
    filename: str
    data: bytes
    content_type: str | None
    description: str | None
    url: str

    def payload(self) -> Json:
        payload: Json = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.data),
            "url": self.url,
            "proxy_url": self.url,
        }
        size = _png_size(self.data)
        if size:
            payload |= {"width": size[0], "height": size[1], "content_type": "image/png"}
        elif self.content_type:
            payload["content_type"] = self.content_type
        if self.description:
            payload["description"] = self.description
        return payload


def _png_size(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


@dataclass(frozen=True)
class Version:
    """A message as it stood from ``at`` (Unix seconds) on. ``allowed_mentions`` are those of the request, None if absent."""

    at: float
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    files: tuple[File, ...] = ()
    flags: int = 0
    allowed_mentions: Json | None = None

    @property
    def text(self) -> str:
        """All a reader sees, as lines of plain text."""
        return c.flatten(self.content, list(self.embeds), list(self.components))

    @property
    def v2(self) -> bool:
        return bool(self.flags & V2)


@dataclass(eq=False)
class Message:
    """One message; the last of ``versions`` is how it stands now."""

    id: int
    channel: Channel
    author: User
    versions: list[Version]
    nonce: str | None = None
    kind: int = 0
    deleted: bool = False
    crossposted: bool = False
    ephemeral_for: int | None = None
    """User id of the only one who sees it."""
    interaction: Interaction | None = None
    reference: Json | None = None
    thread: Channel | None = None
    reactions: list[str] = field(default_factory=list)
    base_url: str = ""

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def edits(self) -> int:
        return len(self.versions) - 1

    @property
    def content(self) -> str:
        return self.now.content

    @property
    def text(self) -> str:
        return self.now.text

    @property
    def components(self) -> list[Json]:
        return list(self.now.components)

    @property
    def embeds(self) -> list[Json]:
        return list(self.now.embeds)

    @property
    def files(self) -> list[File]:
        return list(self.now.files)

    @property
    def flags(self) -> int:
        return self.now.flags | (CROSSPOSTED if self.crossposted else 0) | (HAS_THREAD if self.thread else 0)

    @property
    def custom_ids(self) -> list[str]:
        return c.custom_ids(self.components)

    @property
    def controls(self) -> list[Json]:
        return c.controls(self.components)

    @property
    def links(self) -> list[tuple[str, str]]:
        return c.links(self.content, self.embeds, self.components)

    @property
    def jump_url(self) -> str:
        guild = self.channel.guild.id if self.channel.guild else "@me"
        return f"https://discord.com/channels/{guild}/{self.channel.id}/{self.id}"

    def as_body(self) -> Json:
        """The message in the form of a request, for the rules of editing."""
        now = self.now
        return {
            "content": now.content,
            "embeds": list(now.embeds),
            "components": list(now.components),
            "flags": now.flags,
        }

    def payload(self, *, with_nonce: bool = False) -> Json:
        """The message as the API gives it; the nonce is only in the answer to its creation and in MESSAGE_CREATE."""
        now = self.now
        payload: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": now.content,
            "timestamp": iso(self.versions[0].at),
            "edited_timestamp": iso(now.at) if self.edits else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [f.payload() for f in now.files],
            "embeds": copy.deepcopy(list(now.embeds)),
            "components": copy.deepcopy(list(now.components)),
            "pinned": self.id in self.channel.pins,
            "type": self.kind,
            "flags": self.flags,
        }
        if with_nonce and self.nonce is not None:
            payload["nonce"] = self.nonce
        if self.reference:
            payload["message_reference"] = self.reference
        if self.reactions:
            payload["reactions"] = [
                {
                    "emoji": {"id": None, "name": name},
                    "count": 1,
                    "count_details": {"burst": 0, "normal": 1},
                    "burst_colors": [],
                    "me_burst": False,
                    "me": True,
                }
                for name in self.reactions
            ]
        if self.thread:
            payload["thread"] = self.thread.payload()
        if self.interaction:
            payload["application_id"] = str(self.author.id)
            payload["webhook_id"] = str(self.author.id)
            payload["interaction_metadata"] = self.interaction.metadata()
        return payload


_DEFAULTS: dict[int, Json] = {
    c.STRING_SELECT: {"min_values": 1, "max_values": 1},
    c.USER_SELECT: {"min_values": 1, "max_values": 1},
    c.ROLE_SELECT: {"min_values": 1, "max_values": 1},
    c.MENTIONABLE_SELECT: {"min_values": 1, "max_values": 1},
    c.CHANNEL_SELECT: {"min_values": 1, "max_values": 1},
    c.BUTTON: {"style": 2},
    c.THUMBNAIL: {"description": None, "spoiler": False},
    c.FILE: {"spoiler": False},
    c.SEPARATOR: {"divider": True, "spacing": 1},
    c.CONTAINER: {"accent_color": None, "spoiler": False},
}


def numbered(components: list[Json], resolve: Any) -> tuple[Json, ...]:
    """Components as Discord keeps them: an ``id`` each (1.. in order where none is given), media resolved by ``resolve(url)``."""
    parts = copy.deepcopy(components)
    taken = {part["id"] for _, part in c.walk(parts) if part.get("id")}
    number = 0
    for _, part in c.walk(parts):
        for key in [k for k, v in part.items() if v is None]:
            del part[key]
        if not part.get("id"):
            number += 1
            while number in taken:
                number += 1
            taken.add(number)
            part["id"] = number
        for key, value in _DEFAULTS.get(part.get("type", 0), {}).items():
            part.setdefault(key, value)
        for item in part.get("items") or ():
            item.setdefault("description", None)
            item.setdefault("spoiler", False)
        for media in (part.get("media"), part.get("file"), *(i.get("media") for i in part.get("items") or ())):
            if media:
                media |= resolve(media.get("url", ""))
        if part.get("type") == c.FILE:
            part |= {"name": str(part["file"].get("name", "")), "size": int(part["file"].get("size", 0))}
            part["file"].pop("name", None)
            part["file"].pop("size", None)
    return tuple(parts)


def trimmed(embeds: list[Json]) -> tuple[Json, ...]:
    """Embeds as Discord keeps them: white space at both ends is cut (docs, resources/message, "Embed Limits")."""
    result = []
    for embed in copy.deepcopy(embeds):
        embed["type"] = "rich"
        for key in ("title", "description"):
            if isinstance(embed.get(key), str):
                embed[key] = embed[key].strip()
        for item in embed.get("fields") or ():
            item["name"], item["value"] = str(item["name"]).strip(), str(item["value"]).strip()
            item.setdefault("inline", False)
        result.append({k: v for k, v in embed.items() if v is not None})
    return tuple(result)
