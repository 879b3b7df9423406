"""Paragraphs of a text without markup: wrapped lines joined for the translation, and wrapped again after it.

Marks of headings, lists and quotations, indentation, blank lines and rules stay. A paragraph whose lines end
with sentences is taken line by line, so that its line ends stay where they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.rewriting.slots import Edit, Slot
from lmstudio_lite.documents.rewriting.words import has_words
from lmstudio_lite.documents.rewriting.wrapping import Wrapping, unwrapped
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.units import BilingualLayout, Place, Unit, UnitKind, UnitText

LINE_MARKS = regex.compile(
    r"\s*(?:(?:>|\#{1,6}|[-*+•◦▪–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+|>[ \t]*)*"
    r"(?:\[[ xX]\][ \t]+|\[!\w+\][ \t]*|\[\^[^\]\s]+\]:[ \t]+"
    r"|[!?]{3}\+?[ \t]+\w+[ \t]*|={3}[!+]?[ \t]+(?=\"))?"
)
"""Of lists, quotations, headings, tasks, notes and footnotes."""
HEADING_TAIL = regex.compile(r"[ \t]*(?:\#+|\{[\#.:][^{}\n]*\}|\\)?[ \t]*\Z")
"""What stands behind the words of a heading: closing marks, its name; or a backslash that ends a line."""
_TABLE_ROW = regex.compile(r"\s*\|.*\|\s*\Z", regex.DOTALL)
_CELL_EDGE = regex.compile(r"(?<!\\)\|")
_FENCE = regex.compile(r"[ >]*(?P<mark>`{3,}|~{3,}|\$\$)(?P<rest>.*)")
_LINE_END = regex.compile(r"\r\n|\n|\r")


def split_paragraphs(text: str, start: int = 0, end: int | None = None) -> list[Slot]:
    """Return the slots of ``text[start:end]``; fenced blocks in it stay."""
    slots: list[Slot] = []
    for first, last in _outside_fences(text, start, len(text) if end is None else end):
        for begin, until in _lines_together(text, first, last):
            slots += _slots_of_lines(text, begin, until, len(slots))
    return slots


def _outside_fences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of whole lines outside of fences; an open fence goes to the end."""
    fence, begin, position = "", start, start
    for line in text[start:end].splitlines(keepends=True):
        following = position + len(line)
        match = _FENCE.match(line)
        if fence:
            if match and match["mark"].startswith(fence) and not match["rest"].strip():
                fence, begin = "", following
        elif match and match["mark"] == "$$" and match["rest"].strip().endswith("$$"):
            yield begin, position
            begin = following
        elif match and not (match["mark"] == "$$" and match["rest"].strip()):
            yield begin, position
            fence = match["mark"]
        position = following
    if not fence:
        yield begin, end


def _lines_together(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield stretches whose lines go on in one another: whole sentences up to a line's end."""
    begin = position = start
    for segment in split_sentences(text[start:end]):
        position += len(segment.text)
        if segment.text[len(segment.text.rstrip()) :].strip(" \t") or position == end:
            yield begin, position
            begin = position
    if begin < end:
        yield begin, end


def _slots_of_lines(text: str, start: int, end: int, num_before: int) -> Iterator[Slot]:
    stretch = text[start:end]
    if _TABLE_ROW.match(stretch):
        yield from _slots_of_row(text, start, end, num_before)
        return
    marks = LINE_MARKS.match(stretch)
    first = marks.end() if marks else 0
    last = max(first, len(stretch.rstrip()))
    is_heading = marks is not None and "#" in marks[0]
    if is_heading or stretch[:last].endswith("\\"):
        behind = HEADING_TAIL.search(stretch, first, last)
        last = max(first, behind.start()) if behind else last
    kind = UnitKind.HEADING if is_heading else UnitKind.BODY
    yield from _slot(text, start + first, start + last, Place(kind, "", num_before + 1))


def _slots_of_row(text: str, start: int, end: int, num_before: int) -> Iterator[Slot]:
    position, number = start, num_before
    for edge in [*(found.start() for found in _CELL_EDGE.finditer(text, start, end)), end]:
        cell = text[position:edge]
        first = position + len(cell) - len(cell.lstrip())
        last = max(first, position + len(cell.rstrip()))
        for slot in _slot(text, first, last, Place(UnitKind.CELL, "", number + 1)):
            number += 1
            yield slot
        position = edge + 1


def _slot(text: str, start: int, end: int, place: Place) -> Iterator[Slot]:
    words = unwrapped(text[start:end])
    if has_words(words):
        yield Slot(Unit(words, place), _Writing(text, start, end, place.kind).edits)


@dataclass(frozen=True, slots=True)
class _Writing:
    """Where a paragraph stands."""

    text: str
    start: int
    end: int
    kind: UnitKind

    def edits(self, text: UnitText, layout: BilingualLayout) -> Sequence[Edit]:
        wrapping = Wrapping.of(self.text, self.start, self.end)
        if self.kind is UnitKind.CELL:
            words = text.text.replace("|", "\\|")
            both = f"{self.text[self.start : self.end]} / {words}"
            return [Edit(self.start, self.end, words if layout is BilingualLayout.NONE else both)]
        words = wrapping.wrapped(" ".join(text.text.split()))
        if layout is BilingualLayout.NONE:
            return [Edit(self.start, self.end, words)]
        end = _LINE_END.search(self.text, self.end)
        at = end.start() if end else len(self.text)
        return [Edit(at, at, wrapping.line_end + wrapping.beginning + words)]
