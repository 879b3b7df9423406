"""TMX 1.4: translated segments as programs exchange them (https://www.ttt.org/oscarStandards/tmx).

A unit may have several languages: those of the pair that is wanted are taken. What stands in inline elements
is the codes of the form and is left out, but for highlighted text. The neighbours of a segment are read where
OmegaT or memoQ wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from lmstudio_lite.documents.terminology.entries import XmlEntry, read_entries
from lmstudio_lite.documents.terminology.pairs import language_of
from lmstudio_lite.domain.glossary import EntryProblem, LeftOut
from lmstudio_lite.domain.translation_memory import MemoryEntry

SEGMENT_LENGTH_MAX = 20_000
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut", "sub"})
_BEFORE = ("x-context-pre", "prev", "context_prev", "x-prev")
_AFTER = ("x-context-post", "next", "context_next", "x-next")


def read_segment_pairs(file: BinaryIO, source: str, target: str) -> Iterator[MemoryEntry | LeftOut] | None:
    """Yield the segments of a TMX file for a pair of languages, and what is left out; None if it is no TMX.

    The file is read as the iterator goes on; one that breaks off ends with what is left out.
    """
    entries = read_entries(file, ("tmx",), ("tu",))
    return None if entries is None else (_pair(entry, source, target) for entry in entries)


def _pair(entry: XmlEntry, source: str, target: str) -> MemoryEntry | LeftOut:
    if entry.element is None:
        return LeftOut(entry.line, EntryProblem.DAMAGED, entry.text)
    texts: dict[str, str] = {}
    properties: dict[str, str] = {}
    for variant in entry.element.iter("tuv"):
        segment, language = variant.find("seg"), language_of(variant.get("lang", ""))
        if segment is not None and language not in texts:
            texts[language] = text_of(segment)
            properties |= _properties(variant) if language == source else {}
    properties |= _properties(entry.element)
    if source not in texts or target not in texts:
        return LeftOut(entry.line, EntryProblem.OTHER_LANGUAGES, entry.text)
    if not texts[source] or not texts[target]:
        missing = EntryProblem.NO_SOURCE if not texts[source] else EntryProblem.NO_TARGET
        return LeftOut(entry.line, missing, entry.text)
    if max(len(texts[source]), len(texts[target])) > SEGMENT_LENGTH_MAX:
        return LeftOut(entry.line, EntryProblem.TOO_LONG, entry.text)
    return MemoryEntry(
        texts[source],
        texts[target],
        next((properties[name] for name in _BEFORE if name in properties), ""),
        next((properties[name] for name in _AFTER if name in properties), ""),
    )


def _properties(element: Any) -> dict[str, str]:
    """Return what stands in an element's own properties."""
    return {
        each.get("type", ""): _without_markup(" ".join("".join(each.itertext()).split()))
        for each in element.findall("prop")
    }


def text_of(segment: Any) -> str:
    """Return a segment's text without the codes of its form; line ends and indents are single spaces."""
    parts: list[str] = []
    _collect(segment, parts)
    return " ".join("".join(parts).split())


def _collect(element: Any, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        if child.tag not in _CODES:
            _collect(child, parts)
        parts.append(child.tail or "")


def _without_markup(text: str) -> str:
    """Return the text of a neighbour that memoQ wrote as a segment within a property."""
    if not (text.startswith("<seg>") and text.endswith("</seg>")):
        return text
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return text_of(etree.fromstring(text.encode("utf-8", "replace"), parser))
    except etree.XMLSyntaxError:
        return ""
