"""A tab's things (conversations, summaries, translations) as a list that loads in the background.

The model knows nothing of SQL: a ``HistorySource`` answers on a job's thread. Reads and writes go through
the lane "storage", so that a list asked for after a change shows the change. A newer query makes an older
answer worthless; it is dropped when it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import IntEnum
from itertools import takewhile
from typing import Any, TypeVar

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.domain.unseen import marked_line, named_line
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_headings import headings_of
from lmstudio_lite.ui.history_items import FolderState, HistoryItem
from lmstudio_lite.ui.history_source import HistoryOrganizer, HistorySource, HistoryWords
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.translate import tr, trn

Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")
STORAGE_LANE = "storage"
ROW_TYPE = "application/x-lmstudio-lite-row"
NUM_FIRST, NUM_MORE = 300, 1_000
"""So many rows are read at first, and so many more whenever the end of them is reached."""


class HistoryRole(IntEnum):
    """Roles of ``HistoryModel`` besides Qt's own; ``SECTION`` is the heading above the row, or ""."""

    ID = Qt.ItemDataRole.UserRole + 1
    SECTION = Qt.ItemDataRole.UserRole + 2
    IS_WORKING = Qt.ItemDataRole.UserRole + 3
    IS_DAMAGED = Qt.ItemDataRole.UserRole + 4
    DEPTH = Qt.ItemDataRole.UserRole + 5
    """How deep the row lies in folders, from 0."""
    FOLDER = Qt.ItemDataRole.UserRole + 6
    """A folder's ``FolderState``, None for anything else."""


