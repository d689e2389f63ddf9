"""Why an article or a message came, was held, was dropped, or did not match."""

from __future__ import annotations

import re

import discord

from bot.discord_front.escape import fitted, link, safe_url
from bot.discord_front.messages import lines
from bot.discord_front.messages.sheet import Accent, Sheet
from bot.discord_front.messages.stories import bounded
from bot.i18n import Translator
from bot.matching.explain import Explanation
from bot.model.watches import Destination, DestinationKind
from bot.services.lookup import DeliveryVerdict, WatchVerdict, Why

VERDICTS_SHOWN = 6
DELIVERIES_SHOWN = 8

_CODE = re.compile(r"code (\d+)")
_REASONS = (
    ("quiet", "reason.quiet"),
    ("budget", "reason.budget"),
    ("muted", "reason.muted"),
    ("merged", "reason.merged"),
    ("expired", "reason.expired"),
    ("erased", "reason.erased"),
    ("blocked", "reason.blocked"),
    ("rejected", "reason.rejected"),
    ("retry", "reason.retry"),
    ("in a catch-up digest", "reason.catch_up"),
    ("catch-up", "reason.catch_up"),
    ("empty", "reason.empty"),
    ("nothing left", "reason.empty"),
    ("watch removed", "reason.removed"),
    ("removed", "reason.removed"),
    ("deleted on Discord", "reason.deleted"),
)
"""Beginnings of the recorded reasons (short stable words, then detail) and what they are called."""


def why_view(words: Translator, why: Why) -> discord.ui.LayoutView:
    """Everything there is to say."""
    sheet = Sheet(Accent.ANSWER)
    article = why.article
    url = safe_url(article.url)
    title = fitted(article.title, 200) or words("alert.no_title")
    sheet.text(
        f"-# ❓ **{words('why.title')}**",
        f"### {link(title, url if url is not None and len(url) < 800 else None, article.title)}",
        f"{lines.language_tag(article.lang)} {fitted(article.source, 60)} · {lines.stamp(article.published, 'f')}",
    )
    for verdict in why.verdicts[:VERDICTS_SHOWN]:
        sheet.text(*verdict_lines(words, verdict))
    if not why.verdicts:
        sheet.text(words("why.no_watch"))
    sheet.separator()
    sheet.text(*placement_lines(words, why))
    rows = [delivery_line(words, verdict) for verdict in why.deliveries[-DELIVERIES_SHOWN:]]
    sheet.text(f"**{words('why.deliveries')}**", *(bounded(words, rows, sheet.room - 60) or [words("why.no_delivery")]))
    return sheet.view()


def verdict_lines(words: Translator, verdict: WatchVerdict) -> list[str]:
    """One watch: score and threshold, what was found and missing, what took the article out."""
    explained: Explanation = verdict.explanation
    key = "why.matched" if explained.matched else "why.not_matched"
    mark = "✅" if explained.matched else "➖"
    shown = [
        f"{mark} **"
        + words(
            key,
            phrase=lines.quoted(verdict.watch.phrase, 100),
            score=words.number(round(explained.score)),
            threshold=words.number(round(explained.threshold)),
        )
        + "**"
    ]
    found = [
        words("why.word_as", text=f"**{fitted(hit.text, 50)}**", slot=slot_name(explained, hit.slot))
        for hit in explained.hits
    ]
    if found:
        shown.append("- " + words("why.found", words=", ".join(dict.fromkeys(found))))
    missing = [slot_name(explained, slot) for slot in explained.missing]
    if missing:
        shown.append("- " + words("why.missing", words=", ".join(missing)))
    if explained.excluded is not None:
        shown.append("- " + words("why.excluded", word=fitted(explained.excluded, 60)))
    if explained.other_language:
        shown.append("- " + words("why.other_language"))
    if not explained.in_context:
        shown.append("- " + words("why.out_of_context"))
    return shown


def slot_name(explained: Explanation, slot: int) -> str:
    """What a slot of the phrase was taken as."""
    return fitted(explained.slots[slot], 50) if 0 <= slot < len(explained.slots) else "?"


def placement_lines(words: Translator, why: Why) -> list[str]:
    """Why it stands in its story."""
    placement = why.placement
    if placement is None or why.story is None:
        return []
    if placement.opened:
        shown = [words("why.story_opened")]
    else:
        shown = [
            words(
                "why.story_joined",
                n=len(why.story.articles),
                similarity=words.number(
                    round(placement.similarity * 100 if placement.similarity <= 1 else placement.similarity)
                ),
            )
        ]
    if placement.evidence:
        shown.append(words("why.evidence", evidence=fitted(", ".join(placement.evidence), 400)))
    if placement.copy_of is not None:
        shown.append(words("why.copy"))
    return shown


def delivery_line(words: Translator, verdict: DeliveryVerdict) -> str:
    """One message and what became of it."""
    delivery = verdict.delivery
    state = words(f"state.{delivery.state.value}")
    if delivery.reason:
        state = words("why.reason", state=state, reason=reason_text(words, delivery.reason))
    moment = delivery.sent or (verdict.history[-1].at if verdict.history else delivery.created)
    return "- " + words(
        "why.delivery", place=place_name(words, verdict.destination), state=state, when=lines.stamp(moment)
    )


def reason_text(words: Translator, reason: str) -> str:
    """A recorded reason in the reader's language."""
    code = _CODE.search(reason)
    for start, key in _REASONS:
        if reason.startswith(start):
            return words(key, code=code[1] if code else "?")
    return words("reason.other", reason=fitted(reason, 80))


def place_name(words: Translator, destination: Destination) -> str:
    """A destination, as its owner knows it."""
    if destination.kind is DestinationKind.DM or destination.channel_id is None:
        return words("why.place_dm")
    return f"<#{destination.channel_id}>"
