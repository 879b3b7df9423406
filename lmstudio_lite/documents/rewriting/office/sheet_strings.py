"""Texts of cells and comments in Excel files (ISO 29500-1 §18.4): plain, or in runs, with readings above.

Characters that XML can't hold are written as "_x000D_" (ST_Xstring). Readings of Japanese words count the
characters they stand above; they are kept, and end where the new text ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.office.drawing_paragraphs import set_value
from lmstudio_lite.documents.rewriting.office.runs import Inline, PieceReader, RunStyle, arranged
from lmstudio_lite.documents.rewriting.office.sites import ParagraphSite, ValueSite
from lmstudio_lite.documents.rewriting.xml_source import Splices, Stretch, XmlNode, escaped_value
from lmstudio_lite.domain.units import Mark, UnitText, WriteUnitsOptions

LEAVES = frozenset(("s:t",))
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_READINGS = frozenset(("s:rPh", "s:phoneticPr"))
_BREAKS = (("_x", b"_x005F_x"),)
"""What would be read as an escape is escaped itself."""


def unescaped(text: str) -> str:
    """Return what an ST_Xstring says; a carriage return says nothing."""
    return _ESCAPED.sub(_character, text).replace("\r", "")


def _character(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return found[0] if "\ud800" <= character <= "\udfff" else character


def read_string(node: XmlNode) -> tuple[Inline, Stretch]:
    """Return the text of a string item, and the stretch that its runs take up."""
    pieces = PieceReader()
    children = node.children
    end = max(node.inner_start, node.close)
    in_runs = any(child.tag == "s:r" for child in children)
    for child in children:
        if child.tag in _READINGS:
            end = min(end, child.start)
        elif child.tag == "s:t":
            pieces.add_text(_plain_style(child, in_runs=in_runs), unescaped(child.text))
        elif child.tag == "s:r":
            text = child.find("s:t")
            if text is not None:
                pieces.add_text(_run_style(child), unescaped(text.text))
    return arranged(pieces), (node.inner_start, end)


def _plain_style(text: XmlNode, *, in_runs: bool) -> RunStyle:
    prefix = text.prefix
    opened, closed = b'<%bt xml:space="preserve">' % prefix, b"</%bt>" % prefix
    if in_runs:
        opened, closed = b"<%br>%b" % (prefix, opened), b"%b</%br>" % (closed, prefix)
    return RunStyle(b"", opened, closed, _BREAKS)


def _run_style(run: XmlNode) -> RunStyle:
    prefix = run.prefix
    properties = run.find("s:rPr")
    raw = properties.raw if properties is not None else b""
    head = b'<%br>%b<%bt xml:space="preserve">' % (prefix, raw, prefix)
    return RunStyle(raw, head, b"</%bt></%br>" % (prefix, prefix), _BREAKS)


class StringDialect:
    """A cell's text has no language, and its direction is the sheet's."""

    def restyle(self, style: RunStyle, wanted: WriteUnitsOptions) -> RunStyle:
        return style

    def direct(self, paragraph: XmlNode, splices: Splices, wanted: WriteUnitsOptions) -> None:
        """Nothing is said of a cell's direction."""

    def copied(self, paragraph: XmlNode, content: bytes, wanted: WriteUnitsOptions) -> bytes:
        return content

    def make_room(self, paragraph: XmlNode, splices: Splices) -> None:
        """Nothing stands behind a cell's text."""

    def beside(self, paragraph: XmlNode, source: bytes, copy: bytes) -> bytes | None:
        return None


@dataclass(frozen=True, slots=True)
class StringSite:
    """A string item: a paragraph whose readings end where its text ends."""

    site: ParagraphSite

    @property
    def text(self) -> str:
        return self.site.text

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self.site.marks

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        self.site.write(splices, text, wanted)
        for child in self.site.paragraph.children:
            for name in ("sb", "eb") if child.tag == "s:rPh" else ():
                value = child.get(name)
                if value.isdecimal() and int(value) > len(text.text):
                    set_value(child, name, b"%d" % len(text.text), splices)


def string_site(node: XmlNode) -> StringSite | None:
    """Return the site of a string item, None where it holds no words."""
    inline, content = read_string(node)
    return StringSite(ParagraphSite(node, inline, content, _DIALECT)) if inline.has_words else None


_DIALECT = StringDialect()


@dataclass(frozen=True, slots=True)
class NameSite(ValueSite):
    """An attribute that repeats a cell's text: the name of a table's column."""

    @property
    def text(self) -> str:
        return unescaped(self.node.get(self.name))

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        stretch = self.node.value_stretch(self.name)
        if stretch is not None:
            value = text.text.replace("_x", "_x005F_x").replace("\n", "_x000a_")
            splices.replace(stretch, escaped_value(value))
