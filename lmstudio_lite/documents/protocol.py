"""What the document helper is asked and what it answers: one JSON value each, then it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.domain.documents import Document, Sheet
from lmstudio_lite.errors import AppError, Detail, InvariantError, error_from_code


class ReadRequest(msgspec.Struct, frozen=True):
    """The helper's only command line argument, as JSON. ``path`` keeps undecodable bytes as surrogates.

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


class ReadDone(msgspec.Struct, frozen=True, tag="done"):
    """``document.path`` is None: only the caller knows it for sure, and JSON can't carry all paths."""

    document: Document


class SheetsRead(msgspec.Struct, frozen=True, tag="sheets"):
    sheets: tuple[Sheet, ...]


class ReadFailed(msgspec.Struct, frozen=True, tag="failed"):
    """An ``AppError`` without its path."""

    code: str
    details: dict[str, Detail]


ReadAnswer = ReadDone | SheetsRead | ReadFailed


def answer_with_document(document: Document) -> ReadDone:
    return ReadDone(replace(document, path=None))


def answer_with_error(error: AppError) -> ReadFailed:
    return ReadFailed(error.code, {name: value for name, value in error.details.items() if name != "path"})


def document_from_answer(answer: ReadAnswer, path: Path) -> Document:
    """Return the document that was read.

    Raises:
        AppError: the one that the helper met.
    """
    match answer:
        case ReadFailed(code=code, details=details):
            raise error_from_code(code, {"path": str(path), **details})
        case ReadDone(document=document):
            return replace(document, path=path)
        case SheetsRead():
            raise InvariantError("a document was asked for")


def sheets_from_answer(answer: ReadAnswer, path: Path) -> tuple[Sheet, ...]:
    """Return the sheets that were read.

    Raises:
        AppError: the one that the helper met.
    """
    match answer:
        case ReadFailed(code=code, details=details):
            raise error_from_code(code, {"path": str(path), **details})
        case SheetsRead(sheets=sheets):
            return sheets
        case ReadDone():
            raise InvariantError("sheets were asked for")
