"""Numbers in a text: digits, number words in eight languages, their unit (%, currency, the noun counted) and whether they are ordinals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.language.tokens import Word

MAX_NUMBERS = 60
"""Numbers kept of one text."""


class Number(NamedTuple):
    """A number met in a text. ``first``/``last`` are token indexes; ``unit`` is ``%``, a currency code, ``ord`` for an ordinal, a measure
    (day, month, year, km …) when the word after ``last`` is one, or empty."""

    value: float
    unit: str
    first: int
    last: int


_CARDINALS: dict[str, dict[int, str]] = {
    "fr": {2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept", 8: "huit", 9: "neuf", 10: "dix", 11: "onze", 12: "douze dizaine douzaine",
           13: "treize", 14: "quatorze", 15: "quinze quinzaine", 16: "seize", 20: "vingt vingtaine", 30: "trente trentaine", 40: "quarante quarantaine",
           50: "cinquante cinquantaine", 60: "soixante soixantaine", 100: "cent centaine"},
    "en": {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve dozen", 13: "thirteen",
           14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty",
           60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety", 100: "hundred"},
    "de": {2: "zwei", 3: "drei", 4: "vier", 5: "funf", 6: "sechs", 7: "sieben", 8: "acht", 9: "neun", 10: "zehn", 11: "elf", 12: "zwolf dutzend", 13: "dreizehn",
           14: "vierzehn", 15: "funfzehn", 16: "sechzehn", 20: "zwanzig", 30: "dreissig", 40: "vierzig", 50: "funfzig", 60: "sechzig", 70: "siebzig", 80: "achtzig",
           90: "neunzig", 100: "hundert"},
    "es": {2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete", 8: "ocho", 9: "nueve", 10: "diez decena", 12: "doce docena", 15: "quince",
           20: "veinte", 30: "treinta", 40: "cuarenta", 50: "cincuenta", 60: "sesenta", 100: "cien ciento"},
    "it": {2: "due", 3: "tre", 4: "quattro", 5: "cinque", 6: "sei", 7: "sette", 8: "otto", 9: "nove", 10: "dieci decina", 12: "dodici", 15: "quindici", 20: "venti",
           30: "trenta", 40: "quaranta", 50: "cinquanta", 60: "sessanta", 100: "cento"},
    "pl": {2: "dwa dwie dwoch dwaj", 3: "trzy trzech", 4: "cztery czterech", 5: "piec pieciu", 6: "szesc szesciu", 7: "siedem siedmiu", 8: "osiem osmiu",
           9: "dziewiec", 10: "dziesiec dziesieciu", 12: "dwanascie", 15: "pietnascie", 20: "dwadziescia", 30: "trzydziesci trzydziestu", 50: "piecdziesiat", 100: "sto"},
    "uk": {2: "два дві двох двома двом двоє", 3: "три трьох трьома трьом троє", 4: "чотири чотирьох четверо", 5: "пять пяти пятьох", 6: "шість шести",
           7: "сім семи", 8: "вісім восьми", 9: "девять девяти", 10: "десять десяти десятки", 11: "одинадцять", 12: "дванадцять дванадцяти", 15: "пятнадцять",
           20: "двадцять двадцяти", 30: "тридцять тридцяти", 40: "сорок сорока", 50: "пятдесят пятдесяти", 60: "шістдесят", 100: "сто ста"},
    "ru": {2: "два две двух двумя двум двое", 3: "три трех тремя трем трое", 4: "четыре четырех четверо", 5: "пять пяти", 6: "шесть шести", 7: "семь семи",
           8: "восемь восьми", 9: "девять девяти", 10: "десять десяти десятки", 11: "одиннадцать", 12: "двенадцать двенадцати", 15: "пятнадцать", 20: "двадцать двадцати",
           30: "тридцать тридцати", 40: "сорок сорока", 50: "пятьдесят пятидесяти", 60: "шестьдесят", 100: "сто ста"},
}  # fmt: skip
_ORDINALS: dict[str, dict[int, str]] = {
    "fr": {2: "deuxieme seconde", 3: "troisieme", 4: "quatrieme", 5: "cinquieme", 6: "sixieme", 7: "septieme", 8: "huitieme", 9: "neuvieme", 10: "dixieme",
           11: "onzieme", 12: "douzieme", 13: "treizieme", 14: "quatorzieme", 15: "quinzieme", 16: "seizieme", 20: "vingtieme"},
    "en": {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth", 11: "eleventh",
           12: "twelfth", 13: "thirteenth", 14: "fourteenth", 15: "fifteenth", 16: "sixteenth", 17: "seventeenth", 18: "eighteenth", 19: "nineteenth", 20: "twentieth"},
    "de": {2: "zweite zweiten zweiter zweites", 3: "dritte dritten dritter drittes", 4: "vierte vierten", 5: "funfte funften", 6: "sechste sechsten"},
    "uk": {2: "другий друга друге другого другу другої", 3: "третій третя третє третього третю", 4: "четвертий", 5: "пятий", 19: "девятнадцятий"},
    "ru": {2: "второй вторая второе второго вторую", 3: "третий третья третье третьего третью", 4: "четвертый", 5: "пятый", 19: "девятнадцатый"},
}  # fmt: skip
_SCALES: dict[str, float] = {
    word: scale
    for scale, words in {
        1e2: "hundred hundert",
        1e3: "mille thousand tausend mil mila tysiecy tysiace тисяч тисячі тисяча тис тысяч тысячи тысяча тыс",
        1e6: "million millions millionen mio millon millones milione milioni milion miliony milionow mln мільйон мільйони мільйонів млн миллион миллиона миллионов",
        1e9: "milliard milliards milliarden mrd billion miliardo miliardi miliard miliardy miliardow mld мільярд мільярди мільярдів млрд миллиард миллиарда миллиардов",
        1e12: "trillion billionen трлн трильйон триллион",
    }.items()
    for word in words.split()
}
_WORDS: dict[str, dict[str, int]] = {
    lang: {w: value for value, words in table.items() for w in words.split()} for lang, table in _CARDINALS.items()
}
_ORDINAL_WORDS: dict[str, dict[str, int]] = {
    lang: {w: value for value, words in table.items() for w in words.split()} for lang, table in _ORDINALS.items()
}
_CURRENCIES = {"$": "usd", "€": "eur", "£": "gbp", "₽": "rub", "₴": "uah"}
_CURRENCY_WORDS = {
    **dict.fromkeys(
        [
            "dollar",
            "dollars",
            "доларів",
            "долар",
            "долари",
            "долларов",
            "доллар",
            "доллара",
            "dolares",
            "dollari",
            "dolarow",
        ],
        "usd",
    ),
    **dict.fromkeys(["euro", "euros", "євро", "евро", "eur"], "eur"),
    **dict.fromkeys(["ruble", "rubles", "rouble", "roubles", "рублів", "рублей", "rubel"], "rub"),
    **dict.fromkeys(["hryvnia", "hryvnias", "гривень", "гривня", "гривны", "гривен"], "uah"),
    **dict.fromkeys(["pound", "pounds", "livres", "sterling", "pfund", "sterline", "фунтів", "фунтов"], "gbp"),
}
_MEASURES: dict[str, str] = {
    "hour": "heure hours hour stund годин час ore ora hora godzin",
    "day": "jour journee day days tag tage tagen tagig день дня дні днів дням днем денн дней дню дневн dni dzien dniow dia dias giorn",
    "week": "semaine hebdomadaire week woche wochig тижн тижд недел settiman seman tygod",
    "month": "mois month monat місяц місяч месяц месяч miesia mes meses mese mesi",
    "year": "an ans annee year jahr jahrig рік рок річн год лет годов rok lat letni ano anos anni anno",
    "km": "km kilometre kilometer kilometr кілометр километр км chilometr kilometro",
    "tonne": "tonne tonnes ton tons тонн toneladas tonnellat ton",
    "point": "point punkt пункт punto punti puntos пунктов пунктів",
    "soldier": "soldat militaire soldier troop soldaten військов солдат военн zolnierz soldad soldati",
    "country": "pays country countries staat land країн стран държав panstw kraj pais paesi stati",
}
"""Beginnings of the words that name what is counted; short ones must be whole words."""
_SHORT = frozenset(
    [
        "an",
        "ans",
        "час",
        "рік",
        "рок",
        "год",
        "лет",
        "rok",
        "lat",
        "ano",
        "anos",
        "mes",
        "ora",
        "ore",
        "dia",
        "dias",
        "ton",
        "tag",
        "day",
        "land",
        "km",
        "км",
        "mese",
        "mesi",
        "pays",
        "tons",
        "dni",
        "дня",
        "дні",
        "день",
        "дню",
    ]
)
_MEASURE_HEADS: dict[str, list[tuple[str, str]]] = {}
for _measure, _heads in _MEASURES.items():
    for _head in _heads.split():
        _MEASURE_HEADS.setdefault(_head[:2], []).append((_head, _measure))
_PERCENT_WORDS = frozenset(
    [
        "pourcent",
        "percent",
        "prozent",
        "відсотків",
        "відсотки",
        "процентів",
        "процентов",
        "процента",
        "procent",
        "procenta",
    ]
)
_DIGITS = re.compile(r"(\d[\d.,\u00a0\u202f ]*)([^\W\d_]*)\Z")
_ORDINAL_TAILS = frozenset(
    ["e", "eme", "ere", "er", "nd", "rd", "th", "st", "й", "го", "й", "му", "ї", "я", "ая", "ой", "ый", "ий", "а"]
)
_CLOCK_TAILS = frozenset(("h",))


def parse_digits(text: str) -> tuple[float, str] | None:
    """The value of a written number and what is glued to it: «2.000» 2000, «1,6» 1.6, «19e» (19, e). None when it is no number."""
    match = _DIGITS.match(text)
    if match is None:
        return None
    digits = re.sub(r"[\u00a0\u202f ]", "", match[1]).rstrip(".,")
    digits = re.sub(r"[.,]", "", digits) if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits) else digits.replace(",", ".")
    if digits.count(".") > 1 or len(digits) > 15:
        return None
    return float(digits), match[2].casefold()


def find_numbers(words: Sequence[Word], text: str, lang: str | None, base: int = 0) -> list[Number]:
    """The numbers among the words of one field. ``text`` is the field, ``base`` the index of its first word among all tokens.

    «two hundred» and «19 billion» are one number; years and clock times are numbers too (dates.py takes its own).
    """
    found: list[Number] = []
    languages = (lang,) if lang in _WORDS else tuple(_WORDS)
    i = 0
    while i < len(words) and len(found) < MAX_NUMBERS:
        word = words[i]
        value: float | None = None
        unit = ""
        if word.form[0].isdigit():
            parsed = parse_digits(word.text)
            if parsed is not None:
                value, tail = parsed
                after = words[i + 1] if i + 1 < len(words) else None
                joined = after is not None and after.start == word.end + 1 and text[word.end] in "-‑–"
                if tail in _ORDINAL_TAILS or (joined and after is not None and after.form in _ORDINAL_TAILS):
                    unit = "ord"
                elif tail in _CLOCK_TAILS or "h" in tail:
                    unit = "clock"
        elif not word.stop or word.form in ("sei",):
            for one in languages:
                if word.form in _WORDS[one]:
                    value = float(_WORDS[one][word.form])
                    break
                if word.form in _ORDINAL_WORDS.get(one, {}):
                    value, unit = float(_ORDINAL_WORDS[one][word.form]), "ord"
                    break
        if value is None:
            i += 1
            continue
        last = i
        while last + 1 < len(words) and words[last + 1].form in _SCALES and not unit:
            value *= _SCALES[words[last + 1].form]
            last += 1
        if not unit:
            unit = _unit(words, text, i, last)
        found.append(Number(value, unit, base + i, base + last))
        i = last + 1
    return found


def _unit(words: Sequence[Word], text: str, first: int, last: int) -> str:
    before = text[max(0, words[first].start - 2) : words[first].start].strip()
    after = text[words[last].end : words[last].end + 2].strip()
    if after.startswith("%"):
        return "%"
    for side in (before[-1:], after[:1]):
        if side in _CURRENCIES:
            return _CURRENCIES[side]
    for word in words[last + 1 : last + 3]:
        if word.form in _CURRENCY_WORDS:
            return _CURRENCY_WORDS[word.form]
        if word.form in _PERCENT_WORDS:
            return "%"
    return measure(words[last + 1].form) if last + 1 < len(words) else ""


def measure(form: str) -> str:
    """What a word counts (day, month, year, km …), empty when it is no measure: «jours», «30-денне» and «30-tägig» are days."""
    for head, name in _MEASURE_HEADS.get(form[:2], ()):
        if form == head or (head not in _SHORT and form.startswith(head)):
            return name
    return ""


def number_key(number: Number) -> str:
    """The key under which a number of a watch meets a number of an article: ``#30 day``, ``#19``."""
    return f"#{number.value:.15g} {number.unit}".rstrip()
