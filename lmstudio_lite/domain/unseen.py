"""Characters that a reader can't see and that change what a text seems to say, told from honest ones.

A right-to-left override shows "gpj.exe" as "exe.jpg"; a zero-width space makes two names of one; tag
characters carry a hidden message; an escape sequence runs in a terminal that it is pasted into. The same
characters are needed elsewhere: joiners in emoji and in Persian, marks of direction in Arabic and Hebrew,
breaks in Thai, variation selectors behind emoji and Chinese. Those stay as they are.

Source: UAX #9, UTR #36, UTS #39.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_CANDIDATE = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e"
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb"
    "\\U000e0000-\\U000e0fff]"
)
MARK = "▪"
"""Stands for a character that can't be seen; every font has it."""
_LINE_ENDS = re.compile("[\r\n\u2028\u2029]+")
_LINE = re.compile(r"[^\n]+")
_RTL_LETTER = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_OVERRIDES = frozenset("\u202d\u202e")
_OPENING, _CLOSING = frozenset("\u202a\u202b\u2066\u2067\u2068"), frozenset("\u202c\u2069")
_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
_JOINED_SCRIPTS = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdff\ufe70-\ufefc]"
)
"""Arabic, the scripts of India, Burmese, Khmer, Mongolian: joiners choose the form of a letter."""
_UNSPACED_SCRIPTS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u9fff]")
_EMOJI = re.compile("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff\ufe0f\u20e3\U000e0020-\U000e007f#*0-9]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NAMES = {
    "\x1b": "ESCAPE",
    "\u00ad": "SOFT HYPHEN",
    "\u200b": "ZERO WIDTH SPACE",
    "\ufeff": "ZERO WIDTH NO-BREAK SPACE",
}
_CYRILLIC_LIKE_LATIN = frozenset("аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅ")
_GREEK_LIKE_LATIN = frozenset("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_MIXED_WORD = re.compile("(?=[^\\W\\d_]*[A-Za-z])(?=[^\\W\\d_]*[\u0370-\u03ff\u0400-\u052f])[^\\W\\d_]{2,}")


class Unseen(NamedTuple):
    """A character that deceives: where, which, and its name in Unicode."""

    place: int
    character: str
    name: str


class Lookalike(NamedTuple):
    """A word of Latin letters with some of another script that look the same."""

    start: int
    end: int
    script: str


def find_unseen(text: str) -> Iterator[Unseen]:
    """Yield the characters of ``text`` that deceive, in order."""
    if text.isascii() and _CANDIDATE.search(text) is None:
        return
    for line in _LINE.finditer(text):
        if _CANDIDATE.search(line[0]) is not None:
            yield from _find_in_line(line[0], line.start())


def find_lookalikes(text: str) -> Iterator[Lookalike]:
    """Yield the words of ``text`` that mix letters which look alike."""
    if text.isascii():
        return
    for word in _MIXED_WORD.finditer(text):
        strange = [each for each in word[0] if "\u0370" <= each <= "\u052f"]
        if all(each in _CYRILLIC_LIKE_LATIN for each in strange):
            yield Lookalike(word.start(), word.end(), "Cyrillic")
        elif len(word[0]) > 2 and all(each in _GREEK_LIKE_LATIN for each in strange):
            yield Lookalike(word.start(), word.end(), "Greek")


def name_of(character: str) -> str:
    """Return a character's name and number: "RIGHT-TO-LEFT OVERRIDE (U+202E)"."""
    name = _NAMES.get(character) or unicodedata.name(character, "CONTROL CHARACTER")
    return f"{name} (U+{ord(character):04X})"


def marked_line(text: str) -> str:
    """Return a name or title with a mark in place of each character that deceives; line ends are spaces."""
    if text.isascii() and text.isprintable():
        return text
    characters = list(_LINE_ENDS.sub(" ", text))
    for each in find_unseen("".join(characters)):
        characters[each.place] = MARK
    return "".join(characters)


def named_line(text: str) -> str:
    """Return a name or title with the names of the characters that deceive in their places."""
    line, end = _LINE_ENDS.sub(" ", text), 0
    parts: list[str] = []
    for each in find_unseen(line):
        parts += (line[end : each.place], f"[{each.name}]")
        end = each.place + 1
    return "".join((*parts, line[end:]))


def _find_in_line(line: str, start: int) -> Iterator[Unseen]:
    has_rtl = _RTL_LETTER.search(line) is not None
    is_nested = has_rtl and _is_nested(line)
    for found in _CANDIDATE.finditer(line):
        character, place = found[0], found.start()
        if not _is_honest(line, place, character, has_rtl=has_rtl, is_nested=is_nested):
            yield Unseen(start + place, character, name_of(character))


def _is_nested(line: str) -> bool:
    """Whether each embedding and isolate of a line is closed in it."""
    depth = 0
    for character in line:
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def _is_honest(line: str, place: int, character: str, *, has_rtl: bool, is_nested: bool) -> bool:
    before, behind = line[place - 1 : place], line[place + 1 : place + 2]
    if character in _OVERRIDES:
        return False
    if character in _OPENING or character in _CLOSING:
        return is_nested
    if character in _DIRECTION_MARKS:
        return has_rtl
    match character:
        case "\u2028" | "\u2029":
            return True  # line ends, which the reading of Markdown takes for such
        case "\u00ad":
            return before.isalpha() and behind.isalpha()
        case "\u200b":
            return bool(_UNSPACED_SCRIPTS.match(before) or _UNSPACED_SCRIPTS.match(behind))
        case "\u200c":
            return bool(_JOINED_SCRIPTS.match(before))
        case "\u200d":
            return bool(_JOINED_SCRIPTS.match(before) or (_EMOJI.match(before) and _EMOJI.match(behind)))
        case "\u034f":
            return unicodedata.combining(before or " ") > 0
        case _ if "\ufe00" <= character <= "\ufe0f":
            return bool(_EMOJI.match(before) or _HAN.match(before) or _JOINED_SCRIPTS.match(before))
        case _ if "\U000e0100" <= character <= "\U000e01ef":
            return bool(_HAN.match(before))
        case _ if "\U000e0020" <= character <= "\U000e007f":
            return "\U0001f3f4" in line[max(0, place - 8) : place]  # a flag, such as Scotland's
        case _ if "\u180b" <= character <= "\u180e":
            return "\u1820" <= before <= "\u18aa"
        case "\ufeff":
            return place == 0
        case _:
            return False
