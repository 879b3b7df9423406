"""Writes tiny random GGUF models of several architectures: they load and decode; seeded, under 2 MB.

Written by hand (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), names and shapes of the
tensors as ``llama.cpp/src/models`` asks for them. Weights are scaled so that the likeliest token wins by a
wide margin, and only printable ASCII can win, so that texts can be compared. The tokenizer is GPT-2's
bytes with a few merges and ChatML's control tokens.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.library.gguf_files import MetadataValue, metadata_entry
from tests.library.gguf_files import text as gguf_text

Metadata = dict[str, MetadataValue]
Tensors = dict[str, NDArray[np.float32]]

WIDTH = 64
NUM_HEADS = 4
NUM_KV_HEADS = 2
HEAD_WIDTH = WIDTH // NUM_HEADS
FEED_WIDTH = 96
CONTEXT_LENGTH = 2048
STATE_WIDTH, CONV_WIDTH, STEP_RANK = 8, 4, 4
NUM_EXPERTS = 4
ALIGNMENT = 32
ARCHITECTURES = ("llama", "qwen2", "gemma3", "mamba", "jamba", "moe")
RECURRENT = ("mamba", "jamba")
FURTHER_ARCHITECTURES = ("mamba2", "lfm2", "gpt-oss")
"""Written as well: a second kind of state, a short convolution beside attention, and windows with experts."""
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_model(
    path: Path,
    architecture: str,
    *,
    seed: int = 7,
    template: str = CHATML,
    controls: tuple[str, ...] = (),
    user_defined: tuple[str, ...] = (),
    adds_beginning: bool = False,
) -> Path:
    """Write a model of one of ``ARCHITECTURES`` or ``FURTHER_ARCHITECTURES`` to ``path`` and return it."""
    content = make_model(
        architecture,
        seed=seed,
        template=template,
        controls=controls,
        user_defined=user_defined,
        adds_beginning=adds_beginning,
    )
    path.write_bytes(content)
    return path


def make_model(
    architecture: str,
    *,
    seed: int = 7,
    template: str = CHATML,
    controls: tuple[str, ...] = (),
    user_defined: tuple[str, ...] = (),
    adds_beginning: bool = False,
) -> bytes:
    """Return the bytes of a whole GGUF file.

    ``controls`` are control tokens besides ChatML's; ``user_defined`` are tokens of that type, ChatML's own
    among them if named.
    """
    weights = _Weights(np.random.default_rng(seed))
    vocabulary = list(dict.fromkeys([*_vocabulary(), *controls, *user_defined]))
    num_layers = 6 if architecture == "gemma3" else 3
    own = "llama" if architecture in ("moe", "embedder") else architecture
    metadata: dict[str, MetadataValue] = {
        "general.architecture": own,
        "general.name": f"Tiny {architecture}",
        f"{own}.context_length": CONTEXT_LENGTH,
        f"{own}.block_count": num_layers,
        f"{own}.embedding_length": WIDTH,
        f"{own}.feed_forward_length": FEED_WIDTH,
        f"{own}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{own}.attention.head_count": NUM_HEADS,
        f"{own}.attention.head_count_kv": NUM_KV_HEADS,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": vocabulary,
        "tokenizer.ggml.token_type": [
            4 if token in user_defined else 3 if _is_control(token, controls) else 1 for token in vocabulary
        ],
        "tokenizer.ggml.merges": _MERGES,
        "tokenizer.ggml.bos_token_id": vocabulary.index("<|endoftext|>"),
        "tokenizer.ggml.eos_token_id": vocabulary.index("<|im_end|>"),
        "tokenizer.ggml.add_bos_token": adds_beginning,
        "tokenizer.chat_template": template,
    }
    tensors: Tensors = {
        "token_embd.weight": weights.normal(len(vocabulary), WIDTH),
        "output_norm.weight": weights.ones(WIDTH),
        "output.weight": weights.output(vocabulary),
    }
    if architecture == "lfm2":
        tensors["token_embd_norm.weight"] = tensors.pop("output_norm.weight")
    for layer in range(num_layers):
        tensors |= _layer(architecture, f"blk.{layer}", layer, weights)
    metadata |= _extra_metadata(architecture, num_layers)
    return gguf_bytes(metadata, tensors)


def byte_pairs() -> tuple[list[str], list[str]]:
    """Return the tokens, in order, and the merges of the tokenizer that all models here have."""
    return _vocabulary(), list(_MERGES)


def write_space_prefixing_vocabulary(path: Path, template: str, user_defined: tuple[str, ...]) -> Path:
    """Write a model of SentencePiece's kind without weights to ``path``, for ``Vocabulary``; return it."""
    marks = ["<unk>", "<s>", "</s>"]
    letters = ["▁", *(chr(code) for code in range(ord("!"), ord("~") + 1)), "he", "▁he"]
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    vocabulary = [*marks, *byte_tokens, *letters, *user_defined]
    types = [2, 3, 3, *[6] * 256, *[1] * len(letters), *[4] * len(user_defined)]
    metadata: dict[str, MetadataValue] = {
        "general.architecture": "llama",
        "llama.context_length": CONTEXT_LENGTH,
        "llama.block_count": 1,
        "llama.embedding_length": WIDTH,
        "llama.feed_forward_length": FEED_WIDTH,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.attention.head_count": NUM_HEADS,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": vocabulary,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.chat_template": template,
    }
    path.write_bytes(gguf_bytes(metadata, {}))
    return path


