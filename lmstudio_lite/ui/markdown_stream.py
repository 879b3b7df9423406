"""Markdown that grows at its end: what is finished is never parsed again, and no open end grows for ever.

CommonMark's block structure makes this sound: once a later top-level block has begun, no more text can
change an earlier one (link definitions aside, which small models don't write). So only the last block is
parsed again.

That one may be long itself: a list of 2,000 points, a table, code, a paragraph without end. It is cut into
pieces where its own structure allows that, and only the last piece is parsed again:

- a list before an item, a quote before a block in it, a table before a row, code before a line;
- a paragraph at a space where no emphasis, code, link or entity is open. A paragraph that offers no such
  place is cut anyway, as its parsing would cost more with every token, and put right when its end is known.

A piece that goes on says so (``goes_on``), and its next one ``follows``; ``ProseWriter`` and ``CodeView``
put them together again. What the pieces can't know of each other (a list that becomes loose, a paragraph
that turns out to be a heading) has the whole block parsed once more.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lmstudio_lite.formats.formulas.delimiters import FORMULA, is_block_open
from lmstudio_lite.ui.markdown import Block, CodeBlock, ProseBlock, parse_blocks
from lmstudio_lite.ui.markdown_pieces import PieceKind, Pieces, cut_code, cut_prose, next_piece

PIECE_CHARS = 600
"""A block is cut once it is longer. Parsed, written and laid out, so much takes the window some 3 ms."""
_TABLE_COST = 2
"""A table's text costs so many times as much to lay out as a paragraph's."""
_UNDERLINE = re.compile(r"\n *(?:-+|=+) ?\Z")
"""A line that makes a heading of the paragraph above it, unless it is the mark of a list's next item."""
_NUMBER = re.compile(r" {0,3}\d{1,9}[.)]?")


