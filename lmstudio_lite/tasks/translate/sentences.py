"""Units to the sentences that are translated, and translated sentences back to units.

A unit's sentences stand in it with gaps between them, which stay: white space, numbers, what has no words.
Sentences know where they stand in their unit, and so where its marks stand in them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.translations import Origin, TranslatedSegment
from lmstudio_lite.domain.units import Amount, Mark, MarkKind, Place, Unit, UnitText
from lmstudio_lite.tasks.text.languages import is_in_characters
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH
from lmstudio_lite.tasks.translate.carried import without_carried

_WORD = regex.compile(r"\b[\p{L}\p{M}]{2,}\b|[\p{Han}\p{Hiragana}\p{Katakana}]")
_WRAP = regex.compile(r"[ \t]*(?:\r\n|[\n\r\v\f\x85\u2028\u2029])[ \t]*")


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """The part of a unit's mark that lies in a sentence; positions are of the sentence's text.

    ``goes_on_before``, ``goes_on_after``: the mark reaches over the beginning or the end of the sentence.
    """

    number: int
    kind: MarkKind
    start: int
    end: int
    goes_on_before: bool = False
    goes_on_after: bool = False
    keeps_text: bool = False

    @property
    def may_be_given_up(self) -> bool:
        """Tell whether it can be left out without a word for the rest of the unit."""
        return self.kind is MarkKind.STYLE and not (self.goes_on_before or self.goes_on_after)

    @property
    def plain(self) -> Mark:
        """Return it as the mark of a segment."""
        return Mark(self.number, self.kind, self.start, self.end, self.keeps_text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` stands in the text of the unit with the number ``unit`` from ``start`` on.

    ``existing`` is the translation that the file holds of the whole unit, which is one sentence then.
    """

    unit: int
    start: int
    text: str
    place: Place
    marks: tuple[SentenceMark, ...] = ()
    existing: str = ""
    amount: Amount | None = None

    @property
    def passage(self) -> str:
        """What a model is given: the text in one line, with a number where it is for such numbers only."""
        text = unwrapped(self.text)
        return self.amount.filled(text) if self.amount else text


@dataclass(slots=True)
class _Joining:
    """A unit's text under way: each mark's stretch is widened by the parts that it lies in."""

    text: str = ""
    stretches: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, text: str, marks: Sequence[Mark | SentenceMark]) -> None:
        offset = len(self.text)
        for mark in marks:
            start, end = self.stretches.get(mark.number, (offset + mark.start, offset + mark.end))
            self.stretches[mark.number] = min(start, offset + mark.start), max(end, offset + mark.end)
        self.text += text


def split_units(units: Sequence[Unit]) -> list[Sentence]:
    """Return the sentences of all units in order; what has no words has none."""
    sentences: list[Sentence] = []
    for number, unit in enumerate(units):
        if unit.existing:
            sentences.append(Sentence(number, 0, unit.text, unit.place, existing=unit.existing))
        else:
            sentences.extend(_sentences(number, unit))
    return sentences


def join_segments(unit: Unit, segments: Sequence[TranslatedSegment], target: str) -> UnitText:
    """Put the translated ``segments`` of ``unit``, in order, between what stays.

    A sentence without a segment stays as it is. Sentences that stood side by side keep what was between them,
    but for the space that one writing system has there and another has not.
    """
    joining = _Joining()
    is_spaced = not is_in_characters(target)
    claimed = {mark.number for segment in segments for mark in segment.marks}
    position = 0
    for place, segment in enumerate(segments):
        gap = unit.text[position : segment.start]
        marks = _cut_marks(unit, position, segment.start, claimed)
        if place and gap == " " and not marks and not is_spaced:
            gap = ""
        elif place and not gap and is_spaced:
            gap = " "
        joining.add(gap, marks)
        joining.add(segment.text, segment.marks)
        position = segment.start + len(segment.source)
    joining.add(unit.text[position:], _cut_marks(unit, position, len(unit.text), claimed))
    marks_found = [
        replace(mark, start=stretch[0], end=stretch[1])
        for mark in unit.marks
        if (stretch := joining.stretches.get(mark.number)) is not None
    ]
    return UnitText(joining.text, tuple(marks_found))


def whole_texts(
    units: Sequence[Unit], segments: Sequence[TranslatedSegment], target: str
) -> dict[int, UnitText]:
    """Return what takes the place of each unit whose sentences all have segments, by number.

    What the file holds already (``Origin.FILE``) stays as the file has it, and is not among them.
    """
    num_wanted = Counter(sentence.unit for sentence in split_units(units))
    found: dict[int, list[TranslatedSegment]] = defaultdict(list)
    for segment in segments:
        if segment.unit is not None:
            found[segment.unit].append(segment)
    return {
        number: join_segments(units[number], of_unit, target)
        for number, of_unit in found.items()
        if len(of_unit) == num_wanted[number] and of_unit[0].origin is not Origin.FILE
    }


def unwrapped(text: str) -> str:
    """Return ``text`` in one line; lines of scripts without spaces are joined without one."""
    if not _WRAP.search(text):
        return text
    num_ideographs = len(IDEOGRAPH.findall(text))
    return str(_WRAP.sub("" if num_ideographs * 2 > len(text) else " ", text))


def has_words(text: str) -> bool:
    """Tell whether there is anything to translate."""
    return _WORD.search(without_carried(text)) is not None


def _sentences(number: int, unit: Unit) -> Iterator[Sentence]:
    claimed: set[int] = set()
    for segment in split_sentences(unit.text):
        start = segment.start + len(segment.text) - len(segment.text.lstrip())
        end = segment.start + len(segment.text.rstrip())
        if start < end and has_words(unit.text[start:end]):
            marks = _cut_marks(unit, start, end, claimed)
            claimed.update(mark.number for mark in marks if mark.kind is MarkKind.OBJECT)
            text = unit.text[start:end]
            amount = unit.amount if unit.amount and unit.amount.sign in text else None
            yield Sentence(number, start, text, unit.place, marks, amount=amount)


def _cut_marks(unit: Unit, start: int, end: int, claimed: set[int]) -> tuple[SentenceMark, ...]:
    """Return the parts of the unit's marks in ``[start:end]``, without the objects that are ``claimed``.

    An object at the edge of two sentences belongs to the first.
    """
    marks: list[SentenceMark] = []
    for mark in unit.marks:
        if mark.kind is MarkKind.OBJECT:
            if start <= mark.start <= end and mark.number not in claimed:
                at = mark.start - start
                marks.append(SentenceMark(mark.number, mark.kind, at, at))
        elif mark.start < end and mark.end > start:
            marks.append(
                SentenceMark(
                    mark.number,
                    mark.kind,
                    max(mark.start, start) - start,
                    min(mark.end, end) - start,
                    goes_on_before=mark.start < start,
                    goes_on_after=mark.end > end,
                    keeps_text=mark.keeps_text,
                )
            )
    return tuple(marks)