def write_adapter(path: Path, *, seed: int = 1, rank: int = 4) -> Path:
    """Write a LoRA adapter for the model ``llama`` that changes what it says; return ``path``."""
    weights = _Weights(np.random.default_rng(seed))
    tensors: Tensors = {}
    for layer in range(3):
        for name, width in (("ffn_up", FEED_WIDTH), ("attn_q", _QKV["q"])):
            tensors[f"blk.{layer}.{name}.weight.lora_a"] = weights.normal(rank, WIDTH)
            tensors[f"blk.{layer}.{name}.weight.lora_b"] = weights.normal(width, rank, gain=2.0)
    metadata: dict[str, MetadataValue] = {
        "general.type": "adapter",
        "general.architecture": "llama",
        "adapter.type": "lora",
        "adapter.lora.alpha": float(rank),
    }
    path.write_bytes(gguf_bytes(metadata, tensors))
    return path


def _is_control(token: str, controls: tuple[str, ...]) -> bool:
    return token.startswith("<|") or token in controls


class _Weights:
    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def normal(self, *shape: int, gain: float = 1.0) -> NDArray[np.float32]:
        """Rows of unit gain: (outputs, inputs), or (experts, outputs, inputs)."""
        scale = gain / np.sqrt(shape[-1])
        return self._random.standard_normal(shape, dtype=np.float32) * np.float32(scale)

    def ones(self, size: int) -> NDArray[np.float32]:
        return 1 + np.float32(0.1) * self._random.standard_normal(size, dtype=np.float32)

    def output(self, vocabulary: list[str]) -> NDArray[np.float32]:
        weights = self.normal(len(vocabulary), WIDTH, gain=8.0)
        for token_id, token in enumerate(vocabulary):
            if not (token.isascii() and token.isalnum()):
                weights[token_id] = 0.0
        return weights


def _layer(architecture: str, name: str, layer: int, weights: _Weights) -> Tensors:
    tensors: Tensors = {f"{name}.attn_norm.weight": weights.ones(WIDTH)}
    if architecture in FURTHER_ARCHITECTURES:
        return tensors | _further_layer(architecture, name, layer, weights)
    is_state_space = architecture == "mamba" or (architecture == "jamba" and layer != 1)
    tensors |= _state_space(name, weights, architecture) if is_state_space else _attention(name, weights)
    if architecture == "qwen2":
        tensors |= {f"{name}.attn_{part}.bias": weights.normal(width) for part, width in _QKV.items()}
    if architecture == "gemma3":
        tensors |= {f"{name}.{part}_norm.weight": weights.ones(WIDTH) for part in _GEMMA_NORMS}
        tensors |= {f"{name}.attn_{part}_norm.weight": weights.ones(HEAD_WIDTH) for part in "qk"}
    if architecture != "mamba":
        tensors |= _feed_forward(name, weights, is_mixture=architecture == "moe")
    return tensors


