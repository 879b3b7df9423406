"""HTML and XHTML to a tree, by libxml2: however deep, however broken, without a network and without entities.

XHTML is read as XML first: there ``<title/>`` is a whole element, where HTML takes all that follows for the
title. What is not well-formed is read as HTML, which never fails.
"""

from __future__ import annotations

import html.entities
from functools import lru_cache
from typing import TypeAlias

import regex
from lxml import etree

Element: TypeAlias = "etree._Element"

_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
_SELF_CLOSED = regex.compile(rf"<(?!(?:{_VOID})\b)([A-Za-z][\w:.-]{{0,60}}+)((?:\s[^<>]{{0,4000}}?)?)/>")
_DOCTYPE = regex.compile(r"<!DOCTYPE[^\[>]{0,2000}+(?:\[[^\]]{0,100000}+\]\s*)?>", regex.IGNORECASE)
_XML_DECLARATION = regex.compile(r"\A\s*<\?xml[^>]{0,400}\?>")
_ENTITY = regex.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = frozenset(("amp", "lt", "gt", "quot", "apos"))
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rt ruby s "
    "samp small span strike strong sub sup time tt u var wbr"
)
INLINE = frozenset(_INLINE_NAMES.split())
"""The elements that begin no line of their own."""
_UNCOUNTED_NAMES = "p li td th tr dt dd option optgroup thead tbody tfoot html head body"
_UNCOUNTED = frozenset((*_VOID.split("|"), *_UNCOUNTED_NAMES.split()))
_DEEPEST = 400
TAG = r"""<(/?)([A-Za-z][^\s/>]{0,60})(?:[^<>"']|"[^"]{0,20000}"|'[^']{0,20000}')*+>"""
_TAG_OR_UNSEEN = regex.compile(
    rf"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)\b[^>]*>|{TAG}", regex.DOTALL | regex.IGNORECASE
)
_CLOSED_BLOCK = regex.compile(r"</(?:p|div|h[1-6]|section|article)\s{0,9}>(?=\w)", regex.IGNORECASE)
"""What libxml2 overlooks where nothing of the kind is open, and joins the words before and after it."""
_CLOSED_BREAK = regex.compile(r"</br\s{0,9}>", regex.IGNORECASE)
_CONTROLS = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_html(text: str) -> Element:
    """Return the tree of a page; an empty one of what holds nothing."""
    text = _CONTROLS.sub(" ", _XML_DECLARATION.sub("", text, count=1))
    text = _CLOSED_BREAK.sub("<br>", _CLOSED_BLOCK.sub(r"\g<0> ", text))
    root, is_too_deep = _parsed(text)
    if is_too_deep:
        root, _ = _parsed(_flattened(text))
    return etree.Element("html") if root is None else root


def _parsed(text: str) -> tuple[Element | None, bool]:
    """Return a page's tree, and whether libxml2 gave up on it: it goes 2,048 levels deep."""
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, recover=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.LxmlError:
        root = None
    limits = parser.error_log.filter_from_fatals().filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT)
    return root, bool(limits)


def _flattened(text: str) -> str:
    """Return a page without the tags below its 400th level, line ends in the place of those of blocks.

    What HTML closes by itself is not counted, so a page that never closes a paragraph is not deep.
    """
    depth = 0

    def keep(tag: regex.Match[str]) -> str:
        nonlocal depth
        name = (tag[2] or "").lower()
        if not name or name in _UNCOUNTED or tag[0].endswith("/>"):
            return str(tag[0])
        is_deep = depth >= _DEEPEST if not tag[1] else depth > _DEEPEST
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if not is_deep:
            return str(tag[0])
        return " " if name in INLINE else "<br><br>"

    return str(_TAG_OR_UNSEEN.sub(keep, text))


def parse_xhtml(text: str) -> Element:
    """Return the tree of an XML page; of one that is not well-formed, what HTML makes of it."""
    try:
        return parse_xml(text)
    except ValueError:
        return parse_html(_SELF_CLOSED.sub(r"<\1\2></\1>", text))


def parse_xml(text: str, *, repairs: bool = False) -> Element:
    """Return the tree of an XML text in which HTML's named characters may stand.

    Raises:
        ValueError: it is not well-formed; with ``repairs``, there is nothing of a tree in it.
    """
    text = _DOCTYPE.sub("", _XML_DECLARATION.sub("", text, count=1), count=1)
    content = _CONTROLS.sub(" ", _ENTITY.sub(_character, text)).strip().encode()
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=repairs,
        huge_tree=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.LxmlError as error:
        raise ValueError("not well-formed") from error
    if root is None:
        raise ValueError("not well-formed")
    return root


def name_of(element: Element) -> str:
    """Return an element's name without namespace in lower case, "" for what is no element."""
    tag = element.tag
    return _local_name(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=4096)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def attribute(element: Element, name: str) -> str:
    """Return an attribute in whatever namespace and case it stands, "" without it."""
    value = element.get(name)
    if value is None:
        endings = (f"}}{name}", f":{name}")  # as XML and as HTML see a prefix
        found = ((key.lower(), value) for key, value in element.items())
        value = next((value for key, value in found if key == name or key.endswith(endings)), "")
    return str(value)


def _character(match: regex.Match[str]) -> str:
    """Return what HTML's name stands for; the names that XML has as well stay."""
    name = match[1]
    character = "" if name in _OF_XML else html.entities.html5.get(f"{name};", "")
    return character if character and character not in "&<" else str(match[0])
