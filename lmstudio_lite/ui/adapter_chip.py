"""Says in the top bar that chats use an adapter, with its strength, and takes it off.

An adapter changes every answer and is chosen once, perhaps weeks ago: on every tab it is seen that one is on.
"""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.translate import tr

_KIND = re.compile(r"-adapter-F\d+$")
_NAME_LENGTH = 24


def adapter_chip(control: ModelControl, parent: QWidget) -> QPushButton:
    """Make a button that is there while an adapter is on; its menu turns it off."""
    chip = text_button("", parent, role="quiet")
    _Follower(control, chip)
    return chip


def adapter_title(adapter: Path, base: Path | None) -> str:
    """Return what an adapter is called: its file's name without its kind, and without its model's name."""
    name = _KIND.sub("", adapter.stem)
    if base is not None:
        name = name.removeprefix(base.stem).strip("-_. ") or name
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"


class _Follower(QWidget):
    """Words the chip. A child of it, never shown."""

    def __init__(self, control: ModelControl, chip: QPushButton) -> None:
        super().__init__(chip)
        self.hide()
        self._control = control
        self._chip = chip
        menu = QMenu(chip)
        menu.addAction(tr("Turn the adapter off")).triggered.connect(self._on_off_chosen)
        chip.setMenu(menu)
        control.changed.connect(self._on_control_changed)
        self._on_control_changed()

    @Slot()
    def _on_off_chosen(self) -> None:
        self._control.turn_adapter_off()

    @Slot()
    def _on_control_changed(self) -> None:
        use = self._control.adapter
        self._chip.setVisible(use is not None)
        if use is None:
            return
        words = tr("+ {0} ({1} %)").format(
            adapter_title(use.path, self._control.path), round(use.strength * 100)
        )
        self._chip.setText(words)
        self._chip.setAccessibleName(tr("Adapter in use: {0}").format(words))
        said = tr("Chats use this adapter on the model, at {0} % of its strength. Click to turn it off.")
        self._chip.setToolTip(plain_tip(f"{said.format(round(use.strength * 100))}\n{use.path}"))
