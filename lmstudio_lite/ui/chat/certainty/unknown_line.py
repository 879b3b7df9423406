"""Below a reply whose tokens are not known: that this is so, and the offer to work them out."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.words.translate import tr


class UnknownLine(QWidget):
    """Announces what is asked for with the button. GUI thread."""

    wanted = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_working = False
        self.words = text_label("", self, role="muted", wrap=True)
        self.button = text_button("", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, design.SPACE_4, 0, design.SPACE_4)
        row.setSpacing(design.SPACE_12)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.button.clicked.connect(self._on_clicked)

    def show_unknown(self, model: str, *, is_part: bool) -> None:
        """Say that nothing, or not all, is known; ``model`` is the one that would read it, "" for none."""
        self._is_working = False
        known = (
            tr("How sure the model was is not known for all of this reply.")
            if is_part
            else tr("How sure the model was of this reply is not known.")
        )
        offer = (
            tr("{0} can read it and tell how likely it would have been to write the same.").format(model)
            if model
            else tr("With a model loaded it can be worked out.")
        )
        self.words.setText(f"{known} {offer}")
        self.button.setText(tr("Work it out"))
        self.button.setVisible(bool(model))

    def show_progress(self, num_done: int, num_total: int) -> None:
        """Say how much is read."""
        self._is_working = True
        percent = round(100 * num_done / max(1, num_total))
        self.words.setText(tr("Reading the reply, {0} %").format(percent))
        self.button.setText(tr("Stop"))
        self.button.show()

    @Slot()
    def _on_clicked(self) -> None:
        if self._is_working:
            self.stopped.emit()
        else:
            self.wanted.emit()
