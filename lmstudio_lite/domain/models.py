"""What is known of a model: on disk (without loading it) and loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.errors import Detail


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file as its header describes it. ``context_length`` is in tokens, sizes in bytes.

    ``num_layers``, ``embedding_length``, ``num_heads``, ``num_kv_heads``, ``key_length`` and
    ``value_length`` (of one head) and ``vocabulary_size`` serve the estimates of training; 0 where the header
    does not say. ``is_embedding``: it turns texts into vectors and can't write any.
    """

    path: Path
    name: str
    architecture: str
    size_bytes: int
    num_parameters: int
    quantization: str
    context_length: int
    num_layers: int
    embedding_length: int
    num_heads: int
    num_kv_heads: int
    has_chat_template: bool
    key_length: int = 0
    value_length: int = 0
    vocabulary_size: int = 0
    is_embedding: bool = False


class ModelPhase(StrEnum):
    """Life of the engine's model as the window shows it."""

    NONE = "none"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    SLEEPING = "sleeping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReasoningMarks:
    """What a model writes before and after its thinking, white space included."""

    begin: str
    end: str


class KvType(StrEnum):
    """How keys and values are stored in the cache; ``Q8_0`` takes half the memory of ``F16``."""

    F16 = "f16"
    Q8_0 = "q8_0"


class Rung(StrEnum):
    """How cautiously the engine runs; a crash takes it down (``engine.ladder``), each keeps those above.

    Only ``LESS_MEMORY`` stands aside: what a process needs that was killed for want of memory.
    """

    NORMAL = "normal"
    NO_EXTRA_BUFFERS = "no_extra_buffers"
    LESS_MEMORY = "less_memory"
    NO_FLASH_ATTENTION = "no_flash_attention"
    FEWER_GPU_LAYERS = "fewer_gpu_layers"
    CPU_ONLY = "cpu_only"
    SMALLER_CONTEXT = "smaller_context"


@dataclass(frozen=True, slots=True)
class Tuning:
    """What decides a model's speed on a machine.

    ``num_threads`` generate, ``num_threads_batch`` read prompts, in micro-batches of at most
    ``micro_batch_size`` tokens; ``num_gpu_layers`` counts the output layer.
    """

    flash_attention: bool
    num_threads: int
    num_threads_batch: int
    micro_batch_size: int
    kv_type: KvType = KvType.F16
    num_gpu_layers: int = 0


@dataclass(frozen=True, slots=True)
class TakenMemory:
    """What a loaded model takes, by llama.cpp's own account of its buffers, over all devices.

    Weights that were rearranged for this processor are counted once: the file's own pages are given back when
    memory runs short. ``rearranged_bytes`` are those.
    """

    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    rearranged_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_bytes + self.compute_bytes


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready. ``context_size`` is in tokens for all sequences together.

    ``sampling`` is what its makers recommend, our defaults where they say nothing.
    ``reasoning_marks`` are None for a model that is not known to think. ``has_thinking_switch``:
    ``ChatPrompt.template_options["enable_thinking"]`` decides whether it does. ``template_problem`` says why
    its template can't be used and a plain one is, a word for ``words.say_template_problem``, "" if all is
    well. ``tuning`` is what it runs with, ``is_tuned`` whether that was measured here. ``num_layers`` counts
    the output layer. ``useful_rungs`` are those that would change anything for this model here.
    ``num_parameters`` is 0 where it is not known. ``context_size_asked`` is what the user asked for or, where
    that is automatic, what was planned: more than ``context_size`` where so much could not be had.
    ``num_sequence_ids`` counts the idle sequences too. ``taken`` is None where the engine can't say.
    """

    path: Path
    name: str
    architecture: str
    context_size: int
    num_sequences_max: int
    batch_size: int
    device: str
    has_chat_template: bool
    memory_bytes: int
    sampling: Sampling = field(default_factory=Sampling)
    reasoning_marks: ReasoningMarks | None = None
    has_thinking_switch: bool = False
    template_problem: str = ""
    num_layers: int = 0
    tuning: Tuning | None = None
    is_tuned: bool = False
    useful_rungs: tuple[Rung, ...] = ()
    num_parameters: int = 0
    context_size_asked: int = 0
    num_sequence_ids: int = 0
    taken: TakenMemory | None = None

    def raw_reply(self, reasoning: str, text: str, before: str = "") -> str:
        """Return a reply as the model wrote it after ``before``: the ``reply_start`` to go on from."""
        marks = self.reasoning_marks
        if marks is None:
            return before + text
        is_open = before.startswith(marks.begin) and marks.end.strip() not in before
        if not reasoning and not is_open:
            return before + text
        begin = "" if is_open else marks.begin
        return before + begin + reasoning + (marks.end + text if text else "")


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as a value: what ``errors.error_from_code`` needs."""

    code: str
    details: dict[str, Detail]


@dataclass(frozen=True, slots=True)
class UsedTime:
    """Tokens generated and prompt tokens read by requests that ran alone, with the seconds they took."""

    num_generated: int = 0
    generation_s: float = 0.0
    num_read: int = 0
    prompt_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EngineState:
    """A snapshot for the top bar and the status line.

    ``loading_fraction`` is 0 to 1 while loading. ``num_cells_used`` of ``model.context_size`` hold
    tokens. ``tokens_per_s`` is the rate of the last seconds, all sequences together, 0.0 where none is known.
    ``restart_reason`` says why the engine was last restarted ("SIGSEGV", "hang", "unreadable"), "" if never,
    and ``rung_helps`` that it has worked on this rung for a while since. While ``is_measuring`` idle time
    goes into tuning. ``next_path`` is the model that is loaded when what runs is done; a sleeping model
    is loaded again by the next request. ``used`` counts since the model was loaded.
    """

    phase: ModelPhase = ModelPhase.NONE
    path: Path | None = None
    loading_fraction: float = 0.0
    model: LoadedModel | None = None
    failure: Failure | None = None
    rung: Rung = Rung.NORMAL
    restart_reason: str = ""
    rung_helps: bool = False
    is_measuring: bool = False
    next_path: Path | None = None
    num_cells_used: int = 0
    num_active: int = 0
    num_waiting: int = 0
    tokens_per_s: float = 0.0
    used: UsedTime = UsedTime()
