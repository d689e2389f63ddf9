"""The language of a text by script, letters and stop words. Own rules: a trained detector costs 100 MB and errs on short titles too."""

from __future__ import annotations

import re
from collections import Counter

from bot.language.stopwords import BY_LANGUAGE
from bot.language.translit import fold

MAX_LOOK = 2_000
"""Characters of a text that are looked at."""

_WORD = re.compile(r"[^\W\d_]+")
_MARKS: dict[str, tuple[str, float]] = {
    "fr": ("çœêëîïûéàè«", 0.6), "de": ("äöüß„", 0.8), "es": ("ñ¿¡áíóú", 0.8), "pl": ("ąćęłńśźż", 2.0), "it": ("ìò", 0.8),
}  # fmt: skip
_ELISION = re.compile(r"\b(?:l|d|qu|n|s|c|j)['’](?=\w)", re.IGNORECASE)
_IT_ELISION = re.compile(r"\b(?:dell|all|nell|sull|dall|un)['’](?=\w)", re.IGNORECASE)
_OTHERS: dict[str, frozenset[str]] = {
    "pt": frozenset(["nao", "com", "para", "uma", "dos", "das", "pelo", "pela", "mais", "foi", "como", "ao", "sao", "voce", "tambem", "ate", "apos", "sobre", "em", "os", "do", "da"]),
    "nl": frozenset(["het", "een", "van", "voor", "niet", "met", "zijn", "naar", "ook", "wordt", "bij", "uit", "over", "aan", "maar", "heeft", "geen", "tot", "door", "nog", "dat"]),
    "ro": frozenset(["si", "pentru", "care", "din", "este", "sunt", "fost", "prin", "dupa", "intre", "mai", "ca", "nu", "sa", "la", "unui", "unei"]),
    "tr": frozenset(["ve", "bir", "bu", "icin", "ile", "olarak", "daha", "sonra", "gibi", "kadar", "olan"]),
    "bg": frozenset(["на", "да", "се", "че", "от", "са", "ще", "като", "беше", "което", "който", "която"]),
    "be": frozenset(["і", "ў", "што", "гэта", "як", "па", "для", "пра", "каб", "але", "было"]),
}  # fmt: skip


def detect(text: str, hint: str | None) -> str | None:
    """The ISO 639-1 code of a text's language, or None when nothing speaks for one.

    ``hint`` (what the feed declares, e.g. ``fr-FR``) wins unless the text's script or its words speak clearly against it: agencies
    serve several languages under one declaration.
    """
    declared = re.split(r"[-_]", hint.strip().lower())[0][:3] if hint and hint.strip() else None
    sample = text[:MAX_LOOK]
    letters = Counter(
        "c" if "\u0400" <= c <= "\u052f" else "l"
        for c in sample
        if c.isalpha() and (c < "\u0250" or "\u0400" <= c <= "\u052f")
    )
    others = sum(
        1
        for c in sample
        if c.isalpha() and not (c < "\u0250" or "\u0400" <= c <= "\u052f" or "\u1e00" <= c <= "\u1eff")
    )
    if others > letters.total():
        return declared if declared not in (None, "fr", "en", "de", "es", "it", "pl", "uk", "ru") else None
    scores = _cyrillic(sample) if letters["c"] > letters["l"] else _latin(sample)
    ranked = sorted(scores.items(), key=lambda kv: -kv[1])
    best, high = ranked[0] if ranked else ("", 0.0)
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if declared is not None:
        own = scores.get(declared)
        if own is None:
            # The script speaks against it, or it is a language we have no list for.
            known = declared in BY_LANGUAGE or declared in _OTHERS
            return (best if high > 0 else None) if known or high >= 3 else declared
        if high <= own + 2 or high < 2 * own + 1:
            return declared
        return best
    if high < 1 or high - second < 0.5:
        return None
    return best


def _cyrillic(text: str) -> dict[str, float]:
    low = text.lower()
    counts = Counter(low)
    words = [w.replace("ё", "е").replace("ґ", "г") for w in _WORD.findall(low)]
    scores: dict[str, float] = {}
    for lang in ("uk", "ru"):
        scores[lang] = float(sum(w in BY_LANGUAGE[lang] for w in words))
    scores["uk"] += 1.5 * (counts["і"] + counts["ї"] + counts["є"] + counts["ґ"])
    scores["ru"] += 1.5 * (counts["ы"] + counts["э"] + counts["ё"]) + 2.0 * counts["ъ"]
    for lang in ("bg", "be"):
        scores[lang] = float(sum(w in _OTHERS[lang] for w in words))
    scores["be"] += 4.0 * counts["ў"]
    if counts["ў"]:
        scores["uk"] = scores["uk"] / 3
        scores["ru"] = scores["ru"] / 3
    if counts["ъ"] > 2 and not counts["ы"]:
        scores["bg"] += 3.0 * counts["ъ"]
    return scores


def _latin(text: str) -> dict[str, float]:
    words = [fold(w) for w in _WORD.findall(text)]
    low = text.lower()
    scores: dict[str, float] = {}
    lists = {
        **{k: v for k, v in BY_LANGUAGE.items() if k not in ("uk", "ru")},
        **{k: v for k, v in _OTHERS.items() if k not in ("bg", "be")},
    }
    for lang, stop in lists.items():
        score = float(sum(w in stop for w in words))
        letters, weight = _MARKS.get(lang, ("", 0.0))
        if letters:
            score += weight * min(3, sum(low.count(c) for c in letters))
        scores[lang] = score
    scores["fr"] += len(_ELISION.findall(text))
    scores["it"] += 2 * len(_IT_ELISION.findall(text))
    scores["pt"] += 2.0 * min(3, sum(low.count(c) for c in "ãõ"))
    scores["ro"] += 2.0 * min(3, sum(low.count(c) for c in "ăâșşțţ"))
    scores["tr"] += 2.0 * min(3, sum(low.count(c) for c in "ığş"))
    return scores
