"""A document as text with its pages and blocks as spans of that text.

``Document.text`` is the truth; pages, blocks, segments and chunks are half-open ranges of character
offsets into it, so whatever quotes the document can be checked against it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.inventory import Part, PartKind

RECOGNIZED = ";source=ocr"
"""Ends the ``mime_type`` of a document whose text was recognized in pictures, and may have mistakes."""


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Page:
    """Text of page ``number`` (from 1) is ``document.text[start:end]``."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or the like: ``document.text[start:end]``."""

    kind: BlockKind
    start: int
    end: int


class StretchKind(StrEnum):
    """What a stretch of a document is there for; all but text may be left out of a summary."""

    TEXT = "text"
    CONTENTS = "contents"
    NAVIGATION = "navigation"
    REFERENCES = "references"
    INDEX = "index"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Stretch:
    """``document.text[start:end]`` is of one kind; a document's stretches join to its text."""

    kind: StretchKind
    start: int
    end: int

    @property
    def is_text(self) -> bool:
        return self.kind is StretchKind.TEXT


@dataclass(frozen=True, slots=True)
class PossibleEncoding:
    """An encoding that a file may be in; ``preview`` is how lines of it read then, those that tell most."""

    encoding: str
    preview: str


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """One of several documents that are compared: ``document.text[start:end]``, its language and summary."""

    title: str
    start: int
    end: int
    language: str
    summary: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text. ``path`` is None for pasted text; ``pages`` is empty where the format has none.

    ``language`` is an ISO 639-1 code, "" when unknown. ``content_hash`` is the SHA-256 of ``text``.
    ``address`` is where a saved web page says it came from, "" for what is no page. ``inventory`` is what the
    file holds, read or not, as the file itself lists it. ``encoding`` is the codec that decoded the file's
    bytes, "" for what is no plain text; ``is_encoding_sure`` is false where others are about as likely: then
    ``possible_encodings`` has them, the likeliest, which is ``encoding``, first. ``compared`` are the
    documents that this one puts together to be compared, () for any other.
    """

    path: Path | None
    title: str
    mime_type: str
    text: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    language: str
    content_hash: str
    address: str = ""
    inventory: tuple[Part, ...] = ()
    encoding: str = ""
    is_encoding_sure: bool = True
    possible_encodings: tuple[PossibleEncoding, ...] = ()
    compared: tuple[ComparedPart, ...] = ()

    @property
    def num_pages(self) -> int:
        """How many pages or slides the file has, those that were not read among them; 0 without any."""
        numbered = (part.kind in (PartKind.PAGE, PartKind.SLIDE) for part in self.inventory)
        return max(len(self.pages), sum(numbered))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet as texts, row by row; empty rows at its end are left out."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence with the white space that follows it: ``text[start:end]``; segments tile the text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole segments packed up to a token budget; the chunks' texts join to the document's.

    Pages are None where the document has none. Chunks of another kind than text are left out of what a
    model reads; their ``num_tokens`` is 0.
    """

    index: int
    start: int
    end: int
    text: str
    num_tokens: int
    first_page: int | None = None
    last_page: int | None = None
    kind: StretchKind = StretchKind.TEXT
