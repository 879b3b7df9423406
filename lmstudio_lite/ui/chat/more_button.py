"""A button below a text of which only a part is shown: a message may be longer than a window can lay out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.translate import tr

SHOWN_CHARS = 200_000
"""Some 60 pages, which take about half a second to show; each press shows as much again."""


class MoreButton(QPushButton):
    """Hidden while the whole text is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "quiet")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()

    def show_share(self, num_shown: int, num_chars: int) -> None:
        """Say how much is shown, if it is not all."""
        if num_shown < num_chars:
            words = tr("Show more: {0} of {1} characters are shown")
            self.setText(words.format(f"{num_shown:,}", f"{num_chars:,}"))
            self.setAccessibleName(self.text())
        self.setVisible(num_shown < num_chars)
