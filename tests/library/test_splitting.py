"""A model split into files and merged again: nothing of it changes, nothing half is left."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import CancelledError, ConversionError, DiskFullError, ModelFileError
from lmstudio_lite.library.gguf import GgufHeader, TensorInfo, read_gguf_header
from lmstudio_lite.library.inspection.model import inspect_model
from lmstudio_lite.library.splitting import merge_model, merged_name, plan_parts, split_model
from tests.library.gguf_files import LLAMA_METADATA, make_gguf
from tests.support.gguf_models import make_model, write_model
from tests.support.gguf_patches import add_keys, patch_tensor

PART_BYTES = 120_000
GENERATE = """
import ctypes, sys, llama_cpp
silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
for path in sys.argv[1:]:
    options = llama_cpp.llama_model_default_params()
    options.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(path.encode(), options)
    wanted = llama_cpp.llama_context_default_params()
    wanted.n_ctx, wanted.n_threads, wanted.n_threads_batch = 256, 1, 1
    context = llama_cpp.llama_init_from_model(model, wanted)
    token_ids = (llama_cpp.llama_token * 4)(1, 2, 3, 4)
    assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(token_ids, 4)) == 0
    logits = llama_cpp.llama_get_logits_ith(context, -1)
    sys.stdout.write(" ".join(f"{logits[number]:.6f}" for number in range(64)) + "\\n")
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
"""


def split(source: Path, folder: Path, max_bytes: int = PART_BYTES) -> list[Path]:
    return split_model(
        source, folder, max_bytes=max_bytes, cancellation=Cancellation(), report=lambda done, total: None
    )


def merge(part: Path, target: Path) -> None:
    merge_model(part, target, cancellation=Cancellation(), report=lambda done, total: None)


def tensors_of(paths: list[Path]) -> dict[str, tuple[tuple[int, ...], str, bytes]]:
    found = {}
    for path in paths:
        content = path.read_bytes()
        header = read_gguf_header(path, needs_tensors=False, is_whole=True)
        for tensor in header.tensors:
            start = header.data_start + tensor.offset
            data = content[start : start + tensor.size_bytes]
            found[tensor.name] = (tensor.shape, tensor.type_name, data)
    return found


def keys_of(header: GgufHeader) -> list[tuple[str, str, object]]:
    return [
        (entry.key, entry.type_name, entry.values)
        for entry in header.entries
        if not entry.key.startswith("split.")
    ]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_model(tmp_path / "Tiny-Q8.gguf", "moe")


def test_parts_and_the_merged_file_hold_the_same(source: Path, tmp_path: Path) -> None:
    parts = split(source, tmp_path / "parts")
    assert len(parts) > 2
    assert parts[0].name == f"Tiny-Q8-00001-of-{len(parts):05}.gguf"
    assert all(path.stat().st_size <= PART_BYTES for path in parts)
    assert tensors_of(parts) == tensors_of([source])
    assert inspect_model(parts[1]).findings == ()
    assert merged_name(parts[0]) == source.name
    merged = tmp_path / "again.gguf"
    merge(parts[1], merged)
    assert merged.read_bytes() == source.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"Tiny-Q8.gguf", "parts", "again.gguf"}


def test_llama_cpp_computes_the_same_from_parts_and_from_the_merged_file(
    source: Path, tmp_path: Path
) -> None:
    parts = split(source, tmp_path / "parts")
    merge(parts[0], tmp_path / "merged.gguf")
    files = [str(source), str(parts[0]), str(tmp_path / "merged.gguf")]
    done = subprocess.run(
        [sys.executable, "-c", GENERATE, *files], capture_output=True, text=True, timeout=120, check=True
    )
    first, *others = done.stdout.splitlines()
    assert others == [first, first]


def test_another_alignment_stays(tmp_path: Path) -> None:
    metadata = {**LLAMA_METADATA, "general.alignment": 64}
    tensors = [(f"blk.{number}.w", (64, 40)) for number in range(4)]
    content = make_gguf(metadata, tensors=tensors)
    source = tmp_path / "m.gguf"
    source.write_bytes(content + bytes(64))
    parts = split(source, tmp_path, 14_000)
    assert len(parts) > 1
    assert {read_gguf_header(path, needs_tensors=False).alignment for path in parts} == {64}
    assert tensors_of(parts) == tensors_of([source])
    merge(parts[0], tmp_path / "again.gguf")
    assert keys_of(read_gguf_header(tmp_path / "again.gguf", is_whole=True)) == keys_of(
        read_gguf_header(source, is_whole=True)
    )


def test_progress_never_falls_and_ends_at_the_whole(source: Path, tmp_path: Path) -> None:
    said: list[tuple[int, int]] = []
    parts = split_model(
        source,
        tmp_path / "parts",
        max_bytes=PART_BYTES,
        cancellation=Cancellation(),
        report=lambda done, total: said.append((done, total)),
    )
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    assert said[-1] == (said[0][1], said[0][1])
    assert said[-1][0] == sum(path.stat().st_size for path in parts)


def test_cancelled_at_any_point_nothing_is_left(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    for stop_at in (0, 100_000, 200_000, 400_000):
        cancellation = Cancellation()

        def report(
            done: int, total: int, cancellation: Cancellation = cancellation, at: int = stop_at
        ) -> None:
            if done >= at:
                cancellation.cancel()

        with pytest.raises(CancelledError):
            split_model(source, folder, max_bytes=PART_BYTES, cancellation=cancellation, report=report)
        assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_nothing(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def report(done: int, total: int) -> None:
        if done > 300_000:
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(DiskFullError):
        split_model(
            source, tmp_path / "parts", max_bytes=PART_BYTES, cancellation=Cancellation(), report=report
        )
    assert list((tmp_path / "parts").iterdir()) == []
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    with pytest.raises(ConversionError) as raised:
        split(source, tmp_path / "more")
    assert raised.value.details["reason"] == "no_room"
    assert not (tmp_path / "more").exists()


def reason_of(run: object) -> str:
    assert callable(run)
    with pytest.raises((ConversionError, ModelFileError)) as raised:
        run()
    return str(raised.value.details["reason"])


def test_what_can_not_be_split_or_merged_is_said(source: Path, tmp_path: Path) -> None:
    parts = split(source, tmp_path / "parts")
    assert reason_of(lambda: split(source, tmp_path / "parts")) == "target_exists"
    assert reason_of(lambda: split(source, tmp_path / "big", 1 << 30)) == "nothing_to_split"
    assert reason_of(lambda: split(parts[0], tmp_path / "big", 40_000)) == "is_a_part"
    assert reason_of(lambda: merge(source, tmp_path / "new.gguf")) == "not_split"
    assert reason_of(lambda: merge(parts[0], source)) == "target_exists"
    other = split(write_model(tmp_path / "other.gguf", "llama", seed=3), tmp_path / "o", 200_000)
    parts[1].write_bytes(other[1].read_bytes())
    assert reason_of(lambda: merge(parts[0], tmp_path / "new.gguf")) == "parts_differ"
    parts[1].write_bytes(b"GGUF")
    assert reason_of(lambda: merge(parts[0], tmp_path / "new.gguf")) == "truncated"
    parts[1].unlink()
    assert reason_of(lambda: merge(parts[2], tmp_path / "new.gguf")) == "part_missing"
    source.write_bytes(patch_tensor(make_model("llama"), "blk.1.ffn_up.weight", type_number=77))
    assert reason_of(lambda: split(source, tmp_path / "big")) == "type_unknown"
    source.write_bytes(add_keys(make_model("llama"), {"general.name": "twice"}))
    assert reason_of(lambda: split(source, tmp_path / "big")) == "absurd_metadata"
    long = write_model(tmp_path / f"{'n' * 240}.gguf", "moe")
    assert reason_of(lambda: split(long, tmp_path / "big")) == "name_too_long"
    assert not (tmp_path / "new.gguf").exists()
    assert not (tmp_path / "big").exists()


@given(
    sizes=st.lists(st.integers(min_value=0, max_value=100_000), max_size=60),
    max_bytes=st.integers(min_value=1024, max_value=300_000),
    metadata_bytes=st.integers(min_value=0, max_value=200_000),
)
def test_parts_keep_the_order_and_the_limit(sizes: list[int], max_bytes: int, metadata_bytes: int) -> None:
    tensors = [TensorInfo(f"t{number}", (size,), "I8", 0, size, 24) for number, size in enumerate(sizes)]
    parts = plan_parts(tensors, alignment=32, max_bytes=max_bytes, metadata_bytes=metadata_bytes)
    assert [tensor for part in parts for tensor in part] == tensors
    assert all(parts)
    for number, part in enumerate(parts):
        size = sum(tensor.size_bytes for tensor in part) + (0 if number else metadata_bytes)
        assert size <= max_bytes or len(part) == 1
