"""The list at the left: search, "new", the tab's things, and an undo after deleting.

One panel serves all tabs: ``set_model`` shows another tab's list and remembers its search. The panel
changes nothing itself; renaming and deleting are the model's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.app.folders import search_within
from lmstudio_lite.domain.conversations import Shelf
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.history_folders import FolderActions
from lmstudio_lite.ui.history_many import ManyRows
from lmstudio_lite.ui.history_model import HistoryModel, HistoryRole
from lmstudio_lite.ui.history_source import HistoryOrganizer
from lmstudio_lite.ui.history_view import HistoryView
from lmstudio_lite.ui.plain_words import PlainInputDialog
from lmstudio_lite.ui.shelf_button import ShelfButton
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

WIDTH_MIN, WIDTH_DEFAULT, WIDTH_MAX = 200, 260, 480
WIDTH_LARGE = 320
"""However large the text: beyond it the page would have no room."""
UNDO_MS = 8_000
SEARCH_DELAY_MS = 150


@dataclass(frozen=True, slots=True)
class _Undoable:
    item_id: str
    undo: Callable[[], object]


class HistoryPanel(QFrame):
    """Shows one ``HistoryModel`` at a time."""

    item_chosen = Signal(str)
    file_requested = Signal(str, str)  # the id and title of a row that is to be exported
    picture_requested = Signal(str, str)  # the id and title of a row that is to be copied so
    exported = Signal(str, str)  # a damaged item's title and what is stored of it, as JSON
    new_requested = Signal()
    typed = Signal(str)  # in the list, for whatever it opened; "" to go there

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self._theme = theme
        self._model: HistoryModel | None = None
        self._undoable: list[_Undoable] = []
        self._kept_id = ""
        self._kept_ids: frozenset[str] = frozenset()

        self.search = QLineEdit(self)
        self.search.setClearButtonEnabled(True)
        self._search_icon = QAction(self.search)
        self.search.addAction(self._search_icon, QLineEdit.ActionPosition.LeadingPosition)
        self.new_button = IconButton(theme, "plus", tr("New"), self)
        self.view = HistoryView(theme, self)
        self.shelves = ShelfButton(theme, self)
        self._empty = text_label("", self, role="muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._empty.setContentsMargins(design.SPACE_16, design.SPACE_24, design.SPACE_16, 0)
        self._undo_bar = QFrame(self)
        self._undo_text = text_label("", self._undo_bar)
        self.undo_button = text_button(tr("Undo"), self._undo_bar, role="quiet")
        set_role(self._undo_bar, "card")
        self.folders = FolderActions(theme, self.view, self._offer_undo, self.end_search, self)
        self.many = ManyRows(theme, self.view, self.folders, self._offer_undo, self)
        self._lay_out()

        self._search_due = QTimer(self)
        self._search_due.setSingleShot(True)
        self._search_due.setInterval(SEARCH_DELAY_MS)
        self._search_due.timeout.connect(self._on_search_due)
        self._undo_over = QTimer(self)
        self._undo_over.setSingleShot(True)
        self._undo_over.setInterval(UNDO_MS)
        self._undo_over.timeout.connect(self._undo_bar.hide)
        self.search.textEdited.connect(self._on_search_edited)
        self.search.installEventFilter(self)
        self.new_button.clicked.connect(self.new_requested)
        self.undo_button.clicked.connect(self.undo)
        self.view.row_clicked.connect(self._on_view_clicked)
        self.view.entered_by_key.connect(self._on_view_entered)
        self.view.typed.connect(self.typed)
        self.view.rename_requested.connect(self._on_rename_requested)
        self.view.delete_requested.connect(self._on_delete_requested)
        self.view.export_requested.connect(self._on_export_requested)
        self.view.archive_requested.connect(self._on_archive_requested)
        self.view.tags_requested.connect(self._on_tags_requested)
        self.view.file_requested.connect(self._on_file_requested)
        self.view.picture_requested.connect(self._on_picture_requested)
        self.view.search_within_requested.connect(self._on_search_within_requested)
        self.shelves.folder_wanted.connect(lambda: self.folders.create_in(None))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(design.SPACE_12, design.SPACE_12, design.SPACE_8, design.SPACE_8)
        top.setSpacing(design.SPACE_4)
        top.addWidget(self.search, 1)
        top.addWidget(self.new_button)
        undo = QHBoxLayout(self._undo_bar)
        undo.setContentsMargins(design.SPACE_12, 2, 2, 2)
        undo.addWidget(self._undo_text, 1)
        undo.addWidget(self.undo_button)
        self._undo_bar.hide()
        bottom = QVBoxLayout()
        bottom.setContentsMargins(design.SPACE_8, 0, design.SPACE_8, design.SPACE_8)
        bottom.addWidget(self._undo_bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.shelves)
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 1)
        column.addLayout(bottom)

    def set_model(self, model: HistoryModel) -> None:
        """Show ``model``, loading it on its first time."""
        if model is self._model:
            return
        if self._model is not None:
            self._model.disconnect(self)
            self._model.disconnect(self.folders)
            self._undo_bar.hide()
        self._search_due.stop()
        self._model = model
        self.view.setModel(model)
        self.folders.follow(model)
        self.shelves.set_model(model)
        self.search.setText(model.query)
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(model.words.search)
        self.new_button.set_name(model.words.new, QKeySequence(QKeySequence.StandardKey.New))
        self.view.setAccessibleName(model.words.search)
        model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        model.modelReset.connect(self._on_model_reset)
        model.loaded.connect(self._on_model_loaded)
        model.rowsRemoved.connect(self._on_model_loaded)
        model.current_changed.connect(self._on_model_current_changed)
        model.item_not_deleted.connect(self._on_model_item_not_deleted)
        model.exported.connect(self.exported)
        self._on_model_loaded()
        if not model.is_loaded:
            model.load()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_DEFAULT, 400)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down goes from the search to the list, Esc clears the search."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down and self._model and self._model.rowCount():
                self.view.setFocus(Qt.FocusReason.TabFocusReason)
                self.view.setCurrentIndex(self._model.index(0))
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                self._on_search_due()
                return True
        return super().eventFilter(watched, event)

    @Slot(str)
    def _on_search_edited(self, _text: str) -> None:
        self._search_due.start()

    @Slot()
    def _on_search_due(self) -> None:
        if self._model is not None:
            self._model.load(self.search.text().strip())

    @Slot()
    def _on_model_loaded(self) -> None:
        if self._model is None:
            return
        is_empty = self._model.is_loaded and self._model.rowCount() == 0
        self._empty.setText(self._say_empty(self._model))
        self._empty.setVisible(is_empty)
        self.view.setVisible(not is_empty)

    def _say_empty(self, model: HistoryModel) -> str:
        if model.query:
            return tr("Nothing found.")
        match model.shelf:
            case Shelf.LIST:
                return model.words.empty
            case Shelf.ARCHIVE:
                return tr("Nothing is in the archive. A conversation's menu (right click) moves it there.")
            case Shelf.BIN:
                return tr("The bin is empty.")

    @Slot(str)
    def _on_model_current_changed(self, item_id: str) -> None:
        self.view.viewport().update()
        row = self._model.row_of(item_id) if self._model else -1
        if (
            row >= 0 and self._model and not self.view.has_many
        ):  # what was opened comes late: rows were chosen
            self.view.setCurrentIndex(self._model.index(row))

    @Slot()
    def _on_model_about_to_be_reset(self) -> None:
        self._kept_id = self.view.currentIndex().data(HistoryRole.ID) or ""
        self._kept_ids = frozenset(each.id for each in self.view.chosen_items())

    @Slot()
    def _on_model_reset(self) -> None:
        """Keep the keyboard's place in a list that is filled anew: it may change while a reply is written."""
        row = self._model.row_of(self._kept_id) if self._model else -1
        if row >= 0 and self._model:
            self.view.setCurrentIndex(self._model.index(row))
        if self._model and len(self._kept_ids) > 1:
            self.view.choose([row for each in self._kept_ids if (row := self._model.row_of(each)) >= 0])

    @Slot(str)
    def _on_search_within_requested(self, name: str) -> None:
        """Put the folder into the search, for words to be written behind it."""
        self.search.setText(search_within(name))
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_search_due()

    def end_search(self) -> None:
        """Show the whole list, on its first shelf."""
        if self._model is None:
            return
        if self._model.shelf is not Shelf.LIST:
            self.shelves.choose(Shelf.LIST)
        if self._model.query:
            self.search.clear()
            self._on_search_due()

    @Slot(QModelIndex)
    def _on_view_clicked(self, index: QModelIndex) -> None:
        if index.data(HistoryRole.FOLDER) is not None:
            self.folders.toggle(index)
            return
        self.item_chosen.emit(index.data(HistoryRole.ID))

    @Slot(QModelIndex)
    def _on_view_entered(self, index: QModelIndex) -> None:
        self.item_chosen.emit(index.data(HistoryRole.ID))
        self.typed.emit("")

    @Slot(QModelIndex)
    def _on_rename_requested(self, index: QModelIndex) -> None:
        if self._model is not None and self._model.can_rename:
            self.view.setCurrentIndex(index)
            self.view.edit(index)

    @Slot(QModelIndex)
    def _on_delete_requested(self, index: QModelIndex) -> None:
        model = self._model
        if model is None or model.shelf is Shelf.BIN:
            return
        item = model.item_at(index)
        if item.folder is not None:
            self.folders.remove(item)
            return
        item_id = item.id
        had_focus = self.view.hasFocus()
        self._offer_undo(model.words.deleted, item_id, lambda: model.restore(item_id))
        model.delete(item_id)
        if had_focus and not self.view.hasFocus():
            self.undo_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(QModelIndex)
    def _on_archive_requested(self, index: QModelIndex) -> None:
        model = self._model
        if model is None:
            return
        item_id: str = index.data(HistoryRole.ID)
        archives = model.shelf is Shelf.LIST

        before: list[int | None] = []  # filled and read in the one lane of the storage

        def put_back(organizer: HistoryOrganizer) -> None:
            for each in before:
                organizer.put_archived_back(item_id, each)

        words = tr("Moved into the archive") if archives else tr("Back in the list")
        self._offer_undo(words, item_id, lambda: model.organize(put_back))
        model.organize(lambda organizer: before.append(organizer.set_archived(item_id, is_archived=archives)))

    @Slot(QModelIndex)
    def _on_tags_requested(self, index: QModelIndex) -> None:
        model = self._model
        if model is None:
            return
        item = model.item_at(index)
        dialog = PlainInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Tags"))
        dialog.setLabelText(
            tr("Tags of “{0}”, with spaces between. Search for one as #tag.").format(item.title)
        )
        dialog.setTextValue(" ".join(item.tags))
        dialog.textValueSelected.connect(
            lambda text: model.organize(lambda organizer: organizer.set_tags(item.id, text.split()))
        )
        dialog.open()

    @Slot(QModelIndex)
    def _on_file_requested(self, index: QModelIndex) -> None:
        self.file_requested.emit(index.data(HistoryRole.ID), index.data())

    @Slot(QModelIndex)
    def _on_picture_requested(self, index: QModelIndex) -> None:
        self.picture_requested.emit(index.data(HistoryRole.ID), index.data())

    def _offer_undo(self, words: str, item_id: str, undo: Callable[[], object]) -> None:
        self._undoable.append(_Undoable(item_id, undo))
        self._undo_text.setText(words)
        self._undo_bar.show()
        self._undo_over.start()

    @Slot(str)
    def _on_model_item_not_deleted(self, item_id: str) -> None:
        """There is nothing to undo: it is in the list again."""
        if any(each.item_id == item_id for each in self._undoable):
            self._undoable = [each for each in self._undoable if each.item_id != item_id]
            self._undo_bar.hide()
            self._undo_over.stop()

    @Slot(QModelIndex)
    def _on_export_requested(self, index: QModelIndex) -> None:
        if self._model is not None:
            self._model.export(index.data(HistoryRole.ID))

    @Slot()
    def undo(self) -> None:
        """Bring back what was taken away last, also when the offer to do so has gone (Ctrl+Z)."""
        self._undo_bar.hide()
        self._undo_over.stop()
        if self._undoable:
            self._undoable.pop().undo()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.setMinimumWidth(min(self._theme.scaled(WIDTH_MIN), WIDTH_LARGE))
        self.setMaximumWidth(self._theme.scaled(WIDTH_MAX))
        self._search_icon.setIcon(self._theme.icon("search", self._theme.tokens.muted))
