"""Writes Markdown's blocks (headings, lists, quotes, tables) as block formats of the theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextList,
    QTextListFormat,
    QTextTable,
)

from lmstudio_lite.formats.formulas.delimiters import FORMULA
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.prose_formulas import FormulaWriter
from lmstudio_lite.ui.prose_inline import InlineWriter
from lmstudio_lite.ui.prose_table import go_on_with_table, table_format
from lmstudio_lite.ui.prose_words import insert_words
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from markdown_it.token import Token

QUOTE_DEPTH = QTextFormat.Property.UserProperty.value + 1
_COLUMN_LIMIT = 48
"""Of more columns each would be narrower than a letter, and Qt takes a millisecond for each cell."""
_HEADING_SCALES = {1: 1.4, 2: 1.25, 3: 1.12}
_LIST_STYLES = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)


class BlockWriter:
    """Knows where in lists and quotes it writes, and nothing of the blocks before. GUI thread."""

    def __init__(
        self,
        document: QTextDocument,
        theme: Theme,
        formulas: FormulaWriter,
        laid_out: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """``laid_out`` has the document as it would be if nothing were being changed."""
        self._document = document
        self._theme = theme
        self._inline = InlineWriter(theme, formulas)
        self._laid_out = laid_out
        self.cursor = QTextCursor(document)
        self.can_reuse_block = True
        """Whether the last block of the document is empty and to be written into."""
        self.is_first = True
        """Whether nothing stands above what is written."""
        self._goes_on = False
        self._first_table: QTextTable | None = None  # whose columns its later pieces have
        self._table: QTextTable | None = None
        self._note = ""  # the label of a footnote whose first paragraph is to come
        self._lists: list[QTextList | None] = []
        self._list_formats: list[QTextListFormat] = []
        self._line_height_percent = _line_height_percent(document.defaultFont())
        self._quote_depth = 0
        self._marker_due = False
        self._block_chars = QTextCharFormat()

    def write(self, tokens: Sequence[Token], *, follows: bool, goes_on: bool) -> QTextTable | None:
        """Write one top-level block or a piece of one; returns the table that it is, if it is one."""
        self._goes_on = goes_on
        self._table = None
        opening = tokens[0].type
        if opening == "table_open":
            self._write_table(tokens, follows=follows)
        elif opening == "paragraph_open" and follows:
            self._block_chars = QTextCharFormat()
            self._write_inline(tokens[1].children or [])
        else:
            for token in tokens:
                self._write_token(token)
        return self._table

    def write_line(self, line: str, chars: QTextCharFormat) -> None:
        """Write a line of text as it is, as a block of its own."""
        self._begin_block(self._spaced(QTextBlockFormat(), 0, 0))
        self.insert(line, chars)

    def insert(self, text: str, chars: QTextCharFormat) -> None:
        """Write text as it is where the last block ends."""
        insert_words(self.cursor, text, chars, self._theme)

    def _write_inline(self, children: Sequence[Token]) -> None:
        self._inline.write(self.cursor, children, self._block_chars)

    def _write_token(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._write_inline(token.children or [])
            case "heading_open":
                self._begin_heading(int(token.tag[1:]))
            case "paragraph_open":
                self._begin_paragraph(is_tight=token.hidden)
            case "bullet_list_open" | "ordered_list_open":
                self._open_list(token)
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._list_formats.pop()
                self._space_after_list()
            case "list_item_open":
                self._marker_due = True
            case "list_item_close" if self._marker_due:
                self._begin_paragraph(is_tight=True)
            case "blockquote_open":
                self._quote_depth += 1
            case "blockquote_close":
                self._quote_depth -= 1
            case "fence" | "code_block":
                self._write_nested_code(token.content.removesuffix("\n"))
            case "hr":
                self._begin_rule()
            case kind if kind == FORMULA:
                self._write_display(token)
            case "footnote_open":
                self._note = token.content
            case "footnote_close" if self._note:
                self._begin_paragraph(is_tight=True)
            case _:
                pass

    def _begin_heading(self, level: int) -> None:
        chars = QTextCharFormat()
        font = self._theme.ui_font(design.PROSE_SCALE * _HEADING_SCALES.get(level, 1.0), bold=True)
        chars.setFontPointSize(font.pointSizeF())
        chars.setFontWeight(QFont.Weight.DemiBold)
        block = self._spaced(QTextBlockFormat(), design.SPACE_12, design.SPACE_8)
        block.setHeadingLevel(level)
        self._begin_block(self._placed(block), chars)

    def _begin_paragraph(self, *, is_tight: bool) -> None:
        chars = QTextCharFormat()
        if self._quote_depth:
            chars.setForeground(QColor(self._theme.tokens.muted))
        if self._note:
            chars.setForeground(QColor(self._theme.tokens.muted))
        gap = 2 if is_tight or self._note else design.SPACE_8
        self._begin_block(self._placed(self._spaced(QTextBlockFormat(), 0, gap)), chars)
        if self._lists and self._marker_due:
            self._marker_due = False
            current = self._lists[-1]
            if current is None:
                self._lists[-1] = self.cursor.createList(self._list_formats[-1])
            else:
                current.add(self.cursor.block())
        if self._note:
            self._inline.write_label(self.cursor, self._note, self._block_chars)
            self.cursor.insertText(" ", self._block_chars)
            self._note = ""

    def _begin_rule(self) -> None:
        block = self._spaced(QTextBlockFormat(), design.SPACE_8, design.SPACE_8)
        block.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
            QTextLength(QTextLength.Type.PercentageLength, 100),
        )
        self._begin_block(block)

    def _write_display(self, token: Token) -> None:
        """Write a formula that is a block of its own, in the middle and with lines no higher than it is."""
        block = QTextBlockFormat()
        block.setTopMargin(design.SPACE_4)
        block.setBottomMargin(design.SPACE_12)
        block.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._begin_block(self._placed(block))
        self._inline.write_formula(self.cursor, token, QTextCharFormat(self._block_chars))

    def _open_list(self, token: Token) -> None:
        style = QTextListFormat()
        depth = len(self._lists)
        style.setIndent(depth + 1)
        if token.type == "ordered_list_open":
            style.setStyle(QTextListFormat.Style.ListDecimal)
            style.setStart(int(token.attrs.get("start", 1)))
        else:
            style.setStyle(_LIST_STYLES[min(depth, len(_LIST_STYLES) - 1)])
        self._lists.append(None)
        self._list_formats.append(style)

    def _space_after_list(self) -> None:
        """Set a tight outermost list off from what follows as far as a paragraph is."""
        if not self._lists and not self._goes_on:
            block = self.cursor.blockFormat()
            block.setBottomMargin(design.SPACE_12)
            self.cursor.setBlockFormat(block)

    def _write_nested_code(self, code: str) -> None:
        chars = self._inline.code_chars()
        block = self._placed(QTextBlockFormat())
        block.setBackground(QColor(self._theme.tokens.code_ground))
        block.setNonBreakableLines(False)
        for line in code.split("\n"):
            self._begin_block(block, chars)
            self.insert(line, chars)

    def _begin_block(self, block: QTextBlockFormat, chars: QTextCharFormat | None = None) -> None:
        self._block_chars = chars or QTextCharFormat()
        if self.can_reuse_block:
            self.cursor.setBlockFormat(block)
            self.cursor.setBlockCharFormat(self._block_chars)
            self.can_reuse_block = False
        else:
            self.cursor.insertBlock(block, self._block_chars)

    def _spaced(self, block: QTextBlockFormat, top: int, bottom: int) -> QTextBlockFormat:
        is_first = self.can_reuse_block and self.is_first
        block.setTopMargin(0 if is_first else top)
        block.setBottomMargin(bottom)
        kind = QTextBlockFormat.LineHeightTypes.ProportionalHeight
        block.setLineHeight(self._line_height_percent, kind.value)
        return block

    def _placed(self, block: QTextBlockFormat) -> QTextBlockFormat:
        """Indent for the lists and quotes around; a list item's own paragraph gets its list's indent."""
        if not (self._lists and self._marker_due):
            block.setIndent(len(self._lists))
        if self._quote_depth:
            block.setLeftMargin(design.SPACE_16 * self._quote_depth)
            block.setProperty(QUOTE_DEPTH, self._quote_depth)
        return block

    def _write_table(self, tokens: Sequence[Token], *, follows: bool) -> None:
        rows: list[list[Token]] = []
        num_head_rows = 0
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(token)
            elif token.type == "thead_close":
                num_head_rows = len(rows)
        num_columns = max((len(row) for row in rows), default=0)
        if not num_columns:
            return
        if num_columns > _COLUMN_LIMIT:
            self._write_wide_table(rows)
            return
        style = table_format(self._theme, num_head_rows)
        if follows and self._first_table is not None:
            with self._laid_out():
                go_on_with_table(self._first_table, self._document, style)
        if self._goes_on:
            style.setBottomMargin(0)
        table = self._table = self.cursor.insertTable(len(rows), num_columns, style)
        if not follows:
            self._first_table = table
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self.cursor = table.cellAt(row, column).firstCursorPosition()
                self._block_chars = QTextCharFormat()
                if row < num_head_rows:
                    self._block_chars.setFontWeight(QFont.Weight.DemiBold)
                self._write_inline(cell.children or [])
        self.cursor = QTextCursor(self._document)
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        self.can_reuse_block = True

    def _write_wide_table(self, rows: Sequence[Sequence[Token]]) -> None:
        """Write a table that has no room as its cells with lines between: none of its words is lost."""
        for row in rows:
            self._begin_block(self._spaced(QTextBlockFormat(), 0, design.SPACE_4))
            for number, cell in enumerate(row):
                if number:
                    self.cursor.insertText(" | ", self._block_chars)
                self._write_inline(cell.children or [])


def _line_height_percent(font: QFont) -> float:
    """Return ``PROSE_LINE_HEIGHT`` of the font's size in percent of its own line, which Qt multiplies."""
    size, line = QFontInfo(font).pixelSize(), QFontMetricsF(font).lineSpacing()
    return max(100.0, 100.0 * design.PROSE_LINE_HEIGHT * size / line) if line > 0 else 100.0
