"""Which way a text runs: paragraphs by their first strong letter, stretches by the letters in them (UAX #9).

Word and browsers put the letters of a stretch in order by themselves. What they must be told is which way a
paragraph starts and, Word only, which of its stretches run from right to left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain

from lmstudio_lite.domain.languages import RIGHT_TO_LEFT as RIGHT_TO_LEFT
from lmstudio_lite.formats.tree import (
    Blocks,
    BulletList,
    Heading,
    Inlines,
    NumberedList,
    Paragraph,
    Quote,
    Table,
    Text,
)

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
"""What Unicode keeps for scripts from right to left; the Arabic digits are among it."""
_LTR_LETTER = rf"(?:(?![{_RTL}])[^\W\d_])"
_ANY_RTL = re.compile(f"[{_RTL}]")
_RTL_STRETCH = re.compile(rf"[{_RTL}]+(?:(?:(?!{_LTR_LETTER})[\s\S])*[{_RTL}0-9])?")
_LTR_STRETCH = re.compile(rf"{_LTR_LETTER}+(?:[^{_RTL}]*(?:{_LTR_LETTER}|[0-9]))?")
_STRONG = frozenset({"L", "R", "AL"})


def is_right_to_left(text: str) -> bool:
    """Tell whether the first strong letter runs from right to left (rule P2); False if there is none."""
    return bool(_first_strong(text))


def direction_of(blocks: Blocks) -> bool | None:
    """Tell whether the first strong letter of ``blocks`` runs from right to left; None if there is none.

    Code has no say: it runs from left to right in every language.
    """
    found = (_first_strong(text) for text in _texts(blocks))
    return next((each for each in found if each is not None), None)


def _first_strong(text: str) -> bool | None:
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind != "L" for kind in kinds if kind in _STRONG), None)


def _texts(blocks: Blocks) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(inlines) | Heading(_, inlines):
                yield from _words(inlines)
            case Quote(inner):
                yield from _texts(inner)
            case BulletList(items) | NumberedList(items):
                for item in items:
                    yield from _texts(item)
            case Table(header, rows):
                for cell in chain(header, chain.from_iterable(rows)):
                    yield from _words(cell)
            case _:
                pass


def _words(inlines: Inlines) -> Iterator[str]:
    return (each.text for each in inlines if isinstance(each, Text) and not each.is_code)


def stretches(text: str, *, in_rtl: bool) -> Iterator[tuple[str, bool]]:
    """Split ``text``, of a paragraph that runs ``in_rtl`` or not, by direction; with True: right to left.

    Numbers go with the letters before them (rule W7), what is between letters of one direction with those,
    and all else with the paragraph. Joined, the stretches are ``text``.
    """
    if not in_rtl and not _ANY_RTL.search(text):
        if text:
            yield text, False
        return
    end = 0
    for found in (_LTR_STRETCH if in_rtl else _RTL_STRETCH).finditer(text):
        if found.start() > end:
            yield text[end : found.start()], in_rtl
        yield found[0], not in_rtl
        end = found.end()
    if end < len(text):
        yield text[end:], in_rtl
