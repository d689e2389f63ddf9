"""Three feeds over three days: one post a story and channel, whatever the feeds do to their entries, and whatever happens to the process."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.world import World, world
from tests.standins.discord.world import Channel

PATHS = {"fr": "/fr.xml", "en": "/en.xml", "uk": "/uk.xml"}
FILES = {"fr": "peace-track-day{}.xml", "en": "peace-track-en-day{}.xml", "uk": "peace-track-uk-day{}.xml"}
WATCHES = {"mer-noire": "w02", "minerais": "w01", "vatican": "w19"}

EMPTY = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><link>https://feeds.example.org/</link></channel></rss>'


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Labels:
    """Which article belongs to which labelled story."""

    def __init__(self, dev: Path) -> None:
        self.links = {str(row["url"]): str(row["id"]) for row in rows(dev / "articles.jsonl")}
        self.story: dict[str, str] = {}
        for row in rows(dev / "stories.jsonl"):
            articles = row["articles"]
            assert isinstance(articles, list)
            self.story.update({str(article): str(row["id"]) for article in articles})
        self.phrases = {str(row["id"]): str(row["phrase"]) for row in rows(dev / "watches.jsonl")}

    def articles(self, links: list[tuple[str, str]]) -> list[str]:
        """The articles that a message links to; ``links``: (label, address)."""
        return [self.links[url] for _, url in links if url in self.links]


async def _day(here: World, streams: Path, day: int) -> None:
    for language, path in PATHS.items():
        kind = "application/atom+xml" if language == "en" else "application/rss+xml"
        here.feeds.serve(path, (streams / FILES[language].format(day)).read_bytes(), headers={"Content-Type": kind})
    for path in PATHS.values():
        await here.seen(path, times=3)
    await here.quiet()


def _posts(here: World, channels: dict[str, Channel]) -> dict[str, list[int]]:
    return {name: [post.id for post in here.discord.posts(channel)] for name, channel in channels.items()}


@pytest.mark.asyncio
async def test_each_development_is_told_once_over_three_days(
    tmp_path: Path, openapi_path: Path | None, shared_data: Path
) -> None:
    dev = shared_data / "dev"
    labels = Labels(dev)
    expected = rows(dev / "streams" / "expected.jsonl")
    async with world(tmp_path, openapi_path, {path: language for language, path in PATHS.items()}) as here:
        for path in PATHS.values():
            here.feeds.serve(path, EMPTY)
        await here.start()
        channels = {name: here.channel(name) for name in WATCHES}
        for name, channel in channels.items():
            await here.alert(channel, labels.phrases[WATCHES[name]])
        for path in PATHS.values():
            await here.seen(path)

        before: dict[str, list[int]] = {}
        for day in (1, 2, 3):
            await _day(here, dev / "streams", day)
            told = _posts(here, channels)
            new_today = {str(i) for row in expected if row["day"] == day for i in row["new"]}  # type: ignore[attr-defined]
            for name, channel in channels.items():
                for post in here.discord.posts(channel):
                    articles = set(labels.articles(post.links))
                    if post.id not in before.get(name, []):
                        assert articles & new_today, f"day {day}, {name}: a post without a new article: {post.text}"
            await here.stop()
            await here.start()
            for path in PATHS.values():
                await here.seen(path, times=3)
            await here.quiet()
            assert _posts(here, channels) == told, f"day {day}: a restart told something again"
            before = told

        for name, channel in channels.items():
            posts = here.discord.posts(channel)
            assert posts, name
            stories = Counter(
                story
                for post in posts
                for story in {labels.story[a] for a in labels.articles(post.links) if a in labels.story}
            )
            assert all(count == 1 for count in stories.values()), f"{name}: told twice: {stories}"
        here.check()
