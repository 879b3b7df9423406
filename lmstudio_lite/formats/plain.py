"""Markdown as text that reads well by itself: in a mail, an editor, a terminal.

Emphasis and the marks of headings go. Lists keep marks and indentation, tables are aligned, a link's address
follows its words; what is struck out keeps its tildes, for without them it would say the opposite.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import assert_never

from lmstudio_lite.formats.markdown import parse
from lmstudio_lite.formats.tree import (
    Alignment,
    Block,
    Blocks,
    BulletList,
    Code,
    Heading,
    Inline,
    Inlines,
    LineBreak,
    Maths,
    NumberedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)

_COLUMN_LIMIT = 40
"""Cells of a terminal's column; a longer text stands out of its table's column and pads no other row."""
_CODE_INDENT = "    "
_RULE = "-" * 20
_WIDE = frozenset("WF")
_UNSEEN = frozenset({"Mn", "Me", "Cf"})


def to_plain_text(source: str | Blocks) -> str:
    """Return the text of Markdown or blocks; its last line, if there is any, ends with a line feed."""
    blocks = parse(source) if isinstance(source, str) else source
    return "".join(f"{line.rstrip()}\n" for line in _blocks(blocks))


def _blocks(blocks: Blocks, *, is_tight: bool = False) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        if lines and not is_tight:
            lines.append("")
        lines += _block(block)
    return lines


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph(inlines) | Heading(_, inlines):
            return _words(inlines).split("\n")
        case Code(text):
            return [_CODE_INDENT + line for line in text.split("\n")]
        case Quote(blocks):
            return [f"> {line}" for line in _blocks(blocks)]
        case BulletList(items, is_tight):
            return _items(items, ["- "] * len(items), is_tight=is_tight)
        case NumberedList(items, start, is_tight):
            return _items(items, [f"{start + index}. " for index in range(len(items))], is_tight=is_tight)
        case Table():
            return table_lines(block)
        case Rule():
            return [_RULE]
        case _:
            assert_never(block)


def _items(items: Iterable[Blocks], marks: Iterable[str], *, is_tight: bool) -> list[str]:
    lines: list[str] = []
    for item, mark in zip(items, marks, strict=True):
        if lines and not is_tight:
            lines.append("")
        first, *rest = _blocks(item, is_tight=is_tight) or [""]
        lines.append(mark + first)
        lines += [" " * len(mark) + line for line in rest]
    return lines


def _words(inlines: Inlines) -> str:
    parts = []
    for href, group in groupby(inlines, key=_href):
        words = "".join(map(_characters, group))
        is_named = href and words not in (href, href.removeprefix("mailto:"))
        parts.append(f"{words} ({href})" if is_named else words)
    return "".join(parts)


def _href(inline: Inline) -> str:
    return "" if isinstance(inline, LineBreak) else inline.href


def _characters(inline: Inline) -> str:
    match inline:
        case LineBreak():
            return "\n"
        case Maths(source):
            return source
        case Text(text, is_struck=True):
            return f"~~{text}~~"
        case Text(text):
            return text
        case _:
            assert_never(inline)


def table_lines(table: Table) -> list[str]:
    """Return one line a row, with a line under the header."""
    header, *rows = [[" ".join(_words(cell).split()) for cell in row] for row in (table.header, *table.rows)]
    widths = [
        max(min(_width(cell), _COLUMN_LIMIT) for cell in column) for column in zip(header, *rows, strict=True)
    ]
    ruling = "-+-".join("-" * width for width in widths)
    lines = [_line(row, widths, table.alignments) for row in chain([header], rows)]
    return [lines[0], ruling, *lines[1:]]


def _line(cells: Sequence[str], widths: Sequence[int], alignments: Sequence[Alignment]) -> str:
    return " | ".join(map(_padded, cells, widths, alignments))


def _padded(cell: str, width: int, alignment: Alignment) -> str:
    missing = max(0, width - _width(cell))
    match alignment:
        case Alignment.RIGHT:
            return " " * missing + cell
        case Alignment.CENTER:
            return " " * (missing // 2) + cell + " " * (missing - missing // 2)
        case _:
            return cell + " " * missing


def _width(text: str) -> int:
    """Return how many cells of a terminal ``text`` takes: Chinese takes two each, marks over letters none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(character) in _UNSEEN
        else 2
        if unicodedata.east_asian_width(character) in _WIDE
        else 1
        for character in text
    )
