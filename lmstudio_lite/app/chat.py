"""Asking in a conversation, for the window and the terminal: the question is kept, then answered."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.conversations import MessageState, NewAttachment, ReplyProgress, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.persona_values import SCHEMA_LENGTH_MAX
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.errors import DocumentDamagedError, DocumentNotFoundError, DocumentTooLargeError
from lmstudio_lite.files import read_regular
from lmstudio_lite.tasks.text.titles import title_from

_UNFINISHED = frozenset(
    (MessageState.STOPPED, MessageState.LENGTH, MessageState.INTERRUPTED, MessageState.FAILED)
)


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The user's message is saved; ``message`` says in which conversation."""

    message: StoredMessage


Report = Callable[[QuestionAsked | ReplyProgress], None]


def ask(
    services: Services,
    text: str,
    *,
    conversation_id: str = "",
    parent_id: str | None = None,
    attachments: Sequence[NewAttachment] = (),
    control: ConversationControl = NO_CONTROL,
    knowledge: str | None = None,
    reads_all: bool = False,
    report: Report,
    cancellation: Cancellation,
) -> StoredMessage:
    """Keep a question, below ``parent_id`` (None: as a first message), and answer it; waits.

    Without a ``conversation_id`` a conversation begins with it, named by its first words, and ``control``
    holds for it; one that is there has its own. ``knowledge`` is the id of a folder whose passages go with
    it, "" for all folders, None for none. With ``reads_all`` every part of the attached documents is read for
    it. Reports
    ``QuestionAsked``, then what ``ChatTask.reply`` reports. Raises as that does.
    """
    found = services.knowledge.find(text, knowledge, cancellation) if knowledge is not None else ()
    note = ReplyNote(passages=found)
    if conversation_id:
        question = services.conversations.add_message(
            conversation_id, parent_id, Role.USER, text, attachments=attachments, note=note
        )
    else:
        question = services.conversations.begin(title_from(text), text, attachments, control, note)
    report(QuestionAsked(question))
    return services.chat.reply(
        question.conversation_id,
        question.id,
        reads_all=reads_all,
        report=report,
        cancellation=cancellation,
    )


def is_unanswered(thread: Sequence[StoredMessage]) -> bool:
    """Tell whether a conversation waits: its last message is a question, or a reply that broke off."""
    if not thread:
        return False
    last = thread[-1]
    return last.role is Role.USER or last.state in _UNFINISHED


def resume(
    services: Services, conversation_id: str, *, report: Report, cancellation: Cancellation
) -> StoredMessage | None:
    """Go on with a reply that broke off, or answer the last question; None where nothing waits.

    Raises as ``ChatTask.reply`` does.
    """
    thread = services.chat.thread(conversation_id)
    if not is_unanswered(thread):
        return None
    last = thread[-1]
    if last.role is Role.ASSISTANT and last.text.strip():
        return services.chat.continue_reply(last.id, report=report, cancellation=cancellation)
    question_id = last.id if last.role is Role.USER else last.parent_id
    if question_id is None:
        return None
    return services.chat.reply(conversation_id, question_id, report=report, cancellation=cancellation)


def schema_problem(schema: str) -> str:
    """Return why a text is no JSON schema that replies can be held to; "" if it is one."""
    # Imported late: jsonschema, which few chats need.
    from lmstudio_lite.tasks.chat import schema_check

    return schema_check.schema_problem(schema)


def read_schema(path: Path) -> str:
    """Return the text of a file that is to be a JSON schema.

    Raises:
        DocumentNotFoundError, DocumentTooLargeError, DocumentDamagedError: it can't be read as one.
    """
    try:
        return read_regular(path, SCHEMA_LENGTH_MAX).decode("utf-8-sig")
    except FileNotFoundError:
        raise DocumentNotFoundError(path=str(path)) from None
    except UnicodeDecodeError as error:
        raise DocumentDamagedError(path=str(path), reason=str(error)) from None
    except OSError as error:
        if error.errno == errno.EFBIG:
            size = path.stat().st_size
            raise DocumentTooLargeError(
                path=str(path), size_bytes=size, limit_bytes=SCHEMA_LENGTH_MAX
            ) from None
        raise DocumentDamagedError(path=str(path), reason=error.strerror or str(error)) from None
