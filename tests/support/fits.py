"""A machine as a test wants it: so much memory, read at so many bytes a second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.fit import FitVerdict, MemoryNeed, ModelFacts, ModelFit, Speed
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts

GB = 1e9
_KV_BYTES = int(0.5 * GB)
_COMPUTE_BYTES = int(0.3 * GB)
_PROMPT_GAIN = 12
"""How many times faster than it writes such a machine reads a prompt."""


@dataclass
class ScriptedFits:
    """Answers as ``app.models.fitting`` does. ``bandwidth_gb`` None: no speed was measured yet."""

    memory_gb: float
    bandwidth_gb: float | None
    has_gpu: bool = False

    def fit(self, model: Path | ModelFacts, context_size: int, kv_type: KvType) -> ModelFit:
        facts = model_facts(read_gguf_header(model)) if isinstance(model, Path) else model
        need = MemoryNeed(facts.weights_bytes, _KV_BYTES, _COMPUTE_BYTES)
        is_held = need.total_bytes <= self.memory_gb * GB
        held = FitVerdict.ON_GPU if self.has_gpu else FitVerdict.IN_MEMORY
        verdict = held if is_held else FitVerdict.TOO_LARGE
        available = int(self.memory_gb * GB)
        return ModelFit(verdict, need, context_size, kv_type, available, speed=self._speed(facts))

    def _speed(self, facts: ModelFacts) -> Speed | None:
        if self.bandwidth_gb is None:
            return None
        used, experts = (facts.numbers.get(name, 1) for name in ("expert_used_count", "expert_count"))
        assert isinstance(used, float | int)
        assert isinstance(experts, float | int)
        active = facts.weights_bytes - facts.embedding_bytes - facts.expert_bytes * (1 - used / experts)
        rate = self.bandwidth_gb * GB / active
        return Speed(rate, rate * _PROMPT_GAIN)
