"""XML of office files as trees with short names ("w:p", "text:h"), whichever namespaces a writer uses.

Office Open XML has two sets of namespaces (ECMA-376 transitional and ISO 29500 strict), so the names are made
one here and readers know a single one. Entities and document types that declare anything are refused: neither
format needs them, and they are how a small file grows without end or brings other files in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as XML

Element = XML.Element

_PARSE_ERRORS = (XML.ParseError, ValueError, LookupError)
# Nothing is tried twice: a thousand declarations in a row would take for ever.
_PROLOG = re.compile(rb"\s*+(?:(?>(?:<\?.*?\?>|<!--.*?-->))\s*+)*+<!DOCTYPE", re.DOTALL)
_ONLY_NAMED = re.compile(rb"[^\[\]<>]*+>")
"""A document type that declares nothing: OpenOffice's equations name one, which is nowhere fetched."""
_PROLOG_LENGTH = 65_536
_DEEPEST = 150
"""Elements within elements that readers follow; what lies deeper is read as flat text."""

_OPEN_XML = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIXES: dict[str, str] = {
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    _OPEN_XML + "package/2006/relationships": "rel",
    _OPEN_XML + "package/2006/content-types": "ct",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
    "urn:schemas-microsoft-com:office:excel": "x",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
    "http://schemas.microsoft.com/office/drawing/2008/diagram": "dsp",
    "http://schemas.microsoft.com/office/drawing/2014/chartex": "cx",
    "http://schemas.microsoft.com/office/excel/2006/main": "xm",
    "http://schemas.microsoft.com/office/drawing/2017/decorative": "adec",
    "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments": "tc",
    "http://schemas.microsoft.com/office/powerpoint/2018/8/main": "p188",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/1998/Math/MathML": "math",
    "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0": "loext",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
}
for _prefix, _name in (
    ("w", "wordprocessingml"),
    ("s", "spreadsheetml"),
    ("p", "presentationml"),
    ("a", "drawingml"),
):
    _PREFIXES[f"{_OPEN_XML}{_name}/2006/main"] = _PREFIXES[f"{_STRICT}{_name}/main"] = _prefix
for _prefix, _name in (
    ("c", "chart"),
    ("dgm", "diagram"),
    ("pic", "picture"),
    ("wp", "wordprocessingDrawing"),
    ("xdr", "spreadsheetDrawing"),
    ("cdr", "chartDrawing"),
):
    _PREFIXES[f"{_OPEN_XML}drawingml/2006/{_name}"] = _PREFIXES[f"{_STRICT}drawingml/{_name}"] = _prefix
for _prefix, _name in (("r", "relationships"), ("m", "math"), ("vt", "docPropsVTypes")):
    _PREFIXES[f"{_OPEN_XML}officeDocument/2006/{_name}"] = _prefix
    _PREFIXES[f"{_STRICT}officeDocument/{_name}"] = _prefix
for _prefix, _name in (
    ("draw", "drawing"),
    ("svg", "svg-compatible"),
    ("fo", "xsl-fo-compatible"),
    ("number", "datastyle"),
):
    _PREFIXES[f"{_OPEN_DOCUMENT}{_name}:1.0"] = _prefix
for _name in (
    "office", "text", "table", "style", "presentation", "meta", "chart", "form", "manifest", "script", "dr3d",
):  # fmt: skip
    _PREFIXES[f"{_OPEN_DOCUMENT}{_name}:1.0"] = _name


_UNREAD = frozenset(f"w:rsid{name}" for name in ("R", "RPr", "RDefault", "P", "Tr", "Del", "Sect"))
"""Marks of editing sessions, on nearly every element of a Word file."""


class ShortNames(dict[str, str]):
    """The short name of each tag or attribute met; those of unknown namespaces stay as they are."""

    def __missing__(self, long: str) -> str:
        namespace, brace, local = long[1:].partition("}")
        prefix = _PREFIXES.get(namespace.rstrip("/")) or _PREFIXES.get(namespace)
        short = self[long] = f"{prefix}:{local}" if brace and prefix else long
        return short


