"""What the rest of the program sees of the engine.

Two things satisfy it: ``engine.client.WorkerClient`` (the engine in its own process, the default) and
``engine.client.ThreadClient`` (the same service on a thread of this process, for tests and the CLI).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lmstudio_lite.domain.generation import GenerationEvent, GenerationRequest
from lmstudio_lite.domain.models import EngineState, Rung


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load a model; None means "the engine decides".

    ``context_size`` is in tokens, for all sequences together; ``num_sequences_max`` texts are generated
    at once; ``rung`` is how cautiously to run (see ``engine.ladder``). Evaluated conversations are kept in
    ``snapshot_folder``, of at most ``snapshot_limit_bytes`` together; None keeps none.
    """

    context_size: int | None = None
    num_sequences_max: int = 8
    num_threads: int | None = None
    num_gpu_layers: int | None = None
    rung: Rung = Rung.NORMAL
    snapshot_folder: Path | None = None
    snapshot_limit_bytes: int = 0


class EngineClient(Protocol):
    """Thread-safe. Nothing here waits for the model except ``count_tokens`` and ``wait_until_ready``."""

    @property
    def state(self) -> EngineState:
        """The newest snapshot."""

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        """Call ``listener`` on every change of state, on the client's thread; returns the way out."""

    def load_model(self, path: Path, options: LoadOptions) -> None:
        """Start loading; another model is unloaded first and its requests fail. Watch ``state``."""

    def unload_model(self) -> None:
        """Give the model's memory back; requests under way fail with ``no_model``."""

    def submit(self, request: GenerationRequest, on_event: Callable[[GenerationEvent], None]) -> None:
        """Queue a request; ``on_event`` runs on the client's thread and must return at once.

        A request submitted while a model loads waits for it. Exactly one terminal event follows.
        """

    def cancel(self, request_id: str) -> None:
        """Stop a request; it ends with ``Finished(CANCELLED)``. An unknown or ended one is ignored."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens with the loaded model's tokenizer; waits. Not for the GUI thread.

        Raises:
            ModelError: no model is loaded, or loading it fails.
        """

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        """Wait for the model; raises the ``AppError`` that loading failed with. Not for the GUI thread."""

    def close(self) -> None:
        """End the engine; open requests fail with ``engine_unavailable``. Idempotent."""
