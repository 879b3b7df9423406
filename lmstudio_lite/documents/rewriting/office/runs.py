"""What is in a paragraph of an office file (text in runs, links, pictures) as one text with marks, and back.

The readers of the formats hand over pieces in their order; here they become a unit's text and marks. The
type that most of a paragraph is set in needs no mark, and what stands before its first or behind its last
word keeps its place without one: the fewer marks, the fewer can go astray. Nothing here knows a format: a run
is written by whoever read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmstudio_lite.documents.rewriting.xml_source import Stretch, escaped
from lmstudio_lite.domain.units import Mark, MarkKind
from lmstudio_lite.errors import InvariantError

Chunk = bytes | Stretch
"""What is written: bytes as they are, or a stretch of the source with what became of it."""


@dataclass(frozen=True, slots=True)
class RunStyle:
    """The type that a run is set in. Runs of one ``key`` look alike; ``head`` and ``tail`` enclose the text.

    ``breaks`` are what stands in a run for characters that the format has elements for (a line end).
    """

    key: bytes
    head: bytes = b""
    tail: bytes = b""
    breaks: tuple[tuple[str, bytes], ...] = ()

    def written(self, text: str) -> bytes:
        """Return ``text`` as a run."""
        content = escaped(text)
        for character, element in self.breaks:
            content = content.replace(character.encode(), element)
        return self.head + content + self.tail


@dataclass(frozen=True, slots=True)
class Pair:
    """One end of a stretch that the file marks by two objects: a bookmark, a comment's anchor."""

    key: str
    is_start: bool


@dataclass(slots=True)
class TextItem:
    style: RunStyle
    text: str


@dataclass(slots=True)
class ObjectItem:
    """``implied`` is what it does between words: a line break and a tab part them.

    ``is_layout``: it is nothing but breaks and tabs, so that it can stand in the file twice.
    """

    chunks: list[Chunk]
    implied: str = ""
    pairs: tuple[Pair, ...] = ()
    is_layout: bool = False


@dataclass(slots=True)
class SpanItem:
    """``keeps_text``: its words are no language. ``is_link``: it can stand in the file twice."""

    opening: list[Chunk]
    closing: list[Chunk] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    keeps_text: bool = False
    is_link: bool = False
    base: RunStyle | None = None

    def texts(self) -> Iterator[str]:
        """Yield the text in it, piece by piece."""
        for item in self.items:
            if isinstance(item, TextItem):
                yield item.text
            elif isinstance(item, SpanItem):
                yield from item.texts()


Item = TextItem | ObjectItem | SpanItem


class PieceReader:
    """Takes a paragraph's pieces in their order."""

    def __init__(self) -> None:
        self.root = SpanItem([])
        self._open = [self.root]

    @property
    def depth(self) -> int:
        return len(self._open)

    @property
    def current(self) -> SpanItem:
        return self._open[-1]

    def add_text(self, style: RunStyle, text: str) -> None:
        items = self._open[-1].items
        last = items[-1] if items else None
        if isinstance(last, TextItem) and last.style.key == style.key:
            last.text += text
        elif text:
            items.append(TextItem(style, text))

    def add_object(self, item: ObjectItem) -> None:
        items = self._open[-1].items
        last = items[-1] if items else None
        if isinstance(last, ObjectItem):
            _join(last, item)
        else:
            items.append(item)

    def open(self, span: SpanItem) -> None:
        self._open[-1].items.append(span)
        self._open.append(span)

    def close(self, closing: list[Chunk]) -> None:
        self._open.pop().closing = closing


def _join(first: ObjectItem, second: ObjectItem) -> None:
    first.chunks = first.chunks + second.chunks
    if "\n" in (first.implied, second.implied):
        first.implied = "\n"
    else:
        first.implied = first.implied or second.implied
    first.pairs += second.pairs
    first.is_layout = first.is_layout and second.is_layout


@dataclass(slots=True)
class Inline:
    """A paragraph's inner part: ``before`` and ``after`` enclose what ``text`` and ``marks`` tell of it."""

    root: SpanItem
    before: list[Chunk]
    after: list[Chunk]
    text: str = ""
    marks: tuple[Mark, ...] = ()
    spans: dict[int, SpanItem] = field(default_factory=dict)
    styles: dict[int, RunStyle] = field(default_factory=dict)
    objects: dict[int, ObjectItem] = field(default_factory=dict)
    homes: dict[int, frozenset[int]] = field(default_factory=dict)
    """The spans that each object lies in."""
    implying: frozenset[int] = frozenset()
    """The objects for which ``text`` has a character."""

    @property
    def has_words(self) -> bool:
        """Whether there is a letter that may be translated."""
        kept = [mark for mark in self.marks if mark.keeps_text]
        if not kept:
            return any(map(str.isalpha, self.text))
        return any(
            character.isalpha() and not any(mark.start <= place < mark.end for mark in kept)
            for place, character in enumerate(self.text)
        )


def arranged(reader: PieceReader) -> Inline:
    """Return the text and the marks of the pieces that were read."""
    root = reader.root
    if len(root.items) == 1 and isinstance(only := root.items[0], TextItem):
        root.base = only.style
        return Inline(root, [], [], only.text)
    before: list[Chunk] = []
    after: list[Chunk] = []
    _simplify(root)
    while _trim(root, before, after):
        _simplify(root)
    inline = Inline(root, before, after)
    _Numbering(inline).number()
    return inline


