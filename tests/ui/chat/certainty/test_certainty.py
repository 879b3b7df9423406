"""A person who wants to know what the model was unsure of, and has it go another way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QTextEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.certainty import Doubt
from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.generation import ChatPrompt, Role
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

TOKENS = (
    ("The", 0.9),
    (" **", 0.9),
    ("Balt", 0.3, ("North", 0.4), ("North Sea", 0.02)),
    ("ic", 1.0),
    ("**", 0.9),
    (" is", 0.99),
    (" deep", 0.04, (" young", 0.5), (" old", 0.2)),
    (".", 0.8),
)
TEXT = "The **Baltic** is deep."


@pytest.fixture
def marked(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.control.load()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_U, keys)
    assert window.chat.certainty.bar.isVisible()
    return window


def speak(driver: Driver, count: int = len(TOKENS)) -> None:
    for text, probability, *others in TOKENS[:count]:
        driver.engine.say_surely(text, probability, *others)


def ask(driver: Driver) -> StoredMessage:
    """Have a reply whose tokens are known."""
    driver.send("Which sea?")
    with driver.qtbot.waitSignal(driver.chat.reply_finished) as ended:
        speak(driver)
        driver.engine.finish()
    driver.settle()
    driver.settle()
    message = ended.args[0]
    assert isinstance(message, StoredMessage)
    return message


def body_of(driver: Driver, number: int = -1) -> MarkdownBody:
    body = driver.widgets[number].body
    assert isinstance(body, MarkdownBody)
    return body


def point_of(view: QTextEdit, words: str) -> QPoint:
    """Return the middle of ``words`` in the view's viewport."""
    start = view.document().find(words)
    assert not start.isNull()
    begin = QTextCursor(view.document())
    begin.setPosition(start.selectionStart() + 1)
    return view.cursorRect(begin).center()


def marked_words(driver: Driver) -> dict[str, Doubt]:
    shading = driver.chat.certainty.marks.of(driver.widgets[-1].message.id)
    assert shading is not None
    text = driver.widgets[-1].text
    return {text[word.start : word.end]: word.doubt for word in shading.words if word.doubt}


def test_nothing_is_marked_unless_asked_for(driver: Driver, window: MainWindow) -> None:
    ask(driver)
    assert not window.chat.certainty.bar.isVisible()
    assert window.chat.certainty.marks.of(driver.widgets[-1].message.id) is None


def test_unsure_words_are_marked_while_they_stream_and_afterwards(marked: MainWindow, driver: Driver) -> None:
    driver.send("Which sea?")
    speak(driver, 7)
    driver.qtbot.waitUntil(lambda: "deep" in driver.widgets[-1].text)
    assert marked_words(driver) == {"Baltic": Doubt.SOME, "deep": Doubt.MOST}
    with driver.qtbot.waitSignal(driver.chat.reply_finished):
        driver.engine.finish()
    driver.settle()
    driver.settle()
    assert marked_words(driver) == {"Baltic": Doubt.SOME, "deep": Doubt.MOST}
    marked.chat.start_new()
    driver.settle()
    conversation_id = driver.services.conversations.list()[0].id
    marked.chat.open_history_item(conversation_id)
    driver.settle()
    driver.settle()
    assert marked_words(driver) == {"Baltic": Doubt.SOME, "deep": Doubt.MOST}


def test_the_pointer_on_a_word_tells_what_else_there_was(marked: MainWindow, driver: Driver) -> None:
    ask(driver)
    view = body_of(driver).views[0]
    place = point_of(view, "deep")
    box = marked.chat.certainty.box
    event = QHelpEvent(QEvent.Type.ToolTip, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    assert box.isVisible()
    assert "deep" in box.head.text()
    assert "4 %" in box.head.text()
    assert [box.list.item(row).text() for row in range(box.list.count())] == ["young", "old"]
    driver.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()


def test_a_clicked_alternative_is_gone_on_with_beside_the_reply(marked: MainWindow, driver: Driver) -> None:
    reply = ask(driver)
    view = body_of(driver).views[0]
    driver.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, "deep"))
    box = marked.chat.certainty.box
    row = box.list.visualItemRect(box.list.item(0)).center()
    driver.qtbot.mouseClick(box.list.viewport(), Qt.MouseButton.LeftButton, pos=row)
    request = driver.engine.wait_for_request(2)
    assert isinstance(request.prompt, ChatPrompt)
    assert request.prompt.reply_start == "The **Baltic** is young"
    with driver.qtbot.waitSignal(driver.chat.reply_finished):
        driver.engine.say_surely(" and cold.", 0.9)
        driver.engine.finish()
    driver.settle()
    driver.settle()
    assert driver.texts[-1] == "The **Baltic** is young and cold."
    assert driver.widgets[-1].tools.branch_label.text().startswith("2/2")
    assert driver.services.conversations.get_message(reply.id).text == TEXT
    assert marked_words(driver) == {"Baltic": Doubt.SOME}
    driver.click(driver.widgets[-1].tools.previous_button)
    driver.settle()
    driver.settle()
    assert driver.texts[-1] == TEXT
    assert marked_words(driver) == {"Baltic": Doubt.SOME, "deep": Doubt.MOST}


