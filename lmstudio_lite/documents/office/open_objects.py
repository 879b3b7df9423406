"""Objects in OpenDocument files: equations, charts, and whole documents in a folder of the package."""

from __future__ import annotations

import posixpath

from lmstudio_lite.documents.containers.office_parts import PartUnreadError, Relation
from lmstudio_lite.documents.containers.office_xml import Element, find_inner
from lmstudio_lite.documents.office.equations import equation_text
from lmstudio_lite.documents.office.open_file import OpenFile
from lmstudio_lite.documents.structure.passages import Passage, markdown_table
from lmstudio_lite.domain.inventory import PartKind, WhyUnread

_MOST_ROWS = 10_000


def read_object(file: OpenFile, element: Element, kind: PartKind, number: int, name: str) -> list[Passage]:
    """Return the text of a ``draw:object``, or name it; ``kind`` is that of the part it stands in."""
    equation = next(element.iter("math:math"), None)
    if equation is not None:
        return [Passage(equation_text(equation), kind, number, name)]
    target = element.get("xlink:href", "").removeprefix("./")
    own_name = posixpath.basename(target)
    if "://" in target or target.startswith("../"):
        file.holdings.name(PartKind.EMBEDDED, target, WhyUnread.OUTSIDE)
        return []
    member = file.folder + target
    content = file.parts.find(f"{member}/content.xml")
    if content is None:
        passage = file.holdings.read_embedded(Relation("", "object", member), own_name)
        return [passage] if passage is not None else []
    try:
        root = file.parts.xml(content)
    except PartUnreadError as error:
        file.holdings.name(PartKind.EMBEDDED, own_name, error.why)
        return []
    if root.tag == "math:math":
        return [Passage(equation_text(root), kind, number, name)]
    chart = find_inner(root, "office:body/office:chart/chart:chart")
    if chart is not None:
        return [Passage(_chart_text(chart), PartKind.CHART, file.holdings.next_number(PartKind.CHART))]
    return [
        Passage(_flat_text(root), PartKind.EMBEDDED, file.holdings.next_number(PartKind.EMBEDDED), own_name)
    ]


def _chart_text(chart: Element) -> str:
    """Return a chart's titles and the table that it keeps of its values."""
    lines = []
    for element in chart.iter():
        if element.tag in ("chart:title", "chart:subtitle", "chart:footer"):
            lines.append(" ".join("".join(element.itertext()).split()))
    rows = [
        [" ".join("".join(cell.itertext()).split()) for cell in row.iter("table:table-cell")]
        for row in chart.iter("table:table-row")
    ]
    lines.append(markdown_table(rows[:_MOST_ROWS]))
    return "\n\n".join(filter(None, lines))


def _flat_text(root: Element) -> str:
    """Return the paragraphs of a document within another, and its tables row by row."""
    body = root.find("office:body")
    lines = []
    in_rows: set[Element] = set()
    for element in () if body is None else body.iter():
        if element.tag == "table:table-row":
            cells = (" ".join("".join(cell.itertext()).split()) for cell in element)
            in_rows.update(element.iter())
            lines.append(" | ".join(filter(None, cells)))
        elif element.tag in ("text:p", "text:h") and element not in in_rows:
            lines.append(" ".join("".join(element.itertext()).split()))
    return "\n\n".join(filter(None, lines))
