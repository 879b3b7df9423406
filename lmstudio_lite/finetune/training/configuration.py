"""A model's configuration, as its file says it: what transformers reads of that, and what it leaves out.

transformers' table of metadata is short, and where it has no word for a key the model keeps the sizes of some
one model of its kind. Each function here completes one architecture; where llama.cpp computes a thing in a
way that no file says, its source is named.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from transformers import AutoConfig, PreTrainedConfig
from transformers.integrations.gguf.gguf_config_mapping import GGUF_CONFIG_ARCHS

from lmstudio_lite.errors import ArchitectureUnsupportedError
from lmstudio_lite.finetune.training import attention
from lmstudio_lite.finetune.training.experts import with_experts
from lmstudio_lite.finetune.training.gguf_file import GgufFile, NewTensor, encode_entry, write_gguf

_ROTATION_BASE = 10_000.0
"""What llama.cpp takes where a file does not say; transformers' defaults are those of one model each."""
_LARGEST_GEMMA = {"gemma2": 46, "gemma3": 62}
"""Number of layers of the 27B models, which scale their queries otherwise."""
_WORDS = "tokenizer.ggml.tokens"
_MISREAD = "gpt-oss.rope.scaling."
"""Of these transformers takes the lengths of the keys for their values."""
_OF_A_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.")
_ENDLESS = 1e20
_SIGMOID = 2
"""How llama.cpp numbers a function that chooses experts (``llama_expert_gating_func_type``)."""
_QWEN35_INTERVAL = 4
"""Every how manyth layer has attention, where a file does not say (llama.cpp's qwen35.cpp)."""
_OWN_ATTENTION = {"bloom": "eager", "falcon": "sdpa"}
"""Attention that transformers lets nothing else in the place of: one example a row."""

_RECURRENT = frozenset({"lfm2", "mamba", "qwen35", "qwen35moe"})
"""What these carry from token to token, no mask keeps from the next example: one example a row."""


def can_pack(architecture: str) -> bool:
    """Whether several examples may lie behind each other in a row, each seeing only itself."""
    return architecture not in _RECURRENT and architecture not in _OWN_ATTENTION


def attention_of(architecture: str) -> str:
    """Return which attention a model of this architecture computes with, by transformers' name."""
    return _OWN_ATTENTION.get(architecture, attention.NAME)


def read_config(file: GgufFile) -> PreTrainedConfig:
    """Return the configuration of the model in ``file``.

    Raises:
        ArchitectureUnsupportedError: it is of a form that transformers can't compute, or does not say which.
    """
    architecture = file.text("general.architecture")
    num_tokens = next(tensor.shape[0] for tensor in file.tensors if tensor.name == "token_embd.weight")
    read = _READ_HERE.get(architecture)
    try:
        config = read(file) if read is not None else _read_by_transformers(file, num_tokens)
        completed: PreTrainedConfig = with_experts(_completed(config, file, num_tokens), file)
    except KeyError as error:  # the file does not say what others of its kind do
        raise ArchitectureUnsupportedError(architecture=architecture, reason=str(error.args[0])) from error
    return completed


def is_unread(tensor_name: str, architecture: str, config: Any) -> bool:
    """Whether a tensor lies in the file for something else than this model: it is copied, and no more."""
    found = _OF_A_BLOCK.match(tensor_name)
    if found is None:
        return False
    block = int(found[1])
    if architecture == "gemma4":  # the last layers look at the keys and values of earlier ones
        first = config.num_hidden_layers - config.num_kv_shared_layers
        return block >= first and found[2] in ("attn_k", "attn_v", "attn_k_norm")
    return block >= int(config.num_hidden_layers)


def _read_by_transformers(file: GgufFile, num_tokens: int) -> Any:
    """Have transformers read the configuration, from a copy of the header that holds no word lists.

    It makes an object of every word and every tensor; of the latter it only asks the names.
    """
    architecture = file.text("general.architecture")
    entries = {
        key: entry
        for key, entry in file.entries.items()
        if not (_is_word_list(key) or key.endswith("template") or key.startswith(_MISREAD))
    }
    sizes = f"{architecture}.vocab_size"
    entries[sizes] = encode_entry(sizes, num_tokens)
    rotation = f"{architecture}.rope.freq_base"
    entries.setdefault(rotation, encode_entry(rotation, _ROTATION_BASE))
    if architecture in GGUF_CONFIG_ARCHS:  # transformers' newer reader, which counts the words
        entries[_WORDS] = encode_entry(_WORDS, [""] * num_tokens)
    if architecture.startswith("qwen35"):
        interval = f"{architecture}.full_attention_interval"
        entries.setdefault(interval, encode_entry(interval, _QWEN35_INTERVAL))
    kind = gguf.GGMLQuantizationType.F32
    stubs = [NewTensor(tensor.name, (1,), kind, lambda: np.zeros(1, np.float32)) for tensor in file.tensors]
    with tempfile.TemporaryDirectory() as folder:
        write_gguf(Path(folder) / "config.gguf", entries, stubs)
        return AutoConfig.from_pretrained(folder, gguf_file="config.gguf", local_files_only=True)