def test_all_of_it_goes_by_keyboard(marked: MainWindow, driver: Driver) -> None:
    ask(driver)
    box = marked.chat.certainty.box
    driver.qtbot.keyClick(marked.chat.composer.editor, Qt.Key.Key_F8)
    assert "Baltic" in box.head.text()
    driver.qtbot.keyClick(box.list, Qt.Key.Key_F8)
    assert "deep" in box.head.text()
    driver.qtbot.keyClick(box.list, Qt.Key.Key_F8)
    assert "Baltic" in box.head.text()
    driver.qtbot.keyClick(box.list, Qt.Key.Key_Right)
    assert "is" in box.head.text()
    driver.qtbot.keyClick(box, Qt.Key.Key_Left)
    assert "Baltic" in box.head.text()
    driver.qtbot.keyClick(box.list, Qt.Key.Key_Return)
    request = driver.engine.wait_for_request(2)
    assert isinstance(request.prompt, ChatPrompt)
    assert request.prompt.reply_start == "The **North"
    with driver.qtbot.waitSignal(driver.chat.reply_finished):
        driver.engine.finish()
    driver.settle()


def test_a_way_chosen_while_it_streams_ends_the_reply_first(marked: MainWindow, driver: Driver) -> None:
    driver.send("Which sea?")
    speak(driver, 7)
    driver.qtbot.waitUntil(lambda: "deep" in driver.widgets[-1].text)
    driver.qtbot.keyClick(marked.chat.composer.editor, Qt.Key.Key_F8)
    driver.qtbot.keyClick(marked.chat.certainty.box.list, Qt.Key.Key_Return)
    driver.qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == "The **North")
    with driver.qtbot.waitSignal(driver.chat.reply_finished):
        driver.engine.finish()
    driver.settle()
    driver.settle()
    before, now = driver.services.conversations.siblings(driver.widgets[-1].message.id)
    assert (before.text, before.state) == ("The **Baltic** is deep", MessageState.STOPPED)
    assert (now.text, now.state) == ("The **North", MessageState.COMPLETE)


def test_a_word_that_is_looked_at_stays_while_the_reply_grows(marked: MainWindow, driver: Driver) -> None:
    driver.send("Which sea?")
    speak(driver, 7)
    driver.qtbot.waitUntil(lambda: "deep" in driver.widgets[-1].text)
    box = marked.chat.certainty.box
    driver.qtbot.keyClick(marked.chat.composer.editor, Qt.Key.Key_F8)  # the pointer would have to stay
    for number in range(60):
        driver.engine.say_surely(f"\n\nLine {number}", 0.9)
    driver.qtbot.waitUntil(lambda: "Line 59" in driver.widgets[-1].text)
    bar = marked.chat.thread_view.verticalScrollBar()
    driver.qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert box.isVisible()
    assert bar.value() == 0
    driver.qtbot.keyClick(box, Qt.Key.Key_Escape)
    driver.qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    with driver.qtbot.waitSignal(driver.chat.reply_finished):
        driver.engine.finish()
    driver.settle()


def test_a_reply_from_before_is_read_by_the_model(marked: MainWindow, driver: Driver) -> None:
    question = driver.services.conversations.begin("Sea", "Which sea?")
    driver.services.conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, TEXT)
    marked.chat.open_history_item(question.conversation_id)
    driver.settle()
    driver.settle()
    line = driver.chat.certainty.marks.line_of(driver.widgets[-1].message.id)
    assert line is not None
    assert line.isVisible()
    assert "not known" in line.words.text()
    driver.click(line.button)
    request = driver.engine.wait_for_request(1)
    assert request.given_text == TEXT
    speak(driver)
    driver.qtbot.waitUntil(lambda: "100 %" in line.words.text())
    driver.engine.finish()
    driver.qtbot.waitUntil(lambda: driver.chat.certainty.marks.line_of(driver.widgets[-1].message.id) is None)
    assert marked_words(driver) == {"Baltic": Doubt.SOME, "deep": Doubt.MOST}


def test_it_is_drawn_in_both_themes_and_holds_for_the_next_start(
    marked: MainWindow, driver: Driver, theme: Theme, services: Services
) -> None:
    ask(driver)
    view = body_of(driver).views[0]
    theme.apply("light")
    driver.settle()
    plain = body_of(driver).views[0].grab().toImage()
    driver.click(marked.chat.certainty.bar.close_button)
    assert body_of(driver).views[0].grab().toImage() != plain
    assert not services.settings.value.chat.marks_unsure_words
    marked.chat.certainty.toggle()
    driver.settle()
    driver.settle()
    assert body_of(driver).views[0].grab().toImage() == plain
    assert services.settings.value.chat.marks_unsure_words
    del view


def test_the_chat_tab_is_quiet_with_an_engine_that_tells_nothing(
    marked: MainWindow, driver: Driver, chat: ChatTab, engine: ScriptedEngine
) -> None:
    driver.send("Hello")
    driver.answer("Plain.")
    driver.qtbot.waitUntil(lambda: chat.certainty.marks.line_of(driver.widgets[-1].message.id) is not None)
    chat.certainty.show_next()
    assert not chat.certainty.box.isVisible()
    assert len(engine.requests) == 1
