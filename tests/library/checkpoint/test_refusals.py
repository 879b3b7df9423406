"""Folders that are damaged, hostile or unknown: a clear word, never a file that computes something else."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite import words
from lmstudio_lite.errors import ConversionError
from lmstudio_lite.library.checkpoint.shards import open_checkpoint
from lmstudio_lite.library.checkpoint.writing import CheckpointPlan
from lmstudio_lite.safe_text import safe_line
from tests.support.checkpoints import (
    BYTES,
    change_json,
    tensors_of,
    write_checkpoint,
    write_json,
    write_safetensors,
    write_weights,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_checkpoint(tmp_path / "base", "llama")


def plan(folder: Path) -> bytes:
    """Return the file that the folder becomes."""
    file = io.BytesIO()
    CheckpointPlan(open_checkpoint(folder)).write(file, lambda fraction: None)
    return file.getvalue()


def refusal(folder: Path) -> tuple[str, str]:
    """Return the reason and what of the folder is meant, after seeing that both are said."""
    with pytest.raises(ConversionError) as refused:
        plan(folder)
    explained = words.explain(refused.value)
    part = str(refused.value.details["part"])
    assert folder.name in explained.what
    assert safe_line(part) in explained.what
    assert len(explained.what) < 300
    assert explained.remedy
    return str(refused.value.details["reason"]), part


def test_nothing_of_the_kind(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "empty") == ("no_checkpoint", "")
    assert refusal(tmp_path / "not there") == ("no_checkpoint", "")
    assert refusal(folder / "config.json") == ("no_checkpoint", "")
    (folder / "model.safetensors").unlink()
    assert refusal(folder) == ("no_checkpoint", "")


def test_pickled_weights_are_not_opened(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / "pytorch_model.bin")
    assert refusal(folder) == ("pickled", "")


def test_a_missing_file(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "parts", "llama", num_files=3)
    (folder / "model-00002-of-00003.safetensors").unlink()
    assert refusal(folder) == ("part_missing", "model-00002-of-00003.safetensors")
    (folder / "model.safetensors.index.json").unlink()
    assert refusal(folder) == ("part_missing", "model.safetensors.index.json")


def test_a_missing_tensor(tmp_path: Path, folder: Path) -> None:
    tensors = tensors_of(tmp_path / "base.gguf", "llama")
    for name in ("model.layers.1.mlp.up_proj.weight", "lm_head.weight"):
        write_weights(folder, {each: values for each, values in tensors.items() if each != name})
        assert refusal(folder) == ("part_missing", name)
    parts = write_checkpoint(tmp_path / "parts", "llama", num_files=2)
    index = json.loads((parts / "model.safetensors.index.json").read_text())
    places = index["weight_map"] | {"model.norm.bias": "model-00001-of-00002.safetensors"}
    change_json(parts / "model.safetensors.index.json", weight_map=places)
    assert refusal(parts) == ("part_missing", "model.norm.bias")


def test_tensors_that_are_too_many_or_of_another_shape(tmp_path: Path, folder: Path) -> None:
    tensors = tensors_of(tmp_path / "base.gguf", "llama")
    extra = "model.layers.0.mlp.router.weight"
    write_weights(folder, tensors | {extra: np.ones((4, 64), np.float32)})
    assert refusal(folder) == ("unknown_checkpoint", extra)
    query = "model.layers.0.self_attn.q_proj.weight"
    write_weights(folder, tensors | {query: tensors[query][:, :32]})
    assert refusal(folder) == ("checkpoint_damaged", query)
    write_weights(folder, tensors | {"model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(8, np.float32)})
    assert plan(folder)


def test_the_same_tensor_in_two_files(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "parts", "llama", num_files=2)
    tensors = tensors_of(tmp_path / "parts.gguf", "llama")
    write_safetensors(folder / "model-00002-of-00002.safetensors", tensors)
    assert refusal(folder) == ("checkpoint_damaged", "model-00002-of-00002.safetensors")


@pytest.mark.parametrize(
    "places",
    [
        {"a": "../base.gguf"},
        {"a": ".."},
        {"a": ""},
        {"a": "x" * 5000},
        {"a": "nul\0"},
        {"a": 7},
        [],
        {},
        "model.safetensors",
    ],
)
def test_an_index_that_leads_elsewhere(folder: Path, places: object) -> None:
    write_json(folder / "model.safetensors.index.json", {"weight_map": places})
    assert refusal(folder)[0] in ("checkpoint_damaged", "part_missing")


def with_header(header: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header


def tensor(kind: object, shape: object, place: object) -> bytes:
    entry = {"dtype": kind, "shape": shape, "data_offsets": place}
    return with_header(json.dumps({"model.norm.weight": entry}).encode()) + bytes(64)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        with_header(b"", 1 << 63),
        with_header(b" " * 100, 101),
        with_header(b"[]"),
        with_header(b"\xff\xfe"),
        with_header(b"[" * 100_000),
        with_header(b'{"a": ' + b"9" * 5000 + b"}"),
        tensor("F32", [16], [0, 68]),
        tensor("F32", [17], [0, 64]),
        tensor("F32", [16], [-64, 0]),
        tensor("F32", [16], [64, 0]),
        tensor("F32", [-16], [0, 64]),
        tensor("F32", [True], [0, 4]),
        tensor("F32", [1 << 62, 4], [0, 64]),
        tensor("F32", [1, 1, 1, 1, 16], [0, 64]),
        tensor("F32", [[16]], [0, 64]),
        tensor("F32", [16], [0, 64, 0]),
        tensor(7, [16], [0, 64]),
    ],
)
def test_damaged_safetensors(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)
    assert refusal(folder) == ("checkpoint_damaged", "model.safetensors")


def test_a_header_too_large_to_be_read(folder: Path) -> None:
    size = 1 << 30
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", size))
        file.truncate(size + 8)
    assert refusal(folder) == ("checkpoint_damaged", "model.safetensors")


def test_numbers_in_another_format(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(tensor("F8_E4M3", [64], [0, 64]))
    assert refusal(folder) == ("unknown_numbers", "F8_E4M3")


def test_a_pipe_and_a_folder_instead_of_a_file(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / "model.safetensors")
    assert refusal(folder) == ("checkpoint_damaged", "model.safetensors")
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()
    assert refusal(folder) == ("checkpoint_damaged", "config.json")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"architectures": ["GemmaForCausalLM"]}, "GemmaForCausalLM"),
        ({"architectures": ["\u202e" + "x" * 5000]}, ""),
        ({"architectures": [], "model_type": "mamba"}, "mamba"),
        ({"architectures": 7}, "architectures"),
        ({"quantization_config": {"quant_method": "fp8"}}, "quantization_config"),
        ({"use_sliding_window": True}, "use_sliding_window"),
        ({"layer_types": ["full_attention", "sliding_attention"]}, "layer_types"),
        ({"hidden_act": "gelu"}, "hidden_act"),
        ({"partial_rotary_factor": 0.5}, "partial_rotary_factor"),
        ({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, "rope_type yarn"),
        ({"rope_scaling": {"type": "dynamic", "factor": 4.0}}, "rope_type dynamic"),
        ({"architectures": ["Qwen3ForCausalLM"], "attention_bias": True}, "attention_bias"),
    ],
)
def test_what_llama_cpp_would_compute_otherwise(folder: Path, changes: dict[str, Any], part: str) -> None:
    change_json(folder / "config.json", **changes)
    if len(str(changes)) > 1000:
        with pytest.raises(ConversionError) as refused:
            plan(folder)
        assert len(str(refused.value.details["part"])) < 100
        assert "\u202e" not in words.explain(refused.value).what
        return
    assert refusal(folder) == ("unknown_checkpoint", part)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_size", None),
        ("hidden_size", -64),
        ("hidden_size", "64"),
        ("num_hidden_layers", 1 << 40),
        ("num_hidden_layers", 513),
        ("num_attention_heads", 0),
        ("num_attention_heads", True),
        ("vocab_size", 1 << 31),
        ("rms_norm_eps", "small"),
        ("rms_norm_eps", float("nan")),
        ("rms_norm_eps", -1.0),
        ("rope_theta", 1e999),
        ("rope_theta", [1]),
        ("rope_scaling", "linear"),
        ("factor", {"rope_type": "linear"}),
        ("factor", {"rope_type": "llama3", "low_freq_factor": 1.0}),
    ],
)
def test_odd_numbers_in_the_configuration(folder: Path, key: str, value: object) -> None:
    place = "rope_scaling" if isinstance(value, dict) else key
    change_json(folder / "config.json", **{place: value})
    said = "rope_parameters" if key == "rope_scaling" else key
    assert refusal(folder) == ("checkpoint_damaged", said)


def test_numbers_that_do_not_fit_each_other(folder: Path) -> None:
    for changes in ({"num_key_value_heads": 3}, {"head_dim": 15}):
        content = (folder / "config.json").read_text()
        change_json(folder / "config.json", **changes)
        assert refusal(folder) == ("checkpoint_damaged", "config.json")
        (folder / "config.json").write_text(content)


def test_without_a_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.model").write_bytes(b"sentencepiece")
    assert refusal(folder) == ("unknown_tokenizer", "tokenizer.json")


def changed_model(tokenizer: dict[str, Any], **changes: object) -> dict[str, Any]:
    return tokenizer | {"model": tokenizer["model"] | changes}


def twice(tokenizer: dict[str, Any]) -> dict[str, Any]:
    vocabulary = dict(tokenizer["model"]["vocab"])
    vocabulary["once more"] = vocabulary["a"]
    return changed_model(tokenizer, vocab=vocabulary)


def added(tokenizer: dict[str, Any], **token: object) -> dict[str, Any]:
    return tokenizer | {"added_tokens": [*tokenizer["added_tokens"], token]}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda file: changed_model(file, type="Unigram"), "Unigram"),
        (lambda file: changed_model(file, byte_fallback=True), 'normalizer ["ByteLevel"]'),
        (lambda file: changed_model(file, ignore_merges=True), "ignore_merges"),
        (lambda file: changed_model(file, end_of_word_suffix="</w>"), "end_of_word_suffix"),
        (lambda file: changed_model(file, merges=["a b c"]), "merges"),
        (lambda file: changed_model(file, merges=[["a", "b c"]]), "merges"),
        (lambda file: changed_model(file, merges=[7]), "merges"),
        (lambda file: changed_model(file, vocab={"a": "0"}), "vocab"),
        (lambda file: changed_model(file, vocab={"a": -1}), "vocab"),
        (lambda file: changed_model(file, vocab={"a": 1 << 40}), "vocab"),
        (lambda file: changed_model(file, vocab={"\ud800": 0}), "vocab"),
        (lambda file: changed_model(file, vocab={"": 0}), "vocab"),
        (twice, "vocab"),
        (lambda file: added(file, id=3, content="<|im_end|>", special=True), "vocab"),
        (lambda file: added(file, id="3", content="x"), "added_tokens"),
        (lambda file: added(file, id=3, content="<mask>", lstrip=True), "<mask>"),
        (lambda file: file | {"normalizer": {"type": "Lowercase"}}, "normalizer Lowercase"),
        (lambda file: file | {"pre_tokenizer": None}, "pre_tokenizer [null]"),
        (lambda file: file | {"pre_tokenizer": {"type": "Whitespace"}}, 'pre_tokenizer ["Whitespace"]'),
        (
            lambda file: file | {"pre_tokenizer": BYTES | {"add_prefix_space": True}},
            'pre_tokenizer ["ByteLevel"]',
        ),
        (
            lambda file: (
                file
                | {
                    "post_processor": {
                        "type": "TemplateProcessing",
                        "single": [{"SpecialToken": {"id": "<|im_start|>"}}, {"Sequence": {"id": "A"}}],
                    }
                }
            ),
            "post_processor",
        ),
    ],
)
def test_tokenizers_that_cut_otherwise(
    folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]], part: str
) -> None:
    path = folder / "tokenizer.json"
    write_json(path, change(json.loads(path.read_text("utf-8"))))
    assert refusal(folder) == ("unknown_tokenizer", part)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_gives_a_file_or_a_clear_word(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = write_checkpoint(Path(place) / "base", "qwen2", num_files=2)
        path = data.draw(st.sampled_from(sorted(folder.iterdir())))
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            start = data.draw(st.integers(0, min(len(content), 3000)))
            end = start + data.draw(st.integers(0, 8))
            content[start:end] = data.draw(
                st.binary(max_size=6)
                | st.sampled_from([b"null", b"-1", b"[", b"}", b"99999999999", b'"', b"1e9"])
            )
        path.write_bytes(content)
        with contextlib.suppress(ConversionError):
            assert plan(folder).startswith(b"GGUF")


ODD: tuple[Any, ...] = (None, True, -1, 0, 3, 10**12, math.nan, "x", [], {}, [[]], [None] * 3)
FAMILIES = ("falcon", "bloom", "gpt-oss", "lfm2", "mamba", "minimax-m2", "gemma4", "gemma4 with experts")


@pytest.mark.parametrize("kind", [*FAMILIES, "qwen35", "qwen35moe", "llama with experts"])
def test_a_configuration_with_odd_values_is_refused_or_read(tmp_path: Path, kind: str) -> None:
    folders = pytest.importorskip("tests.finetune.test_converted_folders")
    folders.write_folder(tmp_path / "base", kind)
    checkpoint = open_checkpoint(tmp_path / "base")
    num_refused = 0
    for key, usual in checkpoint.config.items():
        changes = [{key: odd} for odd in ODD]
        if isinstance(usual, dict):
            changes += [{key: usual | {inner: odd}} for inner in usual for odd in ODD]
        for change in changes:
            try:
                CheckpointPlan(replace(checkpoint, config=checkpoint.config | change))
            except ConversionError:
                num_refused += 1
    assert num_refused > 50
