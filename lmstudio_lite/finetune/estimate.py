"""What training a model takes here in memory and time, before anything is loaded.

Counted per weight in bytes: the base in f32 (4), what is learned also both moments of Adam (8). Its gradient
(4) comes as what the layers kept goes: the larger of the two counts. The training fits its parts to the
memory that is free: what it can do with is told apart from what it takes where there is enough.

The time is that of the whole run, and a range: what a run takes whose like was never measured on the
machine can't be known better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.finetune.architectures import KEEPS_SCORES
from lmstudio_lite.finetune.protocol import Export, ExportKind, FinetuneSettings, Method, ScratchSettings

_BYTES_PER_WEIGHT = 4
_BYTES_PER_LEARNED = 8
_BITS = {"F32": 32.0, "F16": 16.0, "BF16": 16.0, "Q8_0": 8.5}
_BITS_AT_MOST = 6.6
"""Per weight in a file of any other type."""
_BYTES_PER_GRADIENT = 4
_PROGRAM_BYTES = 600 << 20
"""torch and transformers (measured: 420 MB), slices of logits, and what the allocator keeps."""
TOKENS_AT_ONCE_CPU = 1024
"""How many tokens are computed at once on a CPU where memory allows it."""
_SCAN_SHARE = 1 / 17
"""What of the speed a state space comes to, computed one token after the other (measured)."""
_STATES_OF_A_SCAN = 16
_FEED_FORWARD = 3.0
"""Of the layers' width, where a header does not say: between Llama's 2.7 and the classic 4."""
_FLOPS_PER_CORE = 60e9
"""f32; half of what a core with AVX-512 was measured at (280 tokens/s of a 135M model on two)."""
_SMALL_SHARE = 0.6
"""What of that a model with matrices of a few hundred rows comes to (measured: 0.65 million weights)."""
_PASSES = 3
"""A step computes each weight forwards, and about twice that backwards."""
_BEGIN_S = 12.0
"""Importing torch and transformers, and comparing the base with llama.cpp's."""
_WEIGHTS_A_SECOND = 20e6
"""Read and dequantized, or written and quantized."""
_GENERAL_TOKENS = 1000
_CHECKED_TOKENS = 1000
"""By PyTorch and by llama.cpp, for each file."""
_ASKED_TOKENS = 640
_GENERATED_SHARE = 1 / 15
"""What of the speed of learning is that of writing tokens one by one, here with PyTorch."""
_ASKED_SHARE = 1 / 4
"""And here with llama.cpp."""
_EVALUATIONS, _EVALUATION_STEPS_MIN = 10, 10
_LOW_GUESSED, _HIGH_GUESSED = 0.6, 1.9
_LOW_MEASURED, _HIGH_MEASURED = 0.8, 1.25


