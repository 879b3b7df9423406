"""A text in Markdown as a PDF: the HTML of ``formats`` on A4, by Qt's printing."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, Qt
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from lmstudio_lite.formats.html import to_fragment

_MARGIN_MM = 20.0
_STYLE = """
h1{font-size:17pt} h2{font-size:14pt} h3{font-size:12pt} h4,h5,h6{font-size:11pt}
blockquote{color:#555} pre,code{background-color:#f2f3f5} pre{white-space:pre-wrap}
table{border-collapse:collapse;border-color:#999} th{background-color:#f2f3f5}
a{color:#0b57b0}
"""
"""What Qt knows of CSS; a page's own style, with its variables and media, is too much for it."""


def to_pdf(markdown: str, *, title: str) -> bytes:
    """Return the file. GUI thread; takes about as long as showing the text does."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    option = document.defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    document.setDefaultTextOption(option)
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(to_fragment(markdown))
    document.print_(writer)
    buffer.close()
    return bytes(content.data())
