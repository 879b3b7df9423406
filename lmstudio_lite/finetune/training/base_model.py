"""A GGUF file as a PyTorch model: transformers' configuration and treatment of tensors, loaded one by one.

transformers' own ``from_pretrained(gguf_file=…)`` holds all weights twice for a while and forgets how it
reordered them; here each tensor is dequantized straight into its parameter, and its way back is kept
(``tensor_map``). Nothing is ever fetched: the environment forbids it before transformers is imported.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, initialization

from lmstudio_lite.errors import ArchitectureUnsupportedError
from lmstudio_lite.finetune.architectures import obstacle_of
from lmstudio_lite.finetune.training.configuration import (
    attention_of,
    can_pack,
    is_unread,
    read_config,
)
from lmstudio_lite.finetune.training.experts import is_of_experts, load_expert
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from lmstudio_lite.finetune.training.layouts import process, processor_of
from lmstudio_lite.finetune.training.tensor_map import Place, PlaceFinder

_ROPE_FACTORS = "rope_freqs.weight"


@dataclass(slots=True)
class BaseModel:
    """The model, frozen, and where each of its parameters lies in the file.

    ``can_pack``: several examples may lie in one row. ``softcap`` bounds the logits (Gemma 2), None: nothing.
    ``kept`` are the parameters that never learn: experts (``experts``).
    """

    path: Path
    architecture: str
    model: Any
    places: dict[str, Place]
    can_pack: bool
    softcap: float | None
    kept: frozenset[str] = frozenset()

    @property
    def device(self) -> torch.device:
        parameter: torch.nn.Parameter = next(self.model.parameters())
        return parameter.device


def load_base(
    path: Path, dtype: torch.dtype, device: torch.device, report: Callable[[int, int], None]
) -> BaseModel:
    """Load ``path`` as a model that computes in ``dtype`` on ``device``.

    ``report`` is told how many of how many weights are there.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: it is no GGUF that can be read.
        ArchitectureUnsupportedError: the architecture can't be trained, or not in this form.
    """
    file = GgufFile(path)
    architecture = file.text("general.architecture")
    if (obstacle := obstacle_of(architecture)) is not None:
        raise ArchitectureUnsupportedError(architecture=architecture, reason=obstacle)
    config = read_config(file)
    with initialization.no_init_weights(), _default_dtype(dtype):
        model: Any = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
            config, attn_implementation=attention_of(architecture)
        )
    processor = processor_of(architecture, config)
    places, kept = _load_weights(file, model, processor, dtype, report)
    model.tie_weights()
    _check_complete(model, {*places, *kept}, architecture)
    model.requires_grad_(False)
    model.eval()
    model.to(device)
    softcap = getattr(config, "final_logit_softcapping", None)
    never_learns = frozenset(kept) & {name for name, _ in model.named_parameters()}
    return BaseModel(path, architecture, model, places, can_pack(architecture), softcap, never_learns)


def _parameter_names(model: Any, architecture: str) -> dict[str, str]:
    """Return the parameters' names by their names in GGUF.

    gguf's map knows them from the outermost module or from one within, as transformers' loader asks.
    """
    kind = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    name_map = gguf.get_tensor_name_map(kind, model.config.num_hidden_layers)
    # Qwen3.5's steps have a bias, which llama.cpp's converter names like one (conversion/qwen.py).
    split = [(name, name.replace(".dt_bias", ".dt_proj.bias").split(".")) for name in model.state_dict()]
    found: dict[str, str] = {}
    for depth in range(max(len(parts) for _, parts in split)):
        for name, parts in split:
            gguf_name = name_map.get_name(".".join(parts[depth:]), try_suffixes=(".weight", ".bias"))
            if gguf_name is not None:
                found.setdefault(gguf_name, name)
    return found


def _load_weights(
    file: GgufFile,
    model: Any,
    processor: Any,
    dtype: torch.dtype,
    report: Callable[[int, int], None],
) -> tuple[dict[str, Place], set[str]]:
    """Return where each parameter lies, and the names of those that are loaded but never learn."""
    architecture = file.text("general.architecture")
    names = _parameter_names(model, architecture)
    parameters = dict(model.named_parameters(remove_duplicate=False)) | dict(model.named_buffers())
    finder = PlaceFinder(lambda values, name: process(processor, values, name))
    places: dict[str, Place] = {}
    kept: set[str] = set()
    for number, tensor in enumerate(file.tensors):
        report(number, len(file.tensors))
        if is_unread(tensor.name, architecture, model.config):
            continue
        values = file.dequantized(tensor)
        if tensor.name == _ROPE_FACTORS:
            _scale_rotation(model, torch.from_numpy(np.array(values)))
            continue
        if is_of_experts(tensor.name):
            kept.add(load_expert(model, tensor.name, values, dtype))
            continue
        # gpt-oss's sinks are a weight in the file, and none in transformers.
        parameter_name = names.get(tensor.name) or names.get(tensor.name.removesuffix(".weight"))
        place = finder.find(tensor.name, values.shape) if parameter_name is not None else None
        loaded = process(processor, values, tensor.name) if place is not None else None
        if parameter_name is None or place is None or loaded is None:
            raise ArchitectureUnsupportedError(architecture=architecture, reason=tensor.name)
        parameter = parameters[parameter_name]
        if loaded.shape != parameter.shape:
            raise ArchitectureUnsupportedError(architecture=architecture, reason=tensor.name)
        parameter.data = torch.from_numpy(np.array(loaded, np.float32, order="C")).to(dtype)
        places[parameter_name] = place
    report(len(file.tensors), len(file.tensors))
    return places, kept


def _scale_rotation(model: Any, factors: torch.Tensor) -> None:
    """Stretch the rotary embedding's wave lengths (Llama 3), as llama.cpp does."""
    for module in model.modules():
        if hasattr(module, "inv_freq") and module.inv_freq.shape == factors.shape:
            module.inv_freq = module.inv_freq / factors


def _check_complete(model: Any, names: set[str], architecture: str) -> None:
    loaded = {id(dict(model.named_parameters(remove_duplicate=False)).get(name)) for name in names}
    missing = [name for name, parameter in model.named_parameters() if id(parameter) not in loaded]
    if missing:
        raise ArchitectureUnsupportedError(architecture=architecture, reason=missing[0])


@contextlib.contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
