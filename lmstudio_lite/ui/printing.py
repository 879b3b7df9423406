"""A text in Markdown as a PDF: the HTML of ``formats`` on A4, by Qt's printing."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, Qt, QThread
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from lmstudio_lite.formats.html import to_fragment
from lmstudio_lite.formats.tree import Blocks

_QUOTE_POINTS = 18
_STYLE = """
h1{font-size:17pt} h2{font-size:14pt} h3{font-size:12pt} h4,h5,h6{font-size:11pt}
blockquote{color:#555} pre,code{background-color:#f2f3f5} pre{white-space:pre-wrap}
table{border-collapse:collapse;border:1px solid #999;margin-top:8px;margin-bottom:12px}
td,th{border:1px solid #999} th{background-color:#f2f3f5}
a{color:#0b57b0}
"""
"""What Qt knows of CSS; a page's own style, with its variables and media, is too much for it."""


class _Printing(QThread):
    """Makes one file. Qt lays a text out with timers, and a thread that Qt did not start has none."""

    def __init__(self, source: str | Blocks, title: str) -> None:
        super().__init__()
        self._source, self._title = source, title
        self.content = b""
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.content = _print(self._source, self._title)
        except BaseException as error:  # nobody above would hear of it
            self.error = error


def to_pdf(source: str | Blocks, *, title: str) -> bytes:
    """Return the file of a Markdown text or blocks; any thread.

    Waits about as long as showing the text takes.
    """
    printing = _Printing(source, title)
    printing.start()
    printing.wait()
    if printing.error is not None:
        raise printing.error
    return printing.content


def _print(source: str | Blocks, title: str) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)  # Qt's printing adds 20 mm
    document = QTextDocument()
    option = document.defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    document.setDefaultTextOption(option)
    # Qt scales all lengths to the page's resolution but these.
    indent = round(_QUOTE_POINTS * writer.logicalDpiX() / 72)
    document.setDefaultStyleSheet(f"{_STYLE} blockquote{{margin-left:{indent}px;margin-right:{indent}px}}")
    document.setHtml(to_fragment(source))
    document.print_(writer)
    buffer.close()
    return bytes(content.data())
