from __future__ import annotations

import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.workers.frames import UnreadableError, decode, frame, read_frame, read_line


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_frames_come_back_as_they_were(contents: list[bytes]) -> None:
    stream = io.BytesIO(b"".join(map(frame, contents)))
    assert [read_frame(stream) for _ in contents] == contents
    assert read_frame(stream) is None


def test_what_is_cut_off_is_an_end() -> None:
    whole = frame(b"words")
    for length in range(len(whole)):
        assert read_frame(io.BytesIO(whole[:length])) is None
    stream = io.BytesIO(b"first\nsec")
    assert read_line(stream) == b"first\n"
    assert read_line(stream) is None


def test_a_frame_of_absurd_length_is_not_waited_for() -> None:
    with pytest.raises(UnreadableError, match="4294967295"):
        read_frame(io.BytesIO(b"\xff" * 100))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_stands_for_no_value_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(msgspec.json.Decoder(list[list[str]]), content)
