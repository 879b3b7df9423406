from __future__ import annotations

import pysubs2
import pytest

from lmstudio_lite.documents.rewriting.slots import original_of
from lmstudio_lite.documents.rewriting.substation import split_substation
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.domain.units import BilingualLayout
from tests.documents.rewriting.test_subtitle_forms import SRT, VTT
from tests.documents.rewriting.texts import longer, marked, pseudo, rewritten, translated

DIALOGUE = r"""[Script Info]
Title: Words of the title
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not this
Dialogue: 0,0:00:01.00,0:00:03.00,Default,Anna,0,0,0,,{\an8\pos(1,2)}Good day,\Neveryone, and {\i1}hello{\i0}.
Dialogue: 0,0:00:03.10,0:00:05.00,Default,,0,0,0,,We took the train
Dialogue: 0,0:00:05.10,0:00:06.00,Default,,0,0,0,,to the {\b1\c&HFF&}old{\r} harbour.
Dialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0{\p0}
Dialogue: 0,0:00:08.00,0:00:09.00,Default,,0,0,0,,{\k20}la {\k30}la {\k20}lu words
Dialogue: 0,0:00:09.00,0:00:10.00,Sign,,0,0,0,,- Yes.\N- No, not here!
"""


def events_of(text: str, kind: str = "ass") -> list[tuple[int, int, str]]:
    return [
        (event.start, event.end, event.style) for event in pysubs2.SSAFile.from_string(text, format_=kind)
    ]


def test_sentences_go_over_lines_and_drawings_and_karaoke_stay() -> None:
    slotted = split_substation(DIALOGUE)
    assert [(slot.unit.text, marked(slot.unit)) for slot in slotted.slots] == [
        ("Good day, everyone, and hello.", [("style", "hello")]),
        ("We took the train to the old harbour.", [("object", ""), ("object", "")]),
        ("Yes.", []),
        ("No, not here!", []),
    ]
    assert slotted.kept == (("drawing", 1), ("karaoke", 1))


def test_times_styles_and_overrides_stay() -> None:
    slotted = split_substation(DIALOGUE)
    assert rewritten(DIALOGUE, slotted, original_of) == DIALOGUE
    result = rewritten(DIALOGUE, slotted, pseudo)
    assert events_of(result) == events_of(DIALOGUE)
    assert r",,{\an8\pos(1,2)}Hppe ebz,\Nfwfszpof, boe {\i1}ifmmp{\i0}." in result
    assert r",,up uif {\b1\c&HFF&}pme{\r} ibscpvs." in result
    assert r",,- Zft.\N- Op, opu ifsf!" in result


def test_the_translation_stands_below() -> None:
    result = rewritten(DIALOGUE, split_substation(DIALOGUE), longer, BilingualLayout.BELOW)
    assert r",,We took the train\NXf uppl" in result
    assert events_of(result) == events_of(DIALOGUE)


@pytest.mark.parametrize("text", ["", "words", "[Script Info]\nTitle: x\n"])
def test_what_has_no_events_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        split_substation(text)


@pytest.mark.parametrize(("text", "kind"), [(SRT, "srt"), (VTT, "vtt")])
@pytest.mark.parametrize("layout", list(BilingualLayout)[:2])
def test_another_programs_reader_finds_the_same_events(text: str, kind: str, layout: BilingualLayout) -> None:
    assert events_of(translated(text, longer, layout=layout), kind) == events_of(text, kind)
