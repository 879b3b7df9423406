"""Where the next message is written: grows to a third of the tab, Enter sends, Shift+Enter breaks the line.

While an input method composes (Chinese, Japanese, Korean), Enter belongs to it. Each conversation has a
draft of its own. An earlier message that is edited is written here too, under a line that says so.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.chips import ChipRow
from lmstudio_lite.ui.chat.growing_editor import GrowingEditor
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

REWORK_KEYS = "Ctrl+Shift+E"


class Composer(QFrame):
    """Announces ``sent`` with the text and keeps it until told otherwise: what was not taken is not lost."""

    sent = Signal(str)
    queued = Signal(str)  # to be sent after the reply that is being written
    stop_requested = Signal()
    edit_cancelled = Signal()
    attach_requested = Signal()
    thinks_first_chosen = Signal(bool)
    uses_knowledge_chosen = Signal(bool)
    rework_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "composer")
        self._is_working = False
        self._height_max = 200
        self.editor = _Editor(tr("Message"), self)
        self.editor.setPlaceholderText(tr("Write a message"))
        self.attach_button = IconButton(theme, "plus", tr("Attach documents"), self)
        self.rework_button = IconButton(theme, "rewrite", "", self)
        rework_keys = QKeySequence(REWORK_KEYS)
        self.rework_button.set_name(tr("Change the text with the model"), rework_keys)
        self.send_button = IconButton(theme, "send", "", self, role="primary")
        self.queue_button = IconButton(theme, "send", tr("Send after this reply"), self)
        self.queue_button.hide()
        self.chips = ChipRow(theme, self, can_remove=True)
        self._edit_line = QWidget(self)
        self._edit_words = text_label(tr("Editing an earlier message"), self._edit_line, role="small")
        self.cancel_edit_button = text_button(tr("Cancel"), self._edit_line, role="quiet")
        edit_row = QHBoxLayout(self._edit_line)
        edit_row.setContentsMargins(design.SPACE_8, 0, 0, 0)
        edit_row.addWidget(self._edit_words, 1)
        edit_row.addWidget(self.cancel_edit_button)
        self._edit_line.hide()
        self.thinking_box = QCheckBox(tr("Think first"), self)
        self.thinking_box.setToolTip(tr("Slower, but better at hard questions"))
        self.thinking_box.hide()
        self.knowledge_box = QCheckBox(tr("Answer from my folders"), self)
        self.knowledge_box.setToolTip(tr("The best passages of your folders go with the question"))
        self.knowledge_box.hide()
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusProxy(self.editor)
        self._connect()
        self._show_button()
        self._on_text_changed()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.attach_button, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.editor, 1)
        row.addWidget(self.rework_button, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.queue_button, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_8, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        column.setSpacing(design.SPACE_4)
        column.addWidget(self._edit_line)
        column.addWidget(self.chips)
        column.addLayout(row)
        self._below = QHBoxLayout()
        self._below.setSpacing(design.SPACE_16)
        self._below.addWidget(self.thinking_box)
        self._below.addWidget(self.knowledge_box)
        column.addLayout(self._below)

    def _connect(self) -> None:
        self.editor.send_requested.connect(self._on_send_requested)
        self.editor.focus_changed.connect(self._on_focus_changed)
        self.editor.textChanged.connect(self._on_text_changed)
        self.editor.document().documentLayout().documentSizeChanged.connect(self._on_text_changed)
        self.send_button.clicked.connect(self._on_button_clicked)
        self.queue_button.clicked.connect(self._on_send_requested)
        self.cancel_edit_button.clicked.connect(self.edit_cancelled)
        self.attach_button.clicked.connect(self.attach_requested)
        self.thinking_box.clicked.connect(self.thinks_first_chosen)
        self.knowledge_box.clicked.connect(self.uses_knowledge_chosen)
        self.rework_button.clicked.connect(self.rework_requested)

    @property
    def text(self) -> str:
        return self.editor.toPlainText()

    def add_below(self, widget: QWidget) -> None:
        """Show ``widget`` in the line below the text, before what is there."""
        self._below.insertWidget(0, widget, 1)

    def set_text(self, text: str) -> None:
        """Show a draft, with the cursor at its end."""
        self.editor.setPlainText(text)
        self.editor.moveCursor(self.editor.textCursor().MoveOperation.End)

    def set_working(self, is_working: bool) -> None:
        """Make the button stop instead of send."""
        if is_working != self._is_working:
            self._is_working = is_working
            self._show_button()

    def set_editing(self, is_editing: bool) -> None:
        """Say that the text replaces an earlier message."""
        self._edit_line.setVisible(is_editing)

    def offer_thinking(self, *, is_offered: bool, is_chosen: bool) -> None:
        """Let the user choose whether the model thinks before it answers, if it can do both."""
        self.thinking_box.setChecked(is_chosen)
        self.thinking_box.setVisible(is_offered)

    def offer_knowledge(self, *, is_offered: bool, is_chosen: bool) -> None:
        """Let the user have questions answered from folders, if there are any."""
        self.knowledge_box.setChecked(is_chosen)
        self.knowledge_box.setVisible(is_offered)

    def set_height_max(self, height: int) -> None:
        """Limit the editor to ``height`` pixels; beyond it scrolls."""
        self._height_max = height
        self._on_text_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves editing before it stops anything."""
        if event.key() == Qt.Key.Key_Escape and not self._edit_line.isHidden():
            self.edit_cancelled.emit()
            return
        super().keyPressEvent(event)

    def _show_button(self) -> None:
        if self._is_working:
            self.send_button.set_icon("stop")
            self.send_button.set_name(tr("Stop"), QKeySequence(Qt.Key.Key_Escape))
        else:
            self.send_button.set_icon("send")
            self.send_button.set_name(tr("Send"), QKeySequence(Qt.Key.Key_Return))
        has_text = self.editor.has_words
        self.send_button.setEnabled(self._is_working or has_text)
        self.queue_button.setVisible(self._is_working and has_text)
        self.rework_button.setVisible(has_text)

    @Slot()
    def _on_button_clicked(self) -> None:
        if self._is_working:
            self.stop_requested.emit()
        else:
            self._on_send_requested()

    @Slot()
    def _on_send_requested(self) -> None:
        text = self.text.strip()
        if text:
            (self.queued if self._is_working else self.sent).emit(text)

    @Slot()
    def _on_text_changed(self) -> None:
        self.editor.fit(self._height_max)
        self._show_button()

    @Slot(bool)
    def _on_focus_changed(self, has_focus: bool) -> None:
        self.setProperty("focused", has_focus)
        self.style().unpolish(self)
        self.style().polish(self)


class _Editor(GrowingEditor):
    send_requested = Signal()

    @property
    def has_words(self) -> bool:
        """Whether there is anything but white space; looks no further than its first words."""
        block = self.document().firstBlock()
        while block.isValid() and not block.text().strip():
            block = block.next()
        return block.isValid()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        breaks = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
        if is_enter and self.is_composing:
            event.accept()
        elif is_enter and not breaks:
            self.send_requested.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)