def _completed(config: Any, file: GgufFile, num_tokens: int) -> Any:
    """Return the configuration with what the file says, or llama.cpp knows, and transformers leaves at the
    value of some one model.
    """
    architecture = file.text("general.architecture")
    config.vocab_size = num_tokens
    if (config.pad_token_id or 0) >= num_tokens:
        config.pad_token_id = None
    head_length = file.scalars.get(f"{architecture}.attention.key_length")
    if architecture not in _READ_HERE and isinstance(head_length, int) and "head_dim" in config.to_dict():
        config.head_dim = head_length
    complete = _COMPLETIONS.get(architecture)
    return config if complete is None else complete(config, file) or config


def _complete_gpt2(config: Any, file: GgufFile) -> None:
    config.n_positions = file.scalars["gpt2.context_length"]
    config.n_inner = file.scalars["gpt2.feed_forward_length"]


def _complete_gemma(config: Any, file: GgufFile) -> None:
    # As in llama.cpp's gemma2.cpp and gemma3.cpp; the file does not say it.
    is_largest = config.num_hidden_layers == _LARGEST_GEMMA[file.text("general.architecture")]
    per_head = config.hidden_size // config.num_attention_heads if is_largest else config.head_dim
    config.query_pre_attn_scalar = per_head


def _complete_bloom(config: Any, file: GgufFile) -> None:
    config.tie_word_embeddings = not _has(file, "output.weight")


def _complete_gpt_oss(config: Any, file: GgufFile) -> None:
    config.sliding_window = file.scalars["gpt-oss.attention.sliding_window"]
    rotation: dict[str, Any] = {
        "rope_type": "default",
        "rope_theta": file.scalars.get("gpt-oss.rope.freq_base", _ROTATION_BASE),
    }
    if file.scalars.get("gpt-oss.rope.scaling.type") == "yarn":
        # The ramp goes from one whole dimension to another in llama.cpp (ggml_rope_yarn_corr_dims).
        rotation |= {
            "rope_type": "yarn",
            "factor": file.scalars["gpt-oss.rope.scaling.factor"],
            "original_max_position_embeddings": file.scalars["gpt-oss.rope.scaling.original_context_length"],
            "beta_fast": 32.0,
            "beta_slow": 1.0,
            "truncate": True,
        }
    config.rope_parameters = rotation


def _complete_lfm2(_: Any, file: GgufFile) -> None:
    if file.scalars.get(window := "lfm2.attention.sliding_window"):
        raise ArchitectureUnsupportedError(architecture="lfm2", reason=window)  # transformers has none


def _complete_minimax(config: Any, file: GgufFile) -> None:
    if file.scalars.get(gating := "minimax-m2.expert_gating_func") != _SIGMOID:
        raise ArchitectureUnsupportedError(architecture="minimax-m2", reason=gating)
    config.rope_parameters = {
        "rope_type": "default",
        "rope_theta": file.scalars.get("minimax-m2.rope.freq_base", _ROTATION_BASE),
        "partial_rotary_factor": int(file.scalars["minimax-m2.rope.dimension_count"]) / config.head_dim,
    }


def _complete_qwen35(config: Any, file: GgufFile) -> None:
    recurrent = file.numbers(f"{file.text('general.architecture')}.attention.recurrent_layers")
    if recurrent:
        layers = recurrent[: config.num_hidden_layers]
        config.layer_types = ["linear_attention" if value else "full_attention" for value in layers]


def _complete_mamba(config: Any, file: GgufFile) -> Any:
    if not file.scalars.get("mamba.ssm.dt_b_c_rms"):
        return config
    # In GGUF Falcon Mamba is a mamba with norms inside; transformers knows it as a model of its own.
    sizes = {key: value for key, value in config.to_dict().items() if key != "model_type"}
    return AutoConfig.for_model("falcon_mamba", **sizes, mixer_rms_eps=config.layer_norm_epsilon)


