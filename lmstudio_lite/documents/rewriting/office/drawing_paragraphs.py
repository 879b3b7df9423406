"""Paragraphs of DrawingML (ISO 29500-1 §21.1.2): those of slides, charts, diagrams and shapes.

A link is a property of runs here, a field holds its text itself, and what a run looks like is mostly told by
attributes, among which are traces of the spelling checker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.rewriting.locales import is_right_to_left, locale_of
from lmstudio_lite.documents.rewriting.office.runs import (
    Inline,
    ObjectItem,
    PieceReader,
    RunStyle,
    SpanItem,
    arranged,
)
from lmstudio_lite.documents.rewriting.xml_source import Splices, Stretch, XmlNode
from lmstudio_lite.domain.units import WriteUnitsOptions

LEAVES = frozenset(("a:t",))
_LOOK_ALIKE = frozenset(
    ("lang", "altLang", "dirty", "err", "noProof", "smtClean", "smtId", "bmk", "normalizeH", "kumimoji")
)
_SYMBOL_FONT = re.compile(
    rb"""<(?:\w+:)?latin\s[^>]*typeface\s*=\s*["'](?:symbol|wingdings[ 23]*|webdings)["']""", re.IGNORECASE
)
_LINKS = frozenset(("a:hlinkClick", "a:hlinkMouseOver"))
_TURNED_SIDES = {"l": b"r", "r": b"l"}


def read_drawing_paragraph(paragraph: XmlNode) -> tuple[Inline, Stretch]:
    """Return the paragraph and the stretch that its runs take up."""
    pieces = PieceReader()
    start, end = paragraph.inner_start, max(paragraph.inner_start, paragraph.close)
    links = _Links(pieces)
    for child in paragraph.children:
        if child.tag == "a:pPr":
            start = child.end
        elif child.tag == "a:endParaRPr":
            end = child.start
            break
        elif child.tag == "a:br" and links.is_open:
            links.breaks.append(child)
        else:
            links.go_on(_link_of(child) if child.tag == "a:r" else b"")
            _read_piece(child, pieces)
    links.go_on(b"")
    return arranged(pieces), (start, end)


class _Links:
    """Makes a span of runs that lead to the same place; a line break at its end is not of it."""

    def __init__(self, pieces: PieceReader) -> None:
        self.breaks: list[XmlNode] = []
        self._pieces = pieces
        self._link = b""

    @property
    def is_open(self) -> bool:
        return bool(self._link)

    def go_on(self, link: bytes) -> None:
        """Begin or end a span before what leads to ``link``."""
        if self._link and self._link != link:
            self._pieces.close([])
        for each in self.breaks:
            _read_piece(each, self._pieces)
        self.breaks.clear()
        if link and self._link != link:
            self._pieces.open(SpanItem([], is_link=True))
        self._link = link


def _read_piece(child: XmlNode, pieces: PieceReader) -> None:
    text = child.find("a:t")
    if child.tag == "a:r":
        if text is None or _SYMBOL_FONT.search(_style(child).key):
            pieces.add_object(ObjectItem([child.stretch]))
        else:
            pieces.add_text(_style(child), text.text)
    elif child.tag == "a:br":
        pieces.add_object(ObjectItem([child.stretch], "\n", is_layout=True))
    elif child.tag == "a:fld" and text is not None and text.text:
        pieces.open(SpanItem([(child.start, text.inner_start)], keeps_text=True))
        pieces.add_text(RunStyle(b"field"), text.text)
        pieces.close([(text.close, child.end)])
    else:
        pieces.add_object(ObjectItem([child.stretch]))


def _link_of(run: XmlNode) -> bytes:
    properties = run.find("a:rPr")
    if properties is None or not properties.children:
        return b""
    return b"".join(child.raw for child in properties.children if child.tag in _LINKS)


def _style(run: XmlNode) -> RunStyle:
    properties = run.find("a:rPr")
    prefix = run.prefix
    key, raw = b"", b""
    if properties is not None:
        raw = properties.raw
        attributes = [each for each in sorted(properties.attributes()) if each[0] not in _LOOK_ALIKE]
        key = repr(attributes).encode() if attributes else b""
        key += b"".join(child.raw for child in properties.children)
    opened = b"<%br>%b<%bt>" % (prefix, raw, prefix)
    closed = b"</%bt></%br>" % (prefix, prefix)
    text = run.find("a:t")
    if text is not None and "\n" in text.text:
        # Pandoc ends lines of code so; what is a line end here is one there.
        return RunStyle(key, opened, closed)
    return RunStyle(key, opened, closed, (("\n", closed + b"<%bbr/>" % prefix + opened),))


