"""Writes what stands within a paragraph (emphasis, links, code, formulas) as text formats of the theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QBrush, QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor

from lmstudio_lite.domain.formulas import Formula
from lmstudio_lite.formats.formulas.delimiters import FORMULA
from lmstudio_lite.formats.markdown_extras import FOOTNOTE_REF, TASK
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.prose_formulas import FormulaWriter
from lmstudio_lite.ui.prose_words import insert_words
from lmstudio_lite.ui.theme import Theme

if TYPE_CHECKING:
    from markdown_it.token import Token


class InlineWriter:
    """Writes at the cursor that it is given. GUI thread."""

    def __init__(self, theme: Theme, formulas: FormulaWriter) -> None:
        self._theme = theme
        self._formulas = formulas
        self._cursor = QTextCursor()
        self._formats: list[QTextCharFormat] = []

    def write(self, cursor: QTextCursor, children: Sequence[Token], chars: QTextCharFormat) -> None:
        """Write an inline token's ``children``; ``chars`` is how their block's text looks."""
        self._cursor = cursor
        self._formats = [QTextCharFormat(chars)]
        for token in children:
            self._write_token(token)

    def write_formula(self, cursor: QTextCursor, token: Token, chars: QTextCharFormat) -> None:
        """Write a formula, as it is typed until its picture is drawn."""
        formula = Formula(token.content, token.markup in ("$$", "\\["))
        self._formulas.write(cursor, formula, token.info, chars)

    def write_label(self, cursor: QTextCursor, label: str, chars: QTextCharFormat) -> None:
        """Write a footnote's label above the line."""
        chars = QTextCharFormat(chars)
        chars.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        cursor.insertText(label, chars)

    def code_chars(self) -> QTextCharFormat:
        """Return how code looks."""
        chars = QTextCharFormat()
        font = self._theme.code_font()
        chars.setFontFamilies(font.families())
        chars.setFontFixedPitch(True)
        chars.setFontPointSize(font.pointSizeF() * design.PROSE_SCALE)
        return chars

    def _write_token(self, token: Token) -> None:
        chars = QTextCharFormat(self._formats[-1])
        match token.type:
            case "text" | "html_inline":
                self._insert(token.content, chars)
            case "code_inline":
                chars.merge(self.code_chars())
                chars.setBackground(QBrush(QColor(self._theme.tokens.pressed)))
                self._insert(token.content, chars)
            case "softbreak":
                self._cursor.insertText(" ", chars)
            case "hardbreak":
                self._cursor.insertText("\u2028", chars)
            case "image":
                self._insert(token.content or str(token.attrs.get("src", "")), chars)
            case kind if kind == FORMULA:
                self.write_formula(self._cursor, token, chars)
            case kind if kind == TASK:
                self._mark_task(token.info == "x")
            case kind if kind == FOOTNOTE_REF:
                chars.setForeground(QColor(self._theme.tokens.accent))
                self.write_label(self._cursor, token.content, chars)
            case "strong_open":
                chars.setFontWeight(QFont.Weight.DemiBold)
                self._formats.append(chars)
            case "em_open":
                chars.setFontItalic(True)
                self._formats.append(chars)
            case "s_open":
                chars.setFontStrikeOut(True)
                self._formats.append(chars)
            case "link_open":
                chars.setAnchor(True)
                chars.setAnchorHref(str(token.attrs.get("href", "")))
                chars.setForeground(QColor(self._theme.tokens.accent))
                chars.setFontUnderline(True)
                self._formats.append(chars)
            case "strong_close" | "em_close" | "s_close" | "link_close":
                self._formats.pop()
            case _:
                self._insert(token.content, chars)

    def _insert(self, text: str, chars: QTextCharFormat) -> None:
        insert_words(self._cursor, text, chars, self._theme)

    def _mark_task(self, is_done: bool) -> None:
        """Draw the list's item with a box in place of its bullet."""
        kind = QTextBlockFormat.MarkerType
        block = QTextBlockFormat(self._cursor.blockFormat())
        block.setMarker(kind.Checked if is_done else kind.Unchecked)
        self._cursor.setBlockFormat(block)
