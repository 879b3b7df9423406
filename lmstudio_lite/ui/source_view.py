"""A document's text with its page numbers in the margin and passages highlighted.

A book must not freeze the window: the text is put in slice by slice, one a turn of the event loop, and
its lines are those of ``long_text``. They are shown without Markdown's marks, headings in bold.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from itertools import islice

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QMenu, QPlainTextEdit, QTextEdit, QWidget

from lmstudio_lite.app.markdown_marks import ReadableLine, readable_line
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.formats.direction import RIGHT_TO_LEFT
from lmstudio_lite.ui.long_text import DisplayLine, display_lines
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SMALL_SCALE, SPACE_4, SPACE_8, SPACE_12
from lmstudio_lite.words.translate import tr

Span = tuple[int, int]

_LINES_PER_SLICE = 400


class SourceView(QPlainTextEdit):
    """Read-only text that may be selected and copied. Shows one ``Document`` at a time."""

    detail_requested = Signal(int, int)  # range of the document's text

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, offers_detail: bool = True) -> None:
        """``offers_detail``: what stands at the pointer can be asked more about, by ``detail_requested``."""
        super().__init__(parent)
        self._theme = theme
        self._offers_detail = offers_detail
        self._shown: Document | None = None
        self._rest: Iterator[DisplayLine] = iter(())
        self._page_marks: dict[int, int] = {}
        self._line_starts: list[int] = []
        self._lines: list[ReadableLine] = []
        self._passages: tuple[Span, ...] = ()
        self._wanted_offset: int | None = None
        self._margin = _PageMargin(self)
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._on_filling_timeout)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Source text"))
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(SPACE_12)
        set_role(self, "bare")
        self.updateRequest.connect(self._on_update_request)
        theme.changed.connect(self._on_theme_changed)

    @property
    def is_complete(self) -> bool:
        """False while slices of the text are still to come."""
        return not self._filling.isActive()

    @property
    def num_pages_marked(self) -> int:
        return len(self._page_marks)

    def show_document(self, document: Document | None) -> None:
        """Show a document's text; the same one again changes nothing."""
        if document is self._shown:
            return
        self._shown = document
        self._page_marks = {}
        self._line_starts, self._lines = [], []
        self._passages, self._wanted_offset = (), None
        self.setExtraSelections([])
        self.clear()
        self._rest = display_lines(document.text, document.pages) if document else iter(())
        self._set_margin_width()
        self._add_slice()
        if document is not None:
            self._filling.start()
        self.verticalScrollBar().setValue(0)

    def show_passages(self, passages: Sequence[Span]) -> None:
        """Highlight ranges of the document's text; none takes the highlight away."""
        self._passages = tuple(passages)
        self._mark_passages()

    def scroll_to(self, offset: int) -> None:
        """Bring the document's ``offset`` into the upper third; as soon as it is there, if it still comes."""
        self._wanted_offset = None if self.is_complete else offset
        position = self._position_of(offset)
        if position is None:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        self.setTextCursor(cursor)
        self.centerCursor()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to say more on the selection, or on what stands at the pointer."""
        menu = self.menu_at(self.cursorForPosition(event.pos()).position())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu_at(self, position: int) -> QMenu:
        """Return the context menu at a ``position`` of the shown text."""
        menu = self.createStandardContextMenu()
        if self._shown is not None and self._offers_detail:
            cursor = self.textCursor()
            start, end = position, position
            if cursor.hasSelection():
                start, end = cursor.selectionStart(), cursor.selectionEnd()
            place = self._offset_of(start), self._offset_of(end)
            menu.addSeparator()
            detail = menu.addAction(tr("More detail on this in the summary"))
            detail.triggered.connect(lambda: self.detail_requested.emit(*place))
        return menu

    def _offset_of(self, position: int) -> int:
        """Return which offset of the document's text stands at ``position`` of the widget's."""
        block = self.document().findBlock(position)
        row = min(block.blockNumber(), len(self._line_starts) - 1)
        if row < 0:
            return 0
        return self._line_starts[row] + self._lines[row].source_column(position - block.position())

    def _position_of(self, offset: int) -> int | None:
        """Return where ``offset`` of the document's text stands in the widget's, None if not yet."""
        if (
            self._shown is None
            or not self._line_starts
            or (not self.is_complete and offset > self._line_starts[-1])
        ):
            return None
        row = max(0, bisect.bisect_right(self._line_starts, offset) - 1)
        block = self.document().findBlockByNumber(row)
        start = self._line_starts[row]
        column = offset - start - self._shown.text.count("\r", start, offset)
        column = self._lines[row].shown_column(max(0, column))
        return block.position() + max(0, min(column, block.length() - 1))

    def _mark_passages(self) -> None:
        colour = QColor(self._theme.tokens.highlight)
        selections = []
        for first, last in self._passages:
            start, end = self._position_of(first), self._position_of(last)
            if start is None or end is None:
                continue
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format.setBackground(colour)
            selections.append(selection)
        self.setExtraSelections(selections)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the margin as high as the text."""
        super().resizeEvent(event)
        rect = self.contentsRect()
        self._margin.setGeometry(rect.left(), rect.top(), self._margin.wanted_width, rect.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a hairline where a page begins, below the text."""
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._theme.tokens.line))
        for top, number in self.visible_pages():
            if number > 1:
                painter.drawLine(0, top, self.viewport().width(), top)
        painter.end()
        super().paintEvent(event)

    def visible_pages(self) -> Iterator[tuple[int, int]]:
        """Yield the top (pixels in the viewport) and number of each page that begins in sight."""
        block: QTextBlock = self.firstVisibleBlock()
        offset = self.contentOffset()
        while block.isValid():
            top = self.blockBoundingGeometry(block).translated(offset).top()
            if top > self.viewport().height():
                return
            number = self._page_marks.get(block.blockNumber())
            if number is not None:
                yield round(top), number
            block = block.next()

    def _set_margin_width(self) -> None:
        self._set_direction()
        highest = max((page.number for page in self._shown.pages), default=0) if self._shown else 0
        self._margin.fit(highest, self._theme)
        width = self._margin.wanted_width
        if self.isRightToLeft():
            self.setViewportMargins(0, 0, width, 0)
        else:
            self.setViewportMargins(width, 0, 0, 0)
        rect = self.contentsRect()
        self._margin.setGeometry(rect.left(), rect.top(), width, rect.height())

    def _set_direction(self) -> None:
        """Align the text as its language runs; a paragraph of the other direction keeps its own."""
        option = self.document().defaultTextOption()
        is_right = self._shown is not None and self._shown.language in RIGHT_TO_LEFT
        option.setAlignment(Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft)
        self.document().setDefaultTextOption(option)

    def _add_slice(self) -> bool:
        lines = list(islice(self._rest, _LINES_PER_SLICE))
        if not lines:
            return False
        is_first = self.document().isEmpty()
        first_block = 0 if is_first else self.blockCount()
        shown = [readable_line(line.text) for line in lines]
        self._lines += shown
        for row, line in enumerate(lines):
            self._line_starts.append(line.start)
            if line.page:
                self._page_marks[first_block + row] = line.page
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        plain, bold = QTextCharFormat(), QTextCharFormat()
        bold.setFontWeight(QFont.Weight.DemiBold)
        cursor.insertText(("" if is_first else "\n") + "\n".join(line.text for line in shown), plain)
        for row in (row for row, line in enumerate(shown) if line.is_heading):
            heading = QTextCursor(self.document().findBlockByNumber(first_block + row))
            heading.select(QTextCursor.SelectionType.BlockUnderCursor)
            heading.mergeCharFormat(bold)
        return True

    @Slot()
    def _on_filling_timeout(self) -> None:
        if self._add_slice():
            return
        self._filling.stop()
        self._margin.update()
        self._mark_passages()
        if self._wanted_offset is not None:
            self.scroll_to(self._wanted_offset)

    @Slot(QRect, int)
    def _on_update_request(self, rect: QRect, scrolled: int) -> None:
        if scrolled:
            self._margin.scroll(0, scrolled)
        else:
            self._margin.update(0, rect.y(), self._margin.width(), rect.height())

    @Slot()
    def _on_theme_changed(self) -> None:
        self._set_margin_width()
        self._mark_passages()
        self._margin.update()
        self.viewport().update()


class _PageMargin(QWidget):
    """The strip left of the text that holds the page numbers."""

    def __init__(self, view: SourceView) -> None:
        super().__init__(view)
        self._view = view
        self.wanted_width = 0

    def fit(self, highest: int, theme: Theme) -> None:
        """Make room for the ``highest`` page number; none at all without pages."""
        self.setFont(theme.ui_font(SMALL_SCALE))
        digits = self.fontMetrics().horizontalAdvance(str(highest)) if highest else 0
        self.wanted_width = digits + SPACE_12 + SPACE_4 if highest > 1 else 0

    def sizeHint(self) -> QSize:
        return QSize(self.wanted_width, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().placeholderText().color())
        height = self.fontMetrics().height()
        for top, number in self._view.visible_pages():
            place = QRect(0, top + 1, self.width() - SPACE_8, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, str(number))
        painter.end()
