"""Conversations out into files and in from the exports of other programs.

What goes out for readers is the thread on the screen; JSON holds every branch. What comes in comes in
conversation by conversation: a stop, a full disk or a damaged place costs none that came before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.app.folders import folder_at
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.chat_files import (
    ChatLine,
    ChatText,
    ImportProblem,
    ImportProgress,
    ImportReport,
    ImportTrouble,
    OnStep,
    no_step,
)
from lmstudio_lite.domain.conversations import Conversation, Shelf, StoredMessage
from lmstudio_lite.domain.folders import PATH_SEPARATOR, ids_within
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.formats.chats.documents import (
    chat_blocks,
    chats_to_docx,
    chats_to_markdown,
    chats_to_page,
    chats_to_text,
)
from lmstudio_lite.formats.chats.own import to_item, write_items
from lmstudio_lite.formats.chats.reading import SUFFIXES, ReadItem, holds_chats, read_chats
from lmstudio_lite.formats.tree import Blocks
from lmstudio_lite.words.translate import tr

CHAT_SUFFIXES = SUFFIXES
_ALL = 1_000_000


class ChatForm(StrEnum):
    """What conversations are written as, by the file's suffix; who has Qt makes a PDF of the blocks."""

    MARKDOWN = ".md"
    HTML = ".html"
    WORD = ".docx"
    TEXT = ".txt"
    JSON = ".json"
    CHAT = ".lmschat"
    """The same as JSON, under a name that opens in this program."""


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written: conversations by their ids, or one message by its id."""

    conversation_ids: tuple[str, ...] = ()
    message_id: str = ""


def listed_ids(services: Services, query: str, shelf: Shelf = Shelf.LIST) -> list[str]:
    """Return the ids of the conversations that a search finds: words, "#tag", "in:folder"; newest first.

    Raises:
        StorageError: they can't be read.
    """
    return [found.id for found in services.conversations.list(query, limit=_ALL, shelf=shelf)]


def wanted_of_row(services: Services, row_id: str) -> Wanted:
    """Return what the id of a row of the list names: a conversation, or all that lie in a folder.

    Raises:
        StorageError: they can't be read.
    """
    within = ids_within(services.folders.list(), row_id)
    if not within:
        return Wanted((row_id,))
    found = services.conversations.list(limit=_ALL, folder_ids=within)
    return Wanted(tuple(each.id for each in found))


def export_chats(
    services: Services,
    wanted: Wanted,
    form: ChatForm,
    on_step: OnStep = no_step,
    with_pictures: Callable[[Blocks], Blocks] = lambda blocks: blocks,
) -> bytes:
    """Return the file that holds what is wanted; what ``on_step`` raises ends the work.

    ``with_pictures`` has formulas drawn, for who has what draws them.

    Raises:
        NotStoredError: one is gone.
        StorageError: one can't be read.
    """
    match form:
        case ChatForm.JSON | ChatForm.CHAT:
            return "".join(write_items(_items(services, wanted, on_step))).encode("utf-8", "replace")
        case ChatForm.WORD:
            return chats_to_docx(chat_texts(services, wanted, _as_beginning(on_step)), on_step, with_pictures)
        case ChatForm.HTML:
            chats = chat_texts(services, wanted, _as_beginning(on_step))
            return chats_to_page(chats, on_step).encode("utf-8", "replace")
        case ChatForm.MARKDOWN:
            return chats_to_markdown(chat_texts(services, wanted, on_step)).encode("utf-8", "replace")
        case ChatForm.TEXT:
            chats = chat_texts(services, wanted, _as_beginning(on_step))
            return chats_to_text(chats, on_step).encode("utf-8", "replace")


def blocks_to_print(services: Services, wanted: Wanted, on_step: OnStep = no_step) -> Blocks:
    """Return what a PDF of it shows; raises as ``export_chats``."""
    chats = chat_texts(services, wanted, _as_beginning(on_step))
    return chat_blocks(chats, on_step, has_hard_spaces=True)


def _as_beginning(on_step: OnStep) -> OnStep:
    """Return what can be stopped while the conversations are read, which is the least of the work."""
    return lambda _num_done, num_total: on_step(0, num_total)


def chat_texts(services: Services, wanted: Wanted, on_step: OnStep = no_step) -> list[ChatText]:
    """Return the threads on the screens of these conversations; raises as ``export_chats``."""
    conversations = services.conversations
    if wanted.message_id:
        message = conversations.get_message(wanted.message_id)
        title = conversations.get(message.conversation_id).title
        return [ChatText(title, (_line(message),), is_message=True)]
    chats = []
    for number, conversation_id in enumerate(wanted.conversation_ids):
        on_step(number, len(wanted.conversation_ids))
        chats.append(_chat_text(conversations.get(conversation_id), conversations.thread(conversation_id)))
    return chats


def title_of(services: Services, wanted: Wanted) -> str:
    """Return the title of the one conversation that is wanted, "" for several or a message."""
    if len(wanted.conversation_ids) != 1:
        return ""
    return services.conversations.get(wanted.conversation_ids[0]).title


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


def _items(services: Services, wanted: Wanted, on_step: OnStep) -> Iterator[dict[str, object]]:
    conversations = services.conversations
    if wanted.message_id:
        alone = replace(conversations.get_message(wanted.message_id), parent_id=None)
        yield _item(services, conversations.get(alone.conversation_id), [alone])
    for number, conversation_id in enumerate(wanted.conversation_ids):
        on_step(number, len(wanted.conversation_ids))
        yield _item(services, conversations.get(conversation_id), conversations.messages(conversation_id))


def _item(
    services: Services, conversation: Conversation, messages: Sequence[StoredMessage]
) -> dict[str, object]:
    hashes = {each.content_hash for message in messages for each in message.attachments}
    texts = {name: services.conversations.attached_text(name) for name in sorted(hashes)}
    folders = services.folders.list() if conversation.folder_id is not None else ()
    path = next((folder.path for folder in folders if folder.id == conversation.folder_id), ())
    # How sure the model was leaves with a chat only for who has asked to see it.
    is_wanted = services.settings.value.chat.marks_unsure_words
    tokens = {each.id: services.conversations.tokens.of(each.id) for each in messages} if is_wanted else {}
    return to_item(conversation, messages, texts, path, tokens)


def chats_among(paths: Sequence[Path]) -> list[Path]:
    """Return those of the files that are exports of conversations; reads the first one of each."""
    return [path for path in paths if path.suffix.lower() in CHAT_SUFFIXES and _holds_chats(path)]


def _holds_chats(path: Path) -> bool:
    try:
        return holds_chats(path)
    except OSError:  # whoever opens it says so
        return False


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
    incoming = _Incoming(services)
    sizes = [_size_of(path) for path in paths]
    done_before = 0
    for path, size in zip(paths, sizes, strict=True):

        def on_bytes(done: int, before: int = done_before) -> None:
            cancellation.raise_if_cancelled()
            report(ImportProgress(min(before + done, sum(sizes)), sum(sizes), len(incoming.ids)))

        try:
            for item in read_chats(path, on_bytes):
                if cancellation.is_cancelled:
                    break
                incoming.take(path, item)
        except CancelledError:
            break
        except OSError:
            incoming.problems.append(ImportProblem(path, 0, "", ImportTrouble.UNREADABLE))
        done_before += size
    return incoming.report


class _Incoming:
    """What came in so far, and what did not."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.ids: list[str] = []
        self.problems: list[ImportProblem] = []
        self._known_ids: list[str] = []
        self._num_messages = 0

    def take(self, path: Path, item: ReadItem) -> None:
        trouble = item.trouble
        if item.conversation is not None:
            kept = self._services.chat_imports.add(item.conversation)
            if kept.is_new:
                self.ids.append(kept.id)
                self._file(kept.id, item.conversation.folder)
                self._num_messages += len(item.conversation.messages)
            else:
                self._known_ids.append(kept.id)
                trouble = ImportTrouble.KNOWN
        if trouble is not None:
            self.problems.append(ImportProblem(path, item.place, item.title, trouble, item.within))

    def _file(self, conversation_id: str, path: Sequence[str]) -> None:
        """Put a conversation where it lay, in a folder of the same names; one is made where there is none."""
        if path:
            folder = folder_at(self._services, PATH_SEPARATOR.join(path))
            self._services.folders.put([conversation_id], folder.id)

    @property
    def report(self) -> ImportReport:
        return ImportReport(tuple(self.ids), self._num_messages, tuple(self.problems), tuple(self._known_ids))


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
