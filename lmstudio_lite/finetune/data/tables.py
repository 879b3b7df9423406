"""Rows of CSV and TSV files, read as a stream, and how their columns become examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lmstudio_lite.documents.plain.separated_values import Dialect, TableRow
from lmstudio_lite.documents.plain.separated_values import read_rows as read_table_rows
from lmstudio_lite.documents.plain.table_dialect import find_dialect
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.field_names import KNOWN_NAMES, find_fields, plain_name
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind
from lmstudio_lite.finetune.data.records import PairPrompt, text_example, translation_example
from lmstudio_lite.finetune.data.text_lines import Line, read_lines
from lmstudio_lite.finetune.data.turns import Converted, RecordError, checked


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a file holds its table, whose ``first_row`` ends on the line ``first_line``.

    A title and comments may stand before it.
    """

    dialect: Dialect
    has_header: bool
    first_row: tuple[str, ...]
    first_line: int = 1

    @property
    def num_head_lines(self) -> int:
        """How many lines of the file are no example: the header and what stands before it."""
        return self.first_line if self.has_header else 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' names, their numbers from 1 where there are none."""
        if self.has_header:
            return self.first_row
        return tuple(str(number + 1) for number in range(len(self.first_row)))


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which columns, counted from 0, hold what; None where there is none.

    Either ``question`` and ``answer``, or ``text``. With ``languages`` the two are a text and its
    translation; ``context`` is put below the question.
    """

    question: int | None = None
    answer: int | None = None
    context: int | None = None
    system: int | None = None
    text: int | None = None
    languages: tuple[str, str] | None = None

    @property
    def is_usable(self) -> bool:
        return self.text is not None or (self.question is not None and self.answer is not None)


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is the row's first line in the file, from 1."""

    line: int
    cells: tuple[str, ...]
    is_utf8: bool = True


def table_form(lines: Sequence[str], *, is_table: bool = False) -> TableForm | None:
    """Return how a file that begins with ``lines`` holds a table, None if it holds none.

    ``is_table`` where the file's name says that it is one.
    """
    dialect = find_dialect(lines, is_table=is_table)
    if dialect is None or not dialect.delimiter:
        return None
    rows = list(read_table_rows(enumerate(lines, 1), dialect))
    widths = Counter(len(row.cells) for row in rows if not row.is_open)
    width = max(widths, key=lambda width: (width > 1, widths[width]), default=0)
    start = next((at for at, row in enumerate(rows) if len(row.cells) == width), None)
    if start is None or width < 2:
        return None
    rows = rows[start:]
    first_row = tuple(name.strip() for name in rows[0].cells)
    return TableForm(dialect, _is_header(rows), first_row, rows[0].last)


def sample_rows(lines: Sequence[str], form: TableForm) -> list[tuple[str, ...]]:
    """Return the whole rows among the lines that a file begins with, its header left out."""
    rows = read_table_rows(enumerate(lines, 1), form.dialect)
    width = len(form.first_row)
    return [row.cells for row in rows if row.first > form.num_head_lines and len(row.cells) == width]


def read_rows(path: Path, form: TableForm) -> Iterator[Row | Problem]:
    """Yield the rows of a table; its header and what stands before that are left out.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    feed = _Feed(path, read_lines(path))
    for row in read_table_rows(feed.lines(), form.dialect):
        yield from feed.problems()
        if row.is_open:
            yield Problem(path, row.first, ProblemKind.OPEN_QUOTE)
        elif row.first > form.num_head_lines and any(map(str.strip, row.cells)):
            yield Row(row.first, row.cells, feed.is_utf8(row))
    yield from feed.problems()


def guess_mapping(columns: Sequence[str], num_columns: int | None = None) -> ColumnMapping:
    """Return what the names of columns suggest; two columns without known names are question and answer."""
    names = list(map(plain_name, columns))
    width = num_columns or len(names)
    found = find_fields(names)
    if found.is_pair:
        return ColumnMapping(found.question, found.answer, found.context, found.system)
    codes = [name.replace("_", "-").partition("-")[0] for name in names]
    if width == 2 and codes[0] != codes[1] and all(code in LANGUAGES for code in codes):
        return ColumnMapping(0, 1, languages=(codes[0], codes[1]))
    if found.text is not None:
        return ColumnMapping(text=found.text)
    if width == 2:
        return ColumnMapping(0, 1)
    return ColumnMapping()


def convert_row(
    row: Row, mapping: ColumnMapping, at: str, fixes: frozenset[ProblemKind], pair_prompt: PairPrompt
) -> Converted:
    """Return the example of a row.

    Raises:
        RecordError: it can't be one.
    """
    used = (mapping.question, mapping.answer, mapping.context, mapping.system, mapping.text)
    needed = max(column for column in used if column is not None) + 1
    if len(row.cells) < needed:
        raise RecordError(ProblemKind.WRONG_COLUMNS, f"{len(row.cells)}/{needed}")

    def cell(column: int | None) -> str:
        return row.cells[column] if column is not None else ""

    if mapping.text is not None:
        return Converted(text_example(cell(mapping.text), at))
    if mapping.languages is not None:
        example: TrainingExample = translation_example(
            cell(mapping.question), cell(mapping.answer), mapping.languages, at, pair_prompt
        )
        return Converted(example)
    question = "\n\n".join(text for text in (cell(mapping.question), cell(mapping.context)) if text.strip())
    messages = [Message(Role.USER, question), Message(Role.ASSISTANT, cell(mapping.answer))]
    system = cell(mapping.system)
    if system.strip():
        messages.insert(0, Message(Role.SYSTEM, system))
    return checked(messages, at, fixes)


@dataclass(slots=True)
class _Feed:
    """Hands a file's lines to the reader of rows, and remembers what is wrong with them."""

    path: Path
    source: Iterator[Line]
    _cut: list[int] = field(default_factory=list)
    _not_utf8: list[int] = field(default_factory=list)

    def lines(self) -> Iterator[tuple[int, str]]:
        for line in self.source:
            if line.is_cut:
                self._cut.append(line.number)
                continue
            if not line.is_utf8:
                self._not_utf8.append(line.number)
            yield line.number, line.text

    def problems(self) -> Iterator[Problem]:
        while self._cut:
            yield Problem(self.path, self._cut.pop(0), ProblemKind.LINE_TOO_LONG)

    def is_utf8(self, row: TableRow) -> bool:
        """Tell whether all lines of ``row`` were, and forget the lines before it."""
        self._not_utf8 = [number for number in self._not_utf8 if number >= row.first]
        return not any(number <= row.last for number in self._not_utf8)


def _is_header(rows: Sequence[TableRow]) -> bool:
    """Tell a row of names: a known name, or short words above much longer texts."""
    first = [cell.strip().lower() for cell in rows[0].cells]
    if not all(first) or len(set(first)) < len(first):
        return False
    if any(name in KNOWN_NAMES for name in first):
        return True
    if all(name.replace("_", "-").partition("-")[0] in LANGUAGES for name in first):
        return True
    rest = [len(cell) for row in rows[1:] for cell in row.cells]
    longest = max(map(len, first))
    return bool(rest) and longest <= 20 and sum(rest) / len(rest) > longest * 3
