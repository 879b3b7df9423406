"""The summary as prose in the theme's type, its sentences tied to their evidence.

Raw HTML stays text, images stay away, links don't open. A sentence without support has a dotted underline,
one that the source contradicts a wavy one, as has a number or name that the source lacks; the pointer says
why. Pointing at a sentence asks for its evidence, a click or Return for its place.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QMenu, QTextEdit, QToolTip, QWidget

from lmstudio_lite.domain.evidence import Evidence, SentenceEvidence, Verdict
from lmstudio_lite.ui.markdown import CodeBlock
from lmstudio_lite.ui.markdown_stream import MarkdownStream
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import PROSE_WIDTH, SPACE_8, SPACE_16
from lmstudio_lite.words.summaries import say_support
from lmstudio_lite.words.translate import tr

_MARKS = re.compile(r"\*\*|__|[*`]")


class SummaryView(QTextEdit):
    """Read-only; may be selected and copied. While the text grows only its end is written again."""

    sentence_pointed = Signal(object)  # SentenceEvidence, None
    sentence_chosen = Signal(object)  # SentenceEvidence
    rewording_requested = Signal(object)  # SentenceEvidence
    detail_requested = Signal(object)  # SentenceEvidence

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._markdown = ""
        self._stream = MarkdownStream()
        self._evidence = Evidence()
        self._places: list[tuple[int, int, SentenceEvidence]] = []
        self._pointed: SentenceEvidence | None = None
        self.setMouseTracking(True)
        self.setReadOnly(True)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("Summary"))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setViewportMargins(SPACE_16, SPACE_8, SPACE_8, SPACE_8)
        set_role(self, "bare")
        self.viewport().setAutoFillBackground(False)
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.document().setDefaultTextOption(option)
        self._writer = ProseWriter(self.document(), theme)
        theme.changed.connect(self._on_theme_changed)

    @property
    def markdown(self) -> str:
        return self._markdown

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the lines at a length that reads well; what is left stays empty on the far side."""
        super().resizeEvent(event)
        self._fit_margins()

    def show_markdown(self, text: str) -> None:
        """Show ``text``; the scroll place stays, and the end stays in sight for who was at the end."""
        if text == self._markdown:
            return
        is_longer = text.startswith(self._markdown) and bool(self._markdown)
        bar = self.verticalScrollBar()
        place = bar.value()
        is_following = is_longer and 0 < place >= bar.maximum() - SPACE_8
        self._markdown = text
        self._evidence = Evidence()
        self._places = []
        self.setExtraSelections([])
        kept = self._stream.set_text(text)
        with self._writer.editing():
            self._writer.truncate(kept)
            self._write(kept)
        if not is_longer:
            self.moveCursor(QTextCursor.MoveOperation.Start)  # Qt brings it into sight once it is shown
        bar.setValue(bar.maximum() if is_following else place if is_longer else 0)

    def show_evidence(self, evidence: Evidence) -> None:
        """Mark the sentences of the shown text."""
        self._evidence = evidence
        self._place_sentences()

    def sentence_at(self, position: int) -> SentenceEvidence | None:
        """Return the sentence at ``position`` of the shown text."""
        return next((sentence for start, end, sentence in self._places if start <= position <= end), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._point_at(self._sentence_below(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        sentence = self._sentence_below(event.position().toPoint())
        if sentence is not None and not self.textCursor().hasSelection():
            self.sentence_chosen.emit(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            sentence = self.sentence_at(self.textCursor().position())
            if sentence is not None:
                self.sentence_chosen.emit(sentence)
                return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the sentence, beside copying."""
        is_pointer = event.reason() == QContextMenuEvent.Reason.Mouse
        sentence = (
            self._sentence_below(event.pos())
            if is_pointer
            else self.sentence_at(self.textCursor().position())
        )
        menu = self.menu_for(sentence)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu_for(self, sentence: SentenceEvidence | None) -> QMenu:
        """Return the context menu of a sentence; another wording needs passages to be made of."""
        menu = self.createStandardContextMenu()
        if sentence is not None and sentence.passages:
            menu.addSeparator()
            reword = menu.addAction(tr("Another wording of this sentence"))
            reword.triggered.connect(lambda: self.rewording_requested.emit(sentence))
            detail = menu.addAction(tr("More detail on this"))
            detail.triggered.connect(lambda: self.detail_requested.emit(sentence))
        return menu

    def event(self, event: QEvent) -> bool:
        """Say why a sentence is marked."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.viewport().mapFromGlobal(event.globalPos())
            sentence = self._sentence_below(place)
            words = say_support(sentence) if sentence is not None else ""
            if words:
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _sentence_below(self, place: QPoint) -> SentenceEvidence | None:
        cursor = self.cursorForPosition(place)
        if not self.cursorRect(cursor).adjusted(-SPACE_16, 0, SPACE_16, 0).contains(place):
            return None
        return self.sentence_at(cursor.position())

    def _point_at(self, sentence: SentenceEvidence | None) -> None:
        if sentence is not self._pointed:
            self._pointed = sentence
            self._mark_sentences()
            self.sentence_pointed.emit(sentence)

    def _place_sentences(self) -> None:
        """Find the sentences in the text as it is drawn, where Markdown's marks are gone."""
        shown = self.document().toPlainText()
        self._places, position = [], 0
        for sentence in self._evidence.sentences:
            written = _MARKS.sub("", sentence.text)
            start = shown.find(written, position)
            if start < 0:
                continue
            position = start + len(written)
            self._places.append((start, position, sentence))
        self._pointed = None
        self._mark_sentences()

    def _mark_sentences(self) -> None:
        tokens = self._theme.tokens
        selections = []
        for start, end, sentence in self._places:
            if sentence is self._pointed and sentence.passages:
                chars = QTextCharFormat()
                chars.setBackground(QColor(tokens.highlight))
                selections.append(self._selection(start, end, chars))
            if not sentence.is_supported:
                chars = QTextCharFormat()
                is_wrong = sentence.verdict is Verdict.CONTRADICTED
                styles = QTextCharFormat.UnderlineStyle
                chars.setUnderlineStyle(styles.WaveUnderline if is_wrong else styles.DotLine)
                chars.setUnderlineColor(QColor(tokens.danger if is_wrong else tokens.warning))
                selections.append(self._selection(start, end, chars))
            for claim in sentence.unknown_claims:
                first = self.document().toPlainText().find(claim.text, start, end)
                if first >= 0:
                    chars = QTextCharFormat()
                    chars.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
                    chars.setUnderlineColor(QColor(tokens.danger))
                    selections.append(self._selection(first, first + len(claim.text), chars))
        self.setExtraSelections(selections)

    def _selection(self, start: int, end: int, chars: QTextCharFormat) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        selection.cursor, selection.format = cursor, chars
        return selection

    def _fit_margins(self) -> None:
        spare = max(SPACE_8, self.width() - SPACE_16 - PROSE_WIDTH)
        margins = self.viewportMargins()
        if margins.right() != spare:
            self.setViewportMargins(SPACE_16, SPACE_8, spare, SPACE_8)

    def _write(self, first: int) -> None:
        for block in self._stream.blocks[first:]:
            if isinstance(block, CodeBlock):
                self._writer.write_plain(block.code)
            else:
                self._writer.write(block.tokens)

    @Slot()
    def _on_theme_changed(self) -> None:
        place = self.verticalScrollBar().value()
        self.document().clear()
        self._writer = ProseWriter(self.document(), self._theme)
        with self._writer.editing():
            self._write(0)
        self._place_sentences()
        self.verticalScrollBar().setValue(place)
