"""A person who opens and closes what the window has, and tells what could not be read whole."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QMenu, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.gestures import click, press
from tests.ui.walking import cut_texts

_ROUNDS = 6
"""Of events, until labels, layouts and what follows from them have settled."""


class Walker:
    """Opens and closes what there is, and keeps what could not be read whole."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.qtbot = qtbot
        self.cuts: list[str] = []

    def look(self, place: str, root: QWidget | None = None) -> None:
        """Let the layout settle, then collect what is cut."""
        self.settle()
        self.cuts += [f"{place}: {cut}" for cut in cut_texts(root or self.window)]

    def settle(self) -> None:
        """Let labels, layouts and what follows from them come to rest."""
        for _ in range(_ROUNDS):
            QApplication.processEvents()

    def tab(self, number: int) -> None:
        bar = self.window.top_bar.tabs
        click(bar, bar.tabRect(number).center())
        assert self.window.tabs.currentIndex() == number

    def menu(self, button: QAbstractButton, place: str) -> None:
        """Open the menu of ``button`` by a real click, twice, and leave it by Esc.

        A button that opens on pressing returns when its menu is closed: a timer looks meanwhile.
        """
        for _ in range(2):
            seen: list[QMenu] = []

            def inspect(seen: list[QMenu] = seen) -> None:
                popup = QApplication.activePopupWidget()
                if isinstance(popup, QMenu):
                    seen.append(popup)
                    self.look(place, popup)
                    popup.close()

            QTimer.singleShot(0, self.window, inspect)
            click(button)
            self.qtbot.waitUntil(lambda seen=seen: bool(seen))  # type: ignore[misc]

    def boxes(self, root: QWidget, place: str) -> None:
        """Open each box to choose from, twice, and leave it by Esc."""
        for box in root.findChildren(QComboBox):
            if not box.isVisible() or not box.isEnabled() or box.visibleRegion().isEmpty():
                continue
            for _ in range(2):
                chosen = box.currentIndex()
                click(box, QPoint(box.width() - 8, box.rect().center().y()) if box.isEditable() else None)
                self.qtbot.waitUntil(box.view().isVisible)
                self.look(f"{place}, {box.accessibleName()}", box.view().window())
                press(box.view(), Qt.Key.Key_Escape)
                self.qtbot.waitUntil(lambda box=box: not box.view().isVisible())  # type: ignore[misc]
                assert box.currentIndex() == chosen

    def check(self) -> None:
        """Fail with what was cut."""
        assert self.cuts == [], "\n".join(sorted(set(self.cuts)))
