"""What is copied of a text in Markdown: formatted for a word processor, as it is written for an editor."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtGui import QGuiApplication

from lmstudio_lite.formats.html import to_fragment
from lmstudio_lite.ui.bridge import Bridge

_AT_ONCE_CHARS = 4_000
"""Read as Markdown in 0.1 s, whatever marks are in it. A megabyte of brackets takes half a minute."""


def rich_text(markdown: str) -> QMimeData:
    """Return ``markdown`` as HTML, which fetches nothing where it is pasted, and as it is."""
    mime = QMimeData()
    mime.setHtml(to_fragment(markdown))
    mime.setText(markdown)
    return mime


class RichCopy(QObject):
    """Copies texts of any length: a long one is there as it is written at once, formatted a moment later."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge

    @Slot(str)
    def copy(self, markdown: str) -> None:
        """Put a text on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if len(markdown) <= _AT_ONCE_CHARS:
            clipboard.setMimeData(rich_text(markdown))
            return
        clipboard.setText(markdown)

        def add_html(html: str) -> None:
            if clipboard.text() == markdown:  # nothing else was copied meanwhile
                mime = QMimeData()
                mime.setHtml(html)
                mime.setText(markdown)
                clipboard.setMimeData(mime)

        self._bridge.run(lambda context: to_fragment(markdown), on_done=add_html)
