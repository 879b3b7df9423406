"""The Compare window: one page to hold a duel, one for what came of all of them.

Non-modal; closing it stops nothing: the answers are kept and can be opened again.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Message
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.compare.duel_page import DuelPage
from lmstudio_lite.ui.compare.results_page import ResultsPage
from lmstudio_lite.ui.compare.work import DuelWork
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

_WIDTH, _HEIGHT = 980, 720


class CompareWindow(QWidget):
    """Made when it is first wanted, and kept."""

    models_wanted = Signal()

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Compare"))
        self.work = DuelWork(services, bridge, self)
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.addTab(tr("Compare"))
        self.tabs.addTab(tr("Results"))
        self.tabs.setAccessibleName(tr("Pages"))
        self.duel_page = DuelPage(services, bridge, theme, self.work, self)
        self.results_page = ResultsPage(self.work.duels, bridge, theme, self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.duel_page)
        self._stack.addWidget(self.results_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, design.SPACE_8, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._stack, 1)
        room = self.screen().availableSize()
        scale = theme.text_scale
        self.resize(min(room.width(), round(_WIDTH * scale)), min(room.height(), round(_HEIGHT * scale)))
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.work.voted.connect(self.results_page.refresh)
        self.duel_page.models_wanted.connect(self.models_wanted)
        self.results_page.duel_wanted.connect(self._on_duel_wanted)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)

    def ask(self, messages: Sequence[Message]) -> None:
        """Set up a duel over ``messages``, unless one is being answered."""
        self.tabs.setCurrentIndex(0)
        if not self.work.is_working:
            self.duel_page.ask(messages)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.duel_page.refresh()
            self.results_page.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops the answers, else closes the window, where no field had a use for it."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.work.is_working:
            self.work.stop()
        else:
            self.close()

    @Slot(int)
    def _on_tab_changed(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        if number == 1:
            self.results_page.refresh()

    @Slot(str)
    def _on_duel_wanted(self, duel_id: str) -> None:
        self.tabs.setCurrentIndex(0)
        self.work.show_kept(duel_id)
