"""What a dropped file is, judged by its content; its name breaks ties between kinds of text."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from itertools import islice
from pathlib import Path

from lmstudio_lite.documents.formats import Kind, detect_format
from lmstudio_lite.documents.opening import open_document, opening_error
from lmstudio_lite.documents.plain.separated_values import Dialect
from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.errors import AppError, DatasetUnknownError
from lmstudio_lite.files import open_regular
from lmstudio_lite.finetune.data.json_records import (
    JsonRecord,
    decode_value,
    objects_within,
    read_json_values,
)
from lmstudio_lite.finetune.data.problems import FIXABLE
from lmstudio_lite.finetune.data.records import Shape, shape_of
from lmstudio_lite.finetune.data.sources import FileFormat, FileSource, Reader
from lmstudio_lite.finetune.data.tables import (
    ColumnMapping,
    TableForm,
    guess_mapping,
    sample_rows,
    table_form,
)
from lmstudio_lite.finetune.data.text_lines import SAMPLE_BYTES, open_text, read_lines
from lmstudio_lite.finetune.data.unfolding import unfolded

_SAMPLE_LINES = 60
_LINE_LENGTH = 1 << 20
_BINARY = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"%PDF-",
    b"{\\rtf",
    b"\xd0\xcf\x11\xe0",
    b"<!doctype html",
    b"<html",
)
_JSON_BEGINS = re.compile(r"\s*(?:\{\s*[\"'}]|\[\s*[\[{\"\]])")
_SHEET_SUFFIXES = frozenset((".xlsx", ".xls", ".ods", ".xlsm"))
_SOURCE_NAMES = frozenset(("source", "src", "original", "source_text"))
_SEPARATED_SUFFIXES = frozenset((".csv", ".tsv", ".tab"))


def detect_source(path: Path, reader: Reader) -> FileSource:
    """Return how to read the file at ``path``. Waits where a spreadsheet must be opened for its columns.

    Raises:
        DatasetUnknownError: nothing that could hold examples.
        DocumentError: the file is gone, is no regular file or can't be opened.
    """
    try:
        with open_document(path) as file:
            head = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise opening_error(path, error) from None
    if head.lstrip().startswith(_BINARY):
        return _binary(path, head, reader)
    if not head.strip() or detect_format(head, path.name).kind in (Kind.UNSUPPORTED, Kind.PICTURE):
        raise DatasetUnknownError(path=str(path))
    try:
        lines = [line.text for line in islice(read_lines(path), _SAMPLE_LINES)]
    except (ValueError, OSError):
        raise DatasetUnknownError(path=str(path)) from None
    return _text(path, [line[:_LINE_LENGTH] for line in lines])


def _binary(path: Path, head: bytes, reader: Reader) -> FileSource:
    if not _is_sheet(path, head):
        return FileSource(path, FileFormat.DOCUMENT)
    rows = reader.read_sheets(path)[0].rows
    form = table_form(["\t".join(" ".join(cell.split()) for cell in row) for row in rows[:_SAMPLE_LINES]])
    if form is None or form.dialect.delimiter != "\t":
        first_row = tuple(rows[0]) + ("",) * (max(map(len, rows)) - len(rows[0]))
        form = TableForm(Dialect("\t", quote=""), has_header=False, first_row=first_row)
    columns = form.columns
    sample = [row for row in rows[:_SAMPLE_LINES] if len(row) == len(columns)]
    mapping = _mapping(columns, [list(row) for row in sample[form.has_header :]])
    return FileSource(path, FileFormat.SPREADSHEET, table=form, mapping=mapping)


def _is_sheet(path: Path, head: bytes) -> bool:
    if head.startswith(b"PK"):
        try:
            with open_regular(path) as file, zipfile.ZipFile(file) as archive:
                names = archive.NameToInfo
                if "xl/workbook.xml" in names:
                    return True
                if "mimetype" not in names or names["mimetype"].file_size > _SAMPLE_LINES * 2:
                    return False
                return b"opendocument.spreadsheet" in archive.read("mimetype")
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
            return path.suffix.lower() in _SHEET_SUFFIXES
    return head.startswith(b"\xd0\xcf\x11\xe0") and path.suffix.lower() == ".xls"


def _text(path: Path, lines: list[str]) -> FileSource:
    beginning = "\n".join(lines)
    if _JSON_BEGINS.match(beginning):
        found = _json(path, lines)
        if found is not None:
            return found
    if re.match(r"\s*(?:<\?xml|<!DOCTYPE|<tmx)", beginning) and "<tmx" in beginning[:4096]:
        return FileSource(path, FileFormat.TMX)
    if beginning.lstrip()[:256].lower().startswith(("<!doctype html", "<html")):
        return FileSource(path, FileFormat.DOCUMENT)
    form = table_form(lines, is_table=path.suffix.lower() in _SEPARATED_SUFFIXES)
    if form is not None and _is_table(path, form, lines):
        rows = [list(row) for row in sample_rows(lines, form)]
        return FileSource(path, FileFormat.TABLE, table=form, mapping=_mapping(form.columns, rows))
    kind = detect_format(beginning.encode("utf-8", "replace"), path.name).kind
    return FileSource(path, FileFormat.TEXT if kind in (Kind.PLAIN, Kind.MARKDOWN) else FileFormat.DOCUMENT)


def _json(path: Path, lines: list[str]) -> FileSource | None:
    """Tell a value a line from values that spread over lines, and what the first ones are like."""
    is_array = next(line for line in lines if line.strip()).lstrip().startswith("[")
    if not is_array and (wrapped := _main_shape(objects_within(_beginning(path)))):
        by_line = [value for line in lines if (value := _decoded(line)) is not None]
        if not _main_shape(by_line):
            return FileSource(path, FileFormat.JSON_VALUES, shape=wrapped, is_wrapped=True)
    by_line = [] if is_array else [value for line in lines if (value := _decoded(line)) is not None]
    if by_line:
        return FileSource(path, FileFormat.JSON_LINES, shape=_main_shape(by_line))
    records = islice(read_json_values(path, FIXABLE), _SAMPLE_LINES)
    try:
        values = [record.value for record in records if isinstance(record, JsonRecord)]
    except (ValueError, OSError):
        return None
    return FileSource(path, FileFormat.JSON_VALUES, shape=_main_shape(values)) if values else None


def _beginning(path: Path) -> str:
    try:
        with open_text(path) as file:
            return file.read(SAMPLE_BYTES)
    except (ValueError, OSError):
        return ""


def _decoded(line: str) -> object | None:
    """Return the object that a line holds, None if it holds none; arrays hold other values."""
    try:
        value = decode_value(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        return {} if line.startswith("{'") and line.rstrip(" ,").endswith("}") else None
    return value if isinstance(value, dict) and not line.startswith((" ", "\t")) else None


def _main_shape(values: list[object]) -> Shape | None:
    records = [record for value in values for record in unfolded(value)[:_SAMPLE_LINES]]
    shapes = Counter(shape for record in records if (shape := shape_of(record)) is not None)
    return shapes.most_common(1)[0][0] if shapes else None


def _is_table(path: Path, form: TableForm, lines: list[str]) -> bool:
    """Tell a table from prose with a comma in each line."""
    if form.dialect.delimiter == "\t" or path.suffix.lower() in _SEPARATED_SUFFIXES:
        return True
    if len(lines) < 2:
        return False
    return guess_mapping(form.columns).is_usable and form.has_header


def _mapping(columns: tuple[str, ...], rows: list[list[str]]) -> ColumnMapping:
    """Guess the columns' use; two columns in two languages are a text and its translation."""
    mapping = guess_mapping(columns)
    may_be_pairs = columns == ("1", "2") or columns[0].strip().lower() in _SOURCE_NAMES
    if len(columns) == 2 and mapping.languages is None and may_be_pairs and rows:
        languages = tuple(detect_language("\n".join(row[column] for row in rows)) for column in (0, 1))
        if all(languages) and languages[0] != languages[1]:
            first, second = mapping.question or 0, mapping.answer if mapping.answer is not None else 1
            pair = (languages[first], languages[second])
            return ColumnMapping(first, second, languages=pair)
    return mapping


def find_pairs(paths: list[Path], reader: Reader) -> list[tuple[Path, Path]]:
    """Return which of the dropped text files belong together: as many lines, names that tell languages."""
    from lmstudio_lite.finetune.data.parallel import languages_by_name

    pairs: list[tuple[Path, Path]] = []
    left = sorted(paths)
    while left:
        path = left.pop(0)
        partner = next((other for other in left if languages_by_name(path, other)), None)
        if partner is None or not (_is_plain(path, reader) and _is_plain(partner, reader)):
            continue
        if _num_lines(path) == _num_lines(partner):
            pairs.append((path, partner))
            left.remove(partner)
    return pairs


def _is_plain(path: Path, reader: Reader) -> bool:
    try:
        return detect_source(path, reader).format is FileFormat.TEXT
    except AppError:
        return False


def _num_lines(path: Path) -> int:
    with open_regular(path) as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
