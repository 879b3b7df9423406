"""Rows of the left panel dragged into folders and out of them.

A row is dropped on a folder, on a row that lies in one, or below the folders, which takes it out. A closed
folder opens while a row is held over it. What a drop would change nothing of, or what would put a folder into
itself, is refused while the row still hangs.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, QTimer, Signal, Slot
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QListView

from lmstudio_lite.ui.history_model import ROW_TYPE, HistoryModel, HistoryRole

OPEN_MS = 700


class RowDrag(QObject):
    """What a list does with a row of its own that is dragged over it. Lives on the GUI thread."""

    dropped = Signal(object, object)  # the ids of the rows, and of the folder they shall lie in or None
    open_wanted = Signal(str)  # the id of a folder that a row is held over

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self.target_row = -1
        """The folder's row that a drop would go into, -1 for none."""
        self.is_out = False
        """Whether a drop would take the row out of its folder."""
        self._held_over = QTimer(self)
        self._held_over.setSingleShot(True)
        self._held_over.setInterval(OPEN_MS)
        self._held_over.timeout.connect(self._on_held_over)

    def move(self, event: QDragMoveEvent) -> None:
        """Say whether the row may be dropped here, and show where it would go."""
        model, item_ids = self._model(), dragged_ids(event)
        if model is None or not item_ids:
            event.ignore()
            return
        folder_id = self._folder_at(model, event.position().toPoint())
        is_fine = _may_lie_in(model, item_ids, folder_id)
        event.setAccepted(is_fine)
        row = model.row_of(folder_id) if is_fine and folder_id is not None else -1
        self._show(row, is_out=is_fine and folder_id is None)

    def drop(self, event: QDropEvent) -> None:
        """Announce where rows were dropped."""
        model, item_ids = self._model(), dragged_ids(event)
        self.end()
        if model is None or not item_ids:
            event.ignore()
            return
        folder_id = self._folder_at(model, event.position().toPoint())
        if not _may_lie_in(model, item_ids, folder_id):
            event.ignore()
            return
        event.acceptProposedAction()
        self.dropped.emit(item_ids, folder_id)

    def end(self) -> None:
        """The row is gone from over the list."""
        self._show(-1, is_out=False)

    def _show(self, row: int, *, is_out: bool) -> None:
        if (row, is_out) == (self.target_row, self.is_out):
            return
        self.target_row, self.is_out = row, is_out
        if row >= 0:
            self._held_over.start()
        else:
            self._held_over.stop()
        self._view.viewport().update()

    def _folder_at(self, model: HistoryModel, place: QPoint) -> str | None:
        index = self._view.indexAt(place)
        if not index.isValid():
            return None
        item = model.item_at(index)
        return item.id if item.folder is not None else item.folder_id

    def _model(self) -> HistoryModel | None:
        model = self._view.model()
        return model if isinstance(model, HistoryModel) and model.has_folders else None

    @Slot()
    def _on_held_over(self) -> None:
        model = self._model()
        if model is None or not 0 <= self.target_row < model.rowCount():
            return
        index = model.index(self.target_row)
        folder = index.data(HistoryRole.FOLDER)
        if folder is not None and folder.is_collapsed:
            self.open_wanted.emit(index.data(HistoryRole.ID))


def dragged_ids(event: QDropEvent) -> list[str]:
    """Return the ids of the rows that are dragged, none for anything else."""
    return bytes(event.mimeData().data(ROW_TYPE).data()).decode().split()


def _may_lie_in(model: HistoryModel, item_ids: Sequence[str], folder_id: str | None) -> bool:
    """Tell whether rows can go into a folder, and do not all lie there."""
    rows = [row for each in item_ids if (row := model.row_of(each)) >= 0]
    if all(model.item_at(model.index(row)).folder_id == folder_id for row in rows):
        return False
    wanted = folder_id
    while wanted is not None:
        if wanted in item_ids:
            return False
        above = model.row_of(wanted)
        wanted = model.item_at(model.index(above)).folder_id if above >= 0 else None
    return True
