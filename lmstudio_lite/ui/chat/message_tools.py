"""What can be done with a message: copy, edit or regenerate, and ‹ 2/3 › between its versions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.chat.code_view import COPIED_MS
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_MODEL_LENGTH = 28


class MessageTools(QWidget):
    """A row whose buttons are drawn while it is shown or holds the focus; its place is always kept."""

    def __init__(self, theme: Theme, role: Role, parent: QWidget) -> None:
        super().__init__(parent)
        self._role = role
        self._is_busy = False
        self._is_shown = False
        self._index, self._count = 0, 1
        self.copy_button = IconButton(theme, "copy", tr("Copy message"), self)
        edit_name = tr("Edit and send again") if role is Role.USER else tr("Edit this reply")
        self.edit_button = IconButton(theme, "edit", edit_name, self)
        self.rework_button = IconButton(theme, "rewrite", tr("Change the text with the model"), self)
        self.regenerate_button = IconButton(theme, "regenerate", tr("Write another reply"), self)
        self.like_button = IconButton(theme, "heart", tr("Good answer: learn from it"), self)
        self.like_button.setCheckable(True)
        self.more_button = IconButton(theme, "more", tr("More with this message"), self)
        self.previous_button = IconButton(theme, "chevron-left", tr("Previous version"), self)
        self.branch_label = text_label("", self, role="small")
        self.next_button = IconButton(theme, "chevron-right", tr("Next version"), self)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_MS)
        self._copied.timeout.connect(self._on_copied_over)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        if role is Role.USER:
            row.addStretch(1)
        branch = (self.previous_button, self.branch_label, self.next_button)
        actions = (self.copy_button, self.edit_button, self.rework_button, self.regenerate_button)
        for widget in (*branch, *actions, self.like_button, self.more_button):
            row.addWidget(widget)
            widget.installEventFilter(self)
        if role is not Role.USER:
            row.addStretch(1)
        self.regenerate_button.setVisible(role is Role.ASSISTANT)
        self.rework_button.setVisible(role is Role.ASSISTANT)
        self.set_empty(is_empty=False)
        self.set_shown(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the row as soon as Tab brings the focus into it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._fade(event.type() is QEvent.Type.FocusOut and not self._is_shown)
        return super().eventFilter(watched, event)

    def show_branch(self, index: int, count: int, model: str = "") -> None:
        """Say which version this is of how many, and which ``model`` wrote it, "" if that is not known."""
        self._index, self._count = index, count
        name = model if len(model) <= _MODEL_LENGTH else f"{model[: _MODEL_LENGTH - 1]}…"
        self.branch_label.setText(" · ".join(filter(None, (f"{index + 1}/{count}", name))))
        self.branch_label.setToolTip(plain_tip(model))
        for widget in (self.previous_button, self.branch_label, self.next_button):
            widget.setVisible(count > 1)
        self._enable()

    def set_empty(self, *, is_empty: bool) -> None:
        """A reply that came to nothing can be written by hand or asked for again, not copied or liked."""
        self.copy_button.setVisible(not is_empty)
        self.like_button.setVisible(not is_empty and self._role is Role.ASSISTANT)
        self.rework_button.setVisible(not is_empty and self._role is Role.ASSISTANT)

    def show_liked(self, is_liked: bool) -> None:
        """Fill the heart of an answer that the user marked as good; it stays drawn."""
        self.like_button.setChecked(is_liked)
        self.like_button.set_icon("heart-filled" if is_liked else "heart")
        self._fade(not self._is_shown)

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._enable()

    def set_shown(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._fade(not is_shown)

    def show_copied(self) -> None:
        self.copy_button.set_icon("check")
        self._copied.start()

    def _fade(self, is_faded: bool) -> None:
        actions = (self.copy_button, self.edit_button, self.rework_button, self.regenerate_button)
        for button in (*actions, self.more_button):
            button.set_faded(is_faded)
        self.like_button.set_faded(is_faded and not self.like_button.isChecked())

    def _enable(self) -> None:
        self.previous_button.setEnabled(not self._is_busy and self._index > 0)
        self.next_button.setEnabled(not self._is_busy and self._index + 1 < self._count)
        self.edit_button.setEnabled(not self._is_busy)
        self.rework_button.setEnabled(not self._is_busy)
        self.regenerate_button.setEnabled(not self._is_busy)
        self.like_button.setEnabled(not self._is_busy)

    @Slot()
    def _on_copied_over(self) -> None:
        self.copy_button.set_icon("copy")
