"""The cells of an Excel sheet as far as a translation needs them: which show which shared text, in order.

A sheet may have millions of cells and few texts. Its rows are therefore searched, not read into a tree,
unless texts stand in the cells themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from lmstudio_lite.documents.rewriting.xml_source import Stretch, XmlSource

_ROWS = re.compile(rb"<((?:\w+:)?)sheetData\s*>")
_SHARED = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\bt\s*=\s*[\"']s[\"'])([^>]*)>\s*<(?:\w+:)?v(?:\s[^>]*)?>\s*(\d+)\s*<"
)
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3}\d{1,7})[\"']")
_INLINE = re.compile(rb"\bt\s*=\s*[\"']inlineStr[\"']")
_FORMULA = re.compile(
    rb"<((?:\w+:)?(?:f|formula[12]?|calculatedColumnFormula|totalsRowFormula|definedName))"
    rb"(?:\s[^>]*[^>/]|\s)?>([^<]*)</\1\s*>"
)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_TEXT_OF_FORMULA = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
_FORMULA_START = re.compile(rb"<(?:\w+:)?f[\s>/]")


@dataclass(frozen=True, slots=True)
class SharedCell:
    """A cell that shows the shared text ``number``; ``place`` is where it stands in the part."""

    number: int
    reference: str
    place: int


@dataclass(frozen=True, slots=True)
class Formula:
    """The text of a formula, and where it stands."""

    text: str
    stretch: Stretch


def rows_without_texts(data: bytes) -> Stretch | None:
    """Return where the rows stand, None where there are none or where cells hold texts themselves."""
    opened = _ROWS.search(data)
    if opened is None:
        return None
    end = data.rfind(b"</%bsheetData" % opened[1])
    if end < opened.end() or _INLINE.search(data, opened.end(), end):
        return None
    return opened.end(), end


def shared_cells(source: XmlSource) -> Iterator[SharedCell]:
    """Yield the cells with shared texts in the order of the sheet."""
    for found in _SHARED.finditer(source.data):
        reference = _REFERENCE.search(found[1])
        name = reference[1].decode().upper() if reference else ""
        yield SharedCell(int(found[2]), name, found.start())


def formulas(source: XmlSource) -> Iterator[Formula]:
    """Yield all formulas of a part: of cells, conditions, checks, names, tables and charts."""
    for found in _FORMULA.finditer(source.data):
        yield Formula(unescape(found[2].decode("utf-8", "replace")), found.span(2))


def num_formulas(source: XmlSource) -> int:
    return len(_FORMULA_START.findall(source.data))


def has_text_of_formulas(source: XmlSource) -> bool:
    """Whether a formula's last result is a text, which its cell shows until it is calculated again."""
    return _TEXT_OF_FORMULA.search(source.data) is not None


def texts_in_formulas(sources: Iterable[XmlSource]) -> frozenset[str]:
    """Return, casefolded, the texts that formulas compare cells with, and the choices that checks offer."""
    found: set[str] = set()
    for source in sources:
        for formula in formulas(source):
            for quoted in _QUOTED.findall(formula.text):
                text = quoted.replace('""', '"').casefold()
                found.add(text)
                found.update(choice.strip() for choice in text.split(","))
    return frozenset(found)
