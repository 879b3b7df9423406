"""Markdown's marks taken out of a line that people read, with the way back to the place in the source.

A source text is shown line by line as plain text, for it may be a book; a title is one line. Neither is a
place for ``##``, ``**`` or the pipes of a table.

This is not the reading of ``formats``: a line alone, cut out of its text, has no blocks to be read, each
character must be found again in the source, which markdown-it's inlines can't tell, and it is done for every
line of a book before the book is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKS = frozenset("#*_`[|\\")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?=\S)")
_CLOSING = re.compile(r"\s+#+\s*$")
_PAIRS = (
    re.compile(r"(?P<open>\*\*|__)(?=\S)(?P<text>.+?)(?<=\S)(?P<close>(?P=open))"),
    re.compile(r"(?<![\w*])(?P<open>\*)(?=[^\s*])(?P<text>[^*]+?)(?<=[^\s*])(?P<close>\*)(?![\w*])"),
    re.compile(r"(?<!\w)(?P<open>_)(?=[^\s_])(?P<text>[^_]+?)(?<=[^\s_])(?P<close>_)(?!\w)"),
    re.compile(r"(?P<open>`)(?P<text>[^`]+)(?P<close>`)"),
)
_LINK = re.compile(r"(?P<open>!?\[)(?P<text>[^\[\]]+)(?P<close>\]\([^()\s]*(?:\s+\"[^\"]*\")?\))")
_ESCAPE = re.compile(r"(?P<open>\\)(?=[\\`*_{}\[\]()#+\-.!|<>~])")
_ROW = re.compile(r"\s*\|(?P<cells>.*)\|\s*$")
_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$")


@dataclass(frozen=True, slots=True)
class ReadableLine:
    """``cuts`` are the ranges of the source line, as start and length, that are not in ``text``."""

    text: str
    is_heading: bool = False
    cuts: tuple[tuple[int, int], ...] = ()

    def shown_column(self, column: int) -> int:
        """Return where a column of the source line stands in the text."""
        return column - sum(min(length, column - start) for start, length in self.cuts if start < column)

    def source_column(self, column: int) -> int:
        """Return which column of the source line stands at a column of the text."""
        for start, length in self.cuts:
            if start > column:
                break
            column += length
        return column


def readable_line(line: str) -> ReadableLine:
    """Return a line without its marks: a heading's, emphasis, links' addresses and a table's outer pipes."""
    if _MARKS.isdisjoint(line):
        return ReadableLine(line)
    if "|" in line and _RULE.match(line):
        return ReadableLine("─" * len(line))
    marks: set[int] = set()
    heading = _HEADING.match(line)
    if heading is not None:
        marks.update(range(heading.end()))
        closing = _CLOSING.search(line, heading.end())
        if closing is not None:
            marks.update(range(*closing.span()))
    row = _ROW.match(line)
    if row is not None:
        marks.update(range(row.start("cells")))
        marks.update(range(row.end("cells"), len(line)))
        line = "".join("│" if each == "|" and _is_bare(line, at) else each for at, each in enumerate(line))
    for pattern in (_LINK, *_PAIRS, _ESCAPE):
        for found in pattern.finditer(line):
            for group in ("open", "close") if "close" in pattern.groupindex else ("open",):
                marks.update(range(*found.span(group)))
    text = "".join(each for at, each in enumerate(line) if at not in marks)
    return ReadableLine(text, heading is not None, _ranges(marks))


def without_marks(title: str) -> str:
    """Return a title as it is read; one that is nothing but marks stays."""
    return readable_line(title).text.strip() or title


def _is_bare(line: str, at: int) -> bool:
    return at == 0 or line[at - 1] != "\\"


def _ranges(marks: set[int]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for at in sorted(marks):
        if found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((at, 1))
    return tuple(found)
