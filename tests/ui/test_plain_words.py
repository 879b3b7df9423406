"""Titles, names and texts that look like HTML are shown as they are: in tips, boxes and labels."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, Qt
from PySide6.QtGui import QHelpEvent, QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot

import lmstudio_lite.ui
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.personas import Persona
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.plain_words import PlainInputDialog, PlainMessageBox, plain_tip
from tests.ui.gestures import click

HOSTILE = "<img src=http://x><b>hi"
_TOP = QModelIndex()
UI = Path(lmstudio_lite.ui.__file__).parent


def shown(tip: str) -> str:
    """Return what a tooltip or a label shows of a text that it is given, as Qt reads it."""
    document = QTextDocument()
    if QtGui.Qt.mightBeRichText(tip):
        document.setHtml(tip)
    else:
        document.setPlainText(tip)
    return document.toPlainText()


@pytest.mark.parametrize(
    "text",
    [HOSTILE, f"About {HOSTILE}", "a < b > c", "<qt>x", "one\n<b>two", "&lt;b&gt; <i>x</i>\nnext", "plain"],
)
def test_a_tip_shows_its_text_itself(text: str) -> None:
    assert shown(plain_tip(text)) == text


def words_of(root: QWidget) -> Iterator[tuple[str, str]]:
    """Yield the tips and the labels' texts of a window that Qt reads as HTML, with what they belong to."""
    for widget in [root, *root.findChildren(QWidget)]:
        who = f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        yield who, widget.toolTip()
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            yield who, widget.text()
        if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            for row in range(min(model.rowCount(_TOP), 20)):
                for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(_TOP)):
                    tip = model.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
                    yield who, str(tip or "")


def read_as_html(root: QWidget) -> list[str]:
    """Return who would show an element of a hostile text."""
    return [who for who, text in words_of(root) if "<img" in text and QtGui.Qt.mightBeRichText(text)]


def test_hostile_titles_stay_text_wherever_they_stand(
    window: MainWindow, services: Services, qtbot: QtBot
) -> None:
    folder = services.folders.create(HOSTILE)
    begun = services.conversations.begin(HOSTILE, HOSTILE)
    services.conversations.add_message(begun.conversation_id, begun.id, Role.ASSISTANT, HOSTILE)
    services.conversation_order.set_tags(begun.conversation_id, [HOSTILE])
    services.personas.add(Persona(HOSTILE, HOSTILE))
    window.chat.history_model.load()
    qtbot.waitUntil(lambda: window.chat.history_model.rowCount() == 2)
    view, model = window.history.view, window.chat.history_model
    index = model.index(model.row_of(begun.conversation_id))
    click(view.viewport(), view.visualRect(index).center())
    qtbot.waitUntil(lambda: window.chat.history_model.current_id == begun.conversation_id)
    for row_id in (folder.id, begun.conversation_id):
        at = view.visualRect(model.index(model.row_of(row_id))).center()
        QApplication.sendEvent(
            view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
        )
        qtbot.waitUntil(QToolTip.isVisible)
        assert "<b>hi" in shown(QToolTip.text())
        QToolTip.hideText()
    window.history.view.tags_requested.emit(index)
    (dialog,) = window.findChildren(PlainInputDialog)
    qtbot.waitUntil(dialog.isVisible)
    assert any(HOSTILE in label.text() for label in dialog.findChildren(QLabel))
    assert read_as_html(window) == []
    dialog.close()


def test_boxes_show_their_words_themselves(qtbot: QtBot) -> None:
    box = PlainMessageBox()
    qtbot.addWidget(box)
    box.setText(HOSTILE)
    box.setInformativeText(HOSTILE)
    assert read_as_html(box) == []


def test_no_box_and_no_tip_is_made_another_way() -> None:
    """Words of the program may be a tip; all else goes through ``plain_tip``, and all boxes are plain."""
    found = []
    for path in sorted(UI.rglob("*.py")):
        if path.name == "plain_words.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and not _is_safe(node):
                found.append(f"{path.relative_to(UI)}:{node.lineno}")
    assert found == []


def _is_safe(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("QMessageBox", "QInputDialog", "QErrorMessage", "QProgressDialog"):
        return False
    if name not in ("setToolTip", "setTabToolTip"):
        return True
    tip = ast.unparse(call.args[-1])
    is_own = tip.startswith(("tr(", "trn(", "'", "QKeySequence(")) and (
        ".format(" not in tip or ".toString(" in tip or "_shown(QKeySequence" in tip
    )
    return is_own or tip.startswith("plain_tip(")
