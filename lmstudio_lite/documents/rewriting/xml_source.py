"""XML as a tree that knows where in the file's bytes each element stands, so that stretches can be replaced.

A tree that is written out again is never the file it was read from: declarations, quotes, white space and
references become others. Here nothing is written out: ``Splices`` puts new bytes in the place of some
stretches, and everything else stays as it is. Names are the short ones of ``containers.office_xml``.

Expat reads it: no entity is declared, nothing is fetched, and what is not well-formed is refused.
"""

from __future__ import annotations

import codecs
import functools
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pyexpat import ExpatError, ParserCreate, XMLParserType
from typing import cast

from lmstudio_lite.documents.containers.office_xml import ShortNames
from lmstudio_lite.errors import InvariantError

_START_TAG = re.compile(rb"""<[^\s/>"']+(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""([^\s=<"'/]+)\s*=\s*("[^"]*"|'[^']*')""")
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STRETCH_BYTES = 1 << 20

Stretch = tuple[int, int]
"""The places of the first byte and of the one behind the last."""
FindHole = Callable[[bytes], Stretch | None]
"""Returns a stretch between two tags that is not to be read into a tree, of the part in UTF-8."""


class XmlNode:
    """An element of a source: its ``index`` counts the elements of the part in their order.

    The tree itself is in tables of the source. A node is made when it is asked for, for a large part has half
    a million elements, and as many objects keep Python's search for garbage busy for longer than all else.
    """

    __slots__ = ("_source", "index", "tag")

    def __init__(self, source: XmlSource, index: int) -> None:
        self._source = source
        self.index = index
        self.tag = source.tags[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, XmlNode) and other.index == self.index and other._source is self._source

    def __hash__(self) -> int:
        return self.index

    @property
    def parent(self) -> XmlNode | None:
        parent = self._source.parents[self.index]
        return XmlNode(self._source, parent) if parent >= 0 else None

    @property
    def children(self) -> list[XmlNode]:
        source, found = self._source, []
        child, behind = self.index + 1, source.behind
        while child < behind[self.index]:
            found.append(XmlNode(source, child))
            child = behind[child]
        return found

    @property
    def has_children(self) -> bool:
        return self.behind > self.index + 1

    @property
    def behind(self) -> int:
        """The index of the first element that is behind this one and not in it."""
        return self._source.behind[self.index]

    @property
    def text(self) -> str:
        """The text, of the elements that were asked for and only of these."""
        return self._source.texts.get(self.index, "")

    @property
    def start(self) -> int:
        return self._source.starts[self.index]

    @property
    def close(self) -> int:
        """Where the end tag begins, and where the element ends that has none."""
        return self._source.closes[self.index]

    def get(self, name: str, default: str = "") -> str:
        """Return the attribute with the short name ``name``."""
        return next((value for known, value in self.attributes() if known == name), default)

    def has(self, name: str) -> bool:
        return any(known == name for known, _ in self.attributes())

    def attributes(self) -> list[tuple[str, str]]:
        """Return the attributes' short names and values in their order."""
        found = self._source.attributes.get(self.index, ())
        names = self._source.names
        return [(names[name], value) for name, value in zip(found[::2], found[1::2], strict=True)]

    def find(self, path: str) -> XmlNode | None:
        """Return what the first child of each name in ``path`` ("w:pPr/w:jc") leads to."""
        tags, behind = self._source.tags, self._source.behind
        found = self.index
        for tag in path.split("/"):
            end = behind[found]
            found += 1
            while found < end and tags[found] != tag:
                found = behind[found]
            if found >= end:
                return None
        return XmlNode(self._source, found)

    def iter(self) -> Iterator[XmlNode]:
        """Yield this element and all below it in the order of the file, however deep."""
        return (XmlNode(self._source, index) for index in range(self.index, self.behind))

    def iter_tags(self, tags: frozenset[str]) -> Iterator[XmlNode]:
        """Yield the elements below this one that are called so, in the order of the file."""
        known = self._source.tags
        for index in range(self.index + 1, self.behind):
            if known[index] in tags:
                yield XmlNode(self._source, index)

    @property
    def end(self) -> int:
        """The place behind the element."""
        opened = self.inner_start
        data = self._source.data
        if data[opened - 2 : opened] == b"/>":
            return opened
        return data.index(b">", self.close) + 1

    @property
    def stretch(self) -> Stretch:
        return self.start, self.end

    @property
    def inner_start(self) -> int:
        """The place behind the start tag; the element's end where it has no end tag."""
        found = _START_TAG.match(self._source.data, self.start)
        if found is None:
            raise InvariantError(f"no start tag at byte {self.start}")
        return found.end()

    @property
    def is_empty(self) -> bool:
        """Whether it is written as a single tag."""
        opened = self.inner_start
        return self._source.data[opened - 2 : opened] == b"/>"

    @property
    def raw(self) -> bytes:
        """The element as it stands in the file."""
        return self._source.data[self.start : self.end]

    @property
    def start_tag(self) -> bytes:
        return self._source.data[self.start : self.inner_start]

    @property
    def raw_tag(self) -> bytes:
        """Its name with the file's own prefix."""
        return re.split(rb"[\s/>]", self._source.data[self.start + 1 : self.start + 200], maxsplit=1)[0]

    @property
    def prefix(self) -> bytes:
        """The file's prefix of its name, with the colon; empty where it has none."""
        before, colon, _ = self.raw_tag.rpartition(b":")
        return before + colon

    def value_stretch(self, name: str) -> Stretch | None:
        """Return where the value of the attribute with the short name ``name`` stands."""
        start = self.start + 1 + len(self.raw_tag)
        written = _ATTRIBUTE.finditer(self._source.data, start, self.inner_start)
        stretches = (found for found in written if not found[1].startswith(b"xmlns"))
        for (known, _), found in zip(self.attributes(), stretches, strict=False):
            if known == name:
                return found.start(2) + 1, found.end(2) - 1
        return None


