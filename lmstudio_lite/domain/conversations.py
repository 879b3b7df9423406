"""Conversations as values: a tree of messages, what is attached, and a reply while it grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.domain.documents import Document, Page
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.inventory import Part
from lmstudio_lite.domain.records import ReplyNote


class MessageState(StrEnum):
    """How a message stands: under way, or how it ended."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    LENGTH = "length"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Shelf(StrEnum):
    """Where a conversation is kept."""

    LIST = "list"
    ARCHIVE = "archive"
    BIN = "bin"
    """Deleted; purged ``BIN_DAYS`` days later."""


BIN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Conversation:
    """``updated_at`` is when a message was last added or ended; ``active_leaf_id`` None means empty.

    ``deleted_at`` is when it came into the bin, None where it is not there. ``tags`` are in order of their
    letters. ``folder_id`` names the folder that it lies in. It ``uses_knowledge`` where its questions are
    answered from the user's folders.
    """

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    active_leaf_id: str | None
    is_damaged: bool = False
    is_pinned: bool = False
    is_archived: bool = False
    deleted_at: datetime | None = None
    tags: tuple[str, ...] = ()
    folder_id: str | None = None
    uses_knowledge: bool = False

    @property
    def shelf(self) -> Shelf:
        """Return where it is kept."""
        if self.deleted_at is not None:
            return Shelf.BIN
        return Shelf.ARCHIVE if self.is_archived else Shelf.LIST


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a message knows of a document; ``content_hash`` names its text. ``language`` "" is unknown.

    ``inventory`` is what the file holds, read or not; empty where that was not kept, as are ``pages``.
    """

    title: str
    content_hash: str
    language: str
    source_path: str
    inventory: tuple[Part, ...] = ()
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A document to attach, with its text; None if the text is kept already."""

    attachment: Attachment
    text: str | None


def attachment_of(document: Document) -> NewAttachment:
    """Return what a message that comes with ``document`` is to keep of it."""
    name = document.path.name if document.path else document.title
    path = str(document.path or "")
    attachment = Attachment(
        name, document.content_hash, document.language, path, document.inventory, document.pages
    )
    return NewAttachment(attachment, document.text)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and its place: number ``sibling_index`` (from 0) of ``num_siblings`` below its parent.

    ``note`` says what the reader must know of it, such as why it failed. ``reasoning`` is what
    the model thought before it answered, which took ``reasoning_s`` seconds (None while it thinks).
    ``attachments`` are the documents that came with it. ``is_damaged``: some of it is not what was kept.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    state: MessageState
    created_at: datetime
    sibling_index: int
    num_siblings: int
    tokens_per_s: float | None
    note: ReplyNote
    reasoning: str = ""
    reasoning_s: float | None = None
    attachments: tuple[Attachment, ...] = ()
    is_liked: bool = False
    is_damaged: bool = False

    @property
    def is_edited(self) -> bool:
        """Whether the user worded this answer."""
        return self.state is MessageState.COMPLETE and self.note.is_edited


@dataclass(frozen=True, slots=True)
class Draft:
    """``details`` is a note of the place's own, "" for none."""

    place: str
    text: str
    details: str = ""
    attachments: tuple[NewAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The reply's message is in the conversation, empty or with the text that is continued."""

    message: StoredMessage


@dataclass(frozen=True, slots=True)
class ReplyPrompt:
    """The model reads the conversation: token counts as in ``PromptProgress``."""

    num_done: int
    num_total: int
    num_cached: int
    num_dropped_turns: int


@dataclass(frozen=True, slots=True)
class ReplyText:
    """``added`` is what the reply goes on with, behind its first ``start`` characters.

    Likewise ``added_reasoning`` is of what the model thinks before it; ``reasoning_s`` how long that took,
    None while it does. ``num_generated`` tokens were written since the prompt was read, thoughts among them;
    ``tokens`` are those that ``added`` is of. The whole is in ``ReplyStarted``, and in the message that the
    reply ends as.
    """

    message_id: str
    added: str
    start: int = 0
    added_reasoning: str = ""
    reasoning_start: int = 0
    reasoning_s: float | None = None
    num_generated: int = 0
    tokens: tuple[TokenSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnsRead:
    """Before a reply, older turns are summarized: ``num_done`` of ``num_total`` blocks of them are read."""

    num_done: int
    num_total: int


@dataclass(frozen=True, slots=True)
class PartsRead:
    """Before a reply, whole documents are read: ``num_done`` of ``num_total`` parts, and how long it takes.

    ``seconds_left`` None: too early to say.
    """

    num_done: int
    num_total: int
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class MeaningsCompared:
    """Before a reply, it is worked out what new passages mean: ``num_done`` of ``num_total``."""

    num_done: int
    num_total: int


ReplyProgress = ReplyStarted | TurnsRead | MeaningsCompared | PartsRead | ReplyPrompt | ReplyText