def parse_xml(content: bytes) -> Element:
    """Return the root of a tree whose tags and attributes have short names.

    Raises:
        ValueError: it is no well-formed XML, or it has a document type.
    """
    refuse_document_type(content)
    try:
        root = XML.XML(content)
    except _PARSE_ERRORS as error:
        raise ValueError("not well-formed XML") from error
    shorten_names(root, ShortNames())
    return root


def refuse_document_type(content: bytes) -> None:
    """Raise ``ValueError`` where XML has a document type, in which entities would be declared."""
    head = content[:_PROLOG_LENGTH]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:4]:
        head = head.replace(b"\0", b"").lstrip(b"\xff\xfe")
    head = head.removeprefix(b"\xef\xbb\xbf")
    prolog = _PROLOG.match(head)
    if b"<!ENTITY" in head or (prolog and not _ONLY_NAMED.match(head, prolog.end())):
        raise ValueError("a document type")


def shorten_names(root: Element, names: ShortNames) -> None:
    """Give ``root`` and everything below it short names."""
    for element in root.iter():
        element.tag = names[element.tag]
        for key in element.keys():  # noqa: SIM118 - an element is no dictionary
            if key.startswith("{"):
                value = element.attrib.pop(key)
                if (name := names[key]) not in _UNREAD:
                    element.set(name, value)


def choose_alternatives(root: Element, is_content: frozenset[str]) -> None:
    """Keep one branch of each ``mc:AlternateContent``: the first in which an element of ``is_content`` is.

    Both branches hold the same shape for new and for old programs; reading both would double its text.
    """
    if next(root.iter("mc:AlternateContent"), None) is None:
        return
    parents = [each for each in root.iter() if any(child.tag == "mc:AlternateContent" for child in each)]
    for parent in parents:
        for place, child in enumerate(list(parent)):
            if child.tag != "mc:AlternateContent":
                continue
            branches = [each for each in child if each.tag in ("mc:Choice", "mc:Fallback")]
            kept = next(
                (each for each in branches if any(inner.tag in is_content for inner in each.iter())),
                branches[0] if branches else None,
            )
            group = XML.Element("mc:Choice")
            group.extend(kept if kept is not None else ())
            parent[place] = group


def is_too_deep(depth: int) -> bool:
    return depth > _DEEPEST


def take_text(element: Element) -> str:
    """Return the text of ``element`` and leave none: what is there at the end was not read."""
    text, element.text = element.text or "", None
    return text


def take_flat(root: Element, leaves: frozenset[str], paragraphs: frozenset[str]) -> list[str]:
    """Take what is left in the ``leaves`` below ``root``, a text for each of ``paragraphs``."""
    texts = [""]
    for element in root.iter():
        if element.tag in paragraphs:
            texts.append("")
        elif element.tag in leaves and element.text:
            texts[-1] += take_text(element)
    return [text for text in texts if text.strip()]


def is_on(element: Element | None, attribute: str = "w:val") -> bool:
    """Tell whether a switch such as ``<w:vanish/>`` is there and on."""
    return element is not None and element.get(attribute, "1") not in ("0", "false", "off")


def number_of(text: str | None, default: int = 0) -> int:
    """Return the whole number in an attribute, ``default`` where it is none or out of all proportion."""
    try:
        number = int(float(text or ""))
    except (ValueError, OverflowError):
        return default
    return number if -(10**9) < number < 10**9 else default


def find_inner(element: Element, path: str) -> Element | None:
    """Return what the first child of each name in ``path`` ("w:pPr/w:numPr") leads to.

    ``Element.find`` takes such a path's colons for prefixes that it should know.
    """
    found: Element | None = element
    for name in path.split("/"):
        if found is None:
            return None
        found = found.find(name)
    return found


def children(element: Element | None, tag: str) -> Iterator[Element]:
    """Yield the children of that tag; none of None."""
    if element is not None:
        yield from (child for child in element if child.tag == tag)
