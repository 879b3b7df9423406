"""Separated values (CSV, TSV and their kin): the one reader for summaries, chats and training.

RFC 4180 is read as written; what people's files do beside it is read as it was meant. A quotation mark opens
a cell only at its beginning and closes it only before a delimiter or the line's end, so that inches and
quotations inside a cell stay characters. A mark that is never closed would make one cell of the rest of the
file: a row may spread over so many lines only, then its first line is taken as it stands and reading goes on
with the second.

Which dialect a file has is found by ``table_dialect``.
"""

from __future__ import annotations

import csv
import functools
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ROW_LINES_MAX = 200
"""A row spreads over no more lines."""
_ROW_LENGTH_MAX = 1 << 20


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


def read_rows(lines: Iterable[tuple[int, str]], dialect: Dialect) -> Iterator[TableRow]:
    """Yield the rows of numbered lines, blank ones left out; of a row that is never closed its first line."""
    source = iter(lines)
    if dialect.is_named:
        next(source, None)
    grammar = _grammar_of(dialect)
    waiting: deque[tuple[int, str]] = deque()
    num_lines_max = ROW_LINES_MAX
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
            num_lines_max = min(ROW_LINES_MAX, num_lines_max * 2)
            yield TableRow(first, block[-1][0] if block else first, tuple(row.cells))


def cell_spans(row: str, dialect: Dialect, *, is_open: bool = False) -> list[tuple[int, int]]:
    """Return where the cells of a row stand in its text, their quotation marks included.

    ``is_open`` for the row of a mark that was never closed: it is parted at every delimiter.
    """
    grammar = _grammar_of(dialect)
    spans: list[tuple[int, int]] = []
    at = 0
    while True:
        quoted = None if is_open else grammar.quoted_from(row, at)
        inside = grammar.inside.match(row, quoted) if quoted is not None else None
        search_from = inside.end() + 1 if inside is not None else at
        end = row.find(dialect.delimiter, search_from) if dialect.delimiter else -1
        if end < 0:
            spans.append((at, len(row)))
            return spans
        spans.append((at, end))
        at = end + 1


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


_grammar_of = functools.lru_cache(maxsize=32)(_Grammar)


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