class HistoryModel(QAbstractListModel):
    """The rows of one tab. ``current_id`` is the open item, "" for none. Lives on the GUI thread."""

    loaded = Signal()
    current_changed = Signal(str)
    item_deleted = Signal(str)
    item_renamed = Signal(str, str)
    item_not_deleted = Signal(str)  # it is in the list again
    exported = Signal(str, str)  # title, JSON
    failed = Signal(object)  # AppError of a read or write

    def __init__(
        self,
        bridge: Bridge,
        source: HistorySource,
        words: HistoryWords,
        parent: QObject | None = None,
        *,
        can_rename: bool = True,
        organizer: HistoryOrganizer | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._source = source
        self.words = words
        self.can_rename = can_rename
        self.organizer = organizer
        self._shelf = Shelf.LIST
        self._items: list[HistoryItem] = []
        self._sections: list[str] = []
        self._query = ""
        self._num_asked = 0
        self._limit = NUM_FIRST
        self._is_fetching = False
        self._current_id = ""
        self._working_id = ""
        self.is_loaded = False

    @property
    def query(self) -> str:
        return self._query

    @property
    def shelf(self) -> Shelf:
        """Which shelf is shown."""
        return self._shelf

    @property
    def current_id(self) -> str:
        return self._current_id

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return marked_line(item.title)
        if role == Qt.ItemDataRole.EditRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if item.folder is not None:
                return say_folder(item.title, item.folder)
            return tr("{0}, damaged").format(item.title) if item.is_damaged else item.title
        if role == Qt.ItemDataRole.ToolTipRole and item.folder is not None:
            return plain_tip(say_folder(item.title, item.folder))
        if role == Qt.ItemDataRole.ToolTipRole:
            tags = " ".join(f"#{named_line(tag)}" for tag in item.tags)
            lines = [named_line(item.title), f"{item.updated_at.astimezone():%x %H:%M}", tags]
            if item.is_damaged:
                lines[1] = tr("Damaged: what can be read of it is shown. Its menu exports what is stored.")
            return plain_tip("\n".join(line for line in lines if line))
        if role == HistoryRole.ID:
            return item.id
        if role == HistoryRole.SECTION:
            return self._sections[index.row()]
        if role == HistoryRole.IS_WORKING:
            return item.id == self._working_id
        if role == HistoryRole.IS_DAMAGED:
            return item.is_damaged
        if role == HistoryRole.DEPTH:
            return item.depth
        if role == HistoryRole.FOLDER:
            return item.folder
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags
        if self.can_rename:
            flags |= Qt.ItemFlag.ItemIsEditable
        if self.has_folders and not self._query:
            flags |= Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
        return flags

    @property
    def has_folders(self) -> bool:
        """Whether the rows that are shown can be moved between folders."""
        return self.organizer is not None and self._shelf is Shelf.LIST

    def mimeTypes(self) -> list[str]:
        return [ROW_TYPE]

    def mimeData(self, indexes: Sequence[Index]) -> QMimeData:
        """Name the rows that are dragged; nothing of their text leaves the window."""
        mime = QMimeData()
        ids = "\n".join(str(index.data(HistoryRole.ID)) for index in indexes)
        mime.setData(ROW_TYPE, QByteArray(ids.encode()))
        return mime

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename the row; an empty title changes nothing."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.rename(self._items[index.row()].id, str(value))
        return True

    def item_at(self, index: Index) -> HistoryItem:
        """Return the row at ``index``."""
        return self._items[index.row()]

    def canFetchMore(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        if parent.isValid() or self.organizer is None or self._is_fetching:
            return False
        return sum(not item.is_in_tree for item in self._items) >= self._limit

    def fetchMore(self, parent: Index = QModelIndex()) -> None:  # noqa: B008
        """Read further, in the background; the rows are put behind those that are there."""
        self._is_fetching = True
        self._limit += NUM_MORE
        self.load()

    def row_of(self, item_id: str) -> int:
        """Return the row of ``item_id``, -1 if the list does not show it."""
        return next((row for row, item in enumerate(self._items) if item.id == item_id), -1)

    def neighbour_of(self, item_id: str, step: int) -> str:
        """Return the id of the next row that is no folder (1) or the one before it (-1), "" for none."""
        ids = [item.id for item in self._items if item.folder is None]
        place = ids.index(item_id) + step if item_id in ids else -1
        return ids[place] if 0 <= place < len(ids) else ""

    def load(self, query: str | None = None) -> None:
        """Ask for the rows again, with a new ``query`` if one is given; ``loaded`` follows."""
        if query is not None and query != self._query:
            self._query, self._limit = query, NUM_FIRST
        self._num_asked += 1
        number, wanted, organizer, shelf = self._num_asked, self._query, self.organizer, self._shelf
        limit = self._limit

        def show(items: Sequence[HistoryItem]) -> None:
            if number == self._num_asked:
                self._show(items)

        def fail(error: Exception) -> None:
            self._is_fetching = False
            self.failed.emit(error)

        self._bridge.run(
            lambda context: (
                organizer.list_on(shelf, wanted, limit) if organizer else self._source.list(wanted)
            ),
            on_done=show,
            on_failed=fail,
            lane=STORAGE_LANE,
        )

    def show_shelf(self, shelf: Shelf) -> None:
        """Show another shelf; ``loaded`` follows."""
        self._shelf, self._limit = shelf, NUM_FIRST
        self.load()

    def organize(
        self, work: Callable[[HistoryOrganizer], object], on_failed: Callable[[], object] | None = None
    ) -> None:
        """Have something put in order; the list is read anew."""
        organizer = self.organizer
        if organizer is not None:
            self._write(lambda: work(organizer), on_failed)

    def ask(self, work: Callable[[HistoryOrganizer], T], on_done: Callable[[T], None]) -> None:
        """Have the organizer asked for something, after what is being changed."""
        organizer = self.organizer
        if organizer is not None:
            self._bridge.run(
                lambda context: work(organizer),
                on_done=on_done,
                on_failed=self.failed.emit,
                lane=STORAGE_LANE,
            )

    def set_collapsed(self, folder_id: str, *, is_collapsed: bool) -> None:
        """Hide what lies in a folder, or show it; what is hidden goes from the screen at once."""
        row = self.row_of(folder_id)
        item = self._items[row] if row >= 0 else None
        if item is None or item.folder is None or item.folder.is_collapsed == is_collapsed:
            return
        self._items[row] = replace(item, folder=replace(item.folder, is_collapsed=is_collapsed))
        self.dataChanged.emit(self.index(row), self.index(row))
        num_below = sum(1 for _ in takewhile(lambda each: each.depth > item.depth, self._items[row + 1 :]))
        if is_collapsed and num_below:
            self.beginRemoveRows(QModelIndex(), row + 1, row + num_below)
            del self._items[row + 1 : row + 1 + num_below]
            self._sections = headings_of(self._items)
            self.endRemoveRows()
        self.organize(lambda organizer: organizer.folders.set_collapsed(folder_id, is_collapsed=is_collapsed))

    def set_current(self, item_id: str) -> None:
        """Mark the open item."""
        if item_id != self._current_id:
            self._current_id = item_id
            self.current_changed.emit(item_id)

    def set_working(self, item_id: str) -> None:
        """Mark the item that work goes on for, "" for none."""
        before, self._working_id = self._working_id, item_id
        for row in {self.row_of(before), self.row_of(item_id)} - {-1}:
            index = self.index(row)
            self.dataChanged.emit(index, index, [HistoryRole.IS_WORKING])

    def rename(self, item_id: str, title: str) -> None:
        """Change a title, on the screen at once and in the database behind it."""
        title = " ".join(title.split())
        row = self.row_of(item_id)
        if row < 0 or not title or title == self._items[row].title:
            return
        item = self._items[row]
        self._items[row] = replace(item, title=title)
        index = self.index(row)
        self.dataChanged.emit(index, index)
        self.item_renamed.emit(item_id, title)
        if item.folder is not None:
            self.organize(lambda organizer: organizer.folders.rename(item_id, title))
            return
        self._write(lambda: self._source.rename(item_id, title))

    def delete(self, item_id: str) -> None:
        """Take a row away; ``restore`` brings it back."""
        row = self.row_of(item_id)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._items[row]
            del self._sections[row]
            self.endRemoveRows()
            self._set_sections()
        self._write(
            lambda: self._source.delete(item_id), on_failed=lambda: self.item_not_deleted.emit(item_id)
        )
        self.item_deleted.emit(item_id)

    def restore(self, item_id: str) -> None:
        """Undo ``delete``."""
        self._write(lambda: self._source.restore(item_id))

    def delete_all(
        self, item_ids: Sequence[str], deleted: list[str], on_failed: Callable[[], object]
    ) -> None:
        """Take rows away, one after another in one job; ``deleted`` is filled there with those that are."""
        wanted = frozenset(item_ids)
        self.beginResetModel()
        self._items = [item for item in self._items if item.id not in wanted]
        self._sections = headings_of(self._items)
        self.endResetModel()

        def delete() -> None:
            for item_id in item_ids:
                self._source.delete(item_id)
                deleted.append(item_id)

        self._write(delete, on_failed)
        for item_id in item_ids:
            self.item_deleted.emit(item_id)

    def restore_all(self, item_ids: Sequence[str]) -> None:
        """Undo ``delete`` for several rows."""

        def restore() -> None:
            for item_id in item_ids:
                self._source.restore(item_id)

        self._write(restore)

    def export(self, item_id: str) -> None:
        """Read an item as it is stored; ``exported`` follows."""
        row = self.row_of(item_id)
        title = self._items[row].title if row >= 0 else ""
        self._bridge.run(
            lambda context: self._source.export_raw(item_id),
            on_done=lambda text: self.exported.emit(title, text),
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    def _write(self, work: Callable[[], object], on_failed: Callable[[], object] | None = None) -> None:
        def reload(_result: object) -> None:
            self.load()

        def report(error: Exception) -> None:
            self.failed.emit(error)
            self.load()
            if on_failed is not None:
                on_failed()

        self._bridge.run(lambda context: work(), on_done=reload, on_failed=report, lane=STORAGE_LANE)

    def _show(self, items: Sequence[HistoryItem]) -> None:
        self._is_fetching = False
        num_before = len(self._items)
        if [item.id for item in items[:num_before]] == [item.id for item in self._items] and num_before:
            if len(items) > num_before:
                self.beginInsertRows(QModelIndex(), num_before, len(items) - 1)
                self._items = list(items)
                self._sections = headings_of(self._items)
                self.endInsertRows()
            self._items = list(items)
            self._set_sections()
        else:
            self.beginResetModel()
            self._items = list(items)
            self._sections = headings_of(self._items)
            self.endResetModel()
        self.is_loaded = True
        self.loaded.emit()

    def _set_sections(self) -> None:
        self._sections = headings_of(self._items)
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))


def say_folder(name: str, folder: FolderState) -> str:
    """Name a folder with what lies in it and whether that is hidden."""
    if not folder.num_items:
        return tr("Folder “{0}”, empty. Drag conversations into it.").format(name)
    number = trn("{n} conversation", "{n} conversations", folder.num_items)
    if folder.is_collapsed:
        return tr("Folder “{0}”, {1}, closed").format(name, number)
    return tr("Folder “{0}”, {1}, open").format(name, number)
