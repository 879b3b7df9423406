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

    ``num_layers``, ``embedding_length``, ``num_heads`` and ``num_kv_heads`` serve the memory estimate
    (``library.fit``), as do ``key_length`` and ``value_length`` (of one head) and ``vocabulary_size``;
    0 where the header does not say.
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


class ModelPhase(StrEnum):
    """Life of the engine's model as the window shows it."""

    NONE = "none"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReasoningMarks:
    """What a model writes before and after its thinking, white space included."""

    begin: str
    end: str


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready. ``context_size`` is in tokens for all sequences together.

    ``sampling`` is what its makers recommend, our defaults where they say nothing.
    ``reasoning_marks`` are None for a model that is not known to think. ``has_thinking_switch``:
    ``ChatPrompt.template_options["enable_thinking"]`` decides whether it does. ``template_problem`` says why
    its template can't be used and a plain one is, "" if all is well.
    """

    path: Path
    name: str
    architecture: str
    description: str
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


class Rung(StrEnum):
    """How cautiously the engine runs; a crash takes it one step down."""

    NORMAL = "normal"
    NO_EXTRA_BUFFERS = "no_extra_buffers"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as a value: what ``errors.error_from_code`` needs."""

    code: str
    details: dict[str, Detail]


@dataclass(frozen=True, slots=True)
class EngineState:
    """A snapshot for the top bar and the status line.

    ``loading_fraction`` is 0 to 1 while loading. ``num_cells_used`` of ``model.context_size`` hold
    tokens. ``tokens_per_s`` is the last measured generation rate, all sequences together.
    ``restart_reason`` says why the engine was last restarted ("signal 11"), "" if never.
    """

    phase: ModelPhase = ModelPhase.NONE
    path: Path | None = None
    loading_fraction: float = 0.0
    model: LoadedModel | None = None
    failure: Failure | None = None
    rung: Rung = Rung.NORMAL
    restart_reason: str = ""
    num_cells_used: int = 0
    num_active: int = 0
    num_waiting: int = 0
    tokens_per_s: float = 0.0
