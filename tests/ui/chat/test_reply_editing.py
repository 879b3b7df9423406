"""A reply is changed where it stands; what the model said stays beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import ChatPrompt, Role
from lmstudio_lite.errors import DiskFullError
from lmstudio_lite.ui.chat.reply_editor import ReplyEditor
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.theme import Theme
from tests.ui.chat.driver import Driver

CTRL = Qt.KeyboardModifier.ControlModifier


def begin(driver: Driver, place: int = -1) -> ReplyEditor:
    """Click a reply's Edit and return the editor that opens."""
    widget = driver.widgets[place]
    driver.click(widget.tools.edit_button)
    driver.qtbot.waitUntil(lambda: widget.editor is not None and widget.editor.text_edit.hasFocus())
    assert widget.editor is not None
    return widget.editor


def retype(driver: Driver, editor: ReplyEditor, text: str) -> None:
    editor.text_edit.selectAll()
    driver.qtbot.keyClicks(editor.text_edit, text)


def test_an_edited_reply_is_another_version_and_the_chat_goes_on_from_it(
    driver: Driver, chat: ChatTab, services: Services
) -> None:
    driver.send("Capital of Australia?")
    said = driver.answer("Sydney.")
    editor = begin(driver)
    widget = driver.widgets[-1]
    assert editor.text == "Sydney."
    assert not widget.body.isVisible()
    assert not widget.tools.isVisible()
    retype(driver, editor, "Canberra.")
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return, CTRL)
    driver.qtbot.waitUntil(lambda: driver.texts == ["Capital of Australia?", "Canberra."])
    shown = driver.widgets[-1]
    assert shown.tools.branch_label.text() == "2/2"
    assert shown.note.words.text() == "Edited by you."
    assert shown.message.is_edited
    assert chat.composer.editor.hasFocus()
    driver.send("Sure?")
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert [message.text for message in prompt.messages][1:] == ["Canberra.", "Sure?"]
    driver.answer("Yes.")
    driver.click(driver.widgets[1].tools.previous_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["Capital of Australia?", "Sydney."])
    assert services.conversations.get_message(said.id) == driver.widgets[-1].message
    assert driver.widgets[-1].note.isHidden()
    driver.click(driver.widgets[1].tools.next_button)
    driver.qtbot.waitUntil(lambda: driver.texts[1:] == ["Canberra.", "Sure?", "Yes."])


def test_escape_and_cancel_leave_the_reply_as_it_was(
    driver: Driver, chat: ChatTab, services: Services
) -> None:
    driver.send("q")
    driver.answer("a")
    driver.type("a draft")
    editor = begin(driver)
    retype(driver, editor, "b")
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Escape)
    widget = driver.widgets[-1]
    assert (widget.is_editing, widget.body.isVisible(), widget.text) == (False, True, "a")
    assert widget.tools.edit_button.hasFocus()
    assert widget.note.isVisible()
    begin(driver)
    assert not widget.note.isVisible()
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Z, CTRL)
    assert editor.text == "a"
    driver.click(editor.cancel_button)
    assert not widget.is_editing
    assert not widget.note.isVisible()
    driver.settle()
    assert len(services.conversations.siblings(widget.message.id)) == 1
    assert chat.composer.text == "a draft"


def test_what_was_not_saved_comes_back_with_the_next_edit(
    driver: Driver, chat: ChatTab, services: Services
) -> None:
    driver.send("q")
    driver.answer("a")
    here = chat.work.conversation_id
    editor = begin(driver)
    retype(driver, editor, "much work")
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Escape)
    assert "not saved" in driver.widgets[-1].note.words.text()
    chat.open_history_item(services.conversations.create("other").id)
    driver.qtbot.waitUntil(lambda: driver.texts == [])
    chat.open_history_item(here)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "a"] and driver.widgets[-1].note.isVisible())
    editor = begin(driver)
    assert editor.text == "much work"
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return, CTRL)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "much work"])
    driver.click(driver.widgets[-1].tools.previous_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "a"])
    assert not driver.widgets[-1].note.isVisible()
    assert begin(driver).text == "a"


