"""A folder that transformers wrote, converted: llama.cpp and PyTorch compute the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lmstudio_lite.app.models.converting import Converting
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.errors import ConversionError
from lmstudio_lite.finetune.architectures import SUPPORTED
from tests.support.checkpoints import change_json, write_checkpoint, write_json

torch = pytest.importorskip("torch", reason="the extra `finetune` is not installed")
transformers = pytest.importorskip("transformers", reason="the extra `finetune` is not installed")
gguf = pytest.importorskip("gguf", reason="the extra `finetune` is not installed")
safetensors = pytest.importorskip("safetensors.numpy", reason="the extra `finetune` is not installed")

FOUR_BITS = np.array([sign * value for sign in (1, -1) for value in (0, 0.5, 1, 1.5, 2, 3, 4, 6)], np.float32)
"""What a number of four bits stands for (OCP Microscaling Formats, E2M1)."""
TOKEN_IDS = [int(number) for number in np.random.default_rng(3).integers(33, 250, 250)]
COMMON: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
    "vocab_size": 265,
    "initializer_range": 0.2,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
LINEAR = {"rope_type": "linear", "rope_theta": 5e5, "factor": 4.0}
BIASED = {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True, "head_dim": 24}
EXPERTS = {"num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "decoder_sparse_step": 1}
WINDOWS = {"sliding_window": 40, "num_hidden_layers": 7, "query_pre_attn_scalar": 16, "head_dim": 16}
LOCAL = {
    "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
}
LONG = {
    "rope_type": "longrope",
    "rope_theta": 1e4,
    "short_factor": [1.0 + number / 8 for number in range(8)],
    "long_factor": [2.0 + number for number in range(8)],
    "original_max_position_embeddings": 300,
}
YARN = {
    "rope_type": "yarn",
    "rope_theta": 1e4,
    "factor": 4.0,
    "original_max_position_embeddings": 128,
    "truncate": True,
}
FALCON = {"ffn_hidden_size": 96, "intermediate_size": ..., "head_dim": ...}
STATES = {"state_size": 8, "time_step_rank": 4, "head_dim": ..., "intermediate_size": ...}
GEMMA4 = {
    "num_hidden_layers": 4,
    "layer_types": ["sliding_attention", "full_attention"] * 2,
    "sliding_window": 16,
    "global_head_dim": 32,
    "hidden_size_per_layer_input": 0,
    "final_logit_softcapping": 30.0,
    "vocab_size_per_layer_input": 265,
}
QWEN35 = {
    "full_attention_interval": 3,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 1e4,
        "partial_rotary_factor": 0.5,
        "mrope_section": [2, 1, 1],
        "mrope_interleaved": True,
    },
}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {}),
    "llama with biases": ("Llama", BIASED),
    "llama rotated as version 3": ("Llama", {"rope_parameters": LLAMA3}),
    "llama rotated linearly": ("Llama", {"rope_parameters": LINEAR}),
    "llama as mistral": ("Mistral", {"sliding_window": None}),
    "qwen2": ("Qwen2", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}),
    "qwen3": ("Qwen3", {"head_dim": 32, "tie_word_embeddings": True}),
    "llama with experts": (
        "Mixtral",
        {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None},
    ),
    "qwen2moe": ("Qwen2Moe", EXPERTS | {"shared_expert_intermediate_size": 48, "norm_topk_prob": False}),
    "qwen3moe": ("Qwen3Moe", EXPERTS | {"head_dim": 32, "norm_topk_prob": True}),
    "gemma2": ("Gemma2", WINDOWS),
    "gemma3": ("Gemma3", WINDOWS | {"rope_parameters": LOCAL}),
    "phi3": ("Phi3", {"sliding_window": None, "pad_token_id": 0}),
    "phi3 rotated for long": ("Phi3", {"pad_token_id": 0, "rope_parameters": LONG, "sliding_window": None}),
    "starcoder2": ("Starcoder2", {"sliding_window": None}),
    "stablelm": (
        "StableLm",
        {"use_qkv_bias": True, "partial_rotary_factor": 0.5, "tie_word_embeddings": False},
    ),
    "nemotron": ("Nemotron", {"tie_word_embeddings": False}),
    "gpt2": ("GPT2", {"n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 512}),
    "phi3 rotated in part": (
        "Phi3",
        {"pad_token_id": 0, "partial_rotary_factor": 0.75, "head_dim": 16, "sliding_window": None},
    ),
    "falcon": ("Falcon", FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2}),
    "falcon with one norm": (
        "Falcon",
        FALCON
        | {"new_decoder_architecture": True, "num_kv_heads": 2, "num_ln_in_parallel_attn": 1}
        | {"tie_word_embeddings": False},
    ),
    "falcon with one key": ("Falcon", FALCON),
    "falcon with all keys": ("Falcon", FALCON | {"multi_query": False}),
    "bloom": ("Bloom", {"n_layer": 3, "n_head": 4, "intermediate_size": ..., "head_dim": ...}),
    "gpt-oss": (
        "GptOss",
        {"num_local_experts": 4, "num_experts_per_tok": 2, "rope_parameters": YARN} | {"sliding_window": 16},
    ),
    "lfm2": (
        "Lfm2",
        {"layer_types": ["conv", "full_attention", "conv"], "head_dim": ..., "block_multiple_of": 32},
    ),
    "mamba": ("Mamba", STATES),
    "mamba of falcon": ("FalconMamba", STATES | {"mixer_rms_eps": 1e-5, "tie_word_embeddings": False}),
    "minimax-m2": (
        "MiniMaxM2",
        {
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "rotary_dim": 8,
            "bos_token_id": 1,  # its own are past the end of a small vocabulary
            "eos_token_id": 2,
        },
    ),
    "gemma4": (
        "Gemma4",
        GEMMA4 | {"hidden_size_per_layer_input": 8, "num_kv_shared_layers": 2, "use_double_wide_mlp": True},
    ),
    "gemma4 with keys as values": (
        "Gemma4",
        GEMMA4 | {"attention_k_eq_v": True, "num_global_key_value_heads": 1},
    ),
    "gemma4 with experts": (
        "Gemma4",
        GEMMA4
        | {"enable_moe_block": True, "num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 48},
    ),
    "qwen35": ("Qwen3_5", QWEN35),
    "qwen35moe": (
        "Qwen3_5Moe",
        QWEN35
        | {"num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
        | {"shared_expert_intermediate_size": 48},
    ),
}

CLASSES = {"GPT2": "GPT2LMHeadModel"}
CONFIGURATIONS = {name: f"{name}TextConfig" for name in ("Gemma3", "Gemma4", "Qwen3_5", "Qwen3_5Moe")}


def write_folder(folder: Path, kind: str, **more: Any) -> Any:
    """Let transformers write a random model beside a tokenizer; return it. ``more`` is said of it."""
    write_checkpoint(folder, "llama")
    for name in ("model.safetensors", "config.json"):
        (folder / name).unlink()
    name, options = KINDS[kind]
    options = {key: value for key, value in (COMMON | options | more).items() if value is not ...}
    torch.manual_seed(5)
    model = getattr(transformers, CLASSES.get(name, f"{name}ForCausalLM"))(
        getattr(transformers, CONFIGURATIONS.get(name, f"{name}Config"))(**options)
    )
    with torch.no_grad():
        for parameter, values in model.named_parameters():
            if parameter.endswith(("bias", "sinks")) or "norm" in parameter or "ln_" in parameter:
                values.add_(torch.randn_like(values), alpha=0.2)
            if name == "Gemma4" and "q_norm" in parameter:  # nothing else makes its scores smaller
                values.mul_(values.shape[0] ** -0.5)
            if name == "GptOss" and "router.weight" in parameter:  # nearly equal experts are told apart
                values.mul_(2)
        for buffer, values in model.named_buffers():
            if buffer.endswith(("layer_scalar", "e_score_correction_bias")):
                values.copy_(torch.linspace(0.7, 0.9, len(values)))
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    return model.eval()


def log_probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    return wide - np.logaddexp.reduce(wide, axis=1, keepdims=True)


def field(path: Path, key: str) -> Any:
    found = gguf.GGUFReader(path).get_field(key)
    return None if found is None else found.contents()


def _has_experts(path: Path) -> bool:
    return field(path, f"{field(path, 'general.architecture')}.expert_count") is not None


@pytest.mark.parametrize("kind", list(KINDS))
def test_pytorch_and_llama_cpp_agree(tmp_path: Path, kind: str) -> None:
    model = write_folder(tmp_path / "base", kind)
    with torch.no_grad():
        theirs = log_probabilities(model(torch.tensor([TOKEN_IDS])).logits[0].numpy())
    target = tmp_path / "made.gguf"
    Converting(DocumentReader(), tmp_path).convert_folder(tmp_path / "base", target, None, Cancellation())
    assert field(target, "general.architecture") == kind.split()[0]
    with LogitsReader(target) as reader:
        ours = log_probabilities(np.array(reader.logits(TOKEN_IDS)))
    divergences = np.sort((np.exp(theirs) * (theirs - ours)).sum(axis=1))
    # Where two experts weigh the same but for rounding, the two programs may choose otherwise, and later
    # tokens see that.
    num_counted = len(divergences) * (4 if _has_experts(target) else 5) // 5
    rounding = 2e-5 if kind == "nemotron" else 1e-5  # what is squared there has its rounding squared
    assert divergences[:num_counted].mean() < rounding, divergences


def test_experts_that_lie_together_are_the_same(tmp_path: Path) -> None:
    write_folder(tmp_path / "base", "qwen35moe")
    one, other = tmp_path / "apart.gguf", tmp_path / "together.gguf"
    Converting(DocumentReader(), tmp_path).convert_folder(tmp_path / "base", one, None, Cancellation())
    weights = tmp_path / "base" / "model.safetensors"
    tensors = safetensors.load_file(weights)
    for layer in range(3):
        place = f"model.layers.{layer}.mlp.experts"
        taken = {
            part: np.stack([tensors.pop(f"{place}.{number}.{part}_proj.weight") for number in range(6)])
            for part in ("gate", "up", "down")
        }
        tensors[f"{place}.gate_up_proj"] = np.concatenate((taken["gate"], taken["up"]), axis=1)
        tensors[f"{place}.down_proj"] = taken["down"]
    safetensors.save_file(tensors, weights)
    Converting(DocumentReader(), tmp_path).convert_folder(tmp_path / "base", other, None, Cancellation())
    assert one.read_bytes() == other.read_bytes()


def test_numbers_of_four_bits_stay_as_they_are(tmp_path: Path) -> None:
    write_folder(tmp_path / "base", "gpt-oss")
    weights, config = tmp_path / "base" / "model.safetensors", tmp_path / "base" / "config.json"
    tensors, random, expected = safetensors.load_file(weights), np.random.default_rng(2), {}
    for layer in range(3):
        for name, rows, columns in (("gate_up_proj", 192, 64), ("down_proj", 64, 96)):
            place = f"model.layers.{layer}.mlp.experts.{name}"
            del tensors[place]
            blocks = random.integers(0, 256, (4, rows, columns // 32, 16), np.uint8)
            scales = random.integers(118, 124, blocks.shape[:-1], np.uint8)
            tensors |= {f"{place}_blocks": blocks, f"{place}_scales": scales}
            numbers = np.stack((blocks & 15, blocks >> 4), axis=-1).reshape(*scales.shape, 32)
            values = FOUR_BITS[numbers] * np.exp2(scales[..., None].astype(np.float32) - 127)
            expected[layer, name] = values.reshape(4, rows, columns)
    safetensors.save_file(tensors, weights)
    change_json(config, quantization_config={"quant_method": "mxfp4", "modules_to_not_convert": []})
    made = Converting(DocumentReader(), tmp_path).convert_folder(
        tmp_path / "base", None, None, Cancellation()
    )
    assert made.file_type == "MXFP4"
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(made.path).tensors}
    for layer in range(3):
        both, down = expected[layer, "gate_up_proj"], expected[layer, "down_proj"]
        for part, values in (("gate", both[:, ::2]), ("up", both[:, 1::2]), ("down", down)):
            tensor = found[f"blk.{layer}.ffn_{part}_exps.weight"]
            assert np.array_equal(gguf.dequantize(tensor.data, tensor.tensor_type), values)
    with LogitsReader(made.path) as reader:
        assert np.all(np.isfinite(reader.logits(TOKEN_IDS)))


def test_whatever_can_be_trained_is_converted() -> None:
    assert {kind.split()[0] for kind in KINDS} == SUPPORTED


@pytest.mark.parametrize("kind", ["gemma3", "gemma4", "qwen35", "qwen35moe"])
def test_of_a_model_that_sees_pictures_the_part_for_text_is_taken(tmp_path: Path, kind: str) -> None:
    write_folder(tmp_path / "base", kind)
    one, other, folder = tmp_path / "plain.gguf", tmp_path / "both.gguf", tmp_path / "base"
    plain = Converting(DocumentReader(), tmp_path).convert_folder(folder, one, None, Cancellation())
    assert not plain.is_text_only
    weights, config = folder / "model.safetensors", json.loads((folder / "config.json").read_text("utf-8"))
    tensors = {
        name.replace("model.", "model.language_model.", 1): values
        for name, values in safetensors.load_file(weights).items()
    }
    unseen = np.ones((2, 2), np.float32)
    safetensors.save_file(
        tensors | {"model.vision_tower.patch.weight": unseen, "mtp.fc.weight": unseen}, weights
    )
    family = config.pop("architectures")[0].replace("ForCausalLM", "ForConditionalGeneration")
    write_json(
        folder / "config.json",
        {"architectures": [family], "text_config": config, "vision_config": {"hidden_size": 2}},
    )
    both = Converting(DocumentReader(), tmp_path).convert_folder(folder, other, None, Cancellation())
    assert both.is_text_only
    assert one.read_bytes() == other.read_bytes()
    safetensors.save_file(tensors | {"model.another_part.weight": unseen}, weights)
    with pytest.raises(ConversionError, match="another_part"):
        Converting(DocumentReader(), tmp_path).convert_folder(folder, None, None, Cancellation())
