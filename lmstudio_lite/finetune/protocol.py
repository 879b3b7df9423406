"""What a training run is told and what it says: settings, commands and events, one JSON value a line.

The same lines are the run's log (``run_folder``). Codes and numbers only; ``cli`` and ``ui`` have the words.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lmstudio_lite.errors import Detail
from lmstudio_lite.finetune.lesson import LessonEvent
from lmstudio_lite.workers import frames

KL_MAX_FLOAT = 0.01
"""Mean KL divergence in nats up to which an export from floating point weights counts as the same model."""


class Method(StrEnum):
    """How the weights are changed.

    ``LORA`` (Hu et al. 2021) and ``RSLORA`` (Kalajdzievski 2023, better at high ranks) can be exported as an
    adapter; ``DORA`` (Liu et al. 2024) and ``FULL`` only merged. ``SCRATCH`` begins with random weights and
    an own tokenizer.
    """

    LORA = "lora"
    RSLORA = "rslora"
    DORA = "dora"
    FULL = "full"
    SCRATCH = "scratch"


class Schedule(StrEnum):
    """How the learning rate goes on after the warm-up."""

    LINEAR = "linear"
    COSINE = "cosine"
    CONSTANT = "constant"


class Precision(StrEnum):
    """What the model is computed in; weights that learn are always kept in f32."""

    AUTO = "auto"
    F32 = "f32"
    BF16 = "bf16"


class Device(StrEnum):
    AUTO = "auto"
    CPU = "cpu"
    MPS = "mps"
    CUDA = "cuda"


class ExportKind(StrEnum):
    ADAPTER = "adapter"
    MERGED = "merged"


class Stage(StrEnum):
    """What the worker is at."""

    STARTING = "starting"
    READING_DATA = "reading_data"
    TRAINING_TOKENIZER = "training_tokenizer"
    LOADING_BASE = "loading_base"
    CHECKING_BASE = "checking_base"
    MEASURING_BASE = "measuring_base"
    TRAINING = "training"
    EVALUATING = "evaluating"
    MEASURING_RESULT = "measuring_result"
    EXPORTING = "exporting"
    QUANTIZING = "quantizing"
    VERIFYING = "verifying"
    ASKING = "asking"


class Export(msgspec.Struct, frozen=True):
    """A file to write. ``file_type`` is "F32" or "F16" for an adapter, else a key of
    ``domain.file_types.FILE_TYPES``.
    """

    kind: ExportKind
    file_type: str = "F16"


class ScratchSettings(msgspec.Struct, frozen=True):
    """The shape of a model that begins with nothing. ``width`` is split into ``num_heads``."""

    vocabulary_size: int = 2048
    width: int = 192
    num_layers: int = 6
    num_heads: int = 6
    num_kv_heads: int = 3
    feed_forward: int = 512


class FinetuneSettings(msgspec.Struct, frozen=True):
    """All of a run's knobs.

    ``base`` is the path of a GGUF file ("" for ``Method.SCRATCH``). ``targets`` are names of weights in
    GGUF ("attn_q", "ffn_down"); none means all matrices of the layers. Training ends after ``max_steps``
    steps, or ``epochs`` passes over the data where that is 0. A step learns from ``batch_size`` times
    ``accumulation`` examples; with ``packing`` from that many windows of ``max_length`` tokens, each filled
    with whole examples. Examples longer than ``max_length`` are cut there, texts split.
    ``micro_tokens`` is how many tokens are computed at once (0: by the free memory); it changes memory and
    speed, never the result. ``evaluate_every`` steps (0: ten times a run) the validation loss is measured,
    and ``test_prompts`` are answered in at most ``sample_tokens`` tokens. After ``patience`` evaluations
    without a better loss training ends (0: never). ``checkpoint_s`` is how much work a crash may cost: more
    only where one step takes longer, or where writing so often would cost more than a twentieth of the time.
    """

    base: str = ""
    method: Method = Method.LORA
    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    learning_rate: float = 2e-4
    schedule: Schedule = Schedule.COSINE
    warmup: float = 0.05
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    epochs: float = 3.0
    max_steps: int = 0
    batch_size: int = 8
    accumulation: int = 1
    packing: bool = False
    max_length: int = 1024
    micro_tokens: int = 0
    gradient_checkpointing: bool | None = None
    precision: Precision = Precision.AUTO
    device: Device = Device.AUTO
    seed: int = 0
    evaluate_every: int = 0
    patience: int = 0
    test_prompts: tuple[str, ...] = ()
    sample_tokens: int = 48
    checkpoint_s: float = 30.0
    exports: tuple[Export, ...] = (Export(ExportKind.ADAPTER, "F16"),)
    name: str = ""
    scratch: ScratchSettings = ScratchSettings()


# Commands


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Write a checkpoint and wait."""


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    """Go on after a pause."""


class StopAndKeep(msgspec.Struct, frozen=True, tag="stop"):
    """End the training here, then measure and export what was learned."""


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """End at once, at the last checkpoint; nothing is exported. The run can be taken up again."""


Command = Pause | Resume | StopAndKeep | Cancel


# Events


class StageBegan(msgspec.Struct, frozen=True, tag="stage"):
    stage: Stage
    time: float = 0.0


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """``num_done`` of ``num_total`` of what the stage counts (examples, weights, bytes; total 0: unknown)."""

    stage: Stage
    num_done: int
    num_total: int


class DataRead(msgspec.Struct, frozen=True, tag="data"):
    """What the examples came to. ``num_learned`` tokens carry loss; ``num_cut`` examples were longer than
    ``max_length``, ``num_dropped`` had nothing left to learn from.
    """

    num_examples: int
    num_tokens: int
    num_learned: int
    num_validation: int
    num_cut: int
    num_dropped: int


