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
    """``element`` is None for a damaged one; ``line`` is where it begins, from 1."""

    line: int
    content: str
    element: Any | None

    @property
    def text(self) -> str:
        """Return its first words, for people who look for it."""
        return " ".join(re.sub(r"<[^>]*>?", " ", self.content[:2000]).split())[:80]


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
    parsed = _EntryParser(root, root_name)
    line, at, is_over = 1, 0, False
    while True:
        start = start_tag.search(text, at)
        end = end_tag.search(text, start.end()) if start else None
        if start is None or end is None:
            if is_over:
                break
            kept_from = start.start() if start else max(at, len(text) - _longest_tag(names))
            line += text.count("\n", at, kept_from)
            kept = text[kept_from:]
            if len(kept) > _ENTRY_LENGTH_MAX:
                yield XmlEntry(line, kept, None)
                line, kept = line + kept.count("\n"), ""
            content = file.read(_CHUNK_BYTES)
            is_over = not content
            text, at = kept + decoder.decode(content, final=is_over), 0
            continue
        line += text.count("\n", at, start.start())
        another = start_tag.search(text, start.end(), end.start())
        at = another.start() if another else end.end()
        entry = text[start.start() : at]
        yield XmlEntry(line, entry, None if another else parsed(entry))
        line += entry.count("\n")
    if start is not None:
        line += text.count("\n", at, start.start())
        yield XmlEntry(line, text[start.start() :], None)


def _longest_tag(names: Sequence[str]) -> int:
    return max(map(len, names)) + 64


class _EntryParser:
    """Makes a tree of an entry inside the root's start tag, which declares its prefixes."""

    def __init__(self, root: str, root_name: str) -> None:
        from lxml import etree

        self._before, self._after = f"{root}>", f"</{root_name}>"
        self._error, self._entity, self._parse = etree.XMLSyntaxError, etree.Entity, etree.fromstring
        self._parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True,
            remove_comments=True, encoding="utf-8",
        )  # fmt: skip

    def __call__(self, entry: str) -> Any | None:
        """Return the entry's element, None where it is damaged."""
        if "\ufffd" in entry:
            return None
        content = f"{self._before}{_NOT_IN_XML.sub('', entry)}{self._after}".encode("utf-8", "replace")
        try:
            tree = self._parse(content, self._parser)
        except self._error:
            return None
        if not len(tree) or ("&" in entry and next(tree.iter(self._entity), None) is not None):
            return None
        for each in tree.iter():
            if "{" in each.tag:
                each.tag = each.tag.rpartition("}")[2]
            for name in each.keys():  # noqa: SIM118 - an element is no dictionary
                if name.startswith("{"):
                    each.set(name.rpartition("}")[2], each.attrib.pop(name))
        return tree[0]


def _encoding_of(head: bytes) -> str:
    for mark, encoding in (*_MARKS, *_WIDE):
        if head.startswith(mark):
            return "utf-8-sig" if encoding == "utf-8" else encoding
    declared = _DECLARED.search(head[:400])
    name = encoding_named(declared[1].decode("ascii", "replace")) if declared else ""
    return codec_of(name) if name and not name.startswith(("utf-16", "utf-32")) else "utf-8"
