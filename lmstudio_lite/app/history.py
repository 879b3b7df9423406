"""What is kept, as lists of it show it: conversations, summaries and translations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lmstudio_lite.app.chat import is_unanswered
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.titles import title_of
from lmstudio_lite.domain.conversations import Conversation, Shelf
from lmstudio_lite.domain.records import SummaryRecord
from lmstudio_lite.domain.results import ResultKind, StoredResult
from lmstudio_lite.errors import NotStoredError

_ALL = 1_000_000


class EntryKind(StrEnum):
    CHAT = "chat"
    SUMMARY = "summary"
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class Entry:
    """``is_unfinished``: there is something to resume. ``source_path`` is "" for what came from no file.

    ``folder`` is the path of the folder that a conversation lies in, "" for none.
    """

    id: str
    kind: EntryKind
    title: str
    created_at: datetime
    updated_at: datetime
    source_path: str = ""
    is_unfinished: bool = False
    is_damaged: bool = False
    folder: str = ""


def list_entries(
    services: Services,
    kinds: Sequence[EntryKind] = tuple(EntryKind),
    query: str = "",
    limit: int = 50,
    folder_ids: Collection[str] | None = None,
) -> list[Entry]:
    """Return what is kept of these kinds, the newest first; ``query`` is a full-text search.

    Of conversations only those in ``folder_ids``, if given.

    Raises:
        StorageError: it can't be read.
    """
    found = [each for kind in kinds for each in _rows(services, kind, query, limit, folder_ids)]
    newest = sorted(found, key=lambda row: row.updated_at, reverse=True)[:limit]
    return [_entry(services, row) for row in newest]


def find_entry(services: Services, entry_id: str) -> Entry:
    """Return the entry of an id, or of the beginning of one; also of a conversation in the archive.

    Raises:
        NotStoredError: there is none, or more than one begins so.
        StorageError: it can't be read.
    """
    rows = [row for kind in EntryKind for row in _rows(services, kind, "", _ALL)]
    rows += services.conversations.list(limit=_ALL, shelf=Shelf.ARCHIVE)
    exact = [row for row in rows if row.id == entry_id]
    alike = exact or [row for row in rows if entry_id and row.id.startswith(entry_id)]
    if len(alike) != 1:
        raise NotStoredError(kind="entry", id=entry_id, num_alike=len(alike))
    return _entry(services, alike[0])


def _rows(
    services: Services,
    kind: EntryKind,
    query: str,
    limit: int,
    folder_ids: Collection[str] | None = None,
) -> Sequence[Conversation | StoredResult]:
    if kind is EntryKind.CHAT:
        return services.conversations.list(query, limit, folder_ids=folder_ids)
    return services.results.list(ResultKind(kind.value), query, limit)


def _entry(services: Services, row: Conversation | StoredResult) -> Entry:
    return _of_chat(services, row) if isinstance(row, Conversation) else _of_result(row)


def _of_chat(services: Services, conversation: Conversation) -> Entry:
    return Entry(
        conversation.id,
        EntryKind.CHAT,
        conversation.title,
        conversation.created_at,
        conversation.updated_at,
        is_unfinished=is_unanswered(services.chat.thread(conversation.id)),
        is_damaged=conversation.is_damaged,
        folder=_folder_of(services, conversation),
    )


def _folder_of(services: Services, conversation: Conversation) -> str:
    if conversation.folder_id is None:
        return ""
    found = (each.full_name for each in services.folders.list() if each.id == conversation.folder_id)
    return next(found, "")


def _of_result(result: StoredResult) -> Entry:
    record = result.record
    if isinstance(record, SummaryRecord):
        is_unfinished = record.is_unfinished or record.is_stopped or record.unfinished_version is not None
    else:
        is_unfinished = record.is_unfinished or record.num_done < record.num_total
    return Entry(
        result.id,
        EntryKind(result.kind.value),
        title_of(result),
        result.created_at,
        result.updated_at,
        result.source_path,
        is_unfinished,
        result.is_damaged,
    )
