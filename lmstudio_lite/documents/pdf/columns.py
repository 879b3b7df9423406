"""The order in which a page's lines are read: columns one after the other, a table row by row.

Most programs draw text in the order in which it is read, and that order is kept. Some draw two columns row
by row, or a page in no order at all. Such pages are told by their geometry: a gutter that many rows leave
free, with running text (full lines, several words, small letters at their starts) on both sides; or lines
that go up the page again and again. A table has gutters too, but its cells are short or begin like cells: it
stays in rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from lmstudio_lite.documents.pdf.hyphens import DIVIDED
from lmstudio_lite.documents.pdf.lines import Line, mark_divided, parts_of

_FEWEST_ROWS = 4
_FEWEST_ROWS_OF_BAND = 2
_FULL_CELL = 0.35
_FULL_SHARE = 0.6
_SMALL_SHARE = 0.2
_NUMERIC_SHARE = 0.25
_FEWEST_WORDS, _FEWEST_LETTERS = 2.2, 14
_UPWARD_SHARE = 0.3
_FEWEST_UPWARD = 3
_APART = 0.5
_OTHER_SIZE = 0.15

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DIGIT = re.compile(r"\d")
_NO_CELL = re.compile(rf"(?:\. ?){{4}}|…{{2}}|{DIVIDED}")
"""Leaders of a list of contents; a divided word."""


class PageLine(NamedTuple):
    """A line as it is read. ``is_row`` marks a table's row, ``is_apart`` a line set apart from the last one:
    by space, or by letters of another size.
    """

    text: str
    is_row: bool = False
    is_apart: bool = False
    is_other_size: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """Lines on one level, and their parts from left to right: what gaps wider than a space divide."""

    lines: list[Line]
    parts: list[Line]

    @property
    def gaps(self) -> list[tuple[float, float]]:
        return [(one.right, other.left) for one, other in pairwise(self.parts) if other.left > one.right]


def in_reading_order(lines: Sequence[Line], *, is_page_turned: bool = False) -> tuple[list[PageLine], bool]:
    """Return a page's lines as they are read one after the other, and whether that is not how they came."""
    ordered: list[PageLine] = []
    is_changed = False
    for group in _by_turn(lines):
        group = _with_climbs_reversed(group, 2 if is_page_turned or group[0].turn else 3)
        rows = _rows(group)
        is_jumbled = _is_jumbled(group)
        if is_jumbled:
            rows = _sorted_rows(rows)
        is_rtl = sum(bool(_RTL.search(line.text)) for line in group) * 2 > len(group)
        arranged, has_columns = _arranged(rows, is_rtl=is_rtl, depth=0)
        is_changed |= is_jumbled or has_columns
        ordered += _told(arranged, is_rtl=is_rtl)
    return ordered, is_changed


def _by_turn(lines: Sequence[Line]) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in lines:
        if groups and groups[-1][0].turn == line.turn:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _rows(lines: Sequence[Line]) -> list[_Row]:
    rows: list[_Row] = []
    for line in lines:
        parts = parts_of(line)
        if rows and _is_beside(rows[-1].parts[-1], parts[0]):
            rows[-1].lines.append(line)
            rows[-1].parts.extend(parts)
        else:
            rows.append(_Row([line], parts))
    for row in rows:
        row.parts.sort(key=lambda part: part.left)
    return rows


def _is_beside(one: Line, other: Line) -> bool:
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    is_level = shared > 0.5 * min(one.height, other.height)
    return is_level and (other.left > one.right or other.right < one.left)


def _with_climbs_reversed(lines: list[Line], fewest: int) -> list[Line]:
    """Return at least ``fewest`` lines that are drawn from the bottom up from the top down.

    PDFium tells lines so that are turned to the right; turned, two that begin at the same height as well.
    """
    ordered: list[Line] = []
    climb: list[Line] = []
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        climb.append(line)
        if following is None or not _goes_up(line, following):
            is_climb = len(climb) == len(lines) or (len(climb) >= fewest and _is_climb(climb, following))
            ordered += climb[::-1] if is_climb else climb
            climb = []
    return ordered


