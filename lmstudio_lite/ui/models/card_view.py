"""A model's card: Markdown that is shown piece by piece, for some are as long as a book."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_PIECE_CHARS = 1500
_PAUSE_MS = 40
_SHOWN_CHARS = 60_000
"""Of a longer card the rest is left to its page: who reads so far has a browser open."""


class CardView(QWidget):
    """Pictures are never fetched: the card comes without them (``hub.cards``), and the writer has none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rest = ""
        self._body: MarkdownBody | None = None
        self._is_cut = False
        self._due = QTimer(self)
        self._due.setInterval(_PAUSE_MS)
        self.cut_label = text_label(tr("The card is longer: read on its page."), self, role="small")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(design.SPACE_12)
        self._column.addWidget(self.cut_label)
        self._due.timeout.connect(self._on_due)
        self.cut_label.hide()

    @property
    def text(self) -> str:
        """Return what is shown so far."""
        return self._body.text if self._body is not None else ""

    @property
    def is_whole(self) -> bool:
        return not self._rest

    def show_card(self, text: str, *, is_cut: bool) -> None:
        """Show ``text``, the first pieces at once; ``is_cut``: the card goes on elsewhere."""
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = MarkdownBody(self._theme, self)
        self._column.insertWidget(0, self._body)
        self._body.show()
        self._is_cut = is_cut or len(text) > _SHOWN_CHARS
        self._rest = text[:_SHOWN_CHARS]
        self.cut_label.hide()
        self._on_due()
        if self._rest:
            self._due.start()

    @Slot()
    def _on_due(self) -> None:
        if self._body is not None and self._rest:
            end = self._rest.find("\n", _PIECE_CHARS) + 1 or len(self._rest)
            end = min(end, 2 * _PIECE_CHARS)
            self._body.append_text(self._rest[:end])
            self._rest = self._rest[end:]
        if not self._rest:
            self._due.stop()
            self.cut_label.setVisible(self._is_cut)
