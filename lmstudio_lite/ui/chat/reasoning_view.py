"""What the model thought before a reply: one quiet line that folds the text out."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn


class ReasoningView(QWidget):
    """Hidden while there is nothing; folded until somebody wants to read it. GUI thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self._shown_text = ""
        self.button = text_button("", self, role="quiet")
        self.button.setCheckable(True)
        self._view = ProseView(theme, self)
        self._view.setAccessibleName(tr("What the model thought"))
        self._view.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, design.SPACE_4)
        column.setSpacing(design.SPACE_4)
        column.addWidget(self.button)
        inset = QVBoxLayout()
        inset.setContentsMargins(design.SPACE_16, 0, 0, 0)
        inset.addWidget(self._view)
        column.addLayout(inset)
        self.button.toggled.connect(self._on_toggled)
        theme.changed.connect(self._on_theme_changed)
        self._show_icon()
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    @property
    def is_open(self) -> bool:
        return self.button.isChecked()

    def show_reasoning(self, text: str, seconds: float | None, *, is_thinking: bool) -> None:
        """Show the text so far; ``seconds`` is how long it took, None if that is not known."""
        self._text = text.strip()
        self.setVisible(bool(self._text))
        if is_thinking:
            words = tr("Thinking…")
        elif seconds is None:
            words = tr("Thoughts")
        else:
            words = trn("Thought for {n} s", "Thought for {n} s", max(1, round(seconds)))
        self.button.setText(words)
        self.button.setAccessibleName(words)
        if self.is_open:
            self._write()

    @Slot(bool)
    def _on_toggled(self, is_open: bool) -> None:
        if is_open:
            self._write()
        self._view.setVisible(is_open)
        self._show_icon()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._shown_text = ""
        self._show_icon()
        if self.is_open:
            self._write()

    def _show_icon(self) -> None:
        name = "chevron-down" if self.is_open else "chevron-right"
        self.button.setIcon(self._theme.icon(name, self._theme.tokens.muted))

    def _write(self) -> None:
        if self._text != self._shown_text:
            self._shown_text = self._text
            self._view.document().clear()
            ProseWriter(self._view.document(), self._theme).write_plain(self._text, is_muted=True)
