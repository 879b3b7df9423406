"""What is pasted, as plain text that keeps its paragraphs and the marks of its lists.

Programs that copy formatted text offer it twice, and most leave the marks of lists out of the plain one.
Only then is the formatted one read; code and plain paragraphs are better as their program wrote them.
Nothing that the formatted text refers to is fetched or opened.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QTextBlock, QTextDocument, QTextListFormat

_LONGEST_HTML = 4_000_000
_INDENT = "  "
_BULLETS = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)
_SEPARATORS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\ufffc": None, "\xa0": " "})


class _UnlinkedDocument(QTextDocument):
    """Loads none of its pictures and style sheets."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return None


def pasted_text(mime: QMimeData) -> str:
    """Return the text of ``mime``, "" if it has none."""
    plain = mime.text().replace("\r\n", "\n").replace("\r", "\n").translate({0x2028: "\n", 0x2029: "\n"})
    html = mime.html() if mime.hasHtml() else ""
    if "<li" not in html.lower() or len(html) > _LONGEST_HTML:
        return plain
    document = _UnlinkedDocument()
    document.setHtml(html)
    lines: list[str] = []
    block = document.begin()
    was_item = True
    while block.isValid():
        is_item = block.textList() is not None
        if lines and not (is_item and was_item):
            lines.append("")
        lines.append(_line_of(block))
        was_item = is_item
        block = block.next()
    return "\n".join(lines) or plain


def _line_of(block: QTextBlock) -> str:
    text = block.text().translate(_SEPARATORS)
    whole = block.textList()
    if whole is None:
        return text
    style = whole.format().style()
    mark = "- " if style in _BULLETS else f"{whole.itemText(block)} "
    return _INDENT * max(0, whole.format().indent() - 1) + mark + text
