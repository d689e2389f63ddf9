"""Dates in a text, in eight languages: written out, in figures, ranges, and days of the week resolved against the time of publication."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.language.numbers import parse_digits
from bot.language.tokens import Word

MAX_DATES = 30
"""Dates kept of one text."""
MAX_BETWEEN = 5
"""Words between the two dates of a range."""
MAX_RANGE_D = 31
"""Days a range may span to be one."""


class DateMention(NamedTuple):
    """A day, or the days from ``start`` to ``end``, met in a text.

    Days are (month, day), ``year`` is None when neither the text nor the time of publication tells it. ``relative`` is True for
    «yesterday» and for weekdays. ``first``/``last`` are token indexes.
    """

    year: int | None
    start: tuple[int, int]
    end: tuple[int, int]
    relative: bool
    first: int
    last: int

    def covers(self, month: int, day: int) -> bool:
        """True when that day of the year lies in the mentioned days."""
        return self.start <= (month, day) <= self.end if self.start <= self.end else (month, day) == self.start

    @property
    def day(self) -> date | None:
        """The (first) day as a date, None without a year."""
        try:
            return date(self.year, *self.start) if self.year is not None else None
        except ValueError:
            return None


_MONTH_WORDS = (
    "janvier janv january jan januar janner enero gennaio styczen stycznia січень січня січні январь января январе",
    "fevrier fevr february feb februar febrero febbraio luty lutego лютий лютого лютому февраль февраля феврале",
    "mars march marz marzo marzec marca березень березня березні март марта марте",
    "avril april apr abril aprile kwiecien kwietnia квітень квітня квітні апрель апреля апреле",
    "mai may mayo maggio maj maja травень травня травні май мая мае",
    "juin june juni junio giugno czerwiec czerwca червень червня червні июнь июня июне",
    "juillet juil july juli julio luglio lipiec lipca липень липня липні июль июля июле",
    "aout august aug agosto sierpien sierpnia серпень серпня серпні август августа августе",
    "septembre september sept septiembre settembre wrzesien wrzesnia вересень вересня вересні сентябрь сентября сентябре",
    "octobre october oct oktober octubre ottobre pazdziernik pazdziernika жовтень жовтня жовтні октябрь октября октябре",
    "novembre november nov noviembre listopad listopada листопад листопада листопаді ноябрь ноября ноябре",
    "decembre december dec dezember diciembre dicembre grudzien grudnia грудень грудня грудні декабрь декабря декабре",
)
_MONTHS: dict[str, int] = {word: i for i, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
CALENDAR_WORDS = frozenset(_MONTHS)
"""Month words: never an inflection of something else (fr «mai» is no plural-less «maïs»)."""
_AMBIGUOUS = frozenset(("may", "mars", "march", "maj", "jan", "mai", "dec", "sept", "luty", "marca"))
"""Month words that are other words too: a month only beside a number."""
_WEEKDAY_WORDS = (
    "lundi monday montag lunes lunedi poniedzialek poniedzialku понеділок понеділка понеділку понедельник понедельника",
    "mardi tuesday dienstag martes martedi wtorek вівторок вівторка вторник вторника",
    "mercredi wednesday mittwoch miercoles mercoledi sroda srode середа середу середи среда среду среды",
    "jeudi thursday donnerstag jueves giovedi czwartek четвер четверга четверг",
    "vendredi friday freitag viernes venerdi piatek пятниця пятницю пятниці пятница пятницу пятницы",
    "samedi saturday samstag sonnabend sabado sabato sobota sobote субота суботу суботи суббота субботу субботы",
    "dimanche sunday sonntag domingo domenica niedziela niedziele неділя неділю неділі воскресенье воскресенья",
)
_WEEKDAYS: dict[str, int] = {word: i for i, words in enumerate(_WEEKDAY_WORDS) for word in words.split()}
_NEAR_WORDS: dict[str, int] = {
    **dict.fromkeys(["hier", "yesterday", "gestern", "ayer", "ieri", "wczoraj", "вчора", "вчера"], -1),
    **dict.fromkeys(["aujourd", "today", "heute", "hoy", "oggi", "dzisiaj", "dzis", "сьогодні", "сегодня"], 0),
    **dict.fromkeys(["demain", "tomorrow", "morgen", "manana", "domani", "jutro", "завтра"], 1),
}
_LAST = frozenset(
    [
        "dernier",
        "derniere",
        "passe",
        "last",
        "letzten",
        "letzter",
        "vergangenen",
        "pasado",
        "scorso",
        "minulogo",
        "минулої",
        "минулого",
        "минулу",
        "прошлый",
        "прошлую",
        "прошлой",
        "прошлого",
    ]
)
_NEXT = frozenset(
    [
        "prochain",
        "prochaine",
        "next",
        "kommenden",
        "nachsten",
        "proximo",
        "prossimo",
        "przyszly",
        "наступної",
        "наступного",
        "наступну",
        "следующий",
        "следующую",
        "следующей",
    ]
)
_FUTURE = frozenset(["will", "sera", "seront", "aura", "wird", "werden", "буде", "будуть", "будет", "будут"])
_TO = frozenset(
    [
        "au",
        "a",
        "et",
        "to",
        "and",
        "through",
        "until",
        "till",
        "bis",
        "und",
        "al",
        "hasta",
        "y",
        "do",
        "i",
        "по",
        "до",
        "и",
        "і",
        "та",
        "-",
        "–",
        "—",
    ]
)
_UNTIL = frozenset(
    ["au", "jusqu", "jusque", "to", "until", "till", "through", "bis", "zum", "hasta", "al", "fino", "do", "до", "по"]
)
_FROM_YEAR = re.compile(r"(19|20)\d\d\Z")
_NUMERIC = re.compile(r"(?<!\d)(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2}))(?!\d)")


def find_dates(words: Sequence[Word], text: str, published: date | None, base: int = 0) -> list[DateMention]:
    """The dates among the words of one field; ``published`` resolves weekdays, relative days and missing years.

    A bare weekday is the nearest such day at most six days back, unless «next» or a future verb stands in its sentence; a date
    without a year is the one nearest to publication.
    """
    found: list[DateMention] = []
    for i, word in enumerate(words):
        if len(found) >= MAX_DATES:
            break
        month = _MONTHS.get(word.form)
        if month is not None and (
            word.form not in _AMBIGUOUS or word.text[:1].isupper() or _number(words, i - 1) or _number(words, i + 1)
        ):
            mention = _written(words, text, i, month, published, base)
            if mention is not None:
                found.append(mention)
            continue
        if published is None:
            continue
        near = _NEAR_WORDS.get(word.form)
        if near is not None:
            day = published + timedelta(days=near)
        elif word.form in _WEEKDAYS and not _number(words, i + 1):
            day = _weekday(words, i, published)
        else:
            continue
        found.append(DateMention(day.year, (day.month, day.day), (day.month, day.day), True, base + i, base + i))
    found.extend(_spans(found, words, base))
    for match in _NUMERIC.finditer(text):
        year, month, day_number = (int(g) for g in (match[1] or match[6], match[2] or match[5], match[3] or match[4]))
        index = next((i for i, w in enumerate(words) if w.end > match.start()), None)
        if index is not None and _valid(month, day_number):
            full = year + 2000 if year < 100 else year
            found.append(DateMention(full, (month, day_number), (month, day_number), False, base + index, base + index))
    return found[:MAX_DATES]


def _spans(found: Sequence[DateMention], words: Sequence[Word], base: int) -> list[DateMention]:
    """«с полуночи 8 мая до полуночи 11 мая», «from 30 April to 2 May»: two written dates joined by a word of direction."""
    spans: list[DateMention] = []
    for one, two in pairwise(found):
        between = words[one.last - base + 1 : two.first - base]
        if one.relative or two.relative or len(between) > MAX_BETWEEN or not any(w.form in _UNTIL for w in between):
            continue
        if one.start < two.end and words[one.last - base].sentence == words[two.first - base].sentence:
            days = (two.end[0] - one.start[0]) * 30 + two.end[1] - one.start[1]
            if 0 < days <= MAX_RANGE_D:
                spans.append(DateMention(one.year, one.start, two.end, False, one.first, two.last))
    return spans


def _valid(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _number(words: Sequence[Word], i: int) -> int | None:
    """The day number at ``i`` (1st, 9., 16-го count), or None."""
    if not 0 <= i < len(words) or not words[i].form[0].isdigit():
        return None
    parsed = parse_digits(words[i].text)
    if parsed is None or not parsed[0].is_integer() or len(parsed[1]) > 4:
        return None
    value = int(parsed[0])
    return value if 1 <= value <= 31 else None


def _year_at(words: Sequence[Word], i: int) -> int | None:
    return int(words[i].form) if 0 <= i < len(words) and _FROM_YEAR.match(words[i].form) else None


def _written(
    words: Sequence[Word], text: str, i: int, month: int, published: date | None, base: int
) -> DateMention | None:
    day = _number(words, i - 1)
    first = last = i
    start: int | None = None
    start_month = month
    if day is not None:
        first = i - 1
        # «du 8 au 10 mai», «8-10 May», «с 8 по 11 мая»: a second number just before, joined by a word or a dash.
        for back in (2, 3):
            other = _number(words, i - back)
            if (
                other is not None
                and other < day
                and all(words[k].form in _TO for k in range(i - back + 1, i - 1))
                and _joined(text, words[i - back].end, words[i - 1].start)
            ):
                start, first = other, i - back
                break
    else:
        day = _number(words, i + 1)
        if day is None or _year_at(words, i + 1):
            return None
        last = i + 1
        other = _number(words, i + 2)
        if other is not None and other > day and _joined(text, words[i + 1].end, words[i + 2].start):
            start, day, last = day, other, i + 2
    year = _year_at(words, last + 1)
    if year is not None:
        last += 1
    elif published is not None:
        year = _nearest_year(published, month, day)
    begin = (start_month, start if start is not None else day)
    return DateMention(year, begin, (month, day), False, base + first, base + last)


def _joined(text: str, start: int, end: int) -> bool:
    """True when two numbers are joined as a range, not as a list of places or scores."""
    between = text[start:end].strip().casefold()
    return (
        between in ("-", "–", "—", "/", "")
        or between.strip(". ") in _TO
        or all(w in _TO for w in re.findall(r"[^\W\d_]+", between))
    )


def _nearest_year(published: date, month: int, day: int) -> int:
    best, distance = published.year, 400
    for year in (published.year - 1, published.year, published.year + 1):
        try:
            gap = abs((date(year, month, day) - published).days)
        except ValueError:
            continue
        if gap < distance:
            best, distance = year, gap
    return best


def _weekday(words: Sequence[Word], i: int, published: date) -> date:
    target = _WEEKDAYS[words[i].form]
    back = (published.weekday() - target) % 7
    around = {w.form for w in words[max(0, i - 2) : i + 3]}
    if around & _NEXT:
        return published + timedelta(days=7 - back)
    if around & _LAST:
        return published - timedelta(days=back or 7)
    sentence = {w.form for w in words[max(0, i - 8) : i + 9] if w.sentence == words[i].sentence}
    if back and sentence & _FUTURE:
        return published + timedelta(days=7 - back)
    return published - timedelta(days=back)
