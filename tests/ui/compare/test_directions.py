"""Left stays left where the language runs from the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.compare.answers import DuelView
from lmstudio_lite.ui.theme import Theme


def test_the_left_answer_and_its_button_stay_left(theme: Theme, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view = DuelView(theme, page)
    view.resize(800, 400)
    page.resize(800, 400)
    page.show()
    assert view.columns[0].x() < view.columns[1].x()
    assert view.left_button.x() < view.right_button.x()
