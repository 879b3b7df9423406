from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lmstudio_lite.documents.structure.segmentation import MAX_SEGMENT_LENGTH, split_sentences


def sentences(text: str) -> list[str]:
    return [segment.text.strip() for segment in split_sentences(text)]


# Characters that the rules look at, so that hypothesis meets them often.
TRICKY = st.text(
    alphabet=st.one_of(
        st.sampled_from("aBz3 .!?…。！？“”\"')(（）\n\r\t\u2029*#|-:;，、«»„\u0301\u200d👍🏽أ中ひ"),
        st.characters(),
    ),
    max_size=300,
)


@given(TRICKY)
def test_segments_tile_the_text(text: str) -> None:
    segments = split_sentences(text)
    assert "".join(segment.text for segment in segments) == text
    position = 0
    for segment in segments:
        assert (segment.start, text[segment.start : segment.end]) == (position, segment.text)
        assert 0 < len(segment.text) <= MAX_SEGMENT_LENGTH
        position = segment.end
    assert position == len(text)


@given(TRICKY)
@example("0\r\x1f")
def test_no_segment_is_only_white_space(text: str) -> None:
    if text.strip():
        assert all(segment.text.strip() for segment in split_sentences(text))


@given(st.text(alphabet="ab. \n", max_size=80), st.text(alphabet="ab. \n", max_size=80))
def test_a_blank_line_always_ends_a_segment(before: str, after: str) -> None:
    text = f"{before}x\n\ny{after}"
    assert len(before) + 3 in {segment.start for segment in split_sentences(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Mr. J. R. Smith came. He left.", ["Mr. J. R. Smith came.", "He left."]),
        ("See Fig. 3 and No. 5 now. Done.", ["See Fig. 3 and No. 5 now.", "Done."]),
        ("He said no. Then he went.", ["He said no.", "Then he went."]),
        ("In the U.S. The law, e.g. This one.", ["In the U.S.", "The law, e.g. This one."]),
        ("Use 3.14, see a.b/c?d=e. Good.", ["Use 3.14, see a.b/c?d=e.", "Good."]),
        ('"Really?" he asked. "Yes."', ['"Really?" he asked.', '"Yes."']),
        ("Wu et al. (2023) wrote it. Fine.", ["Wu et al. (2023) wrote it.", "Fine."]),
        ("Wait... what? Yes... No.", ["Wait... what?", "Yes...", "No."]),
    ],
)
def test_english(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Müller kam am 3. Mai. Gut.", ["Dr. Müller kam am 3. Mai.", "Gut."]),
        ("Das ist z. B. Käse. Und z.B. Wein.", ["Das ist z. B. Käse.", "Und z.B. Wein."]),
        ("Der 2. Weltkrieg endete 1945. Danach", ["Der 2. Weltkrieg endete 1945.", "Danach"]),
        ("„Hallo.“ Dann ging er.", ["„Hallo.“", "Dann ging er."]),
        ("„Wirklich?“ fragte er. Ja.", ["„Wirklich?“ fragte er.", "Ja."]),
        ("Vgl. Abb. 3 bzw. Kap. 2. Ende.", ["Vgl. Abb. 3 bzw. Kap. 2.", "Ende."]),
        ("Am 12. Dezember usw. und so fort. Aus.", ["Am 12. Dezember usw. und so fort.", "Aus."]),
    ],
)
def test_german(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我喜欢苹果。你呢？走吧！", ["我喜欢苹果。", "你呢？", "走吧！"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("圆周率是3.14。对……不对。", ["圆周率是3.14。", "对……不对。"]),
        ("これはペンです。「本当？」すごい！", ["これはペンです。", "「本当？」", "すごい！"]),
        ("안녕하세요. 반갑습니다.", ["안녕하세요.", "반갑습니다."]),
        ("كيف حالك؟ أنا بخير. شكرا.", ["كيف حالك؟", "أنا بخير.", "شكرا."]),
        ("यह है। वह नहीं।", ["यह है।", "वह नहीं।"]),
    ],
)
def test_other_scripts(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_wrapped_lines_go_on_and_items_end() -> None:
    wrapped = "Large language models are becoming a crucial building block in\nPowerful agents. Next"
    assert sentences(wrapped) == [wrapped[: wrapped.index(" Next")], "Next"]
    assert sentences("# Title\nText\n- one\n- two\n1. three\n| a |\n| b |") == [
        "# Title",
        "Text",
        "- one",
        "- two",
        "1. three",
        "| a |",
        "| b |",
    ]


def test_lines_that_end_long_before_they_are_full_are_kept_apart() -> None:
    lines = [
        "Transfer the money to account 4402-118 in Vienna by noon",
        "Error 404 at the third attempt to open the new log file",
        "Send 12,500 units to depot 7 before noon, as it was agreed on with the master of the harbour today",
    ]
    assert sentences("\n".join(lines)) == lines
    wrapped = "The mayor of the town by the river spoke for a long time about the old\nHarbour and its boats."
    assert sentences(wrapped) == [wrapped]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The code is AB-0412-X.\nTransfer it.", ["The code is AB-0412-X.", "Transfer it."]),
        ("J.-P. Sartre wrote it. Fine.", ["J.-P. Sartre wrote it.", "Fine."]),
        ("It needs space\\\non the disk.", ["It needs space\\", "on the disk."]),
        ("Title\n=====\nThe text.", ["Title", "=====", "The text."]),
        ("---\nthe text goes on.", ["---", "the text goes on."]),
    ],
)
def test_marks_of_lines_and_codes(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "‘", "`", "´"])
def test_an_apostrophe_ends_no_sentence(apostrophe: str) -> None:
    for sentence in (
        f"The deposit is two months{apostrophe} rent.",
        f"The boys{apostrophe} club isn{apostrophe}t there.",
        f"It was {apostrophe}fine{apostrophe} for the dogs{apostrophe} owners.",
    ):
        assert sentences(f"{sentence} It is due.") == [sentence, "It is due."]


def test_white_space_stays_with_the_sentence_before_it() -> None:
    assert [segment.text for segment in split_sentences("\n  A. \n\n\tB.  ")] == ["\n  A. \n\n\t", "B.  "]


def test_long_sentences_are_cut_at_clauses_then_spaces() -> None:
    clauses = "word " * 150 + "end; " + "word " * 200
    assert split_sentences(clauses)[0].text.endswith("end; ")
    assert all(segment.text.endswith(" ") for segment in split_sentences("word " * 1000))


def test_a_cut_never_parts_a_character_from_its_marks() -> None:
    text = "e\u0301" * 2000
    assert all(segment.text[0] == "e" for segment in split_sentences(text))


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "." * 1_000_000, " " * 1_000_000, "a. " * 330_000, "…“" * 500_000, ".*_" * 330_000],
    ids=["letters", "stops", "spaces", "initials", "quotes", "marks"],
)
def test_a_line_of_a_million_characters(text: str) -> None:
    start = time.monotonic()
    segments = split_sentences(text)
    assert time.monotonic() - start < 20
    assert sum(len(segment.text) for segment in segments) == len(text)