class Plan(msgspec.Struct, frozen=True, tag="plan"):
    """What is about to run, on what. ``first_step`` is above 0 where a run is taken up again.

    ``base_kl`` is the mean KL divergence in nats between the base in PyTorch and in llama.cpp: what
    quantized arithmetic does to it.
    """

    num_steps: int
    first_step: int
    num_parameters: int
    num_trainable: int
    device: str
    precision: Precision
    gradient_checkpointing: bool
    micro_tokens: int
    base_kl: float = 0.0


class Delay(StrEnum):
    """Why a run takes longer than was said."""

    SPEED = "speed"  # its steps have become slower
    MEMORY = "memory"  # memory ran short, and it goes on in smaller parts


class StepDone(msgspec.Struct, frozen=True, tag="step"):
    """``loss`` is the mean in nats of a learned token; ``grad_norm`` before clipping; ``memory_bytes`` what
    the process (or the GPU) has taken at most so far; ``tokens_per_s`` counts every token of the batch.
    ``seconds_left`` is to the end of the run, with all that comes after the steps; where that has grown by
    more than a tenth of the least that was said, ``delay`` is the reason.
    """

    step: int
    num_steps: int
    loss: float
    learning_rate: float
    grad_norm: float
    tokens_per_s: float
    memory_bytes: int
    seconds_left: float
    epoch: float
    time: float = 0.0
    delay: Delay | None = None


class Evaluated(msgspec.Struct, frozen=True, tag="evaluation"):
    step: int
    validation_loss: float
    is_best: bool


class Sample(msgspec.Struct, frozen=True, tag="sample"):
    """What the model answers to one of the user's prompts after ``step`` steps; before the first it is the
    base that answers. A model from nothing goes on with the prompt instead.
    """

    step: int
    prompt: str
    answer: str


class CheckpointWritten(msgspec.Struct, frozen=True, tag="checkpoint"):
    step: int
    is_best: bool
    num_bytes: int
    seconds: float


class MemoryShrunk(msgspec.Struct, frozen=True, tag="memory"):
    """Memory ran out; the step is done again with less at once. The result stays the same."""

    step: int
    micro_tokens: int
    gradient_checkpointing: bool


class Paused(msgspec.Struct, frozen=True, tag="paused"):
    step: int


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    step: int


class EndReason(StrEnum):
    """Why training ended with a result."""

    DONE = "done"
    EARLY_STOP = "early_stop"  # the validation loss fell no further
    STOPPED = "stopped"  # the user stopped it and keeps what there is


class TrainingEnded(msgspec.Struct, frozen=True, tag="trained"):
    """``best_step`` is measured and exported."""

    step: int
    reason: EndReason
    best_step: int


class Gate(msgspec.Struct, frozen=True, tag="gate"):
    """Mean losses in nats a token before and after: on the held-out data, and on a general text.

    ``e ** loss`` is the perplexity. ``held_out`` is False where there was no validation data and the
    training data had to do.
    """

    data_before: float
    data_after: float
    general_before: float
    general_after: float
    held_out: bool


class Exported(msgspec.Struct, frozen=True, tag="exported"):
    """A file that was read back, loaded by llama.cpp and compared; ``kl`` in nats over ``num_tokens``.

    ``kl_limit`` is what it had to keep to. ``sample`` is what llama.cpp answers with it to ``prompt``.
    """

    path: str
    kind: ExportKind
    file_type: str
    num_bytes: int
    kl: float
    kl_limit: float
    num_tokens: int
    prompt: str = ""
    sample: str = ""


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """What llama.cpp answers to a ``question`` of the data: the base ``before``, the written file ``after``.

    Whether that is what was ``taught`` is told by ``finetune.recall``. ``was_held_out``: nothing was learned
    from it.
    """

    question: str
    taught: str
    before: str
    after: str
    knew_before: bool
    knows_now: bool
    was_held_out: bool


class ExportBegan(msgspec.Struct, frozen=True, tag="export_began"):
    """A run that is over writes one more file; the next ``Finished`` or ``Failed`` ends this, not the run."""

    export: Export


class RunFinished(msgspec.Struct, frozen=True, tag="finished"):
    """All is done; ``exports`` names the files that were written and verified, and their divergence.

    ``is_left``: nobody asked for the end, but the program that watched has gone.
    """

    exports: tuple[Exported, ...] = ()
    is_cancelled: bool = False
    is_left: bool = False


class RunFailed(msgspec.Struct, frozen=True, tag="failed"):
    """The run is over; ``errors.error_from_code(code, details)`` is the exception it stands for."""

    code: str
    details: dict[str, Detail] = {}


Event = (
    StageBegan
    | Progress
    | DataRead
    | LessonEvent
    | Plan
    | StepDone
    | Evaluated
    | Sample
    | CheckpointWritten
    | MemoryShrunk
    | Paused
    | Resumed
    | TrainingEnded
    | Gate
    | Exported
    | Answered
    | ExportBegan
    | RunFinished
    | RunFailed
)

_encoder = msgspec.json.Encoder()
_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def encode_line(value: Event | Command) -> bytes:
    """Return ``value`` as a line, its end included."""
    return _encoder.encode(value) + b"\n"


def decode_event(line: bytes) -> Event:
    """Read an event.

    Raises:
        UnreadableError: the line is none.
    """
    return frames.decode(_events, line)


def decode_command(line: bytes) -> Command:
    """Read a command.

    Raises:
        UnreadableError: the line is none.
    """
    return frames.decode(_commands, line)
