"""What the Chat tab shows before the first message: three things to try, and what else can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import WrappingButton, text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_WIDTH = 460


class EmptyState(QScrollArea):
    """Announces the example that was chosen. Scrolls where large text has no room."""

    example_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget(self)
        self._box = QWidget(page)
        column = QVBoxLayout(self._box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        title = text_label(tr("What can I help you with?"), self._box, role="title", wrap=True)
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = text_label(tr("Everything stays on this computer."), self._box, role="muted", wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(title)
        column.addWidget(hint)
        column.addSpacing(design.SPACE_16)
        self._title = title
        self._first_example = column.count()
        self._column = column
        self.example_buttons: list[WrappingButton] = []
        self._show_examples(self._examples())
        column.addSpacing(design.SPACE_8)
        drop = text_label(tr("Or drop a document here to ask about it."), self._box, role="small", wrap=True)
        drop.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(drop)
        self.temporary_button = WrappingButton(
            tr("Temporary chat: nothing of it is kept"), "quiet", self._box
        )
        column.addWidget(self.temporary_button)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._box, 100)
        row.addStretch(1)
        self._outer = outer = QVBoxLayout(page)
        outer.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_24)
        outer.addStretch(2)
        outer.addLayout(row)
        outer.addStretch(3)
        self.setWidget(page)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def add_card(self, card: QWidget) -> None:
        """Show ``card`` below the examples, in the middle; it takes no room while it is hidden."""
        row = QHBoxLayout()
        row.setContentsMargins(0, design.SPACE_24, 0, 0)
        row.addStretch(1)
        row.addWidget(card, 100)
        row.addStretch(1)
        self._outer.insertLayout(self._outer.count() - 1, row)

    def show_starters(self, name: str, starters: Sequence[str]) -> None:
        """Offer what a persona begins with; without any the usual examples. ``name`` "" is no persona."""
        self._title.setText(
            tr("You talk with “{0}”").format(name) if name else tr("What can I help you with?")
        )
        self._show_examples(starters or self._examples())

    def _show_examples(self, texts: Sequence[str]) -> None:
        for button in self.example_buttons:
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.example_buttons = [self._example(text, self._box) for text in texts]
        for place, button in enumerate(self.example_buttons, self._first_example):
            self._column.insertWidget(place, button)

    def _examples(self) -> tuple[str, ...]:
        return (
            tr("Explain how a rainbow forms, in simple words"),
            tr("Write a short, friendly reminder about Friday's meeting"),
            tr("Give me five ideas for a rainy weekend"),
        )

    def _example(self, text: str, parent: QWidget) -> WrappingButton:
        button = WrappingButton(text, "row", parent)
        button.clicked.connect(lambda: self.example_chosen.emit(text))
        return button

    @Slot()
    def _on_theme_changed(self) -> None:
        self._box.setMaximumWidth(self._theme.scaled(_WIDTH))
