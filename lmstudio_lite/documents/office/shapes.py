"""The shapes on a slide or on a sheet: text frames, groups, tables, charts, diagrams, pictures, objects.

PresentationML and SpreadsheetML name them alike ("p:sp", "xdr:sp"), so one reader takes both.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_parts import PartUnreadError, Relation
from lmstudio_lite.documents.containers.office_xml import (
    Element,
    children,
    choose_alternatives,
    is_too_deep,
    number_of,
    take_flat,
)
from lmstudio_lite.documents.embedded import Holdings
from lmstudio_lite.documents.office.drawing_text import (
    alternative_text,
    chart_text,
    diagram_text,
    has_bullet,
    is_decorative,
    numbered,
    paragraph_text,
    table_rows,
)
from lmstudio_lite.documents.structure.passages import Passage, markdown_table
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread

_LEAVES = frozenset(("a:t", "m:t"))
_PARAGRAPHS = frozenset(("a:p",))
_SHOWN = frozenset((*_LEAVES, "a:blip", "c:chart", "dgm:relIds", "p:oleObj"))
_TITLES = frozenset(("title", "ctrTitle"))
_BULLETED = frozenset(("body", "obj", ""))
_MARGINS = frozenset(("ftr", "hdr", "dt"))


@dataclass(slots=True)
class Shapes:
    """Reads the shapes of the part ``source``; ``kind``, ``number`` and ``name`` are its own in the file."""

    holdings: Holdings
    source: str
    kind: PartKind
    number: int
    name: str = ""
    how: HowRead = HowRead.TEXT
    is_template: bool = False
    """A layout or master: what stands in its placeholders is advice to writers."""
    title: str = ""
    margins: list[str] = field(default_factory=list)
    _out: list[Passage] = field(default_factory=list)
    _heading: int | None = None

    def read(self, root: Element) -> list[Passage]:
        """Return the texts below ``root`` in order, a title first."""
        choose_alternatives(root, _SHOWN)
        self._shapes(root, 0)
        if not self.is_template:
            for text in take_flat(root, _LEAVES, _PARAGRAPHS):
                self._add(" ".join(text.split()), HowRead.FALLBACK)
        heading = [self._out.pop(self._heading)] if self._heading is not None else []
        return heading + self._out

    def _add(self, text: str, how: HowRead | None = None, *, is_item: bool = False) -> None:
        if text.strip():
            self._out.append(Passage(text, self.kind, self.number, self.name, how or self.how, is_item))

    def _shapes(self, element: Element, depth: int) -> None:
        for child in element:
            match child.tag.rpartition(":")[2]:
                case "sp" | "cxnSp":
                    self._shape(child)
                case "graphicFrame":
                    self._frame(child)
                case "pic":
                    self._picture(child)
                case "txBody" | "nvSpPr" | "spPr":
                    pass
                case _ if not is_too_deep(depth):
                    self._shapes(child, depth + 1)

    def _shape(self, shape: Element) -> None:
        placeholder = _own(shape, "nvPr", "ph")
        role = placeholder.get("type", "") if placeholder is not None else "none"
        if self.is_template and placeholder is not None:
            return
        paragraphs = [each for body in shape if body.tag.endswith(":txBody") for each in body.iter("a:p")]
        if role == "sldNum":
            for each in paragraphs:
                paragraph_text(each)
            return
        if role in _MARGINS:
            self.margins += filter(None, (paragraph_text(each) for each in paragraphs))
            return
        labels = numbered(paragraphs)
        texts = [paragraph_text(each) for each in paragraphs]
        if role in _TITLES:
            title = " ".join(" ".join(texts).split())
            if title and not self.title:
                self.title, self._heading = title, len(self._out)
                self._add(f"{'#' if role == 'ctrTitle' else '##'} {title}")
            else:
                self._add(title)
            return
        is_list = role in _BULLETED and sum(map(bool, texts)) > 1
        for paragraph, label, text in zip(paragraphs, labels, texts, strict=True):
            self._paragraph(paragraph, label, text, is_list)
        alternative = alternative_text(_own(shape, "cNvPr"))
        if alternative and not any(texts):
            self._add(f"[{alternative}]")
        for fill in shape.iter("a:blip"):
            self.holdings.add_picture(self._relation(fill.get("r:embed") or fill.get("r:link")), alternative)

    def _paragraph(self, paragraph: Element, label: str, text: str, is_list: bool) -> None:
        if not text:
            return
        properties = paragraph.find("a:pPr")
        level = min(number_of(properties.get("lvl")), 8) if properties is not None else 0
        if label or has_bullet(paragraph, is_inherited=is_list):
            indent = "  " * max(level, 0)
            rest = text.replace("\n", f"\n{indent}  ")
            self._add(f"{indent}{label or '-'} {rest}", is_item=True)
        else:
            self._add(text)

    def _frame(self, frame: Element) -> None:
        alternative = alternative_text(_own(frame, "cNvPr"))
        if alternative:
            self._add(f"[{alternative}]")
        for table in frame.iter("a:tbl"):
            self._add(markdown_table(table_rows(table)))
        for chart in (each for each in frame.iter() if each.tag in ("c:chart", "cx:chart")):
            self._object(chart.get("r:id"), PartKind.CHART)
        for ids in frame.iter("dgm:relIds"):
            self._object(ids.get("r:dm"), PartKind.DIAGRAM)
        for embedded in frame.iter("p:oleObj"):
            name = embedded.get("name") or embedded.get("progId") or ""
            passage = self.holdings.read_embedded(self._relation(embedded.get("r:id")), name)
            self._out += [passage] if passage is not None else []

    def _object(self, key: str | None, kind: PartKind) -> None:
        relation = self._relation(key)
        try:
            root = self.holdings.parts.xml(relation.target if relation is not None else "")
        except PartUnreadError as error:
            self.holdings.name(kind, "", error.why)
            return
        text = chart_text(root) if kind is PartKind.CHART else diagram_text(root)
        self._out.append(Passage(text, kind, self.holdings.next_number(kind)))

    def _picture(self, picture: Element) -> None:
        properties = _own(picture, "cNvPr")
        alternative = alternative_text(properties)
        if self.is_template:
            return
        if alternative:
            self._add(f"[{alternative}]")
        media = next((each for each in picture.iter() if each.tag in ("a:videoFile", "a:audioFile")), None)
        if media is not None:
            relation = self._relation(media.get("r:link") or media.get("r:embed"))
            name = posixpath.basename(relation.target) if relation is not None else alternative
            is_outside = relation is not None and relation.is_external
            why = WhyUnread.OUTSIDE if is_outside else WhyUnread.UNSUPPORTED
            self.holdings.name(PartKind.EMBEDDED, name, why)
            return
        for blip in picture.iter("a:blip"):
            relation = self._relation(blip.get("r:embed") or blip.get("r:link"))
            self.holdings.add_picture(relation, alternative, is_decorative=is_decorative(properties))

    def _relation(self, key: str | None) -> Relation | None:
        return self.holdings.parts.relations(self.source).get(key or "")


def _own(shape: Element, *path: str) -> Element | None:
    """Return an element of the shape's own non-visual properties, whichever prefix it has."""
    found: Element | None = None
    for holder in shape:
        if holder.tag.rpartition(":")[2].startswith("nv"):
            found = holder
    for name in path:
        if found is None:
            return None
        found = next((each for each in found if each.tag.rpartition(":")[2] == name), None)
    return found


def notes_paragraphs(root: Element) -> tuple[list[str], list[str]]:
    """Return the paragraphs of a speaker's notes, and what is printed above and below them."""
    texts: list[str] = []
    margins: list[str] = []
    for shape in root.iter("p:sp"):
        placeholder = _own(shape, "nvPr", "ph")
        role = placeholder.get("type", "") if placeholder is not None else ""
        if role not in ("sldNum", "sldImg"):
            bodies = children(shape, "p:txBody")
            found = filter(None, (paragraph_text(each) for body in bodies for each in body.iter("a:p")))
            (margins if role in _MARGINS else texts).extend(found)
    return texts, margins
