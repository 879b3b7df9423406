"""A document as a reply had it, open at the passage that is to be checked; on to the next by a click."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.passages_view import say_place
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.source_view import SourceView
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_SIZE = QSize(760, 620)


class SourceDialog(QDialog):
    """Shows one document; the chat beside it goes on."""

    def __init__(
        self,
        theme: Theme,
        document: Document,
        passages: Sequence[ReadPassageRecord],
        place: int,
        parent: QWidget,
    ) -> None:
        """``passages`` are those of this document; that at ``place`` is shown first."""
        super().__init__(parent)
        self._passages = tuple(passages)
        self._place = place
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(document.title)
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.title.set_full_text(document.title)
        self.where = text_label("", self, role="muted")
        self.view = SourceView(theme, self, offers_detail=False)
        self.previous_button = text_button(tr("Previous passage"), self)
        self.next_button = text_button(tr("Next passage"), self)
        self.close_button = text_button(tr("Close"), self, role="primary")
        self._lay_out()
        self.previous_button.clicked.connect(lambda: self._go(self._place - 1))
        self.next_button.clicked.connect(lambda: self._go(self._place + 1))
        self.close_button.clicked.connect(self.close)
        self.view.show_document(document)
        self.view.show_passages([(passage.start, passage.end) for passage in self._passages])
        self.resize(_SIZE)
        self._go(place)

    @property
    def place(self) -> int:
        """Which of the passages is in sight."""
        return self._place

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.previous_button)
        buttons.addWidget(self.next_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_16)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.title)
        column.addWidget(self.where)
        column.addWidget(self.view, 1)
        column.addLayout(buttons)

    @Slot(int)
    def _go(self, place: int) -> None:
        self._place = min(max(0, place), len(self._passages) - 1)
        passage = self._passages[self._place]
        self.where.setText(
            tr("Passage {0} of {1} that the reply was made with: {2}").format(
                self._place + 1, len(self._passages), say_place(passage)
            )
        )
        self.view.scroll_to(passage.start)
        self.previous_button.setEnabled(self._place > 0)
        self.next_button.setEnabled(self._place < len(self._passages) - 1)
