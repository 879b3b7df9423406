"""Texts of charts, diagrams, and shapes, in whichever kind of file they are.

A chart keeps the names of its series and categories twice: in the cells of a workbook, and as what it last
read there. The latter is what is shown, and what is translated; an embedded workbook follows (``embedded``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.office.drawing_text import is_file_name
from lmstudio_lite.documents.rewriting.office.drawing_paragraphs import (
    LEAVES as PARAGRAPH_LEAVES,
)
from lmstudio_lite.documents.rewriting.office.drawing_paragraphs import DrawingDialect, read_drawing_paragraph
from lmstudio_lite.documents.rewriting.office.embedded import is_workbook
from lmstudio_lite.documents.rewriting.office.open_xml import Relations
from lmstudio_lite.documents.rewriting.office.sites import LeafSite, ParagraphSite, ValueSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.documents.rewriting.office.twins import BRANCHES, join_alternatives
from lmstudio_lite.documents.rewriting.xml_source import XmlNode
from lmstudio_lite.domain.units import UnitKind

DRAWING_LEAVES = PARAGRAPH_LEAVES | {"c:v", "cx:pt", "cx:v", "p:text"}
_CACHES = frozenset(("c:strCache", "c:strLit", "c:lvl"))
_EMBEDDED = ("package", "oleObject")
_HEADINGS = frozenset(("title", "ctrTitle"))
_HOLDERS = BRANCHES | {"a:tc", "p:sp"}
_NOT_SHOWN = frozenset(("sldImg", "sldNum", "dt"))


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of the elements up to the one with the index ``behind``; without ``kind`` they stay."""

    behind: int
    kind: UnitKind | None
    alternatives: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class DrawingReader:
    """Adds the paragraphs and alternative texts of parts with shapes."""

    survey: Survey
    dialect: DrawingDialect = field(default_factory=DrawingDialect)

    def add(self, name: str, kind: UnitKind, *, part: str = "", only_shown: bool = False) -> list[Entry]:
        """Add the texts of the part ``name``; with ``only_shown`` none that are there to be typed over."""
        source = self.survey.source(name, DRAWING_LEAVES)
        if source is None:
            return []
        added: list[Entry] = []
        branches: list[tuple[Entry, tuple[tuple[int, int], ...]]] = []
        contexts = [_Context(source.root.behind, kind)]
        for node in source.root.iter():
            while contexts and contexts[-1].behind <= node.index:
                contexts.pop()
            context = contexts[-1] if contexts else _Context(0, kind)
            if node.tag in _HOLDERS:
                contexts.append(_within(node, context, only_shown=only_shown))
            elif context.kind is not None:
                for entry in self._entries(node, context.kind, name, part):
                    added.append(entry)
                    if context.alternatives:
                        branches.append((entry, context.alternatives))
        join_alternatives(self.survey, branches)
        return added

    def _entries(self, node: XmlNode, kind: UnitKind, name: str, part: str) -> list[Entry]:
        found: list[Entry | None] = []
        if node.tag == "a:p":
            inline, content = read_drawing_paragraph(node)
            if inline.has_words:
                site = ParagraphSite(node, inline, content, self.dialect)
                found.append(self.survey.add(site, kind, name, part=part))
        elif node.tag.endswith(":cNvPr"):
            for value in ("title", "descr"):
                if node.has(value) and not is_file_name(node.get(value)):
                    alternative = ValueSite(node, value)
                    found.append(self.survey.add(alternative, UnitKind.ALT_TEXT, name, part=part))
        elif _is_label(node):
            found.append(self.survey.add(LeafSite(node), kind, name, part=part))
        elif node.tag == "p:text":
            found.append(self.survey.add(LeafSite(node), UnitKind.COMMENT, name, part=part))
        elif node.tag == "m:oMath":
            self.survey.kept["formula"] += 1
        return [entry for entry in found if entry is not None]


def _is_label(node: XmlNode) -> bool:
    """Whether a chart shows the node's text: a name, and no number."""
    point = node.parent
    level = point.parent if point is not None else None
    match node.tag:
        case "c:v":
            return level is not None and level.tag in _CACHES
        case "cx:pt":
            return level is not None and level.tag == "cx:strDim"
        case "cx:v":
            return True
    return False


def _within(node: XmlNode, context: _Context, *, only_shown: bool) -> _Context:
    inner = replace(context, behind=node.behind)
    if node.tag in BRANCHES:
        holder = node.parent
        key = holder.index if holder is not None else 0
        return replace(inner, alternatives=(*context.alternatives, (key, node.index)))
    if context.kind is None:
        return inner
    if node.tag == "a:tc":
        return replace(inner, kind=UnitKind.CELL)
    place = node.find("p:nvSpPr/p:nvPr/p:ph")
    kind = place.get("type", "obj") if place is not None else ""
    if kind in _NOT_SHOWN or (only_shown and kind not in ("", "ftr", "hdr")):
        return replace(inner, kind=None)
    if kind in _HEADINGS and context.kind is UnitKind.SHAPE:
        return replace(inner, kind=UnitKind.HEADING)
    if kind in ("ftr", "hdr"):
        return replace(inner, kind=UnitKind.FOOTER if kind == "ftr" else UnitKind.HEADER)
    return inner


def add_drawing_parts(survey: Survey, relations: Relations, source: str, *, part: str = "") -> None:
    """Add the charts and diagrams that the part ``source`` shows."""
    reader = DrawingReader(survey)
    for chart in relations.targets(source, "chart", "chartEx"):
        reader.add(chart, UnitKind.CHART, part=part)
        for shapes in relations.targets(chart, "chartUserShapes"):
            reader.add(shapes, UnitKind.CHART, part=part)
        files = relations.targets(chart, *_EMBEDDED)
        survey.workbooks += [(chart, each) for each in files if is_workbook(each)]
        survey.kept["embedded"] += sum(not is_workbook(each) for each in files)
    survey.kept["embedded"] += len(relations.targets(source, *_EMBEDDED))
    drawings = relations.targets(source, "diagramDrawing")
    for number, data in enumerate(relations.targets(source, "diagramData")):
        entries = reader.add(data, UnitKind.SHAPE, part=part)
        if number < len(drawings):
            _join_drawing(survey, reader, drawings[number], entries)


def _join_drawing(survey: Survey, reader: DrawingReader, drawing: str, entries: list[Entry]) -> None:
    """Make one unit of each text of a diagram and the shape that shows it."""
    waiting = list(entries)
    joined: set[int] = set()
    for shape in reader.add(drawing, UnitKind.SHAPE):
        twin = next((entry for entry in waiting if entry.form == shape.form), None)
        if twin is not None:
            waiting.remove(twin)
            twin.sites += shape.sites
            joined.add(id(shape))
    survey.entries[:] = [entry for entry in survey.entries if id(entry) not in joined]
