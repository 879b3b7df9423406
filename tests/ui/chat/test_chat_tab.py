"""The Chat tab's behaviour with an engine that says what the test wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.generation import ChatPrompt, Role
from lmstudio_lite.errors import DiskFullError, PromptTooLongError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.message_widget import MessageWidget
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.history_model import HistoryRole
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine


def test_a_message_is_sent_answered_and_kept(driver: Driver, chat: ChatTab, services: Services) -> None:
    driver.send("What is a rainbow?")
    driver.engine.say("Light, ")
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == "Light, ")
    driver.answer("bent.")
    assert driver.texts == ["What is a rainbow?", "Light, bent."]
    (conversation,) = services.conversations.list()
    assert conversation.title == "What is a rainbow?"
    assert [message.state for message in services.conversations.thread(conversation.id)] == [
        MessageState.COMPLETE,
        MessageState.COMPLETE,
    ]
    driver.qtbot.waitUntil(lambda: chat.history_model.rowCount() == 1)
    assert chat.history_model.current_id == conversation.id


def test_the_next_turn_carries_the_conversation(driver: Driver) -> None:
    driver.send("one")
    driver.answer("1")
    driver.send("two")
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert [message.text for message in prompt.messages] == ["one", "1", "two"]
    driver.answer("2")
    assert driver.texts == ["one", "1", "two", "2"]


def test_shift_enter_breaks_the_line_and_blank_is_not_sent(driver: Driver, chat: ChatTab) -> None:
    editor = chat.composer.editor
    driver.qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert not driver.engine.requests
    assert not chat.composer.send_button.isEnabled()
    driver.type("a")
    driver.qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    driver.type("b")
    assert chat.composer.text == "a\nb"
    assert not driver.engine.requests


def test_enter_belongs_to_the_input_method_while_it_composes(driver: Driver, chat: ChatTab) -> None:
    editor = chat.composer.editor
    driver.type("x")
    QApplication.sendEvent(editor, QInputMethodEvent("ni hao", []))
    driver.qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert not chat.is_working
    committed = QInputMethodEvent()
    committed.setCommitString("你好")
    QApplication.sendEvent(editor, committed)
    assert chat.composer.text == "x你好"


def test_the_composer_grows_to_a_third(driver: Driver, chat: ChatTab) -> None:
    editor = chat.composer.editor
    before = editor.height()
    chat.composer.set_text("line\n" * 4)
    driver.qtbot.waitUntil(lambda: editor.height() > before)
    chat.composer.set_text("line\n" * 200)
    driver.qtbot.waitUntil(lambda: editor.height() > chat.height() // 4)
    assert editor.height() <= chat.height() // 3


def test_stop_keeps_the_text_and_continue_goes_on(driver: Driver, chat: ChatTab) -> None:
    driver.send("Tell me a story")
    driver.engine.say("Once upon")
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == "Once upon")
    with driver.qtbot.waitSignal(chat.reply_finished) as ended:
        driver.click(chat.composer.send_button)
    assert ended.args[0].state is MessageState.STOPPED
    driver.settle()
    note = driver.widgets[-1].note
    assert note.continue_button.isVisible()
    driver.click(note.continue_button)
    driver.engine.wait_for_request(2)
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert prompt.reply_start == "Once upon"
    message = driver.answer(" a time.")
    assert message.text == "Once upon a time."
    assert driver.texts[-1] == "Once upon a time."
    assert not driver.widgets[-1].note.isVisible()


def test_escape_stops(driver: Driver, chat: ChatTab) -> None:
    driver.send("Go")
    with driver.qtbot.waitSignal(chat.reply_finished) as ended:
        driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Escape)
    assert ended.args[0].state is MessageState.STOPPED


def test_another_reply_is_a_sibling_to_switch_to(driver: Driver) -> None:
    driver.send("Pick a number")
    driver.answer("one")
    driver.click(driver.widgets[-1].tools.regenerate_button)
    driver.engine.wait_for_request(2)
    driver.answer("two")
    assert driver.texts == ["Pick a number", "two"]
    tools = driver.widgets[-1].tools
    assert tools.branch_label.text() == "2/2"
    driver.click(tools.previous_button)
    driver.qtbot.waitUntil(lambda: driver.texts == ["Pick a number", "one"])
    assert driver.widgets[-1].tools.branch_label.text() == "1/2"


def test_an_edited_question_is_a_new_branch(driver: Driver, chat: ChatTab) -> None:
    driver.send("helo")
    driver.answer("?")
    driver.type("draft")
    driver.click(driver.widgets[0].tools.edit_button)
    assert chat.composer.text == "helo"
    driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Escape)
    assert chat.composer.text == "draft"
    driver.click(driver.widgets[0].tools.edit_button)
    chat.composer.set_text("")
    driver.send("hello")
    driver.answer("Hi!")
    assert driver.texts == ["hello", "Hi!"]
    assert driver.widgets[0].tools.branch_label.text() == "2/2"


def test_drafts_survive_switching(driver: Driver, chat: ChatTab, services: Services) -> None:
    first, second = services.conversations.create("first"), services.conversations.create("second")
    driver.type("for a new one")
    chat.open_history_item(first.id)
    assert chat.composer.text == ""
    driver.type("for the first")
    chat.open_history_item(second.id)
    assert chat.composer.text == ""
    chat.open_history_item(first.id)
    assert chat.composer.text == "for the first"
    chat.start_new()
    assert chat.composer.text == "for a new one"


def test_a_reply_goes_on_while_another_conversation_is_open(
    driver: Driver, chat: ChatTab, services: Services
) -> None:
    other = services.conversations.create("other")
    driver.send("slow question")
    slow_id = chat.work.conversation_id
    driver.engine.say("first ")
    chat.open_history_item(other.id)
    driver.engine.say("second")
    driver.settle()
    assert chat.is_working
    assert not chat.work.is_replying_here
    chat.history_model.load()
    driver.settle()
    row = chat.history_model.row_of(slow_id)
    assert chat.history_model.index(row).data(HistoryRole.IS_WORKING)
    chat.open_history_item(slow_id)
    driver.qtbot.waitUntil(lambda: driver.texts == ["slow question", "first second"])
    driver.answer(" third")
    assert driver.texts[-1] == "first second third"


def test_a_failed_reply_says_why_with_numbers_and_can_be_tried_again(driver: Driver) -> None:
    driver.send("very long")
    driver.engine.fail(PromptTooLongError, num_prompt_tokens=9_000, context_size=8_192)
    driver.qtbot.waitUntil(lambda: driver.widgets[-1].note.isVisible())
    driver.qtbot.waitUntil(lambda: "9,000" in driver.widgets[-1].note.words.text())
    driver.qtbot.waitUntil(lambda: driver.widgets[-1].note.retry_button.isVisible())
    failed = driver.widgets[-1].tools
    assert failed.edit_button.isVisible()
    assert not failed.copy_button.isVisible()
    assert not failed.like_button.isVisible()
    driver.click(driver.widgets[-1].note.retry_button)
    driver.engine.wait_for_request(2)
    driver.answer("Now it fits.")
    assert driver.texts[-1] == "Now it fits."
    assert driver.widgets[-1].tools.like_button.isVisible()


def test_reading_progress_shows_until_the_first_word(driver: Driver) -> None:
    driver.send("hi")
    driver.engine.read(1_204, 8_192)
    driver.qtbot.waitUntil(lambda: "1,204" in driver.widgets[-1].reading.words.text())
    driver.engine.say("Hello")
    driver.qtbot.waitUntil(lambda: not driver.widgets[-1].reading.isVisible())
    driver.answer("")


def test_the_view_follows_only_at_the_bottom(driver: Driver, chat: ChatTab) -> None:
    bar = chat.thread_view.verticalScrollBar()
    driver.send("long please")
    driver.engine.say("A paragraph.\n\n" * 60)
    driver.qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    driver.engine.say("More.\n\n" * 20)
    driver.qtbot.waitUntil(lambda: driver.texts[-1].endswith("More.\n\n"))
    assert bar.value() == 0
    assert chat.thread_view.latest_button.isVisible()
    driver.click(chat.thread_view.latest_button)
    driver.qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    driver.engine.say("Even more.\n\n" * 20)
    driver.qtbot.waitUntil(lambda: driver.texts[-1].endswith("Even more.\n\n"))
    driver.qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    driver.answer("End.")


def test_copying_a_message_and_its_code(driver: Driver) -> None:
    driver.send("code")
    driver.answer("Here:\n\n```python\nprint(1)\n```\n")
    widget = driver.widgets[-1]
    driver.click(widget.tools.copy_button)
    assert QGuiApplication.clipboard().text() == "Here:\n\n```python\nprint(1)\n```\n"
    assert "<pre><code" in QGuiApplication.clipboard().mimeData().html()
    from lmstudio_lite.ui.chat.code_view import CodeView

    (code,) = widget.findChildren(CodeView)
    driver.click(code.copy_button)
    assert QGuiApplication.clipboard().text() == "print(1)"


def test_an_example_is_sent_by_one_click(driver: Driver, chat: ChatTab) -> None:
    driver.click(chat.empty_state.example_buttons[0])
    request = driver.engine.wait_for_request(1)
    assert isinstance(request.prompt, ChatPrompt)
    assert "rainbow" in request.prompt.messages[-1].text
    driver.answer("Like this.")


def test_a_conversation_that_was_killed_can_be_continued(
    driver: Driver, chat: ChatTab, services: Services
) -> None:
    conversation = services.conversations.create("killed")
    question = services.conversations.add_message(conversation.id, None, Role.USER, "q")
    services.conversations.add_message(
        conversation.id, question.id, Role.ASSISTANT, "half a", MessageState.STREAMING
    )
    services.conversations.recover_interrupted()
    chat.open_history_item(conversation.id)
    driver.qtbot.waitUntil(lambda: driver.texts == ["q", "half a"])
    driver.click(driver.widgets[-1].note.continue_button)
    driver.engine.wait_for_request(1)
    assert driver.answer(" reply").text == "half a reply"


def test_long_conversations_show_their_end_first(driver: Driver, chat: ChatTab, services: Services) -> None:
    conversation = services.conversations.create("long")
    parent: str | None = None
    for number in range(100):
        role = Role.USER if number % 2 == 0 else Role.ASSISTANT
        parent = services.conversations.add_message(conversation.id, parent, role, f"m{number}").id
    chat.open_history_item(conversation.id)
    driver.qtbot.waitUntil(lambda: len(driver.widgets) == 40)
    assert driver.texts[-1] == "m99"
    driver.click(chat.thread_view.earlier_button)
    driver.qtbot.waitUntil(lambda: len(driver.widgets) == 80)
    assert driver.texts[0] == "m20"


def test_what_can_not_be_saved_stays_in_the_composer(
    driver: Driver, chat: ChatTab, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **more: object) -> StoredMessage:
        raise DiskFullError(path="/data")

    monkeypatch.setattr(services.conversations, "begin", refuse)
    driver.type("precious")
    driver.qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)
    driver.qtbot.waitUntil(chat.notice.isVisible)
    assert chat.composer.text == "precious"
    assert not chat.is_working


def test_closing_saves_a_reply_under_way(driver: Driver, services: Services, bridge: Bridge) -> None:
    driver.send("q")
    driver.engine.say("half a")
    driver.qtbot.waitUntil(lambda: driver.texts[-1] == "half a")
    bridge.close()
    services.jobs.close()
    (conversation,) = services.conversations.list()
    reply = services.conversations.thread(conversation.id)[-1]
    assert (reply.text, reply.state) == ("half a", MessageState.STOPPED)


def test_reading_keeps_its_place_while_more_comes(driver: Driver, chat: ChatTab) -> None:
    bar = chat.thread_view.verticalScrollBar()
    driver.send("long please")
    driver.engine.say("A paragraph.\n\n" * 80)
    driver.qtbot.waitUntil(lambda: bar.maximum() > 800)
    bar.setSliderPosition(300)
    bar.triggerAction(bar.SliderAction.SliderSingleStepAdd)
    place = bar.value()
    driver.engine.say("More.\n\n" * 40)
    driver.qtbot.waitUntil(lambda: driver.texts[-1].endswith("More.\n\n"))
    driver.answer("End.")
    assert bar.value() == place


def test_what_the_model_thinks_is_folded_kept_and_never_sent_back(
    driver: Driver, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    driver.send("2+2?")
    engine.think("The user wants a sum.")
    qtbot.waitUntil(lambda: driver.widgets[-1].reasoning is not None)
    view = driver.widgets[-1].reasoning
    assert view is not None
    assert view.button.text() == "Thinking…"
    assert not driver.widgets[-1].reading.isVisible()
    driver.click(view.button)
    assert view.is_open
    message = driver.answer("Four.")
    assert view.button.text() == "Thought for 1 s"
    assert (message.text, message.reasoning) == ("Four.", "The user wants a sum.")
    stored = services.conversations.get_message(message.id)
    assert (stored.reasoning, stored.reasoning_s is not None) == ("The user wants a sum.", True)
    assert driver.texts[-1] == "Four."
    driver.send("And 3+3?")
    prompt = engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert "sum" not in str(prompt.messages)
    driver.answer("Six.")
    assert driver.widgets[-1].reasoning is None


def test_thoughts_can_be_read_while_they_come(
    driver: Driver, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    driver.send("2+2?")
    engine.think("\n The user ")
    qtbot.waitUntil(lambda: driver.widgets[-1].reasoning is not None)
    view = driver.widgets[-1].reasoning
    assert view is not None
    driver.click(view.button)
    for thought in ("wants\n\n", "a sum. ", "It is long. " * 300, "\nEnd.\n"):
        engine.think(thought)
    written = "The user wants\n\na sum. " + "It is long. " * 300 + "\nEnd."
    message = driver.answer("Four.")
    assert message.reasoning.strip() == view.text == written
    shown = view.findChild(ProseView)
    assert shown is not None
    assert shown.toPlainText() == written


def test_a_message_that_missed_a_token_shows_it_all_the_same(
    driver: Driver, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    driver.send("Tell.")
    engine.say("Once ")
    qtbot.waitUntil(lambda: driver.texts[-1] == "Once ")
    widget = driver.widgets[-1]
    widget.set_message(widget.message)  # as it was when it began
    assert driver.texts[-1] == ""
    engine.say("upon a time")
    qtbot.waitUntil(lambda: driver.texts[-1] == "Once upon a time")
    driver.answer(".")


def test_thinking_first_is_a_choice_where_the_model_has_one(
    driver: Driver, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    box = driver.chat.composer.thinking_box
    assert box.isHidden()
    engine.set_ready(Path("thinker.gguf"))
    assert engine.state.model is not None
    thinker = replace(engine.state.model, has_thinking_switch=True)
    engine.set_state(replace(engine.state, model=thinker))
    qtbot.waitUntil(lambda: not box.isHidden())
    assert box.isChecked()
    box.click()
    assert services.settings.value.chat.thinks_first is False
    driver.send("Hello")
    prompt = engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert prompt.template_options == {"enable_thinking": False}
    driver.answer("Hi.")


def test_a_template_that_fails_is_said_once(driver: Driver, engine: ScriptedEngine, qtbot: QtBot) -> None:
    engine.set_ready(Path("thinker.gguf"))
    assert engine.state.model is not None
    broken = replace(engine.state.model, template_problem="loses_text")
    engine.set_state(replace(engine.state, model=broken))
    qtbot.waitUntil(lambda: "leaves out what is said" in driver.chat.notice.text)
    driver.chat.notice.clear()
    engine.set_state(replace(engine.state, num_active=1))
    driver.settle()
    assert driver.chat.notice.isHidden()


def test_a_good_answer_is_marked(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    conversation = services.conversations.create("Cats")
    asked = services.conversations.add_message(conversation.id, None, Role.USER, "Why?")
    said = services.conversations.add_message(conversation.id, asked.id, Role.ASSISTANT, "So.")
    window.chat.work.open(conversation.id)
    qtbot.waitUntil(lambda: len(window.chat.findChildren(MessageWidget)) == 2)
    button = window.chat.findChildren(MessageWidget)[1].tools.like_button
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: services.conversations.chosen_answer_ids() == [said.id])
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: services.conversations.chosen_answer_ids() == [])
