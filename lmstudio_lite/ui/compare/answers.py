"""Two answers side by side, each below who gave it, and the buttons that judge them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Duel, DuelAnswer, Side, Vote
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.controls import WrappingButton, text_label
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.duels import say_side, say_vote
from lmstudio_lite.words.translate import tr


class AnswerColumn(QFrame):
    """One answer. GUI thread."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = text_label("", self, role="heading", wrap=True)
        self.body = MarkdownBody(theme, self)
        self.state = text_label("", self, role="muted", wrap=True)
        page = QWidget(self)
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, design.SPACE_8, 0)
        inner.addWidget(self.body)
        inner.addWidget(self.state)
        inner.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.name)
        column.addWidget(self.area, 1)

    def show_answer(self, name: str, answer: DuelAnswer, *, is_working: bool) -> None:
        """Show an answer as it stands."""
        self.name.setText(name)
        self.area.setAccessibleName(name)
        is_ahead = is_working and self.body.text.startswith(answer.text)
        if not is_ahead and self.body.text != answer.text:
            self.body.set_text(answer.text)
        self.say_state(_say_state(answer, is_working=is_working))

    def say_state(self, words: str) -> None:
        """Say below the answer how it stands."""
        self.state.setText(words)
        self.state.setVisible(bool(words))


def _say_state(answer: DuelAnswer, *, is_working: bool) -> str:
    match answer.state:
        case MessageState.STREAMING if is_working:
            return "" if answer.text else tr("Waiting…")
        case MessageState.STREAMING | MessageState.INTERRUPTED:
            return tr("Broke off.") if answer.text else tr("Not answered yet.")
        case MessageState.STOPPED:
            return tr("Stopped.")
        case MessageState.LENGTH:
            return tr("Cut at its longest.")
        case MessageState.FAILED:
            return tr("Failed.")
        case _:
            return "" if answer.text.strip() else tr("The model answered nothing.")


class DuelView(QWidget):
    """Both answers and the vote. GUI thread."""

    voted = Signal(object)  # Vote

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._duel: Duel | None = None
        self.columns = (AnswerColumn(theme, self), AnswerColumn(theme, self))
        self.left_button = _button(tr("Left is better"), "Ctrl+1", self)
        self.tie_button = _button(tr("A tie"), "Ctrl+2", self)
        self.bad_button = _button(tr("Both bad"), "Ctrl+3", self)
        self.right_button = _button(tr("Right is better"), "Ctrl+4", self)
        self.verdict = text_label("", self, role="muted", wrap=True)
        pair = QWidget(self)
        pair.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # left is left in every language
        both = QVBoxLayout(pair)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(design.SPACE_8)
        sides = QHBoxLayout()
        sides.setSpacing(design.SPACE_16)
        line = QFrame(self)
        line.setFixedWidth(1)
        line.setProperty("role", "vertical-separator")
        sides.addWidget(self.columns[0], 1)
        sides.addWidget(line)
        sides.addWidget(self.columns[1], 1)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        for button in self._buttons:
            row.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        both.addLayout(sides, 1)
        both.addWidget(self.verdict)
        both.addLayout(row)
        column.addWidget(pair, 1)
        self.left_button.clicked.connect(lambda: self._vote(0))
        self.right_button.clicked.connect(lambda: self._vote(1))
        self.tie_button.clicked.connect(lambda: self.voted.emit(Vote.TIE))
        self.bad_button.clicked.connect(lambda: self.voted.emit(Vote.BOTH_BAD))

    @property
    def _buttons(self) -> tuple[WrappingButton, ...]:
        return (self.left_button, self.tie_button, self.bad_button, self.right_button)

    def show_duel(self, duel: Duel, *, is_working: bool) -> None:
        """Show a duel as it stands; it can be voted on once both have answered."""
        if self._duel is None or self._duel.id != duel.id:
            for column in self.columns:
                column.body.set_text("")
        self._duel = duel
        for column, side in zip(self.columns, duel.sides, strict=True):
            column.show_answer(say_side(duel, side), duel.answer(side), is_working=is_working)
        can_vote = duel.is_done and not is_working
        for button in self._buttons:
            button.setEnabled(can_vote)
        verdict = say_vote(duel)
        if verdict:
            verdict = tr("Your vote: {0}. Another button changes it.").format(verdict)
        elif can_vote:
            verdict = tr("Which answer is better?")
        self.verdict.setText(verdict)

    def append(self, side: Side, text: str) -> None:
        """Show what a side goes on with."""
        column = self._column(side)
        column.body.append_text(text)
        column.say_state("")

    def say_loading(self, side: Side) -> None:
        """Say that a side waits for its model."""
        words = tr("Loading the model. Two models are loaded one after the other.")
        self._column(side).say_state(words)

    def _column(self, side: Side) -> AnswerColumn:
        is_left = self._duel is None or self._duel.sides[0] is side
        return self.columns[0] if is_left else self.columns[1]

    @Slot(int)
    def _vote(self, number: int) -> None:
        if self._duel is not None:
            self.voted.emit(Vote(self._duel.sides[number].value))


def _button(words: str, keys: str, parent: QWidget) -> WrappingButton:
    button = WrappingButton(words, "", parent)
    button.setToolTip(
        plain_tip(f"{words} ({QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)})")
    )
    QShortcut(QKeySequence(keys), button).activated.connect(button.click)
    button.setEnabled(False)
    return button
