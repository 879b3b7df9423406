"""The place in the main window that shows a training: "Training 34 %, 6 min"; a click opens its window.

After a start it offers to continue a training that was interrupted.
"""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from lmstudio_lite.domain.training import Phase
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.finetune.run_control import RunControl
from lmstudio_lite.words.runs import say_short
from lmstudio_lite.words.translate import tr


def training_chip(runs: RunControl, parent: QWidget) -> QPushButton:
    """Make a button that is there while something trains, and once more when it has ended."""
    chip = text_button("", parent, role="quiet")
    follower = _Follower(runs, chip)
    chip.clicked.connect(follower.on_clicked)
    return chip


class _Follower(QWidget):
    """Words the chip. A child of it, never shown."""

    def __init__(self, runs: RunControl, chip: QPushButton) -> None:
        super().__init__(chip)
        self.hide()
        self._runs = runs
        self._chip = chip
        self._seen: object = None
        self._was_active = False
        runs.changed.connect(self._on_changed)
        self._on_changed()

    @Slot()
    def on_clicked(self) -> None:
        """An ended training has been looked at."""
        record = self._runs.record
        if record is not None and not record.is_active:
            self._seen = record
            self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        record = self._runs.record or self._runs.interrupted
        self._chip.setVisible(record is not None and (record.is_active or record is not self._seen))
        if record is None:
            return
        if record is self._runs.interrupted:
            percent = round(record.fraction * 100)
            words = tr("Training interrupted at {0} %: continue?").format(percent)
        elif record.is_active:
            words = say_short(record)
        elif record.phase is Phase.DONE:
            words = tr("Training done")
        else:
            words = say_short(record)
        self._chip.setText(words)
        self._chip.setAccessibleName(words)
        self._chip.setToolTip(tr("Open the Fine-tune window"))
