"""A text in pieces that Qt lays out in some milliseconds each: for pages and pictures, on any Qt thread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument

from lmstudio_lite.formats.direction import direction_of
from lmstudio_lite.formats.html import to_fragment
from lmstudio_lite.formats.tree import Block, Heading, Inline, Maths, Table, Text, with_inlines

_PIECE_CHARS = 8_000
"""Of HTML."""
_MARK = re.compile("\ufdd0([0-9]+)\ufdd1")
"""Characters that no text has: reading leaves them out."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some blocks as HTML, for ``document_of``."""

    html: str
    begins_with_heading: bool
    formulas: tuple[Maths, ...] = ()
    """What its images stand for, which are called by their places here: for ``place_pictures``."""


def pieces_of(blocks: Sequence[Block]) -> Iterator[Piece]:
    """Yield the HTML of a few blocks at a time; a heading begins a piece, with those right behind it."""
    written: list[str] = []
    formulas: list[Maths] = []
    length, begins_with_heading, has_more = 0, False, False
    for block in blocks:
        own: list[Maths] = []
        html, is_heading = _html_of(block, own), isinstance(block, Heading)
        if written and (length + len(html) > _PIECE_CHARS or (is_heading and has_more)):
            yield Piece("".join(written), begins_with_heading, tuple(formulas))
            written, formulas, length, has_more = [], [], 0, False
        if not written:
            begins_with_heading = is_heading
        has_more |= not is_heading
        written.append(_MARK.sub(partial(_image, len(formulas)), html))
        formulas += own
        length += len(html)
    if written:
        yield Piece("".join(written), begins_with_heading, tuple(formulas))


def _image(num_before: int, mark: re.Match[str]) -> str:
    return f'<img src="{num_before + int(mark[1])}">'


def _html_of(block: Block, formulas: list[Maths]) -> str:
    """Return a block as Qt must be told it: its code would run the way the text before it does.

    Formulas that have pictures are marks there, and go into ``formulas``.
    """

    def mark(inline: Inline) -> Inline:
        if not isinstance(inline, Maths) or inline.picture is None:
            return inline
        formulas.append(inline)
        return Text(f"\ufdd0{len(formulas) - 1}\ufdd1", href=inline.href)

    (block,) = with_inlines((block,), mark)
    if isinstance(block, Table) and direction_of((block,)):
        # Qt does not mirror tables.
        turned = Table(block.header[::-1], tuple(row[::-1] for row in block.rows), block.alignments[::-1])
        return to_fragment((turned,)).replace("<table ", '<table align="right" ', 1)
    return to_fragment((block,)).replace("<pre>", '<pre dir="ltr">')


def document_of(html: str, style: str) -> QTextDocument:
    """Return HTML as a document without margins, whose paragraphs run the way their letters do."""
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    option = document.defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    document.setDefaultTextOption(option)
    document.setDefaultStyleSheet(style)
    document.setHtml(html)
    return document


def bottom_of(document: QTextDocument) -> float:
    """Return where what is drawn ends, counted from the document's top."""
    layout = document.documentLayout()
    last = document.lastBlock()
    frames = [layout.frameBoundingRect(frame).bottom() for frame in document.rootFrame().childFrames()]
    ends_with_frame = bool(frames) and not last.text() and last.previous().isValid()
    return max([*frames, 0.0 if ends_with_frame else layout.blockBoundingRect(last).bottom()])
