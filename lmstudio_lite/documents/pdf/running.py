"""Running heads, feet and page numbers of a PDF: what stands on its pages for who leafs through them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex

from lmstudio_lite.documents.pdf.columns import PageLine

_NUMBER_ONLY = regex.compile(r"[\s\-–—|]*(?:(\p{Nd}{1,4})|((?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})))[\s\-–—|]*")
_DIGITS = regex.compile(r"\p{Nd}+")
_HEADING = regex.compile(
    r"(?!(?:page|pages|pag|pág|página|pagina|seite|blatt|strona|страница|стр|sivu|sida|side|oldal|sayfa|s|p"
    r"|pp|pg|halaman|trang|folio|no|nr)\b)[\p{L}\p{M}]+\.?\s+\p{Nd}+\.?",
    regex.IGNORECASE,
)
"""A word and a number, the word not "page": a chapter may begin on each page."""
_ROMAN = {"i": 1, "v": 5, "x": 10}

_FEWEST_REPEATS = 3
_LONGEST_RUNNING_LINE = 100
_MOST_LINES_AT_EDGE = 3


def drop_running_lines(
    pages: Sequence[Sequence[PageLine]],
) -> tuple[list[list[PageLine]], list[tuple[str, bool]]]:
    """Return ``pages`` without running lines.

    Also returned is one line of each kind that was dropped, and whether it stood at the head. A line is
    running if three pages have just the same, if it is only a number that stands apart or counts with the
    pages, or if two have the same but for numbers of which one counts. "Chapter 1", "Chapter 2" over chapters
    stay. Only the first and the last line of a page may be one, or up to three that space sets apart from the
    page's text. A page's only line stays, but for a number.
    """
    kept = [list(lines) for lines in pages]
    num_left = {edge: [_num_at_edge(lines, edge) for lines in pages] for edge in (-1, 0)}
    dropped: dict[tuple[str, bool], str] = {}
    for _ in range(_MOST_LINES_AT_EDGE):
        is_running = _Judge(kept)
        num_dropped = 0
        for index, lines in enumerate(kept):
            for edge in (-1, 0):
                if num_left[edge][index] and lines and is_running(lines, edge, index):
                    text = lines.pop(edge).text
                    num_left[edge][index] -= 1
                    dropped.setdefault((_shape(text), edge == 0), text)
                    num_dropped += 1
        if not num_dropped:
            break
    return kept, [(text, is_head) for (_, is_head), text in dropped.items()]


def _num_at_edge(lines: Sequence[PageLine], edge: int) -> int:
    """Return how many lines at the head (0) or foot (-1) of a page stand apart from the rest, at least 1."""
    for number in range(1, min(_MOST_LINES_AT_EDGE, len(lines) - 1) + 1):
        if lines[number if edge == 0 else -number].is_apart:
            return number
    return 1


class _Judge:
    """Counts the outermost lines of all pages, and tells which of them are running lines."""

    def __init__(self, pages: Sequence[Sequence[PageLine]]) -> None:
        self._lines: Counter[str] = Counter()
        self._shapes: Counter[str] = Counter()
        self._offsets: Counter[int] = Counter()
        self._bare_offsets: Counter[int] = Counter()
        for index, lines in enumerate(pages):
            outer = {
                line.text for line in (*lines[:1], *lines[-1:]) if len(line.text) <= _LONGEST_RUNNING_LINE
            }
            self._lines.update(outer)
            self._shapes.update({_shape(line) for line in outer})
            self._offsets.update({number - index for line in outer for number in _numbers(line)})
            bare = {number for line in outer if (number := _bare_number(line)) is not None}
            self._bare_offsets.update({number - index for number in bare})

    def __call__(self, lines: Sequence[PageLine], edge: int, index: int) -> bool:
        line = lines[edge].text
        if len(line) > _LONGEST_RUNNING_LINE:
            return False
        number = _bare_number(line)
        if len(lines) == 1 and number is None:
            return False
        if number is not None:
            is_alone = len(lines) > 1 and lines[1 if edge == 0 else -1].is_apart
            return (
                is_alone
                or self._bare_offsets[number - index] >= 2
                or self._offsets[number - index] >= _FEWEST_REPEATS
            )
        if self._lines[line] >= _FEWEST_REPEATS:
            return True
        if self._shapes[_shape(line)] < 2 or _HEADING.fullmatch(line):
            return False
        return any(self._offsets[number - index] >= _FEWEST_REPEATS for number in _numbers(line))


def _shape(line: str) -> str:
    shape: str = _DIGITS.sub("#", line)
    return shape


def _numbers(line: str) -> set[int]:
    """Return the numbers of ``line`` that may be a page's: whole words of at most four digits."""
    return {int(word) for word in line.split() if word.isdecimal() and len(word) <= 4}


def _bare_number(line: str) -> int | None:
    """Return the number that is all of ``line``, Arabic or Roman."""
    match = _NUMBER_ONLY.fullmatch(line)
    if match is None:
        return None
    if match[1]:
        return int(match[1])
    values = [_ROMAN[letter] for letter in match[2]]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
