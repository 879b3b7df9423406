"""Tables of a page: those of data become Markdown tables, those that only place things their contents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from lmstudio_lite.documents.web.html_blocks import TextBlock, Writer
from lmstudio_lite.documents.web.html_tree import Element, name_of

_LONGEST_CELL = 1500
_MOST_PARAGRAPHS = 6
_WIDEST_SPAN = 100
_MOST_PLACES = 2_000_000


@dataclass(slots=True)
class _Cell:
    blocks: list[TextBlock]
    num_columns: int = 1
    num_rows: int = 1

    @property
    def is_empty(self) -> bool:
        return not self.blocks

    @property
    def is_long(self) -> bool:
        """Whether it holds what no line of a table can: a chapter, code, a page of text."""
        num_paragraphs = sum(not block.is_item for block in self.blocks)
        num_characters = sum(len(block.text) for block in self.blocks if not block.is_menu)
        if num_paragraphs > _MOST_PARAGRAPHS or num_characters > _LONGEST_CELL:
            return True
        return any(block.is_code or block.is_heading for block in self.blocks)


@dataclass(slots=True)
class _Table:
    """``before`` is the caption, and what stands in the table but in none of its cells."""

    is_layout: bool
    before: list[TextBlock] = field(default_factory=list)
    rows: list[list[_Cell]] = field(default_factory=list)


def _span(value: str | None) -> int:
    """Return the number in a ``colspan`` or ``rowspan``, 1 for nonsense."""
    text = (value or "").strip()
    return max(1, min(int(text), _WIDEST_SPAN)) if text.isascii() and text.isdigit() else 1


def _table_blocks(table: _Table) -> list[TextBlock]:
    """Return a table as one block, or the contents of its cells in order if it only places them."""
    rows = [row for row in table.rows if any(not cell.is_empty for cell in row)]
    cells = [cell for row in rows for cell in row]
    is_data = not table.is_layout and len(rows) > 1 and not any(cell.is_long for cell in cells)
    if is_data and len(rows) * max(map(_width, rows)) < _MOST_PLACES:
        grid = _grid(rows)
        used = [column for column in range(len(grid[0])) if any(line[column] for line in grid)]
        if len(used) > 1:
            lines = ["| " + " | ".join(line[column] for column in used) + " |" for line in grid]
            lines.insert(1, "|" + " --- |" * len(used))
            return [*table.before, TextBlock("\n".join(lines))]
    return [*table.before, *(block for cell in cells for block in cell.blocks)]


def _grid(rows: list[list[_Cell]]) -> list[list[str]]:
    """Return the rows as wide as the widest; a cell's words stand in the first of the places it spans."""
    taken: dict[int, int] = {}
    grid: list[list[str]] = []
    for row in rows:
        line: list[str] = []
        cells: Iterator[_Cell] = iter(row)
        while True:
            if taken.get(len(line), 0) > 0:
                line.append("")
                continue
            cell = next(cells, None)
            if cell is None:
                break
            start = len(line)
            line += [_line(cell), *[""] * (cell.num_columns - 1)]
            if cell.num_rows > 1:
                # This row counts as well: it is taken off below.
                taken |= dict.fromkeys(range(start, len(line)), cell.num_rows)
        taken = {column: count - 1 for column, count in taken.items() if count > 1}
        grid.append(line)
    width = max(map(len, grid))
    return [line + [""] * (width - len(line)) for line in grid]


def _width(row: list[_Cell]) -> int:
    return sum(cell.num_columns for cell in row)


def _line(cell: _Cell) -> str:
    text = ""
    for block in cell.blocks:
        text += f"{'; ' if block.is_item and text else ' ' if text else ''}{block.text}"
    return " ".join(text.split()).replace("|", "\\|")


@dataclass(slots=True)
class _OpenTable:
    """``table`` is None for one that holds other tables: its cells are read as they come."""

    table: _Table | None
    is_cell_open: bool = False


class TableStack:
    """The tables that are open while a page is walked through; the innermost ones are kept cell by cell."""

    def __init__(self, writer: Writer, root: Element) -> None:
        self._writer = writer
        self._outer = _tables_around_tables(root)
        self._open: list[_OpenTable] = []

    def open_table(self, element: Element) -> None:
        self._writer.end_block()
        is_layout = (element.get("role") or "") in ("presentation", "none")
        is_outer = element in self._outer
        self._open.append(_OpenTable(None if is_outer else _Table(is_layout)))
        if not is_outer:
            self._writer.open_apart()

    def open_row(self, _element: Element) -> None:
        self._writer.end_block()
        table = self._open[-1].table if self._open else None
        if table is not None:
            self._end_cell()
            table.rows.append([])

    def open_cell(self, element: Element) -> None:
        self._writer.end_block()
        opened = self._open[-1] if self._open else None
        if opened is None or opened.table is None:
            return
        self._end_cell()
        opened.table.before += self._writer.close_apart()
        if not opened.table.rows:
            opened.table.rows.append([])
        cell = _Cell([], _span(element.get("colspan")), _span(element.get("rowspan")))
        opened.table.rows[-1].append(cell)
        opened.is_cell_open = True
        self._writer.open_apart()

    def close_cell(self, _element: Element) -> None:
        self._writer.end_block()
        self._end_cell()

    def close_table(self, _element: Element) -> None:
        self._writer.end_block()
        self._end_cell()
        opened = self._open.pop()
        if opened.table is not None:
            rest = self._writer.close_apart()
            self._writer.extend([*_table_blocks(opened.table), *rest])

    def _end_cell(self) -> None:
        opened = self._open[-1] if self._open else None
        if opened is not None and opened.table is not None and opened.is_cell_open:
            opened.table.rows[-1][-1].blocks.extend(self._writer.close_apart())
            opened.is_cell_open = False
            self._writer.open_apart()


def _tables_around_tables(root: Element) -> set[Element]:
    """Return the tables that hold others; a set of elements keeps them alive, so their identity holds."""
    outer: set[Element] = set()
    if sum(1 for _ in zip(range(2), root.iter("{*}table"), strict=False)) < 2:
        return outer
    open_tables: list[Element] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if name_of(element) != "table":
            continue
        if event == "end":
            open_tables.pop()
            continue
        if open_tables:
            outer.add(open_tables[-1])
        open_tables.append(element)
    return outer
