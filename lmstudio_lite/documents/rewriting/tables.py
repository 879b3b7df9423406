"""Tables of separated values: the words of chosen cells, while delimiters, quotation marks and figures stay.

A cell without quotation marks gets them where its translation needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import regex

from lmstudio_lite.documents.plain.separated_values import Dialect, cell_spans, read_rows
from lmstudio_lite.documents.plain.table_dialect import SAMPLE_LINES, find_dialect
from lmstudio_lite.documents.rewriting.slots import Edit, Slot, SlottedText
from lmstudio_lite.documents.rewriting.words import has_words
from lmstudio_lite.domain.units import BilingualLayout, Place, Unit, UnitKind, UnitText

_CODE = regex.compile(r"[\p{Lu}\d .:/_-]{1,5}\Z")
"""EUR and the like are no words."""
_LAYOUTS = frozenset({BilingualLayout.BELOW, BilingualLayout.BESIDE})


def split_table(text: str, columns: Sequence[str] = ()) -> SlottedText | None:
    """Return the cells of ``columns`` (names, or numbers from 1; none: all), None if ``text`` is no table."""
    lines = text.split("\n")
    dialect = find_dialect(list(islice(lines, SAMPLE_LINES)), is_table=True)
    if dialect is None:
        return None
    slots: list[Slot] = []
    chosen: frozenset[int] | None = None
    for cells in _rows(text, lines, dialect):
        is_head = chosen is None
        if chosen is None:
            chosen = _chosen([text[start:end] for start, end in cells], columns, dialect)
        for column, (start, end) in enumerate(cells):
            if (chosen and column not in chosen) or (is_head and columns):
                continue
            cell = _Cell.of(text, start, end, dialect)
            if has_words(cell.words) and not _CODE.match(cell.words):
                place = Place(UnitKind.CELL, str(column + 1), len(slots) + 1)
                slots.append(Slot(Unit(cell.words, place), cell.edits))
    return SlottedText(tuple(slots), layouts=_LAYOUTS)


def _rows(text: str, lines: Sequence[str], dialect: Dialect) -> Iterator[list[tuple[int, int]]]:
    """Yield where the cells of each row stand."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for row in read_rows(enumerate(lines), dialect):
        start, end = starts[row.first], starts[row.last] + len(lines[row.last])
        end -= text[start:end].endswith("\r")
        spans = cell_spans(text[start:end], dialect, is_open=row.is_open)
        yield [(start + first, start + last) for first, last in spans]


def _chosen(head: Sequence[str], columns: Sequence[str], dialect: Dialect) -> frozenset[int]:
    """Return the numbers of the columns that are asked for, none for all."""
    names = [cell.strip().strip(dialect.quote or None).casefold() for cell in head]
    found: set[int] = set()
    for column in columns:
        if column.strip().casefold() in names:
            found.add(names.index(column.strip().casefold()))
        elif column.strip().isdecimal():
            found.add(int(column) - 1)
    return frozenset(found) if not columns or found else frozenset({-1})


@dataclass(frozen=True, slots=True)
class _Cell:
    """The words of a cell: ``text[start:end]`` with its quotation marks and the blanks around it."""

    text: str
    start: int
    end: int
    is_quoted: bool
    words: str
    dialect: Dialect

    @classmethod
    def of(cls, text: str, start: int, end: int, dialect: Dialect) -> _Cell:
        raw, quote = text[start:end], dialect.quote
        inner = raw.strip(" ")
        is_quoted = bool(quote) and len(inner) > 1 and inner.startswith(quote) and inner.endswith(quote)
        words = inner[1:-1].replace(quote * 2, quote) if is_quoted else inner
        if is_quoted and dialect.has_escapes:
            words = words.replace("\\" + quote, quote)
        return cls(text, start, end, is_quoted, words.strip(), dialect)

    def edits(self, text: UnitText, layout: BilingualLayout) -> list[Edit]:
        raw = self.text[self.start : self.end]
        translated = self._written(raw, text.text)
        match layout:
            case BilingualLayout.NONE:
                return [Edit(self.start, self.end, translated)]
            case BilingualLayout.BELOW:
                both = self._written(raw, f"{self.words}\n{text.text}", is_quoted=bool(self.dialect.quote))
                return [Edit(self.start, self.end, both)]
            case BilingualLayout.BESIDE:
                return [Edit(self.end, self.end, self.dialect.delimiter + translated.strip(" "))]

    def _written(self, raw: str, words: str, *, is_quoted: bool | None = None) -> str:
        """Return the cell with other words, the blanks around them kept."""
        quote, delimiter = self.dialect.quote, self.dialect.delimiter
        inner = raw.strip(" ")
        at = raw.index(inner)
        before, behind = raw[:at], raw[at + len(inner) :]
        if self.is_quoted:
            content = inner[1:-1]
            left = content[: len(content) - len(content.lstrip())]
            right = content[len(content.rstrip()) :] if content.strip() else ""
            return f"{before}{quote}{left}{self._escaped(words)}{right}{quote}{behind}"
        if not quote:
            words = " ".join(words.split())
            return before + (words.replace(delimiter, " ") if delimiter else words) + behind
        needs_quotes = (
            bool(is_quoted) or quote in words or "\n" in words or (delimiter and delimiter in words)
        )
        cell = before + words + behind
        return f"{quote}{self._escaped(cell)}{quote}" if needs_quotes else cell

    def _escaped(self, words: str) -> str:
        quote = self.dialect.quote
        return words.replace(quote, ("\\" if self.dialect.has_escapes else quote) + quote)
