"""The rows of the left panel: a menu for each, F2 renames, Del deletes, letters go to what is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import QListView, QMenu, QWidget

from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.history_delegate import HistoryDelegate
from lmstudio_lite.ui.history_drag import RowDrag, dragged_id
from lmstudio_lite.ui.history_items import HistoryItem
from lmstudio_lite.ui.history_model import HistoryModel, HistoryRole
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

MOVE_KEYS = QKeySequence("Ctrl+Shift+O")


class HistoryView(QListView):
    """The list itself: context menu, F2 renames in place, Del deletes, letters go to what is open.

    Rows are dragged into folders; the arrows to the sides close and open those.
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

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.drag = RowDrag(self)
        self.setItemDelegate(HistoryDelegate(theme, self.drag, self))
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if self.state() is QListView.State.EditingState:
            super().keyPressEvent(event)  # what the name's editor left over
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
            drag = QDrag(self)
            drag.setMimeData(self.model().mimeData([index]))
            rect = self.visualRect(index)
            drag.setPixmap(self.viewport().grab(rect))
            drag.setHotSpot(QPoint(design.SPACE_16, rect.height() // 2))
            drag.exec(supportedActions)
            self.setState(QListView.State.NoState)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_id(event):
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
        if isinstance(model, HistoryModel):
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
