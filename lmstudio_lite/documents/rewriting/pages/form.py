"""PDF files, translated into Word files or into web pages of two columns: the layout is not kept.

A PDF knows places of letters, not paragraphs; a longer text would not fit where the shorter one stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.rewriting.kept import Kept
from lmstudio_lite.documents.rewriting.pages.docx import to_docx
from lmstudio_lite.documents.rewriting.pages.html import to_html
from lmstudio_lite.documents.rewriting.pages.story import paragraphs_of, translated, units_of
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.domain.units import (
    FileUnits,
    ReadUnitsOptions,
    UnitText,
    WriteUnitsOptions,
    check_unit_text,
)

_CHANGES = ("layout",)
_HTML = frozenset({".html", ".htm"})


class PdfForm:
    """A file named ``.html`` gets the web page, any other the Word file."""

    suffixes = frozenset({".pdf"})

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        document = read_document(path, limits)
        units = tuple(unit for _, unit in units_of(paragraphs_of(document)))
        num_unread = len(unread_of(document.inventory))
        kept = ((Kept.UNREAD.value, num_unread),) if num_unread else ()
        return FileUnits(units, ".docx", document.language, kept, changes=_CHANGES)

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        document = read_document(path, limits)
        paragraphs = paragraphs_of(document)
        units = units_of(paragraphs)
        for number, text in texts.items():
            check_unit_text(units[number][1], text)
        told = translated(paragraphs, texts)
        source = wanted.source or document.language
        if target.suffix.lower() in _HTML:
            target.write_bytes(to_html(told, wanted, source, document.title))
        else:
            target.write_bytes(to_docx(told, wanted, source))
        return _CHANGES
