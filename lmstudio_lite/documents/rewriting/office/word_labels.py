"""What Word puts before numbered paragraphs ("Article %1"), where it has a word (ISO 29500-1 §17.9.11)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.office.open_xml import Relations
from lmstudio_lite.documents.rewriting.office.survey import Survey
from lmstudio_lite.documents.rewriting.xml_source import Splices, XmlNode, escaped_value
from lmstudio_lite.domain.units import (
    BilingualLayout,
    Mark,
    MarkKind,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
)

_LABELS = frozenset(("w:lvlText",))
_NO_LEAVES: frozenset[str] = frozenset()
_NUMBER = re.compile("%[1-9]")
_PICTURES = frozenset(("bullet", "none"))
"""Kinds of numbering whose text is a sign in some font."""


@dataclass(frozen=True, slots=True)
class LabelSite:
    """The text of one level of a list; "%1" stands for a number and stays."""

    node: XmlNode

    @property
    def text(self) -> str:
        return self.node.get("w:val")

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(
            Mark(number, MarkKind.SPAN, *found.span(), keeps_text=True)
            for number, found in enumerate(_NUMBER.finditer(self.text), 1)
        )

    def write(self, splices: Splices, text: UnitText, wanted: WriteUnitsOptions) -> None:
        stretch = self.node.value_stretch("w:val")
        if stretch is None or wanted.layout is not BilingualLayout.NONE:
            return
        label = text.text
        for mark in sorted(text.marks, key=lambda each: -each.start):
            number = self.marks[mark.number - 1]
            label = label[: mark.start] + self.text[number.start : number.end] + label[mark.end :]
        splices.replace(stretch, escaped_value(label))


def add_labels(survey: Survey, relations: Relations, main: str) -> None:
    """Add the texts before numbered paragraphs."""
    for part in relations.targets(main, "numbering"):
        source = survey.source(part, _NO_LEAVES)
        for node in source.root.iter_tags(_LABELS) if source is not None else ():
            level = node.parent
            kind = level.find("w:numFmt") if level is not None else None
            site = LabelSite(node)
            words = _NUMBER.sub("", site.text)
            is_word = len(words.strip(" .():-[]")) > 1
            if is_word and (kind is None or kind.get("w:val") not in _PICTURES):
                survey.add(site, UnitKind.VALUE, part)
