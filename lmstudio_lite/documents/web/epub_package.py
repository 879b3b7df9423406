"""What an EPUB says of itself (EPUB 2.0.1 and 3.3): its package, the order of its documents, their titles.

All of it may be wrong: several packages, dangling references, no spine. What is asked for then comes from the
next best place, in the end from the archive's own list.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

import regex

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.decoding import decode_leniently
from lmstudio_lite.documents.web.book_archive import BookArchive, DamagedMemberError
from lmstudio_lite.documents.web.html_tree import Element, attribute, name_of, parse_xhtml, parse_xml

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_OBFUSCATED_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_DOCUMENT_KINDS_NAMES = (
    "application/xhtml+xml text/html application/x-dtbook+xml text/x-oeb1-document image/svg+xml text/xml "
    "application/xml"
)
_DOCUMENT_KINDS = frozenset(_DOCUMENT_KINDS_NAMES.split())
_DOCUMENT_SUFFIXES = (".xhtml", ".html", ".htm", ".xht", ".svg")
_PLAIN_SUFFIXES = (".xhtml", ".html", ".htm", ".xht")
_LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Item:
    """A file that the package lists; ``name`` is None where the archive does not hold it."""

    address: str
    name: str | None
    kind: str
    properties: str = ""
    fallback: str = ""

    @property
    def is_document(self) -> bool:
        if self.kind in _DOCUMENT_KINDS:
            return True
        is_other = self.kind.partition("/")[0] in ("image", "audio", "video", "font")
        return not is_other and self.address.lower().partition("#")[0].endswith(_DOCUMENT_SUFFIXES)

    @property
    def is_picture(self) -> bool:
        return self.kind.startswith("image/") and self.kind != "image/svg+xml"

    @property
    def is_film(self) -> bool:
        return self.kind.startswith(("audio/", "video/"))


@dataclass(frozen=True, slots=True)
class Package:
    """``spine`` is in the order of reading, None for a reference that leads nowhere, with what it says."""

    title: str = ""
    items: tuple[Item, ...] = ()
    spine: tuple[tuple[str, Item | None], ...] = ()
    titles: dict[str, str] = field(default_factory=dict)
    """What the table of contents calls a document, by its name in the archive."""
    is_fixed_layout: bool = False


def read_packages(archive: BookArchive) -> list[Package]:
    """Return the packages of the book, the one to be read first; one without anything if there is none."""
    return [_read_package(archive, name) for name in package_names(archive)] or [Package()]


def encrypted_members(archive: BookArchive) -> frozenset[str]:
    """Return the members that are encrypted; fonts that are only obfuscated are not meant."""
    root = _tree_of(archive, archive.find(_ENCRYPTION))
    if root is None:
        return frozenset()
    members: set[str] = set()
    for entry in root.iter():
        if name_of(entry) != "encrypteddata":
            continue
        methods = [str(each.get("Algorithm")) for each in entry.iter() if name_of(each) == "encryptionmethod"]
        addresses = [str(each.get("URI")) for each in entry.iter() if name_of(each) == "cipherreference"]
        if not any(method in _OBFUSCATED_FONTS for method in methods):
            members.update(name for address in addresses if (name := archive.find(f"/{address}")))
    return frozenset(members)


def unlisted_documents(archive: BookArchive, packages: list[Package]) -> list[str]:
    """Return the pages in the archive that no package lists, in the order people number files."""
    listed = {item.name for package in packages for item in package.items}
    names = (name for name in archive.names if name.lower().endswith(_PLAIN_SUFFIXES) and name not in listed)
    return sorted((name for name in names if not _is_rubbish(name)), key=_natural)


def package_names(archive: BookArchive) -> list[str]:
    """Return the members that are packages of the book, the one to be read first before the others."""
    root = _tree_of(archive, archive.find(_CONTAINER))
    found: list[str] = []
    for element in root.iter() if root is not None else ():
        if name_of(element) == "rootfile":
            name = archive.find(f"/{attribute(element, 'full-path')}")
            if name is not None and name not in found:
                found.append(name)
    return found or sorted(name for name in archive.names if name.lower().endswith(".opf"))


def _read_package(archive: BookArchive, base: str) -> Package:
    root = _tree_of(archive, base)
    if root is None:
        return Package()
    elements = [(name_of(element), element) for element in root.iter()]
    items: dict[str, Item] = {}
    for _, element in (each for each in elements if each[0] == "item" and each[1].get("href")):
        address = str(element.get("href"))
        items[str(element.get("id") or f"#{len(items)}")] = Item(
            address,
            archive.find(address, base),
            str(element.get("media-type") or "").strip().lower(),
            str(element.get("properties") or ""),
            str(element.get("fallback") or ""),
        )
    references = [str(element.get("idref") or "") for name, element in elements if name == "itemref"]
    metas = [element for name, element in elements if name == "meta"]
    title = next(("".join(element.itertext()) for name, element in elements if name == "title"), "")
    toc = next(
        (str(element.get("toc")) for name, element in elements if name == "spine" and element.get("toc")), ""
    )
    return Package(
        title,
        tuple(items.values()),
        tuple((reference, _readable(items, reference)) for reference in references if reference),
        dict(_titles(archive, items, toc)),
        any(each.get("property") == "rendition:layout" and each.text == "pre-paginated" for each in metas)
        or any(each.get("name") == "fixed-layout" and each.get("content") == "true" for each in metas),
    )


def _readable(items: dict[str, Item], reference: str) -> Item | None:
    """Return the item that ``reference`` leads to, or the first of its fallbacks that is a document."""
    item = items.get(reference)
    each = item
    for _ in range(_LONGEST_CHAIN):
        if each is None or each.is_document:
            break
        each = items.get(each.fallback)
    return each or item


def _titles(archive: BookArchive, items: dict[str, Item], toc: str) -> Iterator[tuple[str, str]]:
    """Yield documents with their titles; of several that lead into one document the first comes last."""
    navigation = next((item for item in items.values() if "nav" in item.properties.split()), None)
    contents = items.get(toc) or next(
        (i for i in items.values() if i.kind == "application/x-dtbncx+xml"), None
    )
    entries: list[tuple[str, str]] = []
    for item, read in ((contents, _entries_of_ncx), (navigation, _entries_of_navigation)):
        root = _tree_of(archive, item.name) if item is not None else None
        if item is not None and item.name is not None and root is not None:
            found = ((archive.find(address, item.name), title) for address, title in read(root))
            entries = [(name, title) for name, title in found if name and title] + entries
    yield from reversed(entries)


def _entries_of_navigation(root: Element) -> Iterator[tuple[str, str]]:
    lists = [each for each in root.iter() if name_of(each) == "nav"]
    chosen = next((each for each in lists if "toc" in attribute(each, "type").split()), None)
    start = chosen if chosen is not None else lists[0] if lists else root
    for element in start.iter():
        if name_of(element) == "a" and element.get("href"):
            yield str(element.get("href")), " ".join("".join(element.itertext()).split())


def _entries_of_ncx(root: Element) -> Iterator[tuple[str, str]]:
    for point in root.iter():
        if name_of(point) != "navpoint":
            continue
        children = {name_of(each): each for each in reversed(point)}
        label, content = children.get("navlabel"), children.get("content")
        if label is not None and content is not None:
            yield str(content.get("src") or ""), " ".join("".join(label.itertext()).split())


def _tree_of(archive: BookArchive, name: str | None) -> Element | None:
    try:
        content = archive.read(name) if name is not None else b""
    except DamagedMemberError:
        return None
    text = decode_leniently(content, declared_by_page(content))
    try:
        return parse_xml(text, repairs=True)
    except ValueError:
        return parse_xhtml(text) if text.strip() else None


def _is_rubbish(name: str) -> bool:
    """Whether macOS put a file there beside the real one."""
    return name.startswith("__MACOSX/") or posixpath.basename(name).startswith("._")


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in regex.split(r"(\d+)", name)]
