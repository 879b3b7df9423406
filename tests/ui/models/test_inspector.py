"""“Inside the file”: what is found, keys, tensors and the template, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.engine.templates.process import close_templates
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.models.inspector import InspectorDialog
from lmstudio_lite.ui.theme import Theme
from tests.support.gguf_models import CHATML, make_model, write_model
from tests.support.gguf_patches import add_keys
from tests.ui.gestures import click
from tests.ui.shown_texts import forgotten
from tests.ui.walking import cut_texts

OVERVIEW, KEYS, TENSORS, TEMPLATE = range(4)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


class Opener:
    def __init__(self, qtbot: QtBot, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        self._qtbot = qtbot
        self._parts = (theme, bridge)
        self._parent = parent

    def __call__(self, path: Path) -> InspectorDialog:
        dialog = InspectorDialog(*self._parts, path, self._parent)
        dialog.open()
        self._qtbot.waitExposed(dialog)
        self._qtbot.waitUntil(lambda: dialog.tabs.isVisible() or "Reading" not in dialog.state.text())
        return dialog


@pytest.fixture
def inside(qtbot: QtBot, theme: Theme, bridge: Bridge, parent: QWidget) -> Opener:
    return Opener(qtbot, theme, bridge, parent)


@pytest.fixture(autouse=True)
def templates() -> Iterator[None]:
    yield
    close_templates()


def said(dialog: InspectorDialog) -> str:
    return "\n".join(label.text() for label in dialog.overview.findChildren(QLabel))


def test_a_sound_model(tmp_path: Path, inside: Opener) -> None:
    dialog = inside(write_model(tmp_path / "Tiny.gguf", "llama"))
    words = said(dialog)
    assert "Nothing is wrong with it." in words
    assert "2,048 tokens" in words
    assert "F32 100 %" in words
    dialog.tabs.setCurrentIndex(TEMPLATE)
    assert dialog.template.text.toPlainText() == CHATML
    click(dialog.template.copy_button)
    assert QGuiApplication.clipboard().text() == CHATML
    dialog.close()


def test_keys_are_searched_and_shown_whole(qtbot: QtBot, tmp_path: Path, inside: Opener) -> None:
    dialog = inside(write_model(tmp_path / "m.gguf", "llama"))
    dialog.tabs.setCurrentIndex(KEYS)
    page = dialog.keys.keys
    QTest.keyClicks(page.search, "ggml tokens")
    assert [page.model.row_at(row).cells[0] for row in range(page.model.rowCount())] == [
        "tokenizer.ggml.tokens"
    ]
    page.table.setCurrentIndex(page.model.index(0, 0))
    entry = page.model.row_at(0).entry
    assert entry is not None
    qtbot.waitUntil(lambda: dialog.keys.values.rowCount() == entry.length)
    last = dialog.keys.values.index(entry.length - 1, 0)
    assert last.data() == f"{entry.length - 1}   <|im_end|>"
    page.search.setText("chat_template")
    page.table.setCurrentIndex(page.model.index(0, 0))
    assert dialog.keys.text.toPlainText() == CHATML
    dialog.activateWindow()
    page.table.setFocus()
    qtbot.waitUntil(page.table.hasFocus)
    QTest.keySequence(page.table, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text().startswith("tokenizer.chat_template\tstring\t")
    dialog.close()


def test_tensors_are_sorted_by_numbers(tmp_path: Path, inside: Opener) -> None:
    dialog = inside(write_model(tmp_path / "m.gguf", "llama"))
    dialog.tabs.setCurrentIndex(TENSORS)
    model = dialog.tensors.model
    first = model.row_at(0).cells[0]
    dialog.tensors.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    sizes = [model.row_at(row).keys[3] for row in range(model.rowCount())]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] != sizes[-1]
    dialog.tensors.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert model.row_at(0).cells[0] == first
    dialog.close()


def test_a_broken_file_is_shown_as_far_as_it_goes(tmp_path: Path, inside: Opener) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(add_keys(make_model("llama"), {"general.name": "x\x1b[31m\u202ey"})[:-9000])
    dialog = inside(path)
    words = said(dialog)
    assert "Unusable: “m.gguf” is cut off" in words
    assert "Keys are there twice" in words
    assert "\x1b" not in words
    assert dialog.keys.keys.model.rowCount() > 10
    dialog.close()


def test_a_file_that_is_not_there_is_said_in_the_dialog(tmp_path: Path, inside: Opener) -> None:
    dialog = inside(tmp_path / "none.gguf")
    assert "none.gguf" in dialog.state.text()
    assert not dialog.tabs.isVisible()
    dialog.close()


def test_it_may_be_closed_while_it_reads(
    qtbot: QtBot, tmp_path: Path, theme: Theme, bridge: Bridge, parent: QWidget
) -> None:
    path = write_model(tmp_path / "m.gguf", "llama")
    dialog = InspectorDialog(theme, bridge, path, parent)
    dialog.open()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
    later = InspectorDialog(theme, bridge, path, parent)
    later.open()
    qtbot.waitUntil(later.tabs.isVisible)
    later.close()


def test_the_keyboard_reaches_every_page_and_closes_it(qtbot: QtBot, tmp_path: Path, inside: Opener) -> None:
    dialog = inside(write_model(tmp_path / "m.gguf", "llama"))
    dialog.activateWindow()
    qtbot.waitUntil(dialog.tabs.hasFocus)
    QTest.keyClick(dialog.tabs, Qt.Key.Key_Right)
    assert dialog.tabs.currentIndex() == KEYS
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    reached = []
    for _ in range(6):
        reached.append(dialog.focusWidget())
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert {dialog.keys.keys.search, dialog.keys.keys.table, dialog.close_button} <= set(reached)
    with qtbot.waitSignal(dialog.finished):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Escape)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_nothing_is_cut(tmp_path: Path, inside: Opener, theme: Theme, qtbot: QtBot, scale: float) -> None:
    theme.apply("dark", text_scale=scale)
    try:
        path = tmp_path / "m.gguf"
        path.write_bytes(add_keys(make_model("llama"), {"general.name": "twice"})[:-9000])
        dialog = inside(path)
        for number in range(dialog.tabs.count()):
            dialog.tabs.setCurrentIndex(number)
            for _ in range(6):
                QApplication.processEvents()
            assert list(cut_texts(dialog)) == []
        dialog.close()
    finally:
        theme.apply("light")


@pytest.mark.usefixtures("pseudo_language")
def test_every_text_is_translated(tmp_path: Path, inside: Opener) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(add_keys(make_model("llama"), {"general.name": "twice"})[:-9000])
    dialog = inside(path)
    assert forgotten(dialog, "m.gguf", "Tiny llama", "twice", str(tmp_path)) == []
    dialog.close()
