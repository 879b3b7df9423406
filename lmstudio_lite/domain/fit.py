"""What a model takes of a machine, and how fast it writes there: promised before it is loaded, or measured.

Sizes are bytes, rates tokens per second of one sequence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lmstudio_lite.domain.models import KvType


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What memory and speed follow from, out of a header or the catalog: nothing of it needs the weights.

    ``numbers`` are GGUF's metadata under their keys without the architecture's prefix
    ("attention.head_count_kv"); a tuple holds one value a layer. ``weights_bytes`` are all tensors,
    ``expert_bytes`` those of experts of which a token uses a few, ``embedding_bytes`` the table of which a
    token reads one row (0 where the output uses the same one). ``type_bytes`` are the layers' by their type
    ("Q4_K"), without embeddings and output; empty where they are not known: an average type is assumed then.
    """

    architecture: str
    numbers: dict[str, float | tuple[float, ...]]
    weights_bytes: int
    vocabulary_size: int
    expert_bytes: int = 0
    embedding_bytes: int = 0
    type_bytes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunSizes:
    """How a model is run, as far as its memory follows from that.

    ``context_size`` counts cells for all sequences together. ``num_sequences`` are llama.cpp's, the idle ones
    included: a model with a state keeps one for each. ``num_gpu_layers`` counts the output layer.
    """

    context_size: int
    kv_type: KvType = KvType.F16
    flash_attention: bool = True
    micro_batch_size: int = 512
    num_sequences: int = 16
    num_gpu_layers: int = 0


class FitVerdict(StrEnum):
    """How a model would lie in this machine's memory, best first.

    ``SLOW`` runs, but the system reads parts of the weights from the disk again and again, or leaves other
    programs no room. ``TOO_LARGE`` can be tried all the same, when the user insists.
    """

    ON_GPU = "on_gpu"
    PARTLY_ON_GPU = "partly_on_gpu"
    IN_MEMORY = "in_memory"
    SLOW = "slow"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """``kv_bytes`` holds the KV cache and the states of recurrent layers, ``compute_bytes`` the buffers."""

    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    adapter_bytes: int = 0
    projector_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        return (
            self.weights_bytes
            + self.kv_bytes
            + self.compute_bytes
            + self.adapter_bytes
            + self.projector_bytes
        )


@dataclass(frozen=True, slots=True)
class DeviceShare:
    """What of a model lies on one device. ``free_bytes`` is what was free when it was asked."""

    name: str
    num_layers: int
    needed_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Speed:
    """``prompt_tokens_per_s`` reads a prompt. ``is_measured``: by real use here, else foretold."""

    decode_tokens_per_s: float
    prompt_tokens_per_s: float
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class MeasuredLoad:
    """What was promised of a model and what it then took, in bytes over all devices."""

    device: str
    context_size: int
    kv_type: KvType
    promised_bytes: int
    taken_bytes: int


@dataclass(frozen=True, slots=True)
class ModelFit:
    """``is_exact``: llama.cpp itself was asked, else a formula was. ``speed`` is None where nothing is known.

    ``devices`` names every device that holds a part, the processor's memory included.
    """

    verdict: FitVerdict
    need: MemoryNeed
    context_size: int
    kv_type: KvType
    available_bytes: int
    devices: tuple[DeviceShare, ...] = ()
    is_exact: bool = False
    speed: Speed | None = None


TRIAL_WIDTHS = (512, 1024, 2048)
"""Widths (``embedding_length``) of the models that a machine's costs are measured with."""
TRIAL_LAYER_WEIGHTS = (3_014_656, 15_204_352, 60_817_408)
"""How many weights each of their layers has."""


@dataclass(frozen=True, slots=True)
class TypeCost:
    """What a quantization type costs: milliseconds a gigabyte that is read when a token is written, and a
    thousand million weights that are multiplied for a token of a prompt.
    """

    writing_ms: float
    reading_ms: float


@dataclass(frozen=True, slots=True)
class MachineCosts:
    """Costs by the type's name ("Q4_K"), one for each of ``TRIAL_WIDTHS``."""

    of_types: dict[str, tuple[TypeCost, ...]] = field(default_factory=dict)
