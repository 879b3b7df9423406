"""The characters of an old Word file (Word 97 to 2003, Microsoft's [MS-DOC]) and what is said of them.

Text lies in pieces, in one of two encodings; properties lie apart from it, by place in the stream ("FC"), in
pages of 512 bytes. Positions in the text are "CP" there and here: one for each unit of UTF-16.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lmstudio_lite.documents.office.symbol_fonts import symbol

_MAGIC, _FIRST_VERSION = 0xA5EC, 0x00C1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_COUNTS, _POINTERS = 0x4C, 0x9A
_PAGE = 512
_PIECES, _CHARACTERS, _PARAGRAPHS = 33, 12, 13
_COMPRESSED = 0x40000000
_DELETED, _VANISH, _POSITION, _SYMBOL = 0x0800, 0x083C, 0x2A48, 0x6A09
_IN_TABLE, _ROW_END, _LIST, _LIST_LEVEL = 0x2416, 0x2417, 0x460B, 0x260A
_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_TABLE_DEFINITION = 0xD608
_MOST_CHARACTERS = 50_000_000
_Value = TypeVar("_Value")


class NotWordBinaryError(ValueError):
    """A file of Word 95 or older, or none at all: another reader may know it."""


class EncryptedWordError(ValueError):
    """It is protected by a password."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is said of a run of characters."""

    is_hidden: bool = False
    is_deleted: bool = False
    is_raised: bool = False
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What is said of a paragraph; ``heading`` is 0 for others."""

    heading: int = 0
    in_table: bool = False
    is_row_end: bool = False
    is_item: bool = False
    level: int = 0


@dataclass(slots=True)
class _Piece:
    start: int
    offset: int
    width: int


@dataclass(slots=True)
class _Spans(Generic[_Value]):
    """Values by place in the stream, each from its start to its end."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    values: list[_Value] = field(default_factory=list)

    def at(self, place: int) -> _Value | None:
        index = bisect_right(self.starts, place) - 1
        return self.values[index] if index >= 0 and place < self.ends[index] else None


