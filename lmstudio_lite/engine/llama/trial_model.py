"""Small models of zeros whose matrices are all of one quantization type, to measure what the type costs here.

llama.cpp loads them as it loads any file, so the weights lie where they would lie (packed for this
processor, on a GPU), and what a token takes is what it takes with real weights: zeros are multiplied too.
On most systems the file is a hole and takes no room on the disk.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import llama_cpp

from lmstudio_lite.domain.models import Tuning
from lmstudio_lite.engine.llama import ggml
from lmstudio_lite.engine.llama.abort import AbortFlag
from lmstudio_lite.engine.llama.probe import LlamaProbe
from lmstudio_lite.engine.llama.weights import load_into_memory

TYPE_NUMBERS = {
    "Q4_K": 12, "Q6_K": 14, "Q8_0": 8, "Q5_K": 13, "Q4_0": 2, "F16": 1, "Q5_0": 6, "Q4_1": 3, "Q5_1": 7,
    "IQ4_NL": 20, "IQ4_XS": 23, "Q3_K": 11, "BF16": 30, "Q2_K": 10,
}  # fmt: skip
"""``ggml_type`` of what is measured, the types that models are mostly offered in first."""
_SIZE_BYTES = 96 << 20
"""More than the caches of most processors hold."""
_HEAD_WIDTH, _HEADS_PER_KV_HEAD = 64, 4
_NARROW = 512
_VOCABULARY_SIZE, _CONTEXT_SIZE = 256, 512
_HEADER_ROOM_BYTES = 4 << 20


class TrialModel:
    """``bytes_read`` are read to write a token, ``weights_multiplied`` for each token of a prompt.

    ``close`` frees the memory.
    """

    def __init__(
        self,
        type_name: str,
        width: int,
        tuning: Tuning,
        abort: AbortFlag,
        is_interrupted: Callable[[], bool],
    ) -> None:
        """Make the model and load it, to run with ``tuning``; ``width`` is a multiple of 256.

        Raises:
            OSError: the temporary file can't be written.
            ModelLoadError: there is no memory for it.
        """
        traits = ggml.type_traits(TYPE_NUMBERS[type_name]).contents
        sizes = {name: length * rows for name, (length, rows) in _matrices(width).items()}
        per_layer = sum(sizes.values())
        layer_bytes = per_layer // traits.blck_size * traits.type_size
        num_layers = max(2, round(_SIZE_BYTES / layer_bytes))
        self.bytes_read = layer_bytes * num_layers
        # The last layer's feed-forward computes one token of a prompt, the one that has an output.
        self.weights_multiplied = per_layer * num_layers - sum(
            size for name, size in sizes.items() if name.startswith("ffn")
        )
        self._tuning = tuning
        self._abort = abort
        self._is_interrupted = is_interrupted
        with tempfile.TemporaryDirectory(prefix="lmstudio-lite-", ignore_cleanup_errors=True) as folder:
            path = Path(folder, f"{type_name}.gguf")
            _write(path, TYPE_NUMBERS[type_name], width, num_layers)
            is_on_gpu = tuning.num_gpu_layers > 0
            self._handle: int | None = load_into_memory(path, num_layers + 1 if is_on_gpu else 0)

    def open_probe(self) -> LlamaProbe | None:
        """Make a context to measure in, None if it can't be had; to be closed before the model."""
        return LlamaProbe.open(
            *(self._handle, self._tuning, _CONTEXT_SIZE),
            abort=self._abort,
            is_interrupted=self._is_interrupted,
        )

    def close(self) -> None:
        if self._handle is not None:
            llama_cpp.llama_model_free(self._handle)
            self._handle = None


def _write(path: Path, type_number: int, width: int, num_layers: int) -> None:
    """Write the header of a Llama model, and behind it nothing but room."""
    context = ggml.init(ggml.InitParams(_HEADER_ROOM_BYTES, None, no_alloc=True))
    header = ggml.gguf_new()
    num_bytes = 0
    try:
        for key, text in (("general.architecture", "llama"), ("tokenizer.ggml.model", "no_vocab")):
            ggml.gguf_set_text(header, key.encode(), text.encode())
        for key, number in _numbers(width, num_layers).items():
            ggml.gguf_set_u32(header, f"llama.{key}".encode(), number)
        ggml.gguf_set_f32(header, b"llama.attention.layer_norm_rms_epsilon", 1e-5)
        for name, lengths in _tensors(width, num_layers):
            if len(lengths) == 1:
                tensor = ggml.new_vector(context, ggml.TYPE_F32, *lengths)
            else:
                tensor = ggml.new_matrix(context, type_number, *lengths)
            ggml.set_name(tensor, f"{name}.weight".encode())
            ggml.gguf_add_tensor(header, tensor)
        last = ggml.gguf_num_tensors(header) - 1
        num_bytes = ggml.gguf_tensor_offset(header, last) + ggml.gguf_tensor_size(header, last)
        if not ggml.gguf_write(header, os.fsencode(path), True):
            raise OSError(f"can't write {path}")
    finally:
        ggml.gguf_free(header)
        ggml.free(context)
    os.truncate(path, path.stat().st_size + num_bytes)


def _numbers(width: int, num_layers: int) -> dict[str, int]:
    num_heads = width // _HEAD_WIDTH
    return {
        "block_count": num_layers,
        "context_length": _CONTEXT_SIZE,
        "embedding_length": width,
        "feed_forward_length": _feed_forward(width),
        "attention.head_count": num_heads,
        "attention.head_count_kv": num_heads // _HEADS_PER_KV_HEAD,
        "rope.dimension_count": _HEAD_WIDTH,
        "vocab_size": _VOCABULARY_SIZE,
    }


def _tensors(width: int, num_layers: int) -> list[tuple[str, tuple[int, ...]]]:
    """Return all tensors, the last a matrix: llama.cpp wants no padding behind it."""
    embedding = (width, _VOCABULARY_SIZE)
    tensors: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd", embedding),
        ("output", embedding),
        ("output_norm", (width,)),
    ]
    for layer in range(num_layers):
        tensors += [(f"blk.{layer}.{name}", (width,)) for name in ("attn_norm", "ffn_norm")]
        tensors += [(f"blk.{layer}.{name}", lengths) for name, lengths in _matrices(width).items()]
    return tensors


def _matrices(width: int) -> dict[str, tuple[int, int]]:
    """Return a layer's matrices by name: numbers in a row, rows."""
    kv_width, feed_forward = width // _HEADS_PER_KV_HEAD, _feed_forward(width)
    return {
        "attn_q": (width, width),
        "attn_k": (width, kv_width),
        "attn_v": (width, kv_width),
        "attn_output": (width, width),
        "ffn_gate": (width, feed_forward),
        "ffn_up": (width, feed_forward),
        "ffn_down": (feed_forward, width),
    }


def _feed_forward(width: int) -> int:
    """Small models have less of it."""
    return (3 if width <= _NARROW else 4) * width
