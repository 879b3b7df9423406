"""Walking over a tokenizer's words in runs ends where reading them one by one does."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.gguf.cursor import Cursor
from lmstudio_lite.library.gguf.text_runs import walk_texts

SHORT = st.binary(min_size=1, max_size=12)
ODD = st.one_of(
    st.just(b""),
    st.binary(min_size=250, max_size=300),
    st.integers(1, 20).map(bytes),
    st.binary(max_size=4).map(lambda start: start + bytes(9) + b"\5" + bytes(7) + b"x"),
)


class Bytes:
    """A source that is a value."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def read(self, offset: int, length: int) -> bytes:
        return self._content[offset : offset + length]


def packed(texts: list[bytes]) -> bytes:
    return b"".join(struct.pack("<Q", len(text)) + text for text in texts)


def skipped(texts: list[bytes], num_after: int = 40) -> int:
    cursor = Cursor(Bytes(packed(texts) + bytes(range(1, num_after + 1))), "m.gguf")
    cursor.skip_texts(len(texts))
    return cursor.position


@settings(max_examples=60, deadline=None)
@given(st.lists(SHORT, min_size=1, max_size=8), st.lists(ODD, max_size=6), st.integers(0, 3000), st.randoms())
def test_any_run_of_texts(
    short: list[bytes], odd: list[bytes], num_short: int, chance: random.Random
) -> None:
    texts = [chance.choice(short) for _ in range(num_short)]
    for text in odd:
        texts.insert(chance.randint(0, len(texts)), text)
    assert skipped(texts) == len(packed(texts))
    if num_short:
        assert skipped(texts, num_after=0) == len(packed(texts))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.lists(st.sampled_from([b"\0", b"\1", b"\2", b"\xff"])).map(b"".join))
def test_any_bytes_lead_where_their_lengths_do(content: bytes) -> None:
    end, count = walk_texts(content, 0, 1000)
    position = 0
    for _ in range(count):
        (length,) = struct.unpack_from("<Q", content, position)
        position += 8 + length
    assert position == end <= len(content)


def test_a_run_that_is_cut_off() -> None:
    content = packed([b"word"] * 5000)
    cursor = Cursor(Bytes(content[:-2]), "m.gguf")
    with pytest.raises(ModelFileError) as caught:
        cursor.skip_texts(5000)
    assert caught.value.details["reason"] == "truncated"


def test_a_vocabulary_of_many_pieces() -> None:
    chance = random.Random(5)
    texts = [bytes(chance.choices(range(1, 256), k=chance.choice((1, 4, 9, 30)))) for _ in range(60_000)]
    for place in range(0, 60_000, 10_000):
        texts[place] = b"long" * 200
    assert skipped(texts) == len(packed(texts))
