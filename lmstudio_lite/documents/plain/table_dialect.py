"""Which dialect of separated values a text is in, and where its table begins.

The beginning is read in each dialect: the one wins whose rows are of one width and whose cells are whole
values (after van den Burg et al., "Wrangling messy CSV files by detecting row and type patterns", 2019).
``csv.Sniffer`` guesses from characters: it splits a cell with doubled quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lmstudio_lite.documents.plain.separated_values import ROW_LINES_MAX, Dialect, TableRow, read_rows

SAMPLE_LINES = 200
"""So many lines of a file tell its dialect."""
_DELIMITERS = "\t,;|"
_CONSISTENT_SHARE = 0.8
_RAGGED_SHARE = 0.5
_MOST_LINES_BEFORE = 20
_TAB_BONUS = 0.1
"""A tab is in a text for no other reason than to part columns."""

_NAMED = re.compile(r'"?sep=([^"\s]|\t)"?[,;\t]*\s*\Z', re.IGNORECASE)
_VALUE = re.compile(
    r"\s*(?:[-+(]?\s?[$€£¥]?\s?\d[\d.,'’ \u00a0\u202f]*(?:\s?[%€$£¥]|\s?[A-Za-z]{1,3})?\)?"
    r"|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?\S*)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?|[\w.@+-]*)\s*\Z"
)
_FIGURE = re.compile(r"\d")
_DOUBLED = re.compile(r'(?<=[^"])""(?=[^",;|\s])|(?<=[^",;|\s])""(?=[^"])')
_TIGHT_DELIMITER = re.compile(r"[;|\t]|,(?!\s)")
_WORTH_OF_COLUMN = 0.4
"""A single column: any dialect that makes even rows of more is better."""
_WORTH_OF_OPEN_END = 0.8
"""Of a text that ends within a cell only if a backslash escapes: then it does not."""
_WORTH_OF_TEXT, _WORTH_OF_JOINED, _WORTH_OF_STRAY_QUOTE = 0.9, 0.7, 0.3


def find_dialect(lines: Sequence[str], *, is_table: bool = False) -> Dialect | None:
    """Return the dialect of a text that begins with ``lines``, None if it is no table.

    ``is_table`` where the file's name says that it is one: then rows of many widths are read too, and a
    single column is.
    """
    lines = lines[:SAMPLE_LINES]
    named = _NAMED.match(lines[0]) if lines else None
    delimiters = named[1] if named else _DELIMITERS
    tried = [
        (_score(dialect, lines, is_table=is_table or named is not None), dialect)
        for delimiter in delimiters
        for dialect in _dialects(delimiter, lines, is_named=named is not None)
    ]
    is_quoted = any(line.lstrip().startswith('"') for line in lines)
    if is_table and is_quoted and not named:
        tried.append((_score(Dialect(""), lines, is_table=True), Dialect("")))
    best_score, best = max(tried, key=lambda item: item[0], default=(0.0, None))
    if best_score > 0.0:
        return best
    return Dialect(named[1], '"' if is_quoted else "", is_named=True) if named else None


def num_lines_before(rows: Sequence[TableRow]) -> int:
    """Return how many rows are lines before the table: its title, comments that begin with "#".

    They are one cell each, or, behind a "#", as many as there happen to be commas, unless those are the names
    of the columns; the table must be longer than what stands before it.
    """
    told = [row for row in rows if not _is_comment(row)]
    width = Counter(len(row.cells) for row in told).most_common(1)[0][0] if told else 0

    parted = next((row for row in told if len(row.cells) > 1), None)
    has_names = parted is not None and not any(map(_FIGURE.search, parted.cells))

    def is_before(row: TableRow) -> bool:
        return len(row.cells) == 1 or (_is_comment(row) and (has_names or len(row.cells) != width))

    num = next((at for at, row in enumerate(rows) if not is_before(row)), len(rows))
    return num if num <= _MOST_LINES_BEFORE and 2 * num < len(rows) + 1 else 0


def _is_comment(row: TableRow) -> bool:
    return row.cells[0].lstrip().startswith("#")


def _dialects(delimiter: str, lines: Sequence[str], *, is_named: bool) -> Iterator[Dialect]:
    """Yield the ways of quoting that the lines give reason for, the usual one first."""
    whole = "\n".join(lines)
    is_even = delimiter == "\t" and len({line.count(delimiter) for line in lines if line.strip()}) == 1
    if '"' in whole and (not is_even or _quotes_make_sense(lines)):
        has_escapes = '\\"' in whole
        if has_escapes and not _DOUBLED.search(whole):
            yield Dialect(delimiter, '"', has_escapes=True, is_named=is_named)
        yield Dialect(delimiter, '"', is_named=is_named)
        if has_escapes:
            yield Dialect(delimiter, '"', has_escapes=True, is_named=is_named)
    if f"{delimiter}'" in whole and f"'{delimiter}" in whole:
        yield Dialect(delimiter, "'", is_named=is_named)
    yield Dialect(delimiter, '"' if '"' not in whole and delimiter != "\t" else "", is_named=is_named)


def _quotes_make_sense(lines: Sequence[str]) -> bool:
    """Tell quoting from quotation marks, as a corpus with tabs has them: few of those are around cells."""
    with_quotes = [line for line in lines if '"' in line]
    quoted = [
        line
        for line in with_quotes
        if any(field.startswith('"') and field.endswith('"') and len(field) > 1 for field in line.split("\t"))
    ]
    return len(quoted) * 2 > len(with_quotes)


def _score(dialect: Dialect, lines: Sequence[str], *, is_table: bool) -> float:
    """Return how well the dialect explains the lines, 0.0 where it makes no table of them."""
    rows = list(read_rows(enumerate(lines, 1), dialect))
    # A row that is open to the end may be closed behind the sample: it says nothing, nor do its lines.
    cut = next((at for at, row in enumerate(rows) if row.is_open and _reaches_end(row, lines)), len(rows))
    has_open_end = dialect.has_escapes and 1 < cut < len(rows) and len(lines) < SAMPLE_LINES
    rows = rows[:cut] if cut > 1 else rows
    if is_table and not dialect.delimiter:
        return _WORTH_OF_COLUMN * sum(_worth(row.cells[0], dialect) for row in rows) / max(1, len(rows))
    rows = rows[num_lines_before(rows) if is_table else 0 :]
    if not rows:
        return 0.0
    width, count = Counter(len(row.cells) for row in rows).most_common(1)[0]
    share = count / len(rows)
    if width < 2 or share < _CONSISTENT_SHARE:
        num_parted = sum(len(row.cells) > 1 for row in rows)
        if not is_table or num_parted < _RAGGED_SHARE * len(rows):
            return 0.0
        # Rows of many widths: worse than any dialect that makes them of one.
        share = 0.5 * max(share, num_parted / len(rows)) * _CONSISTENT_SHARE
    worth = [_worth(cell, dialect) for row in rows for cell in row.cells]
    num_open = sum(row.is_open for row in rows)
    bonus = _TAB_BONUS if dialect.delimiter == "\t" else 0.0
    end = _WORTH_OF_OPEN_END if has_open_end else 1.0
    return (share + bonus) * sum(worth) / len(worth) * (1 - num_open / len(rows)) * end


def _reaches_end(row: TableRow, lines: Sequence[str]) -> bool:
    return len(lines) - row.first < ROW_LINES_MAX


def _worth(cell: str, dialect: Dialect) -> float:
    """Return how likely a cell is a whole value: a part of one has marks that belong to another part."""
    if _VALUE.match(cell):
        return 1.0
    text = cell.strip()
    if dialect.quote != '"' and (text.startswith('"') or text.endswith('"')):
        return _WORTH_OF_STRAY_QUOTE
    if _TIGHT_DELIMITER.search(text.replace(dialect.delimiter, "")):
        return _WORTH_OF_JOINED
    return _WORTH_OF_TEXT
