"""A text of an editor made other: its selection, or all of it, in place and in its own undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

if TYPE_CHECKING:
    from lmstudio_lite.ui.write.edit_window import EditWindow


def begin_in_editor(window: EditWindow, editor: QPlainTextEdit) -> None:
    """Open the window over the selection of an editor, or all of it; what is taken can be undone there."""
    cursor = QTextCursor(editor.textCursor())
    if not cursor.hasSelection():
        cursor.select(QTextCursor.SelectionType.Document)
    text = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")
    window.begin(text, _take_into(editor, cursor, text))


def _take_into(editor: QPlainTextEdit, cursor: QTextCursor, before: str) -> Callable[[str], None]:
    def take(text: str) -> None:
        """Put it where the text was; where that was changed meanwhile, behind all else."""
        is_there = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n") == before
        if not is_there:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText("\n\n")
        cursor.insertText(text)
        editor.setTextCursor(cursor)
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    return take
