"""From an entry to an article."""

from __future__ import annotations

import pytest

from bot.feeds.article import make_article
from bot.feeds.fetcher import Fetcher
from bot.language.detect import detect
from bot.language.text import clean_html
from bot.model.articles import Article, Entry
from tests.feeds.conftest import NOW, a_feed, ago, rss
from tests.feeds.test_entries import entry


def _article(made: Entry, **feed: object) -> Article:
    return make_article(made, a_feed(**feed), NOW, lambda: 7, clean_html, detect)


def test_an_article_is_clean_and_knows_its_page_its_outlet_and_its_times() -> None:
    made = _article(
        entry(
            title="<b>La trêve</b> &amp; la paix",
            summary="<p>Les pourparlers reprennent à Genève dans la matinée.</p>",
            link="https://www.news.example.org/a/?utm_source=rss#x",
            published=ago(hours=2),
        ),
        language="fr-FR",
    )
    assert made == Article(
        id=7,
        title="La trêve & la paix",
        summary="Les pourparlers reprennent à Genève dans la matinée.",
        lang="fr",
        url="https://www.news.example.org/a/?utm_source=rss#x",
        canonical="news.example.org/a",
        source="news.example.org",
        published=ago(hours=2),
        seen=NOW,
        feed_id=1,
    )


def test_without_a_title_the_summary_begins_and_without_a_link_the_feed_is_the_source() -> None:
    made = _article(entry(title=" ", summary="un " * 40, link="javascript:alert(1)"))
    assert made.title == " ".join(["un"] * 14) + "…"
    assert (made.url, made.canonical, made.source) == ("", "", "feeds.example.org")


@pytest.mark.asyncio
async def test_an_aggregators_entry_has_the_outlet_it_names_and_nobody_else_may_name_one(fetcher: Fetcher) -> None:
    items = "".join(
        f"<item><title>A</title><link>https://{host}/rss/articles/1</link><source url='https://www.outlet.example/'>O</source></item>"
        for host in ("news.google.com", "liar.example.org")
    )
    entries = (await fetcher.parse_body(rss(items))).entries
    assert [_article(e).source for e in entries] == ["outlet.example", "liar.example.org"]
    assert _article(entry(link="https://news.google.com/1", source="javascript:x")).source == "news.google.com"
