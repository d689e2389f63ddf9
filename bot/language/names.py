"""The case forms of people's and places' names in Ukrainian, Russian and Polish, by their endings.

A morphological dictionary does not know Мерц or Уїткофф and guesses; worse, it cannot keep Зеленський apart from Зеленська. Names
decline by few and regular patterns, so the lexicon's names are written out in all their cases when it is compiled.
"""

from __future__ import annotations

_MASCULINE_ADJECTIVE = {
    "uk": ("ий", ("ий", "ого", "ому", "им", "ім", "і", "их")),
    "ru": ("ий", ("ий", "ого", "ому", "им", "ом", "ие", "их")),
}
_UK_CONSONANT = ("", "а", "у", "ові", "еві", "ом", "ем", "ім", "им", "і", "е", "и", "ів", "ами", "ах", "ам")
_RU_CONSONANT = ("", "а", "у", "ом", "ем", "ым", "е", "ы", "и", "ов", "ами", "ах", "ам")
_UK_A = ("а", "и", "і", "у", "ою", "о", "ам", "ами", "ах")
_RU_A = ("а", "ы", "и", "е", "у", "ой", "ою", "ам", "ами", "ах")
_CYRILLIC_CONSONANTS = "бвгґджзклмнпрстфхцчшщ"


def declined(form: str, lang: str) -> tuple[str, ...]:
    """All case forms of a folded name in ``uk``, ``ru`` or ``pl``, itself first; other languages: itself and its genitive in s."""
    if lang == "uk":
        forms = _ukrainian(form)
    elif lang == "ru":
        forms = _russian(form)
    elif lang == "pl":
        forms = _polish(form)
    elif lang in ("de", "any") and not form.endswith("s") and len(form) > 3:
        forms = [form, form + "s"]
    else:
        forms = [form]
    return tuple(dict.fromkeys((form, *forms)))


def _softened(base: str) -> str:
    """Ольга, Ользі; Америка, Америці: the second palatalisation before і."""
    return base[:-1] + {"г": "з", "к": "ц", "х": "с"}.get(base[-1], base[-1])


def _ukrainian(form: str) -> list[str]:
    if form.endswith(("ський", "цький", "зький", "ий")) and len(form) > 4:
        base = form[:-2]
        return [base + e for e in _MASCULINE_ADJECTIVE["uk"][1]]
    if form.endswith(("ська", "цька", "зька", "ова", "єва", "ева", "іна", "їна")) and len(form) > 5:
        base = form[:-1]
        return [base + e for e in ("а", "ої", "ій", "у", "ою")] + (
            [base + "и", base + "і"] if form.endswith("на") else []
        )
    if form.endswith("ко") and len(form) > 4:
        base = form[:-2]
        return [form, *(base + e for e in ("ка", "ку", "кові", "ком", "ці", "ки"))]
    if form.endswith(("ів", "їв")) and len(form) > 3:  # Київ, Львів, Чернігів: і becomes є or о in the open syllable
        base = form[:-2] + ("є" if form[-3:-2] in ("и", "ї") else "о")
        old = form[:-2] + "є"
        return [
            form,
            *(base + "в" + e for e in ("а", "у", "ові", "ом", "і")),
            *(old + "в" + e for e in ("а", "у", "ом", "і")),
        ]
    if form.endswith("ія"):
        base = form[:-1]
        return [base + e for e in ("я", "ї", "ю", "єю", "є")]
    if form.endswith("я"):
        base = form[:-1]
        return [base + e for e in ("я", "і", "ї", "ю", "ею", "єю", "е")]
    if form.endswith("а") and len(form) > 3:
        base = form[:-1]
        return [base + e for e in _UK_A] + [_softened(base) + "і", base + "ій", base + "ої"]
    if form.endswith("й"):
        base = form[:-1]
        return [form, *(base + e for e in ("я", "ю", "єві", "єм", "ї", "є"))]
    if form.endswith("ь"):
        base = form[:-1]
        return [form, *(base + e for e in ("я", "ю", "еві", "ем", "і", "ні")), *_fleeting(base, ("я", "ю", "ем", "і"))]
    if form[-1] in _CYRILLIC_CONSONANTS and len(form) > 2:
        return [form + e for e in _UK_CONSONANT] + _fleeting(form, ("а", "у", "ові", "ем", "ом", "і"))
    return [form]


