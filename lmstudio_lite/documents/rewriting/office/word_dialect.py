"""Language, direction and copies of Word paragraphs (ISO 29500-1 §17.3.1 and §17.3.2).

Word keeps three languages for each run, for Latin, East Asian and right-to-left letters, and formats the last
by properties of their own. The elements of a paragraph's properties have an order that Word insists on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.rewriting.locales import EAST_ASIAN, is_right_to_left, locale_of
from lmstudio_lite.documents.rewriting.office.runs import RunStyle
from lmstudio_lite.documents.rewriting.xml_source import Splices, XmlNode
from lmstudio_lite.domain.units import WriteUnitsOptions

_BEFORE_NUMBERS = frozenset(
    ("w:pStyle", "w:keepNext", "w:keepLines", "w:pageBreakBefore", "w:framePr", "w:widowControl")
)
_BEHIND_DIRECTION = frozenset(
    f"w:{name}"
    for name in (
        *("adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents"),
        *("suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl"),
        *("divId", "cnfStyle", "rPr", "sectPr", "pPrChange"),
    )
)
_NOT_COPIED = frozenset(("w:sectPr", "w:pageBreakBefore", "w:pPrChange", "w:numPr", "w:bidi"))
_TWINS = ((b"b", b"bCs"), (b"i", b"iCs"), (b"sz", b"szCs"))
"""Bold, italics and size, and what they are called for letters from right to left."""
_ON = frozenset(("1", "true", "on"))


@dataclass(slots=True)
class WordDialect:
    """``numbered_styles`` are those that count paragraphs by themselves."""

    numbered_styles: frozenset[str] = frozenset()
    _restyled: dict[tuple[RunStyle, str], RunStyle] = field(default_factory=dict)

    def restyle(self, style: RunStyle, wanted: WriteUnitsOptions) -> RunStyle:
        known = style, wanted.target
        if known not in self._restyled:
            self._restyled[known] = replace(style, head=_localized(style.head, wanted.target))
        return self._restyled[known]

    def direct(self, paragraph: XmlNode, splices: Splices, wanted: WriteUnitsOptions) -> None:
        properties = paragraph.find("w:pPr")
        wants_rtl = is_right_to_left(wanted.target)
        prefix = paragraph.prefix
        if properties is None or properties.is_empty:
            if wants_rtl:
                place = (paragraph.inner_start,) * 2 if properties is None else properties.stretch
                splices.replace(place, b"<%bpPr><%bbidi/></%bpPr>" % (prefix, prefix, prefix))
            return
        found = properties.find("w:bidi")
        if wants_rtl and not is_on(found):
            if found is not None:
                splices.replace(found.stretch, b"<%bbidi/>" % prefix)
                return
            behind = (child.start for child in properties.children if child.tag in _BEHIND_DIRECTION)
            place_in = next(behind, properties.close)
            splices.replace((place_in, place_in), b"<%bbidi/>" % prefix)
        elif not wants_rtl and found is not None and is_on(found):
            splices.replace(found.stretch, b"")

    def copied(self, paragraph: XmlNode, content: bytes, wanted: WriteUnitsOptions) -> bytes:
        prefix = paragraph.prefix
        properties = paragraph.find("w:pPr")
        inner = self._copied_properties(properties, prefix, is_right_to_left(wanted.target))
        return b"<%bp>%b%b</%bp>" % (prefix, inner, content, prefix)

    def make_room(self, paragraph: XmlNode, splices: Splices) -> None:
        section = paragraph.find("w:pPr/w:sectPr")
        if section is not None:
            splices.replace(section.stretch, b"")

    def beside(self, paragraph: XmlNode, source: bytes, copy: bytes) -> bytes | None:
        body = paragraph.parent
        if body is None or body.tag != "w:body" or _has_open_field(paragraph):
            return None
        prefix = paragraph.prefix
        section = paragraph.find("w:pPr/w:sectPr")
        is_last = paragraph in body.children[-2:]
        after = b""
        if section is not None:
            after = b"<%bp><%bpPr>%b</%bpPr></%bp>" % (prefix, prefix, section.raw, prefix, prefix)
            copy = copy.replace(section.raw, b"", 1)
        elif is_last:
            after = b"<%bp/>" % prefix
        table = _COLUMNS.replace(b"w:", prefix) % (source, copy)
        return table + after

    def _copied_properties(self, properties: XmlNode | None, prefix: bytes, is_rtl: bool) -> bytes:
        children = properties.children if properties is not None else ()
        style = next((child.get("w:val") for child in children if child.tag == "w:pStyle"), "")
        is_counted = style in self.numbered_styles or any(child.tag == "w:numPr" for child in children)
        first, middle, last = b"", b"", b""
        for child in children:
            if child.tag in _NOT_COPIED and child.tag != "w:sectPr":
                continue
            raw = _without_tracking(child.raw) if child.tag == "w:rPr" else child.raw
            if child.tag in _BEFORE_NUMBERS:
                first += raw
            elif child.tag in _BEHIND_DIRECTION:
                last += raw
            else:
                middle += raw
        if is_counted:
            first += b'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>'.replace(b"w:", prefix)
        middle += b"<%bbidi/>" % prefix if is_rtl else b""
        inner = first + middle + last
        return b"<%bpPr>%b</%bpPr>" % (prefix, inner, prefix) if inner else b""


_COLUMNS = (
    b'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/></w:tblPr>'
    b'<w:tblGrid><w:gridCol w:w="4800"/><w:gridCol w:w="4800"/></w:tblGrid><w:tr>'
    b'<w:tc><w:tcPr><w:tcW w:w="2500" w:type="pct"/></w:tcPr>%b</w:tc>'
    b'<w:tc><w:tcPr><w:tcW w:w="2500" w:type="pct"/></w:tcPr>%b</w:tc></w:tr></w:tbl>'
)


def is_on(element: XmlNode | None) -> bool:
    return element is not None and element.get("w:val", "1") in _ON


def _has_open_field(paragraph: XmlNode) -> bool:
    depth = 0
    for node in paragraph.iter():
        if node.tag == "w:fldChar":
            depth += {"begin": 1, "end": -1}.get(node.get("w:fldCharType"), 0)
        elif node.tag == "w:txbxContent":
            return True
    return depth != 0


def _without_tracking(properties: bytes) -> bytes:
    """Return a paragraph mark's properties without that it was inserted or deleted."""
    return re.sub(rb"<(?:\w+:)?(?:ins|del|moveFrom|moveTo)\s[^>]*/>", b"", properties)


