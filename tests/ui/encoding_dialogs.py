"""A text whose encoding is in doubt, and the dialog that asks about it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.encoding_dialog import EncodingDialog
from lmstudio_lite.ui.encoding_question import EncodingQuestion
from tests.ui.gestures import click

DOUBTFUL = "Верхний предел линейки"
"""In Mac Cyrillic about as likely Windows-1251, in which only its first letter is another."""


def write_doubtful(folder: Path) -> Path:
    path = folder / "note.txt"
    path.write_bytes(DOUBTFUL.encode("mac_cyrillic"))
    return path


def asked(qtbot: QtBot, question: EncodingQuestion) -> EncodingDialog:
    qtbot.waitUntil(lambda: question.dialog is not None, timeout=20_000)
    assert question.dialog is not None
    return question.dialog


def choose(button: QAbstractButton) -> None:
    """Click on the mark: beside its words a radio button takes no clicks."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(8, button.height() // 2))


def answer(dialog: EncodingDialog, name: str) -> None:
    choose(next(each for each in dialog.buttons.buttons() if each.text() == name))
    click(dialog.accept_button)
