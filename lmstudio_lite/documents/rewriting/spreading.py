"""A translation cut into the lines of its source: in proportion, between words, rather behind a comma."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from lmstudio_lite.domain.units import Mark, MarkKind, UnitText

_UNITS = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}][\p{P}]*|[^\s\p{Han}\p{Hiragana}\p{Katakana}]+\s*|\s+"
)
_CLAUSE_END = regex.compile(r"[\p{Po}\p{Pd}\p{Pe}\p{Pf}]\s*\Z")
_CLAUSE_REACH = 0.2
"""How far, in shares of the text, a cut is moved to stand behind a comma."""


def cuts_of(text: str, weights: Sequence[int]) -> list[tuple[int, int]]:
    """Return the ranges of as many parts as there are weights, in their proportion.

    White space between parts belongs to none. With fewer words than parts the first part is all.
    """
    ends = [0]
    for unit in _UNITS.findall(text):
        ends.append(ends[-1] + len(unit))
    num_units = len(ends) - 1
    if num_units < len(weights):
        return [(0, len(text)), *[(len(text), len(text))] * (len(weights) - 1)]
    total, weight_so_far, begin = max(1, sum(weights)), 0, 0
    ranges: list[tuple[int, int]] = []
    for number, weight in enumerate(weights[:-1], 1):
        weight_so_far += weight
        target = len(text) * weight_so_far / total
        possible = range(begin + 1, num_units - (len(weights) - number) + 1)
        cut = min(possible, key=lambda cut, target=target: _cost(text, ends, cut, target))  # type: ignore[misc]
        ranges.append(_stripped(text, ends[begin], ends[cut]))
        begin = cut
    ranges.append(_stripped(text, ends[begin], len(text)))
    return ranges


def _cost(text: str, ends: Sequence[int], cut: int, target: float) -> float:
    is_clause = _CLAUSE_END.search(text, ends[cut - 1], ends[cut]) is not None
    return abs(ends[cut] - target) - (_CLAUSE_REACH * len(text) if is_clause else 0.0)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    left = start + len(part) - len(part.lstrip())
    return left, max(left, start + len(part.rstrip()))


def parts_at(text: UnitText, ranges: Sequence[tuple[int, int]]) -> list[UnitText]:
    """Return the parts of ``text`` in ``ranges``. A span over several is in each, an object in one."""
    parts: list[UnitText] = []
    position = 0
    for number, (start, end) in enumerate(ranges):
        is_last = number == len(ranges) - 1
        until = len(text.text) if is_last else end
        marks: list[Mark] = []
        for mark in text.marks:
            first, last = max(mark.start, start), min(mark.end, end)
            if mark.kind is MarkKind.OBJECT:
                is_here = position <= mark.start and (mark.start <= until if is_last else mark.start < until)
                at = min(max(mark.start, start), end) - start
                if is_here:
                    marks.append(Mark(mark.number, mark.kind, at, at))
            elif first < last:
                marks.append(
                    Mark(mark.number, mark.kind, first - start, last - start, keeps_text=mark.keeps_text)
                )
        parts.append(UnitText(text.text[start:end], tuple(marks)))
        position = until
    return parts
