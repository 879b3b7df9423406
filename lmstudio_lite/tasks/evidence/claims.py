"""Numbers, dates and names that a text claims, and whether its source has them.

Found by their looks, so only what looks the same in both is compared: a number in digits with any
thousands and decimal marks, a month by its name in the languages below or in a date of figures, a name
by its capitals. German capitalizes every noun, so there only acronyms and names of two words count.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import regex

from lmstudio_lite.documents.language import common_words
from lmstudio_lite.domain.evidence import Claim, ClaimKind

_NUMBER = regex.compile(r"(?<![\p{L}\p{N}])\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?:[.,]\d+)?(?![\p{L}\p{N}]*\d)")
_FIGURE_DATE = regex.compile(
    r"(?<!\d)(?:\d{4}[-./](\d{1,2})[-./]\d{1,2}|\d{1,2}[-./](\d{1,2})[-./]\d{2,4})(?!\d)"
)
_WORD = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*")
_GAP = regex.compile(r"\s+|\s*&\s*|\.\s")
_SENTENCE_END = regex.compile(r"[.!?:;…。！？\n\"“”«»(]\s*\Z")
_SEPARATORS = regex.compile(r"[.,'’\u00a0\u202f ]")
_CASED = frozenset(["LATIN", "CYRILLIC", "GREEK"])

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
_MONTH_NUMBERS = {
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
_NOUN_CAPITALS = frozenset({"de", "lb"})
_COGNATE_LETTERS = 4


class KnownFacts:
    """What a source says in figures and names, to hold claims against. ``language`` is the source's."""

    def __init__(self, source: str, language: str) -> None:
        words = _plain_words(source)
        self._language = language
        self._numbers = {form for match in _NUMBER.finditer(source) for form in _forms(match[0])}
        self._numbers |= _values_of(words)
        self._digits = {run for run in regex.findall(r"\d+", source)}
        self._months = {_MONTH_NUMBERS[word] for word in words if word in _MONTH_NUMBERS}
        self._months |= {int(a or b) for a, b in _FIGURE_DATE.findall(source)}
        self._words = set(words) | {part for word in words for part in regex.split(r"['’-]", word)}
        self._beginnings = {word[:_COGNATE_LETTERS] for word in self._words}
        self._is_cased = any(_is_cased(word) for word in words[:200])

    def unknown_claims(self, text: str, language: str) -> tuple[Claim, ...]:
        """Return the claims of ``text``, in ``language``, that the source does not contain, in order."""
        claims = [*self._unknown_numbers(text), *self._unknown_months(text)]
        if self._is_cased:
            claims += self._unknown_names(text, language)
        return tuple(sorted(claims, key=lambda claim: claim.start))

    def _unknown_numbers(self, text: str) -> list[Claim]:
        return [
            Claim(ClaimKind.NUMBER, match.start(), match.end(), match[0])
            for match in _NUMBER.finditer(text)
            if not self._numbers & _forms(match[0]) and match[0] not in self._digits
        ]

    def _unknown_months(self, text: str) -> list[Claim]:
        return [
            Claim(ClaimKind.DATE, match.start(), match.end(), match[0])
            for match in _WORD.finditer(text)
            if match[0][0].isupper()
            and plain(match[0]) in _MONTH_NUMBERS
            and plain(match[0]) != "may"
            and _MONTH_NUMBERS[plain(match[0])] not in self._months
        ]

    def _unknown_names(self, text: str, language: str) -> list[Claim]:
        words = list(_WORD.finditer(text))
        if sum(match[0][0].isupper() for match in words) * 2 > len(words) + 2:
            return []  # a heading in title case says nothing by its capitals
        claims = []
        for run in _capitalized_runs(text, words):
            is_first = _begins_sentence(text, run[0].start())
            named = run[1:] if is_first else run
            strong = [match for match in named if _has_inner_capital(match[0])]
            if language in _NOUN_CAPITALS and len(named) < 2:
                named = strong
            unknown = [match for match in named if not self._knows(match[0], language)]
            if unknown:
                start, end = unknown[0].start(), unknown[-1].end()
                claims.append(Claim(ClaimKind.NAME, start, end, text[start:end]))
        return claims

    def _knows(self, word: str, language: str) -> bool:
        whole = plain(word)
        parts = [part for part in regex.split(r"['’-]", whole) if part]
        if (
            len(whole) < 2
            or word.casefold() in common_words(language)
            or whole in _MONTH_NUMBERS
            or all(self._has(part) for part in parts)
        ):
            return True
        return language != self._language and whole[:_COGNATE_LETTERS] in self._beginnings

    def _has(self, word: str) -> bool:
        """Whether the source has ``word``, in the plural or the genitive too."""
        return len(word) < 2 or bool({word, word.removesuffix("s"), f"{word}s"} & self._words)


def has_numbers_of(text: str, passage: str) -> bool:
    """Tell whether every number of ``text`` stands in ``passage`` too, in figures or as a word."""
    wanted = [_forms(match[0]) | {match[0]} for match in _NUMBER.finditer(text)]
    if not wanted:
        return True
    known = {form for match in _NUMBER.finditer(passage) for form in _forms(match[0])}
    known |= set(regex.findall(r"\d+", passage))
    known |= _values_of(_plain_words(passage))
    return all(forms & known for forms in wanted)


def _plain_words(text: str) -> list[str]:
    return [plain(match[0]) for match in _WORD.finditer(text)]


def _values_of(words: Iterable[str]) -> set[str]:
    return {_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS}


def plain(word: str) -> str:
    """Return ``word`` casefolded and without accents."""
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))


def _forms(number: str) -> set[str]:
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


def _capitalized_runs(text: str, words: list[regex.Match[str]]) -> list[list[regex.Match[str]]]:
    runs: list[list[regex.Match[str]]] = []
    last_end = -1
    for match in words:
        if not (match[0][0].isupper() and _is_cased(match[0])):
            continue
        follows = runs and last_end >= 0 and _GAP.fullmatch(text, last_end, match.start())
        if follows and not _begins_sentence(text, match.start()):
            runs[-1].append(match)
        else:
            runs.append([match])
        last_end = match.end()
    return runs


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 4) : start]
    return not text[:start].strip(" -*•>#_\"'“‘(") or _SENTENCE_END.search(before) is not None


def _has_inner_capital(word: str) -> bool:
    return any(character.isupper() for character in word[1:])


def _is_cased(word: str) -> bool:
    return bool(word) and unicodedata.name(word[0], "").partition(" ")[0] in _CASED
