"""What transformers does to a tensor when it loads one is undone exactly when one is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from transformers import PreTrainedConfig

from lmstudio_lite.finetune.training.layouts import processor_of
from lmstudio_lite.finetune.training.tensor_map import Floats, PlaceFinder

CONFIG: dict[str, Any] = {
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_kv_heads": 2,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "n_head": 4,
    "hidden_size": 32,
}


def processing(architecture: str) -> Callable[[Floats, str], Floats]:
    processor = processor_of(architecture, PreTrainedConfig(**CONFIG))

    def process(values: Floats, gguf_name: str) -> Floats:
        loaded: Floats = processor.process(weights=values, name=gguf_name, parsed_parameters={}).weights
        return loaded

    return process


@pytest.mark.parametrize(
    ("architecture", "name", "shape"),
    [
        ("llama", "blk.3.attn_q.weight", (32, 32)),
        ("llama", "blk.3.attn_k.weight", (16, 32)),
        ("llama", "blk.3.ffn_up.weight", (48, 32)),
        ("llama", "blk.3.attn_norm.weight", (32,)),
        ("gemma2", "blk.0.attn_norm.weight", (32,)),
        ("gemma3", "output_norm.weight", (32,)),
        ("nemotron", "blk.0.ffn_norm.weight", (32,)),
        ("gpt2", "blk.1.attn_qkv.weight", (96, 32)),
        ("gpt2", "blk.1.attn_output.weight", (32, 32)),
        ("gpt2", "blk.1.ffn_down.bias", (32,)),
        ("bloom", "blk.0.attn_qkv.weight", (96, 32)),
        ("bloom", "blk.0.attn_qkv.bias", (96,)),
        ("mamba", "blk.0.ssm_conv1d.weight", (32, 4)),
        ("falcon", "blk.0.attn_qkv.weight", (64, 32)),
        ("qwen35", "blk.0.attn_qkv.weight", (64, 32)),
        ("qwen35", "blk.0.ssm_conv1d.weight", (64, 4)),
        ("qwen35", "blk.0.ssm_out.weight", (24, 32)),
        ("qwen35", "blk.0.ssm_dt.bias", (4,)),
        ("qwen2", "token_embd.weight", (300, 32)),
    ],
)
def test_the_way_back_is_found(architecture: str, name: str, shape: tuple[int, ...]) -> None:
    process = processing(architecture)
    place = PlaceFinder(process).find(name, shape)
    assert place is not None
    assert place.gguf_name == name
    stored = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    loaded = process(stored, name)
    np.testing.assert_allclose(place.to_file(loaded), stored, rtol=1e-6, atol=1e-6)
    change = np.random.default_rng(2).standard_normal(loaded.shape, dtype=np.float32)
    np.testing.assert_allclose(
        process(stored + place.change_to_file(change), name), loaded + change, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("shape", [(96, 8), (2000, 16)])
def test_a_decay_is_written_as_the_file_has_it(shape: tuple[int, ...]) -> None:
    process = processing("mamba")
    place = PlaceFinder(process).find("blk.0.ssm_a", shape)
    assert place is not None
    stored = -np.exp(np.random.default_rng(1).standard_normal(shape, dtype=np.float32))
    np.testing.assert_allclose(place.to_file(process(stored, "blk.0.ssm_a")), stored, rtol=1e-5)


def test_what_can_not_be_undone_has_no_place() -> None:
    assert PlaceFinder(lambda values, _: np.sqrt(-values)).find("blk.0.ssm_a", (8, 4)) is None
    assert PlaceFinder(lambda values, _: values[: len(values) // 2]).find("blk.0.x.weight", (8, 4)) is None
    every_other = np.arange(8)[:, None] % 2 == 0
    turned = PlaceFinder(lambda values, _: np.where(every_other, values[:, ::-1], values))
    assert turned.find("blk.0.x.weight", (8, 4)) is None
    assert PlaceFinder(lambda values, _: None).find("blk.0.x.weight", (8, 4)) is None
