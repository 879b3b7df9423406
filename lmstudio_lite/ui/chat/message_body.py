"""A reply's text as a column of prose and code, brought up to date as it grows.

Consecutive prose blocks share one view, so that a selection can run across paragraphs. Only what
follows the last unchanged block is written again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.code_view import CodeView
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.markdown import Block, CodeBlock, MarkdownStream, ProseBlock
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr


@dataclass(slots=True)
class _Part:
    """One view and the blocks it shows: ``blocks[first : first + num_blocks]`` of the message."""

    view: ProseView | CodeView
    writer: ProseWriter | None
    first: int
    num_blocks: int


class MarkdownBody(QWidget):
    """Shows Markdown. GUI thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stream = MarkdownStream()
        self._parts: list[_Part] = []
        self._text = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(design.SPACE_12)
        theme.changed.connect(self._on_theme_changed)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        """Show ``text``, the whole of it so far."""
        self._text = text
        self._show_from(self._stream.set_text(text))

    def _show_from(self, first_changed: int) -> None:
        blocks = self._stream.blocks
        if first_changed >= len(blocks) and sum(part.num_blocks for part in self._parts) == len(blocks):
            return
        number = 0
        place = 0
        for is_code, group in groupby(blocks, key=lambda block: isinstance(block, CodeBlock)):
            run = list(group)
            for blocks_of_part in ([block] for block in run) if is_code else (run,):
                self._show_part(number, place, list(blocks_of_part), first_changed)
                place += len(blocks_of_part)
                number += 1
        while len(self._parts) > number:
            self._drop_part(len(self._parts) - 1)

    def _show_part(self, number: int, first: int, blocks: list[Block], first_changed: int) -> None:
        is_code = isinstance(blocks[0], CodeBlock)
        part = self._parts[number] if number < len(self._parts) else None
        if part is not None and ((part.writer is None) != is_code or part.first != first):
            while len(self._parts) > number:
                self._drop_part(len(self._parts) - 1)
            part = None
        if part is None:
            part = self._add_part(first, is_code=is_code)
        elif first + len(blocks) <= first_changed and part.num_blocks == len(blocks):
            return
        part.num_blocks = len(blocks)
        if isinstance(part.view, CodeView):
            code = blocks[0]
            assert isinstance(code, CodeBlock)
            part.view.show_code(code.code, code.language)
        elif part.writer is not None:
            _write(part.writer, blocks, max(0, first_changed - first))

    def _add_part(self, first: int, *, is_code: bool) -> _Part:
        if is_code:
            part = _Part(CodeView(self._theme, self), None, first, 0)
        else:
            view = ProseView(self._theme, self)
            view.setAccessibleName(tr("Text of the message"))
            part = _Part(view, ProseWriter(view.document(), self._theme), first, 0)
        self._parts.append(part)
        self._column.addWidget(part.view)
        return part

    def _drop_part(self, number: int) -> None:
        part = self._parts.pop(number)
        self._column.removeWidget(part.view)
        part.view.hide()
        part.view.deleteLater()

    @Slot()
    def _on_theme_changed(self) -> None:
        while self._parts:
            self._drop_part(len(self._parts) - 1)
        self._show_from(0)


def _write(writer: ProseWriter, blocks: list[Block], num_kept: int) -> None:
    num_kept = min(num_kept, writer.num_blocks)
    if not writer.truncate(num_kept):
        writer.truncate(0)
        num_kept = 0
    for block in blocks[num_kept:]:
        if isinstance(block, ProseBlock):
            writer.write(block.tokens)
