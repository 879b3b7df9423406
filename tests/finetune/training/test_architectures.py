"""Every architecture of the table, tiny and random: PyTorch and llama.cpp agree on it, tuned and untuned.

The files are written from transformers' own models, by the way back that the loader finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.integrations.gguf.gguf_config_mapping import GGUF_CONFIG_ARCHS
from transformers.modeling_gguf_pytorch_utils import GGUF_SUPPORTED_ARCHITECTURES

from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.errors import ArchitectureUnsupportedError, ModelLoadError
from lmstudio_lite.finetune.architectures import SUPPORTED, obstacle_of
from lmstudio_lite.finetune.protocol import FinetuneSettings, Method
from lmstudio_lite.finetune.training.attention import packed
from lmstudio_lite.finetune.training.base_model import _parameter_names
from lmstudio_lite.finetune.training.batches import make_part
from lmstudio_lite.finetune.training.evaluate import Measurer
from lmstudio_lite.finetune.training.gguf_export import write_adapter, write_merged
from lmstudio_lite.finetune.training.gguf_file import GgufFile, NewTensor, copied, encode_entry, write_gguf
from lmstudio_lite.finetune.training.layouts import process, processor_of
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.tensor_map import PlaceFinder
from lmstudio_lite.finetune.training.token_store import Row
from lmstudio_lite.words import explain
from tests.finetune.training.models import CPU, TOKEN_IDS, compare, load, row, tuned_at_random
from tests.support.gguf_models import write_model

WIDTH, HEADS, KV_HEADS, INNER, LAYERS = 64, 4, 2, 96, 3
COMMON: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KV_HEADS,
    "max_position_embeddings": 512,
    "initializer_range": 0.3,
    "head_dim": WIDTH // HEADS,
    "rope_theta": 10_000.0,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
EXPERTS: dict[str, Any] = {
    "moe_intermediate_size": 48,
    "shared_expert_intermediate_size": 80,
    "num_experts": 4,
    "num_experts_per_tok": 2,
}
SAID_OF_EXPERTS = {"expert_count": 4, "expert_used_count": 2, "expert_feed_forward_length": 48}
GPT2 = {"n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS, "n_inner": INNER, "n_positions": 512}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128, "truncate": True}
STATE_SPACE = {"state_size": 8, "time_step_rank": 4, "head_dim": ..., "intermediate_size": ...}
SAID_OF_STATE_SPACE = {
    "ssm.conv_kernel": 4,
    "ssm.inner_size": 2 * WIDTH,
    "ssm.state_size": 8,
    "ssm.time_step_rank": 4,
    "attention.head_count": 0,
    "attention.head_count_kv": 0,
    "feed_forward_length": 0,
}
GEMMA4: dict[str, Any] = {
    "num_hidden_layers": 4,
    "layer_types": ["sliding_attention", "full_attention"] * 2,
    "sliding_window": 16,
    "global_head_dim": 32,
    "hidden_size_per_layer_input": 8,
    "rope_theta": ...,
    "final_logit_softcapping": 30.0,
    "vocab_size_per_layer_input": 265,
    "rms_norm_eps": 1e-5,
    "initializer_range": 0.2,
}
SAID_OF_GEMMA4 = {
    "block_count": 4,
    "attention.sliding_window": 16,
    "attention.sliding_window_pattern": [True, False, True, False],
    "attention.key_length": 32,
    "attention.value_length": 32,
    "attention.key_length_swa": 16,
    "attention.value_length_swa": 16,
    "rope.dimension_count": 32,
    "rope.dimension_count_swa": 16,
    "rope.freq_base": 1_000_000.0,
    "rope.freq_base_swa": 10_000.0,
    "final_logit_softcapping": 30.0,
    "embedding_length_per_layer_input": 0,
}
QWEN35: dict[str, Any] = {
    "full_attention_interval": 3,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "rope_theta": ...,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 10_000.0,
        "partial_rotary_factor": 0.5,
        "mrope_section": [2, 1, 1],
        "mrope_interleaved": True,
    },
    "initializer_range": 0.2,
}
SAID_OF_QWEN35 = {
    "full_attention_interval": 3,
    "ssm.conv_kernel": 4,
    "ssm.state_size": 8,
    "ssm.group_count": 2,
    "ssm.time_step_rank": 4,
    "ssm.inner_size": 32,
    "rope.dimension_count": 8,
    "rope.dimension_sections": [2, 1, 1, 0],
}
FALCON: dict[str, Any] = {"new_decoder_architecture": True, "ffn_hidden_size": INNER, "head_dim": ...}
FALCON_11B = {"num_kv_heads": KV_HEADS, "num_ln_in_parallel_attn": 1, "tie_word_embeddings": False}
OWN: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # GGUF's name and which kind of it: transformers' name, what its configuration needs besides (...: not
    # what the others need), what the file says besides
    "qwen3": ("qwen3", {}, {}),
    "gemma2": (
        "gemma2",
        {"sliding_window": 16, "query_pre_attn_scalar": WIDTH // HEADS},
        {"attention.sliding_window": 16, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    ),
    "phi3": ("phi3", {"sliding_window": None}, {}),
    "starcoder2": ("starcoder2", {"sliding_window": None, "use_bias": True}, {}),
    "stablelm": ("stablelm", {"partial_rotary_factor": 0.25}, {"rope.dimension_count": 4}),
    "nemotron": ("nemotron", {"partial_rotary_factor": 0.5}, {"rope.dimension_count": 8}),
    "qwen2moe": ("qwen2_moe", EXPERTS, SAID_OF_EXPERTS | {"expert_shared_feed_forward_length": 80}),
    "qwen3moe": ("qwen3_moe", EXPERTS | {"norm_topk_prob": True}, SAID_OF_EXPERTS),
    "llama": (
        "mixtral",
        {"num_local_experts": 4, "num_experts_per_tok": 2},
        {"expert_count": 4, "expert_used_count": 2},
    ),
    "gpt2": ("gpt2", GPT2 | {"initializer_range": 0.3}, {"attention.head_count_kv": HEADS}),
    "gpt-oss": (
        "gpt_oss",
        {
            "sliding_window": 16,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "rope_parameters": YARN,
            "initializer_range": 0.2,
        },
        SAID_OF_EXPERTS
        | {"expert_feed_forward_length": INNER, "attention.sliding_window": 16}
        | {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0}
        | {"rope.scaling.original_context_length": 128},
    ),
    "lfm2": (
        "lfm2",
        {"layer_types": ["conv", "full_attention", "conv"], "block_auto_adjust_ff_dim": False}
        | {"conv_L_cache": 3, "head_dim": ...},
        {"attention.head_count_kv": [0, KV_HEADS, 0], "shortconv.l_cache": 3},
    ),
    "mamba": ("mamba", STATE_SPACE, SAID_OF_STATE_SPACE),
    "mamba of falcon": (
        "falcon_mamba",
        STATE_SPACE | {"mixer_rms_eps": 1e-5},
        SAID_OF_STATE_SPACE | {"ssm.dt_b_c_rms": True},
    ),
    "minimax-m2": (
        "minimax_m2",
        {
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "rotary_dim": 8,
            "rms_norm_eps": 1e-5,
            "initializer_range": 0.2,
        },
        SAID_OF_EXPERTS
        | {"expert_feed_forward_length": INNER, "rope.dimension_count": 8, "expert_gating_func": 2},
    ),
    "gemma4": (
        "gemma4_text",
        GEMMA4 | {"num_kv_shared_layers": 2, "use_double_wide_mlp": True},
        SAID_OF_GEMMA4
        | {"attention.shared_kv_layers": 2, "feed_forward_length": [INNER, INNER, 2 * INNER, 2 * INNER]}
        | {"embedding_length_per_layer_input": 8},
    ),
    "gemma4 31b": (
        "gemma4_text",
        GEMMA4
        | {"attention_k_eq_v": True, "num_global_key_value_heads": 1, "hidden_size_per_layer_input": 0},
        SAID_OF_GEMMA4 | {"attention.head_count_kv": [KV_HEADS, 1, KV_HEADS, 1]},
    ),
    "gemma4 26b": (
        "gemma4_text",
        GEMMA4
        | {"enable_moe_block": True, "num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 48}
        | {"hidden_size_per_layer_input": 0, "num_hidden_layers": 2}
        | {"layer_types": ["sliding_attention", "full_attention"]},
        SAID_OF_GEMMA4
        | SAID_OF_EXPERTS
        | {"block_count": 2, "attention.sliding_window_pattern": [True, False]},
    ),
    "qwen35": ("qwen3_5_text", QWEN35, SAID_OF_QWEN35),
    "qwen35 that guesses ahead": (
        "qwen3_5_text",
        QWEN35,
        SAID_OF_QWEN35 | {"block_count": LAYERS + 1, "nextn_predict_layers": 1},
    ),
    "qwen35moe": (
        "qwen3_5_moe_text",
        EXPERTS | QWEN35,
        SAID_OF_EXPERTS | SAID_OF_QWEN35 | {"expert_shared_feed_forward_length": 80},
    ),
    "falcon": ("falcon", FALCON | {"num_kv_heads": KV_HEADS, "num_ln_in_parallel_attn": 2}, {}),
    "falcon 11b": ("falcon", FALCON | FALCON_11B, {}),
    "falcon 7b": (
        "falcon",
        FALCON | {"new_decoder_architecture": False, "num_kv_heads": 1},
        {"attention.head_count_kv": 1},
    ),
    "bloom": (
        "bloom",
        {"n_layer": LAYERS, "n_head": HEADS},
        {"attention.head_count_kv": HEADS, "feed_forward_length": 4 * WIDTH},
    ),
}


def write_random(path: Path, kind: str) -> None:
    """Write a random model of a ``kind`` in ``OWN`` with the tiny models' tokenizer."""
    architecture = kind.split()[0]
    template = GgufFile(write_model(path.with_name("template.gguf"), "llama"))
    vocabulary_size = template.array_lengths["tokenizer.ggml.tokens"]
    model_type, own, said = OWN[kind]
    sizes = COMMON | own | {"vocab_size": vocabulary_size}
    config = AutoConfig.for_model(model_type, **{k: v for k, v in sizes.items() if v is not ...})
    torch.manual_seed(3)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name or "ln_" in name:
                weight.add_(0.1 * torch.randn_like(weight))
            elif weight.ndim == 1 or name.endswith("bias"):
                weight.add_(0.2 * torch.randn_like(weight))
        for name, buffer in model.named_buffers():
            if name.endswith("layer_scalar"):
                buffer.fill_(0.8)
    entries = {
        key: entry for key, entry in template.entries.items() if key.startswith(("tokenizer.", "general."))
    }
    numbers = {
        "context_length": 512,
        "embedding_length": WIDTH,
        "block_count": LAYERS,
        "feed_forward_length": INNER,
        "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS,
        "attention.key_length": WIDTH // HEADS,
        "attention.value_length": WIDTH // HEADS,
        "attention.layer_norm_rms_epsilon": float(getattr(config, "rms_norm_eps", _epsilon(config))),
        "attention.layer_norm_epsilon": _epsilon(config),
        "rope.dimension_count": WIDTH // HEADS,
        "rope.freq_base": 10_000.0,
    } | said
    entries |= {
        f"{architecture}.{key}": encode_entry(f"{architecture}.{key}", value)
        for key, value in numbers.items()
    }
    entries["general.architecture"] = encode_entry("general.architecture", architecture)
    processor = processor_of(architecture, config)
    finder = PlaceFinder(lambda values, name: process(processor, values, name))
    parameters = model.state_dict()
    tensors = []
    for gguf_name, name in _parameter_names(model, architecture).items():
        if gguf_name == "output.weight" and config.tie_word_embeddings:
            continue
        if "_exps" in gguf_name or "inp_shexp" in gguf_name:
            continue
        values = parameters[name].float().numpy()
        if values.ndim == 3:  # a convolution's, one for each channel
            values = values[:, 0]
        stored = values.shape
        place = finder.find(gguf_name, stored)
        if place is None or place.to_file(values).shape != stored:
            stored = values.shape[::-1]
            place = finder.find(gguf_name, stored)
        assert place is not None, gguf_name
        suffix = ".weight" if gguf_name.endswith(("attn_sinks", "layer_output_scale")) else ""
        tensors.append(_tensor(gguf_name + suffix, place.to_file(values)))
    if architecture == "gemma4":  # a quarter of each head turns
        tensors.append(_tensor("rope_freqs.weight", [1.0] * 4 + [1e30] * 12))
    if "nextn_predict_layers" in said:  # a block behind the last one, for llama.cpp alone
        last = [tensor for tensor in tensors if tensor.name.startswith("blk.2.")]
        tensors += [replace(tensor, name=tensor.name.replace("blk.2.", "blk.3.")) for tensor in last]
        tensors.append(_tensor("blk.3.nextn.eh_proj.weight", np.ones((WIDTH, 2 * WIDTH))))
        tensors += [_tensor(f"blk.3.nextn.{name}.weight", np.ones(WIDTH)) for name in ("enorm", "hnorm")]
    write_gguf(path, entries, [*tensors, *_expert_tensors(parameters)])


