"""Numbers and months, in figures and in words, with any thousands and decimal marks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import regex

from lmstudio_lite.tasks.text.tokens import plain_words

NUMBER = regex.compile(r"(?<![\p{L}\p{N}])\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?:[.,]\d+)?(?![\p{L}\p{N}]*\d)")
FIGURE_DATE = regex.compile(
    r"(?<!\d)(?:\d{4}[-./](\d{1,2})[-./]\d{1,2}|\d{1,2}[-./](\d{1,2})[-./]\d{2,4})(?!\d)"
)
_SEPARATORS = regex.compile(r"[.,'’\u00a0\u202f ]")

_MONTHS = (
    ("january", "januar", "janvier", "enero", "gennaio", "janeiro", "января", "jänner", "januari"),
    ("february", "februar", "fevrier", "febrero", "febbraio", "fevereiro", "февраля", "februari"),
    ("march", "marz", "mars", "marzo", "marco", "марта", "maart"),
    ("april", "avril", "abril", "aprile", "апреля"),
    ("may", "mai", "mayo", "maggio", "maio", "мая", "mei"),
    ("june", "juni", "juin", "junio", "giugno", "junho", "июня"),
    ("july", "juli", "juillet", "julio", "luglio", "julho", "июля"),
    ("august", "aout", "agosto", "августа", "augustus"),
    ("september", "septembre", "septiembre", "settembre", "setembro", "сентября"),
    ("october", "oktober", "octobre", "octubre", "ottobre", "outubro", "октября"),
    ("november", "novembre", "noviembre", "novembro", "ноября"),
    ("december", "dezember", "decembre", "diciembre", "dicembre", "dezembro", "декабря"),
)
MONTH_NUMBERS = {
    "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)): number
    for number, names in enumerate(_MONTHS, 1)
    for name in names
}
_NUMBER_WORDS = {
    "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)): str(value)
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici",
    )
    for value, word in enumerate(words.split())
}


def has_numbers_of(text: str, passage: str) -> bool:
    """Tell whether every number of ``text`` stands in ``passage`` too, in figures or as a word."""
    wanted = [forms_of(match[0]) | {match[0]} for match in NUMBER.finditer(text)]
    if not wanted:
        return True
    known = {form for match in NUMBER.finditer(passage) for form in forms_of(match[0])}
    known |= set(regex.findall(r"\d+", passage))
    known |= values_of(plain_words(passage))
    return all(forms & known for forms in wanted)


def values_of(words: Iterable[str]) -> set[str]:
    return {_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS}


def forms_of(number: str) -> set[str]:
    """Return what ``number`` may mean, "1.204" being a thousand and more or a little more than one."""
    whole = _SEPARATORS.sub("", number).lstrip("0") or "0"
    forms = {f"{whole}"} if _looks_grouped(number) else set()
    head, mark, tail = _last_mark(number)
    if mark in (".", ","):
        decimals = tail.rstrip("0")
        head = _SEPARATORS.sub("", head).lstrip("0") or "0"
        forms.add(f"{head}.{decimals}" if decimals else head)
    return forms


def _looks_grouped(number: str) -> bool:
    groups = _SEPARATORS.split(number)
    return all(len(group) == 3 for group in groups[1:])


def _last_mark(number: str) -> tuple[str, str, str]:
    marks = [match for match in _SEPARATORS.finditer(number)]
    if not marks:
        return number, "", ""
    return number[: marks[-1].start()], marks[-1][0], number[marks[-1].end() :]
