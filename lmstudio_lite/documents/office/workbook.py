"""The cells of an Excel workbook (SpreadsheetML, ISO 29500-1 §18) as they are shown.

Sheets are read row by row, so that one of a million rows needs no tree of its cells. A formula that no
program has calculated yet (files written by scripts) is shown as the formula.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as XML

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError
from lmstudio_lite.documents.containers.office_xml import (
    Element,
    ShortNames,
    children,
    is_on,
    number_of,
    refuse_document_type,
    shorten_names,
)
from lmstudio_lite.documents.office.cell_formats import format_code, shown
from lmstudio_lite.documents.office.sheet_grid import Grid, column_letters
from lmstudio_lite.domain.inventory import WhyUnread

_MAIN = "xl/workbook.xml"
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_FORMULA_PART = re.compile(
    r'"(?:[^"]|"")*"|(\'(?:[^\']|\'\')*\'!|[\w.]+!)?(?<![\w.$])(\$?)([A-Z]{1,3})(\$?)(\d{1,7})(?![\w(])'
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DIGITS_OF_DOUBLES = 16
_STRETCH_BYTES = 256 * 1024
_MIDNIGHT = re.compile(r"T00:00(:00(\.0*)?)?Z?$")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; ``part`` is None where its relation leads nowhere."""

    number: int
    name: str
    is_hidden: bool
    part: str | None


@dataclass(slots=True)
class SheetPart:
    """A sheet's cells, and the elements around them, which lead to drawings, comments and the like."""

    grid: Grid
    rest: Element


@dataclass(slots=True)
class Workbook:
    parts: OfficeParts
    main: str = field(init=False)
    sheets: list[SheetEntry] = field(default_factory=list)
    _shared: list[str] = field(default_factory=list)
    _codes: list[str] = field(default_factory=list)
    _is_1904: bool = False
    _has_lost_strings: bool = False

    def __post_init__(self) -> None:
        """Read what the sheets share.

        Raises:
            PartUnreadError: the workbook itself is damaged.
        """
        self.main = self.parts.main_part(_MAIN)
        root = self.parts.xml(self.main)
        properties = root.find("s:workbookPr")
        self._is_1904 = (
            properties is not None and is_on(properties, "date1904") and "date1904" in properties.attrib
        )
        relations = self.parts.relations(self.main)
        for number, sheet in enumerate(children(root.find("s:sheets"), "s:sheet"), 1):
            relation = relations.get(sheet.get("r:id", ""))
            part = self.parts.find(relation.target) if relation is not None else None
            state = sheet.get("state", "visible")
            self.sheets.append(SheetEntry(number, sheet.get("name", ""), state != "visible", part))
        self._codes = list(_codes(self.parts.optional_xml(self.parts.related_part(self.main, "styles"))))
        strings = self.parts.related_part(self.main, "sharedStrings")
        if strings is not None:
            try:
                for item in _streamed(self.parts.read(strings), "si"):
                    self._shared.append(rich_text(item))
            except ValueError:
                self._has_lost_strings = True

    def read(self, part: str, budget: int) -> SheetPart:
        """Return the cells of a sheet, at most about ``budget`` characters.

        Raises:
            PartUnreadError: it is damaged.
        """
        grid = Grid(budget)
        rest = XML.Element("s:worksheet")
        masters: dict[str, tuple[int, int, str]] = {}
        row_number = 0
        try:
            for element in _streamed(self.parts.read(part), "row", rest):
                if element.tag == "s:cols":
                    _note_hidden_columns(element, grid)
                    continue
                row_number = number_of(element.get("r"), row_number + 1)
                self._read_row(element, row_number, grid, masters)
        except PartUnreadError:
            raise
        except ValueError as error:
            if not grid.rows:
                raise PartUnreadError(part, WhyUnread.DAMAGED) from error
            grid.first_unread_row, grid.last_unread_row = row_number + 1, 0
        return SheetPart(grid, rest)

    def _read_row(
        self, row: Element, row_number: int, grid: Grid, masters: dict[str, tuple[int, int, str]]
    ) -> None:
        cells: dict[int, str] = {}
        has_number = False
        column = 0
        for cell in children(row, "s:c"):
            place = _REFERENCE.fullmatch(cell.get("r", ""))
            column = column_number(place[1]) if place else column + 1
            kind = cell.get("t", "n")
            value = cell.find("s:v")
            text = (value.text or "") if value is not None else ""
            formula = cell.find("s:f")
            if formula is not None:
                text_of_formula = _formula(formula, row_number, column, masters)
                is_empty_text = kind == "str" and value is not None
                if not text.strip() and kind != "inlineStr":
                    if text_of_formula and not is_empty_text:
                        cells[column] = f"={text_of_formula}"
                    continue
            cells[column] = self._shown(cell, kind, text)
            has_number = has_number or (kind == "n" and bool(text))
        is_hidden = "hidden" in row.attrib and is_on(row, "hidden")
        grid.add_row(row_number, cells, has_number=has_number, is_hidden=is_hidden)

    def _shown(self, cell: Element, kind: str, text: str) -> str:
        match kind:
            case "s":
                index = number_of(text, -1)
                if 0 <= index < len(self._shared):
                    return self._shared[index]
                if not text:
                    return ""
                self._has_lost_strings = True
                return "\N{REPLACEMENT CHARACTER}"
            case "inlineStr":
                return rich_text(cell.find("s:is")) or _unescaped(text)
            case "str":
                return _unescaped(text)
            case "b":
                return "TRUE" if text.strip() == "1" else "FALSE" if text.strip() else ""
            case "e":
                return text
            case "d":
                return _MIDNIGHT.sub("", text.strip()).replace("T", " ")
        if not text.strip():
            return ""
        style = number_of(cell.get("s"))
        code = self._codes[style] if 0 <= style < len(self._codes) else "General"
        if code == "General" and text.isdecimal() and len(text) < _DIGITS_OF_DOUBLES:
            return text.lstrip("0") or "0"
        try:
            number = Decimal(text.strip())
        except InvalidOperation:
            return text
        return shown(number, code, is_1904=self._is_1904)

    @property
    def has_lost_strings(self) -> bool:
        """Whether the list of texts that cells share is damaged or not there, and some texts are missing."""
        return self._has_lost_strings


