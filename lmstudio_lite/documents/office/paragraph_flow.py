"""Puts paragraphs that come one after another together: headings, list items, tables, what hangs on them.

For formats that mark ends (of a paragraph, a cell, a row) in place of nesting: Rich Text and old Word files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lmstudio_lite.documents.structure.passages import Passage, cleaned, markdown_table
from lmstudio_lite.domain.inventory import PartKind


@dataclass(slots=True)
class ParagraphFlow:
    """One text of the file: the body, a note, a header … ``before`` and ``after`` stand around its whole."""

    kind: PartKind
    number: int = 0
    before: str = ""
    after: str = ""
    in_table: bool = False
    heading: int = 0
    level: int = 0
    """Of a list's item, from 0."""
    passages: list[Passage] = field(default_factory=list)
    attached: list[Passage] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _label: list[str] = field(default_factory=list)
    _cell: list[str] = field(default_factory=list)
    _row: list[str] = field(default_factory=list)
    _rows: list[list[str]] = field(default_factory=list)

    def add(self, text: str, *, is_label: bool = False) -> None:
        """Add to the paragraph, or to the label before it."""
        (self._label if is_label else self._text).append(text)

    def end_paragraph(self) -> None:
        """End the paragraph; within a table it is a part of the cell."""
        text, label = _joined(self._text), " ".join(_joined(self._label).split())
        self._text, self._label = [], []
        if self.in_table:
            self._cell += filter(None, (f"{label} {text}".strip(),))
            return
        self._end_table()
        if text:
            self._add_paragraph(text, label)
        self.passages += self.attached
        self.attached = []

    def end_cell(self) -> None:
        self.in_table = True
        self.end_paragraph()
        self._row.append(" ".join(self._cell))
        self._cell = []

    def end_row(self) -> None:
        if self._row:
            self._rows.append(self._row)
        self._row = []

    def finish(self) -> list[Passage]:
        """Return the passages, everything that was begun ended."""
        if self._cell or (self.in_table and _joined(self._text)):
            self.end_cell()
        self.in_table = False
        self.end_row()
        self.end_paragraph()
        if self.before or self.after:
            text = "\n".join(each.text for each in self.passages if each.kind is self.kind)
            rest = [each for each in self.passages if each.kind is not self.kind]
            whole = Passage(f"{self.before}{text}{self.after}", self.kind, self.number)
            return [whole, *rest] if text else rest
        return self.passages

    def _add_paragraph(self, text: str, label: str) -> None:
        if self.heading:
            words = " ".join(f"{label} {text}".split())
            self._append(f"{'#' * min(self.heading, 6)} {words}")
            return
        is_number = label[:-1].isdecimal() and label[-1:] in ".)" and len(label) < 5
        is_bullet = bool(label) and not any(map(str.isalnum, label))
        if is_number or is_bullet:
            indent = "  " * min(self.level, 8)
            rest = text.replace("\n", f"\n{indent}  ")
            self._append(f"{indent}{'-' if is_bullet else label} {rest}", is_item=True)
        else:
            self._append(f"{label} {text}" if label else text)

    def _append(self, text: str, *, is_item: bool = False) -> None:
        if text:
            self.passages.append(Passage(text, self.kind, self.number, is_item=is_item))

    def _end_table(self) -> None:
        self.end_row()
        rows, self._rows = self._rows, []
        self._append(markdown_table(rows))


def _joined(texts: list[str]) -> str:
    """Return the texts as one; characters beyond the first plane come in two halves."""
    return cleaned("".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
