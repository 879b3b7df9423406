"""A text as a PDF: the HTML of ``formats`` on A4, laid out by Qt piece by piece.

Qt lays a whole text out in one call that tells nobody how far it is, can't be stopped, and lets no other
thread of Python run: a conversation of 2,000 messages would stop the window for a second. So a few blocks at
a time are a text of their own (``text_pieces``), which begins on the page where the one before it ended.
"""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QThread
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)

from lmstudio_lite.domain.chat_files import OnStep, no_step
from lmstudio_lite.formats.markdown import parse
from lmstudio_lite.formats.tree import Blocks
from lmstudio_lite.ui.formula_exports import place_pictures
from lmstudio_lite.ui.pdf_letters import with_common_letters
from lmstudio_lite.ui.text_pieces import Piece, bottom_of, document_of, pieces_of

_MARGIN_MM = 20
_QUOTE_POINTS = 18
_HEADING_FROM = 0.92
"""Of a page; a heading further down goes to the next one, with what stands below it."""
_BEGINS_WITH = '<p style="-qt-paragraph-type:empty"></p>'
"""An empty block in Qt's HTML: what stands on the page already."""
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

    def __init__(self, blocks: Blocks, title: str, on_step: OnStep) -> None:
        super().__init__()
        self._blocks, self._title, self._on_step = blocks, title, on_step
        self.content = b""
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.content = _print(self._blocks, self._title, self._on_step)
        except BaseException as error:  # nobody above would hear of it
            self.error = error


def to_pdf(source: str | Blocks, *, title: str, on_step: OnStep = no_step) -> bytes:
    """Return the file of a Markdown text or blocks; any thread, which waits.

    ``on_step`` is told the pieces that are done and their number, on another thread; what it raises ends the
    work and is raised here.
    """
    printing = _Printing(parse(source) if isinstance(source, str) else source, title, on_step)
    printing.start()
    printing.wait()
    if printing.error is not None:
        raise printing.error
    return printing.content


def begin_without_window() -> QGuiApplication:
    """Return what Qt needs to lay texts out where there is no window, as in a terminal; keep it."""
    existing = QGuiApplication.instance()
    if isinstance(existing, QGuiApplication):
        return existing
    if sys.platform == "linux":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["lmstudio-lite"])


def _print(blocks: Blocks, title: str, on_step: OnStep) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    painter = QPainter(writer)
    try:
        pages = _Pages(writer, painter)
        pieces = list(pieces_of(blocks))
        for number, piece in enumerate(pieces):
            on_step(number, len(pieces))
            pages.add(piece)
    finally:
        painter.end()
        buffer.close()
    return with_common_letters(bytes(content.data()))


class _Pages:
    """Fills pages one below the other. ``_top`` is where the next piece begins, in the device's units."""

    def __init__(self, writer: QPdfWriter, painter: QPainter) -> None:
        self._writer, self._painter = writer, painter
        self._width, self._height = float(writer.width()), float(writer.height())
        self._top = 0.0
        # Qt scales all lengths to the page's resolution but these.
        indent = round(_QUOTE_POINTS * writer.logicalDpiX() / 72)
        self._style = f"{_STYLE} blockquote{{margin-left:{indent}px;margin-right:{indent}px}}"

    def add(self, piece: Piece) -> None:
        if piece.begins_with_heading and self._top > self._height * _HEADING_FROM:
            self._begin_page()
        document = self._laid_out(piece)
        layout = document.documentLayout()
        num_pages = document.pageCount()
        for page in range(num_pages):
            if page:
                self._writer.newPage()
            self._draw(layout, page)
        self._top = bottom_of(document) - (num_pages - 1) * self._height
        if self._top >= self._height:
            self._begin_page()

    def _begin_page(self) -> None:
        self._writer.newPage()
        self._top = 0.0

    def _laid_out(self, piece: Piece) -> QTextDocument:
        html = piece.html
        # An empty block right before a table takes no room, whatever it asks for: it has one more before it.
        begins_with = _BEGINS_WITH * (2 if html.startswith("<table") else 1)
        document = document_of(f"{begins_with}{html}", self._style)
        dots_per_inch = self._writer.logicalDpiY()
        widest = self._width * 96 / dots_per_inch
        place_pictures(document, piece.formulas, widest=widest, dots_per_inch=dots_per_inch)
        document.documentLayout().setPaintDevice(self._writer)
        begin = QTextBlockFormat()
        # Laid out, the length is scaled from Qt's 96 dots per inch to the page's resolution.
        above = self._top * 96 / self._writer.logicalDpiY()
        begin.setLineHeight(above, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        QTextCursor(document).setBlockFormat(begin)
        document.setPageSize(QSizeF(self._width, self._height))
        if document.pageCount() > 1:
            _split_at_pages(document, self._height)
        return document

    def _draw(self, layout: QAbstractTextDocumentLayout, page: int) -> None:
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, Qt.GlobalColor.black)  # whatever the window's theme is
        context.palette = palette
        # Lines that only touch the edge stand on the page before or behind: they would be drawn on both.
        context.clip = QRectF(0, page * self._height + 1, self._width, self._height - 2)
        self._painter.save()
        self._painter.translate(0, -page * self._height)
        self._painter.setClipRect(context.clip)
        layout.draw(self._painter, context)
        self._painter.restore()


def _split_at_pages(document: QTextDocument, height: float) -> None:
    """Make two paragraphs of each that goes over a page.

    Of one paragraph Qt draws the last line of a page on the next one too, out of sight but there to be found.
    """
    layout = document.documentLayout()
    block = document.begin()
    while block.isValid():
        lines = block.layout()
        top = layout.blockBoundingRect(block).top()
        for number in range(1, lines.lineCount()):
            line = lines.lineAt(number)
            above, below = (
                top + lines.lineAt(place).y() - lines.lineAt(0).y() for place in (number - 1, number)
            )
            if above // height != below // height:
                _split(block, line.textStart())
                break
        block = block.next()


def _split(block: QTextBlock, place: int) -> None:
    """Begin another paragraph at a character of ``block``, which goes on as if it were still the same."""
    direction, texts = block.textDirection(), block.textList()
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + place)
    going_on = cursor.blockFormat()
    cursor.insertBlock(going_on)
    rest = cursor.block()
    if texts is not None:
        indent = texts.format().indent()
        texts.remove(rest)
        going_on.setIndent(indent + going_on.indent())
    going_on.setTopMargin(0)
    going_on.setLayoutDirection(direction)
    cursor.setBlockFormat(going_on)
    ending = block.blockFormat()
    ending.setBottomMargin(0)
    ending.setLayoutDirection(direction)
    QTextCursor(block).setBlockFormat(ending)
