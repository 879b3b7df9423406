"""Writes Markdown blocks into a ``QTextDocument`` in the theme's type, one block at a time.

Qt's own Markdown and HTML import can't be continued at the end of a document, knows no theme and sets
its own spacing; this writer and its parts for blocks and for what is within them do little more than map
markdown-it's tokens to text formats. This one knows where each block begins: the last one can be cut off
and written again, which is how streamed text is shown. Images are shown as their
alternative text: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument, QTextTable

from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.prose_blocks import BlockWriter
from lmstudio_lite.ui.prose_formulas import FormulaWriter
from lmstudio_lite.ui.prose_joints import Joints
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from markdown_it.token import Token


class ProseWriter:
    """Appends blocks to ``document``, which is this writer's alone. GUI thread."""

    def __init__(
        self, document: QTextDocument, theme: Theme, formulas: FormulaPictures | None = None
    ) -> None:
        """Without ``formulas`` each formula stays as it is written."""
        self._document = document
        self._theme = theme
        self._starts: list[int] = []
        self._tables: list[QTextTable | None] = []
        self._joints = Joints(document)
        self._formulas = FormulaWriter(document, theme, formulas)
        self._blocks = BlockWriter(document, theme, self._formulas, self._laid_out)
        self._plain_chars = QTextCharFormat()
        self._editor = QTextCursor(document)
        self._is_editing = False
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setDefaultFont(theme.prose_font())
        document.setIndentWidth(max(24, theme.scaled(24)))

    @property
    def num_blocks(self) -> int:
        return len(self._starts)

    @property
    def starts(self) -> list[int]:
        """Where each block begins in the document."""
        return list(self._starts)

    @contextmanager
    def editing(self) -> Iterator[None]:
        """Have the document laid out once for all that is changed meanwhile, not for each change."""
        self._is_editing = True
        self._editor.beginEditBlock()
        try:
            yield
        finally:
            self._editor.endEditBlock()
            self._is_editing = False

    @contextmanager
    def _laid_out(self) -> Iterator[None]:
        """Have the document as it would be outside of ``editing``."""
        if self._is_editing:
            self._editor.endEditBlock()
        yield
        if self._is_editing:
            self._editor.beginEditBlock()

    def truncate(self, num_blocks: int) -> None:
        """Cut off all but the first ``num_blocks``."""
        if num_blocks >= len(self._starts):
            return
        self._joints.cut(self._starts[num_blocks])
        if num_blocks == 0:
            with self._laid_out():
                self._document.clear()
            self._formulas.forget()
            self._blocks.can_reuse_block = True
        else:
            self._remove_from(num_blocks)
        del self._starts[num_blocks:]
        del self._tables[num_blocks:]

    def _remove_from(self, num_blocks: int) -> None:
        cursor = self._blocks.cursor
        cursor.setPosition(self._starts[num_blocks])
        is_behind_table = self._tables[num_blocks - 1] is not None
        # Asked before a table goes: an empty block before it (a rule) takes over the format behind it.
        block, chars = cursor.blockFormat(), cursor.blockCharFormat()
        if is_behind_table:
            block, chars = QTextBlockFormat(), QTextCharFormat()
        for table in reversed(self._tables[num_blocks:]):
            if table is not None:
                table.removeRows(0, table.rows())
        cursor.setPosition(self._starts[num_blocks])
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        # An empty block (a rule) takes over the format of what was cut off behind it.
        cursor.setBlockFormat(block)
        cursor.setBlockCharFormat(chars)
        self._blocks.can_reuse_block = is_behind_table

    def write(self, tokens: Sequence[Token], *, follows: bool = False, goes_on: bool = False) -> None:
        """Append one top-level block, or a piece of one; see ``ProseBlock``."""
        if not follows:
            self.join()
        self._blocks.is_first = not self._starts
        self._blocks.cursor.movePosition(QTextCursor.MoveOperation.End)
        self._starts.append(self._blocks.cursor.position())
        self._tables.append(self._blocks.write(tokens, follows=follows, goes_on=goes_on))

    def relieve(self) -> None:
        """Part the last paragraph where a line begins if it is long: laying it out costs by its length.

        Looks the same until ``join``, which undoes it. Only outside of ``editing`` are the lines known.
        """
        end = self._starts[-1] if self._starts else self._document.characterCount()
        self._move_starts(self._joints.part_last_paragraph(end), 1)

    def join(self) -> None:
        """Make one paragraph of what ``relieve`` has parted."""
        for place in self._joints.join():
            self._move_starts(place, -1)

    @property
    def is_waiting(self) -> bool:
        """Whether formulas stand as they are written until they are drawn."""
        return self._formulas.is_waiting

    def fit_formulas(self) -> None:
        """The text has another width than before."""
        with self.editing():
            self._formulas.fit()

    @property
    def formulas(self) -> list[str]:
        """The formulas that are shown as pictures, as they are written; for those who can't see them."""
        return self._formulas.sources

    def show_drawn(self) -> None:
        """Show the formulas that are drawn by now."""
        if not self._formulas.is_waiting:
            return
        with self.editing():
            for place, distance in self._formulas.show_drawn():
                self._joints.move(place, distance)
                self._move_starts(place + 1, distance)

    def _move_starts(self, place: int | None, distance: int) -> None:
        number = len(self._starts) - 1
        while place is not None and number >= 0 and self._starts[number] >= place:
            self._starts[number] += distance
            number -= 1

    def write_plain(self, text: str, *, is_muted: bool = False) -> None:
        """Append text as it is, line by line: what the user typed, or the model thought."""
        self._plain_chars = QTextCharFormat()
        if is_muted:
            self._plain_chars.setForeground(QColor(self._theme.tokens.muted))
        with self.editing():
            self._write_lines(text.split("\n"))

    def append_plain(self, text: str) -> None:
        """Go on with the last line that ``write_plain`` or this has written."""
        self._blocks.cursor.movePosition(QTextCursor.MoveOperation.End)
        line, *lines = text.split("\n")
        with self.editing():
            self._blocks.insert(line, self._plain_chars)
            if lines:
                self.join()
            self._write_lines(lines)

    def _write_lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._blocks.write_line(line, self._plain_chars)