_QKV = {"q": WIDTH, "k": NUM_KV_HEADS * HEAD_WIDTH, "v": NUM_KV_HEADS * HEAD_WIDTH}
_GEMMA_NORMS = ("post_attention", "post_ffw")


def _attention(name: str, weights: _Weights) -> Tensors:
    tensors = {f"{name}.attn_{part}.weight": weights.normal(width, WIDTH) for part, width in _QKV.items()}
    return {**tensors, f"{name}.attn_output.weight": weights.normal(WIDTH, WIDTH)}


def _feed_forward(name: str, weights: _Weights, *, is_mixture: bool) -> Tensors:
    shapes = {"gate": (FEED_WIDTH, WIDTH), "up": (FEED_WIDTH, WIDTH), "down": (WIDTH, FEED_WIDTH)}
    tensors: Tensors = {f"{name}.ffn_norm.weight": weights.ones(WIDTH)}
    if not is_mixture:
        return tensors | {
            f"{name}.ffn_{part}.weight": weights.normal(*shape) for part, shape in shapes.items()
        }
    tensors[f"{name}.ffn_gate_inp.weight"] = weights.normal(NUM_EXPERTS, WIDTH)
    for part, shape in shapes.items():
        tensors[f"{name}.ffn_{part}_exps.weight"] = weights.normal(NUM_EXPERTS, *shape)
    return tensors


def _state_space(name: str, weights: _Weights, architecture: str) -> Tensors:
    inner = 2 * WIDTH
    decay = np.tile(np.arange(1, STATE_WIDTH + 1, dtype=np.float32) / np.float32(-8), (inner, 1))
    tensors: Tensors = {
        f"{name}.ssm_in.weight": weights.normal(2 * inner, WIDTH),
        f"{name}.ssm_conv1d.weight": weights.normal(inner, CONV_WIDTH),
        f"{name}.ssm_conv1d.bias": weights.normal(inner),
        f"{name}.ssm_x.weight": weights.normal(STEP_RANK + 2 * STATE_WIDTH, inner),
        f"{name}.ssm_dt.weight": weights.normal(inner, STEP_RANK),
        f"{name}.ssm_dt.bias": weights.normal(inner),
        f"{name}.ssm_a": decay,
        f"{name}.ssm_d": weights.ones(inner),
        f"{name}.ssm_out.weight": weights.normal(WIDTH, inner),
    }
    if architecture == "jamba":
        tensors[f"{name}.ssm_dt_norm.weight"] = weights.ones(STEP_RANK)
        tensors[f"{name}.ssm_b_norm.weight"] = weights.ones(STATE_WIDTH)
        tensors[f"{name}.ssm_c_norm.weight"] = weights.ones(STATE_WIDTH)
    return tensors


def _further_layer(architecture: str, name: str, layer: int, weights: _Weights) -> Tensors:
    if architecture == "mamba2":
        return _second_state_space(name, weights)
    if architecture == "lfm2":
        return _feed_forward(name, weights, is_mixture=False) | (
            _attention(name, weights) | _head_norms(name, weights) if layer == 1 else _short(name, weights)
        )
    tensors = _attention(name, weights) | _feed_forward(name, weights, is_mixture=True)
    tensors[f"{name}.post_attention_norm.weight"] = tensors.pop(f"{name}.ffn_norm.weight")
    tensors[f"{name}.attn_sinks.weight"] = weights.normal(NUM_HEADS)
    tensors[f"{name}.attn_output.bias"] = weights.normal(WIDTH)
    tensors[f"{name}.ffn_gate_inp.bias"] = weights.normal(NUM_EXPERTS)
    for part, width in (("gate", FEED_WIDTH), ("up", FEED_WIDTH), ("down", WIDTH)):
        tensors[f"{name}.ffn_{part}_exps.bias"] = weights.normal(NUM_EXPERTS, width)
    return tensors


def _head_norms(name: str, weights: _Weights) -> Tensors:
    return {f"{name}.attn_{part}_norm.weight": weights.ones(HEAD_WIDTH) for part in "qk"}


def _short(name: str, weights: _Weights) -> Tensors:
    return {
        f"{name}.shortconv.conv.weight": weights.normal(WIDTH, CONV_WIDTH),
        f"{name}.shortconv.in_proj.weight": weights.normal(3 * WIDTH, WIDTH),
        f"{name}.shortconv.out_proj.weight": weights.normal(WIDTH, WIDTH),
    }


