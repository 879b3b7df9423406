"""The questions that the trained model was asked: what was taught, what it says, what it said before."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.finetune.protocol import Answered
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.runs import say_known
from lmstudio_lite.words.translate import tr


class AnswersView(QFrame):
    """Hidden where nothing was asked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.setAccessibleName(tr("Your questions, answered"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(design.SPACE_16)
        self._grid.setVerticalSpacing(design.SPACE_4)
        for column in range(3):
            self._grid.setColumnStretch(column, 1)
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column_of_all.setSpacing(design.SPACE_8)
        column_of_all.addWidget(text_label(tr("Your questions, answered"), self, role="heading"))
        column_of_all.addLayout(self._grid)
        self._shown: list[Answered] = []
        self.hide()

    def show_answers(self, answers: list[Answered]) -> None:
        """Show each question with its three answers."""
        self.setVisible(bool(answers))
        if answers == self._shown:
            return
        self._shown = list(answers)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        row = 0
        for answer in answers:
            role = "muted" if answer.knows_now else "warning"
            self._put(row, 0, answer.question, "heading", span=2)
            self._put(row, 2, say_known(answer), role)
            columns = (
                (tr("taught"), answer.taught),
                (tr("it answers"), answer.after),
                (tr("before training"), answer.before),
            )
            for column, (name, text) in enumerate(columns):
                self._put(row + 1, column, name, "small")
                self._put(row + 2, column, text or "–", "")
            row += 3

    def _put(self, row: int, column: int, text: str, role: str, *, span: int = 1) -> None:
        label = text_label(text, self, role=role, wrap=True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(label, row, column, 1, span)
