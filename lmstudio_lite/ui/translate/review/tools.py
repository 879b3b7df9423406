"""The line above the table: which segments, in which order, found by which words, and replaced by others."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lmstudio_lite.ui.controls import IconButton, choice_box, text_button
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8
from lmstudio_lite.ui.translate.review.order import Looked, Order, Shown
from lmstudio_lite.words.translate import tr

FIND_KEYS = QKeySequence("Ctrl+F")
REPLACE_KEYS = QKeySequence("Ctrl+H")
UNDO_KEYS = QKeySequence("Ctrl+Z")
REDO_KEYS = QKeySequence("Ctrl+Y")
_TYPING_PAUSE_MS = 150
_FIND_CHARACTERS = 16


class ReviewTools(QWidget):
    """Tells what is asked for; does nothing itself."""

    looked_changed = Signal(object)  # Looked
    replace_requested = Signal(str, str)  # what, by what
    undo_requested = Signal()
    redo_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown_box = choice_box(
            self,
            [
                (tr("All segments"), Shown.ALL),
                (tr("To look at"), Shown.TO_LOOK_AT),
                (tr("Edited"), Shown.EDITED),
                (tr("Not accepted"), Shown.UNACCEPTED),
            ],
            Shown.ALL,
        )
        self.shown_box.setAccessibleName(tr("Which segments are shown"))
        self.order_box = choice_box(
            self,
            [
                (tr("Flagged first"), Order.FLAGS),
                (tr("As in the document"), Order.DOCUMENT),
                (tr("Least certain first"), Order.CONFIDENCE),
            ],
            Order.FLAGS,
        )
        self.order_box.setAccessibleName(tr("Which segments come first"))
        self.find_edit = QLineEdit(self)
        self.find_edit.setPlaceholderText(tr("Find…"))
        self.find_edit.setAccessibleName(tr("Find in source and translation"))
        self.find_edit.setToolTip(tr("Find ({0})").format(FIND_KEYS.toString()))
        self.find_edit.setClearButtonEnabled(True)
        self.replace_edit = QLineEdit(self)
        self.replace_edit.setPlaceholderText(tr("Replace by…"))
        self.replace_edit.setAccessibleName(tr("Replace in translations by"))
        self.replace_button = text_button(tr("Replace all"), self)
        self.undo_button = IconButton(theme, "undo", tr("Undo"), self)
        self.undo_button.set_name(tr("Undo"), UNDO_KEYS)
        self.redo_button = IconButton(theme, "redo", tr("Redo"), self)
        self.redo_button.set_name(tr("Redo"), REDO_KEYS)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_PAUSE_MS)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        self._lay_out()
        self._show_replace(False)
        self._typing.timeout.connect(self._on_looked)
        self.shown_box.activated.connect(self._on_looked)
        self.order_box.activated.connect(self._on_looked)
        self.find_edit.textChanged.connect(self._on_find_typed)
        self.find_edit.returnPressed.connect(self._on_looked)
        self.replace_edit.returnPressed.connect(self._on_replace_clicked)
        self.replace_button.clicked.connect(self._on_replace_clicked)
        self.undo_button.clicked.connect(self.undo_requested)
        self.redo_button.clicked.connect(self.redo_requested)

    @property
    def looked(self) -> Looked:
        """Return what is asked for."""
        shown, order = Shown(self.shown_box.currentData()), Order(self.order_box.currentData())
        return Looked(shown, order, self.find_edit.text())

    def show_all(self) -> None:
        """Ask for every segment."""
        self.shown_box.setCurrentIndex(self.shown_box.findData(Shown.ALL))
        self.find_edit.clear()
        self._on_looked()

    def begin_find(self) -> None:
        """Let the user type what to find."""
        self.find_edit.setFocus()
        self.find_edit.selectAll()

    def begin_replace(self) -> None:
        """Offer the second field, too."""
        self._show_replace(True)
        (self.replace_edit if self.find_edit.text() else self.find_edit).setFocus()

    def end_replace(self) -> bool:
        """Take the second field away; False if it was not there."""
        was_there = not self.replace_edit.isHidden()
        self._show_replace(False)
        return was_there

    def show_steps(self, *, can_undo: bool, can_redo: bool) -> None:
        """Say what can be undone and done again."""
        self.undo_button.setEnabled(can_undo)
        self.redo_button.setEnabled(can_redo)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the field to find into a line of its own where it would have no room for words."""
        super().resizeEvent(event)
        others = (self.shown_box, self.order_box, self.undo_button, self.redo_button)
        taken = sum(each.sizeHint().width() + SPACE_8 for each in others)
        room = self.fontMetrics().averageCharWidth() * _FIND_CHARACTERS
        is_narrow = self.width() - taken < room
        if is_narrow == (self._first.indexOf(self.find_edit) < 0):
            return
        if is_narrow:
            self._first.removeWidget(self.find_edit)
            self._first.insertStretch(2, 1)
            self._second.insertWidget(0, self.find_edit, 1)
        else:
            self._second.removeWidget(self.find_edit)
            self._first.takeAt(2)
            self._first.insertWidget(2, self.find_edit, 1)

    def _show_replace(self, is_shown: bool) -> None:
        self.replace_edit.setVisible(is_shown)
        self.replace_button.setVisible(is_shown)

    def _lay_out(self) -> None:
        row = self._first
        row.setSpacing(SPACE_8)
        row.addWidget(self.shown_box)
        row.addWidget(self.order_box)
        row.addWidget(self.find_edit, 1)
        row.addWidget(self.undo_button)
        row.addWidget(self.redo_button)
        second = self._second
        second.setSpacing(SPACE_8)
        second.addWidget(self.replace_edit, 1)
        second.addWidget(self.replace_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_8)
        layout.addLayout(row)
        layout.addLayout(second)

    @Slot()
    def _on_find_typed(self) -> None:
        self._typing.start()

    @Slot()
    def _on_looked(self) -> None:
        self._typing.stop()
        self.looked_changed.emit(self.looked)

    @Slot()
    def _on_replace_clicked(self) -> None:
        if self.find_edit.text():
            self.replace_requested.emit(self.find_edit.text(), self.replace_edit.text())
        else:
            self.find_edit.setFocus()
