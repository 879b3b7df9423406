"""The formula against llama.cpp's own figures: laid out without weights, and taken by real loads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import MemoryNeed, ModelFacts, RunSizes
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.engine.llama.asking import ask_needs
from lmstudio_lite.engine.llama.model import load_llama
from lmstudio_lite.library.fit.judging import FreeMemory, judge
from lmstudio_lite.library.fit.layers import layer_memories, number
from lmstudio_lite.library.fit.need import memory_need
from lmstudio_lite.library.fit.speed import Pace, foretell
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts
from tests.support.gguf_models import ARCHITECTURES, FURTHER_ARCHITECTURES, write_model

WITHIN = 0.05
CONTEXT_SIZES = (512, 2048, 4096, 8192)
SIZES = [
    RunSizes(context_size, KvType.F16, flash_attention, micro_batch_size, 16)
    for context_size in (2048, 8192)
    for flash_attention in (True, False)
    for micro_batch_size in (128, 512)
]
KEYS = (
    "block_count", "embedding_length", "attention.head_count", "attention.head_count_kv",
    "attention.key_length", "attention.sliding_window", "attention.sliding_window_pattern",
    "feed_forward_length", "expert_count", "expert_used_count", "ssm.conv_kernel", "ssm.inner_size",
    "ssm.state_size", "wkv.head_size", "full_attention_interval", "nextn_predict_layers",
    "attention.shared_kv_layers", "context_length",
)  # fmt: skip
LARGER = [Path(name) for name in os.environ.get("LMSTUDIO_LITE_MODELS", "").split(os.pathsep) if name]


def facts_of(path: Path) -> ModelFacts:
    return model_facts(read_gguf_header(path))


def assert_close(promised: MemoryNeed, found: MemoryNeed, what: object) -> None:
    for part in ("weights_bytes", "kv_bytes", "compute_bytes", "total_bytes"):
        assert getattr(promised, part) == pytest.approx(getattr(found, part), rel=WITHIN), (part, what)


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, *FURTHER_ARCHITECTURES])
def test_the_formula_agrees_with_what_llama_cpp_lays_out(architecture: str, tmp_path: Path) -> None:
    path = write_model(tmp_path / "tiny.gguf", architecture)
    facts = facts_of(path)
    for one, found in zip(SIZES, ask_needs(path, SIZES), strict=True):
        assert_close(memory_need(facts, one), found, one)


@pytest.mark.parametrize("path", [None, *LARGER], ids=lambda path: path.stem if path else "starter")
@pytest.mark.parametrize("kv_type", KvType)
def test_what_is_promised_is_taken(path: Path | None, kv_type: KvType, starter_model: Path) -> None:
    path = path or starter_model
    facts = facts_of(path)
    for context_size in CONTEXT_SIZES:
        options = LoadOptions(context_size=context_size, kv_type=kv_type)
        model = load_llama(path, options, lambda fraction: True)
        info = model.info
        model.close()
        assert info.taken is not None
        assert info.tuning is not None
        sizes = RunSizes(
            info.context_size,
            info.tuning.kv_type,
            info.tuning.flash_attention,
            min(info.tuning.micro_batch_size, info.batch_size),
            info.num_sequence_ids,
        )
        promised, asked = memory_need(facts, sizes), ask_needs(path, [sizes])[0]
        for one in (promised, asked):
            assert one.total_bytes == pytest.approx(info.taken.total_bytes, rel=WITHIN), sizes
            assert one.kv_bytes == pytest.approx(info.taken.kv_bytes, rel=WITHIN), sizes


@pytest.mark.parametrize(
    ("architecture", "numbers", "key_width", "value_width", "num_states"),
    [
        # Grouped queries: two key heads of 128.
        ("llama", {"attention.head_count": 32.0, "attention.head_count_kv": 2.0}, 8 * 256, 8 * 256, 0),
        # Latent attention keeps one vector that is key and value.
        (
            "deepseek2",
            {
                "attention.head_count": 32.0,
                "attention.head_count_kv": 1.0,
                "attention.key_length": 576.0,
                "attention.value_length": 512.0,
                "attention.key_length_mla": 192.0,
                "attention.value_length_mla": 128.0,
            },
            8 * 576,
            0,
            0,
        ),
        # Every fourth layer attends, the others keep a state.
        (
            "qwen3next",
            {
                "attention.head_count": 16.0,
                "attention.head_count_kv": 2.0,
                "attention.key_length": 256.0,
                "attention.value_length": 256.0,
                "full_attention_interval": 4.0,
                "ssm.conv_kernel": 4.0,
                "ssm.inner_size": 4096.0,
                "ssm.state_size": 128.0,
                "ssm.group_count": 16.0,
            },
            2 * 512,
            2 * 512,
            6,
        ),
        # The layer that predicts a further token keeps nothing.
        ("glm4moe", {"attention.head_count": 32.0, "nextn_predict_layers": 1.0}, 7 * 4096, 7 * 4096, 0),
        # The last layers use the cache of earlier ones.
        ("gemma4", {"attention.head_count": 32.0, "attention.shared_kv_layers": 3.0}, 5 * 4096, 5 * 4096, 0),
        # Encoders keep no cache.
        ("bert", {"attention.head_count": 32.0}, 0, 0, 0),
    ],
)
def test_what_layers_keep(
    architecture: str, numbers: dict[str, float], key_width: int, value_width: int, num_states: int
) -> None:
    common = {"block_count": 8.0, "embedding_length": 4096.0}
    layers = layer_memories(ModelFacts(architecture, {**common, **numbers}, 1 << 30, 32000))
    assert sum(layer.key_width for layer in layers) == key_width
    assert sum(layer.value_width for layer in layers) == value_width
    assert sum(layer.state_bytes > 0 for layer in layers) == num_states


def test_more_context_takes_more(starter_model: Path) -> None:
    facts = facts_of(starter_model)
    totals = [memory_need(facts, RunSizes(size)).total_bytes for size in (512, 4096, 32768)]
    assert totals == sorted(totals)
    assert len(set(totals)) == 3


def test_a_header_that_says_little_still_has_a_need() -> None:
    bare = ModelFacts("llama", {}, 1 << 30, 0)
    assert memory_need(bare, RunSizes(4096)).total_bytes >= 1 << 30


@given(
    architecture=st.sampled_from(
        ["llama", "gemma3", "gpt-oss", "jamba", "mamba2", "qwen3next", "rwkv7", "odd"]
    ),
    numbers=st.dictionaries(
        st.sampled_from(KEYS), st.floats() | st.lists(st.floats(), max_size=4).map(tuple), max_size=len(KEYS)
    ),
    context_size=st.integers(1, 1 << 20),
)
def test_any_header_has_a_need_and_a_speed(
    architecture: str, numbers: dict[str, float | tuple[float, ...]], context_size: int
) -> None:
    facts = ModelFacts(architecture, numbers, 1 << 30, 32000)
    need = memory_need(facts, RunSizes(context_size))
    assert min(need.kv_bytes, need.compute_bytes) >= 0
    judged = judge(need, FreeMemory(1 << 33, (("CUDA0", 1 << 32),)), num_layers=number(facts, "block_count"))
    assert sum(share.needed_bytes for share in judged.devices) >= 0
    assert foretell(facts, facts, Pace(0.1, 0.01, 4096, 0.1, 0.01), context_size).decode_tokens_per_s > 0
