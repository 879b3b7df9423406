from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMainWindow, QPlainTextEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.drops import DropZone, WindowDrops, dropped_text, install_drops, local_paths
from tests.ui.gestures import drag_enter, drag_leave, drop, mime_of

FIRST, SECOND = Path("/somewhere/ein Dokument.pdf"), Path("/somewhere/文件.md")


class Taken:
    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.texts: list[str] = []


class DropWindow(QMainWindow):
    """A window whose middle is an editor, which would take any drop for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = Taken()
        self.editor = QPlainTextEdit(self)
        self.setCentralWidget(self.editor)
        self.zones = [DropZone("Drop it", self.taken.paths.extend)]
        self.drops: WindowDrops = install_drops(self, lambda: self.zones, self.taken.texts.append)


@pytest.fixture
def window(qtbot: QtBot) -> DropWindow:
    window = DropWindow()
    qtbot.addWidget(window)
    window.resize(640, 480)
    window.show()
    return window


def test_files_are_taken_above_an_editor(window: DropWindow) -> None:
    native = window.windowHandle()
    assert native is not None
    mime = mime_of(FIRST, SECOND)
    assert drag_enter(native, mime)
    assert window.drops.overlay.isVisible()
    assert window.drops.overlay.subject == f"{FIRST.name} and 1 more"
    assert drop(native, mime)
    assert window.taken.paths == [FIRST, SECOND]
    assert not window.drops.overlay.isVisible()
    assert window.editor.toPlainText() == ""


def test_the_field_below_the_pointer_decides(window: DropWindow) -> None:
    others: list[Path] = []
    window.zones = [*window.zones, DropZone("Drop it elsewhere", others.extend)]
    native = window.windowHandle()
    assert native is not None
    low = QPoint(40, window.height() - 40)
    assert drag_enter(native, mime_of(FIRST))
    assert window.drops.overlay.headline == "Drop it"
    assert drag_enter(native, mime_of(FIRST), low)
    assert window.drops.overlay.headline == "Drop it elsewhere"
    assert drop(native, mime_of(FIRST), low)
    assert (window.taken.paths, others) == ([], [FIRST])


def test_files_are_taken_by_the_window_itself(window: DropWindow) -> None:
    assert drag_enter(window, mime_of(FIRST))
    assert drop(window, mime_of(FIRST))
    assert window.taken.paths == [FIRST]


def test_text_is_left_to_an_editor_and_taken_elsewhere(window: DropWindow) -> None:
    native = window.windowHandle()
    assert native is not None
    mime = mime_of(text="Ein Satz.")
    window.editor.setAcceptDrops(True)
    drag_enter(native, mime)
    assert window.taken.texts == []
    assert drag_enter(window, mime)
    assert window.drops.overlay.subject == "Text, 9 characters"
    assert drop(window, mime)
    assert window.taken.texts == ["Ein Satz."]


def test_leaving_takes_the_overlay_away(window: DropWindow) -> None:
    native = window.windowHandle()
    assert native is not None
    drag_enter(native, mime_of(FIRST))
    drag_leave(native)
    assert not window.drops.overlay.isVisible()
    assert window.taken.paths == []


def test_a_link_to_the_web_is_refused(window: DropWindow) -> None:
    mime = mime_of(text="https://example.org/paper.pdf", link="https://example.org/paper.pdf")
    assert not drag_enter(window, mime)
    assert not drop(window, mime)
    assert window.taken.paths == []
    assert window.taken.texts == []


def test_the_overlay_covers_the_window_after_resizing(window: DropWindow) -> None:
    drag_enter(window, mime_of(FIRST))
    window.resize(800, 500)
    assert window.drops.overlay.geometry() == window.rect()


def test_only_local_files_count_each_once() -> None:
    assert local_paths(mime_of(FIRST, FIRST, link="https://example.org/")) == [FIRST]
    assert dropped_text(mime_of(text="  \n")) == ""
    assert dropped_text(mime_of(FIRST, text="file")) == ""