def _read_gemma4(file: GgufFile) -> Any:
    """Return Gemma 4's configuration, of which transformers reads too little: layers that look at some tokens
    only have heads of another length than those that look at all.
    """
    num_layers = int(file.scalars["gemma4.block_count"])
    is_sliding = [bool(value) for value in file.numbers("gemma4.attention.sliding_window_pattern")]
    num_keys, inner = (
        (values * num_layers if len(values) == 1 else values)
        for values in map(file.numbers, ("gemma4.attention.head_count_kv", "gemma4.feed_forward_length"))
    )
    shapes = {tensor.name: tensor.shape for tensor in file.tensors}
    num_shared = int(file.scalars.get("gemma4.attention.shared_kv_layers", 0))
    full = [at for at in range(num_layers - num_shared) if not is_sliding[at]]
    lengths = (file.scalars["gemma4.attention.key_length"], file.scalars["gemma4.attention.key_length_swa"])
    config = AutoConfig.for_model(
        "gemma4_text",
        hidden_size=file.scalars["gemma4.embedding_length"],
        num_hidden_layers=num_layers,
        intermediate_size=min(inner),
        use_double_wide_mlp=max(inner) > min(inner),
        num_attention_heads=file.scalars["gemma4.attention.head_count"],
        num_key_value_heads=max(num_keys),
        head_dim=lengths[1],
        per_layer_config={
            at: {"head_dim": lengths[is_sliding[at]], "num_key_value_heads": num_keys[at]}
            for at in range(num_layers)
        },
        layer_types=["sliding_attention" if sliding else "full_attention" for sliding in is_sliding],
        sliding_window=file.scalars["gemma4.attention.sliding_window"],
        num_kv_shared_layers=num_shared,
        attention_k_eq_v=any(f"blk.{at}.attn_v.weight" not in shapes for at in full),
        max_position_embeddings=file.scalars["gemma4.context_length"],
        rms_norm_eps=file.scalars["gemma4.attention.layer_norm_rms_epsilon"],
        final_logit_softcapping=file.scalars.get("gemma4.final_logit_softcapping"),
        hidden_size_per_layer_input=file.scalars.get("gemma4.embedding_length_per_layer_input", 0),
        vocab_size_per_layer_input=shapes.get("per_layer_token_embd.weight", (1,))[0],
        tie_word_embeddings="output.weight" not in shapes,
        enable_moe_block="blk.0.ffn_gate_inp.weight" in shapes,
        num_experts=file.scalars.get("gemma4.expert_count"),
        top_k_experts=file.scalars.get("gemma4.expert_used_count"),
        moe_intermediate_size=file.scalars.get("gemma4.expert_feed_forward_length"),
        rope_parameters={
            "sliding_attention": {
                "rope_type": "default",
                "rope_theta": file.scalars.get("gemma4.rope.freq_base_swa", _ROTATION_BASE),
            },
            "full_attention": {
                "rope_type": "proportional",
                "rope_theta": file.scalars.get("gemma4.rope.freq_base", _ROTATION_BASE),
                "partial_rotary_factor": _rotated_share(file),
            },
        },
        **{
            f"{name}_token_id": file.scalars.get(f"tokenizer.ggml.{name}_token_id") for name in ("bos", "eos")
        },
    )
    config._experts_implementation = "eager"  # as in ``with_experts``
    return config


def _rotated_share(file: GgufFile) -> float:
    """Return which share of a head turns: the rest has its waves stretched beyond all measure."""
    factors = next((tensor for tensor in file.tensors if tensor.name == "rope_freqs.weight"), None)
    return 1.0 if factors is None else float((file.dequantized(factors) < _ENDLESS).mean())


def _complete_falcon(config: Any, file: GgufFile) -> None:
    # The 7B model, whose heads all share a key, is the later ones' layout with a single group.
    config.new_decoder_architecture = True
    config.num_kv_heads = file.scalars.get("falcon.attention.head_count_kv", config.num_attention_heads)
    config.num_ln_in_parallel_attn = 2 if _has(file, "blk.0.attn_norm_2.weight") else 1
    config.ffn_hidden_size = file.scalars["falcon.feed_forward_length"]
    config.layer_norm_epsilon = file.scalars["falcon.attention.layer_norm_epsilon"]
    config.tie_word_embeddings = not _has(file, "output.weight")


_COMPLETIONS: dict[str, Callable[[Any, GgufFile], Any]] = {
    "bloom": _complete_bloom,
    "falcon": _complete_falcon,
    "gemma2": _complete_gemma,
    "gemma3": _complete_gemma,
    "gpt-oss": _complete_gpt_oss,
    "gpt2": _complete_gpt2,
    "lfm2": _complete_lfm2,
    "mamba": _complete_mamba,
    "minimax-m2": _complete_minimax,
    "qwen35": _complete_qwen35,
    "qwen35moe": _complete_qwen35,
}


_READ_HERE: dict[str, Callable[[GgufFile], Any]] = {"gemma4": _read_gemma4}


def _has(file: GgufFile, name: str) -> bool:
    return any(tensor.name == name for tensor in file.tensors)


def _is_word_list(key: str) -> bool:
    return key in {f"tokenizer.ggml.{name}" for name in ("tokens", "merges", "scores", "token_type")}
