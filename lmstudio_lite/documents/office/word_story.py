"""One of a Word file's texts (body, header, note …) as passages of Markdown: headings, lists, tables.

Tables that only lay out a page (one column, or tables in tables) are read cell by cell. What no rule took is
found at the end by looking for letters left in the tree, and read as flat text: a construct that is not known
costs its form, not its words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_xml import (
    Element,
    find_inner,
    is_too_deep,
    number_of,
    take_flat,
)
from lmstudio_lite.documents.office.word_file import PARAGRAPHS, TEXT_LEAVES, WordFile
from lmstudio_lite.documents.office.word_runs import Attached, Runs
from lmstudio_lite.documents.office.word_styles import BULLET, outline_level
from lmstudio_lite.documents.structure.passages import Passage, markdown_table
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread

_NO_BLOCKS = frozenset(("w:sectPr", "w:sdtPr", "w:sdtEndPr", "w:tblPr", "w:tblGrid", "w:pPr"))
_WIDEST_SPAN = 64
_MOST_NESTED = 20


@dataclass(slots=True)
class Story:
    """Reads one text; ``kind`` and ``number`` are those of its part of the file."""

    file: WordFile
    source: str
    kind: PartKind = PartKind.BODY
    number: int = 0
    name: str = ""
    nesting: int = 0
    """How many texts this one hangs on: a text box in a note in a comment …"""
    _out: list[Passage] = field(default_factory=list)
    _carried: str = ""
    """Text of a paragraph whose end was deleted: it goes on in the next one."""
    _in_table: int = 0
    _runs: Runs = field(init=False)

    def __post_init__(self) -> None:
        self._runs = Runs(self.file, self.source)

    def read(self, root: Element) -> list[Passage]:
        """Return what is in ``root``; everything that could be is taken from the tree."""
        if self.nesting <= _MOST_NESTED:
            self._blocks(root, 0)
        self._end_paragraph()
        self._add_attached()
        for text in (self._runs.unended(), *take_flat(root, TEXT_LEAVES, PARAGRAPHS)):
            self._add(" ".join(text.split()), how=HowRead.FALLBACK)
        return self._out

    def _add(self, text: str, *, how: HowRead = HowRead.TEXT, is_item: bool = False) -> None:
        if text.strip():
            self._out.append(Passage(text, self.kind, self.number, self.name, how, is_item))

    def _blocks(self, element: Element, depth: int) -> None:
        for child in element:
            tag = child.tag
            if tag == "w:p":
                self._paragraph(child)
            elif tag == "w:tbl":
                self._end_paragraph()
                self._table(child, depth + 1)
            elif tag == "w:altChunk":
                relation = self.file.parts.relations(self.source).get(child.get("r:id", ""))
                passage = self.file.holdings.read_embedded(relation)
                self._out += [passage] if passage is not None else []
            elif tag == "w:subDoc":
                relation = self.file.parts.relations(self.source).get(child.get("r:id", ""))
                target = relation.target if relation is not None else ""
                self.file.holdings.name(PartKind.EMBEDDED, target, WhyUnread.OUTSIDE)
            elif tag not in _NO_BLOCKS and not is_too_deep(depth):
                self._blocks(child, depth + 1)

    def _paragraph(self, paragraph: Element) -> None:
        properties = paragraph.find("w:pPr")
        found = properties.find("w:pStyle") if properties is not None else None
        style = found.get("w:val", "") if found is not None else self.file.styles.default_paragraph
        text = self._runs.text(paragraph, is_hidden=self.file.styles.is_hidden(style))
        if self._carried and text:
            text, self._carried = f"{self._carried}{text}", ""
        if properties is not None and _is_end_deleted(properties):
            self._carried = text or self._carried
            return
        label, level = self._label(properties, style)
        if text:
            outline = properties.find("w:outlineLvl") if properties is not None else None
            heading = self.file.styles.heading_level(style)
            if outline is not None:
                heading = outline_level(number_of(outline.get("w:val"), 9))
            self._add_paragraph(text, label, level, heading)
        if not self._in_table:
            self._add_attached()

    def _end_paragraph(self) -> None:
        text, self._carried = self._carried, ""
        self._add(text)

    def _add_paragraph(self, text: str, label: str, level: int, heading: int) -> None:
        if heading and not self._in_table:
            words = " ".join(f"{label if label != BULLET else ''} {text}".split())
            self._add(f"{'#' * heading} {words}")
            return
        is_item = label == BULLET or (label[:-1].isdecimal() and label[-1:] in ".)" and len(label) < 5)
        if is_item:
            indent = "  " * min(level, 8)
            rest = text.replace("\n", f"\n{indent}  ")
            self._add(f"{indent}{label} {rest}", is_item=True)
        else:
            self._add(f"{label} {text}" if label else text)

    def _label(self, properties: Element | None, style: str) -> tuple[str, int]:
        number, level = self.file.styles.numbering(style)
        own = properties.find("w:numPr") if properties is not None else None
        if own is not None:
            found, place = own.find("w:numId"), own.find("w:ilvl")
            number = found.get("w:val", "") if found is not None else number
            level = number_of(place.get("w:val")) if place is not None else level
        return (self.file.numbering.label(number, level), level) if number not in ("", "0") else ("", 0)

    def _table(self, table: Element, depth: int) -> None:
        rows = list(_wrapped(table, "w:tr"))
        cells = [list(_wrapped(row, "w:tc")) for row in rows]
        is_layout = max(map(len, cells), default=0) < 2 or next(_inner(table, "w:tbl"), None) is not None
        if is_layout:
            for cell in (cell for row in cells for cell in row):
                if not is_too_deep(depth):
                    self._blocks(cell, depth + 1)
                    self._end_paragraph()
            return
        self._in_table += 1
        grid = []
        for row, row_cells in zip(rows, cells, strict=True):
            line = [""] * _number_in(row, "w:trPr/w:gridBefore", 0)
            for cell in row_cells:
                line.append(self._cell_text(cell, depth))
                line += [""] * (_number_in(cell, "w:tcPr/w:gridSpan", 1) - 1)
            grid.append(line)
        self._in_table -= 1
        self._add(markdown_table(grid))
        if not self._in_table:
            self._add_attached()

    def _cell_text(self, cell: Element, depth: int) -> str:
        outside, self._out = self._out, []
        self._blocks(cell, depth + 1)
        self._end_paragraph()
        text = " ".join(passage.text for passage in self._out)
        self._out = outside
        return text

    def _add_attached(self) -> None:
        """Put what hangs on the paragraphs since the last time behind them."""
        waiting, self._runs.attached = self._runs.attached, []
        for each in waiting:
            if not isinstance(each, Attached):
                self._out.append(each)
                continue
            story = Story(self.file, each.source, each.kind, each.number, nesting=self.nesting + 1)
            inner = story.read(each.element)
            if each.kind is PartKind.TEXT_BOX:
                self._out += inner
                continue
            own = [passage for passage in inner if passage.kind is each.kind]
            text = "\n".join(passage.text for passage in own)
            if text:
                self._out.append(Passage(f"{each.before}{text}{each.after}", each.kind))
            self._out += [passage for passage in inner if passage.kind is not each.kind]


def _is_end_deleted(properties: Element) -> bool:
    marks = properties.find("w:rPr")
    return marks is not None and any(marks.find(tag) is not None for tag in ("w:del", "w:moveFrom"))


def _wrapped(element: Element, tag: str) -> Iterator[Element]:
    """Yield the children of that tag, those in content controls and the like too, but none of theirs."""
    waiting = list(reversed(element))
    while waiting:
        child = waiting.pop()
        if child.tag == tag:
            yield child
        elif child.tag not in ("w:tc", "w:p", "w:tbl"):
            waiting += reversed(child)


def _inner(table: Element, tag: str) -> Iterator[Element]:
    found = table.iter(tag)
    next(found)
    yield from found


def _number_in(element: Element, path: str, default: int) -> int:
    found = find_inner(element, path)
    return min(max(number_of(found.get("w:val"), default), 0), _WIDEST_SPAN) if found is not None else default
