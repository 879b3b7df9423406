"""The inventory of a document: its format's own, or that of a format that knows only text and pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lmstudio_lite.documents.formats import Format, Kind
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind
from lmstudio_lite.safe_text import safe_line

_LONGEST_NAME = 200


def inventory_of(reading: Reading, text: str, found: Format) -> tuple[Part, ...]:
    """Return what the file holds, with names that can be shown; ``text`` is what came out of it."""
    return tuple(
        replace(part, name=_printable(part.name))
        for part in reading.inventory or _parts(reading, text, found)
    )


def _parts(reading: Reading, text: str, found: Format) -> Iterator[Part]:
    how = HowRead.RECOGNIZED if reading.is_recognized else HowRead.TEXT
    if not reading.pages:
        kind = PartKind.PICTURE if found.kind is Kind.PICTURE else PartKind.BODY
        yield Part(kind, num_characters=len(text), how=how)
    kind = PartKind.SLIDE if found.kind in (Kind.SLIDES, Kind.OPEN_SLIDES) else PartKind.PAGE
    for page in reading.pages:
        num_characters = len(text[page.start : page.end].strip())
        yield Part(kind, page.number, "", num_characters, how if num_characters else HowRead.EMPTY)


def _printable(name: str) -> str:
    """Return ``name`` on one line, without the surrogates that stand for bytes that are no UTF-8."""
    return safe_line(name.encode("utf-8", "replace").decode())[:_LONGEST_NAME]