def _expert_tensors(parameters: dict[str, torch.Tensor]) -> Iterator[NewTensor]:
    """Yield what transformers keeps together, as llama.cpp wants it: gate, up and down of all experts."""
    for name, weight in parameters.items():
        if not any(part in name for part in (".mlp.", ".experts.", ".router.")):
            continue
        values, block = weight.float().numpy(), name.split(".")[2]
        has_bias = name.removesuffix("_bias") + "_bias" in parameters  # gpt-oss
        if has_bias and values.ndim == 3:
            values = values.transpose(0, 2, 1)
        parts = {}
        if "experts.gate_up_proj" in name:
            by_turns = values[:, ::2], values[:, 1::2]
            gate, up = by_turns if has_bias else np.split(values, 2, axis=1)
            parts = {"gate_exps": gate, "up_exps": up} if ".mlp." in name else {"gate_up_exps": values}
        elif "experts.down_proj" in name:
            parts = {"down_exps": values}
        elif name.endswith("shared_expert_gate.weight"):
            parts = {"gate_inp_shexp": values[0]}
        elif name.endswith("router.scale"):
            yield _tensor(f"blk.{block}.ffn_gate_inp.scale", values)
        elif name.endswith("per_expert_scale"):
            yield _tensor(f"blk.{block}.ffn_down_exps.scale", values)
        elif name.endswith("e_score_correction_bias"):
            yield _tensor(f"blk.{block}.exp_probs_b.bias", np.linspace(-0.1, 0.1, len(values)))
        for part, stored in parts.items():
            suffix = "bias" if name.endswith("_bias") else "weight"
            yield _tensor(f"blk.{block}.ffn_{part}.{suffix}", stored)


