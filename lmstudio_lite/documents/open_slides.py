"""OpenDocument presentations (ISO 26300), which kreuzberg does not read: each slide's text as Markdown."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree as XML

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_DRAW, _TEXT, _TABLE = (f"{{{_NAMESPACE}{name}:1.0}}" for name in ("drawing", "text", "table"))
_PRESENTATION = f"{{{_NAMESPACE}presentation:1.0}}"
_DEEPEST = 200


def read_open_slides(content: bytes) -> list[str]:
    """Return the slides' texts in order, their notes left out.

    Raises:
        ValueError: it is damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("content.xml") as member:
            root = XML.parse(member).getroot()
    except (zipfile.BadZipFile, XML.ParseError, KeyError, OSError, EOFError, NotImplementedError) as error:
        raise ValueError("damaged presentation") from error
    return ["\n\n".join(_frames(page)) for page in root.iter(f"{_DRAW}page")]


def _frames(page: XML.Element) -> Iterator[str]:
    for element in page:
        if element.tag == f"{_PRESENTATION}notes":
            continue
        is_title = element.get(f"{_PRESENTATION}class") == "title"
        lines = list(_lines(element, 0))
        if lines:
            yield f"# {' '.join(lines)}" if is_title else "\n".join(lines)


def _lines(element: XML.Element, depth: int, mark: str = "") -> Iterator[str]:
    if depth > _DEEPEST:
        return
    for child in element:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            text = " ".join("".join(_words(child)).split())
            if text:
                yield f"{mark}{text}"
        elif child.tag == f"{_TEXT}list-item":
            yield from _lines(child, depth + 1, "- ")
        elif child.tag == f"{_TABLE}table":
            yield from _rows(child)
        elif child.tag != f"{_PRESENTATION}notes":
            yield from _lines(child, depth + 1, mark)


def _rows(table: XML.Element) -> Iterator[str]:
    rows = [
        [" ".join("".join(_words(cell)).split()) for cell in row.iter(f"{_TABLE}table-cell")]
        for row in table.iter(f"{_TABLE}table-row")
    ]
    for number, row in enumerate(row for row in rows if row):
        yield f"| {' | '.join(row)} |"
        if number == 0:
            yield "|" + " --- |" * len(row)


def _words(element: XML.Element) -> Iterator[str]:
    """Yield an element's text; tabs, line breaks and runs of spaces are elements of their own."""
    yield element.text or ""
    for child in element:
        if child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break", f"{_TEXT}s", f"{_TEXT}p"):
            yield " "
        yield from _words(child)
        yield child.tail or ""
