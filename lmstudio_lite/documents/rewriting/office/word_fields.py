"""Which marks of fields belong together in a Word file (ISO 29500-1 §17.16.18).

A field is a beginning, a code, a separator, a result and an end, each in a run of its own; they may lie in
different paragraphs, and in one another. The code is never text. What has no counterpart, as in damaged
files, is no field: taking all that follows for its code would lose a document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.xml_source import XmlNode


@dataclass(slots=True)
class ComplexField:
    begin: XmlNode
    separate: XmlNode | None = None
    end: XmlNode | None = None


Fields = dict[XmlNode, ComplexField]
"""The field of each of its two or three marks."""


def match_fields(marks: Iterable[XmlNode]) -> Fields:
    """Return the fields that have an end, of the marks (``w:fldChar``) of one text in their order."""
    found: Fields = {}
    open_fields: list[ComplexField] = []
    for mark in marks:
        match mark.get("w:fldCharType"):
            case "begin":
                open_fields.append(ComplexField(mark))
            case "separate" if open_fields and open_fields[-1].separate is None:
                open_fields[-1].separate = mark
            case "end" if open_fields:
                field = open_fields.pop()
                field.end = mark
                for each in (field.begin, field.separate, mark):
                    if each is not None:
                        found[each] = field
            case _:
                pass
    return found
