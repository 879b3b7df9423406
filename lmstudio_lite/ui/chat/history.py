"""The conversations as the history panel lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lmstudio_lite.app.conversation_bin import delete_for_good, empty_bin
from lmstudio_lite.app.folders import Folders, TreeRow, list_tree
from lmstudio_lite.app.markdown_marks import without_marks
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Conversation, Shelf
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.ui.history_items import FolderState, HistoryItem
from lmstudio_lite.ui.history_model import NUM_FIRST
from lmstudio_lite.ui.history_source import HistoryWords
from lmstudio_lite.words.translate import tr

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Folders have no age."""


class ConversationSource:
    """A ``HistorySource`` over the stored conversations, and the ``HistoryOrganizer`` of its rows."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._conversations = services.conversations
        self._order = services.conversation_order
        self._untitled = tr("New conversation")

    def list(self, query: str) -> Sequence[HistoryItem]:
        return self.list_on(Shelf.LIST, query, NUM_FIRST)

    def list_on(self, shelf: Shelf, query: str, limit: int) -> Sequence[HistoryItem]:
        if shelf is Shelf.LIST and not query:
            return [self._row(each) for each in list_tree(self._services, limit)]
        return [self._item(found) for found in self._conversations.list(query, limit, shelf)]

    def _row(self, row: TreeRow) -> HistoryItem:
        if row.conversation is not None:
            return self._item(row.conversation, row.depth)
        folder = row.folder
        if folder is None:
            raise InvariantError("a row of the list is nothing")
        return HistoryItem(
            folder.id,
            folder.name or tr("Folder without a name"),
            EPOCH,
            folder=FolderState(folder.num_conversations, folder.is_collapsed),
            folder_id=folder.parent_id,
            depth=row.depth,
        )

    def _item(self, found: Conversation, depth: int = 0) -> HistoryItem:
        return HistoryItem(
            found.id,
            without_marks(found.title) or self._untitled,
            found.updated_at,
            found.is_damaged,
            found.is_pinned,
            found.tags,
            folder_id=found.folder_id,
            depth=depth,
        )

    @property
    def folders(self) -> Folders:
        return self._services.folders

    def set_pinned(self, item_id: str, *, is_pinned: bool) -> int | None:
        return self._order.set_pinned(item_id, is_pinned=is_pinned)

    def put_pinned_back(self, item_id: str, before: int | None) -> None:
        self._order.put_pinned_back(item_id, before)

    def set_archived(self, item_id: str, *, is_archived: bool) -> int | None:
        return self._order.set_archived(item_id, is_archived=is_archived)

    def put_archived_back(self, item_id: str, before: int | None) -> None:
        self._order.put_archived_back(item_id, before)

    def set_tags(self, item_id: str, tags: Sequence[str]) -> None:
        self._order.set_tags(item_id, tags)

    def duplicate(self, item_id: str) -> None:
        title = self._conversations.get(item_id).title or self._untitled
        self._order.duplicate(item_id, tr("{0} (copy)").format(title))

    def delete_for_good(self, item_id: str) -> None:
        delete_for_good(self._services, item_id)

    def empty_bin(self) -> None:
        empty_bin(self._services)

    def rename(self, item_id: str, title: str) -> None:
        self._conversations.rename(item_id, title)

    def delete(self, item_id: str) -> None:
        self._conversations.delete(item_id)

    def restore(self, item_id: str) -> None:
        self._conversations.restore(item_id)

    def export_raw(self, item_id: str) -> str:
        return self._conversations.export_raw(item_id)


def conversation_words() -> HistoryWords:
    """Return what the panel says for conversations."""
    return HistoryWords(
        new=tr("New conversation"),
        search=tr("Search conversations"),
        empty=tr("Your conversations will be listed here."),
        deleted=tr("Conversation deleted"),
    )
