"""Marks that follow an edit: each stays at the words where it stood, as far as they are still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import regex

from lmstudio_lite.domain.units import Mark, MarkKind, order_of_marks

_TOKENS = regex.compile(
    r"[\p{L}\p{M}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]]+|.", regex.DOTALL | regex.V1
)


def is_guess(before: str, marks: Sequence[Mark], after: str) -> bool:
    """Tell whether a mark that goes over to ``after`` has none of its words left there."""
    if not any(mark.start < mark.end for mark in marks):
        return False
    equal = _Moved(before, after).equal_stretches
    return any(
        mark.start < mark.end and not any(start < mark.end and mark.start < end for start, end in equal)
        for mark in marks
    )


def carry_marks(before: str, marks: Sequence[Mark], after: str) -> tuple[Mark, ...]:
    """Return ``marks`` of the text ``before`` at their places in ``after``.

    A style whose words are gone is given up; a span keeps a character at least. None is lost otherwise, none
    cross. ``after`` has a character at least where there is a span.
    """
    if not marks:
        return ()
    moved = _Moved(before, after)
    carried = [replace(mark, start=moved.start(mark.start), end=moved.end(mark.end)) for mark in marks]
    points = {mark.number: moved.start(mark.start) for mark in marks if mark.kind is MarkKind.OBJECT}
    carried = [
        replace(mark, start=points[mark.number], end=points[mark.number]) if mark.number in points else mark
        for mark in carried
        if mark.kind is not MarkKind.STYLE or mark.start < mark.end
    ]
    return tuple(carried) if _is_sound(carried) else _around_all(carried, len(after))


class _Moved:
    """Where the positions of one text are in another."""

    def __init__(self, before: str, after: str) -> None:
        old, new = _TOKENS.findall(before), _TOKENS.findall(after)
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        old_at, new_at = _offsets(old), _offsets(new)
        self._blocks = [
            (old_at[i], old_at[i2], new_at[j], new_at[j2]) for _, i, i2, j, j2 in matcher.get_opcodes()
        ]
        self._equal = frozenset(
            (old_at[i], old_at[i2]) for kind, i, i2, _, _ in matcher.get_opcodes() if kind == "equal"
        )

    @property
    def equal_stretches(self) -> frozenset[tuple[int, int]]:
        """Where the old text is the same as in the new one."""
        return self._equal

    def start(self, position: int) -> int:
        """Return where what stood behind ``position`` stands now."""
        for old, old_end, new, new_end in self._blocks:
            if old <= position < old_end:
                return self._within(position, old, old_end, new, new_end)
        return self._blocks[-1][3] if self._blocks else 0

    def end(self, position: int) -> int:
        """Return where what stood before ``position`` ends now."""
        for old, old_end, new, new_end in self._blocks:
            if old < position <= old_end:
                return self._within(position, old, old_end, new, new_end)
        return 0

    def _within(self, position: int, old: int, old_end: int, new: int, new_end: int) -> int:
        if (old, old_end) in self._equal:
            return new + position - old
        return new + round((position - old) * (new_end - new) / (old_end - old))


def _offsets(tokens: Sequence[str]) -> list[int]:
    offsets = [0]
    for token in tokens:
        offsets.append(offsets[-1] + len(token))
    return offsets


def _is_sound(marks: Sequence[Mark]) -> bool:
    open_marks: list[Mark] = []
    for mark in order_of_marks(marks):
        if mark.kind is not MarkKind.OBJECT and mark.start >= mark.end:
            return False
        while open_marks and open_marks[-1].end <= mark.start:
            open_marks.pop()
        if open_marks and mark.end > open_marks[-1].end:
            return False
        if mark.kind is not MarkKind.OBJECT:
            open_marks.append(mark)
    return True


def _around_all(marks: Sequence[Mark], length: int) -> tuple[Mark, ...]:
    """Put every span around the whole text: nothing is lost where nothing better can be said."""
    return tuple(
        mark if mark.kind is MarkKind.OBJECT else replace(mark, start=0, end=length)
        for mark in marks
        if mark.kind is not MarkKind.STYLE
    )
