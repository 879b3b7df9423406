"""A model's card: Markdown that is shown piece by piece, for some are as long as a book."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_PIECE_CHARS = 1000
_PAUSE_MS = 40
_PAGE_CHARS = 12_000
"""Shown at a time: of 60,000 characters the last ones take the window hundreds of milliseconds."""


class CardView(QWidget):
    """Pictures are never fetched: the card comes without them (``hub.cards``), and the writer has none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._due_text = ""
        self._rest = ""
        self._body: MarkdownBody | None = None
        self._is_cut = False
        self._due = QTimer(self)
        self._due.setInterval(_PAUSE_MS)
        self.more_button = text_button(tr("Show more of the card"), self, role="quiet")
        self.cut_label = text_label(tr("The card goes on on its page."), self, role="small")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(design.SPACE_12)
        self._column.addWidget(self.more_button)
        self._column.addWidget(self.cut_label)
        self._due.timeout.connect(self._on_due)
        self.more_button.clicked.connect(self._on_more_clicked)
        self._end()

    @property
    def text(self) -> str:
        """Return what is shown so far."""
        return self._body.text if self._body is not None else ""

    @property
    def is_settled(self) -> bool:
        """True when nothing more comes by itself."""
        return not self._due_text

    def show_card(self, text: str, *, is_cut: bool) -> None:
        """Show the beginning of ``text``, and more when asked for; ``is_cut``: the card goes on elsewhere."""
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = MarkdownBody(self._theme, self)
        self._column.insertWidget(0, self._body)
        self._body.show()
        self._is_cut = is_cut
        self._rest = text
        self._on_more_clicked()

    @Slot()
    def _on_more_clicked(self) -> None:
        """Show the next page's worth, up to the end of a line."""
        end = _line_end(self._rest, _PAGE_CHARS)
        self._due_text, self._rest = self._rest[:end], self._rest[end:]
        self.more_button.hide()
        self.cut_label.hide()
        self._due.start()
        self._on_due()

    @Slot()
    def _on_due(self) -> None:
        if self._body is not None and self._due_text:
            end = _line_end(self._due_text, _PIECE_CHARS)
            self._body.append_text(self._due_text[:end])
            self._due_text = self._due_text[end:]
        if not self._due_text:
            self._end()

    def _end(self) -> None:
        self._due.stop()
        self.more_button.setVisible(bool(self._rest))
        self.cut_label.setVisible(self._is_cut and not self._rest)


def _line_end(text: str, wanted: int) -> int:
    """Return where the line ends that holds the character ``wanted``; of an endless line a part will do."""
    if len(text) <= wanted:
        return len(text)
    return min(text.find("\n", wanted) + 1 or len(text), 2 * wanted)
