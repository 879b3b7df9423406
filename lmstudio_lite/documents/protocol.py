"""What the document helper writes to its standard output: one JSON value, then it ends."""

from __future__ import annotations

from pathlib import Path

import msgspec

from lmstudio_lite.documents.readers import ReadLimits
from lmstudio_lite.domain.documents import Block, Document, Page
from lmstudio_lite.errors import AppError, Detail, error_from_code


class ReadRequest(msgspec.Struct, frozen=True):
    """The helper's only command line argument, as JSON. ``path`` keeps undecodable bytes as surrogates."""

    path: str
    limits: ReadLimits


class ReadText(msgspec.Struct, frozen=True, tag="document"):
    """A ``Document`` but for its path, which only the caller knows for sure."""

    title: str
    mime_type: str
    text: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    language: str
    content_hash: str


class ReadFailure(msgspec.Struct, frozen=True, tag="failure"):
    """An ``AppError`` but for its path."""

    code: str
    details: dict[str, Detail]


ReadAnswer = ReadText | ReadFailure


def answer_with_document(document: Document) -> ReadText:
    return ReadText(
        title=document.title,
        mime_type=document.mime_type,
        text=document.text,
        pages=document.pages,
        blocks=document.blocks,
        language=document.language,
        content_hash=document.content_hash,
    )


def answer_with_error(error: AppError) -> ReadFailure:
    return ReadFailure(error.code, {name: value for name, value in error.details.items() if name != "path"})


def document_from_answer(answer: ReadAnswer, path: Path) -> Document:
    """Return the document that was read.

    Raises:
        AppError: the one that the helper met.
    """
    match answer:
        case ReadFailure(code=code, details=details):
            raise error_from_code(code, {"path": str(path), **details})
        case ReadText():
            return Document(
                path=path,
                title=answer.title,
                mime_type=answer.mime_type,
                text=answer.text,
                pages=answer.pages,
                blocks=answer.blocks,
                language=answer.language,
                content_hash=answer.content_hash,
            )
