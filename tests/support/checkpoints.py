"""Writes tiny Hugging Face folders with safetensors: the models of ``gguf_models``, with the same weights.

By hand (https://huggingface.co/docs/safetensors), so that no test needs torch for it. The rows of llama's
queries and keys are put back one by one to where Hugging Face's code has them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.gguf import read_gguf_header
from tests.support.gguf_models import (
    CHATML,
    CONTEXT_LENGTH,
    FEED_WIDTH,
    NUM_HEADS,
    NUM_KV_HEADS,
    WIDTH,
    byte_pairs,
    write_model,
)

Tensors = dict[str, NDArray[Any]]

CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}
QWEN_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES: dict[str, Any] = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": True,
    "use_regex": True,
}
_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INNER = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def write_checkpoint(folder: Path, architecture: str, *, num_files: int = 1, kind: str = "F32") -> Path:
    """Write the model ``architecture`` of ``gguf_models`` as a folder in ``num_files`` parts; return it.

    Its GGUF stands beside it, as ``FOLDER.gguf``.
    """
    gguf = write_model(folder.with_name(f"{folder.name}.gguf"), architecture)
    folder.mkdir()
    write_json(folder / "config.json", config_of(architecture))
    write_json(folder / "tokenizer.json", tokenizer_of(*byte_pairs()))
    write_json(
        folder / "tokenizer_config.json",
        {"bos_token": "<|endoftext|>", "eos_token": {"content": "<|im_end|>"}, "chat_template": CHATML},
    )
    write_weights(folder, tensors_of(gguf, architecture), num_files=num_files, kind=kind)
    return folder


def config_of(architecture: str) -> dict[str, Any]:
    return {
        "architectures": [CLASSES[architecture]],
        "hidden_size": WIDTH,
        "intermediate_size": FEED_WIDTH,
        "num_hidden_layers": 3,
        "num_attention_heads": NUM_HEADS,
        "num_key_value_heads": NUM_KV_HEADS,
        "max_position_embeddings": CONTEXT_LENGTH,
        "rms_norm_eps": 1e-5,
        "vocab_size": 265,
        "tie_word_embeddings": False,
    }


def tokenizer_of(tokens: list[str], merges: list[str]) -> dict[str, Any]:
    """Return GPT-2's way to cut, with these tokens."""
    controls = [token for token in tokens if token.startswith("<|")]
    return {
        "version": "1.0",
        "added_tokens": [
            {
                "id": tokens.index(token),
                "content": token,
                "special": True,
                **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
            }
            for token in controls
        ],
        "pre_tokenizer": BYTES,
        "decoder": BYTES,
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(tokens) if token not in controls},
            "merges": merges,
        },
    }


def tensors_of(gguf: Path, architecture: str) -> Tensors:
    """Return a model's weights by Hugging Face's names and in its order."""
    header = read_gguf_header(gguf, needs_tensors=False, is_whole=True)
    content = gguf.read_bytes()
    found: Tensors = {}
    for tensor in header.tensors:
        start = header.data_start + tensor.offset
        values = np.frombuffer(content[start : start + tensor.size_bytes], "<f4").reshape(tensor.shape[::-1])
        if tensor.name in _OUTER:
            found[_OUTER[tensor.name]] = values
            continue
        _, layer, name, ending = tensor.name.split(".")
        if architecture == "llama" and name in ("attn_q", "attn_k"):
            values = _in_halves(values, NUM_HEADS if name == "attn_q" else NUM_KV_HEADS)
        found[f"model.layers.{layer}.{_INNER[name]}.{ending}"] = values
    return found


def write_weights(folder: Path, tensors: Tensors, *, num_files: int = 1, kind: str = "F32") -> None:
    """Write tensors as ``kind``, "F32", "F16" or "BF16", in one file or with an index in several."""
    if num_files == 1:
        write_safetensors(folder / "model.safetensors", tensors, kind)
        return
    places: dict[str, str] = {}
    for number in range(num_files):
        name = f"model-{number + 1:05}-of-{num_files:05}.safetensors"
        part = dict(list(tensors.items())[number::num_files])
        write_safetensors(folder / name, part, kind)
        places |= dict.fromkeys(part, name)
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": places})


def write_safetensors(path: Path, tensors: Tensors, kind: str = "F32") -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, values in tensors.items():
        content = _encoded(values, kind)
        place = [len(data), len(data) + len(content)]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": place}
        data += content
    written = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(written)) + written + data)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def change_json(path: Path, **changes: object) -> None:
    """Change keys of the object in a file; None takes one away."""
    content = json.loads(path.read_text("utf-8")) | changes
    write_json(path, {key: value for key, value in content.items() if value is not None})


def _in_halves(values: NDArray[Any], num_heads: int) -> NDArray[Any]:
    """Put the rows that llama.cpp rotates as pairs into a head's first and second half."""
    length = len(values) // num_heads
    found = np.empty_like(values)
    for head in range(num_heads):
        for pair in range(length // 2):
            first = head * length + pair
            found[first] = values[head * length + 2 * pair]
            found[first + length // 2] = values[head * length + 2 * pair + 1]
    return found


def _encoded(values: NDArray[Any], kind: str) -> bytes:
    if kind == "BF16":
        return (np.ascontiguousarray(values, "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return values.astype({"F32": "<f4", "F16": "<f2"}[kind]).tobytes()
