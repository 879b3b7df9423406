"""Headings, paragraphs, list items, tables and code as spans of a text with Markdown marks.

Front matter is a block of code: it is for programs.
"""

from __future__ import annotations

import re

from lmstudio_lite.documents.plain.front_matter import find_front_matter
from lmstudio_lite.domain.documents import Block, BlockKind

_HEADING = re.compile(r"#{1,6}\s+\S")
_LIST_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")


def find_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of ``text`` in order; they never overlap, and what lies between is white space."""
    blocks: list[Block] = []
    front_matter = find_front_matter(text)
    position = front_matter.end if front_matter else 0
    if position:
        blocks.append(Block(BlockKind.CODE, 0, len(text[:position].rstrip())))
    kind, start, end, fence = BlockKind.PARAGRAPH, position, position, ""
    for line in text[position:].split("\n"):
        line_start, position = position, position + len(line) + 1
        line_end = line_start + len(line.rstrip())
        if fence:
            end = line_end if line.strip() else end
            if line.strip().startswith(fence):
                blocks.append(Block(BlockKind.CODE, start, end))
                fence, start = "", end
            continue
        line_kind = _kind_of_line(line)
        goes_on = start < end and line_kind is kind and kind in {BlockKind.PARAGRAPH, BlockKind.TABLE}
        if kind is BlockKind.LIST_ITEM and start < end and line_kind is BlockKind.PARAGRAPH:
            goes_on, line_kind = True, kind
        if start < end and (line_kind is None or not goes_on):
            blocks.append(Block(kind, start, end))
            start = end
        if line_kind is None:
            continue
        if not goes_on:
            start, kind = line_start + len(line) - len(line.lstrip()), line_kind
        end = line_end
        if kind is BlockKind.CODE:
            fence = line.strip()[:3]
    if start < end:
        blocks.append(Block(kind, start, end))
    return tuple(blocks)


def _kind_of_line(line: str) -> BlockKind | None:
    if not line.strip():
        return None
    if _FENCE.match(line):
        return BlockKind.CODE
    if _HEADING.match(line):
        return BlockKind.HEADING
    if _LIST_ITEM.match(line):
        return BlockKind.LIST_ITEM
    if _TABLE_ROW.match(line):
        return BlockKind.TABLE
    return BlockKind.PARAGRAPH
