"""A sheet's cells as texts, and the Markdown tables that they make: for Excel's and OpenDocument's sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmstudio_lite.documents.structure.passages import cleaned, markdown_table

_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_576


@dataclass(slots=True)
class Grid:
    """Texts by row and column, from 1; ``numeric`` are the rows in which a number stands.

    Cells are added row by row. ``budget`` is how many characters may still be added; of rows that come once
    it is used up only the places are kept.
    """

    budget: int
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    numeric: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    first_unread_row: int = 0
    last_unread_row: int = 0

    def add_row(
        self, number: int, cells: dict[int, str], *, has_number: bool, is_hidden: bool = False
    ) -> None:
        """Add a row; one without text is none."""
        filled = {column: text for column, text in cells.items() if text and column <= _MOST_COLUMNS}
        if not filled or number > _MOST_ROWS:
            return
        if self.budget <= 0:
            self.first_unread_row = self.first_unread_row or number
            self.last_unread_row = number
            return
        self.budget -= sum(len(text) + 3 for text in filled.values())
        self.rows[number] = filled
        if has_number:
            self.numeric.add(number)
        if is_hidden:
            self.hidden_rows.add(number)

    def num_hidden_characters(self) -> int:
        """Return how much of the text stands in hidden rows or columns."""
        return sum(
            len(text)
            for row, cells in self.rows.items()
            for column, text in cells.items()
            if row in self.hidden_rows or column in self.hidden_columns
        )

    def texts(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows from the first to the last that holds text, all as wide as the widest."""
        columns = [column for cells in self.rows.values() for column in cells]
        if not columns:
            return ()
        first, last = min(columns), max(columns)
        return tuple(
            tuple(cells.get(column, "") for column in range(first, last + 1)) for cells in self.rows.values()
        )

    def blocks(self) -> list[str]:
        """Return the sheet as Markdown: tables, and lines that stand alone as paragraphs."""
        out: list[str] = []
        for rows in self._tables():
            columns = sorted({column for row in rows for column in self.rows[row]})
            if len(columns) == 1:
                out += [cleaned(self.rows[row][columns[0]]) for row in rows]
            elif len(rows) == 1 and len(columns) <= 2:
                out.append(": ".join(cleaned(self.rows[rows[0]][column]) for column in columns))
            else:
                out.append(
                    markdown_table([[self.rows[row].get(each, "") for each in columns] for row in rows])
                )
        return [text for text in out if text]

    def _tables(self) -> Iterator[list[int]]:
        """Yield the rows of each table in the sheet.

        Rows without cells part two tables where what comes then stands in other columns or looks like a head:
        words above numbers. Others only space one table out. A single cell above or below a table is a line.
        """
        table: list[int] = []
        numbers = list(self.rows)
        for place, number in enumerate(numbers):
            following = numbers[place + 1] if place + 1 < len(numbers) else None
            if table and self._begins_table(table, number, following):
                yield table
                table = []
            table.append(number)
        if table:
            yield table

    def _begins_table(self, table: list[int], number: int, following: int | None) -> bool:
        cells, above = self.rows[number], self.rows[table[-1]]
        if number == table[-1] + 1:
            # A title right above a table's head; within a table a short row is a row.
            return len(table) == 1 and len(above) == 1 and len(cells) > 1
        width_above = {column for row in table[-3:] for column in self.rows[row]}
        if len(cells) == 1:
            return following is None or following > number + 1 or len(width_above) == 1
        if not width_above.intersection(cells) or len(width_above) == 1:
            return True
        is_head = number not in self.numeric and following == number + 1 and following in self.numeric
        return is_head and len(cells) > 1


def column_letters(column: int) -> str:
    """Return a column's name: 1 is "A", 27 is "AA"."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def ranges_of(numbers: set[int]) -> list[tuple[int, int]]:
    """Return whole numbers as runs, each from its first to its last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
