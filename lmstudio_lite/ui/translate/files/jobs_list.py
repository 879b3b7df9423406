"""The queue of files as a short list: a mark, the file's name, where it stands, and a way to take it out."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from lmstudio_lite.domain.file_translations import FileJob, FileJobState
from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import RADIUS_CONTROL, SPACE_8, SPACE_12
from lmstudio_lite.ui.translate.files.jobs_model import JOB_ROLE, Index, JobsModel
from lmstudio_lite.words.reviews import say_job
from lmstudio_lite.words.translate import tr

_ICON_SIZE = 16
_ROWS_IN_SIGHT = 4
_BAR_HEIGHT = 2
_ICONS = {
    FileJobState.QUEUED: "document",
    FileJobState.RUNNING: "translate",
    FileJobState.PAUSED: "pause",
    FileJobState.FAILED: "error",
    FileJobState.DONE: "check",
}
_GOING_ON = (FileJobState.QUEUED, FileJobState.RUNNING)


class JobsList(QListView):
    """Rows of a ``JobsModel``; at most four in sight. A click or arrow key chooses one, Delete removes it."""

    job_chosen = Signal(str)  # the order's id
    removal_requested = Signal(str)
    pause_requested = Signal(str)
    resume_requested = Signal(str)
    clearing_requested = Signal()

    def __init__(self, theme: Theme, model: JobsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._jobs = model
        self.setModel(model)
        self.setItemDelegate(_JobDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QListView.DragDropMode.InternalMove)
        self.setAccessibleName(tr("Files that are translated"))
        model.modelReset.connect(self._on_jobs_changed)
        theme.changed.connect(self._on_jobs_changed)
        self.clicked.connect(self._on_clicked)
        self._on_jobs_changed()

    def choose(self, order_id: str) -> None:
        """Mark the row of the file that is shown, none if it has no row."""
        row = self._jobs.row_of(order_id)
        if row < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif self.currentIndex().row() != row:
            self.setCurrentIndex(self._jobs.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        job = self._job_at(self.currentIndex())
        if job is not None and event.key() == Qt.Key.Key_Delete:
            self.removal_requested.emit(job.order.id)
            return
        is_moving = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if job is not None and is_moving and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._jobs.move_requested.emit(job.order.id, -1 if event.key() == Qt.Key.Key_Up else 1)
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(self.currentIndex())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        job = self._job_at(index)
        if job is None:
            return
        order_id, row = job.order.id, index.row()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if job.state in _GOING_ON:
            pause = menu.addAction(self._theme.icon("pause"), tr("Pause"))
            pause.triggered.connect(lambda: self.pause_requested.emit(order_id))
        elif job.state is not FileJobState.DONE:
            resume = menu.addAction(self._theme.icon("play"), tr("Continue"))
            resume.triggered.connect(lambda: self.resume_requested.emit(order_id))
        for icon, words, num_rows, is_possible in (
            ("chevron-up", tr("Move up"), -1, row > 0),
            ("chevron-down", tr("Move down"), 1, row + 1 < self._jobs.rowCount()),
        ):
            action = menu.addAction(self._theme.icon(icon), words)
            action.setEnabled(is_possible)
            action.triggered.connect(
                lambda _checked=False, by=num_rows: self._jobs.move_requested.emit(order_id, by)
            )
        menu.addSeparator()
        words = tr("Stop and remove") if job.state is FileJobState.RUNNING else tr("Remove from the queue")
        removal = menu.addAction(self._theme.icon("close"), words)
        removal.triggered.connect(lambda: self.removal_requested.emit(order_id))
        clearing = menu.addAction(tr("Remove all that are done"))
        clearing.triggered.connect(self.clearing_requested)
        menu.popup(self.viewport().mapToGlobal(event.pos()))

    def _job_at(self, index: Index) -> FileJob | None:
        job = index.data(JOB_ROLE) if index.isValid() else None
        return job if isinstance(job, FileJob) else None

    def _choose(self, index: Index) -> None:
        job = self._job_at(index)
        if job is not None:
            self.job_chosen.emit(job.order.id)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        delegate, job = self.itemDelegate(), self._job_at(index)
        if isinstance(delegate, _JobDelegate) and job is not None:
            cross = delegate.cross_rect(self.visualRect(index))
            if cross.contains(self.viewport().mapFromGlobal(self.cursor().pos())):
                self.removal_requested.emit(job.order.id)
                return
        self._choose(index)

    @Slot()
    def _on_jobs_changed(self) -> None:
        num_rows = self._jobs.rowCount()
        height = _row_height() * min(num_rows, _ROWS_IN_SIGHT)
        self.setFixedHeight(height + (_row_height() // 2 if num_rows > _ROWS_IN_SIGHT else 0))
        self.viewport().update()


def _row_height() -> int:
    return QFontMetrics(QApplication.font()).height() + SPACE_12


class _JobDelegate(QStyledItemDelegate):
    """Paints one row; under the pointer a cross appears at its end."""

    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _row_height())

    def cross_rect(self, rect: QRect) -> QRect:
        """Return where the cross of a row stands."""
        size = self._theme.scaled(_ICON_SIZE)
        place = QRect(0, 0, size, size)
        place.moveCenter(QPoint(rect.right() - SPACE_8 - size // 2, rect.center().y()))
        return place

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        job: FileJob = index.data(JOB_ROLE)
        rect: QRect = option.rect
        flags: QStyle.StateFlag = option.state
        is_hovered = bool(flags & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = rect.adjusted(0, 1, 0, -1)
        is_selected = bool(flags & QStyle.StateFlag.State_Selected)
        if is_selected or is_hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.selected if is_selected else tokens.hover))
            painter.drawRoundedRect(row, RADIUS_CONTROL, RADIUS_CONTROL)
        size = self._theme.scaled(_ICON_SIZE)
        colours = {FileJobState.FAILED: tokens.danger, FileJobState.QUEUED: tokens.muted}
        colour = colours.get(job.state, tokens.accent)
        ratio = painter.device().devicePixelRatioF()
        mark = tinted_pixmap(_ICONS[job.state], colour, size, ratio)
        painter.drawPixmap(row.left() + SPACE_8, row.center().y() - size // 2 + 1, mark)
        right = row.right() - SPACE_8
        if is_hovered:
            cross = self.cross_rect(rect)
            painter.drawPixmap(cross.topLeft(), tinted_pixmap("close", tokens.muted, size, ratio))
            right = cross.left() - SPACE_8
        self._paint_words(painter, job, row, right, str(index.data()))
        if job.state is FileJobState.RUNNING and job.num_total:
            bar = QRect(row.left() + SPACE_8, row.bottom() - 1, 0, _BAR_HEIGHT)
            bar.setWidth(round((row.width() - 2 * SPACE_8) * min(1.0, job.num_done / job.num_total)))
            painter.fillRect(bar, QColor(tokens.accent))
        painter.restore()

    def _paint_words(self, painter: QPainter, job: FileJob, row: QRect, right: int, title: str) -> None:
        tokens = self._theme.tokens
        left = row.left() + 2 * SPACE_8 + self._theme.scaled(_ICON_SIZE)
        painter.setFont(self._theme.ui_font())
        metrics = painter.fontMetrics()
        name_width = min(metrics.horizontalAdvance(title) + 2, (right - left) * 11 // 20)
        name = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, name_width)
        centre = Qt.AlignmentFlag.AlignVCenter
        place = QRect(left, row.top(), name_width, row.height())
        painter.setPen(QColor(tokens.text))
        painter.drawText(place, centre | Qt.AlignmentFlag.AlignLeft, name)
        rest = QRect(left + name_width + SPACE_12, row.top(), 0, row.height())
        rest.setRight(right)
        painter.setPen(QColor(tokens.danger if job.state is FileJobState.FAILED else tokens.muted))
        words = metrics.elidedText(say_job(job), Qt.TextElideMode.ElideRight, max(0, rest.width()))
        painter.drawText(rest, centre | Qt.AlignmentFlag.AlignRight, words)
