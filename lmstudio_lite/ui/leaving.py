"""Leaving the program while texts are only in memory: ask, offer a file, lose nothing silently."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.ui.saving import TextSaver
from lmstudio_lite.ui.unsaved_notice import UnsavedExport, UnsavedWatch, reason_words
from lmstudio_lite.unsaved import UnsavedState, UnsavedWork
from lmstudio_lite.words.translate import tr, trn


class LeaveQuestion(QObject):
    """Asks before the window closes. The question goes, and the window too, once everything is saved."""

    def __init__(
        self,
        unsaved: UnsavedWork,
        bridge: Bridge,
        notice: Notice,
        leave: Callable[[], object],
        parent: QWidget,
    ) -> None:
        """``leave`` closes the window; ``notice`` tells how saving as a file went."""
        super().__init__(parent)
        self._unsaved = unsaved
        self._leave = leave
        self._window = parent
        self._has_given_up = False
        self.dialog: QMessageBox | None = None
        self.exporter = UnsavedExport(unsaved, TextSaver(bridge, notice, parent), parent)
        self.exporter.saved.connect(self._on_exported)
        watch = UnsavedWatch(unsaved, self)
        watch.changed.connect(self._on_unsaved_changed)

    @property
    def may_leave(self) -> bool:
        """True if nothing would be lost, or the user said so."""
        return self._has_given_up or not self._unsaved.texts_at_risk

    def ask(self) -> None:
        """Show the question, and try to save meanwhile."""
        self._unsaved.retry()
        if self.dialog is not None:
            self.dialog.raise_()
            return
        error = self._unsaved.state.error
        box = PlainMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("LM Studio Lite")
        count = len(self._unsaved.texts_at_risk)
        box.setText(
            trn(
                "A text could not be saved yet and would be lost.",
                "{n} texts could not be saved yet and would be lost.",
                count,
            )
        )
        reason = reason_words(error) if error is not None else ""
        box.setInformativeText(
            f"{reason} {tr('Save what is in memory as a file, on another disk if need be.')}".strip()
        )
        self.save_button = box.addButton(tr("Save as…"), QMessageBox.ButtonRole.AcceptRole)
        self.quit_button = box.addButton(tr("Quit without saving"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(self._on_button_clicked)
        box.finished.connect(self._on_dialog_finished)
        self.dialog = box
        box.open()

    @Slot(QAbstractButton)
    def _on_button_clicked(self, button: QAbstractButton) -> None:
        if button is self.save_button:
            self.exporter.ask(self._unsaved.texts_at_risk)
        elif button is self.quit_button:
            self._has_given_up = True
            self._leave()

    @Slot(int)
    def _on_dialog_finished(self, _result: int) -> None:
        self.dialog = None

    @Slot()
    def _on_exported(self) -> None:
        if self.may_leave:
            self._leave()

    @Slot(object)
    def _on_unsaved_changed(self, _state: UnsavedState) -> None:
        if self.dialog is not None and self.may_leave:
            self.dialog.close()
            self._leave()
