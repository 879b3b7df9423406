"""Conversations on their way out of the program and into it, as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.domain.conversations import MessageState, NewAttachment
from lmstudio_lite.domain.generation import Role


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message as it is read: ``speaker`` and ``notes`` are words already."""

    speaker: str
    text: str
    is_user: bool
    created_at: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatText:
    """A conversation's thread, for who reads it; ``is_message``: of one message its words alone."""

    title: str
    lines: tuple[ChatLine, ...]
    is_message: bool = False


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """``key`` and ``parent`` are the file's own names; ``parent`` None begins a thread.

    The rest is known of this program's own only; ``note`` is JSON, "" for none.
    """

    key: str
    parent: str | None
    role: Role
    text: str
    created_at: datetime | None = None
    reasoning: str = ""
    attachments: tuple[NewAttachment, ...] = ()
    state: MessageState = MessageState.COMPLETE
    is_liked: bool = False
    reasoning_s: float | None = None
    tokens_per_s: float | None = None
    note: str = ""
    tokens: tuple[TokenSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedConversation:
    """``messages`` have their parents before them.

    ``leaf`` is the last message on the screen, "" for the newest. ``folder`` are the names of the folders
    that it lies in, from the top.
    """

    title: str
    messages: tuple[ImportedMessage, ...]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    leaf: str = ""
    tags: tuple[str, ...] = ()
    is_pinned: bool = False
    is_archived: bool = False
    folder: tuple[str, ...] = ()


class ImportTrouble(StrEnum):
    """Why something of a file did not come in."""

    UNKNOWN_FILE = "unknown_file"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    ENCRYPTED = "encrypted"
    CUT_OFF = "cut_off"
    EMPTY = "empty"
    KNOWN = "known"
    """It is here already."""
    PICTURES = "pictures"
    """It came in without its pictures and other files."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """``place`` is the number of a conversation in its file, from 1, 0 for the whole file.

    ``within`` names the file in the archive at ``path``, "" where that is none.
    """

    path: Path
    place: int
    title: str
    trouble: ImportTrouble
    within: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``ids`` are those of the conversations that came in, in the files' order.

    ``known_ids`` are those of the conversations that were here already.
    """

    ids: tuple[str, ...]
    num_messages: int
    problems: tuple[ImportProblem, ...]
    known_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """``num_bytes_done`` of ``num_bytes`` are read, and so many conversations in."""

    num_bytes_done: int
    num_bytes: int
    num_conversations: int


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """``num_done`` of ``num_total`` steps; they are messages that are read, and then pieces of pages."""

    num_done: int
    num_total: int


OnStep = Callable[[int, int], None]
"""Told how many steps of how many are done, on the thread of the work; what it raises ends the work."""


def no_step(num_done: int, num_total: int) -> None:
    """Stand in for who does not ask."""
