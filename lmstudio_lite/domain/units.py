"""The text of a file that is translated in place: units, the marks of their form, and what takes their place.

A unit is a text that a file holds together: a paragraph, a cell, a subtitle, a message of a program. Its
form (bold stretches, links, pictures, anchors of footnotes) stands in marks beside the text and never in it:
a model is given the plain text, and the program puts the marks back. Positions are characters of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.errors import InvariantError


class UnitKind(StrEnum):
    """Where in its file a unit stands, as far as that matters to who reviews the translation."""

    BODY = "body"
    HEADING = "heading"
    CELL = "cell"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"
    ENDNOTE = "endnote"
    COMMENT = "comment"
    TEXT_BOX = "text_box"
    SHAPE = "shape"
    SPEAKER_NOTE = "speaker_note"
    CHART = "chart"
    SHEET_NAME = "sheet_name"
    ALT_TEXT = "alt_text"
    TITLE = "title"
    CUE = "cue"
    MESSAGE = "message"
    VALUE = "value"


class MarkKind(StrEnum):
    """How much a mark is worth: only a style may be given up, and that is told."""

    STYLE = "style"
    """A stretch in another type: bold, another size."""
    SPAN = "span"
    """A stretch that does something: a link, the words of a field. It holds a character at least."""
    OBJECT = "object"
    """Stands between characters (``start == end``): a picture, an anchor, a break, a field without words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``number`` is the mark's own within its unit. Marks lie in one another or apart; none cross.

    ``keeps_text``: the words of the span are no language (code, an address, a name that the file says not to
    translate). They are to stand in the translation letter for letter; what writes the file sees to it too.
    """

    number: int
    kind: MarkKind
    start: int
    end: int
    keeps_text: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """``part`` is the file's own name for where the unit stands ("word/footnotes.xml", "Sheet1", "00:01:05").

    ``number`` counts the units of the part, from 1.
    """

    kind: UnitKind
    part: str
    number: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A text is one for certain numbers only (a plural form): ``sign`` stands in it for such as ``number``.

    Which words go with 2 and which with 5 is seen by translating it with such a number.
    """

    sign: str
    number: str

    def filled(self, text: str) -> str:
        """Return ``text`` with the number in the place of the sign."""
        return text.replace(self.sign, self.number, 1)

    def restored(self, text: str) -> str | None:
        """Return ``text`` with the sign in the place of the number, None where that does not stand there."""
        found = re.findall(rf"(?<!\d){self.number}(?!\d)", text)
        if len(found) != 1:
            return None
        return re.sub(rf"(?<!\d){self.number}(?!\d)", lambda _found: self.sign, text)


@dataclass(frozen=True, slots=True)
class Unit:
    """One text of the file. ``note`` is what the file says of it to translators (PO and XLIFF have it).

    ``existing`` is a translation that the file holds already, "" for none. ``max_characters`` is what its
    place can take, None where the file sets no limit. One with an ``amount`` has no marks.
    """

    text: str
    place: Place
    marks: tuple[Mark, ...] = ()
    note: str = ""
    existing: str = ""
    max_characters: int | None = None
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class UnitText:
    """What takes a unit's place: ``marks`` have the numbers of the unit's, at their places in ``text``."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class FileUnits:
    """The units of a file in reading order; a unit's place in ``units`` is its number everywhere.

    ``language`` is what the file says it is written in (ISO 639-1), "" where it does not. ``kept`` counts,
    by a code for ``words``, what of the file is left as it is on purpose ("formula", "code", "macro").
    ``output_suffix`` is that of the file that is written (a PDF becomes ".docx"); ``changes`` are codes for
    ``words`` of what will be otherwise in that file whatever the texts ("layout").
    """

    units: tuple[Unit, ...]
    output_suffix: str
    language: str = ""
    kept: tuple[tuple[str, int], ...] = ()
    changes: tuple[str, ...] = ()


class BilingualLayout(StrEnum):
    """How a translation stands to its source in the file that is written."""

    NONE = "none"
    BELOW = "below"
    """Each source is followed by its translation."""
    BESIDE = "beside"
    """Two columns: source left, translation right."""


@dataclass(frozen=True, slots=True)
class ReadUnitsOptions:
    """What of a file is translated. Reading twice with the same options gives the same units.

    ``target`` (ISO 639-1) tells how many forms a message has that speaks of an amount, "" where no
    translation is meant.

    ``columns`` are those of a CSV file that are translated, by name or by number from 1; empty: all.
    ``encoding`` is what the user says a text is in, "" leaves it to the file.
    """

    with_sheet_names: bool = False
    columns: tuple[str, ...] = ()
    encoding: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class WriteUnitsOptions:
    """What is written: ``target`` is ISO 639-1 and sets the file's language and direction."""

    target: str
    source: str = ""
    layout: BilingualLayout = BilingualLayout.NONE


def order_of_marks(marks: Sequence[Mark]) -> list[Mark]:
    """Return ``marks`` from the outermost, as they open from left to right."""
    return sorted(marks, key=lambda mark: (mark.start, -mark.end, mark.number))


def check_unit_text(unit: Unit, text: UnitText) -> None:
    """See that ``text`` loses, doubles, crosses and invents no mark of ``unit``; a style may be missing.

    Raises:
        InvariantError: it does; which mark, and how.
    """
    wanted = {mark.number: mark for mark in unit.marks}
    found: dict[int, Mark] = {}
    for mark in text.marks:
        source = wanted.get(mark.number)
        if source is None or mark.number in found or source.kind is not mark.kind:
            raise InvariantError(f"mark {mark.number} is invented, doubled or of another kind")
        if not 0 <= mark.start <= mark.end <= len(text.text):
            raise InvariantError(f"mark {mark.number} lies outside the text")
        if (mark.start == mark.end) is not (source.kind is MarkKind.OBJECT):
            raise InvariantError(f"mark {mark.number} has the wrong extent")
        found[mark.number] = mark
    for number, mark in wanted.items():
        if number not in found and mark.kind is not MarkKind.STYLE:
            raise InvariantError(f"mark {number} is lost")
    _check_nesting(found)


def _check_nesting(found: dict[int, Mark]) -> None:
    open_marks: list[Mark] = []
    for mark in order_of_marks(tuple(found.values())):
        while open_marks and open_marks[-1].end <= mark.start:
            open_marks.pop()
        if open_marks and mark.end > open_marks[-1].end:
            raise InvariantError(f"marks {open_marks[-1].number} and {mark.number} cross")
        if mark.kind is not MarkKind.OBJECT:
            open_marks.append(mark)
