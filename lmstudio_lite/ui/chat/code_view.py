"""A code block of a reply: its language, a copy button, coloured text that scrolls sideways."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.highlight import CodeKind, colour_of, highlight
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
        self.text = _CodeText(theme, self)
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

    def show_code(self, code: str, language: str) -> None:
        """Show ``code``; what is there already and unchanged at its start is kept."""
        self._language.setText(language or tr("text"))
        self.setAccessibleName(tr("Code, {0}").format(language or tr("text")))
        self.text.show_code(code, language)

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy_button.set_icon("check")
        self._copied.start()

    @Slot()
    def _on_copied_over(self) -> None:
        self.copy_button.set_icon("copy")


class _CodeText(QPlainTextEdit):
    """The code itself. Streamed code gets its new end inserted at once.

    Finding colours costs as much as the whole block is long, so they follow at a pace that leaves
    the window at least nine tenths of its time.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "code-text")
        self._code = ""
        self._language = ""
        self._colour_cost_ms = 0.0
        self._colour_due = QTimer(self)
        self._colour_due.setSingleShot(True)
        self._colour_due.timeout.connect(self._on_colour_due)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(design.SPACE_8)
        self.setAccessibleName(tr("Code"))
        self._highlighter = _Highlighter(self, theme)
        self.horizontalScrollBar().rangeChanged.connect(self._on_range_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_code(self, code: str, language: str) -> None:
        """Replace the text, or only append where it grew; then the colours follow a little later."""
        self._language = language
        if code.startswith(self._code) and self._code:
            cursor = self.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(code[len(self._code) :])
            self._code = code
            if not self._colour_due.isActive():
                self._colour_due.start(min(_COLOUR_MS_MAX, round(_COLOUR_PAUSE * self._colour_cost_ms)))
        else:
            self.setPlainText(code)
            self._code = code
            self._on_colour_due()
        self._fit()

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
        self._highlighter.show_colours(self._code, self._language)
        self._colour_cost_ms = 1000 * (time.perf_counter() - begun_s)

    def _fit(self) -> None:
        block = self.document().begin()
        height = 0.0
        while block.isValid():  # not lines times spacing: a fallback font's lines are taller
            height += self.blockBoundingRect(block).height()
            block = block.next()
        bar = self.horizontalScrollBar()
        bar_height = bar.sizeHint().height() if bar.maximum() > 0 else 0
        margins = 2 * self.document().documentMargin()
        self.setFixedHeight(math.ceil(height + margins) + bar_height)

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


class _Highlighter(QSyntaxHighlighter):
    """Gives each line the colours found for the whole text; only changed lines are painted again."""

    def __init__(self, editor: QPlainTextEdit, theme: Theme) -> None:
        super().__init__(editor.document())
        self._theme = theme
        self._spans: dict[int, list[tuple[int, int, CodeKind]]] = {}

    def show_colours(self, code: str, language: str) -> None:
        """Find the spans of every line of ``code`` and paint the lines whose colours changed."""
        starts = [0]
        for line in code.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        spans: dict[int, list[tuple[int, int, CodeKind]]] = {}
        row = 0
        for start, end, kind in highlight(code, language):
            while starts[row + 1] <= start:
                row += 1
            last = row
            while starts[last] < end:
                left = max(start, starts[last])
                right = min(end, starts[last + 1] - 1)
                if right > left:
                    part = (left - starts[last], right - left, kind)
                    spans.setdefault(last, []).append(part)
                last += 1
                if last + 1 >= len(starts):
                    break
        before, self._spans = self._spans, spans
        for row in before.keys() | spans.keys():
            if before.get(row) != spans.get(row):
                self.rehighlightBlock(self.document().findBlockByNumber(row))

    def highlightBlock(self, text: str) -> None:
        for start, length, kind in self._spans.get(self.currentBlock().blockNumber(), ()):
            chars = QTextCharFormat()
            chars.setForeground(QColor(colour_of(kind, self._theme.tokens)))
            self.setFormat(start, length, chars)
