"""The units of a text with the places where their translations go: a text is rewritten by a list of edits.

Whatever no edit covers stays as it is, to the byte: a form finds stretches of words and says what stands in
their place, it never writes the text anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.units import BilingualLayout, Unit, UnitText, WriteUnitsOptions, check_unit_text
from lmstudio_lite.errors import InvariantError


@dataclass(frozen=True, slots=True)
class Edit:
    """``text`` takes the place of the characters from ``start`` to ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A unit and what its translation changes in the text.

    ``is_in_place`` where the translation takes the source's place, so that an equal one changes nothing; else
    the file holds both (PO, XLIFF).
    """

    unit: Unit
    edits: Callable[[UnitText, BilingualLayout], Sequence[Edit]]
    is_in_place: bool = True


@dataclass(frozen=True, slots=True)
class SlottedText:
    """What was found in a text; ``language`` and ``kept`` are those of ``FileUnits``.

    ``layouts`` are those in which such a text can hold source and translation, ``NONE`` apart. ``whole`` says
    what else changes once there are translations: the language that a file is said to be in. ``remarks`` are
    codes of what is not as one would expect, see ``FileForm.write``.
    """

    slots: tuple[Slot, ...]
    language: str = ""
    kept: tuple[tuple[str, int], ...] = ()
    layouts: frozenset[BilingualLayout] = frozenset()
    whole: Callable[[Mapping[int, UnitText], WriteUnitsOptions], Sequence[Edit]] | None = None
    remarks: Callable[[WriteUnitsOptions], tuple[str, ...]] = lambda _wanted: ()


def edits_of(
    slots: Sequence[Slot], texts: Mapping[int, UnitText], layout: BilingualLayout = BilingualLayout.NONE
) -> list[Edit]:
    """Return what ``texts``, by the number of their slots, change.

    Raises:
        InvariantError: a number has no slot, or a text does not fit its unit.
    """
    edits: list[Edit] = []
    for number, text in texts.items():
        if not 0 <= number < len(slots):
            raise InvariantError(f"unit {number} of {len(slots)}")
        slot = slots[number]
        if not slot.is_in_place and text.text == slot.unit.existing:
            continue
        check_unit_text(slot.unit, text)
        is_equal = slot.is_in_place and layout is BilingualLayout.NONE and text == original_of(slot.unit)
        if not is_equal:
            edits.extend(slot.edits(text, layout))
    return edits


def original_of(unit: Unit) -> UnitText:
    """Return the unit's own words, as if they were their translation."""
    return UnitText(unit.text, unit.marks)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return ``text`` with ``edits``, which lie apart; those at one place stand in their order.

    Raises:
        InvariantError: two of them overlap.
    """
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise InvariantError(f"edits overlap at {edit.start}")
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join(parts) + text[position:]
