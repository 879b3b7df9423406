"""A code block of a reply: its language, its buttons, coloured text that scrolls sideways or is wrapped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.unseen import MARK, find_unseen
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.code_names import file_name_of
from lmstudio_lite.ui.chat.prose_view import Shade, point_at
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.highlight import Colours, Span, colour_of
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr, trn

COPIED_MS = 1_500
_COLOUR_PAUSE = 10
_COLOUR_MS_MAX = 1_000


class CodeView(QFrame):
    """A code block: language, buttons, text that scrolls sideways or is wrapped."""

    save_wanted = Signal(str, str)  # the code, a name for its file

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, can_save: bool = False) -> None:
        """``can_save``: somebody listens to ``save_wanted``."""
        super().__init__(parent)
        set_role(self, "code")
        self._theme = theme
        self._language = text_label("", self, role="small")
        self.copy_button = IconButton(theme, "copy", tr("Copy code"), self)
        self.wrap_button = IconButton(theme, "wrap", tr("Wrap long lines"), self)
        self.wrap_button.setCheckable(True)
        self.save_button = IconButton(theme, "save", tr("Save code as a file…"), self)
        self.save_button.setVisible(can_save)
        self.warning = text_label("", self, role="warning", wrap=True)
        self.warning.hide()
        self.text = CodeText(theme, self)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_MS)
        top = QHBoxLayout()
        top.setContentsMargins(design.SPACE_12, 1, 2, 0)
        top.addWidget(self._language, 1)
        for button in (self.wrap_button, self.save_button, self.copy_button):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        said = QHBoxLayout()
        said.setContentsMargins(design.SPACE_12, 0, design.SPACE_12, 0)
        said.addWidget(self.warning)
        column.addLayout(said)
        inset = QHBoxLayout()
        inset.setContentsMargins(design.SPACE_4, 0, 1, 1)
        inset.addWidget(self.text)
        column.addLayout(inset)
        self._copied.timeout.connect(self._on_copied_over)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.wrap_button.toggled.connect(self.text.set_wrapped)
        self.save_button.clicked.connect(self._on_save_clicked)

    def show_code(self, code: str, language: str, start: int = 0) -> None:
        """Show ``code`` behind the first ``start`` characters; what of it is there already is kept."""
        if self._language.text() != (language or tr("text")):
            self._language.setText(language or tr("text"))
            self.setAccessibleName(tr("Code, {0}").format(language or tr("text")))
        self.text.show_code(code, language, start)
        self._warn()

    def _warn(self) -> None:
        """Say what can't be seen of the code: it may run in another order than it is read."""
        names = self.text.unseen
        if names:
            count = trn("{n} hidden character", "{n} hidden characters", len(names))
            words = tr("{0}, shown as {1}: {2}")
            self.warning.setText(words.format(count, MARK, ", ".join(sorted(set(names)))))
        self.warning.setVisible(bool(names))

    @Slot()
    def _on_save_clicked(self) -> None:
        language = self._language.text()
        self.save_wanted.emit(self.text.code, file_name_of("" if language == tr("text") else language))

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text.code)
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
        self.together: Callable[[QTextEdit], QMimeData | None] | None = None
        """Returns what is copied where the selection runs on in other views."""
        self.unseen: list[str] = []
        """Names of the characters that deceive."""
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
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document().setDefaultTextOption(option)
        self.setAccessibleName(tr("Code"))
        self._highlighter = _Highlighter(self, theme)
        self.horizontalScrollBar().rangeChanged.connect(self._on_range_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_code(self, code: str, language: str, start: int) -> None:
        """Replace the text from ``start`` on, or only append where it grew; the colours follow later."""
        shown = self._code[start:]
        num_kept = _num_shared(shown, code)
        self.unseen = [each.name for each in find_unseen(self._code[:start])] if self.unseen else []
        self.unseen += [each.name for each in find_unseen(code)]
        is_new = start + num_kept == 0 or language != self._language
        self._language = language
        self._code = self._code[:start] + code
        if is_new:
            self.setPlainText(_marked(self._code))
            self._colours.begin()
            self._on_colour_due()
        else:
            self._replace_end(_marked(shown[num_kept:]), _marked(code[num_kept:]))
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

    @property
    def code(self) -> str:
        """The code as it is, hidden characters and all."""
        return self._code

    def set_wrapped(self, is_wrapped: bool) -> None:
        """Break long lines at the view's edge, or scroll sideways."""
        mode = QTextEdit.LineWrapMode
        self.setLineWrapMode(mode.WidgetWidth if is_wrapped else mode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._fit()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy code as plain text, without its colours."""
        together = self.together(self) if self.together is not None else None
        if together is not None:
            return together
        copied = QMimeData()
        copied.setText(self.selected_code())
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

    def selected_code(self) -> str:
        """Return what is selected, hidden characters and all."""
        cursor = self.textCursor()
        if not self.unseen:
            return cursor.selection().toPlainText()
        units = _marked(self._code).encode("utf-16-le", "surrogatepass")
        first, last = (
            len(units[: 2 * place].decode("utf-16-le", "surrogatepass"))
            for place in (cursor.selectionStart(), cursor.selectionEnd())
        )
        return self._code[first:last]

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


def _marked(code: str) -> str:
    """Return ``code`` as it is shown: in place of each hidden character stands a mark."""
    if code.isascii() and code.isprintable():
        return code
    characters = list(code)
    for each in find_unseen(code):
        characters[each.place] = MARK
    return "".join(characters)


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
