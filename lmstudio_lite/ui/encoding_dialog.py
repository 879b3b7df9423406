"""Which encoding a text is in, asked with a few of its lines as they read in each."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.documents.charset.labels import encodings
from lmstudio_lite.domain.documents import Document, PossibleEncoding
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.encodings import say_encoding
from lmstudio_lite.words.translate import tr

_WIDTH_MIN = 480
_PREVIEW_LENGTH = 240
_INDENT = design.SPACE_24
_UNBROKEN = re.compile(r"\S{20}")


class EncodingDialog(QDialog):
    """Offers what the text may be in, the likeliest chosen, and every other encoding in a box below.

    Not modal: other documents go on meanwhile. ``ask_preview`` is called with an encoding of the box; who
    made the dialog reads the text and hands the beginning to ``show_preview``.
    """

    encoding_chosen = Signal(str)

    def __init__(
        self,
        document: Document,
        ask_preview: Callable[[str], None],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ask_preview = ask_preview
        name = document.path.name if document.path else document.title
        self.setWindowTitle(tr("Encoding of “{0}”").format(name))
        self.setMinimumWidth(theme.scaled(_WIDTH_MIN))
        self.buttons = QButtonGroup(self)
        self.others_button = QRadioButton(tr("Another encoding"), self)
        self.others_box = QComboBox(self)
        self.others_box.setAccessibleName(tr("Another encoding"))
        self.preview = _preview_label("", self)
        offered = document.possible_encodings or (
            PossibleEncoding(document.encoding, document.text[:_PREVIEW_LENGTH]),
        )
        words = (
            tr("The file does not say in which encoding its text is, and several make sense. Which is right?")
            if document.possible_encodings
            else tr("Choose another encoding if the text is not legible.")
        )
        column = QVBoxLayout(self)
        column.setSpacing(design.SPACE_8)
        column.addWidget(text_label(words, self, wrap=True))
        for possible in offered:
            self._offer(possible, column)
        column.addWidget(self.others_button)
        column.addWidget(self.others_box)
        column.addWidget(self.preview)
        self.buttons.addButton(self.others_button, len(offered))
        for encoding in sorted(encodings(), key=say_encoding):
            if all(encoding != possible.encoding for possible in offered):
                self.others_box.addItem(say_encoding(encoding), encoding)
        self._offered = tuple(possible.encoding for possible in offered)
        self.button_box = QDialogButtonBox(self)
        self.accept_button = self.button_box.addButton(
            tr("Read it this way"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.accept_button.setDefault(True)
        self.button_box.addButton(QDialogButtonBox.StandardButton.Cancel)
        column.addWidget(self.button_box)
        self.button_box.accepted.connect(self.accept)
        self.button_box.rejected.connect(self.reject)
        self.accepted.connect(self._on_accepted)
        self.others_box.activated.connect(self._on_other_activated)
        self.others_button.toggled.connect(self._on_others_toggled)

    @property
    def encoding(self) -> str:
        """Return what is chosen now."""
        number = self.buttons.checkedId()
        return self._offered[number] if number < len(self._offered) else str(self.others_box.currentData())

    def show_preview(self, encoding: str, text: str) -> None:
        """Show how the text begins in ``encoding``, unless another one is chosen by now."""
        if encoding == self.others_box.currentData() and self.others_button.isChecked():
            self.preview.setText(_breakable(text[:_PREVIEW_LENGTH]))
            self.preview.setVisible(bool(text))
            self.adjustSize()

    def _offer(self, possible: PossibleEncoding, column: QVBoxLayout) -> None:
        number = len(self.buttons.buttons())
        button = QRadioButton(say_encoding(possible.encoding), self)
        button.setAccessibleDescription(possible.preview)
        button.setChecked(number == 0)
        self.buttons.addButton(button, number)
        column.addWidget(button)
        column.addWidget(_preview_label(possible.preview, self))

    def _want_preview(self) -> None:
        self.preview.clear()
        self._ask_preview(str(self.others_box.currentData()))

    @Slot(int)
    def _on_other_activated(self, _number: int) -> None:
        if self.others_button.isChecked():
            self._want_preview()
        else:
            self.others_button.setChecked(True)

    @Slot(bool)
    def _on_others_toggled(self, is_chosen: bool) -> None:
        self.preview.setVisible(is_chosen)
        if is_chosen:
            self._want_preview()

    @Slot()
    def _on_accepted(self) -> None:
        self.encoding_chosen.emit(self.encoding)


def _preview_label(text: str, parent: QWidget) -> QLabel:
    label = text_label(_breakable(text), parent, role="muted", wrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    label.setIndent(_INDENT)
    label.setVisible(bool(text))
    return label


def _breakable(text: str) -> str:
    """Return ``text`` with places to break in what has no spaces: what is misread often has none."""
    return _UNBROKEN.sub(lambda found: found[0] + "\u200b", text)