def rich_text(element: Element | None) -> str:
    """Return the text of a cell in runs, without the readings above East Asian words."""
    if element is None:
        return ""
    out = []
    for child in element:
        if child.tag == "s:t":
            out.append(child.text or "")
        elif child.tag == "s:r":
            out += [text.text or "" for text in children(child, "s:t")]
    return _unescaped("".join(out))


@functools.lru_cache(maxsize=16_384)
def column_number(letters: str) -> int:
    """Return a column's number from its letters: "A" is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _unescaped(text: str) -> str:
    """Undo the escapes of characters that XML can't hold (ST_Xstring): "_x000D_" is a line end."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _allowed(chr(int(found[1], 16))), text)


def _allowed(character: str) -> str:
    return "" if character == "\r" or "\ud800" <= character <= "\udfff" else character


def _codes(styles: Element | None) -> Iterator[str]:
    if styles is None:
        return
    own = {
        number_of(each.get("numFmtId")): each.get("formatCode", "")
        for each in children(styles.find("s:numFmts"), "s:numFmt")
    }
    for style in children(styles.find("s:cellXfs"), "s:xf"):
        yield format_code(number_of(style.get("numFmtId")), own)


def _note_hidden_columns(columns: Element, grid: Grid) -> None:
    for column in children(columns, "s:col"):
        if "hidden" in column.attrib and is_on(column, "hidden"):
            first, last = number_of(column.get("min"), 1), number_of(column.get("max"), 1)
            grid.hidden_columns.update(range(max(first, 1), min(last, 16_384) + 1))


def _formula(formula: Element, row: int, column: int, masters: dict[str, tuple[int, int, str]]) -> str:
    """Return a cell's formula; one shared with other cells is moved from where it is written to here."""
    text = (formula.text or "").strip()
    if formula.get("t") != "shared":
        return text
    key = formula.get("si", "")
    if text:
        masters[key] = (row, column, text)
        return text
    if key not in masters:
        return ""
    row_there, column_there, text = masters[key]

    def moved(found: re.Match[str]) -> str:
        if found[3] is None:
            return found[0]
        sheet, fixed_column, letters, fixed_row, digits = found.groups()
        new_column = (
            letters if fixed_column else column_letters(column_number(letters) + column - column_there)
        )
        new_row = digits if fixed_row else str(int(digits) + row - row_there)
        return f"{sheet or ''}{fixed_column}{new_column}{fixed_row}{new_row}"

    return _FORMULA_PART.sub(moved, text)


def _streamed(content: bytes, name: str, rest: Element | None = None) -> Iterator[Element]:
    """Yield the elements called ``name`` with short names, one by one, and drop each afterwards.

    The other children of the root go to ``rest`` as they end; columns are yielded too, before the rows. The
    tree is looked at after each stretch of the file: an event for each element would cost twice the time.

    Raises:
        ValueError: the XML is broken at some place; what is whole before it was yielded.
    """
    refuse_document_type(content)
    builder = XML.TreeBuilder()
    holder = builder.start("holder", {})
    parser = XML.XMLParser(target=builder)
    names = ShortNames()
    try:
        for start in range(0, len(content), _STRETCH_BYTES):
            parser.feed(content[start : start + _STRETCH_BYTES])
            yield from _taken(holder, name, rest, names, is_over=False)
        parser.close()
    except (XML.ParseError, LookupError) as error:
        yield from _taken(holder, name, rest, names, is_over=False)
        raise ValueError("not well-formed XML") from error
    yield from _taken(holder, name, rest, names, is_over=True)


def _taken(
    holder: Element, name: str, rest: Element | None, names: ShortNames, *, is_over: bool
) -> Iterator[Element]:
    """Yield and remove what is whole of the tree that grows below ``holder``: all but what comes last."""
    for root in holder:
        children_now = list(root)
        for child in children_now:
            is_open = not is_over and child is children_now[-1]
            tag = child.tag.rpartition("}")[2].rpartition(":")[2]
            if tag == "sheetData":
                rows = list(child)[: -1 if is_open else None]
                for row in rows:
                    shorten_names(row, names)
                    yield row
                del child[: len(rows)]
            elif not is_open:
                shorten_names(child, names)
                if tag in (name, "cols"):
                    yield child
                if rest is not None and tag != name:
                    rest.append(child)
                root.remove(child)