class XmlSource:
    """One part of a file: its ``data`` in UTF-8, and its elements in tables, by index."""

    def __init__(self, content: bytes, leaves: frozenset[str], find_hole: FindHole | None = None) -> None:
        """Read ``content``; the text within ``leaves`` is kept, and what ``find_hole`` finds not looked at.

        Raises:
            ValueError: it is no well-formed XML, or it declares entities.
        """
        self.names = _Names()
        self.tags: list[str] = []
        self.starts = array("q")
        self.closes = array("q")
        self.parents = array("l")
        self.behind = array("l")
        """By index, that of the next element that is not within this one: children are told by it."""
        self.attributes: dict[int, tuple[str, ...]] = {}
        self.texts: dict[int, str] = {}
        self._encoding, self._mark = _encoding_of(content)
        self.data = self._decoded(content)
        try:
            self._parse(leaves, find_hole(self.data) if find_hole is not None else None)
        except (ExpatError, RecursionError) as error:
            raise ValueError("not well-formed XML") from error

    @property
    def root(self) -> XmlNode:
        return XmlNode(self, 0)

    def encoded(self, data: bytes) -> bytes:
        """Return ``data``, which is UTF-8, in the encoding that the part had."""
        if not self._encoding:
            return data
        return self._mark + data.decode().encode(self._encoding, "xmlcharrefreplace")

    def _decoded(self, content: bytes) -> bytes:
        if not self._encoding:
            return content
        try:
            return content[len(self._mark) :].decode(self._encoding).encode()
        except (UnicodeError, LookupError):
            raise ValueError("characters that its encoding does not have") from None

    def _parse(self, leaves: frozenset[str], hole: Stretch | None) -> None:
        parser = ParserCreate("utf-8" if self._encoding else None, "}")
        builder = _Builder(self, parser, leaves)
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.characters
        parser.StartDoctypeDeclHandler = _refuse_declarations
        parser.SkippedEntityHandler = _refuse_entity
        data = self.data
        if hole is not None:
            parser.Parse(data[: hole[0]])
            builder.shift = hole[1] - hole[0]
            parser.Parse(data[hole[1] :], True)
            return
        for start in range(0, len(data), _STRETCH_BYTES):
            parser.Parse(data[start : start + _STRETCH_BYTES])
        parser.Parse(b"", True)


