"""What training a model takes here in memory and time, before anything is loaded.

Estimates, erring on the high side. The training itself fits its parts to the memory that is free, so what is
estimated is the least that it can do with. Counted per weight in bytes: the base in f32 (4), what is learned
with its gradient and both moments of Adam (16).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.finetune.architectures import KEEPS_SCORES
from lmstudio_lite.finetune.protocol import FinetuneSettings, Method, ScratchSettings

_BYTES_PER_WEIGHT = 4
_BYTES_PER_LEARNED = 16
_PROGRAM_BYTES = 700 << 20
"""torch, transformers and the tokenizer, measured at the start of the training process."""
_TOKENS_AT_ONCE = 512
_ROWS_PER_LAYER = 2
_ROWS_IN_A_LAYER = 24
_ROWS_OF_A_SCAN = 5 * 2 * 16
"""A state space keeps 16 states for each of twice its width, about five times over (measured: 118 rows)."""
_SCORE_COPIES = 3
_SCAN_SHARE = 1 / 17
"""What of the speed a state space comes to, computed one token after the other (measured)."""
_FEED_FORWARD = 3.0
"""Of the layers' width, where a header does not say: between Llama's 2.7 and the classic 4."""
_FLOPS_PER_CORE = 60e9
"""f32; half of what a core with AVX-512 was measured at (280 tokens/s of a 135M model on two)."""
_SMALL_SHARE = 0.6
"""What of that a model with matrices of a few hundred rows comes to (measured: 0.65 million weights)."""
_PASSES = 3
"""A step computes each weight forwards, and about twice that backwards."""


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """Bytes, and tokens per second."""

    weights_bytes: int
    learned_bytes: int
    activation_bytes: int
    num_learned: int
    tokens_per_s: float

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.learned_bytes + self.activation_bytes + _PROGRAM_BYTES

    def seconds_for(self, num_tokens: int) -> float:
        """Return how long ``num_tokens`` take, all epochs together."""
        return num_tokens / self.tokens_per_s if self.tokens_per_s > 0 else 0.0


def estimate_training(
    file: ModelFile, settings: FinetuneSettings, num_cores: int, measured_flops: float = 0.0
) -> TrainingEstimate:
    """Estimate training ``file`` on ``num_cores``; ``measured_flops`` of an earlier run here are better."""
    width, num_layers = file.embedding_length, file.num_layers
    num_learned = file.num_parameters
    if settings.method is not Method.FULL:
        num_learned = min(file.num_parameters, int(settings.rank * num_layers * _sides(file)))
    is_scan = file.architecture == "mamba"
    rows = num_layers * _ROWS_PER_LAYER + _ROWS_IN_A_LAYER + (_ROWS_OF_A_SCAN if is_scan else 0)
    scores = _SCORE_COPIES * file.num_heads * _TOKENS_AT_ONCE if file.architecture in KEEPS_SCORES else 0
    flops = measured_flops or num_cores * _FLOPS_PER_CORE * (_SCAN_SHARE if is_scan else 1)
    return TrainingEstimate(
        weights_bytes=file.num_parameters * _BYTES_PER_WEIGHT,
        learned_bytes=num_learned * _BYTES_PER_LEARNED,
        activation_bytes=_TOKENS_AT_ONCE * 4 * (rows * width + scores + 2 * file.vocabulary_size),
        num_learned=num_learned,
        tokens_per_s=flops / (2 * _PASSES * max(1, file.num_parameters)),
    )


class ShapeProblem(StrEnum):
    """Why a model from nothing can't be built with these sizes."""

    HEADS = "heads"  # the width is no even number for each head
    KV_HEADS = "kv_heads"  # the heads can't share what they look at evenly
    WIDTH = "width"  # not in blocks of 32, which files are quantized in


def shape_problem(shape: ScratchSettings) -> ShapeProblem | None:
    """Return what is wrong with the sizes of a model from nothing, None if nothing."""
    if shape.width % 32 or shape.feed_forward % 32:
        return ShapeProblem.WIDTH
    if shape.width % shape.num_heads or (shape.width // shape.num_heads) % 2:
        return ShapeProblem.HEADS
    if shape.num_heads % shape.num_kv_heads:
        return ShapeProblem.KV_HEADS
    return None


def num_weights(shape: ScratchSettings) -> int:
    """Return how many weights a model from nothing has; its output matrix is its embedding."""
    width = shape.width
    keys = width // shape.num_heads * shape.num_kv_heads
    layer = 2 * width * width + 2 * width * keys + 3 * width * shape.feed_forward + 2 * width
    return shape.vocabulary_size * width + shape.num_layers * layer + width


def estimate_scratch(
    settings: FinetuneSettings, num_cores: int, measured_flops: float = 0.0
) -> TrainingEstimate:
    """Estimate training a model from nothing, as ``estimate_training`` does one that is there."""
    shape = settings.scratch
    count = num_weights(shape)
    rows = shape.num_layers * _ROWS_PER_LAYER + _ROWS_IN_A_LAYER
    flops = measured_flops or num_cores * _FLOPS_PER_CORE * _SMALL_SHARE
    return TrainingEstimate(
        weights_bytes=count * _BYTES_PER_WEIGHT,
        learned_bytes=count * _BYTES_PER_LEARNED,
        activation_bytes=_TOKENS_AT_ONCE * 4 * (rows * shape.width + 2 * shape.vocabulary_size),
        num_learned=count,
        tokens_per_s=flops / (2 * _PASSES * max(1, count)),
    )


def flops_of(num_parameters: int, tokens_per_s: float) -> float:
    """Return what a run that was measured says of the machine."""
    return 2 * _PASSES * num_parameters * tokens_per_s


def _sides(file: ModelFile) -> float:
    """Return inputs plus outputs of a layer's seven matrices: what one rank of LoRA costs there."""
    width, head = file.embedding_length, file.key_length
    queries, keys = file.num_heads * head or width, file.num_kv_heads * head or width
    feed_forward = width * _FEED_FORWARD
    return 2 * (width + queries) + 2 * (width + keys) + 3 * (width + feed_forward)