class MarkdownStream:
    """The blocks of a text that mostly grows at its end.

    ``piece_chars`` 0 leaves every block whole.
    """

    def __init__(self, piece_chars: int = 0) -> None:
        self.blocks: list[Block] = []
        self._piece_chars = piece_chars
        self._closed: list[str] = []  # the sources of the blocks before the open one
        self._pieces = Pieces()
        self._tail = ""
        self._tail_start = 0
        self._num_closed = 0  # blocks and pieces before those of the tail
        self._ends_in_return = False
        self._holds_back = False

    @property
    def text(self) -> str:
        """The whole text so far, its lines ending in line feeds."""
        return "".join((*self._closed, *self._pieces.sources, self._tail))

    def set_text(self, text: str) -> int:
        """Take the whole text; returns the index of the first block that is new or changed.

        Where it only goes on from the text so far, that costs as much as ``append``.
        """
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        known = self.text
        self._ends_in_return = self._holds_back = False
        if text == known:
            return len(self.blocks)
        if known and text.startswith(known):
            return self._take(text[len(known) :])
        self._closed, self._pieces = [], Pieces()
        self._tail, self._tail_start, self._num_closed = text, 0, 0
        return self._parse(may_cut=False)

    def append(self, added: str) -> int:
        """Take what the text goes on with; returns the index of the first block that is new or changed.

        A last line of "-" or "=" is held back until more comes or ``end``: whether it underlines a heading or
        begins a point shows only then, and a heading would stand there for a moment.

        Costs as much as ``added`` and a piece, or a block that can't be cut, are long.
        """
        self._holds_back = True
        return self._take(added)

    def _take(self, added: str) -> int:
        is_line_ended = self._ends_in_return and added.startswith("\n")
        self._ends_in_return = added.endswith("\r")
        if is_line_ended:
            added = added[1:]
        if not added:
            return len(self.blocks)
        self._tail += added.replace("\r\n", "\n").replace("\r", "\n")
        return self._parse()

    def end(self) -> int:
        """The text is complete: have the open block whole if its pieces only stand in for it.

        Returns the index of the first block that is changed.
        """
        was_held_back = self._holds_back and _UNDERLINE.search(self._tail) is not None
        self._holds_back = False
        if self._pieces.is_provisional:
            return self._parse_whole(may_cut=False)
        return self._parse(may_cut=False) if was_held_back else len(self.blocks)

    def _parse(self, *, may_cut: bool = True) -> int:
        """Parse the tail, let go of all but its last block, and cut that one if it is long."""
        first = self._num_closed
        tail = self._parse_tail()
        if tail is None or (len(tail) > 1 and self._pieces.is_provisional):
            return self._parse_whole()
        self.blocks[first:] = tail
        start = tail[-1].start if tail else 0
        before, behind = self._tail[: start - self._tail_start], self._tail[start - self._tail_start :]
        if len(tail) > 1 and _has_begun(tail[-1], behind) and not is_block_open(before):
            self._closed += (*self._pieces.sources, before)
            self._tail = behind
            self._tail_start = start
            self._pieces = Pieces()
            self._num_closed = len(self.blocks) - 1
        is_one = self._num_closed == len(self.blocks) - 1
        if may_cut and is_one and self._is_long(self.blocks[-1]):
            self._cut(self.blocks[-1])
        return first

    def _is_long(self, block: Block) -> bool:
        is_table = isinstance(block, ProseBlock) and block.tokens[0].type == "table_open"
        return 0 < self._piece_chars < len(self._tail) * (_TABLE_COST if is_table else 1)

    def _parse_whole(self, *, may_cut: bool = True) -> int:
        """Parse the open block in one."""
        sources, self._pieces = self._pieces.sources, Pieces()
        self._num_closed -= len(sources)
        self._tail = "".join((*sources, self._tail))
        self._tail_start -= sum(map(len, sources))
        return self._parse(may_cut=may_cut)

    def _parse_tail(self) -> list[Block] | None:
        """Return the tail's blocks, the first one as the next piece; None if it is no such piece."""
        pieces = self._pieces
        offset = self._tail_start - len(pieces.prefix)
        tail = self._tail
        if self._holds_back and (mark := _UNDERLINE.search(tail)):
            tail = tail[: mark.start() + 1]
        blocks = [_moved(block, offset) for block in parse_blocks(pieces.prefix + tail)]
        if pieces.kind is PieceKind.WHOLE:
            return blocks
        first = next_piece(blocks[0], pieces) if blocks else None
        if first is None:
            return None
        blocks[0] = replace(first, start=self._tail_start, follows=True)
        return blocks

    def _cut(self, block: Block) -> None:
        """Close all of the open block that can be, and leave the rest as the tail."""
        cut = (
            cut_code(block, self._tail, self._pieces)
            if isinstance(block, CodeBlock)
            else cut_prose(block, self._tail, self._pieces, self._piece_chars)
        )
        if cut is None:
            return
        at = self._tail_start + cut.at
        head = replace(cut.head, start=block.start, end=at, follows=block.follows)
        rest = replace(cut.rest, start=at, end=block.end)
        self.blocks[-1:] = [head, rest]
        source, self._tail = self._tail[: cut.at], self._tail[cut.at :]
        self._tail_start = at
        self._num_closed = len(self.blocks) - 1
        if cut.pieces.kind is PieceKind.WHOLE:
            self._closed += (*self._pieces.sources, source)
            self._pieces = Pieces()
        else:
            cut.pieces.sources = [*self._pieces.sources, source]
            self._pieces = cut.pieces


def _has_begun(block: Block, source: str) -> bool:
    """Whether what follows can't make ``block`` a part of the one before it.

    "#" begins a heading that "#word" does not: only a whole line tells, and of a table its second one. A
    paragraph does at once, unless it may be the number of a list's next item.
    """
    if isinstance(block, ProseBlock) and block.tokens[0].type == "paragraph_open":
        return _NUMBER.fullmatch(source) is None
    opening = block.tokens[0].type if isinstance(block, ProseBlock) else ""
    if opening == FORMULA:
        return source.endswith("\n")  # words behind it would make it a part of their line
    return source.count("\n") > (opening == "table_open")


def _moved(block: Block, offset: int) -> Block:
    return replace(block, start=block.start + offset, end=block.end + offset)
