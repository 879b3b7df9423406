"""A Word paragraph as pieces: text in runs, links, fields, notes, pictures (ISO 29500-1 §17.3).

It is read as it reads once every tracked change is accepted: what was deleted stays where it is and is no
text, what was inserted is text within its mark. Marks of the spelling checker and of where pages ended are
about the text that was, and go when it is translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_xml import is_too_deep
from lmstudio_lite.documents.rewriting.office.runs import (
    Inline,
    ObjectItem,
    Pair,
    PieceReader,
    RunStyle,
    SpanItem,
    arranged,
)
from lmstudio_lite.documents.rewriting.office.word_fields import ComplexField, Fields
from lmstudio_lite.documents.rewriting.xml_source import Stretch, XmlNode

LEAVES = frozenset(("w:t",))
_WRAPPERS = frozenset(
    ("w:hyperlink", "w:ins", "w:moveTo", "w:smartTag", "w:customXml", "w:dir", "w:bdo", "w:fldSimple")
)
_PROPERTIES = frozenset(("w:pPr", "w:rPr"))
_OF_WRAPPERS = frozenset(("w:smartTagPr", "w:customXmlPr", "w:fldData"))
_STALE = frozenset(("w:proofErr", "w:lastRenderedPageBreak", "w:softHyphen"))
_PAIRS = {
    "w:bookmarkStart": ("bookmark", True),
    "w:bookmarkEnd": ("bookmark", False),
    "w:commentRangeStart": ("comment", True),
    "w:commentRangeEnd": ("comment", False),
    "w:permStart": ("permission", True),
    "w:permEnd": ("permission", False),
    "w:moveToRangeStart": ("move", True),
    "w:moveToRangeEnd": ("move", False),
    "w:moveFromRangeStart": ("move", True),
    "w:moveFromRangeEnd": ("move", False),
}
_PARTING = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n"}
_NO_BREAK_HYPHEN = "\N{NON-BREAKING HYPHEN}"
_SYMBOL_FONT = re.compile(
    rb"""ascii\s*=\s*["'](?:symbol|wingdings[ 23]*|webdings|zapfdingbats)["']""", re.IGNORECASE
)
"""In these fonts letters are pictures: the "J" of old mails is a smile."""
_LOOK_ALIKE = frozenset(("w:lang", "w:noProof", "w:rPrChange", "w:rtl", "w:cs", "w:webHidden"))
"""Properties of runs that readers don't see, and those that the translation's language decides."""
_OF_COMPLEX_SCRIPTS = frozenset(("w:bCs", "w:iCs", "w:szCs"))
_OF_OTHER_SCRIPTS = frozenset(("w:b", "w:i", "w:sz"))


@dataclass(slots=True)
class WordText:
    """One text of a file (a body, a note, a box): its fields may reach over several paragraphs."""

    fields: Fields = field(default_factory=dict)
    open_codes: int = 0
    """Fields whose code is being read."""


@dataclass(slots=True)
class WordParagraphs:
    """Reads paragraphs one after the other, those of each text in its order."""

    hidden_styles: frozenset[str] = frozenset()
    num_hidden: int = 0
    _styles: dict[bytes, RunStyle] = field(default_factory=dict)

    def read(self, paragraph: XmlNode, text: WordText) -> tuple[Inline, Stretch]:
        """Return the paragraph and the stretch that its runs take up."""
        reading = _Reading(self, text, paragraph)
        reading.children(paragraph, 0)
        reading.end()
        properties = paragraph.find("w:pPr")
        start = properties.end if properties is not None else paragraph.inner_start
        return arranged(reading.pieces), (start, max(start, paragraph.close))

    def style(self, run: XmlNode) -> RunStyle:
        """Return what a run is set in; marks of editing sessions are no matter."""
        properties = run.find("w:rPr")
        raw = properties.raw if properties is not None else b""
        known = run.prefix + raw
        style = self._styles.get(known)
        if style is None:
            style = self._styles[known] = _run_style(_look(properties), run, raw)
        return style

    def is_hidden(self, run: XmlNode) -> bool:
        properties = run.find("w:rPr")
        if properties is None:
            return False
        for child in properties.children:
            if child.tag == "w:vanish":
                return child.get("w:val", "1") not in ("0", "false", "off")
        style = properties.find("w:rStyle")
        return style is not None and style.get("w:val") in self.hidden_styles


