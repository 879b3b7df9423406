"""The question before another model takes over while the one in use still works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from lmstudio_lite.domain.engine import Running
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.words.translate import tr


class SwitchQuestion(PlainMessageBox):
    """Asks whether to finish what runs first; calls ``on_answer`` with the choice, or not at all."""

    def __init__(self, on_answer: Callable[[Running], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._on_answer = on_answer
        self.setWindowTitle(tr("Change the model"))
        self.setIcon(QMessageBox.Icon.Question)
        self.setText(tr("The model is still working."))
        self.setInformativeText(
            tr("The other model can wait until it has finished, or take over now and stop it.")
        )
        self.finish_button = self.addButton(tr("Finish first"), QMessageBox.ButtonRole.AcceptRole)
        self.stop_button = self.addButton(tr("Stop and change"), QMessageBox.ButtonRole.DestructiveRole)
        self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(self.finish_button)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.buttonClicked.connect(self._on_button_clicked)

    @Slot(QAbstractButton)
    def _on_button_clicked(self, button: QAbstractButton) -> None:
        if button is self.finish_button:
            self._on_answer(Running.FINISH)
        elif button is self.stop_button:
            self._on_answer(Running.CANCEL)


def choose_model(path: Path, control: ModelControl, parent: QWidget) -> SwitchQuestion | None:
    """Use another model from now on; asks first where work is running."""
    if not control.is_busy:
        control.choose(path)
        return None
    question = SwitchQuestion(lambda running: control.choose(path, running), parent)
    question.open()
    return question
