from __future__ import annotations

import random
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.errors import Detail, ModelFileError, ModelNotFoundError
from lmstudio_lite.library.gguf import GgufHeader, read_gguf_header
from lmstudio_lite.library.models import ModelLibrary
from tests.library.gguf_files import LLAMA_METADATA, make_gguf, text

LONGEST_S = 5.0
REASONS = {"empty", "not_gguf", "truncated", "unsupported_version", "absurd_metadata", "unreadable"}
REASONS |= {"big_endian", "no_tensors"}


def read(path: Path, content: bytes) -> GgufHeader:
    path.write_bytes(content)
    return read_gguf_header(path)


def reason_of(path: Path, content: bytes) -> str:
    """Return why the file is refused, "" if it is not; fails if that takes long."""
    path.write_bytes(content)
    start = time.monotonic()
    details: dict[str, Detail] = {"path": str(path), "reason": ""}
    try:
        read_gguf_header(path)
    except ModelFileError as error:
        details = error.details
    assert time.monotonic() - start < LONGEST_S
    assert details["path"] == str(path)
    reason = str(details["reason"])
    assert reason in REASONS | {""}
    return reason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def test_a_sound_header(path: Path) -> None:
    header = read(path, make_gguf())
    assert (header.version, header.num_tensors, header.num_parameters) == (3, 2, 64 * 32 + 64)
    assert (header.tensor_type, header.tensor_bytes) == ("F32", 4 * (64 * 32 + 64))
    assert header.text("general.name") == "Tiny"
    assert header.number("llama.context_length") == 2048
    assert header.array_lengths == {"tokenizer.ggml.tokens": 3, "tokenizer.ggml.token_type": 3}
    assert header.text("nothing") == ""
    assert header.number("nothing") == 0


def test_every_scalar_type_is_read(path: Path) -> None:
    values = [(0, "B", 200), (1, "b", -5), (2, "H", 60000), (3, "h", -7), (4, "I", 1 << 31), (5, "i", -9)]
    values += [(7, "?", True), (10, "Q", 1 << 63), (11, "q", -(1 << 60))]
    extra = b"".join(
        text(f"x.{number}") + struct.pack(f"<I{code}", number, value) for number, code, value in values
    )
    extra += text("x.6") + struct.pack("<If", 6, 0.5) + text("x.12") + struct.pack("<Id", 12, 1e300)
    header = read(path, make_gguf(extra=extra, num_extra=len(values) + 2))
    assert (header.metadata["x.6"], header.metadata["x.12"]) == (0.5, 1e300)
    assert [header.metadata[f"x.{number}"] for number, _, _ in values] == [value for _, _, value in values]


def test_heads_per_layer_count_by_the_largest(path: Path) -> None:
    header = read(path, make_gguf({**LLAMA_METADATA, "llama.attention.head_count_kv": [1, 8, 2]}))
    assert header.number("llama.attention.head_count_kv") == 8


def test_broken_text_is_still_read(path: Path) -> None:
    extra = text("x") + struct.pack("<IQ", 8, 3) + b"\xff\xfe!"
    assert read(path, make_gguf(extra=extra, num_extra=1)).text("x") == "\ufffd\ufffd!"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"GG", "truncated"),
        (b"XY", "not_gguf"),
        (b"%PDF-1.7 and more", "not_gguf"),
        (b"GGUF\3\0\0\0", "truncated"),
        (make_gguf(version=1), "unsupported_version"),
        (make_gguf(version=77), "unsupported_version"),
        (make_gguf(order=">"), "big_endian"),
        (make_gguf(tensors=()), "no_tensors"),
        (make_gguf()[:-1], "truncated"),
        (make_gguf()[:100], "truncated"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 63, 1), "absurd_metadata"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 40), "absurd_metadata"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 62) + bytes(100), "absurd_metadata"),
    ],
)
def test_bad_files(path: Path, content: bytes, reason: str) -> None:
    assert reason_of(path, content) == reason


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<I", 99),  # no such type
        struct.pack("<IQ", 8, 1 << 63),  # a text of 8 EiB
        struct.pack("<IIQ", 9, 8, 1 << 62),  # that many words
        struct.pack("<IIQ", 9, 8, 3 << 19) + bytes(64),
        struct.pack("<IIQ", 9, 4, 1 << 62),  # that many numbers
        struct.pack("<IIQ", 9, 9, 2),  # arrays of arrays
        struct.pack("<IIQ", 9, 42, 2),
    ],
)
def test_absurd_values(path: Path, value: bytes) -> None:
    assert reason_of(path, make_gguf(extra=text("x") + value, num_extra=1)) in {
        "absurd_metadata",
        "truncated",
    }


