"""Texts that stand in for a translator's: every letter changed, every mark in its place."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from lmstudio_lite.documents.rewriting.slots import SlottedText, apply_edits, edits_of, original_of
from lmstudio_lite.documents.rewriting.text import split_text
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import BilingualLayout, Mark, MarkKind, Unit, UnitText, order_of_marks


def words_of(text: str, form: TextForm = TextForm.PLAIN) -> list[str]:
    """Return the units' words."""
    return [slot.unit.text for slot in split_text(text, form).slots]


def marked(unit: Unit) -> list[tuple[str, str]]:
    """Return the kinds of a unit's marks with the words that they hold."""
    return [(mark.kind.value, unit.text[mark.start : mark.end]) for mark in unit.marks]


def _changed(sign: str) -> str:
    code = ord(sign)
    if "a" <= sign <= "z":
        return chr((code - 97 + 1) % 26 + 97)
    if "A" <= sign <= "Z":
        return chr((code - 65 + 1) % 26 + 65)
    return sign


def pseudo(unit: Unit) -> UnitText:
    """Return each letter replaced by the next one, but for words that stay; the marks where they were."""
    kept = [mark for mark in unit.marks if mark.keeps_text]
    signs = [
        sign if any(mark.start <= at < mark.end for mark in kept) else _changed(sign)
        for at, sign in enumerate(unit.text)
    ]
    return UnitText("".join(signs), unit.marks)


def longer(unit: Unit, words: str = " und noch mehr") -> UnitText:
    """Return ``pseudo`` with words behind it."""
    text = pseudo(unit)
    return UnitText(text.text + words, text.marks)


def same_words(word: str, number: int) -> Callable[[Unit], UnitText]:
    """Return a translator that says one word so many times, its marks on the first."""

    def translate(unit: Unit) -> UnitText:
        marks = tuple(
            Mark(mark.number, mark.kind, 0, 0 if mark.kind is MarkKind.OBJECT else len(word), mark.keeps_text)
            for mark in unit.marks
        )
        return UnitText(" ".join([word] * number), marks)

    return translate


def rewritten(
    text: str,
    slotted: SlottedText,
    translate: Callable[[Unit], UnitText] = original_of,
    layout: BilingualLayout = BilingualLayout.NONE,
) -> str:
    """Return ``text`` with a translation of every unit."""
    texts = {number: translate(slot.unit) for number, slot in enumerate(slotted.slots)}
    return apply_edits(text, edits_of(slotted.slots, texts, layout))


def translated(
    text: str,
    translate: Callable[[Unit], UnitText] = pseudo,
    form: TextForm = TextForm.PLAIN,
    layout: BilingualLayout = BilingualLayout.NONE,
) -> str:
    """Return a text whose units ``translate`` has been asked for."""
    return rewritten(text, split_text(text, form), translate, layout)


def nested_anywhere(unit: Unit, data: st.DataObject) -> UnitText:
    """Return other words with the unit's marks somewhere in them, each inside of what it was inside of."""
    children: dict[int, list[Mark]] = {0: []}
    open_marks: list[Mark] = []
    for mark in order_of_marks(unit.marks):
        while open_marks and not (open_marks[-1].start <= mark.start and mark.end <= open_marks[-1].end):
            open_marks.pop()
        children[open_marks[-1].number if open_marks else 0].append(mark)
        children[mark.number] = []
        if mark.kind is not MarkKind.OBJECT:
            open_marks.append(mark)
    words = "wortreich" * (len(unit.marks) + 1)
    placed: list[Mark] = []

    def room_for(number: int) -> int:
        return sum(
            max(1, room_for(one.number)) for one in children[number] if one.kind is not MarkKind.OBJECT
        )

    def place(number: int, low: int, high: int) -> None:
        needed = room_for(number)
        for mark in children[number]:
            low += data.draw(st.integers(0, max(0, min(3, high - low - needed))))
            length = 0
            if mark.kind is not MarkKind.OBJECT:
                least = max(1, room_for(mark.number))
                needed -= least
                length = least + data.draw(st.integers(0, max(0, min(4, high - low - least - needed))))
            placed.append(Mark(mark.number, mark.kind, low, low + length, mark.keeps_text))
            place(mark.number, low, low + length)
            low += length

    place(0, 0, len(words))
    return UnitText(words, tuple(placed))