@dataclass(slots=True)
class DrawingDialect:
    """Language, direction and copies of these paragraphs."""

    _restyled: dict[tuple[RunStyle, str], RunStyle] = field(default_factory=dict)

    def restyle(self, style: RunStyle, wanted: WriteUnitsOptions) -> RunStyle:
        known = style, wanted.target
        if known not in self._restyled:
            head = _localized(style.head, wanted.target)
            breaks = tuple((each, element.replace(style.head, head)) for each, element in style.breaks)
            self._restyled[known] = replace(style, head=head, breaks=breaks)
        return self._restyled[known]

    def direct(self, paragraph: XmlNode, splices: Splices, wanted: WriteUnitsOptions) -> None:
        properties = paragraph.find("a:pPr")
        if properties is not None:
            turn_paragraphs(properties, splices, is_rtl=is_right_to_left(wanted.target))
        elif is_right_to_left(wanted.target):
            place = paragraph.inner_start
            splices.replace((place, place), b'<%bpPr rtl="1"/>' % paragraph.prefix)

    def copied(self, paragraph: XmlNode, content: bytes, wanted: WriteUnitsOptions) -> bytes:
        prefix = paragraph.prefix
        kept = {child.tag: child.raw for child in paragraph.children}
        first, last = kept.get("a:pPr", b""), kept.get("a:endParaRPr", b"")
        if is_right_to_left(wanted.target):
            if not first:
                first = b"<%bpPr/>" % prefix
            first = re.sub(rb'\srtl="[^"]*"', b"", first)
            first = re.sub(rb"^<([\w:]+)", rb'<\1 rtl="1"', first)
        return b"<%bp>%b%b%b</%bp>" % (prefix, first, content, last, prefix)

    def make_room(self, paragraph: XmlNode, splices: Splices) -> None:
        """Nothing stands behind a paragraph of a shape."""

    def beside(self, paragraph: XmlNode, source: bytes, copy: bytes) -> bytes | None:
        return None


def turn_paragraphs(properties: XmlNode, splices: Splices, *, is_rtl: bool, sets_side: bool = False) -> None:
    """Set the direction in ``a:pPr`` or a level of a list style, and change the sides that are named.

    Sides are those of the page here, whatever the direction. With ``sets_side`` the default is a side too.
    """
    was_rtl = properties.get("rtl") in ("1", "true")
    if was_rtl is is_rtl:
        return
    side = properties.get("algn")
    set_value(properties, "rtl", b"1" if is_rtl else b"0", splices)
    if side in _TURNED_SIDES:
        set_value(properties, "algn", _TURNED_SIDES[side], splices)
    elif not side and sets_side and is_rtl:
        set_value(properties, "algn", b"r", splices)


def set_value(node: XmlNode, name: str, value: bytes, splices: Splices) -> None:
    """Set an attribute that has no namespace."""
    stretch = node.value_stretch(name)
    if stretch is not None:
        splices.replace(stretch, value)
    else:
        place = node.start + 1 + len(node.raw_tag)
        splices.replace((place, place), b' %b="%b"' % (name.encode(), value))


def _localized(head: bytes, language: str) -> bytes:
    """Return the head of a run that says the language of its new text, and nothing of spelling."""
    if not head:
        return head
    locale = locale_of(language).encode()
    found = re.match(rb"<((?:\w+:)?)r><(?:\w+:)?rPr((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", head)
    if found is None:
        place = head.index(b">") + 1
        prefix = head[1 : place - 2]
        return head[:place] + b'<%brPr lang="%b"/>' % (prefix, locale) + head[place:]
    attributes = re.sub(rb"\s(?:err|dirty)\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", found[2])
    named, num_named = re.subn(
        rb"(\slang\s*=\s*)(?:\"[^\"]*\"|'[^']*')", rb'\1"%b"' % locale, attributes, count=1
    )
    attributes = named if num_named else b' lang="%b"' % locale + attributes
    return head[: found.start(2)] + attributes + head[found.end(2) :]
