"""The table of a file's segments: thousands of rows, of which those in sight are measured and painted."""

from __future__ import annotations

from PySide6.QtCore import QKeyCombination, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.ui.icons import ICON_SIZE
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_32
from lmstudio_lite.ui.translate.review.delegate import SegmentDelegate
from lmstudio_lite.ui.translate.review.segment_editor import EditEnd, SegmentEditor
from lmstudio_lite.ui.translate.review.segments_model import Column, Index, SegmentsModel
from lmstudio_lite.words.translate import tr

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ALONE = tuple(QKeyCombination(Qt.KeyboardModifier.AltModifier, key) for key in _ENTER)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_MOVES = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_C)
_SHARE_OF_FLAGS = 0.17
_NUM_BEYOND = 8
"""Rows below the last one in sight that are measured beforehand."""


class SegmentTable(QTableView):
    """Rows of a ``SegmentsModel``. Numbers are those of segments."""

    accept_requested = Signal(int)  # number
    retranslate_requested = Signal(int)  # number
    current_changed = Signal()
    editor_opened = Signal(int, object)  # number, SegmentEditor

    def __init__(self, theme: Theme, model: SegmentsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._segments = model
        self._delegate = SegmentDelegate(theme, self)
        self._wants_look = True
        self._edits_alone = False
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(tr("Segments"))
        self.setWordWrap(True)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._measuring = QTimer(self)
        self._measuring.setSingleShot(True)
        self._measuring.setInterval(0)
        self._measuring.timeout.connect(self._on_measuring_due)
        self.verticalScrollBar().valueChanged.connect(self._on_rows_seen)
        model.rowsInserted.connect(self._on_rows_seen)
        model.dataChanged.connect(self._on_rows_seen)
        model.modelReset.connect(self._on_rows_seen)
        self._delegate.edit_begun.connect(self._on_edit_begun)
        self._delegate.edit_ended.connect(self._on_edit_ended)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def current_row(self) -> SegmentRow | None:
        """Return the segment that is chosen."""
        return self._segments.segment_row(self.currentIndex().row())

    @property
    def is_editing(self) -> bool:
        return self.state() is QAbstractItemView.State.EditingState

    def set_languages(self, source: str, target: str) -> None:
        """Let the columns run the way their languages do."""
        self._delegate.source, self._delegate.target = source, target
        self.viewport().update()

    def go_to(self, place: int, *, edits: bool = False) -> None:
        """Choose the row at a place of the table."""
        index = self._segments.index(place, Column.TARGET)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        if edits:
            self.edit(index)

    def go_on(self, *, edits: bool = False) -> bool:
        """Choose the next row to look at, else the next one not accepted; False if there is none."""
        here = self.currentIndex().row()
        place = self._segments.place_after(here, wants_look=self._wants_look)
        if place < 0:
            place = self._segments.place_after(here, wants_look=False)
        if place >= 0:
            self.go_to(place, edits=edits)
        return place >= 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current_row
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _ENTER and is_plain and row is not None and not self.is_editing:
            self.accept_requested.emit(row.number)
            self.go_on()
            return
        if event.keyCombination() in _ALONE and row is not None and not self.is_editing:
            self._edit(row.number, is_alone=True)
            return
        if event.modifiers() & _COMMANDS and event.key() not in _MOVES:
            event.ignore()  # Qt would begin to edit, or take it for a letter
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.current_changed.emit()

    def _share_width(self) -> None:
        """Give the two texts what the narrow columns leave, in equal parts."""
        metrics = self.fontMetrics()
        margin = 2 * self._theme.scaled(SPACE_4) + SPACE_32
        number = metrics.horizontalAdvance("0000") + margin
        sure = metrics.horizontalAdvance("100 %") + margin // 2
        flags = max(metrics.horizontalAdvance("X" * 10), round(self.viewport().width() * _SHARE_OF_FLAGS))
        rest = max(0, self.viewport().width() - number - sure - flags)
        widths = (number, rest // 2, rest - rest // 2, flags, sure)
        for column, width in zip(Column, widths, strict=True):
            self.setColumnWidth(column, width)
        self._measuring.start()

    @Slot()
    def _on_rows_seen(self) -> None:
        if not self._measuring.isActive():
            self._measuring.start()

    @Slot()
    def _on_measuring_due(self) -> None:
        """Give the rows in sight, and a few below, the height of their texts."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        end = self._segments.rowCount() if last < 0 else last + _NUM_BEYOND
        metrics = QFontMetrics(self.font())
        for place in range(first, min(end, self._segments.rowCount())):
            row = self._segments.segment_row(place)
            if row is None:
                continue
            height = max(
                self._delegate.height_of(metrics, text, self.columnWidth(column))
                for column, text in (
                    (Column.SOURCE, row.segment.source),
                    (Column.TARGET, row.segment.text),
                    (Column.FLAGS, str(self._segments.index(place, Column.FLAGS).data())),
                )
            )
            if height != self.rowHeight(place):
                self.setRowHeight(place, height)

    @Slot(object)
    def _on_edit_begun(self, editor: SegmentEditor) -> None:
        row = self.current_row
        editor.is_alone = self._edits_alone
        if row is not None:
            self.editor_opened.emit(row.number, editor)

    @Slot(object)
    def _on_edit_ended(self, end: EditEnd) -> None:
        row = self.current_row
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if end is EditEnd.ACCEPT and row is not None:
            self.accept_requested.emit(row.number)
            self.go_on(edits=True)

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        row = self._segments.segment_row(self.indexAt(place).row())
        if row is None:
            return
        number = row.number
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Accept")).triggered.connect(lambda: self.accept_requested.emit(number))
        menu.addAction(tr("Edit")).triggered.connect(lambda: self._edit(number))
        if self._segments.is_repeated(row):
            alone = menu.addAction(tr("Edit, but not where it repeats"))
            alone.setShortcut(QKeySequence(_ALONE[0]))
            alone.triggered.connect(lambda: self._edit(number, is_alone=True))
        again = menu.addAction(self._theme.icon("regenerate"), tr("Translate again…"))
        again.triggered.connect(lambda: self.retranslate_requested.emit(number))
        menu.popup(self.viewport().mapToGlobal(place))

    def _edit(self, number: int, *, is_alone: bool = False) -> None:
        self._edits_alone = is_alone
        self.go_to(self._segments.place_of(number), edits=True)
        self._edits_alone = False

    @Slot()
    def _on_theme_changed(self) -> None:
        icon_size = self._theme.scaled(ICON_SIZE)
        self.setIconSize(QSize(icon_size, icon_size))
        self.verticalHeader().setDefaultSectionSize(2 * self.fontMetrics().lineSpacing() + 2 * SPACE_4)
        self.verticalHeader().setMinimumSectionSize(self.fontMetrics().lineSpacing())
        self._share_width()
