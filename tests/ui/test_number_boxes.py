"""What stands in small fields keeps off their borders."""

from __future__ import annotations

import ast
from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import lmstudio_lite.ui
from lmstudio_lite.ui.compare.contender_box import ContenderBox
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.files.targets_button import TargetsButton

_FREE_PX = 6


def first_ink(widget: QWidget) -> int:
    """Return how many pixels behind the border of ``widget`` the first letter begins."""
    image = widget.grab().toImage()
    middle = image.height() // 2
    rows = range(middle - 4, middle + 5)
    ground = image.pixelColor(image.width() - image.width() // 3, middle)
    for x in range(2, image.width()):
        if any(abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 60 for y in rows):
            return x
    return 0


def test_words_keep_off_the_border(theme: Theme, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    box, button = ContenderBox("A", page), TargetsButton(page)
    button.offer(["zh"], ["en"])
    box.resize(320, 200)
    button.move(0, 220)
    button.adjustSize()
    page.resize(340, 280)
    page.show()
    qtbot.waitExposed(page)
    assert first_ink(box.temperature_box) >= _FREE_PX
    assert first_ink(button) >= _FREE_PX


def test_no_field_for_numbers_is_made_without_its_inset() -> None:
    folder = Path(lmstudio_lite.ui.__file__).parent
    found = [
        f"{path.name}:{node.lineno}"
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("QSpinBox", "QDoubleSpinBox")
    ]
    assert found == []
