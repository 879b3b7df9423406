"""Which shelf the left panel shows: the list, the archive or the bin; hidden for things that have none."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QMessageBox, QPushButton, QVBoxLayout, QWidget

from lmstudio_lite.domain.conversations import BIN_DAYS, Shelf
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.history_model import HistoryModel
from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import mark, tr

_NAMES = {
    Shelf.LIST: mark("All conversations"),
    Shelf.ARCHIVE: mark("Archive"),
    Shelf.BIN: mark("Bin"),
}


class ShelfButton(QWidget):
    """A quiet button with a menu; ``set_model`` says whose shelves they are."""

    import_requested = Signal()
    export_requested = Signal()
    folder_wanted = Signal()
    export_found_requested = Signal(str, object)  # what is searched for, Shelf

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model: HistoryModel | None = None
        self.button: QPushButton = text_button("", self, role="quiet")
        self.menu = QMenu(self)
        self.button.setMenu(self.menu)
        self.menu.aboutToShow.connect(self._on_menu_about_to_show)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, 0, design.SPACE_8, design.SPACE_4)
        column.addWidget(self.button)
        self.hide()

    def set_model(self, model: HistoryModel) -> None:
        """Show the shelf that ``model`` shows."""
        self._model = model
        self.setVisible(model.organizer is not None)
        self._show_name()

    def choose(self, shelf: Shelf) -> None:
        """Go to a shelf."""
        if self._model is not None:
            self._model.show_shelf(shelf)
            self._show_name()

    def _show_name(self) -> None:
        name = tr(_NAMES[self._model.shelf if self._model is not None else Shelf.LIST])
        self.button.setText(name)
        self.button.setAccessibleName(tr("Shown: {0}").format(name))

    @Slot()
    def _on_menu_about_to_show(self) -> None:
        model = self._model
        self.menu.clear()
        if model is None:
            return
        group = QActionGroup(self.menu)
        for shelf, name in _NAMES.items():
            action = self.menu.addAction(tr(name))
            action.setCheckable(True)
            action.setChecked(shelf is model.shelf)
            action.triggered.connect(lambda _checked=False, shelf=shelf: self.choose(shelf))
            group.addAction(action)
        self.menu.addSeparator()
        folder = self.menu.addAction(self._theme.icon("folder"), tr("New folder"))
        folder.triggered.connect(lambda _checked=False: self.folder_wanted.emit())
        bring = self.menu.addAction(self._theme.icon("open"), tr("Bring conversations in…"))
        bring.triggered.connect(lambda _checked=False: self.import_requested.emit())
        export = self.menu.addAction(self._theme.icon("save"), tr("Export all conversations…"))
        export.triggered.connect(lambda _checked=False: self.export_requested.emit())
        found = self.menu.addAction(self._theme.icon("save"), tr("Export what is listed…"))
        found.setEnabled(model.rowCount() > 0)
        query, shelf = model.query, model.shelf
        found.triggered.connect(lambda _checked=False: self.export_found_requested.emit(query, shelf))
        if model.shelf is Shelf.BIN:
            self.menu.addSeparator()
            self.menu.addAction(tr("Kept for {0} days").format(BIN_DAYS)).setEnabled(False)
            empty = self.menu.addAction(self._theme.icon("trash"), tr("Empty the bin…"))
            empty.setEnabled(model.rowCount() > 0)
            empty.triggered.connect(self._on_empty_chosen)

    @Slot()
    def _on_empty_chosen(self) -> None:
        """Ask first: this can't be undone."""
        model = self._model
        if model is None:
            return
        question = PlainMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setText(tr("Delete the conversations in the bin for good?"))
        question.setInformativeText(tr("They can't be brought back."))
        delete = question.addButton(tr("Empty the bin"), QMessageBox.ButtonRole.DestructiveRole)
        question.addButton(tr("Keep them"), QMessageBox.ButtonRole.RejectRole)
        delete.clicked.connect(lambda: model.organize(lambda organizer: organizer.empty_bin()))
        question.open()
