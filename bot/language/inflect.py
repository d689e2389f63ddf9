"""Dictionary forms that an inflected word of a Latin-script language may come from, by detaching endings (the way of WordNet's morphy).

The rules over-generate on purpose: a candidate counts only where it is itself a word of the lexicon in that language, so that nonsense
never meets anything. All words here are folded (no accents). Measured against Snowball in ``bench/quality.py``: the stemmer joins
«important» with «import»; these rules do not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

_MIN_BASE = 2

_Rule = tuple[str, tuple[str, ...]]


def _apply(form: str, rules: tuple[_Rule, ...], found: dict[str, None]) -> None:
    for ending, replacements in rules:
        if form.endswith(ending) and len(form) - len(ending) >= _MIN_BASE:
            base = form[: len(form) - len(ending)] if ending else form
            for replacement in replacements:
                found[base + replacement] = None


_FR_NUMBER: tuple[_Rule, ...] = (("s", ("",)), ("x", ("",)), ("aux", ("al", "ail")))
_FR_GENDER: tuple[_Rule, ...] = (
    ("e", ("",)), ("enne", ("en",)), ("onne", ("on",)), ("elle", ("el",)), ("ive", ("if",)), ("euse", ("eux", "eur")),
    ("trice", ("teur",)), ("ere", ("er",)), ("ette", ("et",)), ("esse", ("",)), ("que", ("c",)), ("iere", ("ier",)), ("che", ("c",)), ("gue", ("g",)),
    ("ve", ("f",)),
)  # fmt: skip
_FR_VERB: tuple[_Rule, ...] = (
    *((e, ("er",)) for e in ["e", "es", "ons", "ez", "ent", "ai", "as", "a", "ais", "ait", "ions", "iez", "aient", "ant", "era", "erai", "eras", "eront", "erez", "erons", "erait", "eraient", "ee", "ees", "es", "asse", "assent", "erent", "eait", "eaient", "eant", "ea", "eons"]),
    *((e, ("ir",)) for e in ["i", "is", "it", "ie", "ies", "issons", "issez", "issent", "issait", "issaient", "issant", "ira", "irai", "iront", "irait", "iraient", "irent", "isse", "e", "ent", "ait", "aient", "ant"]),
    *((e, ("oyer",)) for e in ["oie", "oies", "oient", "oiera", "oieront"]), *((e, ("uyer", "ayer")) for e in ["uie", "uient", "aie", "aient"]),
    ("elle", ("eler",)), ("ellent", ("eler",)), ("ette", ("eter",)), ("ettent", ("eter",)),
    *((e, ("enir",)) for e in ["ient", "iens", "iennent", "enait", "enaient", "enu", "enue", "enus", "enues", "iendra", "iendront", "iendrait", "int", "inrent", "enant", "ienne"]),
    *((e, ("rir",)) for e in ["ert", "erte", "erts", "ertes"]), ("ert", ("erir",)), ("is", ("erir",)), ("ise", ("erir",)),
    *((e, ("re",)) for e in ["s", "t", "ent", "ait", "aient", "ant", "u", "ue", "us", "ues", "ra", "ront", "rait", "raient", "e"]), ("d", ("dre",)),
    *((e, ("ettre",)) for e in ["et", "ets", "ettent", "ettait", "ettant", "ettra", "ettront", "is", "ise", "ises", "it", "irent"]),
    *((e, ("rendre",)) for e in ["rend", "rennent", "renait", "renaient", "renant", "ris", "rise", "rises", "rit", "rirent", "renne"]),
    *((e, ("indre",)) for e in ["int", "ints", "inte", "intes", "ignent", "ignait", "ignant", "indra", "indront", "ignit"]),
    *((e, ("uire",)) for e in ["uit", "uits", "uite", "uites", "uisent", "uisait", "uisant", "uira", "uiront", "uisit"]),
    *((e, ("uivre",)) for e in ["uit", "uivent", "uivait", "uivi", "uivie", "uivis", "uivra", "uivant"]),
    *((e, ("evoir",)) for e in ["oit", "oivent", "evait", "evaient", "u", "ue", "us", "ues", "evra", "evront", "evrait", "oive", "ut"]),
    *((e, ("aitre",)) for e in ["ait", "aissent", "aissait", "aissant", "u", "ue", "us", "ues", "aitra"]),
    *((e, ("clure",)) for e in ["clut", "clu", "clue", "clus", "clues", "cluent", "cluait", "clura", "cluront", "cluant"]),
    *((e, ("soudre",)) for e in ["sout", "solu", "solue", "solvent", "soudra"]),
    *((e, ("attre",)) for e in ["at", "attent", "attu", "attue", "attus", "attra"]),
    *((e, ("crire",)) for e in ["crit", "crits", "crite", "crites", "crivent", "crivait", "crira", "crivit"]),
)  # fmt: skip
_FR_IRREGULAR = {
    "veut": "vouloir", "veulent": "vouloir", "voulait": "vouloir", "vu": "voir", "vue": "voir", "voit": "voir", "voient": "voir", "verra": "voir",
    "dit": "dire", "dits": "dire", "dite": "dire", "disent": "dire", "disait": "dire", "dira": "dire", "tue": "tuer", "mort": "mourir", "meurt": "mourir",
    "meurent": "mourir", "envoie": "envoyer", "enverra": "envoyer", "enverront": "envoyer", "elu": "elire", "elue": "elire", "elus": "elire", "lu": "lire",
    "yeux": "oeil", "acquis": "acquerir", "acquise": "acquerir", "exclut": "exclure", "recu": "recevoir", "sait": "savoir", "savent": "savoir",
    "nait": "naitre", "ne": "naitre", "interdit": "interdire", "interdite": "interdire", "interdits": "interdire", "predit": "predire", "contredit": "contredire",
    "mis": "mettre", "mise": "mettre", "mises": "mettre", "met": "mettre", "pris": "prendre", "prise": "prendre", "prises": "prendre", "tient": "tenir",
    "tenu": "tenir", "tenue": "tenir", "vient": "venir", "viennent": "venir", "venu": "venir", "venus": "venir", "tiennent": "tenir",
    "pretend": "pretendre", "assied": "asseoir", "cru": "croire", "croit": "croire", "croient": "croire", "maintien": "maintien",
}  # fmt: skip

_EN_RULES: tuple[_Rule, ...] = (
    ("s", ("",)), ("es", ("", "e")), ("ies", ("y", "ie")), ("ves", ("f", "fe")), ("ed", ("", "e")), ("ied", ("y",)), ("ing", ("", "e")), ("ying", ("ie",)),
    ("er", ("", "e")), ("est", ("", "e")), ("ier", ("y",)), ("iest", ("y",)), ("d", ("",)), ("men", ("man",)),
    ("ise", ("ize",)), ("ised", ("ize",)), ("ising", ("ize",)), ("ises", ("ize",)), ("isation", ("ization",)), ("ize", ("ise",)), ("ized", ("ise",)),
    ("our", ("or",)), ("ours", ("or",)), ("or", ("our",)), ("ence", ("ense",)), ("ense", ("ence",)), ("tre", ("ter",)), ("ters", ("tre",)),
    ("lled", ("l",)), ("lling", ("l",)),
)  # fmt: skip
_EN_IRREGULAR: dict[str, tuple[str, ...]] = {
    past: (base,)
    for base, pasts in {
        "meet": "met", "hold": "held", "give": "gave given", "take": "took taken", "sell": "sold", "fight": "fought", "send": "sent", "leave": "left",
        "lead": "led", "win": "won", "lose": "lost", "seek": "sought", "strike": "struck stricken", "speak": "spoke spoken", "tell": "told", "keep": "kept",
        "break": "broke broken", "say": "said", "go": "went gone", "come": "came", "see": "saw seen", "know": "knew known", "think": "thought",
        "bring": "brought", "buy": "bought", "begin": "began begun", "become": "became", "find": "found", "get": "got gotten", "make": "made",
        "build": "built", "rebuild": "rebuilt", "pay": "paid", "shoot": "shot", "fall": "fell fallen", "rise": "rose risen", "write": "wrote written",
        "choose": "chose chosen", "withdraw": "withdrew withdrawn", "draw": "drew drawn", "throw": "threw thrown", "overthrow": "overthrew overthrown",
        "undertake": "undertook undertaken", "forgive": "forgave forgiven", "freeze": "froze frozen", "steal": "stole stolen", "shake": "shook shaken",
        "fly": "flew flown", "grow": "grew grown", "show": "showed shown", "hide": "hid hidden", "sit": "sat", "stand": "stood", "withstand": "withstood",
        "understand": "understood", "catch": "caught", "teach": "taught", "swear": "swore sworn", "drive": "drove driven", "strive": "strove",
        "foresee": "foresaw foreseen", "lie": "lay lain", "bear": "bore borne", "feel": "felt", "deal": "dealt", "flee": "fled", "feed": "fed",
        "hear": "heard", "mean": "meant", "run": "ran", "sink": "sank sunk", "wage": "waged", "man": "men", "woman": "women", "child": "children",
        "person": "people", "crisis": "crises", "foot": "feet", "mother": "mothers", "die": "dying", "blow": "blew blown", "cut": "cutting",
    }.items()
    for past in pasts.split()
}  # fmt: skip

_DE_NOUN: tuple[_Rule, ...] = (
    *tuple(
        (e, ("",)) for e in ["e", "en", "n", "er", "ern", "s", "es", "em", "ens", "se", "nen", "erin", "in", "innen"]
    ),
    ("en", ("um", "a", "us", "e")),
    ("innen", ("in",)),
    ("er", ("e",)),
    ("em", ("e",)),
    ("es", ("e",)),
)
_DE_VERB: tuple[_Rule, ...] = (
    *tuple(
        (e, ("en",))
        for e in [
            "t",
            "te",
            "ten",
            "tet",
            "et",
            "ete",
            "eten",
            "e",
            "st",
            "est",
            "end",
            "ende",
            "enden",
            "ender",
            "endes",
        ]
    ),
    ("elt", ("eln",)),
    ("ert", ("ern",)),
    ("erte", ("ern",)),
    ("erten", ("ern",)),
    ("elte", ("eln",)),
    ("elten", ("eln",)),
)
_DE_PREFIXES = [
    "ab",
    "an",
    "auf",
    "aus",
    "bei",
    "dar",
    "durch",
    "ein",
    "entgegen",
    "fest",
    "fort",
    "frei",
    "her",
    "hin",
    "los",
    "mit",
    "nach",
    "nieder",
    "statt",
    "teil",
    "um",
    "unter",
    "vor",
    "vorbei",
    "weg",
    "weiter",
    "wieder",
    "zu",
    "zurecht",
    "zuruck",
    "zusammen",
    "zustande",
    "uber",
    "hinaus",
]
_DE_IRREGULAR: dict[str, tuple[str, ...]] = {
    form: (base,)
    for base, forms in {
        "treffen": "traf trafen getroffen trifft treffe", "sprechen": "sprach sprachen gesprochen spricht", "geben": "gab gaben gegeben gibt",
        "nehmen": "nahm nahmen genommen nimmt", "bieten": "bot boten geboten", "schliessen": "schloss schlossen geschlossen", "gehen": "ging gingen gegangen",
        "kommen": "kam kamen gekommen", "stehen": "stand standen gestanden", "brechen": "brach brachen gebrochen bricht", "verlassen": "verliess verliessen",
        "fallen": "fiel fielen gefallen fallt", "halten": "hielt hielten gehalten halt", "laufen": "lief liefen gelaufen lauft", "rufen": "rief riefen gerufen",
        "schreiben": "schrieb schrieben geschrieben", "bleiben": "blieb blieben geblieben", "ziehen": "zog zogen gezogen", "fliegen": "flog flogen geflogen",
        "verlieren": "verlor verloren", "gewinnen": "gewann gewannen gewonnen", "beginnen": "begann begannen begonnen", "sterben": "starb starben gestorben stirbt",
        "werfen": "warf warfen geworfen wirft", "helfen": "half halfen geholfen hilft", "lassen": "liess liessen gelassen lasst", "finden": "fand fanden gefunden",
        "binden": "band gebunden", "greifen": "griff griffen gegriffen", "angreifen": "angriff", "schlagen": "schlug schlugen geschlagen schlagt",
        "tragen": "trug trugen getragen tragt", "fahren": "fuhr fuhren gefahren fahrt", "laden": "lud luden geladen ladt", "bringen": "brachte brachten gebracht",
        "denken": "dachte gedacht", "wissen": "weiss wusste gewusst", "kennen": "kannte gekannt", "nennen": "nannte nannten genannt", "senden": "sandte gesandt",
        "sehen": "sah sahen gesehen sieht", "lesen": "las lasen gelesen", "essen": "ass", "weisen": "wies wiesen gewiesen", "steigen": "stieg stiegen gestiegen",
        "unterscheiden": "unterschied", "scheiden": "schied schieden geschieden", "entscheiden": "entschied entschieden", "verbieten": "verbot verboten",
        "erhalten": "erhielt erhielten", "vorschlagen": "schlug", "versprechen": "versprach versprochen", "unterschreiben": "unterschrieb unterschrieben",
        "verhandeln": "verhandelt", "empfangen": "empfing empfingen empfangt", "fordern": "gefordert", "drohen": "droht drohte gedroht", "zwingen": "zwang gezwungen",
        "schiessen": "schoss schossen geschossen", "fliehen": "floh flohen geflohen", "messen": "mass", "vertreten": "vertrat vertritt", "treten": "trat traten getreten tritt",
    }.items()
    for form in forms.split()
}  # fmt: skip

_ES_RULES: tuple[_Rule, ...] = (
    ("s", ("",)), ("es", ("",)), ("ces", ("z",)), ("a", ("o", "")), ("as", ("o", "")), ("os", ("o",)),
    *((e, ("ar",)) for e in ["o", "a", "as", "an", "amos", "aba", "aban", "ado", "ada", "ados", "adas", "ando", "e", "en", "aron", "ara", "aran", "aria", "arian", "ase", "o", "ue", "uen"]),
    *((e, ("er", "ir")) for e in ["e", "en", "es", "emos", "imos", "ia", "ian", "ido", "ida", "idos", "idas", "iendo", "io", "ieron", "era", "eran", "eria", "erian", "ira", "iran", "iria", "a", "an"]),
)  # fmt: skip
_IT_RULES: tuple[_Rule, ...] = (
    ("i", ("o", "e", "a", "io")), ("e", ("a", "o")), ("a", ("o",)), ("he", ("a",)), ("hi", ("o",)), ("ci", ("co",)), ("ce", ("cia",)), ("ge", ("gia",)),
    *((e, ("are",)) for e in ["o", "a", "i", "ano", "ava", "avano", "ato", "ata", "ati", "ate", "ando", "era", "eranno", "erebbe", "arono"]), ("o", ("are",)),
    *((e, ("ere", "ire")) for e in ["e", "ono", "eva", "evano", "uto", "uta", "uti", "ute", "ito", "ita", "iti", "ite", "endo", "era", "iranno", "eranno", "erebbe", "irono", "i", "isce", "iscono", "iva", "ivano"]),
    ("hera", ("are",)), ("heranno", ("are",)), ("so", ("dere", "rre")), ("sa", ("dere",)), ("sto", ("dere",)), ("tto", ("rre", "dere")), ("tta", ("rre",)),
)  # fmt: skip
_PL_ENDINGS = [
    "a",
    "ach",
    "ami",
    "e",
    "em",
    "ia",
    "iach",
    "iami",
    "iem",
    "ie",
    "i",
    "o",
    "om",
    "iom",
    "owi",
    "iowi",
    "ow",
    "iow",
    "u",
    "iu",
    "y",
    "ych",
    "ym",
    "ymi",
    "ego",
    "iego",
    "emu",
    "iemu",
    "ej",
    "iej",
    "im",
    "ich",
    "imi",
    "eta",
    "owie",
    "ze",
]
_PL_NOMINATIVE = ("", "a", "o", "e", "y", "i", "ie", "ia", "ec")
_PL_SOFT: tuple[_Rule, ...] = (
    ("dzi", ("d",)), ("ci", ("t",)), ("rz", ("r",)), ("c", ("k", "t")), ("dz", ("g", "d")), ("sz", ("ch", "s")), ("si", ("s",)), ("zi", ("z",)), ("ni", ("n",)),
    ("mi", ("m",)), ("wi", ("w",)), ("bi", ("b",)), ("pi", ("p",)), ("l", ("l",)), ("cz", ("k",)), ("z", ("g",)), ("ki", ("k",)), ("gi", ("g",)), ("sc", ("st",)),
)  # fmt: skip
_PL_VERB: tuple[_Rule, ...] = (
    *((e, ("ac",)) for e in ["a", "aja", "al", "ala", "alo", "ali", "aly", "any", "ana", "ane", "ano", "ajac"]), *((e, ("ic", "yc")) for e in ["i", "y", "il", "ila", "ili", "ily", "yl", "yla", "yli", "ony", "ona", "one", "ono", "a"]),
    *((e, ("owac",)) for e in ["uje", "uja", "owal", "owala", "owali", "owano", "owany", "owana", "uj"]), *((e, ("ec",)) for e in ["i", "al", "ala", "ali"]),
)  # fmt: skip


def _french(form: str, found: dict[str, None]) -> None:
    _apply(form, _FR_NUMBER, found)
    for base in (form, *found):
        _apply(base, _FR_GENDER, found)
    _apply(form, _FR_VERB, found)
    if form in _FR_IRREGULAR:
        found[_FR_IRREGULAR[form]] = None


def _english(form: str, found: dict[str, None]) -> None:
    _apply(form, _EN_RULES, found)
    for ending in ("ed", "ing", "er"):
        base = form[: -len(ending)]
        if form.endswith(ending) and len(base) > 3 and base[-1] == base[-2]:
            found[base[:-1]] = None
    for base in (form, form[:-1] if form.endswith("s") else form):
        for word in _EN_IRREGULAR.get(base, ()):
            found[word] = None


def _german(form: str, found: dict[str, None]) -> None:
    for prefix in ("", *(p for p in _DE_PREFIXES if form.startswith(p))):
        rest = form[len(prefix) :]
        if len(rest) < 3:
            continue
        bare = rest[2:] if rest.startswith(("ge", "zu")) and len(rest) > 5 else rest
        for base in {rest, bare}:
            candidates: dict[str, None] = {}
            _apply(base, _DE_VERB, candidates)
            if base is not rest:
                candidates[base] = None
            for word in (*candidates, *_DE_IRREGULAR.get(base, ()), *_DE_IRREGULAR.get(rest, ())):
                found[prefix + word] = None
        if prefix:
            for word in _DE_IRREGULAR.get(rest, ()):
                found[prefix + word] = None
    _apply(form, _DE_NOUN, found)


def _spanish(form: str, found: dict[str, None]) -> None:
    _apply(form, _ES_RULES, found)


def _italian(form: str, found: dict[str, None]) -> None:
    _apply(form, _IT_RULES, found)


def _polish(form: str, found: dict[str, None]) -> None:
    for ending in ("", *_PL_ENDINGS):
        if not form.endswith(ending) or len(form) - len(ending) < 3:
            continue
        base = form[: len(form) - len(ending)] if ending else form
        bases: dict[str, None] = {base: None}
        _apply(base, _PL_SOFT, bases)
        for stem in bases:
            for nominative in _PL_NOMINATIVE:
                found[stem + nominative] = None
        if len(base) > 3 and base[-1] not in "aeiouy" and base[-2] not in "aeiouy":
            found[base[:-1] + "e" + base[-1]] = (
                None  # the fleeting e: Niemca, Niemiec is irregular; chlopca, chlopiec; targu
            )
    _apply(form, _PL_VERB, found)


_RULES: dict[str, Callable[[str, dict[str, None]], None]] = {
    "fr": _french,
    "en": _english,
    "de": _german,
    "es": _spanish,
    "it": _italian,
    "pl": _polish,
}
PLURALS: dict[str, tuple[_Rule, ...]] = {
    "fr": _FR_NUMBER,
    "en": (("s", ("",)), ("es", ("",)), ("ies", ("y",))),
    "de": (("en", ("", "e")), ("n", ("",)), ("e", ("",))),
    "es": (("s", ("",)), ("es", ("",))),
    "it": (("i", ("o", "e", "a", "io")), ("e", ("a",))),
    "pl": (("y", ("a", "")), ("i", ("a", "")), ("e", ("a",))),
}
"""Plural endings: a form listed in the plural («terres rares») is also found in the singular."""


@lru_cache(maxsize=20_000)
def base_forms(form: str, lang: str) -> tuple[str, ...]:
    """The forms a dictionary might list ``form`` under in a Latin-script language, itself first. Unknown languages: itself alone."""
    found: dict[str, None] = {}
    rule = _RULES.get(lang)
    if rule is not None and len(form) > 2 and not form[0].isdigit():
        rule(form, found)
        found.pop(form, None)
    return (form, *found)


def singulars(form: str, lang: str) -> tuple[str, ...]:
    """``form`` and what it would be in the singular."""
    found: dict[str, None] = {}
    if len(form) > 3:
        _apply(form, PLURALS.get(lang, ()), found)
        found.pop(form, None)
    return (form, *found)
