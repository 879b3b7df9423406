"""How tables look, and how one that grows goes on in another below it.

Qt lays out a whole table for one more letter in it. A long one that is being written is therefore several,
with columns of the same widths and no gap between them. Once its end is known it is written as one.
"""

from __future__ import annotations

from PySide6.QtGui import (
    QColor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.theme import Theme

_TABLE_JOINT = -4
"""Brings a table's first line onto the last one of the table before it: Qt leaves four pixels between."""


def table_format(theme: Theme, num_head_rows: int) -> QTextTableFormat:
    """Return how a table looks whose first ``num_head_rows`` rows are its heading."""
    style = QTextTableFormat()
    style.setHeaderRowCount(num_head_rows)
    style.setBorder(1)
    style.setBorderCollapse(True)
    style.setBorderBrush(QColor(theme.tokens.control_line))
    style.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    style.setCellPadding(6)
    style.setCellSpacing(0)
    style.setTopMargin(design.SPACE_4)
    style.setBottomMargin(design.SPACE_12)
    return style


def go_on_with_table(first: QTextTable, document: QTextDocument, style: QTextTableFormat) -> None:
    """Give ``style`` the columns of a table's first piece, which has to be laid out, and no gap above.

    ``document`` is the table's. Asked for it, the table would own it in Python's eyes, and take it along
    when it is let go (PySide 6.11).
    """
    widths = _column_widths(first, document)
    style.setTopMargin(_TABLE_JOINT)
    style.setColumnWidthConstraints([QTextLength(QTextLength.Type.FixedLength, width) for width in widths])


def _column_widths(table: QTextTable, document: QTextDocument) -> list[float]:
    """Return how wide each column is laid out, in pixels, with its padding; [] if it is not laid out yet."""
    padding = 2 * table.format().toTableFormat().cellPadding()
    border = table.format().toTableFormat().border()
    widths = []
    for column in range(table.columns()):
        block = table.cellAt(0, column).firstCursorPosition().block()
        document.documentLayout().blockBoundingRect(block)  # has it laid out
        if not block.layout().lineCount():
            return []
        widths.append(block.layout().lineAt(0).width() + padding + border)
    return widths
