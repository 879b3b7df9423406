"""The window's top line: history, tabs, model, stop, menu. It announces; the main window acts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTabBar, QToolButton, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.model_pill import ModelPill
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

HEIGHT = 44


class TopBar(QFrame):
    """Holds the controls; ``tab_chosen`` comes with the tab's number."""

    tab_chosen = Signal(int)
    stop_requested = Signal()

    def __init__(
        self, theme: Theme, control: ModelControl, tabs: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_role(self, "bar")
        self._theme = theme
        self.history_button = IconButton(theme, "sidebar", tr("Show or hide the list"), self)
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.setAccessibleName(tr("Tasks"))
        for number, name in enumerate(tabs):
            self.tabs.addTab(name)
            self.tabs.setTabToolTip(number, plain_tip(f"{name} (Ctrl+{number + 1})"))
        self.pill = ModelPill(theme, control, self)
        self._row = QHBoxLayout(self)
        self.stop_button = IconButton(theme, "stop", tr("Stop"), self)
        self.stop_button.set_name(tr("Stop"), QKeySequence(Qt.Key.Key_Escape))
        self.menu_button = IconButton(theme, "more", tr("Menu"), self)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = self._row
        row.setContentsMargins(design.SPACE_8, 0, design.SPACE_8, 0)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.history_button)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.stop_button)
        row.addWidget(self.pill)
        row.addWidget(self.menu_button)
        self.history_button.set_name(tr("Show or hide the list"), QKeySequence("Ctrl+B"))
        self.tabs.currentChanged.connect(self.tab_chosen)
        self.stop_button.clicked.connect(self.stop_requested)
        for number in range(len(tabs)):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            shortcut.activated.connect(lambda number=number: self.tabs.setCurrentIndex(number))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.set_working(is_working=False)

    def add_chip(self, chip: QWidget) -> None:
        """Show something that goes on beside the tabs, left of the model."""
        self._row.insertWidget(self._row.indexOf(self.stop_button), chip)

    @Slot(bool)
    def set_working(self, is_working: bool) -> None:
        """Show the stop button while there is something to stop."""
        self.stop_button.setVisible(is_working)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.setFixedHeight(self._theme.scaled(HEIGHT))