def _tensor(name: str, values: Any) -> NewTensor:
    laid = np.ascontiguousarray(values, np.float32)
    return NewTensor(name, laid.shape, gguf.GGMLQuantizationType.F32, lambda: laid)


def _epsilon(config: Any) -> float:
    names = ("layer_norm_eps", "norm_epsilon", "norm_eps", "layer_norm_epsilon")
    return float(next((getattr(config, name) for name in names if hasattr(config, name)), 1e-5))


@pytest.fixture(scope="module", params=sorted(OWN))
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base") / "base.gguf"
    write_random(path, request.param)
    return path


def test_it_is_the_same_model_before_and_after(tmp_path: Path, path: Path) -> None:
    assert compare(load(path), path).kl < 1e-3
    for method in (Method.LORA, Method.FULL):
        tuned = tuned_at_random(load(path), FinetuneSettings(method=method, rank=4))
        merged = tmp_path / "merged.gguf"
        write_merged(merged, tuned, GgufFile(path), "F32", {})
        assert compare(tuned.base, merged).kl < 2e-3
        assert compare(tuned.base, path).kl > 0.02
        if method is Method.LORA:
            adapter = tmp_path / "adapter.gguf"
            write_adapter(adapter, tuned, GgufFile(path), "F32", {})
            assert compare(tuned.base, path, adapter=adapter).kl < 2e-3


