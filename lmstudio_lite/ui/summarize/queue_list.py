"""The queue as a short list: a mark, the file's name, where it stands, and a way to take it out."""

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

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.summarize.items import (
    Failed,
    ItemState,
    Paused,
    Reading,
    Stopped,
    SummaryItem,
    Waiting,
    Working,
)
from lmstudio_lite.ui.summarize.queue import Index, QueueRole, SummaryQueue
from lmstudio_lite.ui.summarize.texts import comparable
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import RADIUS_CONTROL, SPACE_8, SPACE_12
from lmstudio_lite.words import explain
from lmstudio_lite.words.summaries import say_facts, say_pause, say_progress
from lmstudio_lite.words.translate import tr

_ICON_SIZE = 16
_ROWS_IN_SIGHT = 4
_BAR_HEIGHT = 2


class QueueList(QListView):
    """Rows of a ``SummaryQueue``; at most four in sight. A click or arrow key chooses one."""

    item_chosen = Signal(object)  # SummaryItem
    removal_requested = Signal(int)  # item id
    again_requested = Signal(object)  # SummaryItem
    comparison_requested = Signal()

    def __init__(self, theme: Theme, queue: SummaryQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._queue = queue
        self.setModel(queue)
        self.setItemDelegate(_QueueDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Documents in the queue"))
        queue.rowsInserted.connect(self._on_rows_changed)
        queue.rowsRemoved.connect(self._on_rows_changed)
        theme.changed.connect(self._on_theme_changed)
        self.clicked.connect(self._on_clicked)
        self._fit()

    def select_item(self, item_id: int) -> None:
        """Mark the row of the item that is shown; none if it has no row."""
        row = self._queue.row_of(item_id)
        if row < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif self.currentIndex().row() != row:
            self.setCurrentIndex(self._queue.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and event.key() == Qt.Key.Key_Delete:
            self.removal_requested.emit(index.data(QueueRole.ITEM).item_id)
            return
        is_moving = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if index.isValid() and is_moving and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            item_id = index.data(QueueRole.ITEM).item_id
            self._queue.move(item_id, -1 if event.key() == Qt.Key.Key_Up else 1)
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(self.currentIndex())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if not index.isValid():
            return
        item: SummaryItem = index.data(QueueRole.ITEM)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item.can_run_again:
            again = menu.addAction(self._theme.icon("regenerate"), tr("Summarize again"))
            again.triggered.connect(lambda: self.again_requested.emit(item))
        row = index.row()
        for icon, words, num_rows, is_possible in (
            ("chevron-up", tr("Move up"), -1, row > 0),
            ("chevron-down", tr("Move down"), 1, row + 1 < self._queue.rowCount()),
        ):
            action = menu.addAction(self._theme.icon(icon), words)
            action.setEnabled(is_possible)
            action.triggered.connect(lambda _checked=False, by=num_rows: self._queue.move(item.item_id, by))
        num_done = len(comparable(self._queue.items))
        if num_done > 1:
            words = tr("Compare these {0}").format(num_done)
            compare = menu.addAction(self._theme.icon("summarize"), words)
            compare.triggered.connect(self.comparison_requested)
        menu.addSeparator()
        words = tr("Stop and remove") if item.is_running else tr("Remove from the queue")
        removal = menu.addAction(self._theme.icon("close"), words)
        removal.triggered.connect(lambda: self.removal_requested.emit(item.item_id))
        menu.popup(self.viewport().mapToGlobal(event.pos()))

    def _choose(self, index: Index) -> None:
        if index.isValid():
            self.item_chosen.emit(index.data(QueueRole.ITEM))

    def _fit(self) -> None:
        rows = min(self._queue.rowCount(), _ROWS_IN_SIGHT)
        height = _row_height() * rows
        if self._queue.rowCount() > _ROWS_IN_SIGHT:
            height += _row_height() // 2
        self.setFixedHeight(height)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        delegate = self.itemDelegate()
        if isinstance(delegate, _QueueDelegate):
            cross = delegate.cross_rect(self.visualRect(index))
            if cross.contains(self.viewport().mapFromGlobal(self.cursor().pos())):
                self.removal_requested.emit(index.data(QueueRole.ITEM).item_id)
                return
        self._choose(index)

    @Slot()
    def _on_rows_changed(self) -> None:
        self._fit()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._fit()
        self.viewport().update()


def _row_height() -> int:
    return QFontMetrics(QApplication.font()).height() + SPACE_12


class _QueueDelegate(QStyledItemDelegate):
    """Paints one row; under the pointer a cross appears at its end."""

    def __init__(self, theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _row_height())

    def cross_rect(self, rect: QRect) -> QRect:
        """Return where the cross of a row stands."""
        place = QRect(0, 0, _ICON_SIZE, _ICON_SIZE)
        place.moveCenter(QPoint(rect.right() - SPACE_8 - _ICON_SIZE // 2, rect.center().y()))
        return place

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        item: SummaryItem = index.data(QueueRole.ITEM)
        rect: QRect = option.rect
        flags: QStyle.StateFlag = option.state
        is_hovered = bool(flags & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = rect.adjusted(0, 1, 0, -1)
        ground = ""
        if flags & QStyle.StateFlag.State_Selected:
            ground = tokens.selected
        elif is_hovered:
            ground = tokens.hover
        if ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(row, RADIUS_CONTROL, RADIUS_CONTROL)
        self._paint_mark(painter, item, row)
        right = row.right() - SPACE_8
        if is_hovered:
            cross = self.cross_rect(rect)
            pixmap = tinted_pixmap("close", tokens.muted, _ICON_SIZE, painter.device().devicePixelRatioF())
            painter.drawPixmap(cross.topLeft(), pixmap)
            right = cross.left() - SPACE_8
        self._paint_words(painter, item, row, right)
        if isinstance(item.state, Working | Paused) and item.state.progress and item.state.progress.num_total:
            share = item.state.progress.num_done / item.state.progress.num_total
            bar = QRect(row.left() + SPACE_8, row.bottom() - 1, 0, _BAR_HEIGHT)
            bar.setWidth(round((row.width() - 2 * SPACE_8) * min(1.0, share)))
            painter.fillRect(bar, QColor(tokens.accent))
        painter.restore()

    def _paint_mark(self, painter: QPainter, item: SummaryItem, row: QRect) -> None:
        tokens = self._theme.tokens
        match item.state:
            case Done(facts=facts):
                name, colour = ("stop", tokens.warning) if facts.is_stopped else ("check", tokens.accent)
            case Failed():
                name, colour = "error", tokens.danger
            case Paused():
                name, colour = "pause", tokens.accent
            case Stopped():
                name, colour = "stop", tokens.muted
            case Waiting():
                name, colour = "document", tokens.muted
            case _:
                name, colour = "summarize", tokens.accent
        pixmap = tinted_pixmap(name, colour, _ICON_SIZE, painter.device().devicePixelRatioF())
        painter.drawPixmap(row.left() + SPACE_8, row.center().y() - _ICON_SIZE // 2 + 1, pixmap)

    def _paint_words(self, painter: QPainter, item: SummaryItem, row: QRect, right: int) -> None:
        tokens = self._theme.tokens
        left = row.left() + SPACE_8 + _ICON_SIZE + SPACE_8
        painter.setFont(self._theme.ui_font())
        metrics = painter.fontMetrics()
        name_width = min(metrics.horizontalAdvance(item.title) + 2, (right - left) * 11 // 20)
        name = metrics.elidedText(item.title, Qt.TextElideMode.ElideMiddle, name_width)
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(tokens.text))
        painter.drawText(
            QRect(left, row.top(), name_width, row.height()), centre | Qt.AlignmentFlag.AlignLeft, name
        )
        rest = QRect(left + name_width + SPACE_12, row.top(), 0, row.height())
        rest.setRight(right)
        painter.setPen(QColor(tokens.danger if isinstance(item.state, Failed) else tokens.muted))
        words = metrics.elidedText(say_state(item.state), Qt.TextElideMode.ElideRight, max(0, rest.width()))
        painter.drawText(rest, centre | Qt.AlignmentFlag.AlignRight, words)


def say_state(state: ItemState) -> str:
    """Word an item's state for a row of the queue."""
    match state:
        case Waiting():
            return tr("Waiting")
        case Reading():
            return tr("Opening…")
        case Working(progress):
            return say_progress(progress)
        case Done(facts=facts):
            return say_facts(facts)
        case Paused(progress):
            return say_pause(progress)
        case Stopped():
            return tr("Stopped")
        case Failed(error):
            return explain(error).what if isinstance(error, AppError) else tr("A mistake of the program")