class _Builder:
    """Fills a source's tables while Expat reads."""

    def __init__(self, source: XmlSource, parser: XMLParserType, leaves: frozenset[str]) -> None:
        self.shift = 0
        self._source = source
        self._parser = parser
        self._leaves = leaves
        self._open = -1
        self._leaf = -1

    def start(self, name: str, attributes: object) -> None:
        source = self._source
        index = len(source.tags)
        tag = source.names[name]
        source.tags.append(tag)
        source.starts.append(self._parser.CurrentByteIndex + self.shift)
        source.closes.append(0)
        source.behind.append(0)
        source.parents.append(self._open)
        self._open = index
        if attributes:
            # ``ordered_attributes`` makes it a list; the stubs know only the dictionary.
            source.attributes[index] = tuple(cast("list[str]", attributes))
        self._leaf = index if tag in self._leaves else -1

    def end(self, _name: str) -> None:
        source = self._source
        index = self._open
        source.closes[index] = self._parser.CurrentByteIndex + self.shift
        source.behind[index] = len(source.tags)
        self._open = parent = source.parents[index]
        self._leaf = parent if parent >= 0 and source.tags[parent] in self._leaves else -1

    def characters(self, text: str) -> None:
        if self._leaf >= 0:
            texts = self._source.texts
            texts[self._leaf] = texts.get(self._leaf, "") + text


def _refuse_declarations(
    _name: str, _system: str | None, _public: str | None, has_declarations: object
) -> None:
    if has_declarations:
        raise ValueError("a document type")


def _refuse_entity(_name: str, _is_parameter: object) -> None:
    raise ValueError("an entity that is declared elsewhere")


class _Names(dict[str, str]):
    """The short name of each name as Expat tells it: "namespace}local"."""

    def __init__(self) -> None:
        self._short = ShortNames()

    def __missing__(self, name: str) -> str:
        short = self[name] = self._short["{" + name] if "}" in name else name
        return short


def _encoding_of(content: bytes) -> tuple[str, bytes]:
    """Return the encoding of a part that is not in UTF-8 with its byte order mark; "" for UTF-8."""
    for mark, encoding in (
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return encoding, mark
    declared = _DECLARED.match(content.removeprefix(codecs.BOM_UTF8)[:200])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return ("", b"") if name in ("utf-8", "us-ascii", "ascii") else (name, b"")


Render = Callable[[int, int], bytes]
"""Returns what a stretch of the source becomes."""
Replacement = bytes | Callable[[Render], bytes]


class Splices:
    """What takes the place of some stretches of one source.

    A replacement may lie within another that is told by a function: the function renders the stretches of
    its own that it keeps, and gets what became of them.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._wanted: list[tuple[int, bool, int, int, Replacement]] = []
        self._starts: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def replace(self, stretch: Stretch, replacement: Replacement) -> None:
        """Put ``replacement`` in the place of ``stretch``; of an empty one, before what stands there."""
        start, end = stretch
        self._wanted.append((start, end > start, -end, len(self._wanted), replacement))

    def touches(self, stretch: Stretch) -> bool:
        """Whether something within ``stretch`` is replaced."""
        start, end = stretch
        return any(start <= each[0] < end for each in self._wanted)

    def result(self) -> bytes:
        self._wanted.sort(key=lambda each: each[:4])
        self._starts = [each[0] for each in self._wanted]
        return self._render(0, 0, len(self._data))

    def _render(self, first: int, start: int, end: int) -> bytes:
        """Return what ``start`` to ``end`` becomes, by the replacements from ``first`` on.

        Raises:
            InvariantError: a replacement reaches over the border of the stretch.
        """
        out: list[bytes] = []
        place = start
        index = max(first, bisect_left(self._starts, start))
        while index < len(self._wanted) and self._starts[index] < end:
            wanted_start, _, negative_end, _, replacement = self._wanted[index]
            index += 1
            if wanted_start < place:
                continue
            if -negative_end > end:
                raise InvariantError(f"a replacement at byte {wanted_start} crosses the border {end}")
            out.append(self._data[place:wanted_start])
            # What lies within one comes behind it in the order, even where both begin at the same byte.
            inner = functools.partial(self._render, index)
            out.append(replacement if isinstance(replacement, bytes) else replacement(inner))
            place = -negative_end
        out.append(self._data[place:end])
        return b"".join(out)


def escaped(text: str) -> bytes:
    """Return ``text`` as it stands in an element; characters that XML can't hold are left out."""
    text = _UNWRITABLE.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


_VALUE_REFERENCES = str.maketrans({'"': "&quot;", "'": "&apos;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def escaped_value(text: str) -> bytes:
    """Return ``text`` as it stands in an attribute, whichever its quotes."""
    return escaped(text).decode().translate(_VALUE_REFERENCES).encode()