def _run_style(key: bytes, run: XmlNode, properties: bytes) -> RunStyle:
    prefix = run.prefix
    opened = b'<%bt xml:space="preserve">' % prefix
    closed = b"</%bt>" % prefix
    return RunStyle(
        key,
        b"<%br>%b%b" % (prefix, properties, opened),
        closed + b"</%br>" % prefix,
        (
            ("\n", closed + b"<%bbr/>" % prefix + opened),
            ("\t", closed + b"<%btab/>" % prefix + opened),
            (_NO_BREAK_HYPHEN, closed + b"<%bnoBreakHyphen/>" % prefix + opened),
        ),
    )


def _look(properties: XmlNode | None) -> bytes:
    """Return what of a run's properties is to be seen, alike for letters of either direction."""
    if properties is None:
        return b""
    is_rtl = any(child.tag == "w:rtl" and child.get("w:val", "1") != "0" for child in properties.children)
    unseen = _LOOK_ALIKE | (_OF_OTHER_SCRIPTS if is_rtl else _OF_COMPLEX_SCRIPTS)
    return b"".join(
        child.raw.replace(b"Cs", b"", 1) if child.tag in _OF_COMPLEX_SCRIPTS else child.raw
        for child in properties.children
        if child.tag not in unseen and not _is_font_hint(child)
    )


def _is_font_hint(child: XmlNode) -> bool:
    return child.tag == "w:rFonts" and [name for name, _ in child.attributes()] == ["w:hint"]


