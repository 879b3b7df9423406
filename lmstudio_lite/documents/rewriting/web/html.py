"""Web pages as files, translated in place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import regex

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.kept import counted
from lmstudio_lite.documents.rewriting.markup.bytes_of import read_bytes
from lmstudio_lite.documents.rewriting.markup.file import MarkupFile, read_markup
from lmstudio_lite.documents.rewriting.markup.source import read_source
from lmstudio_lite.documents.rewriting.markup.tokens import is_well_nested, xml_tokens
from lmstudio_lite.documents.rewriting.web.direction import edits_of_language, language_of
from lmstudio_lite.documents.rewriting.web.elements import HtmlVocabulary
from lmstudio_lite.documents.rewriting.web.layouts import side_by_side
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentUnsupportedError

_XML_HEAD = regex.compile(r"\s*<\?xml\b")


class HtmlForm:
    """HTML and XHTML."""

    suffixes = frozenset({".html", ".htm", ".xhtml", ".xht"})

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        page = _read(path, options, limits)
        units = tuple(page.units())
        return FileUnits(units, path.suffix, language_of(page.walk), counted(page.walk.kept))

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        target.write_bytes(rewritten_page(_read(path, options, limits), texts, wanted))
        return ()


def _read(path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> MarkupFile:
    content = read_bytes(path, limits)
    try:
        return read_page("", content, asked=options.encoding)
    except ValueError:
        raise DocumentUnsupportedError(path=str(path), mime_type="application/octet-stream") from None


def read_page(name: str, content: bytes, *, asked: str = "", is_xml: bool = False) -> MarkupFile:
    """Return the units of a page; one that says that it is XML, and is, is read as such.

    Raises:
        ValueError: it is no text.
    """
    source = read_source(content, is_xml=is_xml or _says_xml(content), asked=asked)
    is_html = not (is_xml or _XML_HEAD.match(source.text)) or not is_well_nested(xml_tokens(source.text))
    return read_markup(name, source, HtmlVocabulary(is_html=is_html))


def _says_xml(content: bytes) -> bool:
    return content.lstrip()[:5] == b"<?xml"


def rewritten_page(page: MarkupFile, texts: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> bytes:
    """Return a page's bytes with ``texts`` in it; without a changed text they are what they were."""
    edits = page.edits(texts, wanted, side_by_side)
    if edits and wanted.layout is BilingualLayout.NONE:
        edits += edits_of_language(page, edits, wanted)
    return page.rendered(edits)
