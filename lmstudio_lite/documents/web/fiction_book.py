"""Books in FictionBook 2 (FB2): their chapters and notes, in the encoding that they state.

The elements are given HTML's names, so that books and pages are read alike. Kreuzberg, which was trusted
before, left out the notes and the tables, and read UTF-8 whatever the book said.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import regex
from lxml import etree

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.charset.detection import decode_text
from lmstudio_lite.documents.extraction import stated_title
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.book_archive import BROKEN_ARCHIVE
from lmstudio_lite.documents.web.html_source import missing_pieces, pieces_of_source
from lmstudio_lite.documents.web.html_text import read_tree
from lmstudio_lite.documents.web.html_tree import Element, attribute, name_of, parse_xml
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_BINARY = regex.compile(r"<binary\b[^>]{0,500}>.*?(?:</binary\s*>|\Z)", regex.DOTALL)
_BINARY_NAME = regex.compile(r"\bid\s*=\s*[\"']([^\"']{1,200})")
_HTML_NAMES = {
    "annotation": "aside",
    "cite": "blockquote",
    "epigraph": "blockquote",
    "emphasis": "em",
    "strikethrough": "del",
    "stanza": "p",
    "v": "span",
    "text-author": "p",
    "image": "img",
}


def read_fiction_book(content: bytes) -> Reading:
    """Return the text of a book, also of one that is packed in a ZIP archive.

    Raises:
        ValueError: it is damaged, or no book.
    """
    source = _decoded(content)
    pictures = [
        name[1] for found in _BINARY.finditer(source) if (name := _BINARY_NAME.search(found[0][:800]))
    ]
    source = _BINARY.sub("", source)
    root = parse_xml(source, repairs=True)
    rest = missing_pieces(root, pieces_of_source(source))
    title = next((" ".join(each.itertext()) for each in root.iter() if name_of(each) == "book-title"), "")
    _rename(root)
    texts: list[str] = []
    parts: list[Part] = []
    for kind, name, elements in _units(root):
        text = "\n\n".join(filter(None, (read_tree(each, keeps_note_marks=True).text for each in elements)))
        number = 1 + sum(part.kind is kind for part in parts)
        parts.append(Part(kind, number, name, len(text), HowRead.TEXT if text else HowRead.EMPTY))
        texts.append(text)
    if rest:
        texts += rest
        parts.append(Part(PartKind.BODY, 0, "", sum(map(len, rest)), HowRead.FALLBACK))
    for number, name in enumerate(pictures, 1):
        parts.append(Part(PartKind.PICTURE, number, name, None, HowRead.NOT_READ, WhyUnread.PICTURE))
    return Reading("\n\n".join(filter(None, texts)), stated_title(title), inventory=tuple(parts))


def _decoded(content: bytes) -> str:
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                name = next(name for name in archive.namelist() if name.lower().endswith(".fb2"))
                content = archive.read(name)
        except (*BROKEN_ARCHIVE, StopIteration) as error:
            raise ValueError("damaged book") from error
    return decode_text(content, declared_by_page(content)).text


def _units(root: Element) -> Iterator[tuple[PartKind, str, list[Element]]]:
    """Yield what the book consists of: what stands before the chapters, each chapter, the bodies of notes."""
    annotation = [each for each in root.iter() if name_of(each) == "aside"][:1]
    bodies = [each for each in root if name_of(each) == "body"]
    opening = [each for each in bodies[0] if name_of(each) != "section"] if bodies else []
    if annotation or opening:
        yield PartKind.BODY, "", [*annotation, *opening]
    for section in bodies[0] if bodies else ():
        if name_of(section) == "section":
            yield PartKind.CHAPTER, _heading_of(section), [section]
    for body in bodies[1:]:
        yield PartKind.FOOTNOTES, str(body.get("name") or ""), [body]


def _heading_of(section: Element) -> str:
    first = next((each for each in section if regex.fullmatch("h[1-6]", name_of(each))), None)
    return "".join(first.itertext()) if first is not None else ""


def _rename(root: Element) -> None:
    """Give the elements HTML's names; a title of many lines becomes one heading of its depth."""
    depth = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = name_of(element)
        if name == "section":
            depth += 1 if event == "start" else -1
        if event == "start":
            continue
        if name in ("title", "subtitle"):
            _make_heading(element, name, depth)
        elif name == "a" and attribute(element, "type") == "note":
            element.set("role", "doc-noteref")
        elif name == "v":
            element.append(etree.SubElement(element, "br"))
        elif name == "image":
            element.set("alt", attribute(element, "alt"))
        if name in _HTML_NAMES:
            element.tag = _HTML_NAMES[name]


def _make_heading(element: Element, name: str, depth: int) -> None:
    words = " ".join(" ".join(element.itertext()).split())
    tail = element.tail
    element.clear()
    element.tail, element.text = tail, words
    level = min(6, depth + (1 if name == "title" else 2))
    element.tag = f"h{level}" if any(map(str.isalnum, words)) else "p"
