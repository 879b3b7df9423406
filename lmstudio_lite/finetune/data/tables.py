"""Rows of CSV and TSV files, read as a stream, and how their columns become examples.

A quote that is never closed would make one field of the rest of the file. A row may therefore spread over
so many lines only; then its first line is reported, and reading goes on with the second.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind
from lmstudio_lite.finetune.data.records import (
    Converted,
    PairPrompt,
    RecordError,
    checked,
    text_example,
    translation_example,
)
from lmstudio_lite.finetune.data.text_lines import Line, read_lines

_DELIMITERS = "\t,;|"
_ROW_LINES_MAX = 200
_ROW_LENGTH_MAX = 1 << 20
_SAMPLE_ROWS = 50
_QUESTION_NAMES = (
    *("question", "prompt", "instruction", "query", "input", "user", "human", "request"),
    *("frage", "problem", "source", "src", "original", "source_text"),
)
_ANSWER_NAMES = (
    *("answer", "response", "completion", "output", "assistant", "reply", "gpt", "chosen"),
    *("antwort", "solution", "target", "tgt", "translation", "target_text", "summary", "label"),
)
_SYSTEM_NAMES = ("system", "system_prompt", "system prompt")
_CONTEXT_NAMES = ("context", "input", "passage", "background")
_TEXT_NAMES = ("text", "content", "body", "document", "article")


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a text file holds its table. ``quotes``: a quoted field may hold delimiters and line ends."""

    delimiter: str
    quotes: bool
    has_header: bool
    first_row: tuple[str, ...]

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


def table_form(lines: Sequence[str]) -> TableForm | None:
    """Return how a file that begins with ``lines`` holds a table, None if it holds none."""
    best: TableForm | None = None
    best_score = 0.0
    for delimiter in _DELIMITERS:
        quotes = _quotes_make_sense(lines, delimiter)
        rows = [row.cells for row in _rows(iter(_numbered(lines)), delimiter, quotes) if isinstance(row, Row)]
        rows = rows[: -1 if len(rows) > 2 and quotes else None][:_SAMPLE_ROWS]
        widths = Counter(map(len, rows))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = count / len(rows) + (0.1 if delimiter == "\t" else 0.0)
        if width >= 2 and count * 10 >= len(rows) * 8 and score > best_score:
            best_score = score
            first_row = tuple(name.strip() for name in next(row for row in rows if len(row) == width))
            best = TableForm(delimiter, quotes, _is_header(rows), first_row)
    return best


def read_rows(path: Path, form: TableForm) -> Iterator[Row | Problem]:
    """Yield the rows of a table, its header left out.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    is_first = True
    for row in _rows(read_lines(path), form.delimiter, form.quotes):
        if isinstance(row, ProblemAt):
            yield Problem(path, row.line, row.kind)
        elif is_first and form.has_header:
            is_first = False
        else:
            is_first = False
            yield row


def guess_mapping(columns: Sequence[str], num_columns: int | None = None) -> ColumnMapping:
    """Return what the names of columns suggest; two columns without known names are question and answer."""
    names = [name.strip().lower() for name in columns]
    width = num_columns or len(names)

    def find(known: Sequence[str], *taken: int | None) -> int | None:
        found = (names.index(name) for name in known if name in names)
        return next((at for at in found if at not in taken), None)

    answer = find(_ANSWER_NAMES)
    question = find(_QUESTION_NAMES, answer)
    if question is not None and answer is not None:
        context = find(_CONTEXT_NAMES, question, answer)
        return ColumnMapping(question, answer, context, find(_SYSTEM_NAMES))
    codes = [name.replace("_", "-").partition("-")[0] for name in names]
    if width == 2 and codes[0] != codes[1] and all(code in LANGUAGES for code in codes):
        return ColumnMapping(0, 1, languages=(codes[0], codes[1]))
    text = find(_TEXT_NAMES)
    if text is not None:
        return ColumnMapping(text=text)
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


@dataclass(frozen=True, slots=True)
class ProblemAt:
    """A problem in lines whose file is not known."""

    line: int
    kind: ProblemKind


def _rows(lines: Iterator[Line], delimiter: str, quotes: bool) -> Iterator[Row | ProblemAt]:
    waiting: deque[Line] = deque()
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        if line.is_cut:
            yield ProblemAt(line.number, ProblemKind.LINE_TOO_LONG)
            continue
        if not line.text.strip():
            continue
        block = [line]
        is_open = quotes and line.text.count('"') % 2 == 1
        length = len(line.text)
        while is_open and len(block) < _ROW_LINES_MAX and length < _ROW_LENGTH_MAX:
            following = waiting.popleft() if waiting else next(lines, None)
            if following is None:
                break
            block.append(following)
            length += len(following.text)
            is_open = following.text.count('"') % 2 == 0
        if is_open:
            yield ProblemAt(line.number, ProblemKind.OPEN_QUOTE)
            waiting.extendleft(reversed(block[1:]))
            continue
        cells = _cells([part.text for part in block], delimiter, quotes)
        if cells is None:
            yield ProblemAt(line.number, ProblemKind.OPEN_QUOTE)
        elif any(map(str.strip, cells)):
            yield Row(line.number, cells, all(part.is_utf8 for part in block))


def _cells(texts: Sequence[str], delimiter: str, quotes: bool) -> tuple[str, ...] | None:
    if not quotes:
        return tuple(texts[0].split(delimiter))
    if '"' not in texts[0]:
        return tuple(texts[0].split(delimiter))
    # Field by field by the csv module, whose limit is one for the whole program and at least this large.
    reader = csv.reader(iter(["\n".join(texts)]), delimiter=delimiter)
    try:
        return tuple(cell for row in reader for cell in row)
    except csv.Error:
        return None


def _numbered(lines: Sequence[str]) -> list[Line]:
    return [Line(number, text) for number, text in enumerate(lines, 1)]


def _quotes_make_sense(lines: Sequence[str], delimiter: str) -> bool:
    """Tell quoting from quotation marks, as a tab-separated corpus has them: a quoted field begins with one.

    Inside a field a quote is doubled or belongs to a field that began on an earlier line.
    """
    if delimiter != "\t":
        return True
    with_quotes = [line for line in lines if '"' in line]
    quoted = [
        line
        for line in with_quotes
        if any(field.startswith('"') and field.endswith('"') and len(field) > 1 for field in line.split("\t"))
    ]
    return bool(with_quotes) and len(quoted) * 2 > len(with_quotes)


def _is_header(rows: Sequence[tuple[str, ...]]) -> bool:
    """Tell a row of names: a known name, or short words above much longer texts."""
    first = [cell.strip().lower() for cell in rows[0]]
    if not all(first) or len(set(first)) < len(first):
        return False
    known = {*_QUESTION_NAMES, *_ANSWER_NAMES, *_SYSTEM_NAMES, *_CONTEXT_NAMES, *_TEXT_NAMES}
    if any(name in known for name in first):
        return True
    if all(name.replace("_", "-").partition("-")[0] in LANGUAGES for name in first):
        return True
    rest = [len(cell) for row in rows[1:] for cell in row]
    longest = max(map(len, first))
    return bool(rest) and longest <= 20 and sum(rest) / len(rest) > longest * 3
