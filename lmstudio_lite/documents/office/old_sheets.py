"""Old Excel workbooks (.xls, BIFF8) read by the rules of ``documents.sheets``."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import olefile

from lmstudio_lite.documents.office.biff import (
    Record,
    RecordKind,
    compact_number,
    plain_string,
    records,
    shared_strings,
    text_of_object,
)
from lmstudio_lite.documents.office.cell_formats import format_code, shown
from lmstudio_lite.documents.office.sheet_grid import Grid, column_letters
from lmstudio_lite.documents.office.sheets import hidden_and_unread, in_order, margin_text, sheet_passages
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, cleaned, join_passages, parts_of
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.errors import DocumentEncryptedError

_BIFF8 = 0x0600
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_PICTURE_OBJECT, _NOTE_OBJECT = 8, 25
_RULE_SHARE = 0.8
_CHART_STREAM = 0x20
_KINDS = {0: PartKind.SHEET, 2: PartKind.CHART}


class NotBiff8Error(ValueError):
    """A workbook of Excel 95 or older, or none at all: another reader may know it."""


def read_old_workbook(content: bytes, *, max_characters: int) -> Reading:
    """Read a workbook of Excel 97 to 2003.

    Raises:
        NotBiff8Error: it is older.
        DocumentEncryptedError: it is encrypted.
    """
    book = _OldWorkbook(_stream(content))
    reading = _SheetsReading(int(max_characters * _RULE_SHARE))
    for number, entry in enumerate(book.entries, 1):
        reading.add(book, number, entry)
    inventory = (*in_order((*parts_of(reading.passages), *reading.named)), *_embedded(content))
    return Reading(join_passages(reading.passages), "", inventory=inventory)


def read_old_grids(content: bytes, *, max_characters: int) -> list[Grid]:
    """Return the cells of the sheets that are not hidden; raises as ``read_old_workbook``."""
    book = _OldWorkbook(_stream(content))
    return [
        book.read(entry, max_characters).grid
        for entry in book.entries
        if not entry.is_hidden and entry.kind == 0
    ]


def _stream(content: bytes) -> bytes:
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as archive:
            names = {name[0].casefold(): name for name in archive.listdir() if len(name) == 1}
            if "workbook" not in names:
                raise NotBiff8Error("no workbook of this kind")
            stream: bytes = archive.openstream(names["workbook"]).read()
            return stream
    except (OSError, ValueError, IndexError, KeyError, struct.error) as error:
        raise NotBiff8Error("no compound file") from error


def _embedded(content: bytes) -> Iterator[Part]:
    with olefile.OleFileIO(io.BytesIO(content)) as archive:
        names = dict.fromkeys(name[0] for name in archive.listdir() if len(name) > 1)
    held = (name for name in names if name.startswith("MBD"))
    for number, name in enumerate(held, 1):
        yield Part(PartKind.EMBEDDED, number, name, None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class _Entry:
    offset: int
    name: str
    is_hidden: bool
    kind: int


@dataclass(slots=True)
class _OldSheet:
    grid: Grid
    notes: list[tuple[str, str, int]] = field(default_factory=list)
    """Cell, author and number of the object with the text."""
    texts: dict[int, str] = field(default_factory=dict)
    """Texts of objects by their number; those of notes are among them."""
    charts: list[list[str]] = field(default_factory=list)
    margins: list[tuple[PartKind, str]] = field(default_factory=list)
    num_pictures: int = 0


@dataclass(slots=True)
class _OldWorkbook:
    stream: bytes
    entries: list[_Entry] = field(default_factory=list)
    _strings: list[str] = field(default_factory=list)
    _codes: list[int] = field(default_factory=list)
    _own_codes: dict[int, str] = field(default_factory=dict)
    _is_1904: bool = False

    def __post_init__(self) -> None:
        for index, record in enumerate(records(self.stream)):
            if index == 0 and (record.kind != RecordKind.BOF or record.number(0) != _BIFF8):
                raise NotBiff8Error("another version")
            match record.kind:
                case RecordKind.FILEPASS:
                    raise DocumentEncryptedError(path="")
                case RecordKind.BOUNDSHEET:
                    content = record.content.ljust(8, b"\0")
                    name = plain_string(content, 6, is_short=True)
                    offset = record.number(0, "<I")
                    self.entries.append(_Entry(offset, name, content[4] & 3 != 0, content[5]))
                case RecordKind.SST:
                    self._strings = list(shared_strings(record))
                case RecordKind.DATEMODE:
                    self._is_1904 = record.number(0) == 1
                case RecordKind.FORMAT:
                    self._own_codes[record.number(0)] = plain_string(record.content, 2)
                case RecordKind.XF:
                    self._codes.append(record.number(2))
                case RecordKind.EOF:
                    break

    def read(self, entry: _Entry, budget: int) -> _OldSheet:
        """Read a sheet; charts are sheets within it, and a sheet of their own."""
        sheet = _OldSheet(Grid(budget))
        rows: dict[int, dict[int, str]] = {}
        numeric: set[int] = set()
        depth, object_number, waiting = 0, 0, (0, 0)
        for record in records(self.stream[entry.offset :]):
            kind = record.kind
            if kind == RecordKind.BOF:
                depth += 1
                if record.number(2) == _CHART_STREAM:
                    sheet.charts.append([])
            elif kind == RecordKind.EOF:
                depth -= 1
                if depth <= 0:
                    break
            elif kind == RecordKind.SERIES_TEXT:
                (sheet.charts or [[]])[-1].append(plain_string(record.content, 2, is_short=True))
            elif kind == RecordKind.OBJ:
                object_number = record.number(6)
                sheet.num_pictures += record.number(4) == _PICTURE_OBJECT
            elif kind == RecordKind.TXO:
                sheet.texts[object_number] = text_of_object(record.blocks[1:], record.number(10))
            elif kind == RecordKind.NOTE:
                place = f"{column_letters(record.number(2) + 1)}{record.number(0) + 1}"
                sheet.notes.append((place, plain_string(record.content, 8), record.number(6)))
            elif kind in (RecordKind.HEADER, RecordKind.FOOTER) and record.content:
                margin = PartKind.HEADER if kind == RecordKind.HEADER else PartKind.FOOTER
                sheet.margins.append((margin, plain_string(record.content, 0)))
            elif kind == RecordKind.ROW and record.number(12) & 0x20:
                sheet.grid.hidden_rows.add(record.number(0) + 1)
            elif kind == RecordKind.COLINFO and record.number(8) & 1:
                first, last = record.number(0) + 1, record.number(2) + 1
                sheet.grid.hidden_columns.update(range(first, min(last, 256) + 1))
            elif kind == RecordKind.STRING and waiting != (0, 0):
                rows.setdefault(waiting[0], {})[waiting[1]] = plain_string(record.content, 0)
            elif depth == 1 and entry.kind == 0:
                # Within a chart cells are what it keeps of those of the sheet.
                for row, column, text, is_number in self._cells(record):
                    rows.setdefault(row, {})[column] = text
                    if is_number:
                        numeric.add(row)
                    waiting = (row, column)
        hidden = sheet.grid.hidden_rows
        for row in sorted(rows):
            sheet.grid.add_row(row, rows[row], has_number=row in numeric, is_hidden=row in hidden)
        return sheet

    def _cells(self, record: Record) -> Iterator[tuple[int, int, str, bool]]:
        """Yield row and column (from 1), text, and whether it is a number, of the cells in a record."""
        kind, content = record.kind, record.content
        row, column, style = record.number(0) + 1, record.number(2) + 1, record.number(4)
        try:
            if kind == RecordKind.LABELSST:
                index = record.number(6, "<I")
                known = index < len(self._strings)
                yield row, column, self._strings[index] if known else "\N{REPLACEMENT CHARACTER}", False
            elif kind in (RecordKind.LABEL, RecordKind.RSTRING):
                yield row, column, plain_string(content, 6), False
            elif kind == RecordKind.NUMBER:
                yield row, column, self._shown(struct.unpack_from("<d", content, 6)[0], style), True
            elif kind == RecordKind.RK:
                yield row, column, self._shown(compact_number(record.number(6, "<I")), style), True
            elif kind == RecordKind.MULRK:
                for place in range((len(content) - 6) // 6):
                    style, code = struct.unpack_from("<HI", content, 4 + 6 * place)
                    yield row, column + place, self._shown(compact_number(code), style), True
            elif kind == RecordKind.BOOLERR:
                yield row, column, _truth_or_error(content[6], content[7] != 0), False
            elif kind == RecordKind.FORMULA:
                yield row, column, *self._result(content, style)
        except (struct.error, IndexError):
            return

    def _result(self, content: bytes, style: int) -> tuple[str, bool]:
        """Return a formula's value; a text stands in the record that follows."""
        if content[12:14] != b"\xff\xff":
            return self._shown(struct.unpack_from("<d", content, 6)[0], style), True
        match content[6]:
            case 1 | 2:
                return _truth_or_error(content[8], content[6] == 2), False
        return "", False

    def _shown(self, number: float, style: int) -> str:
        code = self._codes[style] if style < len(self._codes) else 0
        return shown(Decimal(repr(number)), format_code(code, self._own_codes), is_1904=self._is_1904)


