"""A form in place of a dialog: the blanks of a prompt, one field each, above the composer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.prompts import Variable
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.translate import tr


class FillForm(QFrame):
    """Tab goes on, Enter too and at the end fills in, Esc leaves. Hidden until it is asked for."""

    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "composer")
        self.fields: dict[str, QLineEdit] = {}
        self._fill: Callable[[dict[str, str]], None] | None = None
        self._title = text_label("", self, role="heading", wrap=True)
        self._rows = QWidget(self)
        self._form = QFormLayout(self._rows)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(design.SPACE_12)
        self._form.setVerticalSpacing(design.SPACE_4)
        self.cancel_button = text_button(tr("Cancel"), self)
        self.fill_button = text_button(tr("Put into the message"), self, role="primary")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.fill_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self._title)
        column.addWidget(self._rows)
        column.addLayout(buttons)
        self.cancel_button.clicked.connect(self.leave)
        self.fill_button.clicked.connect(self.fill_in)
        self.hide()

    def ask(
        self,
        title: str,
        blanks: Sequence[tuple[str, Variable]],
        fill: Callable[[dict[str, str]], None],
        *,
        done_words: str = "",
    ) -> None:
        """Ask for ``blanks``: what each is called, and the variable whose name its value comes under."""
        self._title.setText(title)
        self.fill_button.setText(done_words or tr("Put into the message"))
        self._fill = fill
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields = {}
        for words, variable in blanks:
            field = QLineEdit(self._rows)
            field.setPlaceholderText(variable.default)
            field.setAccessibleName(words)
            field.installEventFilter(self)
            self._form.addRow(text_label(words, self._rows), field)
            self.fields[variable.name] = field
        last: QWidget = self._title
        for field in self.fields.values():
            self.setTabOrder(last, field)
            last = field
        self.setTabOrder(last, self.fill_button)
        self.setTabOrder(self.fill_button, self.cancel_button)
        self.show()
        next(iter(self.fields.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def fill_in(self) -> None:
        """Hand over what was filled in."""
        values = {name: field.text() for name, field in self.fields.items()}
        fill, self._fill = self._fill, None
        self.hide()
        if fill is not None:
            fill(values)

    @Slot()
    def leave(self) -> None:
        """Fill in nothing."""
        self._fill = None
        self.hide()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes to the next field, and from the last one on."""
        is_enter = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.type() is QEvent.Type.KeyPress:
            fields = list(self.fields.values())
            place = next((number for number, field in enumerate(fields) if field is watched), -1)
            if 0 <= place < len(fields) - 1:
                fields[place + 1].setFocus(Qt.FocusReason.TabFocusReason)
            else:
                self.fill_in()
            return True
        return super().eventFilter(watched, event)
