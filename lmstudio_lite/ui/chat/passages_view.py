"""Below a reply: which passages of the documents the model had before it, folded until somebody looks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn

_MOST_SHOWN_LETTERS = 200


class PassagesView(QWidget):
    """One line that folds out a line a passage. GUI thread."""

    unfolded = Signal()
    """For the first time: the passages' words are wanted, see ``show_words``."""
    passage_chosen = Signal(int)  # its place among those of the reply

    def __init__(self, theme: Theme, passages: Sequence[ReadPassageRecord], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.passages = tuple(passages)
        self.rows: list[PassageRow] = []
        self.button = text_button(
            trn("{n} passage read", "{n} passages read", len(self.passages)), self, role="quiet"
        )
        self.button.setAccessibleName(self.button.text())
        self.button.setToolTip(tr("What of the documents stood before the model when it answered"))
        self.button.setCheckable(True)
        self._list = QWidget(self)
        self._list.hide()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(design.SPACE_16, 0, 0, 0)
        self._column.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, design.SPACE_4)
        column.setSpacing(0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self._list)
        self.button.toggled.connect(self._on_toggled)
        theme.changed.connect(self._show_icon)
        self._show_icon()

    def show_words(self, words: Sequence[str]) -> None:
        """Show how each passage begins, in the order of ``passages``."""
        for row, text in zip(self.rows, words, strict=False):
            row.words.set_full_text(" ".join(text.split())[:_MOST_SHOWN_LETTERS])

    @Slot(bool)
    def _on_toggled(self, is_open: bool) -> None:
        is_first = is_open and not self.rows
        if is_first:
            self._add_rows()
        self._list.setVisible(is_open)
        self._show_icon()
        if is_first:
            self.unfolded.emit()

    def _add_rows(self) -> None:
        for number, passage in enumerate(self.passages):
            row = PassageRow(passage, self._list)
            row.button.clicked.connect(lambda _checked=False, place=number: self.passage_chosen.emit(place))
            self._column.addWidget(row)
            self.rows.append(row)

    @Slot()
    def _show_icon(self) -> None:
        name = "chevron-down" if self.button.isChecked() else "chevron-right"
        self.button.setIcon(self._theme.icon(name, self._theme.tokens.muted))


class PassageRow(QWidget):
    """A passage: a button that says where it stands, and how it begins."""

    def __init__(self, passage: ReadPassageRecord, parent: QWidget) -> None:
        super().__init__(parent)
        place = say_place(passage)
        self.button = text_button("", self, role="quiet")
        self.button.setText(self.button.fontMetrics().elidedText(place, Qt.TextElideMode.ElideMiddle, 320))
        self.button.setAccessibleName(tr("Show {0} in the document").format(place))
        self.button.setToolTip(place)
        self.words = ElidedLabel(self, role="muted", fewest_characters=12)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.button)
        row.addWidget(self.words, 1)


def say_place(passage: ReadPassageRecord) -> str:
    """Name the document of a passage, and its page where it has one."""
    if passage.page is None:
        return passage.title
    return tr("{0}, page {1}").format(passage.title, passage.page)
