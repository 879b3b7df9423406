"""Files translated by nobody: echoed, and with every letter changed, to see what becomes of all else."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as XML

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.files import read_units, write_translation
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    Mark,
    MarkKind,
    ReadUnitsOptions,
    Unit,
    UnitText,
    WriteUnitsOptions,
    check_unit_text,
)

LIMITS = ReadLimits()
NO_OPTIONS = ReadUnitsOptions()


def read(path: Path, options: ReadUnitsOptions = NO_OPTIONS) -> FileUnits:
    return read_units(path, options, LIMITS)


def texts_of(path: Path, options: ReadUnitsOptions = NO_OPTIONS) -> list[str]:
    return [unit.text for unit in read(path, options).units]


def written(
    path: Path,
    texts: dict[int, UnitText],
    target: str = "de",
    *,
    layout: BilingualLayout = BilingualLayout.NONE,
    options: ReadUnitsOptions = NO_OPTIONS,
) -> Path:
    """Write the file at ``path`` with ``texts`` beside it; return the new one's path."""
    out = path.with_name(f"out-{target}-{layout}{path.suffix}")
    write_translation(path, texts, out, options, WriteUnitsOptions(target, layout=layout), LIMITS)
    return out


def changed_letter(character: str) -> str:
    """Return another letter for each letter, in the same alphabet."""
    if not character.isalpha():
        return character
    other = chr(ord(character) + 1)
    return other if other.isalpha() else chr(ord(character) - 1)


def pseudo(unit: Unit) -> UnitText:
    """Return a translation that is twice as long, with every letter changed and the marks at their words."""
    kept = [mark for mark in unit.marks if mark.keeps_text]
    places, text = [0], ""
    for place, character in enumerate(unit.text):
        if any(mark.start <= place < mark.end for mark in kept):
            text += character
        else:
            text += changed_letter(character) * (2 if character.isalpha() else 1)
        places.append(len(text))
    marks = tuple(replace(mark, start=places[mark.start], end=places[mark.end]) for mark in unit.marks)
    return UnitText(text, marks)


def check_echo(path: Path, options: ReadUnitsOptions = NO_OPTIONS) -> FileUnits:
    """See that the file is the same to the last byte when every text is written back, and without texts."""
    units = read(path, options)
    for texts in ({}, {number: UnitText(unit.text, unit.marks) for number, unit in enumerate(units.units)}):
        out = written(path, texts, options=options)
        assert out.read_bytes() == path.read_bytes(), path.name
    return units


def check_pseudo(path: Path, target: str = "de", options: ReadUnitsOptions = NO_OPTIONS) -> Path:
    """See that every text changed and every mark is where it was put; return the path of what was written."""
    units = read(path, options).units
    texts = {number: pseudo(unit) for number, unit in enumerate(units)}
    for number, unit in enumerate(units):
        check_unit_text(unit, texts[number])
    out = written(path, texts, target, options=options)
    again = read(out, options).units
    assert [unit.text for unit in again] == [text.text for text in texts.values()]
    for number, unit in enumerate(again):
        assert _firm_marks(unit.marks) == _firm_marks(texts[number].marks), unit.text
        assert unit.place == units[number].place
    for name, content in parts_of(out).items():
        if name.endswith((".xml", ".rels")) and content != parts_of(path)[name]:
            XML.fromstring(content)
    return out


def _firm_marks(marks: tuple[Mark, ...]) -> list[tuple[MarkKind, int, int, bool]]:
    """Return all but styles, whose number depends on which type most of a text is set in."""
    firm = [mark for mark in marks if mark.kind is not MarkKind.STYLE]
    return sorted((mark.kind, mark.start, mark.end, mark.keeps_text) for mark in firm)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed_parts(before: Path, after: Path) -> set[str]:
    was, now = parts_of(before), parts_of(after)
    assert list(was) == list(now)
    return {name for name in was if was[name] != now[name]}
