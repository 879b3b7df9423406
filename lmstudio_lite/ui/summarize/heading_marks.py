"""Headings of a source text stand out, their Markdown marks don't. The text itself is not changed."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from lmstudio_lite.ui.theme import Theme

_HEADING = re.compile(r"#{1,6}\s+(?=\S)")


class HeadingMarks(QSyntaxHighlighter):
    """Costs one match a line, as the lines come."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        mark = _HEADING.match(text)
        if mark is None:
            return
        faint = QTextCharFormat()
        faint.setForeground(QColor(self._theme.tokens.muted))
        heading = QTextCharFormat()
        heading.setFontWeight(QFont.Weight.DemiBold)
        self.setFormat(0, mark.end(), faint)
        self.setFormat(mark.end(), len(text) - mark.end(), heading)
