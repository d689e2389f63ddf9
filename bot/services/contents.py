"""From a durable delivery to what its message says now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.grouping.face import face_of
from bot.model.content import (
    AlertContent,
    Content,
    DigestContent,
    DigestGroup,
    DigestItem,
    NoticeContent,
    WatchNote,
)
from bot.model.deliveries import Delivery, DeliveryKind, DeliveryState
from bot.model.matches import Match
from bot.model.members import Mark
from bot.model.stories import Fact, Story
from bot.model.watches import Destination, Watch
from bot.store import Unit


@dataclass(frozen=True, slots=True)
class DigestPayload:
    """What a digest's delivery keeps: its period and which story stands under which watch. Faces are made when it is sent."""

    since: datetime
    until: datetime
    items: tuple[tuple[int, int, bool, int], ...]
    """(watch id, story id, new, added) in the order of the message."""
    part: int = 1
    parts: int = 1
    late: bool = False
    catch_up: bool = False
    schedule_id: int | None = None

    def to_json(self) -> str:
        return json.dumps(
            {
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "items": [list(item) for item in self.items],
                "part": self.part,
                "parts": self.parts,
                "late": self.late,
                "catch_up": self.catch_up,
                "schedule": self.schedule_id,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> DigestPayload:
        data = json.loads(text)
        return cls(
            since=datetime.fromisoformat(data["since"]),
            until=datetime.fromisoformat(data["until"]),
            items=tuple((int(w), int(s), bool(new), int(added)) for w, s, new, added in data["items"]),
            part=int(data["part"]),
            parts=int(data["parts"]),
            late=bool(data["late"]),
            catch_up=bool(data["catch_up"]),
            schedule_id=data["schedule"],
        )


async def content_of(unit: Unit, delivery: Delivery, destination: Destination) -> Content | None:
    """What the message of ``delivery`` says now; None when there is nothing left to say (its story or watches are gone)."""
    if delivery.kind is DeliveryKind.NOTICE:
        data = json.loads(delivery.payload or "{}")
        return NoticeContent(data["key"], tuple(sorted(data["values"].items())))
    if delivery.kind is DeliveryKind.DIGEST:
        return await _digest(unit, DigestPayload.from_json(delivery.payload or "{}"), destination)
    return await _alert(unit, delivery, destination)


async def _alert(unit: Unit, delivery: Delivery, destination: Destination) -> AlertContent | None:
    if delivery.story_id is None:
        return None
    story = await unit.stories.get(delivery.story_id)
    if story is None or not story.articles:
        return None
    siblings = [d for d in await unit.deliveries.of_story([story.id]) if d.destination_id == destination.id]
    first = min(
        (d for d in siblings if d.kind is DeliveryKind.ALERT and d.state is DeliveryState.SENT),
        key=lambda d: (d.sent or d.created, d.id),
        default=None,
    )
    subscribed = await unit.watches.of_destination(destination.id)
    matches = await unit.matches.of_story(story.id, [watch.id for watch, _ in subscribed])
    notes = watch_notes([watch for watch, _ in subscribed], matches)
    if not notes and not delivery.watch_ids:
        return None
    mention = next(
        (
            s.mention_role
            for w, s in subscribed
            if s.mention_role is not None and any(n.watch_id == w.id for n in notes)
        ),
        None,
    )
    facts: tuple[Fact, ...] = ()
    earlier = merged_into = None
    if delivery.kind is DeliveryKind.UPDATE:
        facts = await _facts_since(unit, story, siblings, delivery)
        earlier = _link(first, destination)
    elif first is not None and first.id != delivery.id:
        merged_into = _link(first, destination)
    marks = await unit.members.marks(destination.id, [story.id])
    return AlertContent(
        story=story,
        face=face_of(story, destination.language, {int(str(match.article)) for match in matches}),
        watches=notes,
        mention_role=mention,
        facts=facts,
        earlier=earlier,
        merged_into=merged_into,
        followed=marks.get(story.id) is Mark.FOLLOW,
        muted=marks.get(story.id) is Mark.MUTE,
    )


def watch_notes(watches: Sequence[Watch], matches: Sequence[Match]) -> tuple[WatchNote, ...]:
    """Each watch once, with its best match in the story; the best score first."""
    by_id = {watch.id: watch for watch in watches}
    best: dict[int, Match] = {}
    for match in matches:
        watch_id = match.watch
        if (
            isinstance(watch_id, int)
            and watch_id in by_id
            and (watch_id not in best or match.score > best[watch_id].score)
        ):
            best[watch_id] = match
    notes = [
        WatchNote(watch_id, by_id[watch_id].phrase, match.score, int(str(match.article)), match.hits)
        for watch_id, match in best.items()
    ]
    return tuple(sorted(notes, key=lambda note: (-note.score, note.watch_id)))


async def _facts_since(unit: Unit, story: Story, siblings: Sequence[Delivery], delivery: Delivery) -> tuple[Fact, ...]:
    """The facts that came after the message before this one."""
    before = max((d.created for d in siblings if d.created < delivery.created), default=story.opened)
    facts: list[Fact] = []
    for line in story.articles:
        if before < line.seen <= delivery.created:
            placement = await unit.articles.placement(line.article_id)
            if placement is not None:
                facts.extend(fact for fact in placement.novelty if fact not in facts)
    return tuple(facts)


async def _digest(unit: Unit, payload: DigestPayload, destination: Destination) -> DigestContent | None:
    stories = await unit.stories.many([story_id for _, story_id, _, _ in payload.items])
    phrases = {watch.id: watch.phrase for watch, _ in await unit.watches.of_destination(destination.id)}
    groups: dict[int, list[DigestItem]] = {}
    shown: set[int] = set()
    for watch_id, story_id, new, added in payload.items:
        story = stories.get(story_id)
        if story is None or story.id in shown or watch_id not in phrases:
            continue
        shown.add(story.id)
        groups.setdefault(watch_id, []).append(DigestItem(story, face_of(story, destination.language), new, added))
    if not groups:
        return None
    return DigestContent(
        since=payload.since,
        until=payload.until,
        groups=tuple(DigestGroup(watch_id, phrases[watch_id], tuple(items)) for watch_id, items in groups.items()),
        part=payload.part,
        parts=payload.parts,
        late=payload.late,
        catch_up=payload.catch_up,
    )


def _link(delivery: Delivery | None, destination: Destination) -> str | None:
    """The jump link of a sent message."""
    if delivery is None or delivery.message_id is None or delivery.channel_id is None:
        return None
    place = str(destination.guild_id) if destination.guild_id is not None else "@me"
    return f"https://discord.com/channels/{place}/{delivery.thread_id or delivery.channel_id}/{delivery.message_id}"
