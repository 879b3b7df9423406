"""The cells of Excel's binary packages (.xlsb, [MS-XLSB]): parts as in others, sheets as records."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError
from lmstudio_lite.documents.containers.office_xml import Element
from lmstudio_lite.documents.office.biff import compact_number
from lmstudio_lite.documents.office.cell_formats import format_code, shown
from lmstudio_lite.documents.office.sheet_grid import Grid, column_letters
from lmstudio_lite.documents.office.workbook import SheetEntry, SheetPart
from lmstudio_lite.domain.inventory import WhyUnread

_MAIN = "xl/workbook.bin"
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_NUMERIC = frozenset((2, 5, 9))
_MOST_COLUMNS = 16_384


class _Kind(IntEnum):
    ROW = 0
    NUMBER_COMPACT = 2
    ERROR = 3
    BOOLEAN = 4
    NUMBER = 5
    TEXT = 6
    SHARED_TEXT = 7
    FORMULA_TEXT = 8
    FORMULA_NUMBER = 9
    FORMULA_BOOLEAN = 10
    FORMULA_ERROR = 11
    STRING = 19
    FORMAT = 44
    STYLE = 47
    COLUMN = 60
    PROPERTIES = 153
    SHEET = 156
    COMMENT_AUTHOR = 632
    BEGIN_COMMENT = 635
    COMMENT_TEXT = 637
    BEGIN_STYLES = 617
    END_STYLES = 618


@dataclass(slots=True)
class BinaryWorkbook:
    """The same as ``workbook.Workbook`` for the binary kind."""

    parts: OfficeParts
    main: str = field(init=False)
    sheets: list[SheetEntry] = field(default_factory=list)
    has_lost_strings: bool = False
    _shared: list[str] = field(default_factory=list)
    _codes: list[int] = field(default_factory=list)
    _own_codes: dict[int, str] = field(default_factory=dict)
    _is_1904: bool = False

    def __post_init__(self) -> None:
        """Read what the sheets share.

        Raises:
            PartUnreadError: the workbook itself is damaged or not there.
        """
        self.main = self.parts.main_part(_MAIN)
        relations = self.parts.relations(self.main)
        for kind, content in _records(self.parts.read(self.main)):
            if kind == _Kind.PROPERTIES:
                self._is_1904 = bool(content[:1]) and content[0] & 1 == 1
            elif kind == _Kind.SHEET:
                key, end = _string(content, 8)
                name, _ = _string(content, end)
                relation = relations.get(key)
                part = self.parts.find(relation.target) if relation is not None else None
                self.sheets.append(SheetEntry(len(self.sheets) + 1, name, content[:1] != b"\0", part))
        self._read_styles()
        strings = self.parts.related_part(self.main, "sharedStrings")
        try:
            found = _records(self.parts.read(strings)) if strings is not None else ()
            self._shared = [_string(content, 1)[0] for kind, content in found if kind == _Kind.STRING]
        except PartUnreadError:
            self.has_lost_strings = True

    def read(self, part: str, budget: int) -> SheetPart:
        """Return the cells of a sheet, at most about ``budget`` characters; raises ``PartUnreadError``."""
        grid = Grid(budget)
        row, is_hidden, has_number = 0, False, False
        cells: dict[int, str] = {}
        for kind, content in _records(self.parts.read(part)):
            if kind == _Kind.ROW and len(content) >= 12:
                grid.add_row(row, cells, has_number=has_number, is_hidden=is_hidden)
                row, cells, has_number = struct.unpack_from("<I", content)[0] + 1, {}, False
                is_hidden = content[11] & 0x10 != 0
            elif kind == _Kind.COLUMN and len(content) >= 18 and content[16] & 1:
                first, last = struct.unpack_from("<II", content)
                grid.hidden_columns.update(range(first + 1, min(last + 1, _MOST_COLUMNS) + 1))
            elif _Kind.NUMBER_COMPACT <= kind <= _Kind.FORMULA_ERROR and len(content) >= 9:
                try:
                    cells[struct.unpack_from("<I", content)[0] + 1] = self._shown(kind, content)
                except struct.error as error:
                    raise PartUnreadError(part, WhyUnread.DAMAGED) from error
                has_number = has_number or kind in _NUMERIC
        grid.add_row(row, cells, has_number=has_number, is_hidden=is_hidden)
        return SheetPart(grid, Element("s:worksheet"))

    def _shown(self, kind: int, content: bytes) -> str:
        match kind:
            case _Kind.TEXT | _Kind.FORMULA_TEXT:
                return _string(content, 8)[0]
            case _Kind.SHARED_TEXT:
                index = int(struct.unpack_from("<I", content, 8)[0])
                if index < len(self._shared):
                    return self._shared[index]
                self.has_lost_strings = True
                return "\N{REPLACEMENT CHARACTER}"
            case _Kind.BOOLEAN | _Kind.FORMULA_BOOLEAN:
                return "TRUE" if content[8] else "FALSE"
            case _Kind.ERROR | _Kind.FORMULA_ERROR:
                return _ERRORS.get(content[8], "#ERROR!")
            case _Kind.NUMBER_COMPACT:
                number = compact_number(struct.unpack_from("<I", content, 8)[0])
            case _:
                (number,) = struct.unpack_from("<d", content, 8)
        style = int.from_bytes(content[4:7], "little")
        code = self._codes[style] if style < len(self._codes) else 0
        return shown(Decimal(repr(number)), format_code(code, self._own_codes), is_1904=self._is_1904)

    def _read_styles(self) -> None:
        """Read the number formats; without them numbers are shown as they are kept."""
        name = self.parts.related_part(self.main, "styles")
        try:
            content = self.parts.read(name) if name is not None else b""
        except PartUnreadError:
            return
        is_within = False
        for kind, entry in _records(content):
            if kind in (_Kind.BEGIN_STYLES, _Kind.END_STYLES):
                is_within = kind == _Kind.BEGIN_STYLES
            elif kind == _Kind.FORMAT:
                self._own_codes[int.from_bytes(entry[:2], "little")] = _string(entry, 2)[0]
            elif kind == _Kind.STYLE and is_within:
                self._codes.append(int.from_bytes(entry[2:4], "little"))


def binary_comments(content: bytes) -> list[tuple[str, str, str]]:
    """Return cell, author and text of each comment in a part of them."""
    authors: list[str] = []
    comments: list[tuple[str, str, str]] = []
    for kind, entry in _records(content):
        if kind == _Kind.COMMENT_AUTHOR:
            authors.append(_string(entry, 0)[0])
        elif kind == _Kind.BEGIN_COMMENT and len(entry) >= 20:
            author, row, _, column, _ = struct.unpack_from("<5I", entry)
            name = authors[author] if author < len(authors) else ""
            comments.append((f"{column_letters(min(column, _MOST_COLUMNS) + 1)}{row + 1}", name, ""))
        elif kind == _Kind.COMMENT_TEXT and comments:
            comments[-1] = (*comments[-1][:2], _string(entry, 1)[0])
    return comments


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record; both numbers before it take as many bytes as they need."""
    position = 0
    while position < len(content):
        kind = content[position]
        position += 1
        if kind & 0x80 and position < len(content):
            kind = kind & 0x7F | (content[position] & 0x7F) << 7
            position += 1
        size = 0
        for place in range(4):
            if position >= len(content):
                return
            byte = content[position]
            position += 1
            size |= (byte & 0x7F) << 7 * place
            if not byte & 0x80:
                break
        yield kind, content[position : position + size]
        position += size


def _string(content: bytes, offset: int) -> tuple[str, int]:
    """Return the string at ``offset`` (XLWideString) and where it ends."""
    length = int.from_bytes(content[offset : offset + 4], "little")
    end = offset + 4 + 2 * min(length, len(content))
    piece = content[offset + 4 : end]
    return piece[: len(piece) // 2 * 2].decode("utf-16-le", "replace"), end
