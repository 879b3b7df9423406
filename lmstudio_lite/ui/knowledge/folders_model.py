"""The rows of the folders' window: each folder, and below it the files that could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from lmstudio_lite.domain.knowledge import KnowledgeFolder, UnreadFile
from lmstudio_lite.words.knowledge import say_folder, say_unread

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_TOP = 0
"""The internal id of folders; that of a file is its folder's row, from 1."""


class FoldersModel(QAbstractItemModel):
    """Two levels, one column of words."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._folders: list[KnowledgeFolder] = []
        self._unread: list[list[UnreadFile]] = []

    def show(self, folders: Sequence[KnowledgeFolder], unread: Mapping[str, Sequence[UnreadFile]]) -> None:
        """Show the newest figures; the rows stay the same ones where they can."""
        is_same = [folder.id for folder in folders] == [folder.id for folder in self._folders]
        new_unread = [list(unread.get(folder.id, ())) for folder in folders]
        if is_same and [len(each) for each in new_unread] == [len(each) for each in self._unread]:
            self._folders = list(folders)
            if folders:
                self.dataChanged.emit(self.index(0, 0), self.index(len(folders) - 1, 0))
            return
        self.beginResetModel()
        self._folders, self._unread = list(folders), new_unread
        self.endResetModel()

    def folder_at(self, index: Index) -> KnowledgeFolder | None:
        """Return the folder of a row, or of the folder that a file's row is below."""
        if not index.isValid():
            return None
        row = index.row() if index.internalId() == _TOP else int(index.internalId()) - 1
        return self._folders[row] if row < len(self._folders) else None

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _TOP)

    def parent(self, child: Index = _NO_INDEX) -> QModelIndex:  # type: ignore[override]
        if not child.isValid() or child.internalId() == _TOP:
            return QModelIndex()
        return self.createIndex(int(child.internalId()) - 1, 0, _TOP)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        if not parent.isValid():
            return len(self._folders)
        return len(self._unread[parent.row()]) if parent.internalId() == _TOP else 0

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if index.internalId() == _TOP:
            return say_folder(self._folders[index.row()])
        return say_unread(self._unread[int(index.internalId()) - 1][index.row()])
