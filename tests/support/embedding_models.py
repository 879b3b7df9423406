"""Writes a tiny BERT that knows which words mean the same: a GGUF of some 50 KB that llama.cpp loads.

A text's vector is the mean of its words' vectors: attention and feed-forward add nothing. Words of one group
have one vector; what is in no group counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.support.gguf_models import Metadata, Tensors, gguf_bytes

WIDTH, FEED_WIDTH, CONTEXT = 32, 32, 128
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
HARBOUR_WORDS = (
    ("ship", "vessel", "boat"),
    ("burned", "fire", "flames"),
    ("warehouses", "depots"),
    ("orchard", "trees"),
    ("pears", "fruit"),
    ("gardener", "caretaker"),
    ("windmill", "sails"),
)


def write_embedding_model(
    path: Path, groups: Sequence[Sequence[str]] = HARBOUR_WORDS, *, seed: int = 3, name: str = "Tiny meaning"
) -> Path:
    """Write a model to ``path`` for which the words of each of ``groups`` mean the same; return it."""
    draw = np.random.default_rng(seed)
    words = [word for group in groups for word in group]
    vocabulary = [*SPECIAL, *(f"\u2581{word}" for word in words)]
    embedded = np.full((len(vocabulary), WIDTH), 0.0, np.float32)
    row = len(SPECIAL)
    for group in groups:
        # Of mean 0, as the norms make them anyway.
        vector = np.sign(draw.permutation(np.arange(WIDTH) - WIDTH / 2 + 0.5)).astype(np.float32)
        embedded[row : row + len(group)] = vector
        row += len(group)
    metadata: Metadata = {
        "general.architecture": "bert",
        "general.name": name,
        "bert.context_length": CONTEXT,
        "bert.block_count": 1,
        "bert.embedding_length": WIDTH,
        "bert.feed_forward_length": FEED_WIDTH,
        "bert.attention.head_count": 2,
        "bert.attention.layer_norm_epsilon": 1e-5,
        "bert.attention.causal": False,
        "bert.pooling_type": 1,
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.tokens": vocabulary,
        "tokenizer.ggml.token_type": [3] * len(SPECIAL) + [1] * len(words),
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.eos_token_id": 3,
        "tokenizer.ggml.seperator_token_id": 3,
        "tokenizer.ggml.mask_token_id": 4,
    }
    tensors: Tensors = {
        "token_embd.weight": embedded,
        "position_embd.weight": np.zeros((CONTEXT, WIDTH), np.float32),
        "token_types.weight": np.zeros((2, WIDTH), np.float32),
        **_norm("token_embd_norm", WIDTH),
    }
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensors |= _silent(f"blk.0.{part}", WIDTH, WIDTH)
    tensors |= _silent("blk.0.ffn_up", FEED_WIDTH, WIDTH) | _silent("blk.0.ffn_down", WIDTH, FEED_WIDTH)
    tensors |= _norm("blk.0.attn_output_norm", WIDTH) | _norm("blk.0.layer_output_norm", WIDTH)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_bytes(metadata, tensors))
    return path


def _norm(name: str, width: int) -> Tensors:
    return {f"{name}.weight": np.ones(width, np.float32), f"{name}.bias": np.zeros(width, np.float32)}


def _silent(name: str, num_out: int, num_in: int) -> Tensors:
    return {
        f"{name}.weight": np.zeros((num_out, num_in), np.float32),
        f"{name}.bias": np.zeros(num_out, np.float32),
    }