def _is_climb(climb: Sequence[Line], following: Line | None) -> bool:
    """Tell whether a climb is the wrong way round; if it is of two lines, the page goes on below both."""
    if len(climb) != 2 or following is None:
        return len(climb) > 2
    middle = (climb[0].bottom + climb[0].top) / 2
    return following.bottom < middle and following.top < climb[1].bottom + climb[1].height


def _goes_up(one: Line, other: Line) -> bool:
    is_higher = other.bottom > one.top - 0.3 * one.height
    return is_higher and min(one.right, other.right) > max(one.left, other.left)


def _is_jumbled(lines: Sequence[Line]) -> bool:
    """Whether lines go up again and again without going on in another column."""
    num_upward = sum(_goes_up(one, other) for one, other in pairwise(lines))
    fewest = min(_FEWEST_UPWARD, max(1, len(lines) - 1))
    return num_upward >= fewest and num_upward > _UPWARD_SHARE * (len(lines) - 1)


def _sorted_rows(rows: Sequence[_Row]) -> list[_Row]:
    """Sort parts into rows from the top down, and every row from left to right."""
    parts = sorted((part for row in rows for part in row.parts), key=lambda part: -(part.top + part.bottom))
    levels: list[list[Line]] = []
    for part in parts:
        head = levels[-1][0] if levels else None
        middle = (part.top + part.bottom) / 2
        if (
            head
            and head.bottom < middle < head.top
            and abs(middle - (head.top + head.bottom) / 2) < 0.4 * head.height
        ):
            levels[-1].append(part)
        else:
            levels.append([part])
    return [
        _Row(ordered, ordered) for ordered in (sorted(level, key=lambda part: part.left) for level in levels)
    ]


def _arranged(rows: list[_Row], *, is_rtl: bool, depth: int) -> tuple[list[_Row], bool]:
    """Return ``rows`` with columns of running text one after the other, and whether there are any."""
    gutter = _gutter(rows) if depth < 3 else None
    if gutter is None:
        return rows, False
    arranged: list[_Row] = []
    band: list[_Row] = []
    for row in rows:
        if any(part.left < gutter < part.right for part in row.parts):
            arranged += _columns(band, gutter, is_rtl=is_rtl, depth=depth)
            band = []
            arranged.append(row)
        else:
            band.append(row)
    arranged += _columns(band, gutter, is_rtl=is_rtl, depth=depth)
    return arranged, True


def _columns(band: list[_Row], gutter: float, *, is_rtl: bool, depth: int) -> list[_Row]:
    """Return the rows of a band between full lines, left column first (right in Arabic and Hebrew)."""
    first = next((index for index, row in enumerate(band) if _is_cut(row, gutter)), len(band))
    head, band = band[:first], band[first:]
    if sum(_is_cut(row, gutter) for row in band) < _FEWEST_ROWS_OF_BAND:
        return head + band
    sides = []
    for is_right in (is_rtl, not is_rtl):
        side = []
        for row in band:
            parts = [part for part in row.parts if (part.left >= gutter) == is_right]
            side += [_Row(parts, parts)] if parts else []
        sides += _arranged(side, is_rtl=is_rtl, depth=depth + 1)[0]
    return head + sides


def _is_cut(row: _Row, gutter: float) -> bool:
    return any(left < gutter < right for left, right in row.gaps)


def _gutter(rows: Sequence[_Row]) -> float | None:
    """Return where most rows leave a gap between two columns of running text, None without such columns."""
    gaps = [gap for row in rows if len(row.parts) > 1 for gap in row.gaps]
    if len(gaps) < _FEWEST_ROWS:
        return None
    where, most = _most_shared(gaps)
    if most < _FEWEST_ROWS:
        return None
    cut = [row for row in rows if _is_cut(row, where)]
    cells = [
        [[part for part in row.parts if (part.left >= where) == is_right] for row in cut]
        for is_right in (False, True)
    ]
    if not all(map(_is_running_text, cells)):
        return None
    starts = [cell[0].words[0].text[0] for side in cells for cell in side]
    num_small = sum(map(str.islower, starts))
    num_cased = num_small + sum(map(str.isupper, starts))
    is_prose = num_small >= _SMALL_SHARE * len(starts) or num_cased * 2 < len(starts)
    return where if is_prose else None


