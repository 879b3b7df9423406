"""DrawingML's texts (ISO 29500-1 §20-21), in Word, Excel and PowerPoint alike.

Paragraphs, tables, charts and diagrams ("SmartArt").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from lmstudio_lite.documents.containers.office_xml import (
    Element,
    children,
    is_on,
    is_too_deep,
    number_of,
    take_text,
)
from lmstudio_lite.documents.office.equations import equation_text
from lmstudio_lite.documents.structure.passages import cleaned, markdown_table

_MOST_POINTS = 10_000
"""Values of a chart's series that are read; a chart of more is a picture of a table that stands elsewhere."""
_FILE_NAME = re.compile(
    r"\w+://\S+|[A-Za-z]:\\.*|[^/:]{1,200}\.(?:png|jpe?g|gif|bmp|tiff?|[ew]mf|svg)", re.IGNORECASE
)
"""What Word puts into a picture's description by itself: where the picture came from."""


def paragraph_text(paragraph: Element) -> str:
    """Return the text of an ``a:p`` with line breaks, and take it from the tree."""
    return cleaned("".join(_runs(paragraph, 0)))


def _runs(element: Element, depth: int) -> Iterator[str]:
    for child in element:
        match child.tag:
            case "a:t":
                yield take_text(child)
            case "a:br":
                yield "\n"
            case "a:tab":
                yield " "
            case "m:oMath":
                yield equation_text(child)
            case "a:pPr" | "a:rPr" | "a:endParaRPr":
                pass
            case _ if not is_too_deep(depth):
                yield from _runs(child, depth + 1)


def body_text(element: Element | None) -> str:
    """Return the paragraphs below ``element``, a line each."""
    if element is None:
        return ""
    return "\n".join(filter(None, (paragraph_text(each) for each in element.iter("a:p"))))


def table_rows(table: Element) -> list[list[str]]:
    """Return the cells of an ``a:tbl``; those that are part of a merged one before them are empty."""
    return [[body_text(cell) for cell in children(row, "a:tc")] for row in children(table, "a:tr")]


def chart_text(root: Element) -> str:
    """Return a chart's title, its axes' titles and its values as a table, a column for each series."""
    for name in ("c:userShapes", "c:externalData"):
        for parent in root.iter():
            for child in parent.findall(name):
                parent.remove(child)
    chart = root.find("c:chart")
    if chart is None:
        return _new_chart_text(root)
    lines = [_title_text(chart.find("c:title"))]
    plot = chart.find("c:plotArea")
    for axis in () if plot is None else plot:
        lines.append(_title_text(axis.find("c:title")))
    series = list(chart.iter("c:ser"))
    categories: list[str] = []
    for each in series:
        found = _points(each, ("c:cat", "c:xVal"))
        categories = found if len(found) > len(categories) else categories
    names = [" ".join(_points(each, ("c:tx",))) for each in series]
    values = [_points(each, ("c:val", "c:yVal")) for each in series]
    sizes = [_points(each, ("c:bubbleSize",)) for each in series]
    columns = [column for column in (*values, *sizes) if column]
    names = [name for name, column in zip(names, values, strict=True) if column]
    names += ["" for column in sizes if column]
    lines += (body_text(each) for each in root.iter("c:dLbl"))
    rows = list(zip_longest(categories, *columns, fillvalue=""))
    if rows or any(names):
        lines.append(markdown_table([["", *names], *rows]))
    return "\n\n".join(filter(None, lines))


def _title_text(title: Element | None) -> str:
    if title is None:
        return ""
    return " ".join((body_text(title) or " ".join(_cached(title))).split())


def _points(series: Element, names: Iterable[str]) -> list[str]:
    for name in names:
        found = series.find(name)
        if found is not None:
            return list(_cached(found))
    return []


def _cached(element: Element) -> Iterator[str]:
    """Yield the values that a chart keeps of the cells it shows; multi-level categories are joined."""
    levels = list(element.iter("c:lvl"))
    caches = levels or [
        each for each in element.iter() if each.tag in ("c:strCache", "c:numCache", "c:strLit", "c:numLit")
    ]
    if not caches:
        direct = element.find("c:v")
        if direct is not None:
            yield take_text(direct)
        return
    columns: list[dict[int, str]] = []
    for cache in reversed(caches):
        code = cache.find("c:formatCode")
        is_percent = code is not None and (code.text or "").strip().endswith("%")
        column = {}
        for point in list(children(cache, "c:pt"))[:_MOST_POINTS]:
            value = point.find("c:v")
            text = take_text(value) if value is not None else ""
            column[number_of(point.get("idx"))] = _plain_number(text, is_percent)
        columns.append(column)
    last = max((index for column in columns for index in column), default=-1)
    current = [""] * len(columns)
    for index in range(min(last + 1, _MOST_POINTS)):
        for place, column in enumerate(columns):
            is_innermost = place == len(columns) - 1
            current[place] = column.get(index, "" if is_innermost else current[place])
        yield " ".join(filter(None, current))


