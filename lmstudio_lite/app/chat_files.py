"""Conversations out into files and in from the exports of other programs.

What goes out for readers is the thread on the screen; JSON holds every branch. What comes in comes in
conversation by conversation: a stop, a full disk or a damaged place costs none that came before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.chat_files import (
    ChatLine,
    ChatText,
    ImportProblem,
    ImportProgress,
    ImportReport,
    ImportTrouble,
)
from lmstudio_lite.domain.conversations import Conversation, Shelf, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.formats.chats.documents import (
    chats_to_docx,
    chats_to_markdown,
    chats_to_page,
    chats_to_text,
)
from lmstudio_lite.formats.chats.own import to_item, write_items
from lmstudio_lite.formats.chats.reading import read_chats
from lmstudio_lite.words.translate import tr

CHAT_SUFFIXES = frozenset({".json", ".jsonl", ".zip"})
"""Of the files that conversations are read from."""
_ALL = 1_000_000


class ChatForm(StrEnum):
    """What conversations are written as, by the file's suffix; the window makes a PDF of the blocks."""

    MARKDOWN = ".md"
    HTML = ".html"
    WORD = ".docx"
    TEXT = ".txt"
    JSON = ".json"


def all_ids(services: Services) -> list[str]:
    """Return the ids of all conversations that are not in the bin, the newest first.

    Raises:
        StorageError: they can't be read.
    """
    return [
        found.id
        for shelf in (Shelf.LIST, Shelf.ARCHIVE)
        for found in services.conversations.list(limit=_ALL, shelf=shelf)
    ]


def export_chats(services: Services, ids: Sequence[str], form: ChatForm) -> bytes:
    """Return the file that holds these conversations.

    Raises:
        NotStoredError: one is gone.
        StorageError: one can't be read.
    """
    match form:
        case ChatForm.JSON:
            return "".join(write_items(_items(services, ids))).encode("utf-8", "replace")
        case ChatForm.WORD:
            return chats_to_docx(chat_texts(services, ids))
        case ChatForm.HTML:
            return chats_to_page(chat_texts(services, ids)).encode("utf-8", "replace")
        case ChatForm.MARKDOWN:
            return chats_to_markdown(chat_texts(services, ids)).encode("utf-8", "replace")
        case ChatForm.TEXT:
            return chats_to_text(chat_texts(services, ids)).encode("utf-8", "replace")


def chat_texts(services: Services, ids: Sequence[str]) -> list[ChatText]:
    """Return the threads on the screens of these conversations; raises as ``export_chats``."""
    return [_chat_text(services.conversations.get(each), services.conversations.thread(each)) for each in ids]


def _chat_text(conversation: Conversation, thread: Sequence[StoredMessage]) -> ChatText:
    return ChatText(conversation.title or tr("New conversation"), tuple(map(_line, thread)))


def _line(message: StoredMessage) -> ChatLine:
    is_user = message.role is Role.USER
    attached = [tr("Attached: {0}").format(each.title) for each in message.attachments]
    return ChatLine(
        speaker=tr("You") if is_user else tr("Model"),
        text=message.text,
        is_user=is_user,
        created_at=message.created_at,
        notes=tuple(attached),
    )


def _items(services: Services, ids: Sequence[str]) -> Iterator[dict[str, object]]:
    conversations = services.conversations
    for conversation_id in ids:
        messages = conversations.messages(conversation_id)
        hashes = {each.content_hash for message in messages for each in message.attachments}
        texts = {name: conversations.attached_text(name) for name in sorted(hashes)}
        yield to_item(conversations.get(conversation_id), messages, texts)


def import_chats(
    services: Services,
    paths: Sequence[Path],
    cancellation: Cancellation,
    report: Callable[[ImportProgress], None] = lambda progress: None,
) -> ImportReport:
    """Bring in what can be read of these files; a stop keeps what is in.

    Raises:
        StorageError: a conversation can't be kept; those before it are.
    """
    ids: list[str] = []
    problems: list[ImportProblem] = []
    sizes = [_size_of(path) for path in paths]
    num_messages = done_before = 0
    for path, size in zip(paths, sizes, strict=True):

        def on_bytes(done: int, before: int = done_before) -> None:
            report(ImportProgress(min(before + done, sum(sizes)), sum(sizes), len(ids)))

        try:
            for item in read_chats(path, on_bytes):
                if cancellation.is_cancelled:
                    return ImportReport(tuple(ids), num_messages, tuple(problems))
                trouble = item.trouble
                if item.conversation is not None:
                    kept = services.chat_imports.add(item.conversation)
                    if kept is None:
                        trouble = ImportTrouble.KNOWN
                    else:
                        ids.append(kept)
                        num_messages += len(item.conversation.messages)
                if trouble is not None:
                    problems.append(ImportProblem(path, item.place, item.title, trouble))
        except OSError:
            problems.append(ImportProblem(path, 0, "", ImportTrouble.UNREADABLE))
        done_before += size
    return ImportReport(tuple(ids), num_messages, tuple(problems))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