def _second_state_space(name: str, weights: _Weights) -> Tensors:
    inner, num_heads = 2 * WIDTH, NUM_HEADS
    convolved = inner + 2 * STATE_WIDTH
    return {
        f"{name}.ssm_in.weight": weights.normal(inner + convolved + num_heads, WIDTH),
        f"{name}.ssm_conv1d.weight": weights.normal(convolved, CONV_WIDTH),
        f"{name}.ssm_conv1d.bias": weights.normal(convolved),
        f"{name}.ssm_dt.bias": weights.normal(num_heads),
        f"{name}.ssm_a": np.full((num_heads, 1), -0.5, np.float32),
        f"{name}.ssm_d": np.ones((num_heads, 1), np.float32),
        f"{name}.ssm_norm.weight": weights.normal(1, inner),
        f"{name}.ssm_out.weight": weights.normal(WIDTH, inner),
    }


def _extra_metadata(architecture: str, num_layers: int) -> dict[str, MetadataValue]:
    state_space: dict[str, MetadataValue] = {
        "ssm.conv_kernel": CONV_WIDTH,
        "ssm.inner_size": 2 * WIDTH,
        "ssm.state_size": STATE_WIDTH,
        "ssm.time_step_rank": STEP_RANK,
    }
    match architecture:
        case "mamba":
            zero: dict[str, MetadataValue] = {"attention.head_count": 0, "feed_forward_length": 0}
            return {f"mamba.{key}": value for key, value in (state_space | zero).items()}
        case "mamba2":
            groups: dict[str, MetadataValue] = {"ssm.group_count": 1, "ssm.time_step_rank": NUM_HEADS}
            no_heads: dict[str, MetadataValue] = {"attention.head_count": 0, "feed_forward_length": 0}
            return {f"mamba2.{key}": value for key, value in (state_space | groups | no_heads).items()}
        case "lfm2":
            kv_heads = [NUM_KV_HEADS if layer == 1 else 0 for layer in range(num_layers)]
            return {"lfm2.shortconv.l_cache": CONV_WIDTH, "lfm2.attention.head_count_kv": kv_heads}
        case "gpt-oss":
            return {
                "gpt-oss.attention.sliding_window": 24,
                "gpt-oss.expert_count": NUM_EXPERTS,
                "gpt-oss.expert_used_count": 2,
                "gpt-oss.expert_feed_forward_length": FEED_WIDTH,
            }
        case "jamba":
            heads = [NUM_KV_HEADS if layer == 1 else 0 for layer in range(num_layers)]
            return {f"jamba.{key}": value for key, value in state_space.items()} | {
                "jamba.attention.head_count_kv": heads
            }
        case "gemma3":
            return {
                "gemma3.attention.sliding_window": 24,
                "gemma3.attention.key_length": HEAD_WIDTH,
                "gemma3.attention.value_length": HEAD_WIDTH,
            }
        case "moe":
            return {"llama.expert_count": NUM_EXPERTS, "llama.expert_used_count": 2}
        case "embedder":
            return {"llama.pooling_type": 1}
        case _:
            return {}


_MERGES = ["t h", "th e", "i n", "a n", "e r", "o n"]


def _vocabulary() -> list[str]:
    """GPT-2's letters for the 256 bytes, the merges' results, the control tokens."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = [chr(byte) for byte in shown] + [chr(256 + number) for number in range(len(hidden))]
    return [
        *letters,
        *(merge.replace(" ", "") for merge in _MERGES),
        *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    ]


def gguf_bytes(metadata: Mapping[str, MetadataValue], tensors: Tensors) -> bytes:
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    header += b"".join(metadata_entry(key, value) for key, value in metadata.items())
    data = b""
    for name, values in tensors.items():
        shape = values.shape[::-1]
        header += gguf_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data))
        data += values.astype("<f4").tobytes()
        data += bytes(-len(data) % ALIGNMENT)
    return header + bytes(-len(header) % ALIGNMENT) + data


def header_size_of(content: bytes) -> int:
    """Return about where the tensor table of a model made here ends: behind the last tensor's name."""
    return max(content.rfind(name) for name in (b".weight", b".bias")) + 40