class _Reading:
    """Reads one paragraph."""

    def __init__(self, paragraphs: WordParagraphs, text: WordText, paragraph: XmlNode) -> None:
        self.pieces = PieceReader()
        self._paragraphs = paragraphs
        self._text = text
        self._paragraph = paragraph
        self._waiting: list[tuple[ComplexField, int, ObjectItem]] = []
        """Fields begun in this paragraph, at which depth of spans, with what came of them so far."""
        self._open_spans: list[tuple[ComplexField, int]] = []

    def children(self, element: XmlNode, depth: int) -> None:
        for child in element.children:
            tag = child.tag
            if tag == "w:r":
                self._run(child, depth)
            elif tag in _PROPERTIES or tag in _OF_WRAPPERS or tag in _STALE:
                continue
            elif tag in _WRAPPERS and child.has_children and not is_too_deep(depth):
                self._wrapper(child, child, depth)
            elif tag == "w:sdt" and not is_too_deep(depth):
                content = child.find("w:sdtContent")
                if content is None or content.is_empty:
                    self._object([child.stretch])
                else:
                    self._wrapper(child, content, depth)
            else:
                self._object([child.stretch], pairs=_pairs(child))

    def end(self) -> None:
        """Take what is left open for what it is: marks of a field that goes on in another paragraph."""
        for _, _, item in self._waiting:
            self.pieces.add_object(item)
        self._waiting.clear()

    def _wrapper(self, wrapper: XmlNode, content: XmlNode, depth: int) -> None:
        if self._is_in_code:
            self._object([wrapper.stretch])
            return
        start = content.inner_start
        for child in content.children:
            if child.tag not in _OF_WRAPPERS:
                break
            start = child.end
        is_field = wrapper.tag == "w:fldSimple"
        span = SpanItem([(wrapper.start, start)], is_link=wrapper.tag == "w:hyperlink")
        self.pieces.open(span)
        self.children(content, depth + 1)
        while self._waiting and self._waiting[-1][1] >= self.pieces.depth:
            # A field that begins in here and goes on behind it.
            self.pieces.add_object(self._waiting.pop()[2])
        self.pieces.close([(content.close, wrapper.end)])
        span.keeps_text = is_field and not _has_letters(span)

    @property
    def _is_in_code(self) -> bool:
        return self._text.open_codes > 0

    def _object(self, chunks: list[bytes | Stretch], implied: str = "", pairs: tuple[Pair, ...] = ()) -> None:
        item = ObjectItem(chunks, implied, pairs, is_layout=bool(implied))
        if self._waiting:
            waiting = self._waiting[-1][2]
            waiting.chunks += chunks
            waiting.pairs += pairs
        else:
            self.pieces.add_object(item)

    def _run(self, run: XmlNode, depth: int) -> None:
        style = self._paragraphs.style(run)
        is_hidden = self._paragraphs.is_hidden(run)
        properties = run.find("w:rPr")
        head_end = properties.end if properties is not None else run.inner_start
        head: Stretch = (run.start, head_end)
        tail: Stretch = (run.close, run.end)
        for child in run.children:
            tag = child.tag
            if tag in _PROPERTIES or tag in _STALE:
                continue
            around: list[bytes | Stretch] = [head, child.stretch, tail]
            if tag == "w:fldChar":
                self._field_mark(child, around)
            elif self._is_in_code:
                self._object(around)
            elif is_hidden:
                self._paragraphs.num_hidden += tag == "w:t" and has_word(child.text)
                self._object(around)
            elif tag == "w:t" and _SYMBOL_FONT.search(style.key):
                self._object(around)
            elif tag == "w:t":
                self.pieces.add_text(style, child.text)
            elif tag == "w:noBreakHyphen":
                self.pieces.add_text(style, _NO_BREAK_HYPHEN)
            elif tag == "w:ruby" and not is_too_deep(depth):
                self._ruby(child, head, tail, depth)
            else:
                self._object(around, _PARTING.get(tag, ""))

    def _ruby(self, ruby: XmlNode, head: Stretch, tail: Stretch, depth: int) -> None:
        """Read a word with its pronunciation above it, which stays: it is part of the form."""
        base = ruby.find("w:rubyBase")
        if base is None or base.is_empty:
            self._object([head, ruby.stretch, tail])
            return
        self.pieces.open(SpanItem([head, (ruby.start, base.inner_start)]))
        self.children(base, depth + 1)
        self.pieces.close([(base.close, ruby.end), tail])

    def _field_mark(self, mark: XmlNode, around: list[bytes | Stretch]) -> None:
        found = self._text.fields.get(mark)
        if found is None:
            self._object(around)
        elif mark == found.begin:
            self._waiting.append((found, self.pieces.depth, ObjectItem(around)))
            self._text.open_codes += 1
        elif mark == found.separate:
            self._text.open_codes -= 1
            self._separate(found, around)
        else:
            self._end_field(found, around)

    def _separate(self, found: ComplexField, around: list[bytes | Stretch]) -> None:
        if not self._waiting or self._waiting[-1][0] is not found:
            self._object(around)
            return
        _, depth, item = self._waiting.pop()
        item.chunks += around
        is_whole = (
            not self._is_in_code
            and self.pieces.depth == depth
            and found.end is not None
            and self._encloses(found.begin, found.end)
        )
        if self._waiting or not is_whole:
            self._object(item.chunks, pairs=item.pairs)
            return
        self.pieces.open(SpanItem(item.chunks))
        self._open_spans.append((found, self.pieces.depth))

    def _encloses(self, begin: XmlNode, end: XmlNode) -> bool:
        """Whether a field begins and ends in runs side by side, so that it is one stretch."""
        first, last = begin.parent, end.parent
        return first is not None and last is not None and first.parent == last.parent

    def _end_field(self, found: ComplexField, around: list[bytes | Stretch]) -> None:
        if found.separate is None:
            self._text.open_codes -= 1
        if self._waiting and self._waiting[-1][0] is found:
            _, _, item = self._waiting.pop()
            self._object(item.chunks + around, pairs=item.pairs)
        elif self._open_spans and self._open_spans[-1] == (found, self.pieces.depth):
            self._open_spans.pop()
            span = self.pieces.current
            self.pieces.close(around)
            span.keeps_text = not _has_letters(span)
        else:
            self._object(around)


def has_word(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _has_letters(span: SpanItem) -> bool:
    return any(has_word(text) for text in span.texts())


def _pairs(element: XmlNode) -> tuple[Pair, ...]:
    found = _PAIRS.get(element.tag)
    if found is None:
        return ()
    return (Pair(f"{found[0]} {element.get('w:id')}", found[1]),)
