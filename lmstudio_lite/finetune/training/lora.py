"""Which weights learn: low-rank matrices beside the frozen ones (peft), or all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from transformers.pytorch_utils import Conv1D

from lmstudio_lite.finetune.protocol import FinetuneSettings, Method
from lmstudio_lite.finetune.training.base_model import BaseModel
from lmstudio_lite.finetune.training.tensor_map import Floats

_ADAPTER = "default"
_UNCALLED = frozenset({"ssm_dt", "ssm_out"})
"""Mamba multiplies by these matrices itself, always or in its kernels: nothing beside them would be asked."""


@dataclass(frozen=True, slots=True)
class LowRank:
    """What was learned for one matrix: it gets ``scaling * b @ a`` added. ``a`` is (rank, inputs)."""

    a: Floats
    b: Floats
    scaling: float


class TunedModel:
    """A base and what learns in it."""

    def __init__(self, base: BaseModel, settings: FinetuneSettings) -> None:
        """Prepare ``base`` for training; its own weights stay as they are."""
        self.base = base
        self.settings = settings
        self._layers: dict[str, Any] = {}
        if settings.method in (Method.FULL, Method.SCRATCH):
            base.model.requires_grad_(True)
            for name in base.kept:
                base.model.get_parameter(name).requires_grad_(False)
        else:
            self._inject()

    @property
    def is_low_rank(self) -> bool:
        return bool(self._layers)

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """The weights that learn, by name; tied ones once."""
        return {name: weight for name, weight in self.base.model.named_parameters() if weight.requires_grad}

    @property
    def num_parameters(self) -> int:
        names = set(self.trainable) if self.is_low_rank else set()
        return sum(weight.numel() for name, weight in self.base.model.named_parameters() if name not in names)

    def state(self) -> dict[str, torch.Tensor]:
        """Return copies of what learns, on the CPU."""
        return {name: weight.detach().to("cpu", copy=True) for name, weight in self.trainable.items()}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Put back what ``state`` returned."""
        with torch.no_grad():
            for name, weight in self.trainable.items():
                weight.copy_(state[name])

    def low_rank(self) -> dict[str, LowRank]:
        """Return what was learned, by the parameter that it is for; not for DoRA, which is more than that."""
        return {
            name: LowRank(
                a=_floats(layer.lora_A[_ADAPTER].weight),
                b=_floats(layer.lora_B[_ADAPTER].weight),
                scaling=float(layer.scaling[_ADAPTER]),
            )
            for name, layer in self._layers.items()
        }

    def changes(self) -> Iterator[tuple[str, Floats]]:
        """Yield for each changed matrix what is to be added to it, one at a time (for low rank)."""
        for name, layer in self._layers.items():
            yield name, self.change_of(name, layer)

    @property
    def changed_names(self) -> frozenset[str]:
        return frozenset(self._layers)

    def change_of(self, name: str, layer: Any = None) -> Floats:
        """Return what is to be added to the matrix ``name``."""
        layer = layer if layer is not None else self._layers[name]
        weight = layer.get_base_layer().weight
        if self.settings.method is not Method.DORA:
            return _floats(layer.get_delta_weight(_ADAPTER))
        before = weight.data
        weight.data = before.float()
        try:
            layer.merge(adapter_names=[_ADAPTER])
            merged = weight.data
            layer.merged_adapters.clear()
        finally:
            weight.data = before
        return _floats(merged - before.float())

    def _inject(self) -> None:
        model = self.base.model
        wanted = _targets(self.base, self.settings.targets)
        config = LoraConfig(
            r=self.settings.rank,
            lora_alpha=self.settings.alpha,  # type: ignore[arg-type]  # a float does as well
            lora_dropout=self.settings.dropout,
            target_modules=wanted,
            use_rslora=self.settings.method is Method.RSLORA,
            use_dora=self.settings.method is Method.DORA,
            fan_in_fan_out=any(self.base.places[f"{name}.weight"].is_transposed for name in wanted),
        )
        inject_adapter_in_model(config, model, adapter_name=_ADAPTER)
        for name, module in model.named_modules():
            if isinstance(module, LoraLayer):
                self._layers[f"{name}.weight"] = module
        for weight in self.trainable.values():
            weight.data = weight.data.float()


def _targets(base: BaseModel, parts: tuple[str, ...]) -> list[str]:
    return [
        name.removesuffix(".weight")
        for name, place in base.places.items()
        if place.gguf_name.startswith("blk.")
        and not (base.architecture == "mamba" and _part(place.gguf_name) in _UNCALLED)
        and name.endswith(".weight")
        and isinstance(base.model.get_submodule(name.removesuffix(".weight")), torch.nn.Linear | Conv1D)
        and (not parts or _part(place.gguf_name) in parts)
    ]


def _part(gguf_name: str) -> str:
    return gguf_name.split(".")[2]


def _floats(tensor: torch.Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().float().cpu().numpy())
