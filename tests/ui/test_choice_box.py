from __future__ import annotations

from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.choice_box import ChoiceBox


def test_a_choice_ends_in_dots_where_there_is_no_room(qtbot: QtBot) -> None:
    box = ChoiceBox()
    qtbot.addWidget(box)
    box.addItems(["Bullet points of some length", "A"])
    box.resize(400, 32)
    box.show()
    assert box.shown_text == "Bullet points of some length"
    box.resize(110, 32)
    assert box.shown_text.endswith("…")
    assert box.shown_text.startswith("B")
    box.grab()
    box.setCurrentIndex(1)
    assert box.shown_text == "A"