@dataclass(slots=True)
class WordBinary:
    """``text`` has one character for each CP, halves of surrogate pairs apart."""

    document: bytes
    tables: tuple[bytes, bytes]
    text: str = ""
    counts: tuple[int, ...] = ()
    """Characters of the body, footnotes, headers, (nothing), comments, endnotes, boxes, boxes in headers."""
    _pieces: list[_Piece] = field(default_factory=list)
    _looks: _Spans[Look] = field(default_factory=_Spans)
    _forms: _Spans[Form] = field(default_factory=_Spans)
    _table: bytes = b""

    def __post_init__(self) -> None:
        """Read the text and its properties.

        Raises:
            NotWordBinaryError, EncryptedWordError: as their names say.
        """
        try:
            magic, version = struct.unpack_from("<HH", self.document)
            (flags,) = struct.unpack_from("<H", self.document, 10)
            if magic != _MAGIC or version < _FIRST_VERSION:
                raise NotWordBinaryError("another version")
            if flags & _ENCRYPTED:
                raise EncryptedWordError("encrypted")
            self.counts = struct.unpack_from("<8i", self.document, _COUNTS)
            self._table = self.tables[1 if flags & _SECOND_TABLE else 0]
            self.text = "".join(self._read_pieces())
        except struct.error as error:
            raise NotWordBinaryError("cut short") from error
        self._looks = self._spans(_CHARACTERS, 1, _look)
        self._forms = self._spans(_PARAGRAPHS, 13, _form)

    def look(self, position: int) -> Look:
        """Return what is said of the character at a CP."""
        return self._looks.at(self._place(position)) or _PLAIN_LOOK

    def form(self, position: int) -> Form:
        """Return what is said of the paragraph whose mark is at a CP."""
        return self._forms.at(self._place(position)) or _PLAIN_FORM

    def positions(self, index: int, size: int) -> list[int]:
        """Return the CPs in the list at pointer ``index``, whose entries have ``size`` bytes."""
        block = self._block(index)
        num = max((len(block) - 4) // (4 + size), 0)
        return list(struct.unpack_from(f"<{num + 1}i", block)) if len(block) >= 4 else []

    def entries(self, index: int, size: int) -> list[bytes]:
        """Return what such a list says of each CP."""
        block = self._block(index)
        num = max((len(block) - 4) // (4 + size), 0)
        start = 4 * (num + 1)
        return [block[start + size * each : start + size * (each + 1)] for each in range(num)]

    def _block(self, index: int) -> bytes:
        try:
            offset, size = struct.unpack_from("<II", self.document, _POINTERS + 8 * index)
        except struct.error:
            return b""
        return self._table[offset : offset + size]

    def _read_pieces(self) -> Iterator[str]:
        block = self._block(_PIECES)
        offset = 0
        while offset < len(block) and block[offset] == 1:
            offset += 3 + struct.unpack_from("<H", block, offset + 1)[0]
        if block[offset : offset + 1] != b"\2":
            raise NotWordBinaryError("no pieces")
        block = block[offset + 5 :]
        num = (len(block) - 4) // 12
        if num < 1:
            raise NotWordBinaryError("no pieces")
        starts = struct.unpack_from(f"<{num + 1}i", block)
        for index in range(num):
            (code,) = struct.unpack_from("<I", block, 4 * (num + 1) + 8 * index + 2)
            length = min(max(starts[index + 1] - starts[index], 0), _MOST_CHARACTERS)
            width = 1 if code & _COMPRESSED else 2
            place = (code & ~_COMPRESSED) // 2 if width == 1 else code
            content = self.document[place : place + width * length]
            self._pieces.append(_Piece(starts[index], place, width))
            if width == 1:
                yield content.decode("cp1252", "replace").ljust(length)
            else:
                # One character for each unit, so that places can be counted: pairs are joined at the end.
                units = struct.unpack(f"<{len(content) // 2}H", content[: len(content) // 2 * 2])
                yield "".join(map(chr, units)).ljust(length)

    def _place(self, position: int) -> int:
        index = bisect_right(self._pieces, position, key=lambda piece: piece.start) - 1
        piece = self._pieces[max(index, 0)]
        return piece.offset + piece.width * (position - piece.start)

    def _spans(self, index: int, size: int, read: Callable[[bytes], _Value | None]) -> _Spans[_Value]:
        """Read the pages that the list ``index`` leads to; entries have ``size`` bytes there."""
        spans: _Spans[_Value] = _Spans()
        for entry in self.entries(index, 4):
            page_number = struct.unpack("<I", entry)[0] & 0x3FFFFF if len(entry) == 4 else 0
            page = self.document[page_number * _PAGE : (page_number + 1) * _PAGE]
            if len(page) < _PAGE or not page_number:
                continue
            num = page[-1]
            if 4 * (num + 1) + size * num >= _PAGE:
                continue
            starts = struct.unpack_from(f"<{num + 1}I", page)
            for each in range(num):
                offset = 2 * page[4 * (num + 1) + size * each]
                value = read(page[offset:]) if offset else None
                if value is not None and (not spans.starts or starts[each] >= spans.starts[-1]):
                    spans.starts.append(starts[each])
                    spans.ends.append(starts[each + 1])
                    spans.values.append(value)
        return spans


_PLAIN_LOOK, _PLAIN_FORM = Look(), Form()


def _look(entry: bytes) -> Look | None:
    values = dict(_properties(entry[1 : 1 + entry[0]]))
    if not values.keys() & {_DELETED, _VANISH, _POSITION, _SYMBOL}:
        return None
    sign = values.get(_SYMBOL, b"")
    return Look(
        is_hidden=values.get(_VANISH, b"\0")[:1] in (b"\1", b"\x81"),
        is_deleted=values.get(_DELETED, b"\0")[:1] == b"\1",
        is_raised=values.get(_POSITION, b"\0")[:1] == b"\1",
        # The number of the font says nothing without the list of fonts: nearly all are Symbol or Wingdings.
        symbol=symbol(int.from_bytes(sign[2:4], "little"), "") if len(sign) == 4 else "",
    )


def _form(entry: bytes) -> Form | None:
    size = 2 * entry[0] - 1 if entry[0] else 2 * entry[1]
    content = entry[1 : 1 + size] if entry[0] else entry[2 : 2 + size]
    if len(content) < 2:
        return None
    style = int.from_bytes(content[:2], "little")
    values = dict(_properties(content[2:]))
    return Form(
        # The first styles of every file are Normal and the nine headings.
        heading=style if 1 <= style <= 9 else 0,
        in_table=values.get(_IN_TABLE, b"\0")[:1] == b"\1",
        is_row_end=values.get(_ROW_END, b"\0")[:1] == b"\1",
        is_item=int.from_bytes(values.get(_LIST, b""), "little") not in (0, 0xF801),
        level=values.get(_LIST_LEVEL, b"\0")[0],
    )


def _properties(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the properties in a list, each with its value ([MS-DOC] 2.2.5.1)."""
    offset = 0
    while offset + 2 < len(content):
        (code,) = struct.unpack_from("<H", content, offset)
        offset += 2
        size = _SIZES.get(code >> 13)
        if size is None and code == _TABLE_DEFINITION:
            size = int.from_bytes(content[offset : offset + 2], "little") + 1
        elif size is None:
            size = content[offset] + 1
        value = content[offset : offset + size]
        if value:
            yield code, value
        offset += size
