"""The queue of files as rows of a list that are put in order by dragging."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from lmstudio_lite.domain.file_translations import FileJob
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.reviews import say_job
from lmstudio_lite.words.translate import tr

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_MIME = "application/x-lmstudio-lite-file-job"
JOB_ROLE = Qt.ItemDataRole.UserRole + 1


class JobsModel(QAbstractListModel):
    """Lives on the GUI thread. The queue is told what is dragged; the rows move when it has moved them."""

    move_requested = Signal(str, int)  # the order's id, by how many rows

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs: list[FileJob] = []

    @property
    def jobs(self) -> Sequence[FileJob]:
        return self._jobs

    def job(self, order_id: str) -> FileJob | None:
        """Return a file's job, None if it is not in the queue."""
        return next((job for job in self._jobs if job.order.id == order_id), None)

    def row_of(self, order_id: str) -> int:
        """Return the row of a job, -1 if it is not there."""
        return next((row for row, job in enumerate(self._jobs) if job.order.id == order_id), -1)

    def show(self, jobs: Sequence[FileJob]) -> None:
        """Show the queue's newest state."""
        is_same = [job.order.id for job in jobs] == [job.order.id for job in self._jobs]
        if not is_same:
            self.beginResetModel()
            self._jobs = list(jobs)
            self.endResetModel()
            return
        before, self._jobs = self._jobs, list(jobs)
        for row, (old, new) in enumerate(zip(before, jobs, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job = self._jobs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(job)
            case Qt.ItemDataRole.AccessibleTextRole:
                return tr("{0}, {1}").format(title_of(job), say_job(job))
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(str(job.order.path))
            case _:
                return job if role == JOB_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled)

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        mime = QMimeData()
        mime.setData(_MIME, self._jobs[indexes[0].row()].order.id.encode())
        return mime

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        order_id = bytes(data.data(_MIME).data()).decode()
        here = self.row_of(order_id)
        place = row if row >= 0 else len(self._jobs)
        by = place - here - (1 if place > here else 0)
        if here >= 0 and by:
            self.move_requested.emit(order_id, by)
        return False  # the queue moves it, not Qt


def title_of(job: FileJob) -> str:
    """``talk.docx → German``."""
    return tr("{0} → {1}").format(job.order.path.name, say_language(job.order.options.target))
