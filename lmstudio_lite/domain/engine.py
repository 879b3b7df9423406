"""What the rest of the program sees of the engine.

Two things satisfy it: ``engine.client.WorkerClient`` (the engine in its own process, the default) and
``engine.client.ThreadClient`` (the same service on a thread of this process, for tests and the CLI).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.generation import ChatPrompt, GenerationEvent, GenerationRequest, Sampling
from lmstudio_lite.domain.models import EngineState, KvType, Rung


class Purpose(StrEnum):
    """What a model is loaded for; one worker does one of them."""

    GENERATE = "generate"
    EMBED = "embed"


class Running(StrEnum):
    """What becomes of requests that run when another model is asked for."""

    FINISH = "finish"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load a model; None means "the engine decides" (``engine.sizing``, ``engine.tuning``).

    ``context_size`` is in tokens, for all sequences together; ``num_sequences_max`` texts are generated
    at once; ``rung`` is how cautiously to run (see ``engine.ladder``). Evaluated conversations are kept in
    ``snapshot_folder``, of at most ``snapshot_limit_bytes`` together; None keeps none. ``tuning_path`` is
    the file that remembers what was measured on ``machine``; None measures nothing. A worker that gives
    no sign of life for ``hang_s`` is restarted; after ``unload_after_s`` without a request it ends until
    the next (0: never). ``chat_template`` takes the place of the file's own, "" for that. ``sampling`` is
    what the makers recommend as far as the file does not say it.
    """

    context_size: int | None = None
    num_sequences_max: int | None = None
    num_threads: int | None = None
    num_gpu_layers: int | None = None
    flash_attention: bool | None = None
    micro_batch_size: int | None = None
    kv_type: KvType | None = None
    rung: Rung = Rung.NORMAL
    purpose: Purpose = Purpose.GENERATE
    snapshot_folder: Path | None = None
    snapshot_limit_bytes: int = 0
    tuning_path: Path | None = None
    machine: str = ""
    hang_s: float = 60.0
    unload_after_s: float = 0.0
    chat_template: str = ""
    sampling: Sampling = field(default_factory=Sampling)


class EngineClient(Protocol):
    """Thread-safe. Only ``count_…``, ``embed`` and ``wait_until_ready`` wait for the model."""

    @property
    def state(self) -> EngineState:
        """The newest snapshot."""

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        """Call ``listener`` on every change of state, on the client's thread; returns the way out."""

    def load_model(self, path: Path, options: LoadOptions, running: Running = Running.CANCEL) -> None:
        """Start loading; the model before is unloaded first. Watch ``state``.

        Requests that run on it end as cancelled at once, or with ``FINISH`` are waited for; what is
        submitted meanwhile waits for the new model.
        """

    def unload_model(self) -> None:
        """Give the model's memory back; requests under way fail with ``no_model``."""

    def submit(self, request: GenerationRequest, on_event: Callable[[GenerationEvent], None]) -> None:
        """Queue a request; ``on_event`` runs on the client's thread and must return at once.

        A request submitted while a model loads waits for it. Exactly one terminal event follows.
        """

    def submit_group(
        self, requests: Sequence[GenerationRequest], on_event: Callable[[GenerationEvent], None]
    ) -> None:
        """Queue requests that belong together, and behind which no more come for now.

        So the engine knows the size of the job when it decides how to serve it best. Otherwise like
        ``submit`` for each.
        """

    def settle(self, request_id: str) -> None:
        """Say of a finished request that ``may_be_retried`` that it will not be.

        An unknown one, or one that runs or may not be retried, is ignored.
        """

    def cancel(self, request_id: str) -> None:
        """Stop a request; it ends with ``Finished(CANCELLED)``. An unknown or ended one is ignored."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens with the loaded model's tokenizer; waits. Not for the GUI thread.

        Raises:
            ModelError: no model is loaded, or loading it fails.
        """

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        """Count the tokens that ``prompt`` takes in the context; waits. Not for the GUI thread.

        Raises:
            ModelError: no model is loaded, or loading it fails.
            EngineError: the prompt can't be rendered, or does not fit.
        """

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Return the texts' vectors; waits. For a model loaded with ``Purpose.EMBED``.

        Raises:
            ModelError: no model is loaded, or loading it fails.
            EngineError: the model in use does not embed.
        """

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        """Wait for the model; raises the ``AppError`` that loading failed with. Not for the GUI thread."""

    def close(self) -> None:
        """End the engine; open requests fail with ``engine_unavailable``. Idempotent."""
