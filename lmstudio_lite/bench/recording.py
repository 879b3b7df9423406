"""An engine client that passes everything on and remembers what was asked and how much came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import EngineClient, LoadOptions, Running
from lmstudio_lite.domain.generation import ChatPrompt, Finished, GenerationEvent, GenerationRequest
from lmstudio_lite.domain.models import EngineState


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat prompt and how many tokens were generated for it."""

    prompt: ChatPrompt
    num_generated: int


class RecordingClient:
    """Wraps a client of the engine. Thread-safe."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self.asked: list[Asked] = []

    @property
    def state(self) -> EngineState:
        return self._client.state

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        return self._client.subscribe(listener)

    def load_model(self, path: Path, options: LoadOptions, running: Running = Running.CANCEL) -> None:
        self._client.load_model(path, options, running)

    def unload_model(self) -> None:
        self._client.unload_model()

    def submit(self, request: GenerationRequest, on_event: Callable[[GenerationEvent], None]) -> None:
        self.submit_group((request,), on_event)

    def submit_group(
        self, requests: Sequence[GenerationRequest], on_event: Callable[[GenerationEvent], None]
    ) -> None:
        prompts = {request.request_id: request.prompt for request in requests}

        def note(event: GenerationEvent) -> None:
            prompt = prompts[event.request_id]
            if isinstance(event, Finished) and isinstance(prompt, ChatPrompt):
                with self._lock:
                    self.asked.append(Asked(prompt, event.usage.num_generated_tokens))
            on_event(event)

        self._client.submit_group(requests, note)

    def settle(self, request_id: str) -> None:
        self._client.settle(request_id)

    def cancel(self, request_id: str) -> None:
        self._client.cancel(request_id)

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        return self._client.count_prompt_tokens(prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._client.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Embeddings:
        return self._client.embed(texts)

    def wait_until_ready(self, timeout_s: float | None = None) -> None:
        self._client.wait_until_ready(timeout_s)

    def close(self) -> None:
        self._client.close()
