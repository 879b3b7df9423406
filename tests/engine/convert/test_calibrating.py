"""An importance matrix holds the squares of what each column was multiplied with, added up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.engine.convert.calibrating import calibrate
from lmstudio_lite.engine.convert.imatrix_file import Entry, ImportanceMatrix, read_matrix, write_matrix
from lmstudio_lite.engine.convert.windows import WINDOW_TOKENS, cut_into_windows
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import ConversionError
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from tests.support.gguf_models import write_model

TEXT = "The quick brown fox jumps over the lazy dog; the lazy dog does not mind at all. " * 60
EPSILON = 1e-5


def test_the_first_layers_queries_see_the_normed_embeddings(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    matrix = calibrate(path, [TEXT], ["fox"], 2)
    with Vocabulary(path) as vocabulary:
        windows = cut_into_windows(vocabulary, [TEXT], 2)
    file = GgufFile(path)
    values = {tensor.name: file.dequantized(tensor) for tensor in file.tensors}
    expected = np.zeros(values["token_embd.weight"].shape[1])
    for token_ids in windows:
        rows = values["token_embd.weight"][token_ids].astype(np.float64)
        normed = rows / np.sqrt((rows**2).mean(axis=1, keepdims=True) + EPSILON)
        expected += ((normed * values["blk.0.attn_norm.weight"]) ** 2).sum(axis=0)
    for part in ("attn_q", "attn_k", "attn_v"):
        entry = matrix.entries[f"blk.0.{part}.weight"]
        np.testing.assert_allclose(entry.sums[0], expected, rtol=1e-3)
        assert entry.counts.tolist() == [2 * WINDOW_TOKENS]


def test_every_matrix_of_every_layer_is_in_it(tmp_path: Path) -> None:
    for architecture in ("llama", "qwen2", "gemma3"):
        path = write_model(tmp_path / f"{architecture}.gguf", architecture)
        matrix = calibrate(path, [TEXT], ["fox"], 1)
        wanted = {
            tensor.name
            for tensor in GgufFile(path).tensors
            if tensor.name.startswith("blk.") and len(tensor.shape) == 2
        }
        assert set(matrix.entries) == wanted
        assert {entry.counts.tolist()[0] for entry in matrix.entries.values()} == {WINDOW_TOKENS}


def test_experts_are_counted_one_by_one(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "moe")
    matrix = calibrate(path, [TEXT], ["fox"], 2)
    experts = {name: entry for name, entry in matrix.entries.items() if "_exps" in name}
    assert len(experts) == 9, "three matrices of three layers"
    for entry in experts.values():
        assert len(entry.counts) > 1
        assert entry.counts.sum() % (2 * WINDOW_TOKENS) == 0
        assert (entry.sums[entry.counts == 0] == 0).all()
    blank = Entry(np.zeros((2, 3), np.float32), np.array([4, 0], np.float32))
    assert ImportanceMatrix({"x": blank}).columns()["x"].tolist() == [0, 0, 0, 1, 1, 1]


def test_a_text_that_fills_no_window_is_refused_with_numbers(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    with pytest.raises(ConversionError) as refused:
        calibrate(path, ["too short", "as well"], ["a", "b"], 4)
    assert refused.value.details["reason"] == "text_too_short"
    assert 0 < int(refused.value.details["num_tokens"]) < int(refused.value.details["needed_tokens"])


names = st.text("abcdefghijklmnop.0123456789_", min_size=1, max_size=40)
values = st.lists(st.floats(0, 2.0**100, width=32), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, st.tuples(values, st.integers(1, 3)), min_size=1, max_size=6), st.lists(names))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, tuple[list[float], int]], datasets: list[str]
) -> None:
    entries = {
        name: Entry(
            np.tile(np.array(numbers, np.float32), (experts, 1)), np.arange(experts, dtype=np.float32)
        )
        for name, (numbers, experts) in content.items()
    }
    path = tmp_path_factory.mktemp("matrix") / "m.gguf"
    write_matrix(path, ImportanceMatrix(entries, tuple(datasets), 7, 512))
    found = read_matrix(path)
    assert set(found.entries) == set(entries)
    for name, entry in entries.items():
        np.testing.assert_array_equal(found.entries[name].sums, entry.sums)
        np.testing.assert_array_equal(found.entries[name].counts, entry.counts)
    assert (found.datasets, found.num_chunks, found.chunk_size) == (tuple(datasets), 7, 512)
