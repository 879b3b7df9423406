"""Folders that questions may be answered from: what is known of them, and of the files in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lmstudio_lite.domain.documents import Page
from lmstudio_lite.errors import AppError


@dataclass(frozen=True, slots=True)
class KnowledgeFolder:
    """``num_read`` of ``num_files`` are in the index, ``num_failed`` could not be read, others are to come.

    ``num_compared`` of those read are found by their meaning too. ``looked_at`` is when the folder was last
    gone through to its end, None if never. It ``is_there`` unless its drive is not.
    """

    id: str
    path: Path
    num_files: int = 0
    num_read: int = 0
    num_failed: int = 0
    num_compared: int = 0
    looked_at: datetime | None = None
    is_there: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether each file has been read, or it is known why not."""
        return self.looked_at is not None and self.num_read + self.num_failed == self.num_files


@dataclass(frozen=True, slots=True)
class FileStamp:
    """By what a change of a file is noticed: its size in bytes, and when it was written, in ns since 1970."""

    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """``text[start:end]`` of a file, and the words by which it is found, with spaces between."""

    start: int
    end: int
    page: int | None
    features: str


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """What the index keeps of a file; ``path`` is below its folder, with ``/`` between."""

    path: str
    stamp: FileStamp
    content_hash: str
    title: str
    language: str
    text: str
    pages: tuple[Page, ...]
    passages: tuple[IndexedPassage, ...]


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file of a folder that could not be read, and why."""

    path: Path
    error: AppError


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that a search came upon: ``words`` are ``text[start:end]`` of the file at ``path``."""

    number: int
    path: Path
    title: str
    content_hash: str
    language: str
    start: int
    end: int
    page: int | None
    words: str


@dataclass(frozen=True, slots=True)
class KnowledgeProgress:
    """``num_done`` of the ``num_total`` new or changed files have been read; ``name`` is the next.

    Or, where it ``is_comparing``, what they mean has been worked out, of all folders together.
    """

    folder: Path
    num_done: int
    num_total: int
    name: str = ""
    is_comparing: bool = False