@pytest.mark.parametrize("alignment", [0, 1 << 30, "32", -1.0])
def test_absurd_alignment(path: Path, alignment: int | str | float) -> None:
    content = make_gguf({**LLAMA_METADATA, "general.alignment": alignment})
    assert reason_of(path, content) == "absurd_metadata"


@pytest.mark.parametrize("shape", [(1 << 62,), (1 << 20, 1 << 20, 1 << 20), (1, 1, 1, 1, 1)])
def test_absurd_tensors(path: Path, shape: tuple[int, ...]) -> None:
    content = make_gguf()
    start = content.index(text("output.weight"))
    tensor = text("output.weight") + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, 0)
    assert reason_of(path, content[:start] + tensor + bytes(1000)) == "absurd_metadata"


def test_a_tensor_that_begins_behind_the_end(path: Path) -> None:
    content = bytearray(make_gguf())
    end = content.index(text("output.weight")) + len(text("output.weight")) + 4 + 8 + 4
    content[end : end + 8] = struct.pack("<Q", 1 << 40)
    assert reason_of(path, bytes(content)) == "truncated"


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        read_gguf_header(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError) as caught:
        read_gguf_header(tmp_path)
    assert caught.value.details["reason"] == "not_a_file"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_hurt(path: Path, data: st.DataObject) -> None:
    content = bytearray(make_gguf())
    header_size = len(content) - 4 * (64 * 32 + 64)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(4, header_size - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 9, 0x7F, 0x80, 0xFF]))
    reason_of(path, bytes(content))


def test_every_truncation_is_noticed(path: Path) -> None:
    content = make_gguf()
    for size in range(len(content) - 4 * (64 * 32 + 64) + 1):
        assert reason_of(path, content[:size]) in {"empty", "truncated"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(content=st.binary(max_size=300), version=st.sampled_from([2, 3]))
def test_any_bytes_after_the_magic(path: Path, content: bytes, version: int) -> None:
    reason_of(path, b"GGUF" + struct.pack("<I", version) + content)


def test_the_starter_models_header_under_fuzz(path: Path) -> None:
    starter = ModelLibrary(path.parent, lambda: []).starter_path()
    if starter is None:
        pytest.skip("the starter model is not installed")
    with starter.open("rb") as file:
        head = file.read(4 << 20)
    dice = random.Random(7)
    for _ in range(40):
        size = dice.choice([dice.randrange(len(head)), len(head)])
        content = bytearray(head[:size])
        for _ in range(dice.choice([0, 1, 20])):
            content[dice.randrange(len(content))] = dice.randrange(256)
        assert reason_of(path, bytes(content)) != ""


def test_a_large_word_list_costs_little_memory(path: Path) -> None:
    words = [f"word {number}" for number in range(200_000)]
    path.write_bytes(make_gguf({**LLAMA_METADATA, "tokenizer.ggml.tokens": words}))
    tracemalloc.start()
    try:
        header = read_gguf_header(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert header.array_lengths["tokenizer.ggml.tokens"] == 200_000
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!DOCTYPE html><html>", "web_page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "lfs_pointer"),
        (b"PK\x03\x04 and more", "zip"),
        (b"tjgg\x03\0\0\0", "old_ggml"),
        (struct.pack("<Q", 900) + b'{"__metadata__"', "safetensors"),
        (bytes(64), "zeros"),
    ],
)
def test_what_is_no_gguf_is_named(path: Path, content: bytes, kind: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        read_gguf_header(path)
    assert (caught.value.details["reason"], caught.value.details["kind"]) == ("not_gguf", kind)


def test_a_cut_file_says_how_much_of_it_is_there(path: Path) -> None:
    whole = make_gguf()
    path.write_bytes(whole[:-100])
    with pytest.raises(ModelFileError) as caught:
        read_gguf_header(path)
    details = caught.value.details
    assert (details["size_bytes"], details["needed_bytes"]) == (len(whole) - 100, len(whole))


def test_an_unknown_version_is_said(path: Path) -> None:
    path.write_bytes(make_gguf(version=4))
    with pytest.raises(ModelFileError) as caught:
        read_gguf_header(path)
    assert caught.value.details["version"] == 4
