"""The rows of the left panel: a menu for each, F2 renames, Del deletes, letters go to what is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QListView, QMenu, QWidget

from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui.history_delegate import HistoryDelegate
from lmstudio_lite.ui.history_model import HistoryItem, HistoryModel
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr


class HistoryView(QListView):
    """The list itself: context menu, F2 renames in place, Del deletes, letters go to what is open."""

    rename_requested = Signal(QModelIndex)
    delete_requested = Signal(QModelIndex)
    export_requested = Signal(QModelIndex)
    archive_requested = Signal(QModelIndex)
    tags_requested = Signal(QModelIndex)
    file_requested = Signal(QModelIndex)
    entered_by_key = Signal(QModelIndex)
    typed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setItemDelegate(HistoryDelegate(theme, self))
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
            self.delete_requested.emit(index)
        elif index.isValid() and event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(index)
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_by_key.emit(index)
        elif _is_text(event):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

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
        self._add(menu, "tag", tr("Tags…"), lambda: self.tags_requested.emit(index))
        self._add(
            menu,
            "copy",
            tr("Duplicate"),
            lambda: model.organize(lambda organizer: organizer.duplicate(item.id)),
        )
        self._add(menu, "save", tr("Export…"), lambda: self.file_requested.emit(index))
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
