"""A story's face: which article speaks for it in a reader's language."""

from __future__ import annotations

from collections.abc import Collection

from bot.model.content import Face
from bot.model.stories import SourceLine, Story

_SHORT = 25
_LONG = 140
"""Characters of a headline that is comfortable to read."""


def face_of(story: Story, language: str, prefer: Collection[int] = ()) -> Face:
    """Headline and summary of ``story`` for a reader of ``language`` (ISO 639-1).

    The best article in the reader's language, else the best of all; among these one of ``prefer`` (article ids: what the reader's watch
    caught), so that the headline says why it came. Better is: independent over state-controlled, an original over a
    copy, with a summary, with a headline of usual length, and the earlier one. The choice changes only when a better article comes,
    so that a message does not flicker. ``original_title`` is the headline as published when none is in the reader's language.
    Raises ValueError for a story without articles.
    """
    if not story.articles:
        raise ValueError(f"story {story.id} has no article")
    own = [line for line in story.articles if line.lang == language]
    best = min(own or story.articles, key=lambda line: (line.article_id not in prefer, *_order(line)))
    translated = best.lang == language
    return Face(
        article_id=best.article_id,
        title=best.title,
        summary=best.summary,
        url=best.url,
        lang=best.lang,
        translated=translated,
        original_title=None if translated else best.title,
    )


def _order(line: SourceLine) -> tuple[bool, bool, bool, bool, bool, float, int]:
    return (
        line.state_controlled,
        line.copy_of is not None,
        not line.url,
        not line.summary.strip(),
        not _SHORT <= len(line.title) <= _LONG,
        line.published.timestamp(),
        line.article_id,
    )
