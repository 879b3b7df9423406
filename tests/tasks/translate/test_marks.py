"""Marks stay nested, none is lost, doubled, crossed or invented, wherever their words are said to stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.domain.units import Mark, MarkKind, Place, Unit, UnitKind, check_unit_text, order_of_marks
from lmstudio_lite.tasks.translate.anchors import place_of, wanted_words
from lmstudio_lite.tasks.translate.marking import with_marks
from lmstudio_lite.tasks.translate.marks import NoRoomError, Stretch, place_marks
from lmstudio_lite.tasks.translate.sentences import join_segments, split_units, whole_texts

PLACE = Place(UnitKind.BODY, "body", 1)
SENTENCES = ("The old harbour is closed. ", "We left, at last! ", "42 ", "Boats come in at night. ", "x ")


@st.composite
def marked_units(draw: st.DrawFn) -> Unit:
    """Draw sentences with marks that lie in one another or apart."""
    text = "".join(draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4)))
    marks: list[Mark] = []

    def nest(low: int, high: int, depth: int) -> None:
        at = low
        while at < high and draw(st.booleans()):
            start = draw(st.integers(at, high - 1))
            kind = draw(st.sampled_from(MarkKind))
            if kind is MarkKind.OBJECT:
                marks.append(Mark(len(marks) + 1, kind, start, start))
                at = start
            else:
                end = draw(st.integers(start + 1, high))
                marks.append(Mark(len(marks) + 1, kind, start, end))
                if depth:
                    nest(start, end, depth - 1)
                at = end

    nest(0, len(text), 2)
    return Unit(text, PLACE, tuple(marks))


def nesting_of(marks: tuple[Mark, ...]) -> set[tuple[int, int]]:
    """Return which marks lie in which."""
    stretches = [mark for mark in order_of_marks(marks) if mark.kind is not MarkKind.OBJECT]
    return {
        (outer.number, inner.number)
        for place, outer in enumerate(stretches)
        for inner in stretches[place + 1 :]
        if outer.start <= inner.start and inner.end <= outer.end
    }


@settings(deadline=None)
@given(unit=marked_units(), data=st.data())
def test_no_mark_is_lost_crossed_or_invented(unit: Unit, data: st.DataObject) -> None:
    segments: list[TranslatedSegment] = []
    for sentence in split_units([unit]):
        text = data.draw(
            st.text(st.sampled_from("ab c港口。."), min_size=1, max_size=30).filter(str.strip), "translation"
        )
        edges = st.integers(0, len(text))
        found = {
            mark.number: Stretch(*sorted((data.draw(edges), data.draw(edges))))
            for mark in sentence.marks
            if data.draw(st.booleans())
        }
        segment = TranslatedSegment(
            sentence.text, text, "", is_kept=False, unit=0, start=sentence.start, place=PLACE
        )
        segments.append(with_marks(segment, sentence.marks, found, ("en", "de")))
    translated = join_segments(unit, segments, "de")
    check_unit_text(unit, translated)
    kept = {mark.number for mark in translated.marks}
    wanted = {(outer, inner) for outer, inner in nesting_of(unit.marks) if {outer, inner} <= kept}
    assert wanted <= nesting_of(translated.marks)


@settings(deadline=None)
@given(unit=marked_units())
def test_what_is_not_translated_is_what_it_was(unit: Unit) -> None:
    segments = [
        with_marks(
            TranslatedSegment(each.text, each.text, "", is_kept=True, unit=0, start=each.start, place=PLACE),
            each.marks,
            {},
            ("en", "de"),
        )
        for each in split_units([unit])
    ]
    joined = join_segments(unit, segments, "de")
    assert (joined.text, joined.marks) == (unit.text, unit.marks)


def sole_segment(unit: Unit, text: str, found: dict[int, Stretch], target: str = "de") -> TranslatedSegment:
    (sentence,) = split_units([unit])
    segment = TranslatedSegment(sentence.text, text, "", is_kept=False, unit=0, start=sentence.start)
    return with_marks(segment, sentence.marks, found, ("en", target))


def words_of(segment: TranslatedSegment) -> dict[int, str]:
    return {mark.number: segment.text[mark.start : mark.end] for mark in segment.marks}


def test_the_whole_names_numbers_and_punctuation_need_no_model() -> None:
    text = "“Read me”: Anna paid 1,250.50 euros to config.ini!"
    whole = Mark(1, MarkKind.STYLE, 0, len(text))
    quoted = Mark(2, MarkKind.STYLE, 0, 9)
    anna = Mark(3, MarkKind.SPAN, text.index("Anna"), text.index("Anna") + 4)
    amount = Mark(4, MarkKind.SPAN, text.index("1,"), text.index(" euros"))
    code = Mark(5, MarkKind.SPAN, text.index("config"), len(text) - 1)
    footnote = Mark(6, MarkKind.OBJECT, len(text), len(text))
    unit = Unit(text, PLACE, (whole, quoted, anna, amount, code, footnote))
    german = "„Lies mich“: Anna zahlte 1.250,50 Euro an config.ini!"
    segment = sole_segment(unit, german, {2: Stretch(1, 10)})
    assert words_of(segment) == {
        1: german,
        2: "Lies mich",
        3: "Anna",
        4: "1.250,50",
        5: "config.ini",
        6: "",
    }
    assert segment.marks[-1].start == len(german)
    assert segment.flags == ()


def test_a_style_without_a_place_is_given_up_and_a_link_goes_where_it_stood() -> None:
    text = "Boats come in at night."
    bold, link = Mark(1, MarkKind.STYLE, 0, 5), Mark(2, MarkKind.SPAN, 17, 22)
    segment = sole_segment(Unit(text, PLACE, (bold, link)), "Nachts kommen Boote herein.", {})
    assert words_of(segment) == {2: "herein"}
    assert [(flag.kind.value, flag.detail) for flag in segment.flags] == [("mark", "Boats, night")]


def test_a_mark_over_two_sentences_reaches_from_one_into_the_other() -> None:
    text = "The boats are old. They are slow."
    link = Mark(1, MarkKind.SPAN, text.index("old"), text.index(" slow"))
    unit = Unit(text, PLACE, (link,))
    first, second = split_units([unit])
    segments = [
        with_marks(
            TranslatedSegment(
                sentence.text, german, "", is_kept=False, unit=0, start=sentence.start, place=PLACE
            ),
            sentence.marks,
            {1: found},
            ("en", "de"),
        )
        for sentence, german, found in (
            (first, "Die Boote sind alt.", Stretch(15, 18)),
            (second, "Sie sind langsam.", Stretch(0, 8)),
        )
    ]
    joined = whole_texts([unit], segments, "de")[0]
    assert joined.text == "Die Boote sind alt. Sie sind langsam."
    assert [joined.text[mark.start : mark.end] for mark in joined.marks] == ["alt. Sie sind"]


def test_more_marks_than_letters_do_not_fit() -> None:
    unit = Unit("ab cd ef", PLACE, tuple(Mark(n, MarkKind.SPAN, 3 * n, 3 * n + 2) for n in range(3)))
    (sentence,) = split_units([unit])
    with pytest.raises(NoRoomError):
        place_marks(sentence.text, "是", sentence.marks, {})
    assert sole_segment(unit, "是", {}, "zh").is_kept


@pytest.mark.parametrize(
    ("source", "target", "found", "words"),
    [
        ("Bring <a chair>.", "Bring einen Stuhl.", "einen Stuhl.", "einen Stuhl"),
        ("Bring <a chair.>", "Bring einen Stuhl.", "einen Stuhl.", "einen Stuhl."),
        ("Bring <a chair>, too.", "Bring einen Stuhl, auch.", "einen Stuhl,", "einen Stuhl"),
        ("Tools <and so on> in it.", "Werkzeug usw. darin.", "usw.", "usw."),
        ("It is <50 percent>.", "Es sind 50 %.", "50 %.", "50 %"),
    ],
)
def test_a_stretch_has_the_signs_behind_it_that_the_source_has(
    source: str, target: str, found: str, words: str
) -> None:
    start, end = source.index("<"), source.index(">") - 1
    plain = source.replace("<", "").replace(">", "")
    (unit,) = split_units([Unit(plain, PLACE, (Mark(1, MarkKind.STYLE, start, end),))])
    (wanted,) = wanted_words(unit.text, unit.marks)
    at = target.index(found)
    stretch = place_of(unit.text, target, unit.marks[0], wanted, Stretch(at, at + len(found)))
    assert target[stretch.start : stretch.end] == words
