from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.plain.subtitles import find_cues, is_subtitles
from lmstudio_lite.documents.rewriting.slots import original_of
from lmstudio_lite.documents.rewriting.text import split_text
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import BilingualLayout, Mark, MarkKind, Unit, UnitText
from tests.documents.rewriting.texts import longer, marked, same_words, translated, words_of

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


def with_text(text: str, start: str, words: str) -> str:
    """Return ``text`` in which the unit that begins with ``start`` has become ``words``."""
    return translated(
        text,
        lambda unit: (
            UnitText(words, _moved(unit, words))
            if unit.text.startswith(start)
            else UnitText(unit.text, unit.marks)
        ),
    )


def _moved(unit: Unit, words: str) -> tuple[Mark, ...]:
    return tuple(
        Mark(m.number, m.kind, 0, 0 if m.kind is MarkKind.OBJECT else len(words)) for m in unit.marks
    )


def test_sentences_go_over_cues_and_speakers_are_kept_apart() -> None:
    assert words_of(SRT) == [
        "Good morning, everyone.",
        "The train to Vienna leaves at nine o'clock, if it comes.",
        "Hurry up!",
        "Where is it?",
        "Over there.",
    ]
    assert words_of(VTT) == ["Hello there.", "What a day"]


def test_markup_inside_the_words_is_a_mark() -> None:
    slots = split_text(SRT, TextForm.PLAIN).slots
    assert [marked(slot.unit) for slot in slots if slot.unit.marks] == [[("style", "there")]]
    slots = split_text(VTT, TextForm.PLAIN).slots
    assert [marked(slot.unit) for slot in slots if slot.unit.marks] == [[("style", "What")]]


@pytest.mark.parametrize("text", [SRT, VTT])
@pytest.mark.parametrize("num_words", [1, 2, 6, 30])
def test_a_translated_file_has_the_same_cues(text: str, num_words: int) -> None:
    result = translated(text, same_words("Wort", num_words))
    assert form_of(result) == form_of(text)
    assert is_subtitles(result)
    for cue, before in zip(find_cues(result), find_cues(text), strict=True):
        assert bool(cue.lines) == bool(before.lines)
        assert all(result[start:end].strip() for start, end in cue.lines)


def test_markup_and_marks_around_the_words_stay() -> None:
    result = translated(SRT, same_words("Wort", 6))
    assert "{\\an8}- Wort" in result
    assert "<i>Wort" in result
    assert "♪ 42 ♪" in result
    assert "<v Anna>Wort" in translated(VTT, same_words("Wort", 6))
    assert "NOTE Said by Anna,\nwho is tired" in translated(VTT)


def test_a_sentence_is_cut_between_words_and_rather_behind_a_comma() -> None:
    words = "Der Zug nach Wien fährt um neun Uhr, wenn er überhaupt kommt."
    result = with_text(SRT, "The train", words)
    lines = result[result.index("Der Zug") :].split("\n")
    assert lines[1].endswith("Uhr,")
    assert lines[5] == "<i>wenn er überhaupt kommt.</i> Hurry up!"


def test_chinese_is_cut_between_characters() -> None:
    words = "开往维也纳的火车九点开，如果它来的话。"
    result = with_text(SRT, "The train", words)
    assert "".join(re.findall("[一-鿿，。]+", result)) == words
    assert form_of(result) == form_of(SRT)


@pytest.mark.parametrize("num_words", [9, 16, 25])
def test_a_line_that_became_too_long_is_put_on_more(num_words: int) -> None:
    result = with_text(SRT, "Good", " ".join(["wunder"] * num_words))
    lines = result.split("\n\n")[0].split("\n")[2:]
    assert len(lines) == -(-(7 * num_words - 1) // 42)
    assert all(len(line) <= 48 for line in lines)


def test_arrows_of_a_model_do_not_break_the_file() -> None:
    result = with_text(SRT, "Over", "Da --> drüben.")
    assert form_of(result) == form_of(SRT)
    assert "<b>Da → drüben.</b>" in result


def test_a_style_over_two_cues_is_closed_and_opened_again() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nWe saw <i>the old\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nharbour</i> at last.\n"
    )
    slot = split_text(text, TextForm.PLAIN).slots[0]
    assert marked(slot.unit) == [("style", "the old harbour")]
    assert translated(text) == text.replace("We saw", "Xf tbx").replace("the old\n", "uif pme</i>\n").replace(
        "harbour</i> at last", "<i>ibscpvs</i> bu mbtu"
    )


def test_characters_of_webvtt_are_read_and_written() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:03.000\nTom &amp; Jerry &lt;3 at <00:02.000>home\n"
    slot = split_text(text, TextForm.PLAIN).slots[0]
    assert slot.unit.text == "Tom & Jerry <3 at home"
    assert [mark.kind for mark in slot.unit.marks] == [MarkKind.OBJECT]
    assert "Upn &amp; Kfssz &lt;3 bu <00:02.000>ipnf" in translated(text)


def test_captions_that_roll_on_are_taken_line_by_line() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nso what we do\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nso what we do\nis to look\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nis to look\nat the sea\n"
    )
    assert words_of(text) == ["so what we do", "so what we do", "is to look", "is to look", "at the sea"]


def test_captions_without_full_stops_are_taken_some_cues_at_a_time() -> None:
    cues = [
        f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nand then we go on {n} times\n" for n in range(1, 21)
    ]
    found = words_of("\n".join(cues))
    assert len(found) == 7
    assert found[0].startswith("and then we go on 1 times and then we go on 2 times")


def test_the_translation_stands_below_in_the_same_cue() -> None:
    result = translated(SRT, longer, layout=BilingualLayout.BELOW)
    assert "The train to Vienna\nleaves at nine\nUif usbjo" in result
    cues = find_cues(result)
    assert [(cue.start_s, cue.end_s) for cue in cues] == form_of(SRT)[1]
    assert [len(cue.lines) for cue in cues] == [2, 3, 3, 4, 1]


@given(st.text(alphabet="ab1 \n:,.->0é<i>{}\\中。", max_size=300))
def test_any_text_behind_a_cue_keeps_its_times(rest: str) -> None:
    text = f"1\n00:00:01,000 --> 00:00:02,000\n{rest}"
    assert translated(text, original_of) == text
    assert form_of(translated(text, same_words("Wort", 3)))[1] == form_of(text)[1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("text", [SRT, VTT])
def test_pasted_subtitles_are_known_with_any_line_ends(text: str, mark: str, end: str) -> None:
    pasted = mark + text.replace("\n", end)
    assert is_subtitles(pasted)
    assert words_of(pasted) == words_of(text)
    assert translated(pasted, longer) == mark + translated(text, longer).replace("\n", end)


@pytest.mark.parametrize("text", ["1\nNo time here.", "At 00:01.000 --> 00:02.000 it began.", "", "Words."])
def test_other_texts_are_no_subtitles(text: str) -> None:
    assert not is_subtitles(text)


def test_lines_behind_a_blank_line_inside_a_cue_and_times_without_fractions_are_read() -> None:
    text = "1\n00:00:01 --> 00:00:03\nOne line.\n\nAnother line.\n\n2\n00:00:04 --> 00:00:05\nThe end.\n"
    assert words_of(text) == ["One line.", "Another line.", "The end."]
