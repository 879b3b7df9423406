"""Books in EPUB 2 and 3, translated in place: every page that the book lists, its contents and its title.

Pictures, styles, fonts (obfuscated ones too), sounds and what is bound to places in the pages stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.kept import counted
from lmstudio_lite.documents.rewriting.markup.bytes_of import read_bytes
from lmstudio_lite.documents.rewriting.markup.edits import Edit
from lmstudio_lite.documents.rewriting.markup.file import MarkupFile, read_markup
from lmstudio_lite.documents.rewriting.markup.source import read_source
from lmstudio_lite.documents.rewriting.markup.tokens import TokenKind, attributes, unescaped
from lmstudio_lite.documents.rewriting.package import Package, open_package
from lmstudio_lite.documents.rewriting.web.book_elements import (
    OUTSIDE,
    ContentsVocabulary,
    PackageVocabulary,
)
from lmstudio_lite.documents.rewriting.web.direction import code_of, edits_of_language, language_of
from lmstudio_lite.documents.rewriting.web.html import read_page
from lmstudio_lite.documents.rewriting.web.layouts import side_by_side
from lmstudio_lite.documents.web.book_archive import BookArchive
from lmstudio_lite.documents.web.epub_package import encrypted_members, package_names, read_packages
from lmstudio_lite.domain.languages import RIGHT_TO_LEFT
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError

_CONTENTS = "application/x-dtbncx+xml"


@dataclass(frozen=True, slots=True)
class _Names:
    """The members of a book that hold text; ``pages`` in the order of reading, ``navigation`` among them."""

    packages: tuple[str, ...]
    contents: tuple[str, ...]
    pages: tuple[str, ...]
    navigation: frozenset[str]

    def __iter__(self) -> Iterator[str]:
        yield from (*self.packages, *self.contents, *self.pages)


class EpubForm:
    """Books."""

    suffixes = frozenset({".epub"})

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        with open_package(path, limits) as package:
            names = _names(path, limits)
            parts = _read(package, names)
            units = tuple(unit for part in parts for unit in part.units())
            kept = sum((Counter(part.walk.kept) for part in parts), Counter())
            return FileUnits(units, path.suffix, _language(parts, names), counted(kept))

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        with open_package(path, limits) as package:
            names = _names(path, limits)
            package.write(target, _changed(_read(package, names), names, texts, wanted))
        return ()


def _names(path: Path, limits: ReadLimits) -> _Names:
    try:
        archive = BookArchive(read_bytes(path, limits))
    except ValueError:
        raise DocumentDamagedError(path=str(path), reason="corrupt") from None
    try:
        names = _listed(archive)
        if not encrypted_members(archive).isdisjoint(names):
            raise DocumentEncryptedError(path=str(path))
    finally:
        archive.close()
    if not names.packages or not names.pages:
        raise DocumentDamagedError(path=str(path), reason="corrupt")
    return names


def _listed(archive: BookArchive) -> _Names:
    packages = read_packages(archive)
    pages: dict[str, None] = {}
    for package in packages:
        in_order = [item for _, item in package.spine if item is not None]
        for item in (*in_order, *package.items):
            if item.is_document and item.name is not None:
                pages.setdefault(item.name)
    contents = {
        item.name: None
        for package in packages
        for item in package.items
        if item.kind == _CONTENTS and item.name is not None
    }
    items = [item for package in packages for item in package.items]
    navigation = {item.name for item in items if item.name and "nav" in item.properties.split()}
    others = (*package_names(archive), *contents)
    return _Names(
        tuple(package_names(archive)),
        tuple(contents),
        tuple(name for name in pages if name not in others),
        frozenset(navigation),
    )


def _read(package: Package, names: _Names) -> list[MarkupFile]:
    parts: list[MarkupFile] = []
    for name in names:
        content = package.read(name)
        try:
            if name in names.pages:
                parts.append(read_page(name, content, is_xml=True))
                continue
            vocabulary = PackageVocabulary() if name in names.packages else ContentsVocabulary()
            source = read_source(content, is_xml=True)
            parts.append(read_markup(name, source, vocabulary, OUTSIDE))
        except ValueError:
            raise package.damaged() from None
    return parts


def _language(parts: list[MarkupFile], names: _Names) -> str:
    stated = [code_of(text) for part in parts if part.name in names.packages for text, _ in _languages(part)]
    return next(filter(None, (*stated, *(language_of(part.walk) for part in parts))), "")


def _languages(package: MarkupFile) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the languages that a package states (``dc:language``), with their places."""
    tokens = package.walk.tokens
    for before, token in pairwise(tokens):
        is_language = before.name.lower() == "dc:language" and before.kind is TokenKind.OPEN
        if is_language and token.kind is TokenKind.TEXT:
            text = package.text[token.start : token.end]
            start = token.start + len(text) - len(text.lstrip())
            yield unescaped(text.strip()), (start, start + len(text.strip()))


def _changed(
    parts: list[MarkupFile], names: _Names, texts: Mapping[int, UnitText], wanted: WriteUnitsOptions
) -> dict[str, bytes]:
    """Return the members that become others. Without a changed text, none does."""
    edits: dict[str, list[Edit]] = {}
    first = 0
    for part in parts:
        end = first + len(part.found)
        own = {number - first: text for number, text in texts.items() if first <= number < end}
        has_room = part.name in names.pages and part.name not in names.navigation
        layout = side_by_side if has_room else None
        edits[part.name] = part.edits(own, wanted, layout)
        first = end
    if not any(edits.values()):
        return {}
    if wanted.layout is BilingualLayout.NONE:
        source = wanted.source or _language(parts, names)
        for part in parts:
            is_page = part.name in names.pages
            edits[part.name] += edits_of_language(part, edits[part.name], wanted, states_it=is_page)
            if part.name in names.packages:
                edits[part.name] += _edits_of_package(part, source, wanted.target)
    return {part.name: part.rendered(edits[part.name]) for part in parts if edits[part.name]}


def _edits_of_package(package: MarkupFile, source: str, target: str) -> list[Edit]:
    """Return the edits of the book's language and of the direction in which its pages follow each other."""
    stated = list(_languages(package))
    is_of_source = [place for text, place in stated if code_of(text) == source]
    edits = [Edit(*place, (target,)) for place in is_of_source or [place for _, place in stated[:1]]]
    is_rtl = target in RIGHT_TO_LEFT
    for token in package.walk.tokens:
        if token.name.rpartition(":")[2] == "spine" and token.kind is not TokenKind.CLOSE:
            found = {each.name: each for each in attributes(package.text, token)}
            direction = found.get("page-progression-direction")
            if direction is not None and direction.start is not None:
                # Pages of Japanese in columns run from the right too, but not for its letters' sake.
                if is_rtl or source in RIGHT_TO_LEFT:
                    value = "rtl" if is_rtl else "ltr"
                    edits.append(Edit(direction.start, direction.end, (value,)))
            elif is_rtl:
                place = token.start + 1 + len(token.name)
                edits.append(Edit(place, place, (' page-progression-direction="rtl"',)))
    return edits
