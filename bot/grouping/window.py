"""The window of live stories: each article joins a story or opens one as it arrives, from what is known then.

The window is a pure function of the articles in it, in the order in which they were placed: rebuilt from the store it decides as if it
had never stopped. It holds no text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest

from bot.grouping.copies import ALIKE, alike
from bot.grouping.features import Features
from bot.grouping.novelty import facts_of
from bot.grouping.priors import Priors
from bot.grouping.rarity import Rarity
from bot.grouping.similarity import Member, Probe, StoryState, Weights, evidence_of, probability
from bot.model.records import WindowRow
from bot.model.stories import Placement


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """Figures of the window. Spans are in hours, similarities 0-1."""

    span: timedelta = timedelta(hours=72)
    """How long an article stays in the window after it was seen."""
    join: float = 0.6
    """Similarity from which an article joins a story."""
    merge: float = 0.4
    """Similarity from which an article of one story would join another that an article fits too: most must, for the two to be one."""
    asked: int = 8
    """Articles of the smaller story that are asked whether they would join the larger."""
    candidates: int = 12
    """Stories that are compared in full."""
    postings: int = 3_000
    """Entries of the inverted index that one article may look at."""
    max_articles: int = 150_000
    """Articles in the window; beyond it the oldest go."""
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that is to be placed. Times are UTC; ``published`` is None where nothing is known of it (time then says nothing)."""

    article_id: int
    features: Features
    lang: str | None
    source: str
    family: str
    kind: str
    published: datetime | None
    seen: datetime


