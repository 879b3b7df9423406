"""The editor of a translation in its cell: Enter accepts, Ctrl+Enter keeps, Shift+Enter breaks, Esc ends.

Alt+Enter accepts as well, and leaves the segments as they are that repeat this one.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from lmstudio_lite.formats.direction import RIGHT_TO_LEFT
from lmstudio_lite.words.translate import tr

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class EditEnd(StrEnum):
    """How the reviewer ends an edit."""

    ACCEPT = "accept"
    KEEP = "keep"
    LEAVE = "leave"


class SegmentEditor(QPlainTextEdit):
    """Has its own undo while it is open. ``is_alone``: the segments that repeat this one keep their text."""

    ended = Signal(object)  # EditEnd

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.has_begun = False
        self.is_alone = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("Translation of the segment"))
        self.document().setDocumentMargin(0)

    def begin(self, text: str) -> None:
        """Edit ``text``; a change of the row while it is edited does not take what was typed."""
        if not self.has_begun:
            self.has_begun = True
            self.setPlainText(text)
            self.selectAll()

    def set_language(self, code: str) -> None:
        """Let the text run the way its language does."""
        option = self.document().defaultTextOption()
        is_right = code in RIGHT_TO_LEFT
        option.setTextDirection(
            Qt.LayoutDirection.RightToLeft if is_right else Qt.LayoutDirection.LeftToRight
        )
        self.document().setDefaultTextOption(option)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.ended.emit(EditEnd.LEAVE)
        elif event.key() in _ENTER and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.insertPlainText("\n")
        elif event.key() in _ENTER:
            self.is_alone = self.is_alone or bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            is_kept = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.ended.emit(EditEnd.KEEP if is_kept else EditEnd.ACCEPT)
        else:
            super().keyPressEvent(event)
