"""“What was read”: the table of a document's parts, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.ui.inventory_dialog import InventoryDialog, show_inventory
from lmstudio_lite.ui.theme import Theme
from tests.ui.gestures import click

INVENTORY = (
    Part(PartKind.PAGE, 1, "", 1204),
    Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.NO_RECOGNIZER),
    Part(PartKind.PAGE, 3, "", 88, HowRead.RECOGNIZED),
    Part(PartKind.ATTACHMENT, 0, "plan.zip", 512, HowRead.NOT_READ, WhyUnread.UNSUPPORTED),
)


@pytest.fixture
def parent(qtbot: QtBot, theme: Theme) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def open_dialog(
    parent: QWidget, theme: Theme, inventory: tuple[Part, ...], encoding: str = ""
) -> InventoryDialog:
    return show_inventory(theme, "report.pdf", inventory, encoding, parent)


def rows(dialog: InventoryDialog) -> list[list[str]]:
    model = dialog.model
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_what_was_not_read_stands_first_with_its_reason(parent: QWidget, theme: Theme) -> None:
    dialog = open_dialog(parent, theme, INVENTORY)
    assert rows(dialog) == [
        ["Page 2", "–", "Not read: a picture, and no text recognition is installed"],
        ["Attachment “plan.zip”", "512", "Not read: of a kind that can't be read"],
        ["Page 1", "1,204", "Read"],
        ["Page 3", "88", "Recognized, may have mistakes"],
    ]
    words = dialog.words.text()
    assert "Page 2 is a picture and could not be read" in words
    assert "Attachment “plan.zip” was not read" in words
    assert "page 3 was recognized" in words
    assert "Everything" not in words
    dialog.close()


def test_a_file_that_was_read_whole_is_said_to_be(parent: QWidget, theme: Theme) -> None:
    dialog = open_dialog(parent, theme, (Part(PartKind.BODY, num_characters=12),), "windows-1252")
    assert (
        dialog.words.text() == "Everything was read.\nIts characters are encoded as Windows-1252 (Western)."
    )
    assert rows(dialog) == [["Text", "12", "Read"]]
    dialog.close()


def test_what_is_not_known_is_said_to_be_unknown(parent: QWidget, theme: Theme) -> None:
    dialog = open_dialog(parent, theme, ())
    assert "not known" in dialog.words.text()
    assert not dialog.table.isVisible()
    assert not dialog.copy_button.isVisible()
    dialog.close()


def test_rows_are_copied_by_keys_and_all_by_the_button(qtbot: QtBot, parent: QWidget, theme: Theme) -> None:
    dialog = open_dialog(parent, theme, INVENTORY)
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.table.hasFocus)
    dialog.table.selectRow(1)
    QTest.keySequence(dialog.table, QKeySequence(QKeySequence.StandardKey.Copy))
    clipboard = QGuiApplication.clipboard()
    assert clipboard.text() == "Attachment “plan.zip”\t512\tNot read: of a kind that can't be read"
    click(dialog.copy_button)
    assert clipboard.text().splitlines()[-1] == "Page 3\t88\tRecognized, may have mistakes"
    assert len(clipboard.text().splitlines()) == 4
    dialog.close()


def test_the_keyboard_reaches_all_of_it_and_closes_it(qtbot: QtBot, parent: QWidget, theme: Theme) -> None:
    dialog = open_dialog(parent, theme, INVENTORY)
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.table.hasFocus)
    reached = []
    for _ in range(3):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        reached.append(dialog.focusWidget())
    assert dialog.copy_button in reached
    assert dialog.close_button in reached
    assert dialog.table in reached
    with qtbot.waitSignal(dialog.finished):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Escape)


def test_a_hundred_thousand_parts_are_shown_at_once(qtbot: QtBot, parent: QWidget, theme: Theme) -> None:
    inventory = tuple(Part(PartKind.PAGE, number, "", 2000) for number in range(1, 100_001))
    dialog = open_dialog(parent, theme, inventory)
    qtbot.waitExposed(dialog)
    assert dialog.model.rowCount() == 100_000
    dialog.table.scrollToBottom()
    assert rows_shown(dialog)[-1] == "Page 100,000"
    dialog.close()


def rows_shown(dialog: InventoryDialog) -> list[str]:
    table = dialog.table
    last = table.rowAt(table.viewport().height() - 2)
    return [str(dialog.model.index(row, 0).data()) for row in range(table.rowAt(0), last + 1)]
