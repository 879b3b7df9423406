"""The finished versions of a document's summary as one small button with a menu: ``2 of 3``."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.words.summaries import say_version
from lmstudio_lite.words.translate import tr


class VersionButton(QToolButton):
    """In sight where there is a choice. The menu's names are those of the options."""

    version_chosen = Signal(int)  # place among the item's versions

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._group = QActionGroup(self)
        self.setMenu(QMenu(self))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tr("Versions of this summary"))
        self._group.triggered.connect(self._on_triggered)
        self.hide()

    def show_versions(self, item: SummaryItem) -> None:
        """Offer the versions of ``item``, with the one on the screen marked."""
        place, count = item.version_place, len(item.versions)
        has_choice = count > 1 or (count == 1 and place < 0)
        self.setVisible(has_choice)
        if not has_choice:
            return
        names = tuple(say_version(version.facts) for version in item.versions)
        if names != self._names:
            self._fill(names)
        for at, action in enumerate(self._group.actions()):
            with QSignalBlocker(action):
                action.setChecked(at == place)
        words = tr("{0} of {1}").format(place + 1, count) if place >= 0 else tr("Versions")
        self.setText(words)
        self.setAccessibleName(tr("Versions of this summary: {0}").format(words))

    def _fill(self, names: tuple[str, ...]) -> None:
        self._names = names
        for action in self._group.actions():
            self._group.removeAction(action)
        menu = self.menu()
        menu.clear()
        for number, name in enumerate(names, 1):
            action = menu.addAction(tr("{0}. {1}").format(number, name))
            action.setCheckable(True)
            self._group.addAction(action)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.version_chosen.emit(self._group.actions().index(action))
