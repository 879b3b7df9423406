"""A drag from one message into another selects what is between, and all of it is copied."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.tab import ChatTab
from tests.ui.chat.driver import Driver

ANSWER = "A first paragraph.\n\n```python\nx = 1\u202e\ny = 2\n```\n\nThen **more** words."


def views_of(chat: ChatTab) -> list[QTextEdit]:
    return [view for widget in chat.thread_view.widgets for view in widget.views]


def place_of(view: QTextEdit, position: int) -> QPoint:
    cursor = view.textCursor()
    cursor.setPosition(position)
    return view.cursorRect(cursor).center()


def drag(begin: QTextEdit, first: int, end: QTextEdit, last: int) -> None:
    """Press at a character of one view, move to another's, and let go there: its viewport keeps the mouse."""
    port = begin.viewport()
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(port, left, Qt.KeyboardModifier.NoModifier, place_of(begin, first))
    for share in (1, 2, 3, 4):
        there = port.mapFromGlobal(end.viewport().mapToGlobal(place_of(end, last)))
        start = place_of(begin, first)
        place = start + (there - start) * share / 4
        _move(port, place)
    QTest.mouseRelease(port, left, Qt.KeyboardModifier.NoModifier, place)


def _move(port: object, place: QPoint) -> None:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication, QWidget

    assert isinstance(port, QWidget)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(port.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(port, event)


def test_it_runs_across_messages_and_code(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    driver.send("What is x?")
    driver.answer(ANSWER)
    question, first, code, last = views_of(chat)
    qtbot.waitUntil(lambda: last.height() > 0 and last.y() > 0)
    drag(question, 5, last, 9)
    assert question.textCursor().selectedText() == "is x?"
    qtbot.keyClick(question, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert copied == "is x?\n\nA first paragraph.\nx = 1\u202e\ny = 2\nThen more"
    assert "font-weight" in QGuiApplication.clipboard().mimeData().html()
    drag(last, 4, first, 2)
    assert (question.textCursor().hasSelection(), code.textCursor().hasSelection()) == (False, True)
    qtbot.keyClick(last, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "first paragraph.\nx = 1\u202e\ny = 2\nThen"


def test_a_drag_that_comes_back_leaves_the_others(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    driver.send("What is x?")
    driver.answer(ANSWER)
    question, first, code, last = views_of(chat)
    qtbot.waitUntil(lambda: last.height() > 0 and last.y() > 0)
    drag(first, 2, last, 4)
    assert code.textCursor().hasSelection()
    qtbot.mouseClick(question.viewport(), Qt.MouseButton.LeftButton, pos=place_of(question, 2))
    assert not any(view.textCursor().hasSelection() for view in (first, code, last))
    drag(first, 2, first, 7)
    qtbot.keyClick(first, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "first"
