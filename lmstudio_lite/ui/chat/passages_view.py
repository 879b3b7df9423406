"""Below a reply: which passages of the documents the model had before it, folded until somebody looks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn

_MOST_SHOWN_LETTERS = 200


class PassagesView(QWidget):
    """One line that folds out a line a passage. GUI thread."""

    unfolded = Signal()
    """For the first time: the passages' words are wanted, see ``show_words``."""
    passage_chosen = Signal(int)  # its place among those of the reply
    cost_wanted = Signal()
    """What it takes to read the documents whole: see ``show_cost``."""
    read_all_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        passages: Sequence[ReadPassageRecord],
        parent: QWidget,
        *,
        offers_all: bool = False,
    ) -> None:
        """``offers_all``: the documents hold more, and can be read whole for the question."""
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
        self.all_button = text_button(tr("Read it all…"), self, role="quiet")
        self.all_button.setToolTip(tr("Put the question to every part of the documents, one after another"))
        self.all_button.setVisible(offers_all)
        self._is_cost_known = False
        self._list = QWidget(self)
        self._list.hide()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(design.SPACE_16, 0, 0, 0)
        self._column.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, design.SPACE_4)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(design.SPACE_8)
        head.addWidget(self.button)
        head.addWidget(self.all_button)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self._list)
        self.button.toggled.connect(self._on_toggled)
        self.all_button.clicked.connect(self._on_all_clicked)
        theme.changed.connect(self._show_icon)
        self._show_icon()

    def show_words(self, words: Sequence[str]) -> None:
        """Show how each passage begins, in the order of ``passages``."""
        for row, text in zip(self.rows, words, strict=False):
            row.words.set_full_text(" ".join(text.split())[:_MOST_SHOWN_LETTERS])

    def show_cost(self, num_parts: int, seconds: float | None) -> None:
        """Say what reading everything takes; the next click begins it."""
        self._is_cost_known = True
        self.all_button.setText(say_cost(num_parts, seconds))
        self.all_button.setAccessibleName(self.all_button.text())
        self.all_button.setEnabled(True)

    def show_no_cost(self) -> None:
        """What it takes could not be told; it can be asked for again."""
        self.all_button.setText(tr("Read it all…"))
        self.all_button.setEnabled(True)

    def set_busy(self, is_busy: bool) -> None:
        """While a reply streams nothing else can be begun."""
        self.all_button.setEnabled(not is_busy)

    @Slot()
    def _on_all_clicked(self) -> None:
        if self._is_cost_known:
            self.read_all_wanted.emit()
            return
        self.all_button.setEnabled(False)
        self.all_button.setText(tr("Counting…"))
        self.cost_wanted.emit()

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
        self.button.setToolTip(plain_tip(place))
        self.words = ElidedLabel(self, role="muted", fewest_characters=12)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.button)
        row.addWidget(self.words, 1)


def say_cost(num_parts: int, seconds: float | None) -> str:
    """Say what reading everything takes."""
    if seconds is None:
        return trn("Read {n} part", "Read {n} parts", num_parts)
    if seconds < 55:
        about = max(10, math.ceil(seconds / 10) * 10)
        return trn("Read {n} part, about {0} s", "Read {n} parts, about {0} s", num_parts).format(about)
    minutes = math.ceil(seconds / 60)
    return trn("Read {n} part, about {0} min", "Read {n} parts, about {0} min", num_parts).format(minutes)


def say_place(passage: ReadPassageRecord) -> str:
    """Name the document of a passage, and its page where it has one."""
    if passage.page is None:
        return passage.title
    return tr("{0}, page {1}").format(passage.title, passage.page)
