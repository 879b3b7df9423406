"""What the model thought before a reply: one quiet line that folds the text out."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.domain.text import GrowingText
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.more_button import SHOWN_CHARS, MoreButton
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
        self._text = GrowingText()
        self._gap = ""  # white space that stands at the end so far, and is shown with what follows it
        self._waiting: list[str] = []  # what is not written into the view yet
        self._writer: ProseWriter | None = None
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
        self._limit, self._num_shown = SHOWN_CHARS, 0
        self._more = MoreButton(self)
        self._more.clicked.connect(self._on_more_clicked)
        inset.addWidget(self._more)
        column.addLayout(inset)
        self.button.toggled.connect(self._on_toggled)
        theme.changed.connect(self._on_theme_changed)
        self._show_icon()
        self.hide()

    @property
    def text(self) -> str:
        return self._text.whole

    @property
    def is_open(self) -> bool:
        return self.button.isChecked()

    def show_reasoning(self, text: str, seconds: float | None, *, is_thinking: bool) -> None:
        """Show the text so far; ``seconds`` is how long it took, None if that is not known."""
        self._gap = text[len(text.rstrip()) :]
        text = text.strip()
        if text != self._text.whole:
            self._text = GrowingText(text)
            self._begin_again()
        elif self._writer is not None:
            self._writer.join()
        self._show_words(seconds, is_thinking=is_thinking)

    def append(self, added: str, seconds: float | None, *, is_thinking: bool) -> None:
        """Show what the text goes on with."""
        added = self._gap + added if len(self._text) else added.lstrip()
        visible = added.rstrip()
        self._gap = added[len(visible) :]
        if visible:
            self._text.append(visible)
            self._waiting.append(visible)
        self._show_words(seconds, is_thinking=is_thinking)
        if self.is_open:
            self._write()

    def _show_words(self, seconds: float | None, *, is_thinking: bool) -> None:
        self.setVisible(bool(len(self._text)))
        if is_thinking:
            words = tr("Thinking…")
        elif seconds is None:
            words = tr("Thoughts")
        else:
            words = trn("Thought for {n} s", "Thought for {n} s", max(1, round(seconds)))
        if words != self.button.text():
            self.button.setText(words)
            self.button.setAccessibleName(words)

    @Slot(bool)
    def _on_toggled(self, is_open: bool) -> None:
        if is_open:
            self._write()
        self._view.setVisible(is_open)
        self._more.setVisible(is_open and self._num_shown < len(self._text))
        self._show_icon()

    @Slot()
    def _on_more_clicked(self) -> None:
        self._limit += SHOWN_CHARS
        self._begin_again()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._show_icon()
        self._begin_again()

    def _begin_again(self) -> None:
        self._writer, self._waiting, self._num_shown = None, [self._text.whole], 0
        if self.is_open:
            self._write()

    def _show_icon(self) -> None:
        name = "chevron-down" if self.is_open else "chevron-right"
        self.button.setIcon(self._theme.icon(name, self._theme.tokens.muted))

    def _write(self) -> None:
        waiting, self._waiting = "".join(self._waiting), []
        room = self._limit - self._num_shown
        waiting = waiting[: max(0, room)]
        self._num_shown += len(waiting)
        self._more.show_share(self._num_shown, len(self._text))
        if not waiting:
            return
        if self._writer is None:
            self._view.document().clear()
            self._writer = ProseWriter(self._view.document(), self._theme)
            self._writer.write_plain(waiting, is_muted=True)
        else:
            self._writer.append_plain(waiting)
            self._writer.relieve()