def _fleeting(form: str, endings: tuple[str, ...]) -> list[str]:
    """Донецьк keeps its е; Ермак too; but Маріуполець, Литвинець lose it: both ways are listed, nothing else reads so."""
    if len(form) > 4 and form[-2] in "еоё" and form.endswith(("ец", "ок", "ек")):
        return [form[:-2] + form[-1] + e for e in endings]
    return []


def _russian(form: str) -> list[str]:
    if form.endswith(("ский", "цкий", "ой", "ый", "ий")) and len(form) > 4:
        base = form[:-2]
        return [form, *(base + e for e in ("ого", "ому", "им", "ым", "ом", "их", "ых", "ие"))]
    if form.endswith(("ская", "цкая", "ая")) and len(form) > 5:
        base = form[:-2]
        return [form, *(base + e for e in ("ой", "ую", "ою"))]
    if form.endswith(("ова", "ева", "ина")) and len(form) > 5:
        base = form[:-1]
        return [form, *(base + e for e in ("ой", "у", "ою", "ы", "е"))]
    if form.endswith("ия"):
        base = form[:-1]
        return [base + e for e in ("я", "и", "ю", "ей", "е")]
    if form.endswith("я"):
        base = form[:-1]
        return [base + e for e in ("я", "и", "е", "ю", "ей")]
    if form.endswith("а") and len(form) > 3:
        base = form[:-1]
        return [base + e for e in _RU_A]
    if form.endswith("й"):
        base = form[:-1]
        return [form, *(base + e for e in ("я", "ю", "ем", "е", "и"))]
    if form.endswith("ь"):
        base = form[:-1]
        return [form, *(base + e for e in ("я", "ю", "ем", "е", "и", "ью")), *_fleeting(base, ("я", "ю", "ем", "е"))]
    if form[-1] in _CYRILLIC_CONSONANTS and len(form) > 2:
        return [form + e for e in _RU_CONSONANT] + _fleeting(form, ("а", "у", "ом", "ем", "е"))
    return [form]


def _polish(form: str) -> list[str]:
    if form.endswith(("ski", "cki", "dzki", "ny", "wy")) and len(form) > 4:
        base = form
        return [
            form,
            *(base + e for e in ("ego", "emu", "m", "ch")),
            form[:-1] + "im",
            form[:-1] + "iego",
            form[:-1] + "iemu",
            form[:-1] + "ego",
            form[:-1] + "emu",
        ]
    if form.endswith(("ska", "cka", "dzka", "owa")) and len(form) > 4:
        base = form[:-1]
        return [form, base + "iej", base + "ej", base + "a"]
    if form.endswith("a") and len(form) > 3:
        base = form[:-1]
        soft = {"k": "ce", "g": "dze", "r": "rze", "t": "cie", "d": "dzie", "h": "sze"}.get(base[-1])
        return [form, *(base + e for e in ("y", "i", "e", "o", "ie", "ii", "ji"))] + (
            [base[:-1] + soft] if soft else []
        )
    if form.endswith(("y", "i", "u", "o")):
        return [form, *(form + e for e in ("ego", "emu", "m", "iego"))]
    if form.endswith("ow") and len(form) > 3:
        return [form, *(form + e for e in ("a", "owi", "em", "ie", "u"))]
    if form.isalpha() and len(form) > 2:
        return [form, *(form + e for e in ("a", "u", "owi", "em", "iem", "ie", "e", "y", "i", "ami", "ow"))]
    return [form]
