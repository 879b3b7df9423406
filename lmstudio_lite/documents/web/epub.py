"""Books in EPUB: every document that the book lists is read in its order, or named.

Kreuzberg, which was trusted before, left out chapters whose names are encoded, and books without a spine.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.decoding import decode_leniently
from lmstudio_lite.documents.embedded import ReadInner
from lmstudio_lite.documents.extraction import stated_title
from lmstudio_lite.documents.pictured_text import PicturedText
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.book_archive import BookArchive, DamagedMemberError
from lmstudio_lite.documents.web.epub_package import (
    Item,
    Package,
    encrypted_members,
    read_packages,
    unlisted_documents,
)
from lmstudio_lite.documents.web.html_source import missing_pieces, pieces_of_source
from lmstudio_lite.documents.web.html_text import read_tree
from lmstudio_lite.documents.web.html_tree import parse_xhtml
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError, DocumentScannedError

_BEGINNING = 500
_OF_PICTURES = (WhyUnread.PICTURE, WhyUnread.NO_RECOGNIZER, WhyUnread.OUT_OF_TIME)


@dataclass(frozen=True, slots=True)
class _Document:
    """A document to be read; ``name`` is its place in the archive, None where there is none."""

    label: str
    name: str | None
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class _Chapter:
    """``pictures`` are the members that a page shows that has no text."""

    text: str
    part: Part
    parts: tuple[Part, ...] = ()
    pictures: tuple[str, ...] = ()


def read_epub(path: Path, content: bytes, read_inner: ReadInner) -> Reading:
    """Return the text of the book at ``path``, chapter by chapter.

    ``read_inner`` reads the pages that are pictures.

    Raises:
        DocumentDamagedError: it is no archive, or nothing in it can be read.
        DocumentEncryptedError: its chapters are encrypted.
        DocumentScannedError: its pages are pictures.
    """
    try:
        archive = BookArchive(content)
    except ValueError:
        raise DocumentDamagedError(path=str(path), reason="corrupt") from None
    try:
        return _read(path, archive, PicturedText(read_inner))
    finally:
        archive.close()


def _read(path: Path, archive: BookArchive, pictured: PicturedText) -> Reading:
    packages = read_packages(archive)
    encrypted = encrypted_members(archive)
    package, chapters = packages[0], list[_Chapter]()
    for package in packages:
        chapters = [_read_chapter(archive, package, each, encrypted) for each in _documents(package)]
        if any(chapter.text for chapter in chapters):
            break
    unlisted = unlisted_documents(archive, packages)
    if not any(chapter.text for chapter in chapters):
        found = [_read_chapter(archive, package, _Document("", name), encrypted) for name in unlisted]
        chapters, unlisted = [*chapters, *found], []
    if package.is_fixed_layout or 2 * sum(map(_is_picture, chapters)) > len(chapters):
        chapters = [_recognized(archive, each, pictured) if _is_picture(each) else each for each in chapters]
    else:
        chapters = [_as_plate(each) if _is_picture(each) else each for each in chapters]
    chapters = [
        replace(chapter, part=replace(chapter.part, number=number))
        for number, chapter in enumerate(chapters, 1)
    ]
    inventory = [part for chapter in chapters for part in (chapter.part, *chapter.parts)]
    if not any(chapter.text for chapter in chapters):
        _refuse(path, [chapter.part for chapter in chapters])
    inventory += [_unread(PartKind.CHAPTER, name, WhyUnread.LEFT_OUT) for name in unlisted]
    inventory += _other_renditions(package, packages)
    read = {name for each in chapters if each.part.how is HowRead.RECOGNIZED for name in each.pictures}
    inventory += _pictures(package, read)
    text = "\n\n".join(chapter.text for chapter in chapters if chapter.text)
    return Reading(text, stated_title(package.title), inventory=tuple(inventory))


def _refuse(path: Path, parts: list[Part]) -> None:
    """Say why there is no text in the book, if there is a reason."""
    if any(part.why is WhyUnread.ENCRYPTED for part in parts):
        raise DocumentEncryptedError(path=str(path))
    num_pictures = sum(part.why in _OF_PICTURES for part in parts)
    if num_pictures:
        raise DocumentScannedError(path=str(path), num_pages=num_pictures)
    if not parts or any(part.is_unread for part in parts):
        raise DocumentDamagedError(path=str(path), reason="corrupt")


def _documents(package: Package) -> Iterator[_Document]:
    """Yield what is to be read, each once: the spine, then what the book lists beside it."""
    told: set[str] = set()
    for reference, item in package.spine:
        key = reference if item is None else item.name or item.address
        if key not in told:
            told.add(key)
            name = item.name if item is not None else None
            label = reference if item is None else item.address
            yield _Document(label, name, is_picture=item is not None and not item.is_document)
    for item in package.items:
        key = item.name or item.address
        if item.is_document and key not in told and not _is_navigation(item):
            told.add(key)
            yield _Document(item.address, item.name)


def _is_navigation(item: Item) -> bool:
    return "nav" in item.properties.split() or item.kind == "image/svg+xml"


def _read_chapter(
    archive: BookArchive, package: Package, document: _Document, encrypted: frozenset[str]
) -> _Chapter:
    name = document.name
    if name is None:
        return _Chapter("", _unread(PartKind.CHAPTER, document.label, WhyUnread.MISSING))
    label = package.titles.get(name, "")
    title = label or posixpath.basename(name)
    if name in encrypted:
        return _Chapter("", _unread(PartKind.CHAPTER, title, WhyUnread.ENCRYPTED))
    if document.is_picture:
        return _Chapter("", _unread(PartKind.CHAPTER, title, WhyUnread.PICTURE), pictures=(name,))
    try:
        content = archive.read(name)
    except DamagedMemberError:
        return _Chapter("", _unread(PartKind.CHAPTER, title, WhyUnread.DAMAGED))
    source = decode_leniently(content, declared_by_page(content))
    root = parse_xhtml(source)
    shown = read_tree(root, keeps_note_marks=True)
    rest = "\n\n".join(missing_pieces(root, pieces_of_source(source)))
    text = "\n\n".join(filter(None, (shown.text, rest)))
    pictures = [part for part in shown.parts if part.kind is PartKind.PICTURE]
    parts = tuple(part for part in shown.parts if part.kind is not PartKind.PICTURE)
    if shown.num_hidden_characters:
        hidden = shown.num_hidden_characters
        parts += (Part(PartKind.HIDDEN_TEXT, 0, title, hidden, HowRead.NOT_READ, WhyUnread.HIDDEN),)
    if not _letters(text):
        why = WhyUnread.PICTURE if pictures else None
        how = HowRead.NOT_READ if pictures else HowRead.EMPTY
        part = Part(PartKind.CHAPTER, 0, title, None if pictures else 0, how, why)
        shown_here = (archive.find(picture.name, name) for picture in pictures if picture.name)
        return _Chapter("", part, parts, tuple(dict.fromkeys(filter(None, shown_here))))
    if label and _letters(label) not in _letters(text[:_BEGINNING]):
        text = f"# {label}\n\n{text}"
    title = label or shown.heading or title
    how = HowRead.FALLBACK if rest else HowRead.TEXT
    return _Chapter(text, Part(PartKind.CHAPTER, 0, title, len(text), how), parts)


def _is_picture(chapter: _Chapter) -> bool:
    return chapter.part.why is WhyUnread.PICTURE


def _as_plate(chapter: _Chapter) -> _Chapter:
    """Return a page of a book of text that is a picture: its cover or a plate, no chapter that is missing."""
    return replace(chapter, part=replace(chapter.part, num_characters=0, how=HowRead.EMPTY, why=None))


def _recognized(archive: BookArchive, chapter: _Chapter, pictured: PicturedText) -> _Chapter:
    """Return a page of a book of pictures with the text in them."""
    texts: list[str] = []
    why: WhyUnread | None = WhyUnread.PICTURE
    for name in chapter.pictures:
        try:
            text, why = pictured.read(archive.read(name), name)
        except DamagedMemberError:
            text, why = "", WhyUnread.DAMAGED
        texts.append(text)
    text = "\n\n".join(filter(_letters, texts))
    if not text:
        return replace(chapter, part=replace(chapter.part, why=why or WhyUnread.PICTURE))
    part = replace(chapter.part, num_characters=len(text), how=HowRead.RECOGNIZED, why=None)
    return replace(chapter, text=text, part=part)


def _other_renditions(read: Package, packages: list[Package]) -> Iterator[Part]:
    """Yield the documents of the book's other versions, which say the same in another form."""
    known = {item.name for item in read.items}
    for package in packages:
        for item in package.items:
            if item.is_document and item.name not in known and not _is_navigation(item):
                known.add(item.name)
                yield _unread(PartKind.CHAPTER, item.address, WhyUnread.LEFT_OUT)


def _pictures(package: Package, read: set[str]) -> Iterator[Part]:
    for item in package.items:
        if item.is_picture and item.name is not None and item.name not in read:
            yield _unread(PartKind.PICTURE, item.name, WhyUnread.PICTURE)
        elif item.is_film:
            yield _unread(PartKind.EMBEDDED, item.name or item.address, WhyUnread.UNSUPPORTED)


def _unread(kind: PartKind, name: str, why: WhyUnread) -> Part:
    return Part(kind, 0, name, None, HowRead.NOT_READ, why)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