def _truth_or_error(value: int, is_error: bool) -> str:
    return _ERRORS.get(value, "#ERROR!") if is_error else "TRUE" if value else "FALSE"


@dataclass(slots=True)
class _SheetsReading:
    budget: int
    passages: list[Passage] = field(default_factory=list)
    named: list[Part] = field(default_factory=list)
    _num_charts: int = 0
    _num_pictures: int = 0

    def add(self, book: _OldWorkbook, number: int, entry: _Entry) -> None:
        """Read one sheet, or name it."""
        if entry.kind not in _KINDS:
            # A sheet of macros or of Visual Basic: a program, no text.
            self.named.append(
                Part(PartKind.SHEET, number, entry.name, None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)
            )
            return
        sheet = book.read(entry, self.budget)
        grid = sheet.grid
        if entry.is_hidden:
            num = sum(len(text) for cells in grid.rows.values() for text in cells.values())
            if num:
                self.named.append(
                    Part(PartKind.SHEET, number, entry.name, num, HowRead.NOT_READ, WhyUnread.HIDDEN)
                )
            return
        self.budget = grid.budget
        found = list(sheet_passages(grid, number, entry.name))
        self.passages += found or [Passage("", PartKind.SHEET, number, entry.name)]
        self.named += hidden_and_unread(grid, number, entry.name)
        for place, author, key in sheet.notes:
            text = cleaned(sheet.texts.pop(key, "").replace("\r", "\n")).removeprefix(f"{author}:").strip()
            by = f" by {author}" if author else ""
            if text:
                comment = f"[Comment on {place}{by}: {text}]"
                self.passages.append(Passage(comment, PartKind.COMMENTS, number, entry.name))
        for text in filter(None, (cleaned(each.replace("\r", "\n")) for each in sheet.texts.values())):
            self.passages.append(Passage(text, PartKind.TEXT_BOX, number, entry.name))
        for texts in sheet.charts:
            self._num_charts += 1
            words = "\n".join(filter(None, map(cleaned, texts)))
            self.passages.append(Passage(words, PartKind.CHART, self._num_charts))
        for kind, code in sheet.margins:
            text = margin_text(code)
            if text:
                self.passages.append(Passage(text, kind, number, entry.name))
        for _ in range(sheet.num_pictures):
            self._num_pictures += 1
            self.named.append(
                Part(PartKind.PICTURE, self._num_pictures, "", None, HowRead.NOT_READ, WhyUnread.PICTURE)
            )
