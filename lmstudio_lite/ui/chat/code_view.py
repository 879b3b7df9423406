"""A code block of a reply: its language, a copy button, coloured text that scrolls sideways."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.prose_view import Shade, point_at
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.highlight import Colours, Span, colour_of
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

COPIED_MS = 1_500
_COLOUR_PAUSE = 10
_COLOUR_MS_MAX = 1_000


class CodeView(QFrame):
    """A code block: language, copy button, text that scrolls sideways."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "code")
        self._theme = theme
        self._language = text_label("", self, role="small")
        self.copy_button = IconButton(theme, "copy", tr("Copy code"), self)
        self.text = CodeText(theme, self)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_MS)
        top = QHBoxLayout()
        top.setContentsMargins(design.SPACE_12, 1, 2, 0)
        top.addWidget(self._language, 1)
        top.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        inset = QHBoxLayout()
        inset.setContentsMargins(design.SPACE_4, 0, 1, 1)
        inset.addWidget(self.text)
        column.addLayout(inset)
        self._copied.timeout.connect(self._on_copied_over)
        self.copy_button.clicked.connect(self._on_copy_clicked)

    def show_code(self, code: str, language: str, start: int = 0) -> None:
        """Show ``code`` behind the first ``start`` characters; what of it is there already is kept."""
        if self._language.text() != (language or tr("text")):
            self._language.setText(language or tr("text"))
            self.setAccessibleName(tr("Code, {0}").format(language or tr("text")))
        self.text.show_code(code, language, start)

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy_button.set_icon("check")
        self._copied.start()

    @Slot()
    def _on_copied_over(self) -> None:
        self.copy_button.set_icon("copy")


class CodeText(QTextEdit):
    """The code itself. Streamed code gets its new end inserted at once.

    No ``QPlainTextEdit``: as tall as its text, it goes through all its lines for each new one. Finding
    colours may cost as much as the whole block is long, so they follow at a pace that leaves the window at
    least nine tenths of its time.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._code = ""
        self._language = ""
        self._colours = Colours()
        self._colour_cost_ms = 0.0
        self.shade: Shade | None = None
        set_role(self, "code-text")
        self._colour_due = QTimer(self)
        self._colour_due.setSingleShot(True)
        self._colour_due.timeout.connect(self._on_colour_due)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(design.SPACE_8)
        self.setAccessibleName(tr("Code"))
        self._highlighter = _Highlighter(self, theme)
        self.horizontalScrollBar().rangeChanged.connect(self._on_range_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_code(self, code: str, language: str, start: int) -> None:
        """Replace the text from ``start`` on, or only append where it grew; the colours follow later."""
        shown = self._code[start:]
        num_kept = _num_shared(shown, code)
        is_new = start + num_kept == 0 or language != self._language
        self._language = language
        self._code = self._code[:start] + code
        if is_new:
            self.setPlainText(self._code)
            self._colours.begin()
            self._on_colour_due()
        else:
            self._replace_end(shown[num_kept:], code[num_kept:])
            if not self._colour_due.isActive():
                self._colour_due.start(min(_COLOUR_MS_MAX, round(_COLOUR_PAUSE * self._colour_cost_ms)))
        self._fit()

    def _replace_end(self, removed: str, added: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if removed:
            num_units = len(removed.encode("utf-16-le")) // 2  # what Qt counts in
            cursor.setPosition(cursor.position() - num_units, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(added)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy code as plain text, without its colours."""
        copied = QMimeData()
        copied.setText(self.textCursor().selection().toPlainText())
        return copied

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the code, with what else is to be seen behind it and over it."""
        if self.shade is None:
            super().paintEvent(event)
            return
        for is_ground in (True, False):
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint = self.shade.paint_ground if is_ground else self.shade.paint_lines
            paint(self, painter, event.rect())
            painter.end()
            if is_ground:
                super().paintEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell of what the pointer is on, beside what it does anyway."""
        return point_at(self, self.shade, event) or super().viewportEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll sideways here and leave the rest to the column around."""
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()

    @Slot()
    def _on_colour_due(self) -> None:
        begun_s = time.perf_counter()
        self._highlighter.show_colours(*self._colours.find(self._code, self._language))
        self._colour_cost_ms = 1000 * (time.perf_counter() - begun_s)

    def _fit(self) -> None:
        bar = self.horizontalScrollBar()
        bar_height = bar.sizeHint().height() if bar.maximum() > 0 else 0
        height = math.ceil(self.document().size().height()) + design.SPACE_8 + bar_height
        if height != self.height():
            self.setFixedHeight(height)

    @Slot(int, int)
    def _on_range_changed(self, _minimum: int, _maximum: int) -> None:
        self._fit()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._highlighter.rehighlight()
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()


def _num_shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    if other.startswith(one):
        return len(one)
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))


class _Highlighter(QSyntaxHighlighter):
    """Gives each line the colours found for it; only changed lines are painted again."""

    def __init__(self, editor: QTextEdit, theme: Theme) -> None:
        super().__init__(editor.document())
        self._theme = theme
        self._spans: dict[int, list[Span]] = {}

    def show_colours(self, first: int, spans: dict[int, list[Span]]) -> None:
        """Paint the lines from number ``first`` on whose colours changed."""
        before = {row: self._spans.pop(row) for row in list(self._rows_from(first))}
        self._spans.update(spans)
        for row in before.keys() | spans.keys():
            if before.get(row) != spans.get(row):
                self.rehighlightBlock(self.document().findBlockByNumber(row))

    def _rows_from(self, first: int) -> Iterator[int]:
        return (row for row in range(first, self.document().blockCount()) if row in self._spans)

    def highlightBlock(self, text: str) -> None:
        for start, length, kind in self._spans.get(self.currentBlock().blockNumber(), ()):
            chars = QTextCharFormat()
            chars.setForeground(QColor(colour_of(kind, self._theme.tokens)))
            self.setFormat(start, length, chars)
