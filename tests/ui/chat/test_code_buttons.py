"""A block of code is wrapped, and saved as a file of its language."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.code_names import file_name_of
from lmstudio_lite.ui.chat.code_view import CodeView
from lmstudio_lite.ui.chat.tab import ChatTab
from tests.ui.chat.driver import Driver

CODE = "print('a line', 'that is', 'longer than', 'what', 'a window', 'holds', " + "1, " * 80 + ")"


def test_long_lines_are_wrapped_when_asked(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    driver.send("Code?")
    driver.answer(f"```python\n{CODE}\n```")
    view = chat.findChild(CodeView)
    assert view is not None
    qtbot.waitUntil(lambda: view.text.horizontalScrollBar().maximum() > 0)
    before = view.text.height()
    qtbot.mouseClick(view.wrap_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.text.horizontalScrollBar().maximum() == 0 and view.text.height() > before)
    qtbot.mouseClick(view.wrap_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.text.height() == before)


def test_code_is_saved_under_a_name_of_its_language(
    driver: Driver, chat: ChatTab, qtbot: QtBot, tmp_path: Path
) -> None:
    driver.send("Code?")
    driver.answer(f"```python\n{CODE}\n```")
    view = chat.findChild(CodeView)
    assert view is not None
    qtbot.mouseClick(view.save_button, Qt.MouseButton.LeftButton)
    dialog = chat.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "code.py"
    path = tmp_path / "mine.py"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(path.exists)
    assert path.read_text("utf-8") == f"{CODE}\n"


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("python", "code.py"),
        ("C++", "code.cpp"),
        ("haskell", "code.hs"),
        ("", "code.txt"),
        ("no such language", "code.txt"),
        ("../../etc", "code.txt"),
        ("docker", "code.docker"),
    ],
)
def test_names(language: str, name: str) -> None:
    assert file_name_of(language) == name
