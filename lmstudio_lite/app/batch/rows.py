"""The rows of a batch: lines of a text, or a column of a table.

Files are read in the encoding that they are in; CSV and its kin in their own dialect. A column is called by
its name or by its number from 1. Rows without a text are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.decoding import EncodingWish, decode_file
from lmstudio_lite.documents.helper_process import check_readable
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.documents.plain.separated_values import Dialect, read_rows
from lmstudio_lite.documents.plain.table_dialect import SAMPLE_LINES, find_dialect, num_lines_before
from lmstudio_lite.domain.batch import BatchRow
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import DocumentColumnError, DocumentEmptyError
from lmstudio_lite.finetune.data.tables import table_form

SHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
TABLES = frozenset({".csv", ".tsv", ".tab"})
_USUAL_NAME = "text"
_NAMES_LISTED = 30


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` are the names in the first row, "" each where it holds none; ``rows`` are below it."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    has_names: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns can be called by."""
        if not self.has_names:
            return tuple(str(number) for number in range(1, len(self.columns) + 1))
        return tuple(name or str(number) for number, name in enumerate(self.columns, 1))

    def first(self, count: int) -> list[tuple[str, ...]]:
        """Return the first rows, for a preview."""
        return list(islice(self.rows, count))


@dataclass(frozen=True, slots=True)
class BatchInput:
    """The rows to work on, and how many others had no text."""

    rows: tuple[BatchRow, ...]
    num_empty: int


def is_table(path: Path) -> bool:
    """Tell whether a file's name says that it holds columns."""
    return path.suffix.lower() in SHEETS | TABLES


def read_lines(text: str) -> BatchInput:
    """Return the lines of a text as rows."""
    lines = _lines(text)
    rows = tuple(BatchRow(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())
    return BatchInput(rows, len(lines) - len(rows))


def read_file_text(path: Path, encoding: str = "") -> str:
    """Return a text file's text. Waits.

    Raises:
        DocumentError: it is not there, too large or no text.
    """
    check_readable(path, ReadLimits())
    with open_document(path) as file:
        content = file.read()
    return decode_file(path, content, EncodingWish(encoding)).text


def open_table(
    path: Path, reader: DocumentReader, cancellation: Cancellation, *, encoding: str = "", column: str = ""
) -> Table:
    """Read a file's table. Waits.

    ``column`` is a name that is looked for: if the first row has it, the first row holds names.

    Raises:
        DocumentError: it can't be read, or holds nothing.
        CancelledError: cancelled.
    """
    if path.suffix.lower() in SHEETS:
        sheets = reader.read_sheets(path, cancellation)
        rows = [row for row in (sheets[0].rows if sheets else ()) if any(map(str.strip, row))]
        if not rows:
            raise DocumentEmptyError(path=str(path))
        width = max(map(len, rows))
        first = tuple(cell.strip() for cell in (*rows[0], *[""] * (width - len(rows[0]))))
        return Table(first, rows[1:]) if column in first or not _is_number(column) else _unnamed(rows, width)
    return parse_table(read_file_text(path, encoding), path, column=column, is_named_table=True)


def parse_table(text: str, path: Path, *, column: str = "", is_named_table: bool = False) -> Table:
    """Return the table in a text with separated values; ``path`` names it in errors.

    Raises:
        DocumentEmptyError: there is none.
    """
    lines = _lines(text)
    sample = lines[:SAMPLE_LINES]
    dialect = find_dialect(sample, is_table=True) or Dialect("")
    rows = [row for row in read_rows(enumerate(lines, 1), dialect) if any(map(str.strip, row.cells))]
    rows = rows[num_lines_before(rows[:SAMPLE_LINES]) :]
    if not rows:
        raise DocumentEmptyError(path=str(path))
    cells = [row.cells for row in rows]
    first = tuple(cell.strip() for cell in cells[0])
    form = table_form(sample, is_table=True)
    if len(first) == 1:
        has_names = folded_name(column or _USUAL_NAME) == folded_name(first[0])
    else:
        has_names = not _is_number(column) or column in first or form is None or form.has_header
    return Table(first, cells[1:]) if has_names else _unnamed(cells, len(first))


def column_rows(table: Table, path: Path, column: str, truth: str = "") -> BatchInput:
    """Return the rows of a column; ``truth`` is the one that holds their labels, "" for none.

    Raises:
        DocumentColumnError: there is no such column, or several and none is named.
        DocumentEmptyError: no row has a text.
    """
    truth_at = find_column(table, path, truth) if truth else None
    return rows_at(table, path, find_column(table, path, column), truth_at)


def rows_at(table: Table, path: Path, at: int, truth_at: int | None = None) -> BatchInput:
    """Return the rows of the column at a place, from 0; ``truth_at`` is that of their labels.

    Raises:
        DocumentEmptyError: no row has a text.
    """
    rows = []
    first = 2 if table.has_names else 1
    for number, cells in enumerate(table.rows, first):
        text = cells[at].strip() if at < len(cells) else ""
        known = cells[truth_at].strip() if truth_at is not None and truth_at < len(cells) else ""
        if text:
            rows.append(BatchRow(number, text, known))
    if not rows:
        raise DocumentEmptyError(path=str(path))
    return BatchInput(tuple(rows), len(table.rows) - len(rows))


def find_column(table: Table, path: Path, column: str) -> int:
    """Return the place of the column that is called so, from 0; raises as ``column_rows``."""
    names = [folded_name(name) for name in table.names]
    wanted = folded_name(column or _USUAL_NAME)
    if wanted in names:
        return names.index(wanted)
    if not column and len(names) == 1:
        return 0
    if _is_number(column) and 1 <= int(column) <= len(names):
        return int(column) - 1
    listed = ", ".join(table.names[:_NAMES_LISTED]) + (", …" if len(names) > _NAMES_LISTED else "")
    raise DocumentColumnError(path=str(path), column=column or _USUAL_NAME, known=listed)


def folded_name(name: str) -> str:
    """Return what two spellings of a column's name have in common."""
    return " ".join(name.split()).casefold()


def blocks(rows: Iterable[BatchRow], size: int) -> Iterator[list[BatchRow]]:
    """Yield the rows in lists of at most ``size``."""
    source = iter(rows)
    while block := list(islice(source, size)):
        yield block


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _unnamed(rows: Sequence[tuple[str, ...]], width: int) -> Table:
    return Table(("",) * width, rows, has_names=False)


def _is_number(column: str) -> bool:
    return column.isascii() and column.isdecimal()
