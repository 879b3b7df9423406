"""The texts among the string values of a data file as slots, and how they are written again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.rewriting.message import Message, message_of, message_tokens
from lmstudio_lite.documents.rewriting.slots import Edit, Slot, SlottedText, original_of
from lmstudio_lite.documents.rewriting.value_text import StringValue, texts_of
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.units import Place, Unit, UnitKind, UnitText, WriteUnitsOptions

_LANGUAGE_TAG = regex.compile(r"[a-z]{2,3}(?:[-_][A-Z][a-z]{3})?(?:[-_](?:[A-Z]{2}|\d{3}))?")


@dataclass(frozen=True, slots=True)
class LanguageName:
    """Where a file says its language: ``name`` stands at ``start``, written as ``written`` does it."""

    name: str
    start: int
    end: int
    written: Callable[[str], str]

    @property
    def is_language(self) -> bool:
        """Tell whether it looks like the tag of a language, known or not (BCP 47)."""
        return _LANGUAGE_TAG.fullmatch(self.name) is not None

    @property
    def language(self) -> str:
        """The ISO 639-1 code, "" if it is none that is known."""
        code = self.name.replace("_", "-").partition("-")[0].lower()
        return code if code in LANGUAGES else ""


def slots_of_values(
    values: Sequence[StringValue],
    written: Callable[[StringValue, str], str],
    in_place: Callable[[StringValue], list[Slot] | None] = lambda _value: None,
    named: LanguageName | None = None,
) -> SlottedText:
    """Return the slots of the texts among ``values``.

    ``written`` returns what stands in a value's place for other words. ``in_place`` gives the slots of a
    value that is text on lines of its own, None for the others.
    """
    slots: list[Slot] = []
    messages: list[tuple[StringValue, Message]] = []
    found, num_kept = texts_of(values, is_locale=named is not None and named.is_language)
    for value, note in found:
        own = in_place(value)
        if own is not None:
            for slot in own:
                unit = slot.unit
                place = Place(unit.place.kind, value.pointer, len(slots) + 1)
                slots.append(Slot(Unit(unit.text, place, unit.marks, note), slot.edits))
            continue
        message = message_of(message_tokens(value.words), len(slots))
        for leaf in message.leaves:
            place = Place(UnitKind.VALUE, value.pointer, leaf.number + 1)
            unit = Unit(leaf.inline.text, place, leaf.inline.marks, note)
            slots.append(Slot(unit, lambda _text, _layout: ()))
        messages.append((value, message))

    def whole(texts: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> Sequence[Edit]:
        new = {number: text for number, text in texts.items() if text != original_of(slots[number].unit)}
        edits = list(_edits(messages, new, written))
        if new and named is not None and named.language not in ("", wanted.target):
            edits.append(Edit(named.start, named.end, named.written(wanted.target)))
        return edits

    language = named.language if named else ""
    kept = (("technical", num_kept),) if num_kept else ()
    return SlottedText(tuple(slots), language, kept, whole=whole)


def _edits(
    messages: Sequence[tuple[StringValue, Message]],
    texts: Mapping[int, UnitText],
    written: Callable[[StringValue, str], str],
) -> Iterator[Edit]:
    for value, message in messages:
        words = message.written(texts)
        if words is not None:
            yield Edit(value.start, value.end, written(value, words))
