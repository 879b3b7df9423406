"""A translation with its marks as the runs, links and objects of the paragraph that it takes the place of.

Everything that stood in the paragraph is written once: an object whose place was not found would be a
picture lost. ``domain.units.check_unit_text`` has seen to that before anything is composed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.rewriting.office.runs import (
    Chunk,
    Inline,
    Item,
    ObjectItem,
    RunStyle,
    SpanItem,
    TextItem,
    base_style,
)
from lmstudio_lite.documents.rewriting.xml_source import Render
from lmstudio_lite.domain.units import Mark, MarkKind, UnitText, order_of_marks

Restyle = Callable[[RunStyle], RunStyle]
"""Returns a style as the translation's language wants it."""


@dataclass(slots=True)
class _Stretch:
    """A part of the text with what lies in it; the outermost has no mark."""

    mark: Mark | None
    start: int
    end: int
    inner: list[_Stretch] = field(default_factory=list)


class Composer:
    """Composes one paragraph's translation.

    ``is_copy``: the original stands in the file as well, so that what must not be there twice is left out:
    pictures, notes, bookmarks, the codes of fields.
    """

    def __init__(self, inline: Inline, text: UnitText, restyle: Restyle, *, is_copy: bool = False) -> None:
        self._inline = inline
        self._text = text.text
        self._restyle = restyle
        self._is_copy = is_copy
        self._marks = _with_ordered_pairs(inline, text.marks)
        self._unwritten = self._places_of_breaks()
        self._chunks: list[Chunk] = []
        self._run: list[str] = []
        self._run_style: RunStyle | None = None

    def composed(self) -> list[Chunk]:
        """Return what stands in the paragraph."""
        inline = self._inline
        if not self._is_copy:
            self._chunks += inline.before
        self._write(self._nested(), base_style(inline))
        self._end_run()
        if not self._is_copy:
            self._chunks += inline.after
        return self._chunks

    def _places_of_breaks(self) -> set[int]:
        """Return the characters that stand for an object (a line break has one of its own)."""
        found: set[int] = set()
        for mark in self._marks:
            if mark.number not in self._inline.implying:
                continue
            for place in (mark.start, mark.start - 1):
                if 0 <= place < len(self._text) and self._text[place].isspace() and place not in found:
                    found.add(place)
                    break
        return found

    def _nested(self) -> _Stretch:
        """Return the marks as a tree. Objects between two stretches go to the one they come from."""
        root = _Stretch(None, 0, len(self._text))
        ordered = order_of_marks(self._marks)
        stack = [root]
        for mark in ordered:
            if mark.kind is MarkKind.OBJECT:
                continue
            while stack[-1] is not root and stack[-1].end <= mark.start:
                stack.pop()
            stretch = _Stretch(mark, mark.start, mark.end)
            stack[-1].inner.append(stretch)
            stack.append(stretch)
        objects = [mark for mark in self._marks if mark.kind is MarkKind.OBJECT]
        for mark in sorted(objects, key=lambda each: (each.start, each.number)):
            self._place_object(root, mark)
        return root

    def _place_object(self, root: _Stretch, mark: Mark) -> None:
        home = self._inline.homes[mark.number]
        place, holder = mark.start, root
        while True:
            deeper = next((each for each in holder.inner if _takes(each, place, home)), None)
            if deeper is None:
                break
            holder = deeper
        index = next(
            (
                index
                for index, each in enumerate(holder.inner)
                if each.start > place or (each.start == place and each.end > place)
            ),
            len(holder.inner),
        )
        holder.inner.insert(index, _Stretch(mark, place, place))

    def _write(self, stretch: _Stretch, style: RunStyle) -> None:
        place = stretch.start
        for inner in stretch.inner:
            self._write_text(place, inner.start, style)
            self._write_marked(inner, style)
            place = inner.end
        self._write_text(place, stretch.end, style)

    def _write_marked(self, stretch: _Stretch, style: RunStyle) -> None:
        mark = stretch.mark
        if mark is None:
            return
        match mark.kind:
            case MarkKind.STYLE:
                self._write(stretch, self._inline.styles[mark.number])
            case MarkKind.OBJECT:
                item = self._inline.objects[mark.number]
                if not self._is_copy or item.is_layout:
                    self._end_run()
                    self._chunks += item.chunks
            case MarkKind.SPAN:
                self._write_span(stretch, self._inline.spans[mark.number], style)

    def _write_span(self, stretch: _Stretch, span: SpanItem, style: RunStyle) -> None:
        is_enclosed = not self._is_copy or span.is_link
        if is_enclosed:
            self._end_run()
            self._chunks += span.opening
        if span.keeps_text:
            self._write_items(span.items)
        else:
            self._write(stretch, span.base or style)
        if is_enclosed:
            self._end_run()
            self._chunks += span.closing

    def _write_items(self, items: list[Item]) -> None:
        """Write what the file has, unchanged."""
        for item in items:
            match item:
                case TextItem():
                    self._add_run(item.style, item.text)
                case ObjectItem() if not self._is_copy or item.is_layout:
                    self._end_run()
                    self._chunks += item.chunks
                case SpanItem():
                    self._end_run()
                    self._chunks += item.opening
                    self._write_items(item.items)
                    self._end_run()
                    self._chunks += item.closing

    def _write_text(self, start: int, end: int, style: RunStyle) -> None:
        text = self._text[start:end]
        if any(start <= place < end for place in self._unwritten):
            text = "".join(
                character for place, character in enumerate(text, start) if place not in self._unwritten
            )
        if text:
            self._add_run(self._restyle(style), text)

    def _add_run(self, style: RunStyle, text: str) -> None:
        if self._run_style is not None and self._run_style != style:
            self._end_run()
        self._run_style = style
        self._run.append(text)

    def _end_run(self) -> None:
        if self._run_style is not None:
            self._chunks.append(self._run_style.written("".join(self._run)))
        self._run, self._run_style = [], None


def _takes(stretch: _Stretch, place: int, home: frozenset[int]) -> bool:
    """Whether an object at ``place`` lies in ``stretch``: at its border only if it came from there."""
    mark = stretch.mark
    if mark is None or mark.kind is MarkKind.OBJECT:
        return False
    is_at_border = place in (stretch.start, stretch.end)
    return mark.number in home if is_at_border else stretch.start < place < stretch.end


def _with_ordered_pairs(inline: Inline, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Return the marks with the two ends of each bookmark in their order; a translation may turn them."""
    placed = {mark.number: mark for mark in marks}
    starts: dict[str, int] = {}
    for number, item in inline.objects.items():
        for pair in item.pairs:
            if pair.is_start:
                starts[pair.key] = number
                continue
            start = placed.get(starts.get(pair.key, number))
            end = placed.get(number)
            if start is not None and end is not None and end.start < start.start:
                placed[start.number] = replace(start, start=end.start, end=end.start)
                placed[number] = replace(end, start=start.start, end=start.start)
    return tuple(placed[mark.number] for mark in marks)


def rendered(chunks: list[Chunk], render: Render) -> bytes:
    """Return what is written for ``chunks``."""
    return b"".join(chunk if isinstance(chunk, bytes) else render(*chunk) for chunk in chunks)
