"""OpenDocument spreadsheets, by the same rules as Excel's (``documents.sheets``).

Dates and times are written the ISO way, everything else as the file shows it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from lmstudio_lite.documents.containers.office_xml import Element, children, number_of
from lmstudio_lite.documents.embedded import Holdings, ReadInner, unsupported
from lmstudio_lite.documents.extraction import stated_title
from lmstudio_lite.documents.office.cell_formats import general
from lmstudio_lite.documents.office.open_blocks import OpenBlocks, table_rows
from lmstudio_lite.documents.office.open_file import OpenFile, open_parts
from lmstudio_lite.documents.office.open_text import margin_passages
from lmstudio_lite.documents.office.sheet_grid import Grid
from lmstudio_lite.documents.office.sheets import hidden_and_unread, in_order, sheet_passages
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, join_passages, parts_of
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_TIME = re.compile(r"(-?)P(?:(\d+)D)?T(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_MIDNIGHT = re.compile(r"T00:00:00(?:\.0*)?$")
_REFERENCE = re.compile(r"\[([^\]]*)\]")
_NUMERIC = frozenset(("float", "percentage", "currency"))
_MOST_REPEATED = 10_000
_RULE_SHARE = 0.8


def read_open_sheets(content: bytes, read_inner: ReadInner, *, max_characters: int) -> Reading:
    """Read a spreadsheet.

    Raises:
        ValueError: it is damaged.
    """
    parts = open_parts(content)
    file = OpenFile(parts, Holdings(parts, read_inner))
    passages: list[Passage] = []
    named: list[Part] = []
    budget = int(max_characters * _RULE_SHARE)
    for number, table in enumerate(children(file.body("spreadsheet"), "table:table"), 1):
        name = table.get("table:name", "")
        blocks = OpenBlocks(file, PartKind.SHEET, number, name)
        grid = _read_grid(file, table, blocks, budget)
        if _is_hidden(file, table):
            num = sum(len(text) for cells in grid.rows.values() for text in cells.values())
            if num:
                named.append(Part(PartKind.SHEET, number, name, num, HowRead.NOT_READ, WhyUnread.HIDDEN))
            continue
        budget = grid.budget
        found = list(sheet_passages(grid, number, name))
        passages += found or [Passage("", PartKind.SHEET, number, name)]
        passages += blocks.attached
        blocks.attached = []
        for shapes in children(table, "table:shapes"):
            passages += blocks.read(shapes)
        named += hidden_and_unread(grid, number, name)
    passages += margin_passages(file)
    inventory = (*in_order((*parts_of(passages), *named)), *file.holdings.named)
    return Reading(join_passages(passages), stated_title(file.title), inventory=inventory)


def read_open_grids(content: bytes, *, max_characters: int) -> list[Grid]:
    """Return the cells of the sheets that are not hidden.

    Raises:
        ValueError: it is damaged.
    """
    parts = open_parts(content)
    file = OpenFile(parts, Holdings(parts, unsupported))
    tables = [
        table for table in children(file.body("spreadsheet"), "table:table") if not _is_hidden(file, table)
    ]
    return [_read_grid(file, table, OpenBlocks(file, PartKind.SHEET), max_characters) for table in tables]


def _is_hidden(file: OpenFile, table: Element) -> bool:
    return file.is_hidden("table", table.get("table:style-name"))


def _read_grid(file: OpenFile, table: Element, blocks: OpenBlocks, budget: int) -> Grid:
    grid = Grid(budget)
    column = 1
    for element in table.iter("table:table-column"):
        repeated = number_of(element.get("table:number-columns-repeated"), 1)
        if element.get("table:visibility", "visible") != "visible":
            grid.hidden_columns.update(range(column, min(column + repeated, 16_385)))
        column += repeated
    number = 1
    for cells, row in table_rows(table):
        repeated = max(1, number_of(row.get("table:number-rows-repeated"), 1))
        texts: dict[int, str] = {}
        has_number = False
        column = 1
        for cell in cells:
            width = max(1, number_of(cell.get("table:number-columns-repeated"), 1))
            text = _shown(cell, blocks)
            if text:
                for place in range(column, column + min(width, _MOST_REPEATED)):
                    texts[place] = text
                has_number = has_number or cell.get("office:value-type") in _NUMERIC
            column += width
        is_hidden = row.get("table:visibility", "visible") != "visible"
        for place in range(number, number + (min(repeated, _MOST_REPEATED) if texts else 0)):
            grid.add_row(place, texts, has_number=has_number, is_hidden=is_hidden)
        number += repeated
    return grid


def _shown(cell: Element, blocks: OpenBlocks) -> str:
    kind = cell.get("office:value-type", cell.get("calcext:value-type", ""))
    words = blocks.cell_text(cell)
    if kind == "date" and (value := cell.get("office:date-value")):
        return _MIDNIGHT.sub("", value).replace("T", " ").removesuffix(":00") if "T" in value else value
    if kind == "time" and (found := _TIME.fullmatch(cell.get("office:time-value", ""))):
        sign, days, hours, minutes, seconds = found.groups()
        clock = f"{sign}{int(days or 0) * 24 + int(hours):02}:{int(minutes):02}"
        return f"{clock}:{int(seconds):02}" if int(seconds) else clock
    if words:
        return words
    value = cell.get("office:value", "")
    if value:
        try:
            return general(Decimal(value))
        except (InvalidOperation, ValueError):
            return value
    stated = cell.get("office:string-value") or cell.get("office:boolean-value", "").upper()
    return stated or _formula(cell.get("table:formula", ""))


def _formula(formula: str) -> str:
    """Return a formula without its language's mark and with cells written as people do: "=SUM(B2:B9)"."""
    _, equals, rest = formula.partition("=")
    return f"={_REFERENCE.sub(lambda found: found[1].replace(':.', ':').lstrip('.'), rest)}" if equals else ""
