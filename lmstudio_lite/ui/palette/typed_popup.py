"""A popup of a field and a list below it: what is typed finds, the arrows choose, Enter takes, Esc leaves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.palette.delegate import CommandDelegate
from lmstudio_lite.ui.theme import Theme, set_role

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


class TypedPopup(QFrame):
    """The field keeps the keys. A subclass fills ``list`` and says what ``take`` does. GUI thread."""

    def __init__(self, theme: Theme, parent: QWidget, *, heading: str = "") -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        set_role(self, "popup")
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_8, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        column.setSpacing(design.SPACE_8)
        if heading:
            column.addWidget(text_label(heading, self, role="small", wrap=True))
        self.field = QLineEdit(self)
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(CommandDelegate(theme, self.list))
        self.list.setMouseTracking(True)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._on_item_clicked)

    def take(self, item: QListWidgetItem | None) -> None:
        """Do what the row stands for; None where there is no row."""
        raise NotImplementedError

    def open_over(self, window: QWidget) -> None:
        """Open in the upper middle of a window, ready to be typed in."""
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, window.height() // 8)))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list, Enter takes, Esc closes, while the field keeps the keys."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None:
                row = min(max(0, self.list.currentRow() + step), self.list.count() - 1)
                self.list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.take(self.list.currentItem())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return super().eventFilter(watched, event)

    @Slot(QListWidgetItem)
    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self.take(item)
