"""From message to message by keys, the map, a conversation from here on, another model, and the details."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.ui.chat.message_details import MessageDetails
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.chat.tree_map import TreeMap
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

ALT = Qt.KeyboardModifier.AltModifier


def menu_of(driver: Driver, number: int) -> QMenu:
    """Open a message's menu with its button."""
    driver.click(driver.widgets[number].tools.more_button)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, words: str) -> None:
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()
    menu.close()


def talk(driver: Driver) -> None:
    """Two questions; the first has two replies, of which the second goes on."""
    driver.send("Name a river")
    driver.answer("The Nile")
    driver.click(driver.widgets[1].tools.regenerate_button)
    driver.engine.wait_for_request(2)
    driver.answer("The Amazon")
    driver.send("And a lake")
    driver.answer("Victoria")
    assert driver.texts == ["Name a river", "The Amazon", "And a lake", "Victoria"]


def test_keys_go_to_messages_and_their_versions(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    talk(driver)
    editor = chat.composer.editor
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Up, ALT)
    assert chat.thread_view.focused is driver.widgets[3]
    for _ in range(2):
        focused = chat.thread_view.focused
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Up, ALT)
    focused = chat.thread_view.focused
    assert focused is driver.widgets[1]
    assert focused.accessibleDescription() == "The Amazon"
    QTest.keyClick(focused, Qt.Key.Key_Left, ALT)
    qtbot.waitUntil(lambda: driver.texts == ["Name a river", "The Nile"])
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Right, ALT)  # from outside: the last message that has versions
    qtbot.waitUntil(lambda: driver.texts == ["Name a river", "The Amazon", "And a lake", "Victoria"])
    QTest.keyClick(editor, Qt.Key.Key_Right, ALT)
    driver.settle()
    assert driver.texts[1] == "The Amazon"


def test_the_map_shows_all_and_goes_there(driver: Driver, chat: ChatTab, qtbot: QtBot) -> None:
    talk(driver)
    QTest.keyClick(
        chat.composer.editor,
        Qt.Key.Key_B,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    qtbot.waitUntil(lambda: chat.findChild(TreeMap) is not None)
    tree = chat.findChild(TreeMap)
    assert tree is not None
    words = [tree.list.item(row).text() for row in range(tree.list.count())]
    assert [text.strip().split(": ", 1)[1] for text in words] == [
        "Name a river",
        "The Nile",
        "The Amazon",
        "And a lake",
        "Victoria",
    ]
    assert words[1].startswith("      Reply, version 1 of 2")
    spoken = [tree.list.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(5)]
    assert [row for row in range(5) if "on the screen" in spoken[row]] == [0, 2, 3, 4]
    assert tree.list.currentRow() == 4
    for _ in range(3):
        QTest.keyClick(tree.list, Qt.Key.Key_Up)
    QTest.keyClick(tree.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: driver.texts == ["Name a river", "The Nile"])
    qtbot.waitUntil(lambda: chat.thread_view.focused is driver.widgets[1])


def test_a_conversation_from_here_on(driver: Driver, chat: ChatTab, services: Services, qtbot: QtBot) -> None:
    talk(driver)
    first = chat.work.conversation_id
    before = services.conversations.messages(first)
    choose(menu_of(driver, 1), "New conversation from here")
    qtbot.waitUntil(lambda: driver.texts == ["Name a river", "The Amazon"])
    assert chat.work.conversation_id != first
    assert services.conversations.messages(first) == before
    assert services.conversations.list()[0].title == "Name a river (branch)"
    driver.send("And a sea")
    driver.answer("The Red Sea")
    assert services.conversations.thread(first)[-1].text == "Victoria"


def test_the_details_of_a_message(
    driver: Driver, chat: ChatTab, engine: ScriptedEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    engine.set_ready(tmp_path / "a.gguf")
    talk(driver)
    assert driver.widgets[1].tools.branch_label.text() == "2/2 · SmolLM2 135M"
    choose(menu_of(driver, 1), "Details")
    qtbot.waitUntil(lambda: chat.findChild(MessageDetails) is not None)
    dialog = chat.findChild(QDialog)
    assert dialog is not None
    said = [label.text() for label in dialog.findChildren(QLabel)]
    for words in ("The model", "SmolLM2 135M", "2 of 2", "100 tokens in 0.5 s; 20 of them were read before"):
        assert words in said
    dialog.reject()


def test_another_model_answers_beside_the_first(
    window: MainWindow,
    driver: Driver,
    engine: ScriptedEngine,
    services: Services,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    first = services.library.starter_path()
    assert first is not None
    window.control.load(first)
    qtbot.waitUntil(lambda: engine.state.phase is ModelPhase.READY and not window.control.is_checking)
    other = tmp_path / "data" / "models" / "other.gguf"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_bytes(first.read_bytes())
    driver.send("Name a river")
    driver.answer("The Nile")
    menu = menu_of(driver, 1)
    models_menu = next(each.menu() for each in menu.actions() if each.text().startswith("Ask again with"))
    assert isinstance(models_menu, QMenu)
    models_menu.aboutToShow.emit()
    qtbot.waitUntil(
        lambda: any("Looking" not in each.text() for each in models_menu.actions()), timeout=10_000
    )
    action = models_menu.actions()[0]
    assert action.isEnabled(), action.text()
    action.trigger()
    menu.close()
    qtbot.waitUntil(lambda: len(engine.requests) == 2, timeout=10_000)
    assert engine.loads[-1][0] == other
    driver.answer("The Amazon")
    assert driver.texts == ["Name a river", "The Amazon"]
    assert driver.widgets[1].message.num_siblings == 2
    assert driver.widgets[1].message.note.making is not None