def _most_shared(gaps: Iterable[tuple[float, float]]) -> tuple[float, int]:
    """Return the middle of the place that most of ``gaps`` share, and how many do."""
    events = sorted(event for left, right in gaps for event in ((left, 1), (right, -1)))
    num_open = most = 0
    where = 0.0
    for (at, step), (following, _) in pairwise(events):
        num_open += step
        if num_open > most and following > at:
            most, where = num_open, (at + following) / 2
    return where, most


def _is_running_text(cells: Sequence[Sequence[Line]]) -> bool:
    left = min(part.left for cell in cells for part in cell)
    right = max(part.right for cell in cells for part in cell)
    width = max(right - left, 1.0)
    num_full = sum(cell[-1].right - cell[0].left > (1 - _FULL_CELL) * width for cell in cells)
    words = [word for cell in cells for part in cell for word in part.text.split()]
    num_numeric = sum(bool(_DIGIT.search(word)) for word in words)
    is_wordy = len(words) >= _FEWEST_WORDS * len(cells) or (
        sum(map(len, words)) >= _FEWEST_LETTERS * len(cells) and not words[0].isascii()
    )
    return num_full >= _FULL_SHARE * len(cells) and num_numeric <= _NUMERIC_SHARE * len(words) and is_wordy


def _told(rows: Sequence[_Row], *, is_rtl: bool) -> list[PageLine]:
    """Return the lines of ``rows``; what is a table's row is one line."""
    told: list[PageLine] = []
    lines: list[Line] = []
    for row, is_row in zip(rows, _are_rows(rows), strict=True):
        if is_row:
            words = [word for part in (row.parts[::-1] if is_rtl else row.parts) for word in part.words]
            lines.append(Line(words, row.parts[0].turn))
            told.append(PageLine(lines[-1].text, is_row=True))
        else:
            on_level = sorted(row.lines, key=lambda line: -line.right if is_rtl else line.left)
            lines += on_level
            told += [PageLine(line.text) for line in on_level]
    return _with_breaks(told, lines)


def _are_rows(rows: Sequence[_Row]) -> list[bool]:
    """Tell the rows of tables: at least three (two of three cells) that leave a gap at the same place."""
    are_rows = [False] * len(rows)
    for index, row in enumerate(rows):
        for left, right in row.gaps:
            end = index + 1
            while end < len(rows) and (shared := _shared_gap(rows[end], left, right)):
                left, right = shared
                end += 1
            num_cells = min(len(each.parts) for each in rows[index:end])
            if end - index >= (3 if num_cells < 3 else 2):
                are_rows[index:end] = [True] * (end - index)
    return [
        is_row and not any(_NO_CELL.search(part.text) for part in row.parts)
        for is_row, row in zip(are_rows, rows, strict=True)
    ]


def _shared_gap(row: _Row, left: float, right: float) -> tuple[float, float] | None:
    return next(
        (
            (max(left, other_left), min(right, other_right))
            for other_left, other_right in row.gaps
            if min(right, other_right) > max(left, other_left)
        ),
        None,
    )


def _with_breaks(told: Sequence[PageLine], lines: Sequence[Line]) -> list[PageLine]:
    """Mark divided words, and lines that are set apart from the one above."""
    near = [(one, other) for one, other in pairwise(lines) if _is_below(one, other)]
    gaps = sorted(one.bottom - other.top for one, other in near)
    usual = gaps[len(gaps) // 4] if gaps else 0.0
    marked: list[PageLine] = []
    for index, (line, place) in enumerate(zip(told, lines, strict=True)):
        text = line.text
        if DIVIDED in text[:-1]:
            text = text[:-1].replace(DIVIDED, "-") + text[-1]
        if not line.is_row and index + 1 < len(lines):
            text = mark_divided(text)
        above = lines[index - 1] if index else place
        sizes = _size(above), _size(place)
        is_other_size = max(sizes) - min(sizes) > _OTHER_SIZE * max(sizes)
        gap = above.bottom - place.top
        is_apart = is_other_size or (_is_below(above, place) and gap > usual + _APART * min(sizes))
        marked.append(PageLine(text, line.is_row, is_apart, is_other_size))
    return marked


def _is_below(one: Line, other: Line) -> bool:
    return other.top <= one.top and other.bottom < one.bottom


def _size(line: Line) -> float:
    word = line.words[len(line.words) // 2]
    return word.top - word.bottom
