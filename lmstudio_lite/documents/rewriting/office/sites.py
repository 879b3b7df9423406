"""Where in a part of a file a text stands, and how another takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lmstudio_lite.documents.rewriting.office.composing import Composer, rendered
from lmstudio_lite.documents.rewriting.office.runs import Inline, RunStyle
from lmstudio_lite.documents.rewriting.xml_source import (
    Render,
    Splices,
    Stretch,
    XmlNode,
    escaped,
    escaped_value,
)
from lmstudio_lite.domain.units import BilingualLayout, Mark, UnitText, WriteUnitsOptions


class Site(Protocol):
    """One text in one part."""

    @property
    def text(self) -> str: ...

    @property
    def marks(self) -> tuple[Mark, ...]: ...

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        """Put ``text``, which fits the site's marks, in its place."""


class Dialect(Protocol):
    """What the formats' paragraphs do in ways of their own."""

    def restyle(self, style: RunStyle, wanted: WriteUnitsOptions) -> RunStyle:
        """Return the style with the language and the direction of the translation."""

    def direct(self, paragraph: XmlNode, splices: Splices, wanted: WriteUnitsOptions) -> None:
        """Set the paragraph's direction."""

    def copied(self, paragraph: XmlNode, content: bytes, wanted: WriteUnitsOptions) -> bytes:
        """Return a paragraph like that one with other content, to stand behind it."""

    def make_room(self, paragraph: XmlNode, splices: Splices) -> None:
        """Take from the paragraph what is to stand behind its copy (the end of a section)."""

    def beside(self, paragraph: XmlNode, source: bytes, copy: bytes) -> bytes | None:
        """Return two columns of paragraphs, None where such a paragraph can't stand in a column."""


@dataclass(frozen=True, slots=True)
class ParagraphSite:
    """A paragraph; ``content`` is the stretch that holds its runs."""

    paragraph: XmlNode
    inline: Inline
    content: Stretch
    dialect: Dialect

    @property
    def text(self) -> str:
        return self.inline.text

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self.inline.marks

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        if wanted.layout is BilingualLayout.NONE:
            chunks = self._composer(text, wanted).composed()
            splices.replace(self.content, lambda render: rendered(chunks, render))
            self.dialect.direct(self.paragraph, splices, wanted)
            return
        self.dialect.make_room(self.paragraph, splices)
        if wanted.layout is BilingualLayout.BESIDE and self.dialect.beside(self.paragraph, b"", b""):
            splices.replace(self.paragraph.stretch, lambda render: self._beside(text, wanted, render))
        else:
            end = self.paragraph.end
            splices.replace((end, end), lambda render: self._copy(text, wanted, render))

    def _copy(self, text: UnitText, wanted: WriteUnitsOptions, render: Render) -> bytes:
        chunks = self._composer(text, wanted, is_copy=True).composed()
        return self.dialect.copied(self.paragraph, rendered(chunks, render), wanted)

    def _beside(self, text: UnitText, wanted: WriteUnitsOptions, render: Render) -> bytes:
        node = self.paragraph
        inner = render(node.inner_start, node.close)
        source = node.start_tag + inner + node.raw[node.close - node.start :]
        columns = self.dialect.beside(node, source, self._copy(text, wanted, render))
        return columns if columns is not None else source

    def _composer(self, text: UnitText, wanted: WriteUnitsOptions, *, is_copy: bool = False) -> Composer:
        return Composer(self.inline, text, lambda style: self.dialect.restyle(style, wanted), is_copy=is_copy)


@dataclass(frozen=True, slots=True)
class LeafSite:
    """An element that holds nothing but text."""

    node: XmlNode

    @property
    def text(self) -> str:
        return self.node.text

    @property
    def marks(self) -> tuple[Mark, ...]:
        return ()

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        splices.replace((self.node.inner_start, self.node.close), escaped(_joined(self.text, text, wanted)))


@dataclass(frozen=True, slots=True)
class ValueSite:
    """An attribute's value."""

    node: XmlNode
    name: str

    @property
    def text(self) -> str:
        return self.node.get(self.name)

    @property
    def marks(self) -> tuple[Mark, ...]:
        return ()

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        stretch = self.node.value_stretch(self.name)
        if stretch is not None:
            splices.replace(stretch, escaped_value(_joined(self.text, text, wanted)))


def _joined(source: str, text: UnitText, wanted: WriteUnitsOptions) -> str:
    """Return the translation, behind its source where both are wanted: such a place has one line."""
    return text.text if wanted.layout is BilingualLayout.NONE else f"{source} / {text.text}"
