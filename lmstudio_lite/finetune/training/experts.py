"""Mixtures of experts: the experts' stacked matrices are loaded and stay as they are; all around them learns.

A file keeps gate, up and down of all experts of a layer in three tensors, transformers gate and up in one
parameter. They are most of the weights and each is asked seldom, so tuning them takes the most memory for the
least; attention, norms, shared experts and embeddings learn.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from transformers import AutoConfig

from lmstudio_lite.errors import ArchitectureUnsupportedError
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from lmstudio_lite.finetune.training.tensor_map import Floats

_STACKED = re.compile(r"blk\.(\d+)\.ffn_(gate|up|down|gate_up)_exps\.(weight|bias)")
_APART = re.compile(r"blk\.\d+\.ffn_(gate|up|down)\.\d+\.")
"""Each expert by itself, as Mixtral's first files had them: llama.cpp no longer reads these."""
_OF_LLAMA = (
    *("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads"),
    *("max_position_embeddings", "rms_norm_eps", "rope_parameters", "tie_word_embeddings", "head_dim"),
    *("pad_token_id", "bos_token_id", "eos_token_id"),
)
_SCALE = re.compile(r"blk\.(\d+)\.ffn_(gate_inp|down_exps)\.scale")
"""Gemma 4's: of what its router sees, and of each expert's answer."""
_CHOICE = re.compile(r"blk\.(\d+)\.exp_probs_b\.bias")
_SHARED_GATE = re.compile(r"blk\.(\d+)\.ffn_gate_inp_shexp\.weight")


def is_of_experts(tensor_name: str) -> bool:
    """Whether a tensor stays as it is: the experts' own, and what else decides on them than a matrix."""
    return any(pattern.fullmatch(tensor_name) for pattern in (_STACKED, _SHARED_GATE, _CHOICE, _SCALE))


def with_experts(config: Any, file: GgufFile) -> Any:
    """Return ``config`` with the experts that ``file`` has: transformers reads only some of their sizes.

    In GGUF Mixtral is a llama with experts; transformers knows it as a model of its own.

    Raises:
        ArchitectureUnsupportedError: the experts lie in an old form.
    """
    architecture = file.text("general.architecture")
    shapes = {tensor.name: tensor.shape for tensor in file.tensors}
    if any(_APART.match(name) for name in shapes):
        raise ArchitectureUnsupportedError(architecture=architecture, reason="old_experts")
    stacked = next((shape for name, shape in shapes.items() if name.endswith("ffn_gate_exps.weight")), None)
    if stacked is None:
        return config
    if architecture == "llama":
        config = AutoConfig.for_model(
            "mixtral",
            **{name: getattr(config, name) for name in _OF_LLAMA},
            intermediate_size=stacked[1],
            num_local_experts=stacked[0],
            num_experts_per_tok=file.scalars["llama.expert_used_count"],
        )
    elif architecture in ("gpt-oss", "minimax-m2"):
        config.num_local_experts, config.intermediate_size = stacked[0], stacked[1]
    else:
        config.num_experts, config.moe_intermediate_size = stacked[0], stacked[1]
    shared = next((shape for name, shape in shapes.items() if name.endswith("ffn_gate_shexp.weight")), None)
    if shared is not None:
        config.shared_expert_intermediate_size = shared[0]
    if architecture == "qwen3moe":
        config.norm_topk_prob = True  # As in llama.cpp's qwen3moe.cpp; the file does not say it.
    # One expert after the other, each with the rows that chose it: exact, and at home on every device.
    config._experts_implementation = "eager"
    return config


def load_expert(model: Any, tensor_name: str, values: Floats, dtype: torch.dtype) -> str:
    """Put a tensor for which ``is_of_experts`` where it belongs; return its name there."""
    weights = torch.from_numpy(values.copy()).to(dtype)
    if (found := _SHARED_GATE.fullmatch(tensor_name)) is not None:
        name = _named(model, f"layers.{found[1]}.mlp.shared_expert_gate.weight")
        model.get_parameter(name).data = weights.reshape(1, -1)
        return name
    if (found := _SCALE.fullmatch(tensor_name)) is not None:
        part = "scale" if found[2] == "gate_inp" else "per_expert_scale"
        name = _named(model, f"layers.{found[1]}.router.{part}")
        model.get_parameter(name).data = weights
        return name
    if (found := _CHOICE.fullmatch(tensor_name)) is not None:
        end = f"layers.{found[1]}.mlp.e_score_correction_bias"
        buffers: dict[str, torch.Tensor] = dict(model.named_buffers())
        name = next(known for known in buffers if known.endswith(end))
        buffers[name].data = weights.float()
        return name
    found = _STACKED.fullmatch(tensor_name)
    assert found is not None, tensor_name
    block, part, kind = found.groups()
    name = "down_proj" if part == "down" else "gate_up_proj"
    name = _named(model, f".experts.{name}" + ("_bias" if kind == "bias" else ""), block)
    parameter = model.get_parameter(name)
    module = model.get_submodule(name.rpartition(".")[0])
    if module.is_transposed and kind == "weight":
        weights = weights.transpose(1, 2)
    if part in ("down", "gate_up"):
        parameter.data = weights.contiguous()
        return name
    # Gate and up lie in one parameter: gate first, or by turns.
    outputs = -1 if module.is_transposed else 1
    half = weights.shape[outputs]
    number = 0 if part == "gate" else 1
    start = number * half
    chosen = slice(start, start + half) if module.is_concatenated else slice(number, None, 2)
    with torch.no_grad():
        parameter.movedim(outputs, 0)[chosen] = weights.movedim(outputs, 0)
    return name


def _named(model: Any, end: str, block: str = "") -> str:
    names = (str(name) for name, _ in model.named_parameters())
    within = f"layers.{block}." if block else ""
    return next(name for name in names if within in name and name.endswith(end))
