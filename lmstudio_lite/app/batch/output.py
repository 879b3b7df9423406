"""A batch's results as tables and as plain JSON values; read back they hold the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from lmstudio_lite.domain.batch import Classified, Confusion, Extracted, Labelled
from lmstudio_lite.formats.tables import Cell, to_csv, to_tsv, to_xlsx
from lmstudio_lite.paths import replace_file

Json = dict[str, object]
SUFFIXES = (".csv", ".tsv", ".xlsx", ".json")


def labelled_to_json(labelled: Labelled) -> Json:
    """Return labels, rows of ``text``, ``label`` and ``probabilities``, and what is known of their worth."""
    calibration, judged = labelled.calibration, labelled.judged
    found: Json = {
        "labels": list(labelled.labels),
        "rows": [_classified(row, labelled.labels) for row in labelled.rows],
        "calibration": {
            "temperature": calibration.temperature,
            "biases": list(calibration.biases),
            "num_fitted": calibration.num_fitted,
        },
    }
    if judged is not None:
        found["confusion"] = confusion_to_json(judged.confusion)
        found["calibration_error"] = judged.error
    return found


def confusion_to_json(confusion: Confusion) -> Json:
    """Return the counts by true label, then by given label."""
    counts = {
        truth: dict(zip(confusion.labels, row, strict=True))
        for truth, row in zip(confusion.labels, confusion.counts, strict=True)
    }
    return {
        "counts": counts,
        "accuracy": confusion.accuracy,
        "num_rows": confusion.num_rows,
        "num_unknown": confusion.num_unknown,
    }


def extracted_to_json(fields: Sequence[str], rows: Sequence[Extracted]) -> Json:
    """Return fields and rows of ``text``, ``values`` and ``flags`` (by field, "" for the whole row)."""
    listed = [
        {
            "row": each.row.number,
            "text": each.row.text,
            "values": {name: each.values.get(name) for name in fields},
            "flags": {name: flag.value for name, flag in each.flags.items()},
        }
        for each in rows
    ]
    return {"fields": list(fields), "rows": listed}


def labelled_table(labelled: Labelled) -> Iterator[list[Cell]]:
    """Yield the rows of a table, its head first; a true label has a column where there is one."""
    has_truth = any(each.row.truth for each in labelled.rows)
    yield ["text", *(["truth"] if has_truth else []), "label", "probability", *labelled.labels]
    for each in labelled.rows:
        truth: list[Cell] = [each.row.truth] if has_truth else []
        yield [each.row.text, *truth, each.label, each.certainty, *each.probabilities]


def extracted_table(fields: Sequence[str], rows: Sequence[Extracted]) -> Iterator[list[Cell]]:
    """Yield the rows of a table, its head first; ``flags`` are the codes, with their field."""
    yield ["text", *fields, "flags"]
    for each in rows:
        flags = ", ".join(f"{name}:{flag}" if name else flag.value for name, flag in each.flags.items())
        yield [each.row.text, *(as_cell(each.values.get(name)) for name in fields), flags]


def write_labelled(labelled: Labelled, path: Path) -> None:
    """Write the rows in the form that the file's suffix names, whole or not at all. Raises StorageError."""
    _write(path, labelled_table(labelled), labelled_to_json(labelled))


def write_extracted(fields: Sequence[str], rows: Sequence[Extracted], path: Path) -> None:
    """Like ``write_labelled``."""
    _write(path, extracted_table(fields, rows), extracted_to_json(fields, rows))


def as_cell(value: object) -> Cell:
    """Return a value as a cell shows it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def _classified(each: Classified, labels: Sequence[str]) -> Json:
    found: Json = {
        "row": each.row.number,
        "text": each.row.text,
        "label": each.label,
        "probabilities": dict(zip(labels, each.probabilities, strict=True)),
    }
    if each.row.truth:
        found["truth"] = each.row.truth
    if each.is_cut:
        found["is_cut"] = True
    return found


def _write(path: Path, table: Iterator[list[Cell]], values: Json) -> None:
    match path.suffix.lower():
        case ".json":
            content = (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
        case ".xlsx":
            content = to_xlsx(table)
        case ".tsv":
            content = to_tsv(table)
        case _:
            content = to_csv(table)
    replace_file(path, content, is_private=False)
