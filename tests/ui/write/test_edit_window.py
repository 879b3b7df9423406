from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.writing import EditKind
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.tasks.write.diff import diff_pieces
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.write.diff_view import DiffView
from lmstudio_lite.ui.write.edit_window import EditWindow
from tests.ui.chat.driver import Driver
from tests.ui.gestures import click, press, type_text
from tests.ui.scripted_engine import ScriptedEngine

BEFORE = "The harbour are old. It stays. Nobody know why it stays."
AFTER = "The harbour is old. It stays. Nobody knows why it stays."


@pytest.fixture
def editing(services: Services, bridge: Bridge, theme: Theme, window: MainWindow, qtbot: QtBot) -> EditWindow:
    editing = EditWindow(services, bridge, theme, window)
    qtbot.addWidget(editing)
    return editing


def answer(qtbot: QtBot, engine: ScriptedEngine, editing: EditWindow, text: str, number: int = 1) -> None:
    engine.wait_for_request(number)
    engine.say(text)
    engine.finish()
    qtbot.waitUntil(lambda: not editing.is_working, timeout=30_000)


def test_changes_are_taken_and_left_by_clicks_and_keys(
    editing: EditWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    taken: list[str] = []
    editing.begin(BEFORE, taken.append, EditKind.CORRECT)
    answer(qtbot, engine, editing, AFTER)
    diff = editing.diff
    assert diff.num_changes == 2
    assert not editing.take_button.isEnabled()
    click(diff.viewport(), diff.place_of(1))
    assert diff.result == BEFORE.replace("know why", "knows why")
    click(diff.viewport(), diff.place_of(1))
    assert diff.result == BEFORE
    press(diff, Qt.Key.Key_Up)
    assert "Change 1 of 2" in editing.state.text()
    press(diff, Qt.Key.Key_Return)
    assert diff.result == BEFORE.replace("are old", "is old")
    press(diff, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert diff.result == BEFORE
    click(editing.accept_button)
    click(editing.take_button)
    assert taken == [BEFORE.replace("are old", "is old")]
    assert not editing.isVisible()


def test_all_at_once_and_back_again(editing: EditWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    editing.begin(BEFORE, None, EditKind.CORRECT)
    answer(qtbot, engine, editing, AFTER)
    click(editing.accept_all_button)
    assert editing.diff.result == AFTER
    assert not editing.accept_all_button.isEnabled()
    click(editing.undo_button)
    assert editing.diff.result == BEFORE
    click(editing.reject_all_button)
    assert editing.diff.result == BEFORE
    assert "rejected" in editing.state.text()
    assert not editing.take_button.isVisible()


def test_stopping_leaves_the_text_as_it_was(
    editing: EditWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    taken: list[str] = []
    editing.begin(BEFORE, taken.append, EditKind.SHORTEN)
    engine.wait_for_request(1)
    click(editing.stop_button)
    assert not editing.is_working
    assert "as it was" in editing.state.text()
    assert not editing.take_button.isEnabled()
    editing.begin(BEFORE, taken.append, EditKind.SHORTEN)
    engine.wait_for_request(2)
    press(editing, Qt.Key.Key_Escape)
    assert not editing.is_working
    press(editing, Qt.Key.Key_Escape)
    assert not editing.isVisible()
    assert taken == []


def test_no_model_is_said_in_place(editing: EditWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    editing.begin(BEFORE, None, EditKind.REWRITE)
    engine.wait_for_request(1)
    engine.fail(NoModelError)
    qtbot.waitUntil(editing.notice.isVisible)
    assert editing.start_button.isVisible()


def test_an_explanation_can_be_copied_and_changes_nothing(
    editing: EditWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    editing.begin(BEFORE, lambda text: None, EditKind.EXPLAIN)
    answer(qtbot, engine, editing, "It says that a harbour is old and that nobody knows why it is there.")
    assert editing.source_view.toPlainText().startswith("It says")
    assert not editing.take_button.isVisible()
    assert editing.copy_button.isVisible()


def test_what_looks_like_markup_is_shown_as_text(theme: Theme, window: MainWindow, qtbot: QtBot) -> None:
    diff = DiffView(theme, window)
    qtbot.addWidget(diff)
    before = "<b>bold</b> <img src='https://example.org/x.png'> &amp; stays."
    diff.show_pieces(before, diff_pieces(before, before.replace("stays", "goes")))
    assert "<b>bold</b>" in diff.toPlainText()
    assert diff.result == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("الميناء قديم جدا. لا أحد يعرف السبب.", "الميناء كبير جدا. لا أحد يعرف السبب."),
        ("港口很旧。没有人知道为什么。", "港口很大。没有人知道为什么。"),
    ],
)
def test_right_to_left_and_chinese_texts_are_clicked_like_others(
    theme: Theme, window: MainWindow, qtbot: QtBot, before: str, after: str
) -> None:
    diff = DiffView(theme, window)
    qtbot.addWidget(diff)
    diff.resize(500, 200)
    diff.show_pieces(before, diff_pieces(before, after))
    diff.show()
    click(diff.viewport(), diff.place_of(0))
    assert diff.result == after


def test_a_selection_of_the_composer_is_changed_and_undone(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    composer = window.chat.composer
    type_text(composer.editor, "Keep this. Nobody know why.")
    cursor = composer.editor.textCursor()
    cursor.setPosition(11)
    cursor.setPosition(27, QTextCursor.MoveMode.KeepAnchor)
    composer.editor.setTextCursor(cursor)
    click(composer.rework_button)
    editing = window.chat.writing.edit_window
    editing.kind_box.setCurrentIndex(editing.kind_box.findData(EditKind.CORRECT))
    click(editing.start_button)
    answer(qtbot, engine, editing, "Nobody knows why.")
    press(editing.diff, Qt.Key.Key_Return)
    press(editing, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert composer.text == "Keep this. Nobody knows why."
    composer.editor.undo()
    assert composer.text == "Keep this. Nobody know why."


def test_a_reply_gets_another_version_and_keeps_the_rest(
    window: MainWindow, engine: ScriptedEngine, driver: Driver, qtbot: QtBot
) -> None:
    driver.send("Tell me of the harbour.")
    driver.answer("# Harbour\n\nThe **harbour** are old.\n\nIt stays.")
    widget = driver.widgets[-1]
    view = widget.findChildren(ProseView)[0]
    cursor = view.textCursor()
    place = cursor.document().toPlainText().index("The harbour")
    cursor.setPosition(place)
    cursor.setPosition(place + len("The harbour are old."), QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    click(widget.tools.rework_button)
    editing = window.chat.writing.edit_window
    assert editing.source_view.toPlainText() == "The **harbour** are old."
    editing.kind_box.setCurrentIndex(editing.kind_box.findData(EditKind.CORRECT))
    click(editing.start_button)
    answer(qtbot, engine, editing, "The **harbour** is old.", number=2)
    click(editing.accept_all_button)
    click(editing.take_button)
    qtbot.waitUntil(lambda: "is old" in driver.widgets[-1].text)
    assert driver.widgets[-1].text == "# Harbour\n\nThe **harbour** is old.\n\nIt stays."
    assert driver.widgets[-1].message.num_siblings == 2


def test_a_hundred_thousand_characters_do_not_stop_the_composer(window: MainWindow, qtbot: QtBot) -> None:
    composer = window.chat.composer
    text = "\n".join(f"Line {n} tells something of the harbour and of its ships." for n in range(1_800))
    composer.editor.insertPlainText(text)
    type_text(composer.editor, " x")
    assert composer.text.endswith(" x")
    click(composer.rework_button)
    assert window.chat.writing.edit_window.source_view.toPlainText() == composer.text
