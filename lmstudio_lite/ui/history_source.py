"""What a ``HistoryModel`` asks of the tab whose things it lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lmstudio_lite.app.folders import Folders
from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui.history_items import HistoryItem


class HistorySource(Protocol):
    """Where the rows come from. Called on job threads; raises ``AppError``."""

    def list(self, query: str) -> Sequence[HistoryItem]:
        """Return the newest first; ``query`` "" is everything."""

    def rename(self, item_id: str, title: str) -> None:
        """Change the title; not called where the model says ``can_rename`` is False."""

    def delete(self, item_id: str) -> None:
        """Delete so that ``restore`` can undo it."""

    def restore(self, item_id: str) -> None:
        """Undo ``delete``."""

    def export_raw(self, item_id: str) -> str:
        """Return the item as it is stored, as JSON: for one that is damaged."""


class HistoryOrganizer(Protocol):
    """Puts rows in order, where a source's things can be. Called on job threads; raises ``AppError``."""

    def list_on(self, shelf: Shelf, query: str, limit: int) -> Sequence[HistoryItem]:
        """Return the rows of a shelf, the pinned ones and then the newest first.

        At most ``limit`` that lie in no folder; what is seen in folders comes along whole.
        """

    def set_pinned(self, item_id: str, *, is_pinned: bool) -> int | None:
        """Keep a row above the others, or no more; return what ``put_pinned_back`` takes."""

    def put_pinned_back(self, item_id: str, before: int | None) -> None:
        """Undo ``set_pinned``."""

    def set_archived(self, item_id: str, *, is_archived: bool) -> int | None:
        """Take a row into the archive, or back into the list; return what ``put_archived_back`` takes."""

    def put_archived_back(self, item_id: str, before: int | None) -> None:
        """Undo ``set_archived``."""

    def set_tags(self, item_id: str, tags: Sequence[str]) -> None:
        """Give a row these tags and no others."""

    def duplicate(self, item_id: str) -> None:
        """Make a copy, which is the newest row."""

    def delete_for_good(self, item_id: str) -> None:
        """Remove a row of the bin."""

    def empty_bin(self) -> None:
        """Remove all rows of the bin."""

    @property
    def folders(self) -> Folders:
        """Return the folders that the rows lie in."""


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """What the panel says for one tab, already translated."""

    new: str
    search: str
    empty: str
    deleted: str
