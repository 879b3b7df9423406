"""Tables of separated values: the words of chosen cells, while delimiters, quotation marks and figures stay.

A cell without quotation marks gets them where its translation needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import regex

from lmstudio_lite.documents.plain.separated_values import Dialect, cell_spans, read_rows
from lmstudio_lite.documents.plain.table_dialect import SAMPLE_LINES, find_dialect
from lmstudio_lite.documents.rewriting.slots import Edit, Slot, SlottedText
from lmstudio_lite.documents.rewriting.text_file import UnknownColumnError
from lmstudio_lite.documents.rewriting.words import has_words
from lmstudio_lite.domain.units import BilingualLayout, Place, Unit, UnitKind, UnitText, WriteUnitsOptions

_CODE = regex.compile(r"[\p{Lu}\d .:/_-]{1,5}\Z")
"""EUR and the like are no words."""


def split_table(text: str, columns: Sequence[str] = ()) -> SlottedText | None:
    """Return the cells of ``columns`` (names, or numbers from 1; none: all), None if ``text`` is no table."""
    lines = text.split("\n")
    dialect = find_dialect(list(islice(lines, SAMPLE_LINES)), is_table=True)
    if dialect is None:
        return None
    slots: list[Slot] = []
    placed: list[_Placed] = []
    chosen: frozenset[int] = frozenset()
    for row, spans in enumerate(_rows(text, lines, dialect)):
        cells = [_Cell.of(text, start, end, dialect) for start, end in spans]
        if row == 0:
            chosen = _chosen([cell.words for cell in cells], columns)
        for column, cell in enumerate(cells):
            if chosen and column not in chosen:
                continue
            is_kept_head = row == 0 and bool(columns)
            has_text = has_words(cell.words) and not _CODE.match(cell.words) and not is_kept_head
            placed.append(_Placed(row, column, cell, len(slots) if has_text else None))
            if has_text:
                place = Place(UnitKind.CELL, str(column + 1), len(slots) + 1)
                slots.append(Slot(Unit(cell.words, place), cell.edits))

    def whole(texts: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> Sequence[Edit]:
        is_beside = wanted.layout is BilingualLayout.BESIDE
        return list(_edits_beside(placed, texts, wanted.target)) if is_beside else ()

    layouts = frozenset({BilingualLayout.BELOW, *([BilingualLayout.BESIDE] if dialect.delimiter else [])})
    return SlottedText(tuple(slots), layouts=layouts, whole=whole)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell of a column that is translated; ``number`` is its unit's, None where it has none."""

    row: int
    column: int
    cell: _Cell
    number: int | None


def _edits_beside(placed: Sequence[_Placed], texts: Mapping[int, UnitText], target: str) -> Iterator[Edit]:
    """Yield edits that put a column behind each one of which something below its head is translated."""
    columns = {each.column for each in placed if each.row and each.number in texts}
    for each in placed:
        if each.column in columns:
            text = texts.get(each.number) if each.number is not None else None
            head = f"{each.cell.words} ({target})" if each.row == 0 else ""
            yield each.cell.edit_beside(text.text if text else head)


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


def _chosen(head: Sequence[str], columns: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the columns that are asked for, none for all.

    Raises:
        UnknownColumnError: there is no column of that name or number.
    """
    names = [cell.casefold() for cell in head]
    found: set[int] = set()
    for column in map(str.strip, columns):
        if column.casefold() in names:
            found.add(names.index(column.casefold()))
        elif column.isdecimal() and 0 < int(column) <= len(head):
            found.add(int(column) - 1)
        else:
            raise UnknownColumnError(column, head)
    return frozenset(found)


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
            case BilingualLayout.BESIDE:  # whole columns: also where there is nothing to translate
                return []

    def edit_beside(self, words: str) -> Edit:
        """Return the edit that puts a cell with ``words`` behind this one."""
        written = self._written(self.text[self.start : self.end], words).strip(" ") if words else ""
        return Edit(self.end, self.end, self.dialect.delimiter + written)

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
