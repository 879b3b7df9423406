"""Files of separated values as text: a Markdown table whose head is the first row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from lmstudio_lite.documents.plain.separated_values import Dialect, read_rows
from lmstudio_lite.documents.plain.table_dialect import SAMPLE_LINES, find_dialect, num_lines_before

_MOST_PADDING = 4
"""Rows are filled up to the longest one while that makes the table no more than so many times as large."""
_SHORT_CELL = 80
_RULE_CELL = re.compile(r"\s*:?-*:?\s*\Z")
_UNTIDY = re.compile(r"[^\S\n ]|  | (?=\n|\Z)|(?<![^\n]) |\|")
"""In cells that are joined by line ends: white space but for single spaces within a cell; a column's mark."""
_FIGURE = re.compile(r"\d")


def table_to_markdown(text: str) -> str:
    """Return the rows of a CSV or TSV file as a Markdown table, the first row as its head.

    Lines before the table, as exports write their title and comments, stand before it. A single column is
    lines, a blank one between them where they are long. Text that is no table is returned as it is.
    """
    lines = text.split("\n")
    dialect = find_dialect(list(islice(lines, SAMPLE_LINES)), is_table=True)
    if dialect is None:
        return text
    found = read_rows(enumerate(lines, 1), dialect)
    rows = [row for row in found if any(cell.strip() for cell in row.cells)]
    if not rows:
        return text
    if not dialect.delimiter:
        return _column([row.cells[0] for row in rows])
    start = num_lines_before(rows)
    before = [line for row in rows[:start] for line in lines[row.first - 1 : row.last]]
    table = "\n".join(_table([row.cells for row in rows[start:]], dialect)) + "\n"
    return "\n".join([*before, "", table]) if before else table


def _column(cells: Sequence[str]) -> str:
    is_short = all("\n" not in cell and len(cell) <= _SHORT_CELL for cell in cells)
    return ("\n" if is_short else "\n\n").join(cell.strip() for cell in cells) + "\n"


def _table(rows: list[tuple[str, ...]], dialect: Dialect) -> list[str]:
    if dialect.delimiter == "|":
        rows = [row for row in rows if not all(map(_RULE_CELL.match, row))] or rows
        if all(len(row) > 2 and not row[0].strip() and not row[-1].strip() for row in rows):
            rows = [row[1:-1] for row in rows]
    widths = Counter(map(len, rows))
    width = max(widths)
    if width * len(rows) > _MOST_PADDING * sum(map(len, rows)):
        width = widths.most_common(1)[0][0]
    if _lacks_name_of_rows(rows, width):
        rows[0] = ("", *rows[0])
    head, *rest = [_line((*row, *[""] * (width - len(row))) if len(row) < width else row) for row in rows]
    return [head, "|" + " --- |" * max(width, len(rows[0])), *rest]


def _lacks_name_of_rows(rows: Sequence[tuple[str, ...]], width: int) -> bool:
    """Tell whether the head has one name less than all rows have cells, as R writes tables with row names."""
    head, *rest = rows
    if len(head) != width - 1 or not rest or any(map(_FIGURE.search, head)):
        return False
    return all(len(row) == width for row in rest) and any(row[-1].strip() for row in rest)


def _line(row: Sequence[str]) -> str:
    joined = "\n".join(row)
    if joined.count("\n") >= len(row) or _UNTIDY.search(joined):
        joined = "\n".join(" ".join(cell.split()).replace("|", "\\|") for cell in row)
    return "| " + joined.replace("\n", " | ") + " |"