def test_enter_breaks_the_line_and_the_button_saves(driver: Driver) -> None:
    driver.send("q")
    driver.answer("one")
    editor = begin(driver)
    editor.text_edit.moveCursor(editor.text_edit.textCursor().MoveOperation.End)
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return)
    driver.qtbot.keyClicks(editor.text_edit, "two")
    driver.click(editor.save_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "one\ntwo"])


def test_nothing_new_makes_no_version_and_nothing_at_all_can_not_be_saved(
    driver: Driver, services: Services
) -> None:
    driver.send("q")
    said = driver.answer("a")
    editor = begin(driver)
    driver.click(editor.save_button)
    assert not driver.widgets[-1].is_editing
    begin(driver)
    retype(driver, editor, " ")
    assert not editor.save_button.isEnabled()
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return, CTRL)
    assert driver.widgets[-1].is_editing
    driver.settle()
    assert len(services.conversations.siblings(said.id)) == 1


def test_an_earlier_reply_is_edited_and_what_followed_stays_in_its_branch(driver: Driver) -> None:
    for number in (1, 2):
        driver.send(f"q{number}")
        driver.answer(f"a{number}")
    editor = begin(driver, 1)
    retype(driver, editor, "better")
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return, CTRL)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q1", "better"])
    driver.click(driver.widgets[-1].tools.previous_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q1", "a1", "q2", "a2"])


def test_an_edit_is_kept_while_another_conversation_is_open(
    driver: Driver, chat: ChatTab, services: Services
) -> None:
    driver.send("q")
    driver.answer("a")
    here = chat.work.conversation_id
    retype(driver, begin(driver), "half of a better")
    chat.open_history_item(services.conversations.create("other").id)
    driver.settle()
    assert driver.widgets == []
    chat.open_history_item(here)
    driver.qtbot.waitUntil(lambda: len(driver.widgets) == 2)
    editor = driver.widgets[-1].editor
    assert editor is not None
    assert editor.text == "half of a better"
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Escape)
    assert driver.texts[-1] == "a"


def test_an_edit_that_can_not_be_saved_stays_in_the_editor(
    driver: Driver, chat: ChatTab, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.send("q")
    driver.answer("a")

    def refuse(*arguments: object) -> StoredMessage:
        raise DiskFullError(path="/data")

    editor = begin(driver)
    retype(driver, editor, "precious")
    with monkeypatch.context() as full:
        full.setattr(services.conversations, "add_edited", refuse)
        driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return, CTRL)
        driver.qtbot.waitUntil(chat.notice.isVisible)
    assert driver.widgets[-1].is_editing
    assert editor.text == "precious"
    driver.click(editor.save_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "precious"])


