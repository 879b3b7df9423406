"""What is copied of a text in Markdown: formatted for a word processor, as it is written for an editor."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

from lmstudio_lite.formats.html import to_fragment


def rich_text(markdown: str) -> QMimeData:
    """Return ``markdown`` as HTML, which fetches nothing where it is pasted, and as it is."""
    mime = QMimeData()
    mime.setHtml(to_fragment(markdown))
    mime.setText(markdown)
    return mime