def test_no_example_sees_another_one(path: Path) -> None:
    measurer = Measurer(load(path), CPU)
    rows = [row(TOKEN_IDS[:20], 5), row(TOKEN_IDS[20:51], 9), row(TOKEN_IDS[51:])]
    together = measurer.mean_loss(rows, 1000, lambda: False)
    apart = [(measurer.mean_loss([one], 1000, lambda: False), _num_learned(one)) for one in rows]
    assert together == pytest.approx(sum(loss * n for loss, n in apart) / sum(n for _, n in apart), rel=1e-5)


def test_all_that_is_to_learn_does(path: Path) -> None:
    for method in (Method.LORA, Method.FULL):
        tuned = tuned_at_random(load(path), FinetuneSettings(method=method, rank=4))
        tuned.base.model.train()
        gradients = _gradients(tuned)
        assert not [name for name, gradient in gradients.items() if float(gradient.abs().sum()) == 0]
        tuned.base.model.activation_checkpointing_enable({"use_reentrant": False})
        for name, gradient in _gradients(tuned).items():
            torch.testing.assert_close(gradient, gradients[name], rtol=1e-3, atol=1e-4)


def _gradients(tuned: TunedModel) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)  # GPT-2 forgets some
    part = make_part([row(TOKEN_IDS[:20]), row(TOKEN_IDS[20:])], CPU.device)
    with packed(part.lengths):
        loss = Measurer(tuned.base, CPU).loss_sum(part)
        loss.backward()  # type: ignore[no-untyped-call]
    found = {name: weight.grad for name, weight in tuned.trainable.items()}
    for weight in tuned.trainable.values():
        weight.grad = None
    assert not [name for name, gradient in found.items() if gradient is None]
    return {name: gradient for name, gradient in found.items() if gradient is not None}


