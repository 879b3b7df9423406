"""Below the table: why the chosen segment is to be looked at, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8
from lmstudio_lite.words.flags import say_flag
from lmstudio_lite.words.reviews import Statistics, say_place, say_row_state, say_statistics
from lmstudio_lite.words.translate import tr

ACCEPT_ALL_KEYS = QKeySequence("Ctrl+Shift+Return")
AGAIN_KEYS = QKeySequence("Ctrl+R")


class ReviewFoot(QWidget):
    """Shows one row and the amounts of all; asks for what its buttons say."""

    accept_requested = Signal()
    accept_all_requested = Signal()
    again_requested = Signal(str)  # the instruction, "" for none
    left = Signal()  # Esc in the field

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.reasons = text_label("", self, wrap=True)
        self.place = text_label("", self, role="small")
        self.counts = text_label("", self, role="small", wrap=True)
        self.counts.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.kept = text_label("", self, role="small", wrap=True)
        self.accept_button = text_button(tr("Accept"), self)
        self.accept_button.setToolTip(tr("Accept and go on (Enter)"))
        self.again_button = text_button(tr("Translate again…"), self)
        self.again_button.setToolTip(tr("Translate again ({0})").format(AGAIN_KEYS.toString()))
        self.instruction = _InstructionEdit(self)
        self.send_button = text_button(tr("Translate again"), self, role="primary")
        self.accept_all_button = text_button(tr("Accept all without flags"), self)
        self.accept_all_button.setToolTip(
            tr("Accept every segment that has no flag ({0})").format(ACCEPT_ALL_KEYS.toString())
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addWidget(self.place)
        buttons.addStretch(1)
        buttons.addWidget(self.again_button)
        buttons.addWidget(self.accept_all_button)
        buttons.addWidget(self.accept_button)
        asking = QHBoxLayout()
        asking.setSpacing(SPACE_8)
        asking.addWidget(self.instruction, 1)
        asking.addWidget(self.send_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_4)
        layout.addWidget(self.reasons)
        layout.addLayout(buttons)
        layout.addLayout(asking)
        layout.addWidget(self.counts)
        layout.addWidget(self.kept)
        self._show_asking(False)
        self.show_row(None)
        self.accept_button.clicked.connect(self.accept_requested)
        self.accept_all_button.clicked.connect(self.accept_all_requested)
        self.again_button.clicked.connect(self.begin_again)
        self.send_button.clicked.connect(self._on_send)
        self.instruction.returnPressed.connect(self._on_send)
        self.instruction.escaped.connect(self._on_escaped)

    def show_row(self, row: SegmentRow | None) -> None:
        """Say of a segment where it stands and why to look at it."""
        self.accept_button.setEnabled(row is not None and not row.is_accepted)
        self.again_button.setEnabled(row is not None)
        place = row.segment.place if row is not None else None
        self.place.setText(say_place(place) if place is not None else "")
        if row is None:
            self.reasons.setText("")
            self.reasons.hide()
            return
        flags = "" if row.is_accepted else " ".join(say_flag(flag) for flag in row.segment.flags)
        set_role(self.reasons, "warning" if flags else "muted")
        self.reasons.setText(flags or say_row_state(row))
        self.reasons.setVisible(bool(self.reasons.text()))

    def show_statistics(self, statistics: Statistics | None) -> None:
        """Say how many segments are done, to be looked at, accepted or edited, and how many words."""
        is_known = statistics is not None and bool(statistics.counts.num_total)
        self.accept_all_button.setEnabled(is_known)
        self.counts.setText(say_statistics(statistics) if statistics is not None and is_known else "")

    def show_kept(self, words: str) -> None:
        """Say what of the file is left as it is, "" for nothing."""
        self.kept.setText(words)
        self.kept.setVisible(bool(words))

    @Slot()
    def begin_again(self) -> None:
        """Ask what the model is to do otherwise."""
        self._show_asking(True)
        self.instruction.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_asking(self, is_asking: bool) -> None:
        self.instruction.setVisible(is_asking)
        self.send_button.setVisible(is_asking)

    @Slot()
    def _on_send(self) -> None:
        instruction = self.instruction.text().strip()
        self._show_asking(False)
        self.again_requested.emit(instruction)
        self.left.emit()

    @Slot()
    def _on_escaped(self) -> None:
        self._show_asking(False)
        self.left.emit()


class _InstructionEdit(QLineEdit):
    """One line; Esc leaves it."""

    escaped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMaxLength(400)
        self.setPlaceholderText(tr("Such as “shorter” (may be empty)"))
        self.setAccessibleName(tr("What to do otherwise in this segment"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)
