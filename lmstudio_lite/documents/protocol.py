"""What the document helper is asked and what it answers: one JSON value each, then it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import AppError, Detail, error_from_code


class ReadRequest(msgspec.Struct, frozen=True):
    """The helper's only command line argument, as JSON. ``path`` keeps undecodable bytes as surrogates."""

    path: str
    limits: ReadLimits


class ReadDone(msgspec.Struct, frozen=True, tag="done"):
    """``document.path`` is None: only the caller knows it for sure, and JSON can't carry all paths."""

    document: Document


class ReadFailed(msgspec.Struct, frozen=True, tag="failed"):
    """An ``AppError`` without its path."""

    code: str
    details: dict[str, Detail]


ReadAnswer = ReadDone | ReadFailed


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
