"""Below the composer's text: as whom the model answers, and how. Both stand there in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.control.chosen import ChosenControl
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.words.control import say_control
from lmstudio_lite.words.translate import tr

PERSONA_KEYS = QKeySequence("Ctrl+Shift+P")
_NAME_LENGTH = 28
_BESIDE_TEXT, _LEAST_WIDTH = 48, 60
"""Pixels: what a button has beside its text, and below what nothing could be read."""


class ControlRow(QWidget):
    """Announces what is asked for; what was chosen it has from ``ChosenControl``. GUI thread."""

    personas_requested = Signal()
    answers_requested = Signal()

    def __init__(self, chosen: ChosenControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self._answers = ""
        self.menu = QMenu(self)
        self.persona_button = _quiet("", self)
        self.persona_button.setMenu(self.menu)
        self.persona_button.setShortcut(PERSONA_KEYS)
        self.persona_button.setToolTip(
            tr("As whom the model answers from now on ({0})").format(
                PERSONA_KEYS.toString(QKeySequence.SequenceFormat.NativeText)
            )
        )
        self.answers_button = _quiet("", self)
        self.answers_button.setToolTip(tr("How daring, how long, in which form: for this conversation"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(design.SPACE_4)
        row.addWidget(self.persona_button)
        row.addWidget(self.answers_button)
        row.addStretch(1)
        chosen.changed.connect(self._show)
        chosen.personas_listed.connect(self._show)
        self.menu.aboutToShow.connect(self._on_menu_opened)
        self.answers_button.clicked.connect(self.answers_requested)
        self._show()

    @Slot()
    def _show(self) -> None:
        persona = self._chosen.persona
        name = safe_line(persona.persona.name) if persona is not None else tr("No persona")
        short = name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
        self.persona_button.setText(short.replace("&", "&&"))
        self.persona_button.setShortcut(PERSONA_KEYS)  # setText takes it away
        self.persona_button.setAccessibleName(tr("Persona: {0}").format(name))
        said = say_control(self._chosen.control)
        self._answers = said or tr("Answers…")
        self._cut()
        self.answers_button.setAccessibleName(tr("How it answers: {0}").format(said or tr("as always")))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        """Say as much of what was chosen as there is room for."""
        room = self.width() - self.persona_button.sizeHint().width() - _BESIDE_TEXT
        metrics = self.answers_button.fontMetrics()
        text = metrics.elidedText(self._answers, Qt.TextElideMode.ElideRight, max(room, _LEAST_WIDTH))
        if text != self.answers_button.text():
            self.answers_button.setText(text)

    @Slot()
    def _on_menu_opened(self) -> None:
        self.menu.clear()
        current = self._chosen.persona
        self._add(None, tr("No persona"), is_chosen=current is None)
        was_built_in = True
        self.menu.addSeparator()
        for persona in self._chosen.personas:
            if was_built_in and not persona.is_built_in:
                self.menu.addSeparator()
            was_built_in = persona.is_built_in
            is_chosen = current is not None and current.id == persona.id
            self._add(persona, safe_line(persona.persona.name), is_chosen=is_chosen)
        self.menu.addSeparator()
        self.menu.addAction(tr("Personas…")).triggered.connect(self.personas_requested)

    def _add(self, persona: KeptPersona | None, name: str, *, is_chosen: bool) -> QAction:
        action = self.menu.addAction(name.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(is_chosen)
        action.triggered.connect(lambda _checked=False: self._chosen.choose_persona(persona))
        return action


def _quiet(text: str, parent: QWidget) -> QPushButton:
    button = text_button(text, parent, role="quiet")
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
