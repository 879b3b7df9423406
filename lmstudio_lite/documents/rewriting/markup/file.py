"""One markup file, or one part of a package: its units, and its bytes with new texts in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.markup.edits import Edit, edit_of_text, edit_of_value, render
from lmstudio_lite.documents.rewriting.markup.found import Found, FoundText
from lmstudio_lite.documents.rewriting.markup.source import MarkupSource
from lmstudio_lite.documents.rewriting.markup.vocabulary import State, Vocabulary
from lmstudio_lite.documents.rewriting.markup.walk import Walk
from lmstudio_lite.domain.units import (
    BilingualLayout,
    Mark,
    Place,
    Unit,
    UnitText,
    WriteUnitsOptions,
    check_unit_text,
)

Layouts = Callable[["MarkupFile", FoundText, UnitText, WriteUnitsOptions], list[Edit]]
"""Returns how a source and its translation stand together."""
_SURROGATES = ("\ud800", "\udfff")


@dataclass(frozen=True, slots=True)
class MarkupFile:
    """``found`` are its units in the order of the source, ``walk`` has its tokens."""

    name: str
    source: MarkupSource
    vocabulary: Vocabulary
    walk: Walk
    found: tuple[Found, ...]

    @property
    def text(self) -> str:
        return self.source.text

    def units(self) -> list[Unit]:
        return [
            Unit(each.text, Place(each.kind, self.name, number), marks_of(each))
            for number, each in enumerate(self.found, 1)
        ]

    def edits(
        self,
        texts: Mapping[int, UnitText],
        wanted: WriteUnitsOptions,
        side_by_side: Layouts | None = None,
    ) -> list[Edit]:
        """Return the edits that put in ``texts``, by the place in ``found``; a text as it was makes none.

        Raises:
            InvariantError: a text does not fit its unit.
        """
        units = self.units() if texts else []
        edits: list[Edit] = []
        for number, text in texts.items():
            found = self.found[number]
            check_unit_text(units[number], text)
            if wanted.layout is BilingualLayout.NONE and _is_same(found, text):
                continue
            edits += self._edits_of(found, text, wanted, side_by_side)
        return edits

    def _edits_of(
        self, found: Found, text: UnitText, wanted: WriteUnitsOptions, side_by_side: Layouts | None
    ) -> list[Edit]:
        is_bilingual = wanted.layout is not BilingualLayout.NONE
        if not isinstance(found, FoundText):
            return [edit_of_value(found, f"{found.text} / {text.text}" if is_bilingual else text.text)]
        if is_bilingual:
            layout = side_by_side or _in_one_line
            return layout(self, found, text, wanted)
        return [edit_of_text(found, text, self.vocabulary.written)]

    def rendered(self, edits: Iterable[Edit]) -> bytes:
        return render(self.source, edits)


def read_markup(
    name: str,
    source: MarkupSource,
    vocabulary: Vocabulary,
    state: State | None = None,
    is_wanted: Callable[[Found], bool] = lambda found: True,
) -> MarkupFile:
    """Find the units of a source; ``is_wanted`` leaves some out, and so are those that are broken."""
    walk = Walk(source.text, vocabulary, state)
    found = tuple(each for each in walk.found if is_wanted(each) and not _is_broken(each.text))
    return MarkupFile(name, source, vocabulary, walk, found)


def _in_one_line(file: MarkupFile, found: FoundText, text: UnitText, wanted: WriteUnitsOptions) -> list[Edit]:
    written = file.vocabulary.written(text.text, is_after_blank=False)
    return [Edit(found.end, found.end, (f" / {written}",))]


def marks_of(found: Found) -> tuple[Mark, ...]:
    return found.marks if isinstance(found, FoundText) else ()


def _is_same(found: Found, text: UnitText) -> bool:
    return text.text == found.text and set(text.marks) == set(marks_of(found))


def _is_broken(text: str) -> bool:
    low, high = _SURROGATES
    return any(low <= character <= high for character in text)