def _plain_number(text: str, is_percent: bool) -> str:
    """Return a number without the noise of binary fractions ("4.2999999999999998")."""
    try:
        number = float(text) * (100 if is_percent else 1)
    except ValueError:
        return text
    return f"{number:.12g}{'%' if is_percent else ''}" if abs(number) < 1e12 else text


def _new_chart_text(root: Element) -> str:
    """Return the texts of a chart of the kinds that came with Office 2016 (waterfall, treemap, funnel …)."""
    lines = [body_text(root)]
    lines += (take_text(each) for each in root.iter("cx:v"))
    rows = [
        [take_text(point) for point in level.iter("cx:pt")][:_MOST_POINTS] for level in root.iter("cx:lvl")
    ]
    if rows:
        lines.append(markdown_table([["" for _ in rows], *zip_longest(*rows, fillvalue="")]))
    return "\n\n".join(filter(None, (line.strip() for line in lines)))


def diagram_items(root: Element) -> list[tuple[int, str]]:
    """Return a diagram's texts with their depth, as its tree orders them; what hangs nowhere comes last."""
    texts = {each.get("modelId", ""): body_text(each) for each in root.iter("dgm:pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for link in root.iter("dgm:cxn"):
        if link.get("type", "parOf") == "parOf":
            order = number_of(link.get("srcOrd"))
            below.setdefault(link.get("srcId", ""), []).append((order, link.get("destId", "")))
    roots = [each.get("modelId", "") for each in root.iter("dgm:pt") if each.get("type") == "doc"]
    items: list[tuple[int, str]] = []
    waiting = [(key, -1) for key in reversed(roots)]
    while waiting:
        key, level = waiting.pop()
        if text := texts.pop(key, ""):
            items.append((max(level, 0), text))
        waiting += [(inner, level + 1) for _, inner in sorted(below.pop(key, []), reverse=True)]
    return items + [(0, text) for text in texts.values() if text]


def diagram_text(root: Element) -> str:
    """Return a diagram as a Markdown list."""
    return "\n".join(f"{'  ' * level}- {' '.join(text.split())}" for level, text in diagram_items(root))


def has_bullet(paragraph: Element, *, is_inherited: bool) -> bool:
    """Tell whether an ``a:p`` is shown as a list's item; ``is_inherited`` where its frame gives bullets."""
    properties = paragraph.find("a:pPr")
    if properties is None:
        return is_inherited
    if properties.find("a:buNone") is not None:
        return False
    has_own = any(properties.find(name) is not None for name in ("a:buChar", "a:buAutoNum", "a:buBlip"))
    return has_own or is_inherited


def alternative_text(properties: Element | None) -> str:
    """Return what a picture's or a shape's ``docPr`` or ``cNvPr`` says that is to be seen in it."""
    if properties is None:
        return ""
    text = " ".join((properties.get("descr") or properties.get("title") or "").split())
    return "" if is_file_name(text) else text


def is_file_name(text: str) -> bool:
    """Tell whether an alternative text is but the name of the picture's file, which programs put there."""
    return _FILE_NAME.fullmatch(text.strip()) is not None


def is_decorative(properties: Element | None) -> bool:
    """Tell whether a picture is marked as mere decoration."""
    if properties is None:
        return False
    return any(is_on(each, "val") for each in properties.iter("adec:decorative"))


def numbered(paragraphs: Sequence[Element]) -> list[str]:
    """Return the number of each paragraph that PowerPoint counts ("3."), "" for the others."""
    counts: dict[int, int] = {}
    labels = []
    for paragraph in paragraphs:
        properties = paragraph.find("a:pPr")
        level = number_of(properties.get("lvl")) if properties is not None else 0
        automatic = properties.find("a:buAutoNum") if properties is not None else None
        counts = {each: count for each, count in counts.items() if each <= level}
        if automatic is None:
            counts.pop(level, None)
            labels.append("")
            continue
        counts[level] = counts.get(level, number_of(automatic.get("startAt"), 1) - 1) + 1
        labels.append(f"{counts[level]}.")
    return labels
