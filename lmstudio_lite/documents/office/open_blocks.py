"""OpenDocument's paragraphs, headings, lists, tables and frames as passages of Markdown.

One reader for texts, sheets and slides: what stands in a cell or a frame is the same as in a text. Elements
that are not known are read as what is in them. Deleted text is kept elsewhere in the file
(``text:tracked-changes``) and not read; what was inserted stands in its place.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_xml import Element, children, is_too_deep, number_of
from lmstudio_lite.documents.office.open_file import ListLevel, OpenFile, label_of
from lmstudio_lite.documents.office.open_objects import read_object
from lmstudio_lite.documents.structure.passages import Passage, cleaned, markdown_table, raised
from lmstudio_lite.domain.inventory import PartKind

_SPACE = re.compile(r"[ \t\r\n]+")
_MOST_SPACES = 200
_MOST_REPEATED = 200
_MOST_NESTED = 20
_SKIPPED = frozenset(
    (
        "text:tracked-changes", "text:sequence-decls", "text:variable-decls", "text:user-field-decls",
        "office:forms", "text:note-citation", "office:event-listeners", "text:script", "svg:title",
        "svg:desc", "presentation:notes", "text:index-title-template", "text:alphabetical-index-source",
        "text:table-of-content-source", "text:illustration-index-source", "text:table-index-source",
        "text:object-index-source", "text:user-index-source", "text:bibliography-source", "dc:creator",
        "dc:date", "meta:date-string", "presentation:footer-decl", "presentation:header-decl",
        "presentation:date-time-decl", "office:binary-data", "text:number", "table:calculation-settings",
        "table:content-validations", "table:database-ranges", "table:named-expressions", "table:label-ranges",
        "table:consolidation", "table:dde-links", "table:table-source", "office:dde-source",
    )
)  # fmt: skip
_GRAPHICS = frozenset(
    f"draw:{name}"
    for name in (
        "frame", "g", "a", "custom-shape", "rect", "ellipse", "circle", "line", "polyline", "polygon",
        "regular-polygon", "path", "connector", "caption", "measure", "control", "page-thumbnail",
    )
)  # fmt: skip


@dataclass(slots=True)
class OpenBlocks:
    """Reads blocks of one part of a file; ``kind``, ``number`` and ``name`` are the part's."""

    file: OpenFile
    kind: PartKind = PartKind.BODY
    number: int = 0
    name: str = ""
    has_boxes: bool = True
    """Whether a frame with text is a part of its own (in a text), not the way all text stands (on slides)."""
    nesting: int = 0
    """How many frames and notes this one stands in."""
    attached: list[Passage] = field(default_factory=list)
    """What hangs on paragraphs (notes, comments, frames) and was not put behind them yet."""
    _out: list[Passage] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _in_cell: int = 0
    _counts: dict[str, list[int]] = field(default_factory=dict)
    _outline: list[int] = field(default_factory=list)
    _num_notes: dict[str, int] = field(default_factory=dict)

    def read(self, root: Element) -> list[Passage]:
        """Return what is in ``root``, with what hangs on it behind each paragraph."""
        if self.nesting <= _MOST_NESTED:
            self._blocks(root, 0)
        else:
            self.add(_SPACE.sub(" ", " ".join(root.itertext())).strip())
        self._add_attached()
        out, self._out = self._out, []
        return out

    def add(self, text: str, *, is_item: bool = False) -> None:
        """Add a passage of this part, unless it is empty."""
        if text.strip():
            self._out.append(Passage(text, self.kind, self.number, self.name, is_item=is_item))

    def paragraph_text(self, paragraph: Element) -> str:
        """Return a paragraph's text with a line end for each line break."""
        outside, self._text = self._text, []
        is_hidden = self.file.is_hidden("paragraph", paragraph.get("text:style-name"))
        self._inline(paragraph, is_hidden, False, 0)
        text, self._text = cleaned("".join(self._text)), outside
        return text

    def _blocks(self, element: Element, depth: int) -> None:
        for child in element:
            tag = child.tag
            if tag in _SKIPPED:
                continue
            if tag in ("text:p", "text:h"):
                self._paragraph(child)
            elif tag == "text:list":
                self._list(child, [], depth)
            elif tag == "table:table":
                self._table(child, depth)
            elif tag in _GRAPHICS:
                self._graphic(child, depth)
            elif tag == "office:annotation":
                self._annotation(child)
            elif tag == "text:section" and self._is_hidden_section(child):
                self.file.num_hidden += sum(len(text.strip()) for text in child.itertext())
            elif not is_too_deep(depth):
                self._blocks(child, depth + 1)
            else:
                self.add(_SPACE.sub(" ", " ".join(child.itertext())).strip())

    def _paragraph(self, paragraph: Element) -> None:
        text = self.paragraph_text(paragraph)
        style = paragraph.get("text:style-name")
        level = self.file.outline(style)
        if paragraph.tag == "text:h":
            level = number_of(paragraph.get("text:outline-level"), level or 1)
            label = self._outline_label(paragraph, level) if text else ""
            text = f"{label} {text}" if label else text
        if text and level > 0 and not self._in_cell:
            text = f"{'#' * min(level, 6)} {' '.join(text.split())}"
        self.add(text)
        if not self._in_cell:
            self._add_attached()

    def _outline_label(self, heading: Element, level: int) -> str:
        levels = [self.file.outline_level(each) for each in range(1, min(level, 10) + 1)]
        if heading.get("text:is-list-header") == "true" or levels[-1] is None:
            return ""
        counts = self._outline[:level]
        counts += [0] * (level - len(counts))
        counts[-1] += 1
        self._outline = counts
        return label_of(levels, [count or 1 for count in counts[: len(levels)]])

    def _list(
        self, element: Element, above: list[tuple[ListLevel | None, int]], depth: int, name: str = ""
    ) -> None:
        """Read a list; ``above`` are the levels it stands in, with the number of the item it belongs to."""
        name = element.get("text:style-name", name)
        level = self.file.list_level(name, len(above) + 1)
        goes_on = element.get("text:continue-numbering") == "true" or element.get("text:continue-list")
        start = level.start - 1 if level is not None else 0
        kept = self._counts.get(name, [])
        count = kept[len(above)] if goes_on and len(kept) > len(above) else start
        for item in element:
            is_header = item.tag == "text:list-header"
            if item.tag != "text:list-item" and not is_header:
                continue
            if not is_header:
                count = number_of(item.get("text:start-value"), count + 1)
            levels = [*above, (level, count)]
            label = "" if is_header else label_of([each for each, _ in levels], [n for _, n in levels])
            mark = "" if is_header else label or "-"
            for child in item:
                if child.tag == "text:list" and not is_too_deep(depth):
                    self._list(child, levels, depth + 1, name)
                elif child.tag in ("text:p", "text:h"):
                    mark = self._item(child, mark, len(above))
                elif child.tag not in _SKIPPED:
                    holder = Element("text:list-item")
                    holder.append(child)
                    self._blocks(holder, depth + 1)
        self._counts[name] = [*kept[: len(above)], *[0] * (len(above) - len(kept)), count]

    def _item(self, paragraph: Element, mark: str, level: int) -> str:
        """Add an item's paragraph; return the mark of the next one: only the first has any."""
        text = self.paragraph_text(paragraph)
        if not text:
            return mark
        heading = number_of(paragraph.get("text:outline-level")) if paragraph.tag == "text:h" else 0
        if heading:
            label = f"{mark} " if mark not in ("", "-") else ""
            self.add(f"{'#' * min(heading, 6)} {label}{' '.join(text.split())}")
        else:
            indent = "  " * min(level, 8)
            rest = text.replace("\n", f"\n{indent}  ")
            self.add(f"{indent}{mark or ' '} {rest}", is_item=True)
        if not self._in_cell:
            self._add_attached()
        return ""

    def _table(self, table: Element, depth: int) -> None:
        rows = table_rows(table)
        has_table = sum(1 for _ in table.iter("table:table")) > 1
        widest = max((len(row) for row, _ in rows), default=0)
        if widest < 2 or has_table:
            for cell in (cell for row, _ in rows for cell in row):
                if not is_too_deep(depth):
                    self._blocks(cell, depth + 1)
            return
        self._in_cell += 1
        grid = []
        for row, _ in rows:
            line: list[str] = []
            for cell in row:
                text = self.cell_text(cell, depth)
                repeated = number_of(cell.get("table:number-columns-repeated"), 1)
                line += [text] * max(1, min(repeated, _MOST_REPEATED if text else 1_000))
            grid.append(line)
        self._in_cell -= 1
        self.add(markdown_table(grid))
        if not self._in_cell:
            self._add_attached()

    def cell_text(self, cell: Element, depth: int = 0) -> str:
        """Return a cell's blocks on one line; what hangs on them waits in ``attached``."""
        outside, self._out = self._out, []
        self._in_cell += 1
        self._blocks(cell, depth + 1)
        self._in_cell -= 1
        text = " ".join(passage.text for passage in self._out)
        self._out = outside
        return text

    def _inline(self, element: Element, is_hidden: bool, is_raised: bool, depth: int) -> None:
        self._emit(element.text, is_hidden, is_raised)
        for child in element:
            tag = child.tag
            if tag == "text:s":
                self._emit_mark(" " * min(number_of(child.get("text:c"), 1), _MOST_SPACES), is_hidden)
            elif tag == "text:tab":
                self._emit_mark(" ", is_hidden)
            elif tag == "text:line-break":
                self._emit_mark("\n", is_hidden)
            elif tag == "text:note":
                self._note(child, is_hidden)
            elif tag == "office:annotation":
                self._annotation(child)
            elif tag in _GRAPHICS:
                self._graphic(child, depth)
            elif tag in ("text:hidden-text", "text:hidden-paragraph"):
                self._inline(child, is_hidden or child.get("text:is-hidden") == "true", is_raised, depth + 1)
            elif tag == "text:ruby":
                self._ruby(child, is_hidden, depth)
            elif tag == "text:span":
                style = child.get("text:style-name")
                hides = is_hidden or self.file.is_hidden("text", style)
                self._inline(child, hides, is_raised or self.file.is_raised(style), depth + 1)
            elif tag not in _SKIPPED and is_too_deep(depth):
                self._emit("".join(child.itertext()), is_hidden, is_raised)
            elif tag not in _SKIPPED:
                self._inline(child, is_hidden, is_raised, depth + 1)
            self._emit(child.tail, is_hidden, is_raised)

    def _emit(self, text: str | None, is_hidden: bool, is_raised: bool) -> None:
        if not text:
            return
        text = _SPACE.sub(" ", text)
        self._emit_mark(raised(text) if is_raised else text, is_hidden)

    def _emit_mark(self, text: str, is_hidden: bool) -> None:
        if is_hidden:
            self.file.num_hidden += len(text.strip())
        else:
            self._text.append(text)

    def _ruby(self, ruby: Element, is_hidden: bool, depth: int) -> None:
        for name, before, after in (("text:ruby-base", "", ""), ("text:ruby-text", "(", ")")):
            for found in children(ruby, name):
                self._emit_mark(before, is_hidden)
                self._inline(found, is_hidden, False, depth + 1)
                self._emit_mark(after, is_hidden)

    def _note(self, note: Element, is_hidden: bool) -> None:
        body = note.find("text:note-body")
        if body is None:
            return
        if is_hidden:
            self.file.num_hidden += sum(len(text.strip()) for text in body.itertext())
            return
        is_endnote = note.get("text:note-class") == "endnote"
        kind = PartKind.ENDNOTES if is_endnote else PartKind.FOOTNOTES
        citation = note.find("text:note-citation")
        label = "".join("".join(citation.itertext()).split()) if citation is not None else ""
        if not label:
            self._num_notes[kind] = self._num_notes.get(kind, 0) + 1
            label = str(self._num_notes[kind])
        self._emit_mark(f"[^{label}]", False)
        self._attach(body, kind, f"[^{label}]: ", "")

    def _annotation(self, annotation: Element) -> None:
        creator = annotation.find("dc:creator")
        author = " ".join((creator.text or "").split()) if creator is not None else ""
        self._attach(
            annotation, PartKind.COMMENTS, f"[Comment by {author}: " if author else "[Comment: ", "]"
        )

    def _attach(self, element: Element, kind: PartKind, before: str, after: str) -> None:
        own_number = self.number if kind is PartKind.COMMENTS else 0
        inner = OpenBlocks(self.file, kind, own_number, self.name, nesting=self.nesting + 1)
        found = inner.read(element)
        text = "\n".join(each.text for each in found if each.kind is kind)
        if text:
            number = self.number if kind is PartKind.COMMENTS else 0
            self.attached.append(Passage(f"{before}{text}{after}", kind, number))
        self.attached += (each for each in found if each.kind is not kind)

    def _graphic(self, graphic: Element, depth: int) -> None:
        """Read a frame or shape: words in it, what it says that is to be seen, and what it is named for."""
        alternative = _alternative(graphic)
        boxes: list[Passage] = []
        if alternative:
            boxes.append(Passage(f"[{alternative}]", self.kind, self.number, self.name))
        has_object = any(each.tag.startswith("draw:object") for each in graphic)
        is_first_image = True
        for child in graphic:
            if child.tag in ("draw:object", "draw:object-ole"):
                boxes += read_object(self.file, child, self.kind, self.number, self.name)
            elif child.tag == "draw:image":
                # Further pictures are for programs that can't show the first; an object has one of its look.
                if is_first_image and not has_object:
                    self._picture(child, alternative)
                is_first_image = False
        is_box = self.has_boxes and any(each.tag == "draw:text-box" for each in graphic)
        number = self.file.holdings.next_number(PartKind.TEXT_BOX) if is_box else self.number
        kind = PartKind.TEXT_BOX if is_box else self.kind
        name = "" if is_box else self.name
        inner = OpenBlocks(self.file, kind, number, name, self.has_boxes, self.nesting + 1)
        holder = Element("draw:frame")
        if not is_too_deep(depth):
            holder.extend(
                each for each in graphic if each.tag not in ("draw:image", "draw:object", "draw:object-ole")
            )
            inner._in_cell = 0
            boxes += inner.read(holder)
        self.attached += boxes

    def _picture(self, image: Element, alternative: str) -> None:
        from lmstudio_lite.documents.containers.office_parts import Relation

        target = image.get("xlink:href", "")
        is_outside = "://" in target or target.startswith(("/", "../"))
        is_inline = image.find("office:binary-data") is not None
        relation = Relation("", "image", self.file.folder + target.removeprefix("./"), is_outside)
        name = alternative or posixpath.basename(target)
        if is_inline:
            relation = Relation("", "image", name, is_external=False)
        self.file.holdings.add_picture(relation, alternative)

    def _is_hidden_section(self, section: Element) -> bool:
        return section.get("text:display") == "none"

    def _add_attached(self) -> None:
        self._out += self.attached
        self.attached = []


def table_rows(table: Element) -> list[tuple[list[Element], Element]]:
    """Return the rows of a table with their cells; rows in groups and heads stand among the others."""
    rows = []
    waiting = list(reversed(table))
    while waiting:
        element = waiting.pop()
        if element.tag == "table:table-row":
            cells = [each for each in element if each.tag in ("table:table-cell", "table:covered-table-cell")]
            rows.append((cells, element))
        elif element.tag not in ("table:table", "table:shapes", "office:forms"):
            waiting += reversed(element)
    return rows


def _alternative(graphic: Element) -> str:
    for name in ("svg:desc", "svg:title"):
        found = graphic.find(name)
        if found is not None and (text := " ".join((found.text or "").split())):
            return text
    return ""
