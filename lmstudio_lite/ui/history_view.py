"""The rows of the left panel: a menu for each, F2 renames, Del deletes, letters go to what is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPixmap,
)
from PySide6.QtWidgets import QListView, QMenu, QWidget

from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.history_delegate import HistoryDelegate
from lmstudio_lite.ui.history_drag import RowDrag, dragged_ids
from lmstudio_lite.ui.history_items import HistoryItem
from lmstudio_lite.ui.history_model import HistoryModel, HistoryRole
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

MOVE_KEYS = QKeySequence("Ctrl+Shift+O")
_CHOOSES = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class HistoryView(QListView):
    """The list itself: context menu, F2 renames in place, Del deletes, letters go to what is open.

    Rows are dragged into folders; the arrows to the sides close and open those. Several rows are chosen with
    Shift and Ctrl; folders are never among them.
    """

    rename_requested = Signal(QModelIndex)
    delete_requested = Signal(QModelIndex)
    export_requested = Signal(QModelIndex)
    archive_requested = Signal(QModelIndex)
    tags_requested = Signal(QModelIndex)
    file_requested = Signal(QModelIndex)
    picture_requested = Signal(QModelIndex)
    entered_by_key = Signal(QModelIndex)
    folder_toggled = Signal(QModelIndex)
    folder_wanted = Signal(object)  # the id of the folder that a new one shall lie in, None for the top
    move_requested = Signal(QModelIndex)
    search_within_requested = Signal(str)  # a folder's name
    typed = Signal(str)
    row_clicked = Signal(QModelIndex)  # to open it: not while rows are being chosen
    many_menu_wanted = Signal(QMenu)
    delete_many_requested = Signal()
    move_many_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chooses = False
        self._num_chosen = 0
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.drag = RowDrag(self)
        self._delegate = HistoryDelegate(theme, self.drag, lambda: self.has_many, self)
        self.setItemDelegate(self._delegate)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QListView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self.clicked.connect(self._on_clicked)

    def chosen_items(self) -> list[HistoryItem]:
        """Return the rows that are chosen, from the top."""
        model = self.model()
        if not isinstance(model, HistoryModel):
            return []
        return [model.item_at(index) for index in sorted(self.selectedIndexes(), key=QModelIndex.row)]

    def choose(self, rows: Sequence[int]) -> None:
        """Choose rows, beside the one that has the keyboard's focus."""
        model, selection = self.model(), QItemSelection()
        for row in rows:
            selection.select(model.index(row, 0), model.index(row, 0))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    @property
    def has_many(self) -> bool:
        """Whether more than one row is chosen."""
        return self._num_chosen > 1

    def reset(self) -> None:
        """Nothing is chosen in a list that is filled anew."""
        super().reset()
        self._num_chosen = 0

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Leave folders out where several rows are chosen: what is done to those is not done to folders."""
        super().selectionChanged(selected, deselected)
        indexes = self.selectedIndexes()
        folders = QItemSelection()
        for index in indexes if len(indexes) > 1 else ():
            if index.data(HistoryRole.FOLDER) is not None:
                folders.select(index, index)
        if folders.count():
            self.selectionModel().select(folders, QItemSelectionModel.SelectionFlag.Deselect)
        self._num_chosen = len(indexes) - folders.count()
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note whether a click chooses rows, rather than opening one."""
        self._chooses = bool(event.modifiers() & _CHOOSES)
        super().mousePressEvent(event)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if not self._chooses:
            self.setCurrentIndex(index)  # of several chosen rows only this one stays
            self.row_clicked.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if self.state() is QListView.State.EditingState:
            super().keyPressEvent(event)  # what the name's editor left over
        elif self.has_many and self._acts_on_many(event):
            pass
        elif index.isValid() and event.key() == Qt.Key.Key_Delete:
            if not event.isAutoRepeat():  # a key that is held deletes one row, not the list
                self.delete_requested.emit(index)
        elif index.isValid() and self._moves_folder(event, index):
            self.folder_toggled.emit(index)
        elif index.isValid() and QKeySequence(event.keyCombination()) == MOVE_KEYS:
            self.move_requested.emit(index)
        elif index.isValid() and event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(index)
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_by_key.emit(index)
        elif _is_text(event):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        """Let a row hang at the pointer; Qt's own would take it out of the list where it was dropped."""
        index = self.currentIndex()
        if index.isValid() and self.model() is not None:
            chosen = sorted(self.selectedIndexes(), key=QModelIndex.row)
            dragged = chosen if index in chosen else [index]
            drag = QDrag(self)
            drag.setMimeData(self.model().mimeData(dragged))
            rect = self._delegate.row_rect(self.visualRect(index), index)
            drag.setPixmap(self._numbered(self.viewport().grab(rect), len(dragged)))
            drag.setHotSpot(QPoint(design.SPACE_16, rect.height() // 2))
            drag.exec(supportedActions)
            self.setState(QListView.State.NoState)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_ids(event):
            self.setState(QListView.State.DraggingState)
            event.accept()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Scroll at the edges as any list does; where a row may go is our own affair."""
        super().dragMoveEvent(event)
        self.drag.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.drag.end()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drag.drop(event)
        self.setState(QListView.State.NoState)
        self.viewport().update()

    def _acts_on_many(self, event: QKeyEvent) -> bool:
        """Tell whether a key was for all rows that are chosen."""
        if event.key() == Qt.Key.Key_Delete:
            if not event.isAutoRepeat():
                self.delete_many_requested.emit()
        elif QKeySequence(event.keyCombination()) == MOVE_KEYS:
            self.move_many_requested.emit()
        elif event.key() == Qt.Key.Key_Escape:
            index = self.currentIndex()
            self.clearSelection()
            self.setCurrentIndex(index)
        else:
            return False
        return True

    def _numbered(self, picture: QPixmap, number: int) -> QPixmap:
        """Put the number of the rows that hang at the pointer on the picture of one."""
        if number > 1:
            tokens, words = self._theme.tokens, f"{number:,}"
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._theme.ui_font(design.SMALL_SCALE, bold=True))
            height = painter.fontMetrics().height() + design.SPACE_4
            width = max(height, painter.fontMetrics().horizontalAdvance(words) + design.SPACE_12)
            size = picture.deviceIndependentSize().toSize()
            place = QRect(size.width() - width - design.SPACE_8, (size.height() - height) // 2, width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent))
            painter.drawRoundedRect(place, height / 2, height / 2)
            painter.setPen(QColor(tokens.on_accent))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
            painter.end()
        return picture

    def _moves_folder(self, event: QKeyEvent, index: QModelIndex) -> bool:
        """Tell whether a key opens or closes the folder of a row: Enter, and the arrows to its side."""
        folder = index.data(HistoryRole.FOLDER)
        if folder is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        is_mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        closing, opening = Qt.Key.Key_Left, Qt.Key.Key_Right
        if is_mirrored:
            closing, opening = opening, closing
        wanted = opening if folder.is_collapsed else closing
        return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, wanted)

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        model = self.model()
        if self.has_many and self.selectionModel().isSelected(index):
            self.many_menu_wanted.emit(menu)
        elif isinstance(model, HistoryModel):
            self._fill(menu, model, index)
        menu.popup(self.viewport().mapToGlobal(place))

    def _fill(self, menu: QMenu, model: HistoryModel, index: QModelIndex) -> None:
        item = model.item_at(index)
        if item.folder is not None:
            self._fill_folder(menu, item, index)
            return
        if model.shelf is Shelf.BIN:
            self._add(menu, "undo", tr("Put back"), lambda: model.restore(item.id))
            self._add(
                menu,
                "trash",
                tr("Delete for good"),
                lambda: model.organize(lambda organizer: organizer.delete_for_good(item.id)),
            )
            return
        if model.can_rename:
            rename = self._add(menu, "edit", tr("Rename…"), lambda: self.rename_requested.emit(index))
            rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        if model.organizer is not None:
            self._fill_order(menu, model, item, index)
        if item.is_damaged:
            self._add(menu, "save", tr("Export what is stored…"), lambda: self.export_requested.emit(index))
        delete = self._add(menu, "trash", tr("Delete"), lambda: self.delete_requested.emit(index))
        delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))

    def _fill_folder(self, menu: QMenu, item: HistoryItem, index: QModelIndex) -> None:
        """Offer what can be done with a folder."""
        rename = self._add(menu, "edit", tr("Rename…"), lambda: self.rename_requested.emit(index))
        rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        self._add(menu, "search", tr("Search in it"), lambda: self.search_within_requested.emit(item.title))
        self._add(menu, "plus", tr("New folder in it"), lambda: self.folder_wanted.emit(item.id))
        self._add_moving(menu, index)
        self._add(menu, "save", tr("Export…"), lambda: self.file_requested.emit(index))
        words = tr("Remove the folder, keep what is in it")
        delete = self._add(menu, "trash", words, lambda: self.delete_requested.emit(index))
        delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))

    def _add_moving(self, menu: QMenu, index: QModelIndex) -> None:
        move = self._add(menu, "folder", tr("Move to a folder…"), lambda: self.move_requested.emit(index))
        move.setShortcut(MOVE_KEYS)

    def _fill_order(self, menu: QMenu, model: HistoryModel, item: HistoryItem, index: QModelIndex) -> None:
        """Add what puts rows in order."""
        is_archived = model.shelf is Shelf.ARCHIVE
        if not is_archived:
            self._add(
                menu,
                "pin",
                tr("Unpin") if item.is_pinned else tr("Pin"),
                lambda: model.organize(
                    lambda organizer: organizer.set_pinned(item.id, is_pinned=not item.is_pinned)
                ),
            )
        if model.has_folders:
            self._add_moving(menu, index)
        self._add(menu, "tag", tr("Tags…"), lambda: self.tags_requested.emit(index))
        self._add(
            menu,
            "copy",
            tr("Duplicate"),
            lambda: model.organize(lambda organizer: organizer.duplicate(item.id)),
        )
        self._add(menu, "save", tr("Export…"), lambda: self.file_requested.emit(index))
        self._add(menu, "copy", tr("Copy as a picture"), lambda: self.picture_requested.emit(index))
        words = tr("Back to the list") if is_archived else tr("Archive")
        self._add(menu, "archive", words, lambda: self.archive_requested.emit(index))

    def _add(self, menu: QMenu, icon: str, words: str, on_chosen: Callable[[], object]) -> QAction:
        action = menu.addAction(self._theme.icon(icon), words)
        action.triggered.connect(lambda _checked=False: on_chosen())
        return action


def _is_text(event: QKeyEvent) -> bool:
    """Tell whether a key types something, rather than asking for something."""
    asks = (
        Qt.KeyboardModifier.ControlModifier
        | Qt.KeyboardModifier.AltModifier
        | Qt.KeyboardModifier.MetaModifier
    )
    return event.text().isprintable() and bool(event.text()) and not event.modifiers() & asks
