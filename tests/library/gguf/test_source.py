"""A header read in pieces from wherever it lies: what comes out is the same, and few pieces are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.gguf import read_gguf_header, read_header
from tests.library.gguf_files import LLAMA_METADATA, make_gguf
from tests.support.gguf_models import make_model


class CountingSource:
    """Bytes that count what was asked for; ``claimed_bytes`` may lie."""

    def __init__(self, content: bytes, claimed_bytes: int | None = None) -> None:
        self._content = content
        self.size_bytes = len(content) if claimed_bytes is None else claimed_bytes
        self.reads: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self._content[offset : offset + length]


def test_a_header_of_a_hundred_gigabytes_costs_kilobytes() -> None:
    content = make_gguf()
    source = CountingSource(content, claimed_bytes=100 << 30)
    assert read_header(source, path="far.gguf").text("general.name") == "Tiny"
    assert [offset for offset, _ in source.reads] == [0]
    assert source.reads[0][1] <= 256 << 10


def test_a_large_vocabulary_costs_few_requests() -> None:
    tokens = [f"a token with number {number}" for number in range(300_000)]
    content = make_gguf({**LLAMA_METADATA, "tokenizer.ggml.tokens": tokens})
    assert len(content) > 8 << 20
    source = CountingSource(content)
    header = read_header(source, path="far.gguf")
    assert header.array_lengths["tokenizer.ggml.tokens"] == 300_000
    assert len(source.reads) <= 8
    assert sum(length for _, length in source.reads) < len(content) + (2 << 20)


def test_what_is_long_and_not_kept_is_never_fetched() -> None:
    content = make_gguf({**LLAMA_METADATA, "scores": list(range(2_000_000))})
    source = CountingSource(content)
    header = read_header(source, path="far.gguf")
    assert header.array_lengths["scores"] == 2_000_000
    assert sum(length for _, length in source.reads) < len(content) / 4


def test_an_error_of_the_source_passes_through() -> None:
    class Broken(CountingSource):
        def read(self, offset: int, length: int) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        read_header(Broken(b"", 100), path="far.gguf")


def test_a_source_that_ends_early_is_truncated() -> None:
    with pytest.raises(ModelFileError) as raised:
        read_header(CountingSource(make_gguf()[:300], 1 << 20), path="far.gguf")
    assert raised.value.details["reason"] == "truncated"


@given(piece=st.integers(min_value=1, max_value=400))
def test_any_size_of_pieces_gives_the_same_header(piece: int) -> None:
    content = make_gguf()
    whole = read_header(CountingSource(content), path="", is_whole=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lmstudio_lite.library.gguf.cursor._FIRST_READ_BYTES", piece)
        patch.setattr("lmstudio_lite.library.gguf.cursor._LARGEST_READ_BYTES", piece)
        assert read_header(CountingSource(content), path="", is_whole=True) == whole


def test_the_whole_header_has_every_key_and_tensor(tmp_path: Path) -> None:
    path = tmp_path / "moe.gguf"
    path.write_bytes(make_model("moe"))
    header = read_gguf_header(path, is_whole=True)
    assert [entry.key for entry in header.entries][:2] == ["general.architecture", "general.name"]
    tokens = next(entry for entry in header.entries if entry.key == "tokenizer.ggml.tokens")
    assert (tokens.is_array, tokens.type_name) == (True, "string")
    assert tokens.length == header.array_lengths[tokens.key] > len(tokens.values) == 64
    assert len(header.tensors) == header.num_tensors
    table = header.tensors[0]
    assert (table.name, table.type_name, table.offset) == ("token_embd.weight", "F32", 0)
    assert table.size_bytes == 4 * table.num_elements
    assert header.data_start + max(t.offset + t.size_bytes for t in header.tensors) <= header.size_bytes