class StoryWindow:
    """Live stories with an inverted index over their keys."""

    def __init__(self, options: WindowOptions | None = None, priors: Priors | None = None) -> None:
        self.options = options or WindowOptions()
        self._priors = priors or Priors()
        self._rarity = Rarity(self._priors)
        self._members: dict[int, Member] = {}
        self._stories: dict[int, StoryState] = {}
        self._index: defaultdict[str, dict[int, None]] = defaultdict(dict)

    def __len__(self) -> int:
        """Articles in the window."""
        return len(self._members)

    @property
    def stories(self) -> int:
        """Stories in the window."""
        return len(self._stories)

    def story_of(self, article_id: int) -> int | None:
        """The story an article stands in, None when it is not in the window."""
        member = self._members.get(article_id)
        return None if member is None else member.story_id

    def opened(self, story_id: int) -> datetime | None:
        """Earliest publication among the story's articles in the window; None for an unknown story or one without a date."""
        story = self._stories.get(story_id)
        times = [] if story is None else [m.published for m in story.members.values() if m.published is not None]
        return min(times, default=None)

    def topics(self, story_id: int, limit: int = 12) -> tuple[str, ...]:
        """The story's concept ids, weightiest (by weight in its articles and rarity) first."""
        story = self._stories.get(story_id)
        if story is None:
            return ()
        weight = {k: n * self._rarity.of(k) for k, n in story.keys.items() if k[0] not in "~#@"}
        return tuple(sorted(weight, key=lambda k: (-weight[k], k))[:limit])

    def place(self, arrival: Arrival, new_story_id: Callable[[], int]) -> Placement:
        """Decides where the article belongs and puts it there. An article that is in the window already is placed anew."""
        self.forget(arrival.article_id)
        member = _member(arrival)
        ranked = self._rank(member)
        copy = self._copy_of(member, [story for _, story in ranked])
        similarity, best = ranked[0] if ranked else (0.0, 0)
        if copy is not None:
            similarity, best = 1.0, self._members[copy].story_id
        if similarity < self.options.join:
            story_id = new_story_id()
            self._add(member, story_id)
            return Placement(arrival.article_id, story_id, True, similarity=round(similarity, 4))
        story = self._stories[best]
        words = arrival.features.words
        evidence = evidence_of(member, story, self._rarity, words)
        facts = facts_of(arrival.features, story, self._priors.kinds) if copy is None else ()
        merged = tuple(
            other
            for p, other in ranked
            if other != best and p >= self.options.join and self._one(story, self._stories[other])
        )
        for other in merged:
            self._merge(self._stories[other], story)
        member.copy_of = copy
        self._add(member, best)
        if copy is not None:
            evidence = (f"copy {copy}", *evidence)
        evidence = (*evidence, *(f"bridge {other}" for other in merged))
        return Placement(arrival.article_id, best, False, merged, round(similarity, 4), evidence, facts, copy)

    def load(self, rows: Iterable[WindowRow]) -> None:
        """Takes in placed articles, in the order in which they were placed."""
        for row in rows:
            self.forget(row.article_id)
            arrival = Arrival(
                row.article_id,
                Features.from_json(row.features),
                row.lang,
                row.source,
                row.family,
                row.kind,
                row.published,
                row.seen,
            )
            member = _member(arrival)
            member.copy_of = row.copy_of
            member.pinned = row.pinned
            self._add(member, row.story_id)

    def expire(self, now: datetime) -> None:
        """Lets go of articles seen before ``now`` minus the span; a story ends with its last article."""
        limit = now - self.options.span
        for article_id in [m.article_id for m in self._members.values() if m.seen < limit]:
            self.forget(article_id)

    def forget(self, article_id: int) -> None:
        """Takes an article out as if it had never come (a placement that was not written, an article that was erased)."""
        member = self._members.pop(article_id, None)
        if member is None:
            return
        story = self._stories[member.story_id]
        gone = story.remove(member)
        self._rarity.remove(gone)
        for key in gone:
            postings = self._index[key]
            del postings[story.id]
            if not postings:
                del self._index[key]
        if not story.members:
            del self._stories[story.id]
            self._rarity.count_stories(-1)

    def pin(self, article_id: int, story_id: int) -> None:
        """An operator's hand: the article stands in ``story_id`` (known or new), and that story is merged into no other by itself."""
        member = self._members.get(article_id)
        if member is None:
            return
        self.forget(article_id)
        member.pinned, member.copy_of = True, None
        self._add(member, story_id)

    def _add(self, member: Member, story_id: int) -> None:
        if len(self._members) >= self.options.max_articles:
            self.forget(next(iter(self._members)))
        story = self._stories.get(story_id)
        if story is None:
            story = self._stories[story_id] = StoryState(story_id)
            self._rarity.count_stories(1)
        member.story_id = story_id
        self._members[member.article_id] = member
        new = story.add(member)
        self._rarity.add(new)
        for key in new:
            self._index[key][story_id] = None

    def _merge(self, source: StoryState, into: StoryState) -> None:
        for member in list(source.members.values()):
            self.forget(member.article_id)
            self._add(member, into.id)

    def _rank(self, member: Member) -> list[tuple[float, int]]:
        """The stories that may hold the article, best first; ties go to the older story."""
        found: dict[int, int] = {}
        looked = 0
        weighed = sorted(((w * self._rarity.of(k), k) for k, w in member.keys.items()), key=lambda x: (-x[0], x[1]))
        for weight, key in weighed:
            postings = self._index.get(key)
            if postings is None:
                continue
            if looked + len(postings) > self.options.postings and found:
                continue
            looked += len(postings)
            gain = weight * self._rarity.of(key)
            for story_id in postings:
                found[story_id] = found.get(story_id, 0) + gain
        best = nsmallest(self.options.candidates, found, key=lambda s: (-found[s], s))
        probe = Probe(member, self._rarity)
        scored = [(probability(probe.signals(self._stories[s]), self.options.weights), s) for s in best]
        return sorted(scored, key=lambda x: (-x[0], x[1]))

    def _one(self, story: StoryState, other: StoryState) -> bool:
        """True when two stories that an article fits are one: the articles of the smaller, were they to come now, would join the larger."""
        if story.pinned or other.pinned:
            return False
        small, large = sorted((story, other), key=lambda s: (len(s.members), -s.id))
        asked = list(small.members.values())[-self.options.asked :]
        fits = [
            probability(Probe(member, self._rarity).signals(large), self.options.weights) >= self.options.merge
            for member in asked
        ]
        return 2 * sum(fits) > len(fits)

    def _copy_of(self, member: Member, stories: Iterable[int]) -> int | None:
        """The earliest article of another outlet that this one repeats nearly word for word, in the stories that share most with it.

        Within one outlet it is no dispatch but a form («the situation at 10 p.m.»), filled anew each time.
        """
        best, found = ALIKE, None
        for story_id in stories:
            for other in self._stories[story_id].members.values():
                if other.lang != member.lang or other.copy_of is not None:
                    continue
                if (member.family and member.family == other.family) or not _close(member, other, self.options.span):
                    continue
                share = alike(member.sketch, other.sketch)
                if share > best or (share == best and found is None):
                    best, found = share, other.article_id
        return found


def _close(a: Member, b: Member, span: timedelta) -> bool:
    return a.published is None or b.published is None or abs(a.published - b.published) <= span


def _member(arrival: Arrival) -> Member:
    f = arrival.features
    return Member(
        arrival.article_id,
        f.keys,
        f.titled,
        f.sketch,
        arrival.lang,
        arrival.family,
        arrival.published,
        arrival.seen,
    )
