"""What the document helper is asked and what it answers: one JSON value each, then it ends.

The texts that are to be written into a file may be as long as a book: they follow the request in a frame.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.domain.documents import Document, Sheet
from lmstudio_lite.domain.units import FileUnits, ReadUnitsOptions, UnitText, WriteUnitsOptions
from lmstudio_lite.errors import (
    AppError,
    Detail,
    InvariantError,
    StorageError,
    error_from_code,
    error_kinds,
)

Answer = TypeVar("Answer")


class ReadRequest(msgspec.Struct, frozen=True, tag="read"):
    """A document to read. ``path`` keeps undecodable bytes as surrogates, here and in the other requests.

    ``wants_sheets`` asks for a spreadsheet's cells instead of its text. ``encoding`` is what the user says a
    text is in, ``kept_encoding`` what they said of this path before; "" for nothing. ``keeps_form`` asks for
    a text that a translation can be put back into.
    """

    path: str
    limits: ReadLimits
    wants_sheets: bool = False
    encoding: str = ""
    kept_encoding: str = ""
    keeps_form: bool = False


class UnitsRequest(msgspec.Struct, frozen=True, tag="units"):
    """The units of a file to read."""

    path: str
    limits: ReadLimits
    options: ReadUnitsOptions


class WriteRequest(msgspec.Struct, frozen=True, tag="write"):
    """A translation to write to ``target``; ``TextsToWrite`` follow in a frame."""

    path: str
    limits: ReadLimits
    options: ReadUnitsOptions
    wanted: WriteUnitsOptions
    target: str


HelperRequest = ReadRequest | UnitsRequest | WriteRequest


class TextsToWrite(msgspec.Struct, frozen=True):
    """``texts`` are by the numbers of their units."""

    texts: dict[int, UnitText]


class ReadDone(msgspec.Struct, frozen=True, tag="done"):
    """``document.path`` is None: only the caller knows it for sure, and JSON can't carry all paths."""

    document: Document


class SheetsRead(msgspec.Struct, frozen=True, tag="sheets"):
    sheets: tuple[Sheet, ...]


class UnitsRead(msgspec.Struct, frozen=True, tag="units"):
    units: FileUnits


class Written(msgspec.Struct, frozen=True, tag="written"):
    """``changes`` are codes for ``words``: what had to become otherwise than the source's."""

    changes: tuple[str, ...]


class ReadFailed(msgspec.Struct, frozen=True, tag="failed"):
    """An ``AppError`` without its path."""

    code: str
    details: dict[str, Detail]


HelperAnswer = ReadDone | SheetsRead | UnitsRead | Written | ReadFailed


def answer_with_document(document: Document) -> ReadDone:
    return ReadDone(replace(document, path=None))


def answer_with_error(error: AppError) -> ReadFailed:
    return ReadFailed(error.code, {name: value for name, value in error.details.items() if name != "path"})


def document_from_answer(answer: HelperAnswer, path: Path) -> Document:
    """Return the document that was read.

    Raises:
        AppError: the one that the helper met.
    """
    return replace(_expected(answer, ReadDone, path).document, path=path)


def sheets_from_answer(answer: HelperAnswer, path: Path) -> tuple[Sheet, ...]:
    """Return the sheets that were read. Raises as ``document_from_answer``."""
    return _expected(answer, SheetsRead, path).sheets


def units_from_answer(answer: HelperAnswer, path: Path) -> FileUnits:
    """Return the units that were read. Raises as ``document_from_answer``."""
    return _expected(answer, UnitsRead, path).units


def changes_from_answer(answer: HelperAnswer, path: Path, target: Path) -> tuple[str, ...]:
    """Return what had to become otherwise. Raises as above; a ``StorageError`` is about ``target``."""
    if isinstance(answer, ReadFailed) and issubclass(error_kinds().get(answer.code, AppError), StorageError):
        path = target
    return _expected(answer, Written, path).changes


def _expected(answer: HelperAnswer, kind: type[Answer], path: Path) -> Answer:
    if isinstance(answer, ReadFailed):
        raise error_from_code(answer.code, {"path": str(path), **answer.details})
    if not isinstance(answer, kind):
        raise InvariantError(f"the helper was asked for {kind.__name__}")
    return answer
