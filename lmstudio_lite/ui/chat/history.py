"""The conversations as the history panel lists them."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.app.markdown_marks import without_marks
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.history_model import HistoryItem, HistoryWords
from lmstudio_lite.words.translate import tr


class ConversationSource:
    """A ``HistorySource`` over the stored conversations."""

    def __init__(self, services: Services) -> None:
        self._conversations = services.conversations
        self._untitled = tr("New conversation")

    def list(self, query: str) -> Sequence[HistoryItem]:
        return [
            HistoryItem(
                found.id, without_marks(found.title) or self._untitled, found.updated_at, found.is_damaged
            )
            for found in self._conversations.list(query)
        ]

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
