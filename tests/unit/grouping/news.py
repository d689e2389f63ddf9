"""News written for these tests: three developments of one day, each told in five languages, and the lexicon that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from bot.grouping.features import Features, features_of
from bot.grouping.priors import Priors, load_priors
from bot.grouping.window import Arrival, StoryWindow
from bot.language.lexicon import Lexicon, load_lexicon
from bot.language.reading import Reader
from bot.model.records import WindowRow
from bot.model.stories import Placement

DAY = datetime(2026, 1, 22, 9, tzinfo=UTC)

GENEVA = {
    "fr": ("À Genève, les pourparlers s'ouvrent entre l'Ukraine et les États-Unis", "Witkoff et Oumerov mènent les délégations à Genève."),
    "en": ("Talks between Ukraine and US open in Geneva", "Witkoff and Umerov lead the delegations in Geneva."),
    "uk": ("У Женеві почалися переговори України і США", "Делегації у Женеві очолюють Віткофф та Умєров."),
    "ru": ("В Женеве начались переговоры Украины и США", "Делегации в Женеве возглавляют Уиткофф и Умеров."),
    "de": ("In Genf beginnen Gespräche der Ukraine mit den USA", "Witkoff und Umjerow leiten in Genf die Delegationen."),
}  # fmt: skip
ABU_DHABI = {
    "fr": ("Échange de prisonniers conclu à Abou Dhabi avec la Russie", "La Croix-Rouge annonce à Abou Dhabi le retour de 157 soldats."),
    "en": ("Prisoner swap with Russia agreed in Abu Dhabi", "The Red Cross says in Abu Dhabi that 157 soldiers return."),
    "uk": ("В Абу-Дабі домовилися з Росією про обмін полоненими", "Червоний Хрест в Абу-Дабі: повернуться 157 військових."),
    "ru": ("В Абу-Даби договорились с Россией об обмене пленными", "Красный Крест в Абу-Даби: вернутся 157 военных."),
    "de": ("Gefangenenaustausch mit Russland in Abu Dhabi vereinbart", "Rotes Kreuz in Abu Dhabi: 157 Soldaten kehren zurück."),
}  # fmt: skip
ODESA = {
    "fr": ("Des drones frappent le port céréalier d'Odessa", "L'incendie du port céréalier d'Odessa brûle encore après 40 drones."),
    "en": ("Drones hit the grain port of Odesa", "The blaze in the grain port of Odesa still burns after 40 drones."),
    "uk": ("Дрони вдарили по зерновому порту Одеси", "Пожежа у зерновому порту Одеси триває після 40 дронів."),
    "ru": ("Дроны ударили по зерновому порту Одессы", "Пожар в зерновом порту Одессы продолжается после 40 дронов."),
    "de": ("Drohnen treffen den Getreidehafen von Odessa", "Der Brand im Getreidehafen von Odessa dauert nach 40 Drohnen an."),
}  # fmt: skip
EVENTS = (GENEVA, ABU_DHABI, ODESA)


@cache
def lexicon() -> Lexicon:
    return load_lexicon(Path(__file__).parent / "lexicon")


@cache
def priors() -> Priors:
    return load_priors(lexicon())


@cache
def _reader() -> Reader:
    return Reader(lexicon())


@cache
def features(title: str, summary: str, lang: str) -> Features:
    return features_of(_reader().read(0, title, summary, lang, DAY))


def arrival(
    number: int,
    text: tuple[str, str],
    lang: str,
    *,
    hours: float = 0,
    family: str | None = None,
    dated: bool = True,
) -> Arrival:
    """The article ``number``, published ``hours`` after `DAY` by an outlet of its own unless ``family`` is given."""
    source = family or f"outlet{number}.example"
    at = DAY + timedelta(hours=hours)
    return Arrival(number, features(*text, lang), lang, source, source, "news", at if dated else None, at)


class Desk:
    """A window with ids, which keeps what it placed as the store would."""

    def __init__(self) -> None:
        self.window = StoryWindow(priors=priors())
        self.rows: list[WindowRow] = []
        self.numbers = count(1000)

    def place(self, item: Arrival) -> Placement:
        placement = self.window.place(item, lambda: next(self.numbers))
        rows = [row if row.story_id not in placement.merged else _moved(row, placement.story_id) for row in self.rows]
        self.rows = [*rows, row_of(item, placement)]
        return placement

    def place_all(self, items: Sequence[Arrival]) -> list[Placement]:
        return [self.place(item) for item in items]


def row_of(item: Arrival, placement: Placement) -> WindowRow:
    return WindowRow(
        item.article_id,
        placement.story_id,
        item.features.to_json(),
        item.lang,
        item.source,
        item.family,
        item.kind,
        item.published or item.seen,
        item.seen,
        placement.copy_of,
        False,
    )


def _moved(row: WindowRow, story_id: int) -> WindowRow:
    from dataclasses import replace

    return replace(row, story_id=story_id)
