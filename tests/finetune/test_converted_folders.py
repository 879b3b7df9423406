"""A folder that transformers wrote, converted: llama.cpp and PyTorch compute the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lmstudio_lite.app.models.converting import Converting
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.engine.llama.logits import LogitsReader
from tests.support.checkpoints import write_checkpoint

torch = pytest.importorskip("torch", reason="the extra `finetune` is not installed")
transformers = pytest.importorskip("transformers", reason="the extra `finetune` is not installed")

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
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {}),
    "with-biases": ("Llama", BIASED),
    "llama3-rotation": ("Llama", {"rope_parameters": LLAMA3}),
    "linear-rotation": ("Llama", {"rope_parameters": LINEAR}),
    "mistral": ("Mistral", {"sliding_window": None}),
    "qwen2": ("Qwen2", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}),
    "qwen3": ("Qwen3", {"head_dim": 32, "tie_word_embeddings": True}),
    "qwen2-experts": ("Qwen2Moe", EXPERTS | {"shared_expert_intermediate_size": 48, "norm_topk_prob": False}),
    "qwen3-experts": ("Qwen3Moe", EXPERTS | {"head_dim": 32, "norm_topk_prob": True}),
    "gemma2": ("Gemma2", WINDOWS),
    "gemma3": ("Gemma3", WINDOWS | {"rope_parameters": LOCAL}),
    "phi3": ("Phi3", {"sliding_window": None, "pad_token_id": 0}),
    "phi3-long-rotation": ("Phi3", {"pad_token_id": 0, "rope_parameters": LONG, "sliding_window": None}),
    "starcoder2": ("Starcoder2", {"sliding_window": None}),
    "stablelm": (
        "StableLm",
        {"use_qkv_bias": True, "partial_rotary_factor": 0.5, "tie_word_embeddings": False},
    ),
    "nemotron": ("Nemotron", {"tie_word_embeddings": False}),
    "gpt2": ("GPT2", {"n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 512}),
    "phi4-part-rotated": (
        "Phi3",
        {"pad_token_id": 0, "partial_rotary_factor": 0.75, "head_dim": 16, "sliding_window": None},
    ),
}

CLASSES = {"GPT2": "GPT2LMHeadModel"}
CONFIGURATIONS = {"Gemma3": "Gemma3TextConfig"}


def write_folder(folder: Path, kind: str) -> Any:
    """Let transformers write a random model beside a tokenizer; return it."""
    write_checkpoint(folder, "llama")
    for name in ("model.safetensors", "config.json"):
        (folder / name).unlink()
    name, options = KINDS[kind]
    torch.manual_seed(5)
    model = getattr(transformers, CLASSES.get(name, f"{name}ForCausalLM"))(
        getattr(transformers, CONFIGURATIONS.get(name, f"{name}Config"))(**(COMMON | options))
    )
    with torch.no_grad():
        for parameter, values in model.named_parameters():
            if parameter.endswith("bias") or "norm" in parameter:
                values.add_(torch.randn_like(values), alpha=0.2)
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    return model.eval()


def log_probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    return wide - np.logaddexp.reduce(wide, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", list(KINDS))
def test_pytorch_and_llama_cpp_agree(tmp_path: Path, kind: str) -> None:
    model = write_folder(tmp_path / "base", kind)
    with torch.no_grad():
        theirs = log_probabilities(model(torch.tensor([TOKEN_IDS])).logits[0].numpy())
    target = tmp_path / "made.gguf"
    Converting(DocumentReader(), tmp_path).convert_folder(tmp_path / "base", target, None, Cancellation())
    with LogitsReader(target) as reader:
        ours = log_probabilities(np.array(reader.logits(TOKEN_IDS)))
    divergences = np.sort((np.exp(theirs) * (theirs - ours)).sum(axis=1))
    # Where two experts weigh the same but for rounding, the two programs may choose otherwise.
    num_counted = len(divergences) - (2 if "experts" in kind else 0)
    rounding = 2e-5 if kind == "nemotron" else 1e-5  # what is squared there has its rounding squared
    assert divergences[:num_counted].mean() < rounding, divergences