def language_attributes(language: str, prefix: bytes, old: bytes = b"") -> bytes:
    """Return the attributes of ``w:lang`` for a language; the other two of ``old`` stay.

    ``prefix`` is that of elements; attributes may have another.
    """
    locale = locale_of(language).encode()
    name = b"eastAsia" if language in EAST_ASIAN else b"bidi" if is_right_to_left(language) else b"val"
    known = re.search(rb"(\w+:)(?:val|eastAsia|bidi)\s*=", old)
    attribute = (known[1] if known else prefix) + name
    kept = re.sub(rb"\s*" + re.escape(attribute) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", old)
    kept = kept.strip()
    return b'%b="%b"' % (attribute, locale) + (b" " + kept if kept else b"")


def _localized(head: bytes, language: str) -> bytes:
    """Return the head of a run with the language and the direction of its new text."""
    opened = re.match(rb"<((?:\w+:)?)r>", head)
    prefix = opened[1] if opened else b""
    change = head.find(b"<%brPrChange" % prefix)
    own, rest = (head, b"") if change < 0 else (head[:change], head[change:])
    own = re.sub(
        rb"<%blang\b([^>]*?)/>" % re.escape(prefix),
        lambda found: b"<%blang %b/>" % (prefix, language_attributes(language, prefix, found[1])),
        own,
    )
    own, num_turned = re.subn(rb"<%brtl(?:\s[^>]*)?/>" % re.escape(prefix), b"", own)
    if is_right_to_left(language):
        return _turned(own + rest, prefix)
    if language in EAST_ASIAN and prefix:
        own = _hinted(own, prefix)
    return (_turned_back(own, prefix) if num_turned else own) + rest


def _hinted(head: bytes, prefix: bytes) -> bytes:
    """Return the head of a run whose quotation marks are set in the East Asian font, as Word has it."""
    hint = b'%bhint="eastAsia"' % prefix
    fonts = re.search(rb"<%brFonts\b([^>]*?)/>" % re.escape(prefix), head)
    if fonts:
        return head if b"hint=" in fonts[1] else head[: fonts.end(1)] + b" " + hint + head[fonts.end(1) :]
    element = b"<%brFonts %b/>" % (prefix, hint)
    opened = re.search(rb"<%brPr>(?:<%brStyle\b[^>]*/>)?" % (re.escape(prefix), re.escape(prefix)), head)
    if opened:
        return head[: opened.end()] + element + head[opened.end() :]
    place = head.index(b">") + 1
    properties = b"<%brPr>%b</%brPr>" % (prefix, element, prefix)
    return head[:place] + properties + head[place:].replace(b"<%brPr/>" % prefix, b"", 1)


def _turned_back(head: bytes, prefix: bytes) -> bytes:
    """Return the head of what was a run from right to left, with its looks said for other letters too."""
    for name, twin in _TWINS:
        found = re.search(rb"<%b%b(\s[^>]*)?/>" % (re.escape(prefix), twin), head)
        if found and not re.search(rb"<%b%b[\s/]" % (re.escape(prefix), name), head):
            element = b"<%b%b%b/>" % (prefix, name, found[1] or b"")
            head = head[: found.start()] + element + head[found.start() :]
    return head


def _turned(head: bytes, prefix: bytes) -> bytes:
    """Return the head of a run of letters from right to left, with what is said of them in particular."""
    opened, closed = b"<%brPr>" % prefix, b"</%brPr>" % prefix
    turned = b"<%brtl/>" % prefix
    if opened not in head:
        place = head.index(b">") + 1
        return head[:place] + opened + turned + closed + head[place:].replace(b"<%brPr/>" % prefix, b"", 1)
    for name, twin in _TWINS:
        found = re.search(rb"<%b%b(\s[^>]*)?/>" % (re.escape(prefix), name), head)
        if found and b"<%b%b" % (prefix, twin) not in head:
            element = b"<%b%b%b/>" % (prefix, twin, found[1] or b"")
            head = head[: found.end()] + element + head[found.end() :]
    behind = re.search(
        rb"<%b(?:cs|em|lang|eastAsianLayout|specVanish|oMath|rPrChange)\b|</%brPr>"
        % (re.escape(prefix), re.escape(prefix)),
        head,
    )
    place = behind.start() if behind else head.index(closed)
    return head[:place] + turned + head[place:]
