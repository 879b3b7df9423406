from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.plain.subtitles import find_cues, is_subtitles
from lmstudio_lite.tasks.translate.segments import split_into_pieces

SRT = """\
1
00:00:01,000 --> 00:00:03,500
Good morning, everyone.

2
00:00:04,000 --> 00:00:06,000 X1:40 X2:600
The train to Vienna
leaves at nine

3
00:00:06,200 --> 00:00:08,000
<i>o'clock, if it comes.</i> Hurry up!

4
00:00:12,000 --> 00:00:14,000
{\\an8}- Where is it?
- Over <b>there</b>.

5
00:00:14,500 --> 00:00:15,000
♪ 42 ♪
"""
VTT = """\
WEBVTT - a film
Language: en

STYLE
::cue { color: red }

NOTE Said by Anna,
who is tired

intro
00:01.000 --> 00:03.000 align:start position:10%
<v Anna>Hello there.

00:04.000 --> 00:06.000
<v Bob><c.loud>What</c> a day
"""


def passages(text: str) -> list[str]:
    return [piece.passage for piece in split_into_pieces(text) if piece.passage]


def translated(text: str, word: str = "Wort", num_words: int = 6) -> str:
    """Translate each passage to as many equal words, its markup kept."""

    def translation(passage: str) -> str:
        tags = re.findall(r"<[^<>]+>", passage)
        return " ".join([*tags, *[word] * num_words])

    return "".join(
        piece.filled(translation(piece.passage)) if piece.passage else piece.text
        for piece in split_into_pieces(text)
    )


def form_of(text: str) -> tuple[list[str], list[tuple[float, float]]]:
    """Return the lines that are no words of a cue, and the times."""
    cues = find_cues(text)
    spans = sorted((start, end) for cue in cues for start, end in cue.lines)
    position, kept = 0, ""
    for start, end in spans:
        kept += text[position:start]
        position = end
    lines = [line for line in (kept + text[position:]).split("\n") if line.strip()]
    return lines, [(cue.start_s, cue.end_s) for cue in cues]


def test_sentences_go_over_cues_and_speakers_are_kept_apart() -> None:
    assert passages(SRT) == [
        "Good morning, everyone.",
        "The train to Vienna leaves at nine o'clock, if it comes.",
        "Hurry up!",
        "Where is it?",
        "Over <b>there</b>.",
    ]
    assert passages(VTT) == ["Hello there.", "<c.loud>What</c> a day"]


@pytest.mark.parametrize("text", [SRT, VTT])
@pytest.mark.parametrize("num_words", [1, 2, 6, 30])
def test_a_translated_file_has_the_same_cues(text: str, num_words: int) -> None:
    result = translated(text, num_words=num_words)
    assert form_of(result) == form_of(text)
    assert is_subtitles(result)
    for cue, before in zip(find_cues(result), find_cues(text), strict=True):
        assert bool(cue.lines) == bool(before.lines)
        assert all(result[start:end].strip() for start, end in cue.lines)


def test_markup_and_marks_around_the_words_stay() -> None:
    result = translated(SRT)
    assert "{\\an8}- Wort" in result
    assert "<i>Wort" in result
    assert "♪ 42 ♪" in result
    assert "<v Anna>Wort" in translated(VTT)
    assert "NOTE Said by Anna,\nwho is tired" in translated(VTT)


def test_a_sentence_is_cut_between_words_and_rather_behind_a_comma() -> None:
    piece = next(piece for piece in split_into_pieces(SRT) if "Vienna" in piece.passage)
    filled = piece.filled("Der Zug nach Wien fährt um neun Uhr, wenn er überhaupt kommt.")
    lines = [line for line in filled.split("\n") if line and not line.isdecimal() and "-->" not in line]
    assert (
        " ".join(lines).replace("<i>", "") == "Der Zug nach Wien fährt um neun Uhr, wenn er überhaupt kommt."
    )
    assert lines[1].endswith("Uhr,")


def test_chinese_is_cut_between_characters() -> None:
    piece = next(piece for piece in split_into_pieces(SRT) if "Vienna" in piece.passage)
    filled = piece.filled("开往维也纳的火车九点开，如果它来的话。")
    assert filled.count("-->") == 1
    assert "".join(re.findall("[一-鿿，。]+", filled)) == ("开往维也纳的火车九点开，如果它来的话。")


def test_a_line_that_became_too_long_is_put_on_two() -> None:
    piece = next(piece for piece in split_into_pieces(SRT) if "morning" in piece.passage)
    lines = piece.filled("Einen wunderschönen guten Morgen wünsche ich allen").split("\n")
    assert len(lines) == 2
    assert all(len(line) <= 42 for line in lines)


def test_broken_markup_and_arrows_of_a_model_do_not_break_the_file() -> None:
    piece = next(piece for piece in split_into_pieces(SRT) if "<b>" in piece.passage)
    assert piece.filled("Da <b>drüben.") == "Da drüben."
    assert "-->" not in piece.filled("Da --> <b>drüben</b>.")


def test_captions_that_roll_on_are_taken_line_by_line() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nso what we do\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nso what we do\nis to look\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nis to look\nat the sea\n"
    )
    assert passages(text) == ["so what we do", "so what we do", "is to look", "is to look", "at the sea"]


def test_captions_without_full_stops_are_taken_some_cues_at_a_time() -> None:
    cues = [
        f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nand then we go on {n} times\n" for n in range(1, 21)
    ]
    found = passages("\n".join(cues))
    assert len(found) == 7
    assert found[0].startswith("and then we go on 1 times and then we go on 2 times")


@given(st.text(alphabet="ab1 \n:,.->0é<i>{}\\中。", max_size=300))
def test_any_text_behind_a_cue_joins_again(rest: str) -> None:
    text = f"1\n00:00:01,000 --> 00:00:02,000\n{rest}"
    assert "".join(piece.text for piece in split_into_pieces(text)) == text
    assert form_of(translated(text))[1] == form_of(text)[1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("text", [SRT, VTT])
def test_pasted_subtitles_are_known_with_any_line_ends(text: str, mark: str, end: str) -> None:
    pasted = mark + text.replace("\n", end)
    assert is_subtitles(pasted)
    assert passages(pasted) == passages(text)
    assert "".join(piece.text for piece in split_into_pieces(pasted)) == pasted


@pytest.mark.parametrize("text", ["1\nNo time here.", "At 00:01.000 --> 00:02.000 it began.", "", "Words."])
def test_other_texts_are_no_subtitles(text: str) -> None:
    assert not is_subtitles(text)


def test_lines_behind_a_blank_line_inside_a_cue_and_times_without_fractions_are_read() -> None:
    text = "1\n00:00:01 --> 00:00:03\nOne line.\n\nAnother line.\n\n2\n00:00:04 --> 00:00:05\nThe end.\n"
    assert passages(text) == ["One line.", "Another line.", "The end."]
