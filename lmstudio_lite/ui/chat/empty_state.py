"""What the Chat tab shows before the first message: three things to try, and what else can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import Theme

_WIDTH = 460


class EmptyState(QWidget):
    """Announces the example that was chosen."""

    example_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = QWidget(self)
        box.setMaximumWidth(_WIDTH)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        title = text_label(self.tr("What can I help you with?"), box, role="title", wrap=True)
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = text_label(self.tr("Everything stays on this computer."), box, role="muted", wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(title)
        column.addWidget(hint)
        column.addSpacing(design.SPACE_16)
        self.example_buttons = [self._example(text, box) for text in self._examples()]
        for button in self.example_buttons:
            column.addWidget(button)
        column.addSpacing(design.SPACE_8)
        drop = text_label(self.tr("Or drop a document here to ask about it."), box, role="small", wrap=True)
        drop.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(drop)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_24)
        outer.addStretch(2)
        outer.addWidget(box, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def _examples(self) -> tuple[str, ...]:
        return (
            self.tr("Explain how a rainbow forms, in simple words"),
            self.tr("Write a short, friendly reminder about Friday's meeting"),
            self.tr("Give me five ideas for a rainy weekend"),
        )

    def _example(self, text: str, parent: QWidget) -> QWidget:
        button = text_button(text, parent, role="row")
        button.setMinimumWidth(_WIDTH - 2 * design.SPACE_16)
        button.clicked.connect(lambda: self.example_chosen.emit(text))
        return button
