"""Where examples come from, and how each kind of source is read: a stream of examples and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document, Sheet
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.errors import AppError
from lmstudio_lite.finetune.data.json_records import JsonRecord, read_json_lines, read_json_values
from lmstudio_lite.finetune.data.parallel import LinePair, read_pairs
from lmstudio_lite.finetune.data.problems import FIXABLE, Problem, ProblemKind, place
from lmstudio_lite.finetune.data.records import (
    PairPrompt,
    Shape,
    convert,
    text_example,
    translation_example,
)
from lmstudio_lite.finetune.data.tables import ColumnMapping, Row, TableForm, convert_row, read_rows
from lmstudio_lite.finetune.data.texts import cut_lines, read_text
from lmstudio_lite.finetune.data.turns import RecordError
from lmstudio_lite.finetune.data.unfolding import unfolded

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.tmx import Unit

Item = TrainingExample | Problem
PIECE_LENGTH_DEFAULT = 6000


class FileFormat(StrEnum):
    """How a file holds its examples."""

    JSON_LINES = "json_lines"
    JSON_VALUES = "json_values"
    TABLE = "table"
    SPREADSHEET = "spreadsheet"
    TMX = "tmx"
    TEXT = "text"
    DOCUMENT = "document"


class Reader(Protocol):
    """What ``documents.client.DocumentReader`` is to this module."""

    def read(self, path: Path, cancellation: Cancellation | None = None) -> Document: ...
    def read_sheets(self, path: Path, cancellation: Cancellation | None = None) -> tuple[Sheet, ...]: ...


@dataclass(frozen=True, slots=True)
class FileSource:
    """One file. ``mapping`` and ``table`` are of tables, ``languages`` (ISO 639-1) of memories.

    ``shape`` is what the first JSON record is like; others may differ. ``is_wrapped`` where the records stand
    in an array within one object.
    """

    path: Path
    format: FileFormat
    shape: Shape | None = None
    table: TableForm | None = None
    mapping: ColumnMapping | None = None
    languages: tuple[str, str] = ("", "")
    is_wrapped: bool = False

    @property
    def name(self) -> str:
        return place(self.path, 0)


@dataclass(frozen=True, slots=True)
class ParallelSource:
    """Two files whose lines are each other's translations."""

    path: Path
    target_path: Path
    languages: tuple[str, str]

    @property
    def name(self) -> str:
        return f"{place(self.path, 0)} + {place(self.target_path, 0)}"


@dataclass(frozen=True, slots=True)
class StoredSource:
    """Examples from the program's own data; ``examples`` begins anew with every call.

    ``kind`` is what brings the source back after a restart, a word of whoever made it.
    """

    name: str
    kind: str
    examples: Callable[[], Iterator[Item]]


Source = FileSource | ParallelSource | StoredSource


def plain_pair_prompt(text: str, source: str, target: str) -> tuple[Message, ...]:
    """Ask for a translation by the languages' codes; callers that have better words pass their own."""
    return (Message(Role.USER, f"Translate from {source or 'any language'} to {target}:\n\n{text}"),)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """``fixes`` are the kinds of problems to mend; ``piece_length`` (characters) cuts plain texts."""

    fixes: frozenset[ProblemKind] = FIXABLE
    pair_prompt: PairPrompt = plain_pair_prompt
    piece_length: int = PIECE_LENGTH_DEFAULT
    cancellation: Cancellation = field(default_factory=Cancellation)


def read_source(source: Source, options: ReadOptions, reader: Reader) -> Iterator[Item]:
    """Yield what a source holds. What can't be read at all is one problem of the whole file."""
    if isinstance(source, StoredSource):
        yield from source.examples()
        return
    try:
        if isinstance(source, ParallelSource):
            yield from _parallel(source, options)
        else:
            yield from _file(source, options, reader)
    except AppError as error:
        if error.code == "cancelled":
            raise
        yield Problem(source.path, 0, ProblemKind.UNREADABLE, error.code)
    except (ValueError, OSError) as error:
        yield Problem(source.path, 0, ProblemKind.UNREADABLE, type(error).__name__)


