"""A button whose menu has a check box for each language: a file may be translated into several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import tr, trn

_MOST_NAMED = 2
_NUM_AT_HAND = 12


class TargetsButton(QPushButton):
    """At least one language is chosen, in the order in which they were."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._codes: list[str] = []
        self._actions: dict[str, QAction] = {}
        set_role(self, "menu")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._menu = QMenu(self)
        self._menu.installEventFilter(self)
        self.setMenu(self._menu)

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the chosen languages."""
        return tuple(self._codes)

    def action(self, code: str) -> QAction:
        """Return the menu's entry of a language."""
        return self._actions[code]

    def offer(self, codes: Sequence[str], at_top: Sequence[str]) -> None:
        """Choose ``codes`` without telling; ``at_top`` come first in the menu."""
        self._menu.clear()
        self._actions.clear()
        first = list(dict.fromkeys((*codes, *at_top)))
        others = [code for code in LANGUAGES if code not in first]
        for code in first:
            self._add(code, self._menu)
        self._menu.addSeparator()
        for code in others[:_NUM_AT_HAND]:
            self._add(code, self._menu)
        more = self._menu.addMenu(tr("More languages"))
        more.installEventFilter(self)
        for code in others[_NUM_AT_HAND:]:
            self._add(code, more)
        self._codes = []
        for code in codes:
            self._actions[code].setChecked(True)
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the menu stay open while languages are checked, by mouse and by the space bar."""
        action = watched.activeAction() if isinstance(watched, QMenu) else None
        is_click = event.type() is QEvent.Type.MouseButtonRelease
        is_space = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if (
            action is not None
            and action.isCheckable()
            and (is_click or (is_space and event.type() is QEvent.Type.KeyPress))
        ):
            action.trigger()
            return True
        return super().eventFilter(watched, event)

    def _add(self, code: str, menu: QMenu) -> None:
        action = menu.addAction(say_language(code))
        action.setCheckable(True)
        action.setData(code)
        action.toggled.connect(self._on_toggled)
        self._actions[code] = action

    def _show(self) -> None:
        names = [say_language(code) for code in self._codes]
        words = tr(", ").join(names[:_MOST_NAMED])
        if len(names) > _MOST_NAMED:
            more = trn("{n} more", "{n} more", len(names) - _MOST_NAMED)
            words = tr("{0} and {1}").format(words, more)
        self.setText(words)
        self.setAccessibleName(tr("Languages to translate into: {0}").format(tr(", ").join(names)))
        self.updateGeometry()

    @Slot(bool)
    def _on_toggled(self, is_checked: bool) -> None:
        action = self.sender()
        code = str(action.data()) if isinstance(action, QAction) else ""
        if is_checked and code not in self._codes:
            self._codes.append(code)
        elif not is_checked and code in self._codes:
            if len(self._codes) == 1:
                self._actions[code].setChecked(True)
                return
            self._codes.remove(code)
        self._show()
        self.changed.emit()
