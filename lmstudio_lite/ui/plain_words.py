"""Words of others that Qt would take for rich text: titles, names of files and models, texts of documents.

A tooltip, a message box and a plain label read whatever looks like HTML as HTML, wherever in its first line a
tag stands: a title could put on another face or ask for a picture. So every tip that is not the program's own
goes through ``plain_tip``, and every box is one of these.
"""

from __future__ import annotations

from html import escape

from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QMessageBox, QWidget


def plain_tip(text: str) -> str:
    """Return what a tooltip must be given so that it shows ``text`` itself."""
    if not QtGui.Qt.mightBeRichText(text):
        return text
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>"


class PlainMessageBox(QMessageBox):
    """A message box that shows its words as they are, also those that Qt puts below them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)


class PlainInputDialog(QInputDialog):
    """A question for a line of text whose own words are shown as they are."""

    def setLabelText(self, text: str) -> None:
        super().setLabelText(text)
        for label in self.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
