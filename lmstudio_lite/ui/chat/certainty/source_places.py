"""Where the characters that a view shows stand in the Markdown that they were written from.

What is shown is the source without its marks, more or less: a link without its target, "&amp;" as "&", a
formula as a picture. So both are read side by side, and what the source has besides is passed over. Neither
the parser nor the writer need know of it. A character that is not found has no place, and those behind it are
looked for further on.
"""

from __future__ import annotations

import html
import re

NOWHERE = -1
_LINK_END = re.compile(r"\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\]\n]*\]")
_LINE_START = re.compile(r"(?:[ \t]*(?:>|#{1,6}(?= )|[-*+](?= )|\d{1,9}[.)](?= ))[ \t]*)+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_RUN = re.compile(r"[^\s\ufdd0\ufdd1\ufffc\u2028\u2029]+")
_AHEAD_MAX = 400
_SOUGHT_MAX = 12


def source_places(source: str, visible: str, *, is_code: bool = False) -> list[int]:
    """Return for each character of ``visible`` its place in ``source``, or ``NOWHERE``; places only grow.

    White space has none. ``is_code``: nothing within is a mark.
    """
    places = [NOWHERE] * len(visible)
    at = 0
    for run in _RUN.finditer(visible):
        begin, end = run.span()
        while begin < end:
            if not is_code:
                at = _behind_marks(source, at)
            while source[at : at + 1].isspace():
                at += 1
            length, found = _find(source, at, visible, begin, end, is_code=is_code)
            if not length:
                begin += 1
                continue
            if found < 0:  # an entity stands for the character
                places[begin] = at
                begin, at = begin + 1, at + length
                continue
            places[begin : begin + length] = range(found, found + length)
            begin, at = begin + length, found + length
    return places


def _behind_marks(source: str, at: int) -> int:
    """Return the place behind what is never shown: the target of a link, the mark of a list's item."""
    while True:
        link = _LINK_END.match(source, at)
        if link:
            at = link.end()
            continue
        is_line_start = at == 0 or source[at - 1 : at] == "\n"
        line = at
        while not is_line_start and source[line : line + 1] in (" ", "\t", "\n") and line < len(source):
            line += 1
            is_line_start = source[line - 1] == "\n"
        marks = _LINE_START.match(source, line) if is_line_start else None
        if marks is None or not marks.group().strip():
            return at
        at = marks.end()


def _find(source: str, at: int, visible: str, begin: int, end: int, *, is_code: bool) -> tuple[int, int]:
    """Return how many characters of ``visible[begin:end]`` stand in ``source``, and where from ``at`` on.

    The place is ``NOWHERE`` where the source has an entity for one character, of which the length is given;
    length 0 is not found.
    """
    shared = 0
    while begin + shared < end and source[at + shared : at + shared + 1] == visible[begin + shared]:
        shared += 1
    if shared:
        return shared, at
    if (
        not is_code
        and (entity := _ENTITY.match(source, at))
        and html.unescape(entity.group()) == visible[begin]
    ):
        return len(entity.group()), NOWHERE
    for length in (min(_SOUGHT_MAX, end - begin), 3, 1):
        if length > end - begin:
            continue
        found = source.find(visible[begin : begin + length], at, at + (_AHEAD_MAX if length > 1 else 40))
        if found >= 0:
            return length, found
    return 0, NOWHERE
