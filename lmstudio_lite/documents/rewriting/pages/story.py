"""What is written of pages: paragraphs in the order of reading, with the page on which each begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import regex

from lmstudio_lite.documents.structure.headings import is_heading
from lmstudio_lite.domain.documents import Block, Document
from lmstudio_lite.domain.units import Place, Unit, UnitKind, UnitText

_LABEL = regex.compile(r"(?:[•◦▪‣●○■–*-]|[(\[]?\d{1,3}[.)\]])\s+")
"""What an item of a list begins with; it is no words."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``label`` stands before the text; ``page`` is None for a file whose pages are not known.

    ``translation`` is "" where none is there: then the text stands for itself.
    """

    text: str
    label: str
    page: int | None
    is_heading: bool
    translation: str = ""


def paragraphs_of(document: Document) -> list[Paragraph]:
    """Return the paragraphs of a document's blocks."""
    starts = [(page.start, page.number) for page in document.pages]
    found: list[Paragraph] = []
    index = -1
    for block in document.blocks:
        while index + 1 < len(starts) and starts[index + 1][0] <= block.start:
            index += 1
        number = starts[index][1] if index >= 0 else None
        for start, end, is_title in _parts(document, block):
            text = document.text[start:end]
            label = _LABEL.match(text) if not is_title else None
            begin = label.end() if label else 0
            found.append(Paragraph(text[begin:], text[:begin], number, is_title))
    return found


def _parts(document: Document, block: Block) -> list[tuple[int, int, bool]]:
    """Return a block's parts, and whether each is a heading: one may stand in a block's first line."""
    first = block.start + len(document.text[block.start : block.end].partition("\n")[0])
    if not is_heading(document, replace(block, end=first)):
        return [(block.start, block.end, False)]
    rest = [(first + 1, block.end, False)] if first + 1 < block.end else []
    return [(block.start, first, True), *rest]


def units_of(paragraphs: list[Paragraph]) -> list[tuple[int, Unit]]:
    """Return the units, each with the number of its paragraph; those without letters are none."""
    counts: dict[int | None, int] = {}
    units: list[tuple[int, Unit]] = []
    for number, paragraph in enumerate(paragraphs):
        if any(map(str.isalpha, paragraph.text)):
            counts[paragraph.page] = counts.get(paragraph.page, 0) + 1
            kind = UnitKind.HEADING if paragraph.is_heading else UnitKind.BODY
            place = Place(kind, str(paragraph.page or ""), counts[paragraph.page])
            units.append((number, Unit(paragraph.text, place)))
    return units


def translated(paragraphs: list[Paragraph], texts: Mapping[int, UnitText]) -> list[Paragraph]:
    """Return the paragraphs with the translations of the units of these numbers."""
    told = list(paragraphs)
    for unit_number, (number, _) in enumerate(units_of(paragraphs)):
        if unit_number in texts:
            each = paragraphs[number]
            told[number] = Paragraph(
                each.text, each.label, each.page, each.is_heading, texts[unit_number].text
            )
    return told