@dataclass(frozen=True, slots=True)
class Workload:
    """What a run will read: tokens of all passes together, its steps, and tokens that are held back."""

    num_tokens: int
    num_steps: int
    num_held_out: int


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """Seconds of a run's parts; ``is_measured``: the speed is one of an earlier run on this machine."""

    begin_s: float
    train_s: float
    measure_s: float
    write_s: float
    is_measured: bool

    @property
    def total_s(self) -> float:
        return self.begin_s + self.train_s + self.measure_s + self.write_s

    @property
    def range_s(self) -> tuple[float, float]:
        """Between what and what the whole will take."""
        low, high = (_LOW_MEASURED, _HIGH_MEASURED) if self.is_measured else (_LOW_GUESSED, _HIGH_GUESSED)
        return low * self.total_s, high * self.total_s


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """Bytes, and tokens per second.

    ``activation_bytes`` is what the layers keep, or the gradients where these are more;
    ``least_activation_bytes`` what the training can do with where memory is short: one part of a step at
    a time, its layers computed twice. ``engine_bytes`` are llama.cpp's, for the comparisons with the base and
    with what is written.
    """

    num_parameters: int
    learned_bytes: int
    activation_bytes: int
    least_activation_bytes: int
    engine_bytes: int
    num_learned: int
    tokens_per_s: float
    is_measured: bool = False

    @property
    def total_bytes(self) -> int:
        return self._fixed_bytes + self.activation_bytes

    @property
    def least_bytes(self) -> int:
        """Less than this can't be done with."""
        return self._fixed_bytes + self.least_activation_bytes

    @property
    def _fixed_bytes(self) -> int:
        weights = self.num_parameters * _BYTES_PER_WEIGHT
        return weights + self.learned_bytes + self.engine_bytes + _PROGRAM_BYTES

    def seconds_for(self, num_tokens: int) -> float:
        """Return how long the steps for ``num_tokens`` take, all epochs together."""
        return num_tokens / self.tokens_per_s if self.tokens_per_s > 0 else 0.0

    def times_for(self, work: Workload, settings: FinetuneSettings) -> TimeEstimate:
        """Return how long a whole run takes, from its start to files that are checked and asked."""
        forward_s = self.seconds_for(1) / _PASSES
        handling_s = self.num_parameters / _WEIGHTS_A_SECOND
        num_evaluations = -(-work.num_steps // evaluation_steps(settings, work.num_steps))
        samples = len(settings.test_prompts) * settings.sample_tokens * (num_evaluations + 1)
        measured = 2 * (work.num_held_out + _GENERAL_TOKENS) + num_evaluations * work.num_held_out
        merged = sum(export.kind is ExportKind.MERGED for export in settings.exports)
        is_asked = bool(settings.exports) and settings.method is not Method.SCRATCH
        return TimeEstimate(
            begin_s=_BEGIN_S + handling_s,
            train_s=self.seconds_for(work.num_tokens),
            measure_s=measured * forward_s + self.seconds_for(samples) / _GENERATED_SHARE,
            write_s=(len(settings.exports) + merged) * _CHECKED_TOKENS * forward_s
            + 2 * merged * handling_s
            + is_asked * self.seconds_for(_ASKED_TOKENS) / _ASKED_SHARE,
            is_measured=self.is_measured,
        )


def evaluation_steps(settings: FinetuneSettings, num_steps: int) -> int:
    """Return after how many steps a run measures itself, again and again."""
    return settings.evaluate_every or max(_EVALUATION_STEPS_MIN, num_steps // _EVALUATIONS)


def kept_bytes_per_token(
    *,
    width: int,
    inner: int,
    num_layers: int,
    bytes_per_number: int = 4,
    scores: int = 0,
    states: int = 0,
) -> int:
    """Estimate what the layers keep of a token for the way back: about 16 states and 5 of the inner width.

    Some keep also ``scores`` numbers a layer, what it scored with others, or five times the ``states`` of
    each of their inner width. ``test_estimate`` has what was measured.
    """
    numbers = 16 * width + 5 * inner + scores
    return num_layers * (numbers * bytes_per_number + 5 * inner * states * 4)


def copied_bytes(method: Method, num_parameters: int) -> int:
    """Return what a method keeps besides the base: DoRA about all of it once more (measured)."""
    return num_parameters * _BYTES_PER_WEIGHT if method is Method.DORA else 0


def _merged_bytes(exports: Sequence[Export], num_parameters: int) -> int:
    """Return the size of the largest merged file, which llama.cpp loads beside the training."""
    bits = (_BITS.get(each.file_type, _BITS_AT_MOST) for each in exports if each.kind is ExportKind.MERGED)
    return int(max(bits, default=0.0) * num_parameters / 8)


def estimate_training(
    file: ModelFile,
    settings: FinetuneSettings,
    num_cores: int,
    measured_flops: float = 0.0,
    tokens_at_once: int = TOKENS_AT_ONCE_CPU,
) -> TrainingEstimate:
    """Estimate training ``file`` on ``num_cores``; ``measured_flops`` of an earlier run here are better."""
    width, num_layers = file.embedding_length, file.num_layers
    num_learned = file.num_parameters
    if settings.method is not Method.FULL:
        num_learned = min(file.num_parameters, int(settings.rank * num_layers * _sides(file)))
    is_scan = file.architecture == "mamba"
    per_token = kept_bytes_per_token(
        width=width,
        inner=2 * width if is_scan else int(width * _FEED_FORWARD),
        num_layers=num_layers,
        scores=3 * file.num_heads * settings.max_length if file.architecture in KEEPS_SCORES else 0,
        states=_STATES_OF_A_SCAN if is_scan else 0,
    )
    flops = measured_flops or num_cores * _FLOPS_PER_CORE * (_SCAN_SHARE if is_scan else 1)
    return _estimate(
        settings,
        file.num_parameters,
        num_learned,
        (per_token, num_layers, width),
        tokens_at_once,
        file.size_bytes,
        flops,
        is_measured=measured_flops > 0,
    )


def _estimate(
    settings: FinetuneSettings,
    num_parameters: int,
    num_learned: int,
    layers: tuple[int, int, int],
    tokens_at_once: int,
    engine_bytes: int,
    flops: float,
    *,
    is_measured: bool,
) -> TrainingEstimate:
    """``layers``: bytes kept of a token, how many layers, and their width."""
    per_token, num_layers, width = layers
    # Computed twice, a layer keeps its input only, and one at a time all the rest.
    twice = per_token // max(1, num_layers) + num_layers * width * 4
    is_twice = settings.gradient_checkpointing is True
    gradient_bytes = num_learned * _BYTES_PER_GRADIENT
    return TrainingEstimate(
        num_parameters=num_parameters,
        learned_bytes=num_learned * _BYTES_PER_LEARNED + copied_bytes(settings.method, num_parameters),
        activation_bytes=max(gradient_bytes, tokens_at_once * (twice if is_twice else per_token)),
        least_activation_bytes=max(gradient_bytes, min(tokens_at_once, settings.max_length) * twice),
        engine_bytes=max(engine_bytes, _merged_bytes(settings.exports, num_parameters)),
        num_learned=num_learned,
        tokens_per_s=flops / (2 * _PASSES * max(1, num_parameters)),
        is_measured=is_measured,
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
    settings: FinetuneSettings,
    num_cores: int,
    measured_flops: float = 0.0,
    tokens_at_once: int = TOKENS_AT_ONCE_CPU,
) -> TrainingEstimate:
    """Estimate training a model from nothing, as ``estimate_training`` does one that is there."""
    shape = settings.scratch
    count = num_weights(shape)
    per_token = kept_bytes_per_token(width=shape.width, inner=shape.feed_forward, num_layers=shape.num_layers)
    return _estimate(
        settings,
        count,
        count,
        (per_token, shape.num_layers, shape.width),
        tokens_at_once,
        count,
        measured_flops or num_cores * _FLOPS_PER_CORE * _SMALL_SHARE,
        is_measured=measured_flops > 0,
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
