"""How a file's tensors become parameters: transformers' own treatment, and ours where it has none.

The way back is found from what is done here (``tensor_map``); nothing has to be written twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from transformers import PreTrainedConfig
from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, GGUFTensor, TensorProcessor

from lmstudio_lite.finetune.training.tensor_map import Floats


class _FalconLayout(TensorProcessor):
    """llama.cpp wants all queries, then all keys, then all values; transformers, of one group after another.

    A group is the heads that share a key and a value (``conversion/falcon.py``).
    """

    def process(self, weights: Floats, name: str, **_: Any) -> GGUFTensor:
        if ".attn_qkv." not in name:
            return GGUFTensor(weights, name, {})
        num_groups, num_heads = self.config["num_kv_heads"], self.config["num_attention_heads"]
        length = weights.shape[0] // (num_heads + 2 * num_groups)
        ends = (num_heads * length, (num_heads + num_groups) * length)
        parts = [part.reshape(num_groups, -1, *weights.shape[1:]) for part in np.split(weights, ends)]
        return GGUFTensor(np.concatenate(parts, axis=1).reshape(weights.shape), name, {})


class _Qwen35Layout(TensorProcessor):
    """What transformers' newer reader does to Qwen3.5's tensors (``gguf_conversion_mapping``).

    Values' heads lie in the file by turns of the keys they go with, in transformers by key; norms are one
    larger, but for the linear attention's own; the decay is kept as what its logarithm is taken of.
    """

    _PRODUCING = frozenset({"attn_gate", "ssm_alpha", "ssm_beta", "ssm_dt", "ssm_a"})

    def process(self, weights: Floats, name: str, **_: Any) -> GGUFTensor:
        part = name.removesuffix(".weight").removesuffix(".bias").rpartition(".")[2]
        if part.endswith("norm") and part != "ssm_norm":
            return GGUFTensor(weights - 1, name, {})
        if part == "ffn_gate_inp_shexp":
            return GGUFTensor(weights.reshape(1, -1), name, {})
        if part == "ssm_a":
            weights = np.log(-weights)
        if part in self._PRODUCING:
            weights = self._grouped(weights)
        elif part in ("attn_qkv", "ssm_conv1d"):  # queries and keys first
            start = 2 * self.config["linear_key_head_dim"] * self.config["linear_num_key_heads"]
            weights = np.concatenate([weights[:start], self._grouped(weights[start:])])
        elif part == "ssm_out":
            weights = self._grouped(weights.T).T
        return GGUFTensor(weights[:, None] if part == "ssm_conv1d" else weights, name, {})

    def _grouped(self, weights: Floats) -> Floats:
        num_keys = self.config["linear_num_key_heads"]
        per_key = self.config["linear_num_value_heads"] // num_keys
        heads = weights.reshape(per_key, num_keys, -1, *weights.shape[1:])
        return heads.swapaxes(0, 1).reshape(weights.shape)


_OWN = {"falcon": _FalconLayout, "qwen35": _Qwen35Layout, "qwen35moe": _Qwen35Layout}


def processor_of(architecture: str, config: PreTrainedConfig) -> Any:
    """Return what treats the tensors of a model of this architecture."""
    kind: Any = _OWN.get(architecture) or TENSOR_PROCESSORS.get(architecture, TensorProcessor)
    return kind(config=config.to_dict())


def process(processor: Any, values: Floats, name: str) -> Floats | None:
    """Return a tensor as the parameter that it becomes; None if it has no place in the model."""
    stored: dict[str, dict[str, Any]] = {"tensors": {}}
    done = processor.process(weights=values, name=name, tensor_key_mapping={}, parsed_parameters=stored)
    if done.name is None:  # GPT-2's output matrix is put aside instead
        return next((tensor.numpy() for tensor in stored["tensors"].values()), None)
    weights: Floats = done.weights
    return weights
