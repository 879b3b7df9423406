from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.engine.core.text_stream import TextStream


def stream(pieces: list[bytes], stop: list[str]) -> str:
    text = TextStream(stop)
    return "".join([*(push(text, piece) for piece in pieces), *(piece.text for piece in text.flush())])


def push(text: TextStream, data: bytes) -> str:
    return "".join(piece.text for piece in text.push(data))


@given(st.text(), st.lists(st.integers(1, 5)))
def test_text_cut_anywhere_comes_out_whole(text: str, sizes: list[int]) -> None:
    data, pieces = text.encode(), []
    for size in [*sizes, len(data) + 1]:
        pieces.append(data[:size])
        data = data[size:]
    assert stream(pieces, []) == text


@given(st.text("abAB ", max_size=40), st.text("abAB ", min_size=1, max_size=4))
def test_nothing_of_a_stop_string_comes_out(text: str, stop: str) -> None:
    pieces = [character.encode() for character in text]
    assert stream(pieces, [stop]) == text.split(stop)[0]


def test_a_character_appears_when_its_last_byte_does() -> None:
    text = TextStream()
    data = "翻".encode()
    assert [push(text, data[:1]), push(text, data[1:2]), push(text, data[2:])] == ["", "", "翻"]


def test_the_space_before_a_character_appears_with_it() -> None:
    text = TextStream()
    data = " 🌪".encode()
    assert [push(text, data[:3]), push(text, data[3:])] == ["", " 🌪"]
    push(text, data[:3])
    assert [piece.text for piece in text.flush()] == [" \N{REPLACEMENT CHARACTER}"]


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert stream([b"\xff", b"a", b"\xe7\xbf"], []) == "\N{REPLACEMENT CHARACTER}a\N{REPLACEMENT CHARACTER}"


def test_what_might_begin_a_stop_string_is_held_until_decided() -> None:
    text = TextStream(["###"])
    assert push(text, b"one #") == "one "
    assert push(text, b"# two") == "## two"
    assert not text.is_stopped
