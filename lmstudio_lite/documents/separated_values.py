"""Separated values (CSV, TSV and their kin): the one reader for summaries, chats and training.

RFC 4180 is read as written; what people's files do beside it is read as it was meant. A quotation mark opens
a cell only at its beginning and closes it only before a delimiter or the line's end, so that inches and
quotations inside a cell stay characters. A mark that is never closed would make one cell of the rest of the
file: a row may spread over so many lines only, then its first line is taken as it stands and reading goes on
with the second.

Which dialect a file has is found by reading its beginning in each: the one wins whose rows are of one width
and whose cells are whole values (after van den Burg et al., "Wrangling messy CSV files by detecting row and
type patterns", 2019). ``csv.Sniffer`` guesses from characters: it splits a cell with doubled quotes.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

SAMPLE_LINES = 200
"""So many lines of a file tell its dialect."""
_DELIMITERS = "\t,;|"
_ROW_LINES_MAX = 200
_ROW_LENGTH_MAX = 1 << 20
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
_WORTH_OF_TEXT, _WORTH_OF_JOINED, _WORTH_OF_STRAY_QUOTE = 0.9, 0.7, 0.3


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text parts its cells; ``delimiter`` "" is one column, ``quote`` "" that there is no quoting.

    ``has_escapes`` where a backslash before a quotation mark makes it a character, ``is_named`` where the
    first line says the delimiter ("sep=;") and is no row.
    """

    delimiter: str
    quote: str = '"'
    has_escapes: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of the lines ``first`` to ``last``; ``is_open`` where a quotation mark was never closed."""

    first: int
    last: int
    cells: tuple[str, ...]
    is_open: bool = False


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


def read_rows(lines: Iterable[tuple[int, str]], dialect: Dialect) -> Iterator[TableRow]:
    """Yield the rows of numbered lines, blank ones left out; of a row that is never closed its first line."""
    source = iter(lines)
    if dialect.is_named:
        next(source, None)
    grammar = _Grammar(dialect)
    waiting: deque[tuple[int, str]] = deque()
    num_lines_max = _ROW_LINES_MAX
    while True:
        following = waiting.popleft() if waiting else next(source, None)
        if following is None:
            return
        first, text = following
        if not text.strip():
            continue
        cells = grammar.cells(text)
        if cells is not None:
            yield TableRow(first, first, cells)
            continue
        row = _OpenRow(grammar, text)
        block: list[tuple[int, str]] = []
        length = len(text)
        while row.is_open and len(block) < num_lines_max and length < _ROW_LENGTH_MAX:
            following = waiting.popleft() if waiting else next(source, None)
            if following is None:
                break
            block.append(following)
            length += len(following[1])
            row.add(following[1])
        if row.is_open:
            # Where one is never closed the next ones seldom are: looking ahead for each would take for ever.
            num_lines_max = max(1, num_lines_max // 2)
            waiting.extendleft(reversed(block))
            yield TableRow(first, first, grammar.unquoted(text), is_open=True)
        else:
            num_lines_max = min(_ROW_LINES_MAX, num_lines_max * 2)
            yield TableRow(first, block[-1][0] if block else first, tuple(row.cells))


class _Grammar:
    """A dialect as patterns."""

    def __init__(self, dialect: Dialect) -> None:
        self.delimiter, self.quote = dialect.delimiter, dialect.quote
        quote = re.escape(dialect.quote or '"')
        end = rf" *(?:{re.escape(dialect.delimiter)}|\Z)" if dialect.delimiter else r" *\Z"
        escapes = rf"|\\[\\{quote}]|\\" if dialect.has_escapes else ""
        plain = rf"[^{quote}\\]" if dialect.has_escapes else f"[^{quote}]"
        self.opening = re.compile(f"( *){quote}" if dialect.quote else r"(?!)")
        self.inside = re.compile(f"(?:{plain}++{escapes}|{quote}{quote}|{quote}(?!{end}))*+", re.DOTALL)
        self.end = re.compile(end)
        self._escaped = re.compile(r"\\.")
        self._doubled = re.compile(rf"\\([\\{quote}])|{quote}{quote}")
        self._has_escapes = dialect.has_escapes
        cell = f"(?:{quote}[^{quote}]*+{quote}|[^{quote}{re.escape(dialect.delimiter)}]*+)"
        is_simple = dialect.quote and dialect.delimiter and not dialect.has_escapes
        self._simple = re.compile(
            rf"{cell}(?:{re.escape(dialect.delimiter)}{cell})*+" if is_simple else r"(?!)"
        )

    def cells(self, line: str) -> tuple[str, ...] | None:
        """Return the cells of a line where that is quickly told, else None."""
        if not self.quote or self.quote not in line:
            return self.unquoted(line)
        if not self._simple.fullmatch(line):
            return None
        try:
            return tuple(next(csv.reader((line,), delimiter=self.delimiter, quotechar=self.quote)))
        except csv.Error:  # a field longer than the limit, which is one for the whole program
            return None

    def unquoted(self, line: str) -> tuple[str, ...]:
        return tuple(line.split(self.delimiter)) if self.delimiter else (line,)

    def quoted_from(self, line: str, at: int) -> int | None:
        """Return where the text of a quoted cell begins that starts at ``at``, None if that is no such cell.

        Up to the next delimiter a quoted cell has an odd number of marks, or ends with one: `"Big" Joe` is a
        cell of characters. Spaces may stand before the mark of a cell that closes on its line.
        """
        opening = self.opening.match(line, at)
        if opening is None:
            return None
        end = line.find(self.delimiter, opening.end()) if self.delimiter else -1
        cell = line[opening.end() - 1 : end if end >= 0 else len(line)]
        marks = self._escaped.sub("", cell) if self._has_escapes else cell
        is_whole = marks.count(self.quote) % 2 == 1 or marks.rstrip(" ").endswith(self.quote)
        if not is_whole or (opening[1] and not self._closes(line, opening.end())):
            return None
        return opening.end()

    def _closes(self, line: str, at: int) -> bool:
        inside = self.inside.match(line, at)
        return inside is not None and inside.end() < len(line)

    def content(self, raw: str) -> str:
        """Return what a quoted cell holds."""
        if self._has_escapes:
            return self._doubled.sub(lambda found: found[1] or self.quote, raw)
        return raw.replace(self.quote * 2, self.quote)


class _OpenRow:
    """The cells of one row, of which more lines may come while a quoted cell is open."""

    def __init__(self, grammar: _Grammar, line: str) -> None:
        self.cells: list[str] = []
        self.is_open = False
        self._grammar = grammar
        self._quoted: list[str] = []
        self._read(line, 0, is_quoted=False)

    def add(self, line: str) -> None:
        """Go on with the next line, inside the open cell."""
        self._read(line, 0, is_quoted=True)

    def _read(self, line: str, at: int, *, is_quoted: bool) -> None:
        grammar = self._grammar
        while True:
            if is_quoted:
                inside = grammar.inside.match(line, at)
                end = inside.end() if inside else len(line)
                self._quoted.append(line[at:end])
                self.is_open = end >= len(line)
                if self.is_open:
                    return
                self.cells.append(grammar.content("\n".join(self._quoted)))
                self._quoted.clear()
                after = grammar.end.match(line, end + 1)
                if after is None or not after[0].strip(" "):
                    return
                at = after.end()
            start = grammar.quoted_from(line, at)
            is_quoted = start is not None
            if start is not None:
                at = start
                continue
            end = line.find(grammar.delimiter, at) if grammar.delimiter else -1
            if end < 0:
                self.cells.append(line[at:])
                return
            self.cells.append(line[at:end])
            at = end + 1


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
    return (share + bonus) * sum(worth) / len(worth) * (1 - num_open / len(rows))


def _reaches_end(row: TableRow, lines: Sequence[str]) -> bool:
    return len(lines) - row.first < _ROW_LINES_MAX


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