def test_it_goes_on_with_a_text_as_if_it_read_it_whole(path: Path) -> None:
    measurer = Measurer(load(path), CPU)
    begun = TOKEN_IDS[:24]
    generated = measurer.generate(begun, 8, lambda _: False)
    likeliest = measurer.log_probabilities([*begun, *generated])[len(begun) - 1 : -1].argmax(dim=-1)
    assert generated == likeliest.tolist()


def _num_learned(one: Row) -> int:
    return int(one.is_learned[1:].sum())


def test_the_table_is_tested_whole() -> None:
    assert {kind.split()[0] for kind in OWN} | {"qwen2", "gemma3"} == SUPPORTED


def test_all_that_transformers_and_llama_cpp_share_is_supported_but_for_what_is_said() -> None:
    spelt = {name.replace("_", "") for name in [*GGUF_SUPPORTED_ARCHITECTURES, *GGUF_CONFIG_ARCHS]}
    shared = {name for name in gguf.MODEL_ARCH_NAMES.values() if name.replace("-", "") in spelt}
    assert shared - SUPPORTED == {"deci", "t5"}
    assert obstacle_of("deci") == "no_class"
    assert obstacle_of("t5") == "not_causal"
    with pytest.raises(ValueError, match="deci"):
        AutoConfig.for_model("deci")


def test_experts_in_mixtrals_first_form_are_refused_as_llama_cpp_does(tmp_path: Path) -> None:
    path, old = tmp_path / "base.gguf", tmp_path / "old.gguf"
    write_random(path, "llama")
    file = GgufFile(path)
    tensors = []
    for tensor in file.tensors:
        name = tensor.name.removesuffix("_exps.weight")
        if name == tensor.name:
            tensors.append(copied(file, tensor))
            continue
        apart = enumerate(file.dequantized(tensor))
        tensors += [_tensor(f"{name}.{number}.weight", expert) for number, expert in apart]
    write_gguf(old, file.entries, tensors)
    with pytest.raises(ArchitectureUnsupportedError) as refused:
        load(old)
    assert "llama.cpp no longer reads" in explain(refused.value).what
    with pytest.raises(ModelLoadError), LogitsReader(old):
        pass


def test_a_file_that_leaves_out_what_its_kind_says_is_refused_by_that_name(tmp_path: Path) -> None:
    whole, broken = tmp_path / "gpt2.gguf", tmp_path / "broken.gguf"
    write_random(whole, "gpt2")
    file = GgufFile(whole)
    entries = {key: entry for key, entry in file.entries.items() if key != "gpt2.feed_forward_length"}
    write_gguf(broken, entries, [copied(file, tensor) for tensor in file.tensors])
    with pytest.raises(ArchitectureUnsupportedError) as refused:
        load(broken)
    assert "gpt2.feed_forward_length" in explain(refused.value).what
