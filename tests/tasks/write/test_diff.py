from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.writing import Mark
from lmstudio_lite.tasks.write.diff import apply_pieces, diff_pieces, mark_runs

BEFORE = "The harbour is old. Ships come there every week. A fire burnt it down in 1920."
AFTER = "The harbour is very old. A fire burnt it down in 1920. It was built anew."

sentences = st.lists(
    st.sampled_from(
        (
            *("The harbour is old.", "Ships come there.", "Ships came there often.", "It rains!", "Why?"),
            *("港口很旧。", "船每周都来。", "الميناء قديم جدا.", "هل هذا صحيح؟", "Dr. No met Mr. X."),
        )
    ),
    max_size=8,
)
texts = st.builds(" ".join, sentences) | st.builds("\n\n".join, sentences) | st.text(max_size=60)


def words(text: str) -> str:
    return "".join(text.split())


def test_changed_sentences_are_pieces_beside_unchanged_ones() -> None:
    pieces = diff_pieces(BEFORE, AFTER)
    changes = [(piece.before, piece.after) for piece in pieces if piece.is_change]
    assert changes == [
        ("The harbour is old.", "The harbour is very old."),
        ("Ships come there every week.", ""),
        ("", "It was built anew."),
    ]


def test_only_what_is_accepted_changes() -> None:
    pieces = diff_pieces(BEFORE, AFTER)
    first = next(number for number, piece in enumerate(pieces) if piece.is_change)
    assert apply_pieces(BEFORE, pieces, {first}) == BEFORE.replace("is old", "is very old")
    last = len(pieces) - 1
    assert apply_pieces(BEFORE, pieces, {last}) == f"{BEFORE} It was built anew."
    assert apply_pieces(BEFORE, pieces, range(len(pieces))) == AFTER


@settings(deadline=None)  # the first one reads the facts of languages
@given(before=texts, after=texts)
def test_nothing_accepted_is_the_text_before_to_the_character(before: str, after: str) -> None:
    assert apply_pieces(before, diff_pieces(before, after), ()) == before


@settings(deadline=None)
@given(before=texts, after=texts)
def test_all_accepted_are_the_words_after(before: str, after: str) -> None:
    pieces = diff_pieces(before, after)
    assert words(apply_pieces(before, pieces, range(len(pieces)))) == words(after)


@settings(deadline=None)
@given(before=texts, after=texts, data=st.data())
def test_any_choice_has_every_piece_once_and_in_order(before: str, after: str, data: st.DataObject) -> None:
    pieces = diff_pieces(before, after)
    accepted = data.draw(st.sets(st.integers(0, max(0, len(pieces) - 1))))
    text = apply_pieces(before, pieces, accepted)
    chosen = [piece.after if number in accepted else piece.before for number, piece in enumerate(pieces)]
    assert words(text) == words("".join(chosen))


@settings(deadline=None)
@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_runs_hold_both_texts(before: str, after: str) -> None:
    runs = mark_runs(before, after)
    assert "".join(text for mark, text in runs if mark is not Mark.IN) == before
    assert "".join(text for mark, text in runs if mark is not Mark.OUT) == after


def test_words_are_marked_in_chinese_and_arabic_too() -> None:
    assert mark_runs("港口很旧。", "港口很大。") == (
        (Mark.SAME, "港口很"),
        (Mark.OUT, "旧"),
        (Mark.IN, "大"),
        (Mark.SAME, "。"),
    )
    assert (Mark.IN, "كبير") in mark_runs("الميناء قديم", "الميناء كبير")


def test_a_changed_stretch_between_paragraphs_keeps_their_distance() -> None:
    before, after = "One.\n\nTwo is here.\n\nThree.", "One.\n\nTwo was here.\n\nThree."
    assert apply_pieces(before, diff_pieces(before, after), {1}) == after


def test_a_hundred_thousand_characters_are_compared_piece_by_piece() -> None:
    before = " ".join(f"Sentence number {n} tells something of the harbour." for n in range(2_000))
    pieces = diff_pieces(before, before.replace("something", "much"))
    assert sum(piece.is_change for piece in pieces) == 2_000
