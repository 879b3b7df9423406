"""``classify FILE|-`` and ``extract FILE|-``: a label or values for each row, printed or written to a file.

Each answer is kept as soon as it is there: the same command goes on where it was killed or stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from lmstudio_lite.app.batch.classify import ClassifyRows
from lmstudio_lite.app.batch.extract import ExtractRows
from lmstudio_lite.app.batch.labels import PRESETS, parse_labels
from lmstudio_lite.app.batch.output import (
    SUFFIXES,
    as_cell,
    extracted_to_json,
    labelled_to_json,
    write_extracted,
    write_labelled,
)
from lmstudio_lite.app.batch.rows import (
    BatchInput,
    column_rows,
    is_table,
    open_table,
    parse_table,
    read_file_text,
    read_lines,
)
from lmstudio_lite.app.batch.schemas import open_schema
from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.read import open_reader
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    STANDARD_INPUT,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    paths_of,
    print_json,
    services_with_model,
    show_unsaved,
    standard_input,
)
from lmstudio_lite.domain.batch import BatchProgress, Confusion, Extracted, Labelled
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import DocumentEmptyError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.batch import say_batch_progress, say_cut, say_empty, say_flag, say_judged, say_known
from lmstudio_lite.words.translate import tr


def classify(options: argparse.Namespace) -> int:
    """Label the rows of one input."""
    if (options.labels is None) == (options.preset is None):
        complain(tr("classify takes --labels A,B or --preset NAME: one of them."))
        return EXIT_USAGE
    labels = PRESETS[options.preset] if options.preset else parse_labels(options.labels)
    if not _is_usable(options):
        return EXIT_USAGE
    if missing_files([options.source], as_json=options.json):
        return EXIT_FAILED
    rows = _rows(options, options.truth or "")
    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        heard = ClassifyRows(services, labels, rows.rows).run(_context(cancellation))
        labelled = heard.labelled(labels)
        if options.output is None and options.json:
            print_json(labelled_to_json(labelled))
        elif options.output is None:
            _put_lines(
                f"{each.label}\t{each.certainty:.2f}\t{safe_line(each.row.text)}" for each in labelled.rows
            )
        else:
            write_labelled(labelled, options.output)
        _note_labelled(labelled, rows.num_empty, heard.num_known)
        return _ended(services, options)


def extract(options: argparse.Namespace) -> int:
    """Take the values out of the rows of one input."""
    if not _is_usable(options):
        return EXIT_USAGE
    if missing_files([options.source], as_json=options.json):
        return EXIT_FAILED
    schema = open_schema(options.schema)
    rows = _rows(options)
    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        found = ExtractRows(services, schema, rows.rows).run(_context(cancellation))
        if options.output is None and options.json:
            print_json(extracted_to_json(schema.fields, found.rows))
        elif options.output is None:
            _put_lines(_value_lines(schema.fields, found.rows))
        else:
            write_extracted(schema.fields, found.rows, options.output)
        _note_all(say_empty(rows.num_empty), say_known(found.num_known))
        return _ended(services, options)


def _is_usable(options: argparse.Namespace) -> bool:
    output: Path | None = options.output
    if output is not None and output.suffix.lower() not in SUFFIXES:
        complain(
            tr("{0} can't be written: name a file that ends in {1}.").format(output.name, ", ".join(SUFFIXES))
        )
        return False
    return True


def _rows(options: argparse.Namespace, truth: str = "") -> BatchInput:
    """Read the input: a column where the file is a table or one is named, else its lines."""
    column = options.column or ""
    if options.source == "-":
        text, path = standard_input(options.encoding).text, Path(tr(STANDARD_INPUT))
        if not column and not truth:
            return _lines(text, path)
        return column_rows(parse_table(text, path, column=column), path, column, truth)
    path = Path(options.source).expanduser()
    if is_table(path):
        with cancelled_by_ctrl_c() as cancellation:
            reader = open_reader(paths_of(options))
            table = open_table(path, reader, cancellation, encoding=options.encoding, column=column)
        return column_rows(table, path, column, truth)
    text = read_file_text(path, options.encoding)
    if not column and not truth:
        return _lines(text, path)
    return column_rows(parse_table(text, path, column=column), path, column, truth)


def _lines(text: str, path: Path) -> BatchInput:
    found = read_lines(text)
    if not found.rows:
        raise DocumentEmptyError(path=str(path))
    return found


def _context(cancellation: Cancellation) -> JobContext:
    progress = Progress()

    def report(event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if isinstance(value, BatchProgress):
            progress.show(say_batch_progress(value))
            if value.num_done == value.num_total:
                progress.end()

    return JobContext(cancellation, report)


def _put_lines(lines: Iterator[str]) -> None:
    put("".join(f"{line}\n" for line in lines))


def _value_lines(fields: Sequence[str], rows: Sequence[Extracted]) -> Iterator[str]:
    yield "\t".join((*map(safe_line, fields), tr("text")))
    for each in rows:
        cells = []
        for name in fields:
            flag = each.flags.get(name)
            cell = safe_line(str(as_cell(each.values.get(name))))
            cells.append(f"{cell} [{say_flag(flag)}]" if flag else cell)
        whole = each.flags.get("")
        cells.append(safe_line(each.row.text) + (f" [{say_flag(whole)}]" if whole else ""))
        yield "\t".join(cells)


def _note_labelled(labelled: Labelled, num_empty: int, num_known: int) -> None:
    _note_all(say_empty(num_empty), say_cut(sum(each.is_cut for each in labelled.rows)), say_known(num_known))
    if labelled.judged is not None:
        note(say_judged(labelled.judged.confusion, labelled.judged.error))
        for line in _confusion_lines(labelled.judged.confusion):
            note(line)


def _confusion_lines(confusion: Confusion) -> Iterator[str]:
    """Yield a table: a row for each true label, a column for each that was given."""
    names = [safe_line(label) for label in confusion.labels]
    width = max(map(len, names))
    yield " " * width + "".join(f"  {name}" for name in names) + "  " + tr("← given, true ↓")
    for name, counts in zip(names, confusion.counts, strict=True):
        cells = (f"  {count:>{len(given)}}" for count, given in zip(counts, names, strict=True))
        yield name.ljust(width) + "".join(cells)


def _note_all(*sentences: str) -> None:
    for sentence in filter(None, sentences):
        note(sentence)


def _ended(services: Services, options: argparse.Namespace) -> int:
    return EXIT_FAILED if show_unsaved(services, as_json=options.json) else EXIT_OK