def _file(source: FileSource, options: ReadOptions, reader: Reader) -> Iterator[Item]:
    match source.format:
        case FileFormat.JSON_LINES:
            return _json(source, read_json_lines(source.path, options.fixes), options)
        case FileFormat.JSON_VALUES:
            values = read_json_values(source.path, options.fixes, is_wrapped=source.is_wrapped)
            return _json(source, values, options)
        case FileFormat.TABLE:
            assert source.table is not None
            return _table(source, read_rows(source.path, source.table), options)
        case FileFormat.SPREADSHEET:
            return _table(source, _sheet_rows(source, options, reader), options)
        case FileFormat.TMX:
            return _memory(source, options)
        case FileFormat.TEXT:
            pieces = read_text(source.path, options.piece_length)
            return (TrainingExample(text=piece.text, at=place(source.path, piece.line)) for piece in pieces)
        case FileFormat.DOCUMENT:
            return _document(source, options, reader)


def _json(
    source: FileSource, records: Iterator[JsonRecord | Problem], options: ReadOptions
) -> Iterator[Item]:
    for record in records:
        if isinstance(record, Problem):
            yield record
            continue
        at = place(source.path, record.line)
        for value in unfolded(record.value):
            try:
                converted = convert(value, at, options.fixes, options.pair_prompt)
            except RecordError as error:
                yield Problem(source.path, record.line, error.kind, error.detail)
                continue
            for kind in (*record.fixed, *converted.fixed):
                yield Problem(source.path, record.line, kind, is_fixed=True)
            yield converted.example


def _table(source: FileSource, rows: Iterator[Row | Problem], options: ReadOptions) -> Iterator[Item]:
    mapping = source.mapping
    if mapping is None or not mapping.is_usable:
        yield Problem(source.path, 0, ProblemKind.WRONG_COLUMNS)
        return
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        try:
            if not row.is_utf8 and ProblemKind.NOT_UTF8 not in options.fixes:
                raise RecordError(ProblemKind.NOT_UTF8)
            at = place(source.path, row.line)
            converted = convert_row(row, mapping, at, options.fixes, options.pair_prompt)
        except RecordError as error:
            yield Problem(source.path, row.line, error.kind, error.detail)
            continue
        fixed = converted.fixed if row.is_utf8 else (ProblemKind.NOT_UTF8, *converted.fixed)
        for kind in fixed:
            yield Problem(source.path, row.line, kind, is_fixed=True)
        yield converted.example


def _sheet_rows(source: FileSource, options: ReadOptions, reader: Reader) -> Iterator[Row]:
    """Yield the rows of the first sheet; its header is left out where the source says that it has one."""
    rows = reader.read_sheets(source.path, options.cancellation)[0].rows
    has_header = source.table is not None and source.table.has_header
    for number, cells in enumerate(rows, 1):
        if any(map(str.strip, cells)) and (number > 1 or not has_header):
            yield Row(number, cells)


def _memory(source: FileSource, options: ReadOptions) -> Iterator[Item]:
    # Imported late: a parser of XML, which opening the Fine-tune window does without.
    from lmstudio_lite.finetune.data.tmx import read_tmx

    for unit in read_tmx(source.path):
        if isinstance(unit, Problem):
            yield unit
        else:
            yield _unit_example(source, unit, options)


def _unit_example(source: FileSource, unit: Unit, options: ReadOptions) -> Item:
    from lmstudio_lite.finetune.data.tmx import choose_texts

    chosen = choose_texts(unit, source.languages)
    if chosen is None:
        return Problem(source.path, unit.line, ProblemKind.NO_PAIR)
    (source_language, text), (target_language, translation) = chosen
    languages = (source_language, target_language)
    at = place(source.path, unit.line)
    try:
        return translation_example(text, translation, languages, at, options.pair_prompt)
    except RecordError as error:
        return Problem(source.path, unit.line, error.kind, error.detail)


def _parallel(source: ParallelSource, options: ReadOptions) -> Iterator[Item]:
    for pair in read_pairs(source.path, source.target_path):
        yield _pair_example(source, pair, options) if isinstance(pair, LinePair) else pair


def _pair_example(source: ParallelSource, pair: LinePair, options: ReadOptions) -> Item:
    at = place(source.path, pair.number)
    try:
        return translation_example(pair.source, pair.target, source.languages, at, options.pair_prompt)
    except RecordError as error:
        return Problem(source.path, pair.number, error.kind, error.detail)


def _document(source: FileSource, options: ReadOptions, reader: Reader) -> Iterator[Item]:
    document = reader.read(source.path, options.cancellation)
    lines = enumerate(document.text.splitlines(), 1)
    for piece in cut_lines(lines, options.piece_length):
        try:
            yield text_example(piece.text, place(source.path, piece.line))
        except RecordError as error:
            yield Problem(source.path, piece.line, error.kind)
