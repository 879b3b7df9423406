"""How one model is loaded and asked, where the user decided it for this model."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.models import KvType


@dataclass(frozen=True, slots=True)
class SamplingChoice:
    """What of the sampling the user chose, in the units of ``Sampling``; None is as the makers recommend.

    ``seed`` None is drawn anew for each reply.
    """

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    seed: int | None = None

    def applied_to(self, recommended: Sampling) -> Sampling:
        """Return ``recommended`` with what was chosen."""
        return replace(recommended, **self.chosen)

    @property
    def chosen(self) -> dict[str, Any]:
        """Return the values that were chosen, by their names."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


NO_CHOICE = SamplingChoice()


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What was decided for one model; None (of the template "") leaves it to the settings and the engine.

    ``context_size`` is in tokens, for all sequences together. ``template`` is a chat template in Jinja that
    takes the place of the file's. ``system_prompt`` "" is none, whatever the settings say.
    """

    context_size: int | None = None
    kv_type: KvType | None = None
    num_threads: int | None = None
    num_gpu_layers: int | None = None
    flash_attention: bool | None = None
    micro_batch_size: int | None = None
    template: str = ""
    sampling: SamplingChoice = SamplingChoice()
    system_prompt: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was decided."""
        return self == NO_PROFILE

    def loads_like(self, other: ModelProfile) -> bool:
        """Tell whether a model that is loaded by ``other`` need not be loaded again."""
        return self == replace(other, sampling=self.sampling, system_prompt=self.system_prompt)

    def over(self, below: ModelProfile) -> ModelProfile:
        """Return what holds where this profile is decided first, and ``below`` where it says nothing."""
        mine = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) not in (None, "") and field.name != "sampling"
        }
        if self.system_prompt == "":
            mine["system_prompt"] = ""
        return replace(below, **mine, sampling=replace(below.sampling, **self.sampling.chosen))


NO_PROFILE = ModelProfile()
