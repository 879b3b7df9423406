"""Headers and footers of Excel's sheets: three texts in one, with codes in them (ISO 29500-1 §18.3.1.39).

"&L&BBoats&CPage &P of &N" is "Boats" in bold at the left and "Page 2 of 9" in the middle. Codes of type stand
between words, codes that print something are kept as they are, "&&" is the character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from lmstudio_lite.documents.rewriting.office.composing import Composer, rendered
from lmstudio_lite.documents.rewriting.office.runs import (
    Inline,
    ObjectItem,
    PieceReader,
    RunStyle,
    SpanItem,
    arranged,
)
from lmstudio_lite.documents.rewriting.xml_source import Splices, Stretch, XmlNode
from lmstudio_lite.domain.units import Mark, UnitText, WriteUnitsOptions

HEADER_LEAVES = frozenset(
    f"s:{kind}{part}" for kind in ("odd", "even", "first") for part in ("Header", "Footer")
)
MOST_CHARACTERS = 255
_QUOTE = r'(?:"|&quot;)'
_CODE = re.compile(
    rf"&amp;(?:(?P<sign>&amp;)|(?P<section>[LCR])|(?P<value>[PNDTFAZG])(?P<offset>[+-]\d+)?"
    rf"|(?P<type>{_QUOTE}.*?{_QUOTE}|K[0-9A-Fa-f]{{6}}|K\d\d[+-]\d{{3}}|\d{{1,3}}|[BIUESXYOH]))"
)
_STYLE = RunStyle(b"", breaks=(("&amp;", b"&amp;&amp;"),))


@dataclass(frozen=True, slots=True)
class HeaderSite:
    """One of the three texts; ``content`` is where it stands in the part."""

    inline: Inline
    content: Stretch

    @property
    def text(self) -> str:
        return self.inline.text

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self.inline.marks

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        chunks = Composer(self.inline, text, lambda style: style).composed()
        splices.replace(self.content, lambda render: rendered(chunks, render))


def header_sites(node: XmlNode) -> Iterator[HeaderSite]:
    """Yield the texts with words of a header or footer."""
    raw = node.raw[node.inner_start - node.start : node.close - node.start].decode()
    if "<" in raw:
        return
    start = 0
    for found in (*_CODE.finditer(raw), None):
        if found is not None and not found["section"]:
            continue
        end = found.start() if found is not None else len(raw)
        inline = _read(raw[start:end])
        if inline.has_words:
            place = node.inner_start + len(raw[:start].encode())
            yield HeaderSite(inline, (place, place + len(raw[start:end].encode())))
        start = found.end() if found is not None else len(raw)


def _read(raw: str) -> Inline:
    pieces = PieceReader()
    place = 0
    for found in (*_CODE.finditer(raw), None):
        end = found.start() if found is not None else len(raw)
        if raw[place:end]:
            pieces.add_text(_STYLE, unescape(raw[place:end]))
        if found is None:
            break
        place = found.end()
        if found["sign"]:
            pieces.add_text(_STYLE, "&")
        elif found["value"]:
            pieces.open(SpanItem([], keeps_text=True))
            pieces.add_text(RunStyle(b"code"), unescape(found[0]))
            pieces.close([])
        else:
            pieces.add_object(ObjectItem([found[0].encode()]))
    return arranged(pieces)
