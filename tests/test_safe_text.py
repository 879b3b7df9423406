from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.charset.detection import decode_text
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.safe_text import safe_json, safe_line, safe_text, without_sequences

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.characters(min_codepoint=0, max_codepoint=0x9F),
        st.sampled_from(BIDI + "\u2028\u2029\ud800\udfff\x1b\x9b\r"),
    )
)
ORDINARY = [
    "مرحبا بالعالم (123) \u200f!",
    "שלום עולם \u200e(abc)",
    "می\u200cخواهم",
    "👩\u200d👩\u200d👧\ufe0f 日本語\ttab",
    "naïve – “quoted” …\nsecond line\n",
]


def is_obeyed(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in BIDI + "\u2028\u2029"


@given(ANY_TEXT)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert not [c for c in safe_text(text) if is_obeyed(c) and c not in "\n\t"]
    assert not [c for c in safe_line(text) if is_obeyed(c)]


@given(ANY_TEXT, st.integers(min_value=0))
def test_a_sequence_that_is_cut_over_two_pieces_stays_safe(text: str, cut: int) -> None:
    at = cut % (len(text) + 1)
    if text[max(0, at - 1) : at + 1] != "\r\n":
        assert safe_text(text[:at]) + safe_text(text[at:]) == safe_text(text)


@given(st.recursive(ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_json_keeps_its_value(value: object) -> None:
    said = safe_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert not [c for c in said if is_obeyed(c) and c != "\n"]
    assert json.loads(said) == value


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text
    assert without_sequences(text) == text


def test_what_is_left_out_and_what_is_shown() -> None:
    assert safe_text("a\x1b[31mb\x9b1m\x07") == "a\\x1b[31mb\\x9b1m\\x07"
    assert safe_text("invoice\u202efdp.exe") == "invoicefdp.exe"
    assert safe_line("invoice\u202efdp.exe\nnext\tone") == "invoice\\u202efdp.exe\\nnext\\tone"
    assert safe_text("one\r\ntwo\rthree\u2028four") == "one\ntwo\nthree\nfour"


LOG = "The pump was repaired.\x1b]0;OWNED\x07 It now runs \x1b[31mwell\x1b[0m again.\x1b(B"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_log_is_read_without_its_colours(encoding: str) -> None:
    assert decode_text(LOG.encode(encoding)).text == "The pump was repaired. It now runs well again."
    assert text_document(LOG, "").text == "The pump was repaired. It now runs well again."
