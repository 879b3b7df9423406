"""Writes Markdown blocks into a ``QTextDocument`` in the theme's type, one block at a time.

Qt's own Markdown and HTML import can't be continued at the end of a document, knows no theme and sets
its own spacing; this writer does little more than map markdown-it's tokens to text formats. The last
block can be cut off and written again, which is how streamed text is shown. Images are shown as their
alternative text: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
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

from lmstudio_lite.domain.formulas import Formula
from lmstudio_lite.formats.formulas.delimiters import FORMULA
from lmstudio_lite.formats.markdown_extras import FOOTNOTE_REF, TASK
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.prose_formulas import FormulaWriter
from lmstudio_lite.ui.prose_joints import Joints
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


class ProseWriter:
    """Appends blocks to ``document``, which is this writer's alone. GUI thread."""

    def __init__(
        self, document: QTextDocument, theme: Theme, formulas: FormulaPictures | None = None
    ) -> None:
        """Without ``formulas`` each formula stays as it is written."""
        self._document = document
        self._theme = theme
        self._cursor = QTextCursor(document)
        self._starts: list[int] = []
        self._tables: list[QTextTable | None] = []
        self._first_table: QTextTable | None = None  # whose columns its later pieces have
        self._joints = Joints(document)
        self._formulas = FormulaWriter(document, theme, formulas)
        self._note = ""  # the label of a footnote whose first paragraph is to come
        self._goes_on = False
        self._plain_chars = QTextCharFormat()
        self._editor = QTextCursor(document)
        self._is_editing = False
        self._can_reuse_block = True
        self._lists: list[QTextList | None] = []
        self._list_formats: list[QTextListFormat] = []
        self._line_height_percent = _line_height_percent(document.defaultFont())
        self._quote_depth = 0
        self._marker_due = False
        self._block_format = QTextBlockFormat()
        self._block_chars = QTextCharFormat()
        self._inline: list[QTextCharFormat] = []
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
            self._can_reuse_block = True
        else:
            self._remove_from(num_blocks)
        del self._starts[num_blocks:]
        del self._tables[num_blocks:]

    def _remove_from(self, num_blocks: int) -> None:
        self._cursor.setPosition(self._starts[num_blocks])
        is_behind_table = self._tables[num_blocks - 1] is not None
        # Asked before a table goes: an empty block before it (a rule) takes over the format behind it.
        block, chars = self._cursor.blockFormat(), self._cursor.blockCharFormat()
        if is_behind_table:
            block, chars = QTextBlockFormat(), QTextCharFormat()
        for table in reversed(self._tables[num_blocks:]):
            if table is not None:
                table.removeRows(0, table.rows())
        self._cursor.setPosition(self._starts[num_blocks])
        self._cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        self._cursor.removeSelectedText()
        # An empty block (a rule) takes over the format of what was cut off behind it.
        self._cursor.setBlockFormat(block)
        self._cursor.setBlockCharFormat(chars)
        self._can_reuse_block = is_behind_table

    def write(self, tokens: Sequence[Token], *, follows: bool = False, goes_on: bool = False) -> None:
        """Append one top-level block, or a piece of one; see ``ProseBlock``."""
        if not follows:
            self.join()
        self._goes_on = goes_on
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._starts.append(self._cursor.position())
        self._tables.append(None)
        opening = tokens[0].type
        if opening == "table_open":
            self._write_table(tokens, follows=follows)
        elif opening == "paragraph_open" and follows:
            self._block_chars = QTextCharFormat()
            self._write_inline(tokens[1].children or [])
        else:
            for token in tokens:
                self._write_token(token)

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
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        line, *lines = text.split("\n")
        with self.editing():
            self._insert(line, self._plain_chars)
            if lines:
                self.join()
            self._write_lines(lines)

    def _write_lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._begin_block(self._spaced(QTextBlockFormat(), 0, 0))
            self._insert(line, self._plain_chars)

    def _insert(self, text: str, chars: QTextCharFormat) -> None:
        insert_words(self._cursor, text, chars, self._theme)

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
                self._lists[-1] = self._cursor.createList(self._list_formats[-1])
            else:
                current.add(self._cursor.block())
        if self._note:
            self._write_label(self._note, self._block_chars)
            self._cursor.insertText(" ", self._block_chars)
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
        self._write_formula(token, QTextCharFormat(self._block_chars))

    def _write_formula(self, token: Token, chars: QTextCharFormat) -> None:
        formula = Formula(token.content, token.markup in ("$$", "\\["))
        self._formulas.write(self._cursor, formula, token.info, chars)

    def _write_label(self, label: str, chars: QTextCharFormat) -> None:
        chars = QTextCharFormat(chars)
        chars.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        self._cursor.insertText(label, chars)

    def _mark_task(self, is_done: bool) -> None:
        """Draw the list's item with a box in place of its bullet."""
        kind = QTextBlockFormat.MarkerType
        block = QTextBlockFormat(self._cursor.blockFormat())
        block.setMarker(kind.Checked if is_done else kind.Unchecked)
        self._cursor.setBlockFormat(block)

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
            block = self._cursor.blockFormat()
            block.setBottomMargin(design.SPACE_12)
            self._cursor.setBlockFormat(block)

    def _write_nested_code(self, code: str) -> None:
        chars = self._code_chars()
        block = self._placed(QTextBlockFormat())
        block.setBackground(QColor(self._theme.tokens.code_ground))
        block.setNonBreakableLines(False)
        for line in code.split("\n"):
            self._begin_block(block, chars)
            self._insert(line, chars)

    def _begin_block(self, block: QTextBlockFormat, chars: QTextCharFormat | None = None) -> None:
        self._block_chars = chars or QTextCharFormat()
        if self._can_reuse_block:
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(self._block_chars)
            self._can_reuse_block = False
        else:
            self._cursor.insertBlock(block, self._block_chars)

    def _spaced(self, block: QTextBlockFormat, top: int, bottom: int) -> QTextBlockFormat:
        is_first = self._can_reuse_block and not self._tables[:-1]
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

    def _write_inline(self, children: Sequence[Token]) -> None:
        self._inline = [QTextCharFormat(self._block_chars)]
        for token in children:
            self._write_inline_token(token)

    def _write_inline_token(self, token: Token) -> None:
        chars = QTextCharFormat(self._inline[-1])
        match token.type:
            case "text" | "html_inline":
                self._insert(token.content, chars)
            case "code_inline":
                chars.merge(self._code_chars())
                chars.setBackground(QBrush(QColor(self._theme.tokens.pressed)))
                self._insert(token.content, chars)
            case "softbreak":
                self._cursor.insertText(" ", chars)
            case "hardbreak":
                self._cursor.insertText("\u2028", chars)
            case "image":
                self._insert(token.content or str(token.attrs.get("src", "")), chars)
            case kind if kind == FORMULA:
                self._write_formula(token, chars)
            case kind if kind == TASK:
                self._mark_task(token.info == "x")
            case kind if kind == FOOTNOTE_REF:
                chars.setForeground(QColor(self._theme.tokens.accent))
                self._write_label(token.content, chars)
            case "strong_open":
                chars.setFontWeight(QFont.Weight.DemiBold)
                self._inline.append(chars)
            case "em_open":
                chars.setFontItalic(True)
                self._inline.append(chars)
            case "s_open":
                chars.setFontStrikeOut(True)
                self._inline.append(chars)
            case "link_open":
                chars.setAnchor(True)
                chars.setAnchorHref(str(token.attrs.get("href", "")))
                chars.setForeground(QColor(self._theme.tokens.accent))
                chars.setFontUnderline(True)
                self._inline.append(chars)
            case "strong_close" | "em_close" | "s_close" | "link_close":
                self._inline.pop()
            case _:
                self._insert(token.content, chars)

    def _write_wide_table(self, rows: Sequence[Sequence[Token]]) -> None:
        """Write a table that has no room as its cells with lines between: none of its words is lost."""
        for row in rows:
            self._begin_block(self._spaced(QTextBlockFormat(), 0, design.SPACE_4))
            for number, cell in enumerate(row):
                if number:
                    self._cursor.insertText(" | ", self._block_chars)
                self._write_inline(cell.children or [])

    def _code_chars(self) -> QTextCharFormat:
        chars = QTextCharFormat()
        font = self._theme.code_font()
        chars.setFontFamilies(font.families())
        chars.setFontFixedPitch(True)
        chars.setFontPointSize(font.pointSizeF() * design.PROSE_SCALE)
        return chars

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
        table = self._tables[-1] = self._cursor.insertTable(len(rows), num_columns, style)
        if not follows:
            self._first_table = table
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self._cursor = table.cellAt(row, column).firstCursorPosition()
                self._block_chars = QTextCharFormat()
                if row < num_head_rows:
                    self._block_chars.setFontWeight(QFont.Weight.DemiBold)
                self._write_inline(cell.children or [])
        self._cursor = QTextCursor(self._document)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._can_reuse_block = True


def _line_height_percent(font: QFont) -> float:
    """Return ``PROSE_LINE_HEIGHT`` of the font's size in percent of its own line, which Qt multiplies."""
    size, line = QFontInfo(font).pixelSize(), QFontMetricsF(font).lineSpacing()
    return max(100.0, 100.0 * design.PROSE_LINE_HEIGHT * size / line) if line > 0 else 100.0
