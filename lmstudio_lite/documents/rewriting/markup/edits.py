"""Puts new texts into a source: what an edit does not touch is copied as it stands."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lmstudio_lite.documents.rewriting.markup.found import FoundText, FoundValue, MarkSource, Piece, Slice
from lmstudio_lite.documents.rewriting.markup.source import MarkupSource
from lmstudio_lite.documents.rewriting.markup.tokens import escaped_value
from lmstudio_lite.domain.units import Mark, MarkKind, UnitText, order_of_marks

_LAYOUT = re.compile(r"[ \t\r]*[\n\t\r][ \t\r\n]*")
_BREAKS = "\n\t\r"


class Written(Protocol):
    """A vocabulary's way to write characters."""

    def __call__(self, text: str, *, is_after_blank: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class Edit:
    """``pieces`` take the place of ``source[start:end]``; an insertion has ``start == end``.

    Edits lie apart or within the slices that an outer one keeps.
    """

    start: int
    end: int
    pieces: tuple[Piece, ...]


def edit_of_value(value: FoundValue, text: str) -> Edit:
    return Edit(value.start, value.end, (escaped_value(text, value.quote),))


def edit_of_text(found: FoundText, text: UnitText, written: Written) -> Edit:
    return Edit(found.start, found.end, tuple(pieces_of(found, text, written)))


def pieces_of(
    found: FoundText,
    text: UnitText,
    written: Written,
    is_written: Callable[[MarkSource], bool] = lambda source: True,
) -> list[Piece]:
    """Return what takes a unit's place; ``is_written`` tells which of its things are (all, for a file).

    ``text`` fits its unit, see ``check_unit_text``.
    """
    writing = _Writing(found, text, written, is_written)
    writing.write()
    return writing.pieces


class _Writing:
    def __init__(
        self,
        found: FoundText,
        text: UnitText,
        written: Written,
        is_written: Callable[[MarkSource], bool],
    ) -> None:
        self.pieces: list[Piece] = []
        self._text, self._written = text.text, written
        self._sources = found.by_number
        marks = order_of_marks(text.marks)
        self._spans = [mark for mark in marks if mark.kind is not MarkKind.OBJECT]
        things = [mark for mark in marks if mark.kind is MarkKind.OBJECT]
        self._things = [mark for mark in things if is_written(self._sources[mark.number])]
        self._done = 0
        self._is_after_break = True
        self._is_after_blank = True

    def write(self) -> None:
        open_spans: list[Mark] = []
        things = self._by_holder()
        position = 0
        for span in self._spans:
            while open_spans and open_spans[-1].end <= span.start:
                position = self._close(open_spans, things, position)
            inside = open_spans[-1].number if open_spans else 0
            position = self._write_until(span.start, position, things.get(inside, []), span.number)
            position = self._open(open_spans, span, position)
        while open_spans:
            position = self._close(open_spans, things, position)
        self._write_until(len(self._text), position, things.get(0, []))

    def _by_holder(self) -> dict[int, list[Mark]]:
        """Return the things by the number of the span that they are written in, 0 for none.

        At a span's edge a thing stands where it stood in the source: in it or beside it.
        """
        found: dict[int, list[Mark]] = {}
        near: list[Mark] = []
        index = 0
        for thing in sorted(self._things, key=lambda mark: (mark.start, mark.number)):
            while index < len(self._spans) and self._spans[index].start <= thing.start:
                near.append(self._spans[index])
                index += 1
            near = [span for span in near if span.end >= thing.start]
            above = self._sources[thing.number].above
            holder = 0
            for span in near:
                is_within = span.start < thing.start < span.end
                is_at_edge = thing.start in (span.start, span.end) and span.number in above
                if (is_within or is_at_edge) and not self._sources[span.number].is_fixed:
                    holder = span.number
            found.setdefault(holder, []).append(thing)
        return found

    def _open(self, open_spans: list[Mark], span: Mark, position: int) -> int:
        source = self._sources[span.number]
        self.pieces += source.opens
        self._is_after_break = False
        open_spans.append(span)
        if source.is_fixed:
            self._is_after_blank = False
            return span.end
        return position

    def _close(self, open_spans: list[Mark], things: dict[int, list[Mark]], position: int) -> int:
        span = open_spans.pop()
        position = self._write_until(span.end, position, things.get(span.number, []))
        self.pieces += self._sources[span.number].closes
        return position

    def _write_until(self, end: int, position: int, things: list[Mark], before: int | None = None) -> int:
        """Write the text up to ``end`` with the things before it; of those at ``end``, in their order, the
        ones that come before the mark of the number ``before``.
        """
        while things and (
            things[0].start < end
            or (things[0].start == end and (before is None or things[0].number < before))
        ):
            thing = things.pop(0)
            source = self._sources[thing.number]
            self._write_text(position, thing.start, is_before_break=bool(source.lead))
            position = max(position, thing.start)
            self.pieces += source.opens
            self._is_after_break = bool(source.lead)
            self._is_after_blank = (self._is_after_blank and not source.is_seen) or self._is_after_break
        is_at_end = end >= len(self._text)
        self._write_text(position, end, is_before_break=is_at_end)
        return max(position, end)

    def _write_text(self, start: int, end: int, *, is_before_break: bool) -> None:
        if end <= start:
            return
        text = self._text[start:end]
        text = text.lstrip(_BREAKS) if self._is_after_break else text
        text = text.rstrip(_BREAKS) if is_before_break else text
        if text:
            text = _LAYOUT.sub(" ", text)
            self.pieces.append(self._written(text, is_after_blank=self._is_after_blank))
            self._is_after_break = False
            self._is_after_blank = text.endswith(" ")


def render(source: MarkupSource, edits: Iterable[Edit]) -> bytes:
    """Return the source's bytes with the edits in them."""
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    if not ordered:
        return source.content
    flat: list[Piece] = []
    _flatten((0, len(source.text)), ordered, [edit.start for edit in ordered], flat)
    for edit in ordered:
        if edit.start == edit.end == len(source.text):
            flat += edit.pieces
    if source.is_exact:
        texts = (source.text[each[0] : each[1]] if isinstance(each, tuple) else each for each in flat)
        return source.mark + source.encode("".join(texts))
    at = source.byte_positions()
    return source.mark + b"".join(
        source.content[at[each[0]] : at[each[1]]] if isinstance(each, tuple) else source.encode(each)
        for each in flat
    )


def _flatten(within: Slice, edits: Sequence[Edit], starts: Sequence[int], flat: list[Piece]) -> None:
    """Add what stands ``within``, with the edits in it; insertions at its edges are no part of it."""
    position, end = within
    for index in range(bisect_left(starts, position), len(edits)):
        edit = edits[index]
        if edit.start >= end:
            break
        is_at_edge = edit.start == edit.end == within[0] > 0
        if edit.start < position or edit.end > end or is_at_edge:
            continue
        if edit.start > position:
            flat.append((position, edit.start))
        for piece in edit.pieces:
            if isinstance(piece, tuple):
                _flatten(piece, edits, starts, flat)
            else:
                flat.append(piece)
        position = edit.end
    if position < end:
        flat.append((position, end))
