"""A line for what goes on with a model's files: what it is, how far, and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.models.keeping import FileProgress
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words import say_size
from lmstudio_lite.words.translate import tr

_STEPS = 1000


class WorkStrip(QFrame):
    """Hidden while nothing goes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._words = ""
        self._on_stop: Callable[[], None] = lambda: None
        self.label = ElidedLabel(self, role="small")
        self.bar = QProgressBar(self)
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.stop_button = text_button(tr("Stop"), self)
        column = QVBoxLayout()
        column.setSpacing(design.SPACE_4)
        column.addWidget(self.label)
        column.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        row.addLayout(column, 1)
        row.addWidget(self.stop_button)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.hide()

    def begin(self, words: str, on_stop: Callable[[], None]) -> None:
        """Show that something has begun; ``words`` say what."""
        self._words, self._on_stop = words, on_stop
        self.label.set_full_text(words)
        self.bar.setValue(0)
        self.bar.setAccessibleName(words)
        self.stop_button.setEnabled(True)
        self.show()

    def show_progress(self, progress: FileProgress) -> None:
        """Show how far it is."""
        done, total = progress.done_bytes, progress.total_bytes
        if total:
            self.bar.setValue(round(_STEPS * done / total))
            self.label.set_full_text(
                tr("{0}: {1} of {2}").format(self._words, say_size(done), say_size(total))
            )

    @Slot()
    def _on_stop_clicked(self) -> None:
        self.stop_button.setEnabled(False)
        self._on_stop()
