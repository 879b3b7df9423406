"""A choice in plain words, as a card: a name, what it means, and what it takes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import CardButton, text_label

_HEIGHT_MIN = 128


class OptionCard(CardButton):
    """``set_takes`` says how long it takes, or how large it is."""

    def __init__(self, name: str, about: str, parent: QWidget) -> None:
        super().__init__("option", parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        title = text_label(name, self, role="heading")
        words = text_label(about, self, role="small", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._takes = text_label(" ", self, role="small", wrap=True)
        self._name = name
        self._about = about
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_4)
        column.addWidget(title)
        column.addWidget(words, 1)
        column.addWidget(self._takes)
        for label in (title, words, self._takes):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.fit()
        self.set_takes("")

    def fit(self) -> None:
        """Leave room for a few lines; the cards of a row are equally high."""
        self.setMinimumHeight(_HEIGHT_MIN)

    def set_takes(self, words: str) -> None:
        self._takes.setText(words or " ")
        self.setAccessibleName(". ".join(filter(None, (self._name, self._about, words))))