def _simplify(span: SpanItem) -> None:
    """Make objects of spans without words, one of neighbours that are alike, and choose each span's base."""
    items: list[Item] = []
    for item in span.items:
        if isinstance(item, SpanItem):
            _simplify(item)
            if not any(character.strip() for character in item.texts()):
                item = _as_object(item)
        last = items[-1] if items else None
        if isinstance(item, ObjectItem) and isinstance(last, ObjectItem):
            _join(last, item)
        elif isinstance(item, TextItem) and isinstance(last, TextItem) and last.style.key == item.style.key:
            last.text += item.text
        else:
            items.append(item)
    span.items = _without_styled_blanks(items)
    lengths: dict[bytes, int] = {}
    for item in span.items:
        if isinstance(item, TextItem):
            lengths[item.style.key] = lengths.get(item.style.key, 0) + len(item.text)
    common = max(lengths, key=lambda key: lengths[key], default=b"")
    span.base = next(
        (each.style for each in span.items if isinstance(each, TextItem) and each.style.key == common), None
    )


def _without_styled_blanks(items: list[Item]) -> list[Item]:
    """Give a blank in a type of its own that of the words before it, unless it is all there is."""
    out: list[Item] = []
    for item in items:
        last = out[-1] if out else None
        if isinstance(item, TextItem) and isinstance(last, TextItem):
            if not item.text.strip() or last.style.key == item.style.key:
                last.text += item.text
                continue
            if not last.text.strip():
                last.style, last.text = item.style, last.text + item.text
                continue
        out.append(item)
    return out


def _as_object(span: SpanItem) -> ObjectItem:
    """Return a span without words as an object; blanks in it are written as they were."""
    item = ObjectItem(list(span.opening), is_layout=False)
    for inner in span.items:
        if isinstance(inner, TextItem):
            item.chunks.append(inner.style.written(inner.text))
            item.implied = item.implied or " "
        elif isinstance(inner, ObjectItem):
            _join(item, inner)
        else:
            _join(item, _as_object(inner))
    item.chunks += span.closing
    item.is_layout = False
    return item


def _trim(root: SpanItem, before: list[Chunk], after: list[Chunk]) -> bool:
    """Take what stands at the edges of ``root`` out of it; tell whether there was anything."""
    match root.items:
        case [ObjectItem() as first, *rest]:
            before += first.chunks
            root.items = rest
        case [*rest, ObjectItem() as last]:
            after[:0] = last.chunks
            root.items = rest
        case [SpanItem(keeps_text=False) as only]:
            before += only.opening
            after[:0] = only.closing
            root.items = only.items
        case _:
            return False
    return True


@dataclass(slots=True)
class _OpenStyle:
    number: int
    style: RunStyle
    start: int
    end: int = 0


class _Numbering:
    """Counts characters and marks through a paragraph."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._texts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._num_marks = 0
        self._implying: set[int] = set()
        self._following = _first_characters(inline.root)

    def number(self) -> None:
        self._span(self._inline.root, frozenset())
        self._inline.text = "".join(self._texts)
        self._inline.marks = tuple(sorted(self._marks, key=lambda mark: mark.number))
        self._inline.implying = frozenset(self._implying)

    def _span(self, span: SpanItem, homes: frozenset[int]) -> None:
        style: _OpenStyle | None = None
        for item in span.items:
            if isinstance(item, ObjectItem):
                self._object(item, homes)
                continue
            key = item.style.key if isinstance(item, TextItem) else None
            if style is not None and style.style.key != key:
                self._end_style(style)
                style = None
            if isinstance(item, SpanItem):
                self._inner_span(item, homes)
                continue
            if style is None and span.base is not None and item.style.key != span.base.key:
                style = _OpenStyle(self._next_number(), item.style, self._length)
            self._add(item.text)
            if style is not None:
                style.end = self._length
        if style is not None:
            self._end_style(style)

    def _inner_span(self, item: SpanItem, homes: frozenset[int]) -> None:
        number, start = self._next_number(), self._length
        self._inline.spans[number] = item
        self._span(item, homes | {number})
        self._marks.append(Mark(number, MarkKind.SPAN, start, self._length, item.keeps_text))

    def _end_style(self, style: _OpenStyle) -> None:
        self._inline.styles[style.number] = style.style
        self._marks.append(Mark(style.number, MarkKind.STYLE, style.start, style.end))

    def _object(self, item: ObjectItem, homes: frozenset[int]) -> None:
        number = self._next_number()
        self._inline.objects[number] = item
        self._inline.homes[number] = homes
        self._marks.append(Mark(number, MarkKind.OBJECT, self._length, self._length))
        last = self._texts[-1][-1:] if self._texts else ""
        following = self._following.get(id(item), "")
        if item.implied and last and following and not last.isspace() and not following.isspace():
            self._implying.add(number)
            self._add(item.implied)

    def _next_number(self) -> int:
        self._num_marks += 1
        return self._num_marks

    def _add(self, text: str) -> None:
        self._texts.append(text)
        self._length += len(text)


def _first_characters(root: SpanItem) -> dict[int, str]:
    """Return for each object the character that follows it, wherever it stands."""
    found: dict[int, str] = {}
    waiting: list[int] = []

    def walk(span: SpanItem) -> None:
        for item in span.items:
            if isinstance(item, ObjectItem):
                waiting.append(id(item))
            elif isinstance(item, TextItem):
                for key in waiting:
                    found[key] = item.text[0]
                waiting.clear()
            else:
                walk(item)

    walk(root)
    return found


def base_style(inline: Inline) -> RunStyle:
    """Return what the paragraph is set in.

    Raises:
        InvariantError: it has no text.
    """
    base = inline.root.base or next((span.base for span in inline.spans.values() if span.base), None)
    if base is None:
        raise InvariantError("a paragraph without text")
    return base
