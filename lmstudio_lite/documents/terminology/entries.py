"""The entries of a large XML file of terms or segments, one by one, each as a small tree of its own.

The text is cut at the entries' tags, and each entry is parsed alone inside the file's root tag: memory stays
small whatever the file's size, a damaged entry costs itself only, and nothing that a document type declares
is ever read, neither entities nor other files. Lines are counted for what is left out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lmstudio_lite.documents.charset.labels import codec_of, encoding_named

_CHUNK_BYTES = 1 << 20
_HEAD_LENGTH = 1 << 16
_ENTRY_LENGTH_MAX = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class XmlEntry:
    """``element`` is None for a damaged one. ``line`` is where it begins, from 1, ``text`` its words."""

    line: int
    text: str
    element: Any | None


def read_entries(file: BinaryIO, roots: Sequence[str], names: Sequence[str]) -> Iterator[XmlEntry] | None:
    """Return an iterator over the elements called one of ``names``; None for a file with no such root.

    The names of the trees' elements are local ones, without a namespace; ``xml:lang`` is "lang".
    """
    head = file.read(_CHUNK_BYTES)
    encoding = _encoding_of(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(head)
    root = re.search(rf"<((?:[\w.-]+:)?(?:{'|'.join(roots)}))(?=[\s>/])[^>]*>", text[:_HEAD_LENGTH])
    if root is None:
        return None
    return _entries(file, decoder, text, root[0].removesuffix("/>").removesuffix(">"), root[1], names)


def _entries(
    file: BinaryIO,
    decoder: codecs.IncrementalDecoder,
    text: str,
    root: str,
    root_name: str,
    names: Sequence[str],
) -> Iterator[XmlEntry]:
    choice = "|".join(names)
    start_tag = re.compile(rf"<((?:[\w.-]+:)?(?:{choice}))(?=[\s>/])")
    end_tag = re.compile(rf"</(?:[\w.-]+:)?(?:{choice})\s*>")
    line, is_over = 1, False
    while True:
        start = start_tag.search(text)
        end = end_tag.search(text, start.end()) if start else None
        if start is None or end is None:
            if is_over:
                break
            kept = text[start.start() :] if start else text[-_longest_tag(names) :]
            line += text.count("\n", 0, len(text) - len(kept))
            if len(kept) > _ENTRY_LENGTH_MAX:
                yield XmlEntry(line, _beginning(kept), None)
                line, kept = line + kept.count("\n"), ""
            content = file.read(_CHUNK_BYTES)
            is_over = not content
            text = kept + decoder.decode(content, final=is_over)
            continue
        line += text.count("\n", 0, start.start())
        another = start_tag.search(text, start.end(), end.start())
        last = another.start() if another else end.end()
        entry = text[start.start() : last]
        yield XmlEntry(line, _beginning(entry), None if another else _parsed(root, root_name, entry))
        line += entry.count("\n")
        text = text[last:]
    if start is not None:
        yield XmlEntry(line + text.count("\n", 0, start.start()), _beginning(text[start.start() :]), None)


def _longest_tag(names: Sequence[str]) -> int:
    return max(map(len, names)) + 64


def _parsed(root: str, root_name: str, entry: str) -> Any | None:
    """Return the entry's element, None where it is damaged."""
    from lxml import etree

    if "\ufffd" in entry:
        return None
    content = f"{root}>{_NOT_IN_XML.sub('', entry)}</{root_name}>".encode("utf-8", "replace")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True,
        remove_comments=True, encoding="utf-8",
    )  # fmt: skip
    try:
        tree = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None
    element = tree[0] if len(tree) else None
    if element is None or next(tree.iter(etree.Entity), None) is not None:
        return None
    for each in tree.iter():
        each.tag = each.tag.rpartition("}")[2]
        for name in [name for name in each.attrib if name.startswith("{")]:
            each.attrib[name.rpartition("}")[2]] = each.attrib.pop(name)
    return element


def _beginning(entry: str) -> str:
    """Return the first words of an entry, for people who look for it."""
    return " ".join(re.sub(r"<[^>]*>?", " ", entry[:2000]).split())[:80]


def _encoding_of(head: bytes) -> str:
    for mark, encoding in (*_MARKS, *_WIDE):
        if head.startswith(mark):
            return "utf-8-sig" if encoding == "utf-8" else encoding
    declared = _DECLARED.search(head[:400])
    name = encoding_named(declared[1].decode("ascii", "replace")) if declared else ""
    return codec_of(name) if name and not name.startswith(("utf-16", "utf-32")) else "utf-8"