@pytest.fixture
def slow_disk(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Saving an edit takes until the event is set."""
    free = threading.Event()
    add_edited = services.conversations.add_edited

    def add_slowly(answer_id: str, text: str) -> StoredMessage:
        assert free.wait(10)
        if text == "refused":
            raise DiskFullError(path="/data")
        return add_edited(answer_id, text)

    monkeypatch.setattr(services.conversations, "add_edited", add_slowly)
    yield free
    free.set()


def save_and_send(driver: Driver, text: str, message: str) -> None:
    """Save an edit of the last reply and send a message before the disk has it."""
    editor = begin(driver)
    retype(driver, editor, text)
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Return, CTRL)
    driver.click(driver.chat.composer.editor.viewport())
    driver.type(message)
    driver.qtbot.keyClick(driver.chat.composer.editor, Qt.Key.Key_Return)


def test_what_is_sent_while_an_edit_is_being_saved_goes_below_it(
    driver: Driver, slow_disk: threading.Event
) -> None:
    driver.send("q")
    driver.answer("a")
    save_and_send(driver, "better", "next")
    driver.type(", and then some")
    assert driver.chat.is_working
    slow_disk.set()
    driver.qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    driver.qtbot.waitUntil(lambda: driver.texts[:3] == ["q", "better", "next"])
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert [message.text for message in prompt.messages][1:] == ["better", "next"]
    driver.answer("then")
    assert driver.texts == ["q", "better", "next", "then"]
    assert driver.chat.composer.text == ", and then some"


def test_what_waits_for_an_edit_goes_below_it_though_another_conversation_is_open(
    driver: Driver, chat: ChatTab, services: Services, slow_disk: threading.Event
) -> None:
    driver.send("q")
    driver.answer("a")
    here = chat.work.conversation_id
    save_and_send(driver, "better", "next")
    chat.start_new()
    slow_disk.set()
    driver.qtbot.waitUntil(lambda: len(driver.engine.requests) == 2)
    driver.answer("then")
    assert [message.text for message in services.conversations.thread(here)] == [
        *("q", "better"),
        *("next", "then"),
    ]
    chat.open_history_item(here)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "better", "next", "then"])
    assert chat.composer.text == ""


def test_what_waits_for_an_edit_is_not_sent_when_that_fails_or_it_is_stopped(
    driver: Driver, chat: ChatTab, slow_disk: threading.Event
) -> None:
    driver.send("q")
    driver.answer("a")
    save_and_send(driver, "refused", "next")
    driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Escape)
    driver.qtbot.waitUntil(lambda: not chat.is_working)
    driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)
    assert chat.is_working
    slow_disk.set()
    driver.qtbot.waitUntil(chat.notice.isVisible)
    assert not chat.is_working
    assert chat.composer.text == "next"
    assert len(driver.engine.requests) == 1
    editor = driver.widgets[-1].editor
    assert editor is not None
    assert editor.text == "refused"


def test_while_a_reply_streams_an_edit_waits(driver: Driver, chat: ChatTab) -> None:
    driver.send("q")
    driver.answer("a")
    editor = begin(driver)
    retype(driver, editor, "better")
    driver.send("next")
    assert not editor.save_button.isEnabled()
    assert not driver.widgets[-1].tools.isVisible()
    driver.qtbot.keyClick(editor.text_edit, Qt.Key.Key_Escape)
    assert chat.is_working
    assert not driver.widgets[1].is_editing
    driver.answer("b")
    assert driver.widgets[1].tools.edit_button.isEnabled()


def test_a_long_reply_s_editor_is_in_sight(driver: Driver, chat: ChatTab) -> None:
    driver.send("long please")
    driver.answer("A paragraph.\n\n" * 80)
    bar = chat.thread_view.verticalScrollBar()
    driver.qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 800)
    bar.setSliderPosition(300)
    bar.triggerAction(bar.SliderAction.SliderSingleStepAdd)
    editor = begin(driver)
    view = chat.thread_view.viewport()

    def is_in_sight() -> bool:
        top = editor.mapTo(view, editor.rect().topLeft()).y()
        return top >= 0 and top + editor.height() <= view.height()

    driver.qtbot.waitUntil(is_in_sight)
    assert editor.text_edit.height() <= view.height() * 2 // 3


def test_a_killed_reply_can_be_finished_by_hand(driver: Driver, chat: ChatTab, services: Services) -> None:
    conversation = services.conversations.create("killed")
    question = services.conversations.add_message(conversation.id, None, Role.USER, "q")
    half = services.conversations.add_message(conversation.id, question.id, Role.ASSISTANT, "half a")
    services.conversations.update_message(half.id, text="half a", state=half.state.INTERRUPTED)
    chat.open_history_item(conversation.id)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "half a"])
    editor = begin(driver)
    assert not driver.widgets[-1].note.continue_button.isVisible()
    editor.text_edit.moveCursor(editor.text_edit.textCursor().MoveOperation.End)
    driver.qtbot.keyClicks(editor.text_edit, " reply")
    driver.click(editor.save_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "half a reply"])
    assert services.conversations.chosen_answer_ids() == [driver.widgets[-1].message.id]


def test_the_editor_keeps_the_font_of_long_text_when_the_theme_changes(driver: Driver, theme: Theme) -> None:
    driver.send("q")
    driver.answer("a")
    document = begin(driver).text_edit.document()
    assert document.defaultFont().pointSizeF() == theme.prose_font().pointSizeF()
    theme.apply("dark", text_scale=1.5)
    try:
        driver.settle()
        assert document.defaultFont().pointSizeF() == theme.prose_font().pointSizeF()
    finally:
        theme.apply("system")
