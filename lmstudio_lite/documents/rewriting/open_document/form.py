"""OpenDocument files, in a package or as one flat XML file, translated in place.

Text, notes, tables, charts within, headers and footers of master pages, and the title in the file's facts.
A file's signature, if it has one, is not valid for another text, which is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.kept import Kept, counted
from lmstudio_lite.documents.rewriting.markup.bytes_of import read_bytes
from lmstudio_lite.documents.rewriting.markup.edits import Edit
from lmstudio_lite.documents.rewriting.markup.file import MarkupFile, read_markup
from lmstudio_lite.documents.rewriting.markup.found import Found
from lmstudio_lite.documents.rewriting.markup.source import read_source
from lmstudio_lite.documents.rewriting.markup.tokens import is_well_nested
from lmstudio_lite.documents.rewriting.open_document.elements import OUTSIDE, OpenVocabulary
from lmstudio_lite.documents.rewriting.open_document.layouts import edits_of_style, side_by_side
from lmstudio_lite.documents.rewriting.open_document.sheets import as_sheet_name, free_names
from lmstudio_lite.documents.rewriting.open_document.styles import edits_of_styles, language_of_styles
from lmstudio_lite.documents.rewriting.package import Package, open_package
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError, DocumentLayoutError

_CONTENT, _STYLES, _META, _MANIFEST = "content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"
_SIGNATURES = "META-INF/documentsignatures.xml"
_TEXTS = frozenset({".odt", ".ott", ".fodt", ".odm"})
_SHEETS = frozenset({".ods", ".ots", ".fods"})
_FLAT = frozenset({".fodt", ".fods", ".fodp", ".fodg"})


@dataclass(slots=True)
class _Opened:
    """A file's parts with text; ``write`` writes it with other bytes for some of them."""

    parts: list[MarkupFile]
    write: Callable[[Path, Mapping[str, bytes]], None]
    num_named_sheets: int = 0
    is_signed: bool = False

    @property
    def language(self) -> str:
        return next(filter(None, (language_of_styles(part.walk) for part in reversed(self.parts))), "")


class OpenDocumentForm:
    """Texts, spreadsheets, presentations and drawings, and their templates."""

    suffixes = frozenset({*_TEXTS, *_SHEETS, *_FLAT, ".odp", ".otp", ".odg", ".otg"})

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        with _opened(path, options, limits) as opened:
            units = tuple(unit for part in opened.parts for unit in part.units())
            kept = sum((Counter(part.walk.kept) for part in opened.parts), Counter())
            if opened.num_named_sheets:
                kept[Kept.SHEET_NAME] = opened.num_named_sheets
            return FileUnits(units, path.suffix, opened.language, counted(kept))

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        if wanted.layout is not BilingualLayout.NONE and path.suffix.lower() not in _TEXTS:
            raise DocumentLayoutError(path=str(path), layout=wanted.layout.value)
        with _opened(path, options, limits) as opened:
            changed = _changed(opened, texts, wanted)
            opened.write(target, changed)
        return ("signature_invalid",) if changed and opened.is_signed else ()


@contextmanager
def _opened(path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> Iterator[_Opened]:
    wants_names = options.with_sheet_names and path.suffix.lower() in _SHEETS
    if path.suffix.lower() in _FLAT:
        content = read_bytes(path, limits)
        sources = {"": content}
        opened = _read(path, sources, wants_names=wants_names)
        opened.write = partial(_write_flat, content)
        yield opened
        return
    with open_package(path, limits) as package:
        _check(package)
        sources = {name: package.read(name) for name in _names_of_parts(package)}
        opened = _read(path, sources, wants_names=wants_names)
        opened.write = package.write
        opened.is_signed = package.find(_SIGNATURES) is not None
        yield opened


def _write_flat(content: bytes, target: Path, changed: Mapping[str, bytes]) -> None:
    target.write_bytes(changed.get("", content))


def _check(package: Package) -> None:
    if package.find(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
        raise DocumentEncryptedError(path=str(package.path))
    if not package.find(_CONTENT):
        raise package.damaged()


def _names_of_parts(package: Package) -> list[str]:
    """Return the parts with text in the order of reading: facts, content, what is within it, pages' edges."""
    inner = [name for name in package.names if name.endswith(f"/{_CONTENT}")]
    wanted = (_META, _CONTENT, *inner, _STYLES)
    return [found for name in wanted if (found := package.find(name))]


def _read(path: Path, contents: Mapping[str, bytes], *, wants_names: bool) -> _Opened:
    damaged = DocumentDamagedError(path=str(path), reason="corrupt")
    try:
        sources = {name: read_source(content, is_xml=True) for name, content in contents.items()}
    except ValueError:
        raise damaged from None
    free: frozenset[str] = frozenset()
    num_named = 0
    if wants_names:
        main = _CONTENT if _CONTENT in sources else ""
        others = [source.text for name, source in sources.items() if name != main]
        free, num_named = free_names(sources[main].text, others)
    parts = []
    for name, source in sources.items():
        vocabulary = OpenVocabulary(free if name in (_CONTENT, "") else frozenset())
        part = read_markup(name, source, vocabulary, OUTSIDE)
        if not is_well_nested(part.walk.tokens):
            raise damaged
        parts.append(part)
    return _Opened(parts, lambda target, changed: None, num_named)


def _changed(opened: _Opened, texts: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> dict[str, bytes]:
    """Return the parts that become others. Without a changed text, none does."""
    edits: dict[str, list[Edit]] = {}
    first = 0
    for part in opened.parts:
        own = {
            number - first: text
            for number, text in texts.items()
            if first <= number < first + len(part.found)
        }
        edits[part.name] = part.edits(_with_sheet_names(part, own), wanted, side_by_side)
        first += len(part.found)
    if not any(edits.values()):
        return {}
    for part in opened.parts:
        if wanted.layout is BilingualLayout.NONE:
            edits[part.name] += edits_of_styles(part.walk, wanted)
        elif edits[part.name]:
            edits[part.name] += edits_of_style(part, wanted)
    return {part.name: part.rendered(edits[part.name]) for part in opened.parts if edits[part.name]}


def _with_sheet_names(part: MarkupFile, texts: Mapping[int, UnitText]) -> dict[int, UnitText]:
    """Return the texts with names of sheets that a program takes."""
    names = {n for n, text in texts.items() if part.found[n].kind is UnitKind.SHEET_NAME}
    taken = {_name(part.found[number]) for number in range(len(part.found)) if number not in names}
    return {
        number: UnitText(as_sheet_name(text.text, taken)) if number in names else text
        for number, text in texts.items()
    }


def _name(found: Found) -> str:
    return found.text.casefold() if found.kind is UnitKind.SHEET_NAME else ""
