"""The summary as prose in the theme's type. Raw HTML stays text, images stay away, links don't open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from lmstudio_lite.ui.markdown import CodeBlock, MarkdownStream
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import PROSE_WIDTH, SPACE_8, SPACE_16


class SummaryView(QTextEdit):
    """Read-only; may be selected and copied. While the text grows only its end is written again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._markdown = ""
        self._stream = MarkdownStream()
        self.setReadOnly(True)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("Summary"))
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
        kept = self._stream.set_text(text)
        if not self._writer.truncate(kept):
            kept = 0
            self._writer.truncate(0)
        self._write(kept)
        bar.setValue(bar.maximum() if is_following else place if is_longer else 0)

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
        self._write(0)
        self.verticalScrollBar().setValue(place)
