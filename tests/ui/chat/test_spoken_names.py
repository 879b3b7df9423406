"""Whatever can be pressed or written in at the Chat tab has a name for those who can't see it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import FinishReason
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

_SPOKEN = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit)


def nameless(root: QWidget) -> list[str]:
    """Return the controls below ``root`` that a screen reader would call "button", and how to find them."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, _SPOKEN) or not widget.isVisibleTo(root):
            continue
        if widget.objectName().startswith("qt_") or isinstance(widget.parentWidget(), QComboBox | QLineEdit):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text).strip():
            found.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    return found


def test_every_control_of_the_chat_has_a_name(
    window: MainWindow, driver: Driver, chat: ChatTab, engine: ScriptedEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    engine.set_ready(tmp_path / "a.gguf")
    assert nameless(window) == []
    driver.send("Name a river")
    engine.say("The **Nile**\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    driver.type("Next")
    QTest.keyClick(chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chat.queue_strip.isVisible())
    assert nameless(window) == []
    engine.finish(FinishReason.CANCELLED)
    driver.settle()
    driver.click(driver.widgets[1].tools.edit_button)
    chat.begin_find()
    qtbot.waitUntil(lambda: chat.find_bar.isVisible())
    assert nameless(window) == []
    chat.temporary.begin()
    qtbot.waitUntil(lambda: chat.temporary.is_open)
    assert nameless(window) == []
    chat.work.open("")


def test_every_entry_of_the_menus_has_words(driver: Driver, chat: ChatTab, services: Services) -> None:
    driver.send("Name a river")
    driver.answer("The Nile")
    for widget in driver.widgets:
        menu = QMenu(chat)
        chat.thread_view.menu_wanted.emit(widget.message, menu)
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert len(texts) >= 3
        assert all(text.strip() for text in texts)
        menu.deleteLater()
